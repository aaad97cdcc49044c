#pragma once

#include <string_view>
#include <tuple>

#include "nfs3/messages.h"
#include "nfs3/request.h"
#include "nfs3/status.h"

// The procedures of NFS version 3, in the order of RFC 1813 §3.3: the one list that dispatch, names, replay protection,
// admission and refusal are derived from. A procedure is a struct
//   kNumber, kName        as the RFC spells them
//   kRole                 what it does, for admission before Run()
//   kReplayProtected      whether doing it twice would answer differently
//   kHandle               the argument that names the file it is about
//   kStatuses             what it may answer beside kCommonStatuses: the RFC's list, and the few that its list forgot
//   Args, Ok, Fail        its messages
//   Run                   arguments -> one FileSystem call -> Ok or Fail
namespace dittofs::nfs3 {

using enum nfsstat3;

/// What every procedure may answer. NFS3ERR_ACCES is also for clients that the share does not admit.
inline constexpr StatusSet kCommonStatuses{NFS3ERR_IO,        NFS3ERR_ACCES,       NFS3ERR_STALE,
                                           NFS3ERR_BADHANDLE, NFS3ERR_SERVERFAULT, NFS3ERR_JUKEBOX};

/// Does nothing, takes nothing, answers nothing (RFC 1813 §3.3.0).
struct NULLPROC {
  static constexpr uint32_t kNumber = 0;
  static constexpr std::string_view kName = "NULL";
  static constexpr bool kReplayProtected = false;
  using Args = xdr::Void;
};

// attributes.cc

struct GETATTR {
  static constexpr uint32_t kNumber = 1;
  static constexpr std::string_view kName = "GETATTR";
  static constexpr Role kRole = Role::kRead;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &GETATTR3args::object;
  static constexpr StatusSet kStatuses{};
  using Args = GETATTR3args;
  using Ok = GETATTR3resok;
  using Fail = xdr::Void;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct SETATTR {
  static constexpr uint32_t kNumber = 2;
  static constexpr std::string_view kName = "SETATTR";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = true;  // The guard: a repeated call would find its own change.
  static constexpr auto kHandle = &SETATTR3args::object;
  // Beyond the RFC: FBIG, for a size that no file of the file system can have.
  static constexpr StatusSet kStatuses{NFS3ERR_PERM,  NFS3ERR_INVAL,    NFS3ERR_NOSPC,   NFS3ERR_ROFS,
                                       NFS3ERR_DQUOT, NFS3ERR_NOT_SYNC, NFS3ERR_NOTSUPP, NFS3ERR_FBIG};
  using Args = SETATTR3args;
  using Ok = SETATTR3resok;
  using Fail = SETATTR3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

// lookup.cc

struct LOOKUP {
  static constexpr uint32_t kNumber = 3;
  static constexpr std::string_view kName = "LOOKUP";
  static constexpr Role kRole = Role::kRead;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &LOOKUP3args::what;
  static constexpr StatusSet kStatuses{NFS3ERR_NOENT, NFS3ERR_NOTDIR, NFS3ERR_NAMETOOLONG};
  using Args = LOOKUP3args;
  using Ok = LOOKUP3resok;
  using Fail = LOOKUP3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct ACCESS {
  static constexpr uint32_t kNumber = 4;
  static constexpr std::string_view kName = "ACCESS";
  static constexpr Role kRole = Role::kRead;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &ACCESS3args::object;
  static constexpr StatusSet kStatuses{};
  using Args = ACCESS3args;
  using Ok = ACCESS3resok;
  using Fail = ACCESS3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct READLINK {
  static constexpr uint32_t kNumber = 5;
  static constexpr std::string_view kName = "READLINK";
  static constexpr Role kRole = Role::kRead;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &READLINK3args::symlink;
  static constexpr StatusSet kStatuses{NFS3ERR_INVAL, NFS3ERR_NOTSUPP};
  using Args = READLINK3args;
  using Ok = READLINK3resok;
  using Fail = READLINK3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

// read.cc

struct READ {
  static constexpr uint32_t kNumber = 6;
  static constexpr std::string_view kName = "READ";
  static constexpr Role kRole = Role::kRead;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &READ3args::file;
  static constexpr StatusSet kStatuses{NFS3ERR_NXIO, NFS3ERR_INVAL};
  using Args = READ3args;
  using Ok = READ3resok;
  using Fail = READ3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

// write.cc

struct WRITE {
  static constexpr uint32_t kNumber = 7;
  static constexpr std::string_view kName = "WRITE";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &WRITE3args::file;
  static constexpr StatusSet kStatuses{NFS3ERR_FBIG, NFS3ERR_DQUOT, NFS3ERR_NOSPC, NFS3ERR_ROFS, NFS3ERR_INVAL};
  using Args = WRITE3args;
  using Ok = WRITE3resok;
  using Fail = WRITE3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

// create.cc

struct CREATE {
  static constexpr uint32_t kNumber = 8;
  static constexpr std::string_view kName = "CREATE";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = true;
  static constexpr auto kHandle = &CREATE3args::where;
  // Beyond the RFC: ISDIR, where UNCHECKED meets a directory.
  static constexpr StatusSet kStatuses{NFS3ERR_EXIST,       NFS3ERR_NOTDIR, NFS3ERR_NOSPC,   NFS3ERR_ROFS,
                                       NFS3ERR_NAMETOOLONG, NFS3ERR_DQUOT,  NFS3ERR_NOTSUPP, NFS3ERR_ISDIR};
  using Args = CREATE3args;
  using Ok = CREATE3resok;
  using Fail = CREATE3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct MKDIR {
  static constexpr uint32_t kNumber = 9;
  static constexpr std::string_view kName = "MKDIR";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = true;
  static constexpr auto kHandle = &MKDIR3args::where;
  // Beyond the RFC: MLINK, since every sub-directory is a link of its parent.
  static constexpr StatusSet kStatuses{NFS3ERR_EXIST,       NFS3ERR_NOTDIR, NFS3ERR_NOSPC,   NFS3ERR_ROFS,
                                       NFS3ERR_NAMETOOLONG, NFS3ERR_DQUOT,  NFS3ERR_NOTSUPP, NFS3ERR_MLINK};
  using Args = MKDIR3args;
  using Ok = MKDIR3resok;
  using Fail = MKDIR3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct SYMLINK {
  static constexpr uint32_t kNumber = 10;
  static constexpr std::string_view kName = "SYMLINK";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = true;
  static constexpr auto kHandle = &SYMLINK3args::where;
  static constexpr StatusSet kStatuses{NFS3ERR_EXIST,       NFS3ERR_NOTDIR, NFS3ERR_NOSPC,  NFS3ERR_ROFS,
                                       NFS3ERR_NAMETOOLONG, NFS3ERR_DQUOT,  NFS3ERR_NOTSUPP};
  using Args = SYMLINK3args;
  using Ok = SYMLINK3resok;
  using Fail = SYMLINK3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct MKNOD {
  static constexpr uint32_t kNumber = 11;
  static constexpr std::string_view kName = "MKNOD";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = true;
  static constexpr auto kHandle = &MKNOD3args::where;
  // Beyond the RFC: PERM, for devices that only a privileged caller may make.
  static constexpr StatusSet kStatuses{NFS3ERR_EXIST,   NFS3ERR_NOTDIR,      NFS3ERR_NOSPC,
                                       NFS3ERR_ROFS,    NFS3ERR_NAMETOOLONG, NFS3ERR_DQUOT,
                                       NFS3ERR_NOTSUPP, NFS3ERR_BADTYPE,     NFS3ERR_PERM};
  using Args = MKNOD3args;
  using Ok = MKNOD3resok;
  using Fail = MKNOD3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

// remove.cc

struct REMOVE {
  static constexpr uint32_t kNumber = 12;
  static constexpr std::string_view kName = "REMOVE";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = true;
  static constexpr auto kHandle = &REMOVE3args::object;
  // Beyond the RFC: ISDIR for directories, PERM for sticky ones.
  static constexpr StatusSet kStatuses{NFS3ERR_NOENT, NFS3ERR_NOTDIR, NFS3ERR_NAMETOOLONG,
                                       NFS3ERR_ROFS,  NFS3ERR_ISDIR,  NFS3ERR_PERM};
  using Args = REMOVE3args;
  using Ok = REMOVE3resok;
  using Fail = REMOVE3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct RMDIR {
  static constexpr uint32_t kNumber = 13;
  static constexpr std::string_view kName = "RMDIR";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = true;
  static constexpr auto kHandle = &RMDIR3args::object;
  // Beyond the RFC: PERM for sticky directories.
  static constexpr StatusSet kStatuses{NFS3ERR_NOENT,    NFS3ERR_INVAL,       NFS3ERR_EXIST,
                                       NFS3ERR_NOTDIR,   NFS3ERR_NAMETOOLONG, NFS3ERR_ROFS,
                                       NFS3ERR_NOTEMPTY, NFS3ERR_NOTSUPP,     NFS3ERR_PERM};
  using Args = RMDIR3args;
  using Ok = RMDIR3resok;
  using Fail = RMDIR3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct RENAME {
  static constexpr uint32_t kNumber = 14;
  static constexpr std::string_view kName = "RENAME";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = true;
  static constexpr auto kHandle = &RENAME3args::from;
  // Beyond the RFC: PERM for sticky directories.
  static constexpr StatusSet kStatuses{NFS3ERR_NOENT, NFS3ERR_EXIST,       NFS3ERR_XDEV,     NFS3ERR_NOTDIR,
                                       NFS3ERR_ISDIR, NFS3ERR_INVAL,       NFS3ERR_NOSPC,    NFS3ERR_ROFS,
                                       NFS3ERR_MLINK, NFS3ERR_NAMETOOLONG, NFS3ERR_NOTEMPTY, NFS3ERR_DQUOT,
                                       NFS3ERR_PERM,  NFS3ERR_NOTSUPP};
  using Args = RENAME3args;
  using Ok = RENAME3resok;
  using Fail = RENAME3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct LINK {
  static constexpr uint32_t kNumber = 15;
  static constexpr std::string_view kName = "LINK";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = true;
  static constexpr auto kHandle = &LINK3args::file;
  // Beyond the RFC: NOENT, for a file whose last link went away; ISDIR and PERM, since directories have one name.
  static constexpr StatusSet kStatuses{
      NFS3ERR_EXIST, NFS3ERR_XDEV,  NFS3ERR_NOTDIR,      NFS3ERR_INVAL, NFS3ERR_NOSPC,   NFS3ERR_ROFS, NFS3ERR_MLINK,
      NFS3ERR_DQUOT, NFS3ERR_NOENT, NFS3ERR_NAMETOOLONG, NFS3ERR_ISDIR, NFS3ERR_NOTSUPP, NFS3ERR_PERM};
  using Args = LINK3args;
  using Ok = LINK3resok;
  using Fail = LINK3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

// readdir.cc

struct READDIR {
  static constexpr uint32_t kNumber = 16;
  static constexpr std::string_view kName = "READDIR";
  static constexpr Role kRole = Role::kRead;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &READDIR3args::dir;
  static constexpr StatusSet kStatuses{NFS3ERR_NOTDIR, NFS3ERR_BAD_COOKIE, NFS3ERR_TOOSMALL};
  using Args = READDIR3args;
  using Ok = READDIR3resok;
  using Fail = READDIR3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct READDIRPLUS {
  static constexpr uint32_t kNumber = 17;
  static constexpr std::string_view kName = "READDIRPLUS";
  static constexpr Role kRole = Role::kRead;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &READDIRPLUS3args::dir;
  static constexpr StatusSet kStatuses{NFS3ERR_NOTDIR, NFS3ERR_BAD_COOKIE, NFS3ERR_TOOSMALL, NFS3ERR_NOTSUPP};
  using Args = READDIRPLUS3args;
  using Ok = READDIRPLUS3resok;
  using Fail = READDIRPLUS3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

// file_system_facts.cc

struct FSSTAT {
  static constexpr uint32_t kNumber = 18;
  static constexpr std::string_view kName = "FSSTAT";
  static constexpr Role kRole = Role::kQuery;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &FSSTAT3args::fsroot;
  static constexpr StatusSet kStatuses{};
  using Args = FSSTAT3args;
  using Ok = FSSTAT3resok;
  using Fail = FSSTAT3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct FSINFO {
  static constexpr uint32_t kNumber = 19;
  static constexpr std::string_view kName = "FSINFO";
  static constexpr Role kRole = Role::kQuery;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &FSINFO3args::fsroot;
  static constexpr StatusSet kStatuses{};
  using Args = FSINFO3args;
  using Ok = FSINFO3resok;
  using Fail = FSINFO3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

struct PATHCONF {
  static constexpr uint32_t kNumber = 20;
  static constexpr std::string_view kName = "PATHCONF";
  static constexpr Role kRole = Role::kQuery;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &PATHCONF3args::object;
  static constexpr StatusSet kStatuses{};
  using Args = PATHCONF3args;
  using Ok = PATHCONF3resok;
  using Fail = PATHCONF3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

// write.cc

struct COMMIT {
  static constexpr uint32_t kNumber = 21;
  static constexpr std::string_view kName = "COMMIT";
  static constexpr Role kRole = Role::kChange;
  static constexpr bool kReplayProtected = false;
  static constexpr auto kHandle = &COMMIT3args::file;
  // Beyond the RFC: what a WRITE would have answered if it had been the one to wait.
  static constexpr StatusSet kStatuses{NFS3ERR_NOSPC, NFS3ERR_DQUOT, NFS3ERR_ROFS, NFS3ERR_INVAL};
  using Args = COMMIT3args;
  using Ok = COMMIT3resok;
  using Fail = COMMIT3resfail;
  static nfsstat3 Run(Request& request, const Args& args, Ok& ok, Fail& fail);
};

using Procedures =
    std::tuple<NULLPROC, GETATTR, SETATTR, LOOKUP, ACCESS, READLINK, READ, WRITE, CREATE, MKDIR, SYMLINK, MKNOD, REMOVE,
               RMDIR, RENAME, LINK, READDIR, READDIRPLUS, FSSTAT, FSINFO, PATHCONF, COMMIT>;

}  // namespace dittofs::nfs3
