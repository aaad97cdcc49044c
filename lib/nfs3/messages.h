#pragma once

#include "nfs3/types.h"

// The arguments and results of the 22 procedures, in the order of RFC 1813 §3.3. Results are in two structs: resok
// follows NFS3_OK, resfail every other status.
namespace dittofs::nfs3 {

template <typename Ok, typename Fail>
using Res = xdr::ResultUnion<nfsstat3, Ok, Fail>;

// GETATTR (RFC 1813 §3.3.1)

struct GETATTR3args {
  nfs_fh3 object;
  static constexpr auto kFields = xdr::Fields(&GETATTR3args::object);
};
struct GETATTR3resok {
  fattr3 obj_attributes;
  static constexpr auto kFields = xdr::Fields(&GETATTR3resok::obj_attributes);
};
using GETATTR3res = Res<GETATTR3resok, xdr::Void>;

// SETATTR (RFC 1813 §3.3.2)

/// sattrguard3: `check` and, if TRUE, obj_ctime.
using sattrguard3 = std::optional<nfstime3>;

struct SETATTR3args {
  nfs_fh3 object;
  sattr3 new_attributes;
  sattrguard3 guard;
  static constexpr auto kFields =
      xdr::Fields(&SETATTR3args::object, &SETATTR3args::new_attributes, &SETATTR3args::guard);
};
struct SETATTR3resok {
  wcc_data obj_wcc;
  static constexpr auto kFields = xdr::Fields(&SETATTR3resok::obj_wcc);
};
struct SETATTR3resfail {
  wcc_data obj_wcc;
  static constexpr auto kFields = xdr::Fields(&SETATTR3resfail::obj_wcc);
};
using SETATTR3res = Res<SETATTR3resok, SETATTR3resfail>;

// LOOKUP (RFC 1813 §3.3.3)

struct LOOKUP3args {
  diropargs3 what;
  static constexpr auto kFields = xdr::Fields(&LOOKUP3args::what);
};
struct LOOKUP3resok {
  nfs_fh3 object;
  post_op_attr obj_attributes;
  post_op_attr dir_attributes;
  static constexpr auto kFields =
      xdr::Fields(&LOOKUP3resok::object, &LOOKUP3resok::obj_attributes, &LOOKUP3resok::dir_attributes);
};
struct LOOKUP3resfail {
  post_op_attr dir_attributes;
  static constexpr auto kFields = xdr::Fields(&LOOKUP3resfail::dir_attributes);
};
using LOOKUP3res = Res<LOOKUP3resok, LOOKUP3resfail>;

// ACCESS (RFC 1813 §3.3.4)

inline constexpr uint32_t ACCESS3_READ = 0x0001;
inline constexpr uint32_t ACCESS3_LOOKUP = 0x0002;
inline constexpr uint32_t ACCESS3_MODIFY = 0x0004;
inline constexpr uint32_t ACCESS3_EXTEND = 0x0008;
inline constexpr uint32_t ACCESS3_DELETE = 0x0010;
inline constexpr uint32_t ACCESS3_EXECUTE = 0x0020;

struct ACCESS3args {
  nfs_fh3 object;
  uint32_t access = 0;
  static constexpr auto kFields = xdr::Fields(&ACCESS3args::object, &ACCESS3args::access);
};
struct ACCESS3resok {
  post_op_attr obj_attributes;
  uint32_t access = 0;
  static constexpr auto kFields = xdr::Fields(&ACCESS3resok::obj_attributes, &ACCESS3resok::access);
};
struct ACCESS3resfail {
  post_op_attr obj_attributes;
  static constexpr auto kFields = xdr::Fields(&ACCESS3resfail::obj_attributes);
};
using ACCESS3res = Res<ACCESS3resok, ACCESS3resfail>;

// READLINK (RFC 1813 §3.3.5)

struct READLINK3args {
  nfs_fh3 symlink;
  static constexpr auto kFields = xdr::Fields(&READLINK3args::symlink);
};
struct READLINK3resok {
  post_op_attr symlink_attributes;
  nfspath3 path;
  static constexpr auto kFields = xdr::Fields(&READLINK3resok::symlink_attributes, &READLINK3resok::path);
};
struct READLINK3resfail {
  post_op_attr symlink_attributes;
  static constexpr auto kFields = xdr::Fields(&READLINK3resfail::symlink_attributes);
};
using READLINK3res = Res<READLINK3resok, READLINK3resfail>;

// READ (RFC 1813 §3.3.6)

struct READ3args {
  nfs_fh3 file;
  offset3 offset = 0;
  count3 count = 0;
  static constexpr auto kFields = xdr::Fields(&READ3args::file, &READ3args::offset, &READ3args::count);
};
struct READ3resok {
  post_op_attr file_attributes;
  count3 count = 0;
  bool eof = false;
  xdr::Content data;
  static constexpr auto kFields =
      xdr::Fields(&READ3resok::file_attributes, &READ3resok::count, &READ3resok::eof, &READ3resok::data);
};
struct READ3resfail {
  post_op_attr file_attributes;
  static constexpr auto kFields = xdr::Fields(&READ3resfail::file_attributes);
};
using READ3res = Res<READ3resok, READ3resfail>;

// WRITE (RFC 1813 §3.3.7)

enum class stable_how : uint32_t { UNSTABLE = 0, DATA_SYNC = 1, FILE_SYNC = 2 };
constexpr bool IsDefined(stable_how how) noexcept {
  return how <= stable_how::FILE_SYNC;
}

struct WRITE3args {
  nfs_fh3 file;
  offset3 offset = 0;
  count3 count = 0;
  stable_how stable = stable_how::UNSTABLE;
  xdr::Opaque<> data;
  static constexpr auto kFields =
      xdr::Fields(&WRITE3args::file, &WRITE3args::offset, &WRITE3args::count, &WRITE3args::stable, &WRITE3args::data);
};
struct WRITE3resok {
  wcc_data file_wcc;
  count3 count = 0;
  stable_how committed = stable_how::UNSTABLE;
  writeverf3 verf{};
  static constexpr auto kFields =
      xdr::Fields(&WRITE3resok::file_wcc, &WRITE3resok::count, &WRITE3resok::committed, &WRITE3resok::verf);
};
struct WRITE3resfail {
  wcc_data file_wcc;
  static constexpr auto kFields = xdr::Fields(&WRITE3resfail::file_wcc);
};
using WRITE3res = Res<WRITE3resok, WRITE3resfail>;

// CREATE (RFC 1813 §3.3.8)

enum class createmode3 : uint32_t { UNCHECKED = 0, GUARDED = 1, EXCLUSIVE = 2 };

struct createhow3 {
  createmode3 mode = createmode3::UNCHECKED;
  sattr3 obj_attributes;
  createverf3 verf{};
  static constexpr auto kUnion = xdr::Union(
      &createhow3::mode, xdr::Case<createmode3::UNCHECKED, createmode3::GUARDED>(&createhow3::obj_attributes),
      xdr::Case<createmode3::EXCLUSIVE>(&createhow3::verf));
};
struct CREATE3args {
  diropargs3 where;
  createhow3 how;
  static constexpr auto kFields = xdr::Fields(&CREATE3args::where, &CREATE3args::how);
};
/// CREATE, MKDIR, SYMLINK and MKNOD answer alike.
struct CREATE3resok {
  post_op_fh3 obj;
  post_op_attr obj_attributes;
  wcc_data dir_wcc;
  static constexpr auto kFields =
      xdr::Fields(&CREATE3resok::obj, &CREATE3resok::obj_attributes, &CREATE3resok::dir_wcc);
};
struct CREATE3resfail {
  wcc_data dir_wcc;
  static constexpr auto kFields = xdr::Fields(&CREATE3resfail::dir_wcc);
};
using CREATE3res = Res<CREATE3resok, CREATE3resfail>;

// MKDIR (RFC 1813 §3.3.9)

struct MKDIR3args {
  diropargs3 where;
  sattr3 attributes;
  static constexpr auto kFields = xdr::Fields(&MKDIR3args::where, &MKDIR3args::attributes);
};
using MKDIR3resok = CREATE3resok;
using MKDIR3resfail = CREATE3resfail;
using MKDIR3res = Res<MKDIR3resok, MKDIR3resfail>;

// SYMLINK (RFC 1813 §3.3.10)

struct symlinkdata3 {
  sattr3 symlink_attributes;
  nfspath3 symlink_data;
  static constexpr auto kFields = xdr::Fields(&symlinkdata3::symlink_attributes, &symlinkdata3::symlink_data);
};
struct SYMLINK3args {
  diropargs3 where;
  symlinkdata3 symlink;
  static constexpr auto kFields = xdr::Fields(&SYMLINK3args::where, &SYMLINK3args::symlink);
};
using SYMLINK3resok = CREATE3resok;
using SYMLINK3resfail = CREATE3resfail;
using SYMLINK3res = Res<SYMLINK3resok, SYMLINK3resfail>;

// MKNOD (RFC 1813 §3.3.11)

struct devicedata3 {
  sattr3 dev_attributes;
  specdata3 spec;
  static constexpr auto kFields = xdr::Fields(&devicedata3::dev_attributes, &devicedata3::spec);
};
struct mknoddata3 {
  ftype3 type = ftype3::NF3FIFO;
  devicedata3 device;
  sattr3 pipe_attributes;
  static constexpr auto kUnion =
      xdr::Union(xdr::DefaultVoid{}, &mknoddata3::type, xdr::Case<ftype3::NF3CHR, ftype3::NF3BLK>(&mknoddata3::device),
                 xdr::Case<ftype3::NF3SOCK, ftype3::NF3FIFO>(&mknoddata3::pipe_attributes));
};
struct MKNOD3args {
  diropargs3 where;
  mknoddata3 what;
  static constexpr auto kFields = xdr::Fields(&MKNOD3args::where, &MKNOD3args::what);
};
using MKNOD3resok = CREATE3resok;
using MKNOD3resfail = CREATE3resfail;
using MKNOD3res = Res<MKNOD3resok, MKNOD3resfail>;

// REMOVE (RFC 1813 §3.3.12) and RMDIR (RFC 1813 §3.3.13)

struct REMOVE3args {
  diropargs3 object;
  static constexpr auto kFields = xdr::Fields(&REMOVE3args::object);
};
struct REMOVE3resok {
  wcc_data dir_wcc;
  static constexpr auto kFields = xdr::Fields(&REMOVE3resok::dir_wcc);
};
struct REMOVE3resfail {
  wcc_data dir_wcc;
  static constexpr auto kFields = xdr::Fields(&REMOVE3resfail::dir_wcc);
};
using REMOVE3res = Res<REMOVE3resok, REMOVE3resfail>;

struct RMDIR3args {
  diropargs3 object;
  static constexpr auto kFields = xdr::Fields(&RMDIR3args::object);
};
using RMDIR3resok = REMOVE3resok;
using RMDIR3resfail = REMOVE3resfail;
using RMDIR3res = Res<RMDIR3resok, RMDIR3resfail>;

// RENAME (RFC 1813 §3.3.14)

struct RENAME3args {
  diropargs3 from;
  diropargs3 to;
  static constexpr auto kFields = xdr::Fields(&RENAME3args::from, &RENAME3args::to);
};
struct RENAME3resok {
  wcc_data fromdir_wcc;
  wcc_data todir_wcc;
  static constexpr auto kFields = xdr::Fields(&RENAME3resok::fromdir_wcc, &RENAME3resok::todir_wcc);
};
struct RENAME3resfail {
  wcc_data fromdir_wcc;
  wcc_data todir_wcc;
  static constexpr auto kFields = xdr::Fields(&RENAME3resfail::fromdir_wcc, &RENAME3resfail::todir_wcc);
};
using RENAME3res = Res<RENAME3resok, RENAME3resfail>;

// LINK (RFC 1813 §3.3.15)

struct LINK3args {
  nfs_fh3 file;
  diropargs3 link;
  static constexpr auto kFields = xdr::Fields(&LINK3args::file, &LINK3args::link);
};
struct LINK3resok {
  post_op_attr file_attributes;
  wcc_data linkdir_wcc;
  static constexpr auto kFields = xdr::Fields(&LINK3resok::file_attributes, &LINK3resok::linkdir_wcc);
};
struct LINK3resfail {
  post_op_attr file_attributes;
  wcc_data linkdir_wcc;
  static constexpr auto kFields = xdr::Fields(&LINK3resfail::file_attributes, &LINK3resfail::linkdir_wcc);
};
using LINK3res = Res<LINK3resok, LINK3resfail>;

// READDIR (RFC 1813 §3.3.16)

struct READDIR3args {
  nfs_fh3 dir;
  cookie3 cookie = 0;
  cookieverf3 cookieverf{};
  count3 count = 0;
  static constexpr auto kFields =
      xdr::Fields(&READDIR3args::dir, &READDIR3args::cookie, &READDIR3args::cookieverf, &READDIR3args::count);
};
struct entry3 {
  fileid3 fileid = 0;
  filename3 name;
  cookie3 cookie = 0;
  static constexpr auto kFields = xdr::Fields(&entry3::fileid, &entry3::name, &entry3::cookie);
};
struct dirlist3 {
  xdr::List<entry3> entries;
  bool eof = false;
  static constexpr auto kFields = xdr::Fields(&dirlist3::entries, &dirlist3::eof);
};
struct READDIR3resok {
  post_op_attr dir_attributes;
  cookieverf3 cookieverf{};
  dirlist3 reply;
  static constexpr auto kFields =
      xdr::Fields(&READDIR3resok::dir_attributes, &READDIR3resok::cookieverf, &READDIR3resok::reply);
};
struct READDIR3resfail {
  post_op_attr dir_attributes;
  static constexpr auto kFields = xdr::Fields(&READDIR3resfail::dir_attributes);
};
using READDIR3res = Res<READDIR3resok, READDIR3resfail>;

// READDIRPLUS (RFC 1813 §3.3.17)

struct READDIRPLUS3args {
  nfs_fh3 dir;
  cookie3 cookie = 0;
  cookieverf3 cookieverf{};
  count3 dircount = 0;
  count3 maxcount = 0;
  static constexpr auto kFields =
      xdr::Fields(&READDIRPLUS3args::dir, &READDIRPLUS3args::cookie, &READDIRPLUS3args::cookieverf,
                  &READDIRPLUS3args::dircount, &READDIRPLUS3args::maxcount);
};
struct entryplus3 {
  fileid3 fileid = 0;
  filename3 name;
  cookie3 cookie = 0;
  post_op_attr name_attributes;
  post_op_fh3 name_handle;
  static constexpr auto kFields = xdr::Fields(&entryplus3::fileid, &entryplus3::name, &entryplus3::cookie,
                                              &entryplus3::name_attributes, &entryplus3::name_handle);
};
struct dirlistplus3 {
  xdr::List<entryplus3> entries;
  bool eof = false;
  static constexpr auto kFields = xdr::Fields(&dirlistplus3::entries, &dirlistplus3::eof);
};
struct READDIRPLUS3resok {
  post_op_attr dir_attributes;
  cookieverf3 cookieverf{};
  dirlistplus3 reply;
  static constexpr auto kFields =
      xdr::Fields(&READDIRPLUS3resok::dir_attributes, &READDIRPLUS3resok::cookieverf, &READDIRPLUS3resok::reply);
};
struct READDIRPLUS3resfail {
  post_op_attr dir_attributes;
  static constexpr auto kFields = xdr::Fields(&READDIRPLUS3resfail::dir_attributes);
};
using READDIRPLUS3res = Res<READDIRPLUS3resok, READDIRPLUS3resfail>;

// FSSTAT (RFC 1813 §3.3.18)

struct FSSTAT3args {
  nfs_fh3 fsroot;
  static constexpr auto kFields = xdr::Fields(&FSSTAT3args::fsroot);
};
struct FSSTAT3resok {
  post_op_attr obj_attributes;
  size3 tbytes = 0;
  size3 fbytes = 0;
  size3 abytes = 0;
  size3 tfiles = 0;
  size3 ffiles = 0;
  size3 afiles = 0;
  uint32_t invarsec = 0;
  static constexpr auto kFields =
      xdr::Fields(&FSSTAT3resok::obj_attributes, &FSSTAT3resok::tbytes, &FSSTAT3resok::fbytes, &FSSTAT3resok::abytes,
                  &FSSTAT3resok::tfiles, &FSSTAT3resok::ffiles, &FSSTAT3resok::afiles, &FSSTAT3resok::invarsec);
};
struct FSSTAT3resfail {
  post_op_attr obj_attributes;
  static constexpr auto kFields = xdr::Fields(&FSSTAT3resfail::obj_attributes);
};
using FSSTAT3res = Res<FSSTAT3resok, FSSTAT3resfail>;

// FSINFO (RFC 1813 §3.3.19)

inline constexpr uint32_t FSF3_LINK = 0x0001;
inline constexpr uint32_t FSF3_SYMLINK = 0x0002;
inline constexpr uint32_t FSF3_HOMOGENEOUS = 0x0008;
inline constexpr uint32_t FSF3_CANSETTIME = 0x0010;

struct FSINFO3args {
  nfs_fh3 fsroot;
  static constexpr auto kFields = xdr::Fields(&FSINFO3args::fsroot);
};
struct FSINFO3resok {
  post_op_attr obj_attributes;
  uint32_t rtmax = 0;
  uint32_t rtpref = 0;
  uint32_t rtmult = 0;
  uint32_t wtmax = 0;
  uint32_t wtpref = 0;
  uint32_t wtmult = 0;
  uint32_t dtpref = 0;
  size3 maxfilesize = 0;
  nfstime3 time_delta;
  uint32_t properties = 0;
  static constexpr auto kFields =
      xdr::Fields(&FSINFO3resok::obj_attributes, &FSINFO3resok::rtmax, &FSINFO3resok::rtpref, &FSINFO3resok::rtmult,
                  &FSINFO3resok::wtmax, &FSINFO3resok::wtpref, &FSINFO3resok::wtmult, &FSINFO3resok::dtpref,
                  &FSINFO3resok::maxfilesize, &FSINFO3resok::time_delta, &FSINFO3resok::properties);
};
struct FSINFO3resfail {
  post_op_attr obj_attributes;
  static constexpr auto kFields = xdr::Fields(&FSINFO3resfail::obj_attributes);
};
using FSINFO3res = Res<FSINFO3resok, FSINFO3resfail>;

// PATHCONF (RFC 1813 §3.3.20)

struct PATHCONF3args {
  nfs_fh3 object;
  static constexpr auto kFields = xdr::Fields(&PATHCONF3args::object);
};
struct PATHCONF3resok {
  post_op_attr obj_attributes;
  uint32_t linkmax = 0;
  uint32_t name_max = 0;
  bool no_trunc = false;
  bool chown_restricted = false;
  bool case_insensitive = false;
  bool case_preserving = false;
  static constexpr auto kFields = xdr::Fields(
      &PATHCONF3resok::obj_attributes, &PATHCONF3resok::linkmax, &PATHCONF3resok::name_max, &PATHCONF3resok::no_trunc,
      &PATHCONF3resok::chown_restricted, &PATHCONF3resok::case_insensitive, &PATHCONF3resok::case_preserving);
};
struct PATHCONF3resfail {
  post_op_attr obj_attributes;
  static constexpr auto kFields = xdr::Fields(&PATHCONF3resfail::obj_attributes);
};
using PATHCONF3res = Res<PATHCONF3resok, PATHCONF3resfail>;

// COMMIT (RFC 1813 §3.3.21)

struct COMMIT3args {
  nfs_fh3 file;
  offset3 offset = 0;
  count3 count = 0;
  static constexpr auto kFields = xdr::Fields(&COMMIT3args::file, &COMMIT3args::offset, &COMMIT3args::count);
};
struct COMMIT3resok {
  wcc_data file_wcc;
  writeverf3 verf{};
  static constexpr auto kFields = xdr::Fields(&COMMIT3resok::file_wcc, &COMMIT3resok::verf);
};
struct COMMIT3resfail {
  wcc_data file_wcc;
  static constexpr auto kFields = xdr::Fields(&COMMIT3resfail::file_wcc);
};
using COMMIT3res = Res<COMMIT3resok, COMMIT3resfail>;

}  // namespace dittofs::nfs3
