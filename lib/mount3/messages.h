#pragma once

#include <cstdint>

#include "xdr/fields.h"

// The messages of MOUNT, spelled as RFC 1813 §5 spells them. DUMP, UMNT, UMNTALL and EXPORT are the same in versions 1
// and 2 (RFC 1094 appendix A).
namespace dittofs::mount3 {

inline constexpr uint32_t kProgram = 100005;
inline constexpr uint32_t kLowestVersion = 1;
inline constexpr uint32_t kVersion = 3;

inline constexpr size_t MNTPATHLEN = 1024;
inline constexpr size_t MNTNAMLEN = 255;
inline constexpr size_t FHSIZE3 = 64;

using fhandle3 = xdr::Opaque<FHSIZE3>;
using dirpath = xdr::String<MNTPATHLEN>;
using name = xdr::String<MNTNAMLEN>;

/// RFC 1813 §5.1.5.
enum class mountstat3 : uint32_t {
  MNT3_OK = 0,
  MNT3ERR_PERM = 1,
  MNT3ERR_NOENT = 2,
  MNT3ERR_IO = 5,
  MNT3ERR_ACCES = 13,
  MNT3ERR_NOTDIR = 20,
  MNT3ERR_INVAL = 22,
  MNT3ERR_NAMETOOLONG = 63,
  MNT3ERR_NOTSUPP = 10004,
  MNT3ERR_SERVERFAULT = 10006,
};

/// MNT and UMNT (RFC 1813 §5.2.1, §5.2.3): the argument is a bare dirpath.
struct MNT3args {
  dirpath path;
  static constexpr auto kFields = xdr::Fields(&MNT3args::path);
};
using UMNT3args = MNT3args;

struct mountres3_ok {
  fhandle3 fhandle;
  xdr::Array<uint32_t> auth_flavors;
  static constexpr auto kFields = xdr::Fields(&mountres3_ok::fhandle, &mountres3_ok::auth_flavors);
};
using mountres3 = xdr::ResultUnion<mountstat3, mountres3_ok, xdr::Void>;

/// One entry of the list that DUMP answers (RFC 1813 §5.2.2).
struct mountbody {
  name ml_hostname;
  dirpath ml_directory;
  static constexpr auto kFields = xdr::Fields(&mountbody::ml_hostname, &mountbody::ml_directory);
};
struct mountlist {
  xdr::List<mountbody> entries;
  static constexpr auto kFields = xdr::Fields(&mountlist::entries);
};

/// One entry of the list that EXPORT answers (RFC 1813 §5.2.5).
struct groupnode {
  name gr_name;
  static constexpr auto kFields = xdr::Fields(&groupnode::gr_name);
};
struct exportnode {
  dirpath ex_dir;
  xdr::List<groupnode> ex_groups;
  static constexpr auto kFields = xdr::Fields(&exportnode::ex_dir, &exportnode::ex_groups);
};
struct exports {
  xdr::List<exportnode> entries;
  static constexpr auto kFields = xdr::Fields(&exports::entries);
};

}  // namespace dittofs::mount3
