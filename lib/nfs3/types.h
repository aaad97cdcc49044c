#pragma once

#include <cstdint>
#include <optional>

#include "xdr/fields.h"

// The basic data types of NFS version 3, spelled as RFC 1813 §2.5 and §2.6 spell them.
namespace dittofs::nfs3 {

inline constexpr uint32_t kProgram = 100003;
inline constexpr uint32_t kVersion = 3;
inline constexpr size_t NFS3_FHSIZE = 64;
inline constexpr size_t NFS3_COOKIEVERFSIZE = 8;
inline constexpr size_t NFS3_CREATEVERFSIZE = 8;
inline constexpr size_t NFS3_WRITEVERFSIZE = 8;

using filename3 = xdr::String<>;
using nfspath3 = xdr::String<>;
using fileid3 = uint64_t;
using cookie3 = uint64_t;
using cookieverf3 = xdr::FixedOpaque<NFS3_COOKIEVERFSIZE>;
using createverf3 = xdr::FixedOpaque<NFS3_CREATEVERFSIZE>;
using writeverf3 = xdr::FixedOpaque<NFS3_WRITEVERFSIZE>;
using uid3 = uint32_t;
using gid3 = uint32_t;
using size3 = uint64_t;
using offset3 = uint64_t;
using mode3 = uint32_t;
using count3 = uint32_t;
using nfs_fh3 = xdr::Opaque<NFS3_FHSIZE>;

/// RFC 1813 §2.6.
enum class nfsstat3 : uint32_t {
  NFS3_OK = 0,
  NFS3ERR_PERM = 1,
  NFS3ERR_NOENT = 2,
  NFS3ERR_IO = 5,
  NFS3ERR_NXIO = 6,
  NFS3ERR_ACCES = 13,
  NFS3ERR_EXIST = 17,
  NFS3ERR_XDEV = 18,
  NFS3ERR_NODEV = 19,
  NFS3ERR_NOTDIR = 20,
  NFS3ERR_ISDIR = 21,
  NFS3ERR_INVAL = 22,
  NFS3ERR_FBIG = 27,
  NFS3ERR_NOSPC = 28,
  NFS3ERR_ROFS = 30,
  NFS3ERR_MLINK = 31,
  NFS3ERR_NAMETOOLONG = 63,
  NFS3ERR_NOTEMPTY = 66,
  NFS3ERR_DQUOT = 69,
  NFS3ERR_STALE = 70,
  NFS3ERR_REMOTE = 71,
  NFS3ERR_BADHANDLE = 10001,
  NFS3ERR_NOT_SYNC = 10002,
  NFS3ERR_BAD_COOKIE = 10003,
  NFS3ERR_NOTSUPP = 10004,
  NFS3ERR_TOOSMALL = 10005,
  NFS3ERR_SERVERFAULT = 10006,
  NFS3ERR_BADTYPE = 10007,
  NFS3ERR_JUKEBOX = 10008,
};

enum class ftype3 : uint32_t { NF3REG = 1, NF3DIR = 2, NF3BLK = 3, NF3CHR = 4, NF3LNK = 5, NF3SOCK = 6, NF3FIFO = 7 };
constexpr bool IsDefined(ftype3 type) noexcept {
  return type >= ftype3::NF3REG && type <= ftype3::NF3FIFO;
}

struct specdata3 {
  uint32_t specdata1 = 0;
  uint32_t specdata2 = 0;
  static constexpr auto kFields = xdr::Fields(&specdata3::specdata1, &specdata3::specdata2);
};

struct nfstime3 {
  uint32_t seconds = 0;
  uint32_t nseconds = 0;
  static constexpr auto kFields = xdr::Fields(&nfstime3::seconds, &nfstime3::nseconds);
};

struct fattr3 {
  ftype3 type = ftype3::NF3REG;
  mode3 mode = 0;
  uint32_t nlink = 0;
  uid3 uid = 0;
  gid3 gid = 0;
  size3 size = 0;
  size3 used = 0;
  specdata3 rdev;
  uint64_t fsid = 0;
  fileid3 fileid = 0;
  nfstime3 atime;
  nfstime3 mtime;
  nfstime3 ctime;
  static constexpr auto kFields = xdr::Fields(&fattr3::type, &fattr3::mode, &fattr3::nlink, &fattr3::uid, &fattr3::gid,
                                              &fattr3::size, &fattr3::used, &fattr3::rdev, &fattr3::fsid,
                                              &fattr3::fileid, &fattr3::atime, &fattr3::mtime, &fattr3::ctime);
};
/// Bytes of a fattr3 on the wire.
inline constexpr size_t kFattr3Bytes = 84;

using post_op_attr = std::optional<fattr3>;
using post_op_fh3 = std::optional<nfs_fh3>;

struct wcc_attr {
  size3 size = 0;
  nfstime3 mtime;
  nfstime3 ctime;
  static constexpr auto kFields = xdr::Fields(&wcc_attr::size, &wcc_attr::mtime, &wcc_attr::ctime);
};
using pre_op_attr = std::optional<wcc_attr>;

struct wcc_data {
  pre_op_attr before;
  post_op_attr after;
  static constexpr auto kFields = xdr::Fields(&wcc_data::before, &wcc_data::after);
};

enum class time_how : uint32_t { DONT_CHANGE = 0, SET_TO_SERVER_TIME = 1, SET_TO_CLIENT_TIME = 2 };
constexpr bool IsDefined(time_how how) noexcept {
  return how <= time_how::SET_TO_CLIENT_TIME;
}

using set_mode3 = std::optional<mode3>;
using set_uid3 = std::optional<uid3>;
using set_gid3 = std::optional<gid3>;
using set_size3 = std::optional<size3>;

struct set_atime {
  time_how set_it = time_how::DONT_CHANGE;
  nfstime3 atime;
  static constexpr auto kUnion =
      xdr::Union(xdr::DefaultVoid{}, &set_atime::set_it, xdr::Case<time_how::SET_TO_CLIENT_TIME>(&set_atime::atime));
};
struct set_mtime {
  time_how set_it = time_how::DONT_CHANGE;
  nfstime3 mtime;
  static constexpr auto kUnion =
      xdr::Union(xdr::DefaultVoid{}, &set_mtime::set_it, xdr::Case<time_how::SET_TO_CLIENT_TIME>(&set_mtime::mtime));
};

struct sattr3 {
  set_mode3 mode;
  set_uid3 uid;
  set_gid3 gid;
  set_size3 size;
  set_atime atime;
  set_mtime mtime;
  static constexpr auto kFields =
      xdr::Fields(&sattr3::mode, &sattr3::uid, &sattr3::gid, &sattr3::size, &sattr3::atime, &sattr3::mtime);
};

struct diropargs3 {
  nfs_fh3 dir;
  filename3 name;
  static constexpr auto kFields = xdr::Fields(&diropargs3::dir, &diropargs3::name);
};

}  // namespace dittofs::nfs3
