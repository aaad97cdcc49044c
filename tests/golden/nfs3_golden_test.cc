#include <array>
#include <string>
#include <tuple>

#include "base/bytes.h"
#include "golden.h"
#include "nfs3/messages.h"
#include "nfs3/procedures.h"

namespace dittofs::nfs3 {
namespace {

using golden::Check;

/// `size` bytes that count up from `first`.
template <size_t kSize>
constexpr std::array<std::byte, kSize> Counting(int first) {
  std::array<std::byte, kSize> bytes{};
  for (size_t i = 0; i < kSize; ++i) bytes[i] = static_cast<std::byte>(first + static_cast<int>(i));
  return bytes;
}
constexpr auto kHandleBytes = Counting<32>(0);
constexpr auto kSecondHandleBytes = Counting<32>(32);
constexpr nfs_fh3 kHandle{kHandleBytes};
constexpr nfs_fh3 kSecondHandle{kSecondHandleBytes};
constexpr writeverf3 kVerifier = Counting<8>(0xa1);

constexpr fattr3 kFile{.type = ftype3::NF3REG,
                       .mode = 0644,
                       .nlink = 2,
                       .uid = 1000,
                       .gid = 100,
                       .size = 0x1122334455,
                       .used = 4096,
                       .rdev = {},
                       .fsid = 0xabcd1234,
                       .fileid = 0x0102030405060708,
                       .atime = {1700000001, 10},
                       .mtime = {1700000002, 20},
                       .ctime = {1700000003, 30}};
constexpr fattr3 kDirectory{.type = ftype3::NF3DIR,
                            .mode = 0755,
                            .nlink = 3,
                            .uid = 0,
                            .gid = 0,
                            .size = 4096,
                            .used = 4096,
                            .rdev = {},
                            .fsid = 0xabcd1234,
                            .fileid = 1,
                            .atime = {1700000004, 40},
                            .mtime = {1700000005, 50},
                            .ctime = {1700000006, 60}};
constexpr fattr3 kSecondDirectory = [] {
  fattr3 attributes = kDirectory;
  attributes.nlink = 2;
  attributes.fileid = 9;
  return attributes;
}();
constexpr fattr3 kSymlink = [] {
  fattr3 attributes = kFile;
  attributes.type = ftype3::NF3LNK;
  attributes.mode = 0777;
  attributes.nlink = 1;
  attributes.size = 9;
  attributes.used = 0;
  attributes.fileid = 78;
  return attributes;
}();
constexpr fattr3 kDevice = [] {
  fattr3 attributes = kFile;
  attributes.type = ftype3::NF3CHR;
  attributes.mode = 0600;
  attributes.nlink = 1;
  attributes.size = 0;
  attributes.used = 0;
  attributes.rdev = {8, 1};
  attributes.fileid = 77;
  return attributes;
}();
constexpr sattr3 kEverySetting{.mode = 04755,
                               .uid = 1001,
                               .gid = 101,
                               .size = 65536,
                               .atime = {time_how::SET_TO_SERVER_TIME, {}},
                               .mtime = {time_how::SET_TO_CLIENT_TIME, {1700000009, 90}}};
constexpr std::array<entry3, 3> kEntries = {entry3{1, {"."}, 1}, entry3{1, {".."}, 2},
                                            entry3{0x0102030405060708, {"file.txt"}, 3}};
constexpr std::array<entryplus3, 3> kEntriesPlus = {
    entryplus3{1, {"."}, 1, {}, {}}, entryplus3{1, {".."}, 2, {}, {}},
    entryplus3{0x0102030405060708, {"file.txt"}, 3, kFile, kSecondHandle}};

wcc_data Wcc(const fattr3& after) {
  return {wcc_attr{4096, {1700000007, 70}, {1700000008, 80}}, after};
}
wcc_data After(const fattr3& after) {
  return {{}, after};
}

TEST_CASE("golden GETATTR3args", "[golden]") {
  Check("nfs3_getattr", "args", GETATTR3args{kHandle});
}
TEST_CASE("golden GETATTR3resok", "[golden]") {
  Check("nfs3_getattr", "ok", GETATTR3res{NFS3_OK, {kFile}});
}
TEST_CASE("golden GETATTR3res failure", "[golden]") {
  Check("nfs3_getattr", "fail", GETATTR3res{NFS3ERR_STALE});
}
TEST_CASE("golden SETATTR3args", "[golden]") {
  Check("nfs3_setattr", "args", SETATTR3args{kHandle, kEverySetting, nfstime3{1700000003, 30}});
}
TEST_CASE("golden SETATTR3args that set nothing", "[golden]") {
  Check("nfs3_setattr", "args nothing", SETATTR3args{kHandle});
}
TEST_CASE("golden SETATTR3resok", "[golden]") {
  Check("nfs3_setattr", "ok", SETATTR3res{NFS3_OK, {Wcc(kFile)}});
}
TEST_CASE("golden SETATTR3resfail", "[golden]") {
  Check("nfs3_setattr", "fail", SETATTR3res{NFS3ERR_NOT_SYNC, {}, {After(kFile)}});
}
TEST_CASE("golden LOOKUP3args", "[golden]") {
  Check("nfs3_lookup", "args", LOOKUP3args{{kHandle, {"file.txt"}}});
}
TEST_CASE("golden LOOKUP3resok", "[golden]") {
  Check("nfs3_lookup", "ok", LOOKUP3res{NFS3_OK, {kSecondHandle, kFile, kDirectory}});
}
TEST_CASE("golden LOOKUP3resfail", "[golden]") {
  Check("nfs3_lookup", "fail", LOOKUP3res{NFS3ERR_NOENT, {}, {kDirectory}});
}
TEST_CASE("golden ACCESS3args", "[golden]") {
  Check("nfs3_access", "args",
        ACCESS3args{kHandle, ACCESS3_READ | ACCESS3_LOOKUP | ACCESS3_MODIFY | ACCESS3_EXTEND | ACCESS3_DELETE |
                                 ACCESS3_EXECUTE});
}
TEST_CASE("golden ACCESS3resok", "[golden]") {
  Check("nfs3_access", "ok", ACCESS3res{NFS3_OK, {kFile, ACCESS3_READ | ACCESS3_MODIFY | ACCESS3_EXTEND}});
}
TEST_CASE("golden ACCESS3resfail", "[golden]") {
  Check("nfs3_access", "fail", ACCESS3res{NFS3ERR_JUKEBOX});
}
TEST_CASE("golden READLINK3args", "[golden]") {
  Check("nfs3_readlink", "args", READLINK3args{kHandle});
}
TEST_CASE("golden READLINK3resok", "[golden]") {
  Check("nfs3_readlink", "ok", READLINK3res{NFS3_OK, {kSymlink, {"../target"}}});
}
TEST_CASE("golden READLINK3resfail", "[golden]") {
  Check("nfs3_readlink", "fail", READLINK3res{NFS3ERR_INVAL, {}, {kFile}});
}
TEST_CASE("golden READ3args", "[golden]") {
  Check("nfs3_read", "args", READ3args{kHandle, 0x100000000, 65536});
}
TEST_CASE("golden READ3resok", "[golden]") {
  Check("nfs3_read", "ok", READ3res{NFS3_OK, {kFile, 5, true, {BufferChain(Buffer::Borrow(base::AsBytes("hello")))}}});
}
TEST_CASE("golden READ3resfail", "[golden]") {
  Check("nfs3_read", "fail", READ3res{NFS3ERR_IO, {}, {kFile}});
}
TEST_CASE("golden WRITE3args", "[golden]") {
  Check("nfs3_write", "args", WRITE3args{kHandle, 0x100000000, 7, stable_how::DATA_SYNC, {base::AsBytes("content")}});
}
TEST_CASE("golden WRITE3resok", "[golden]") {
  Check("nfs3_write", "ok", WRITE3res{NFS3_OK, {Wcc(kFile), 7, stable_how::FILE_SYNC, kVerifier}});
}
TEST_CASE("golden WRITE3resfail", "[golden]") {
  Check("nfs3_write", "fail", WRITE3res{NFS3ERR_NOSPC, {}, {After(kFile)}});
}
TEST_CASE("golden CREATE3args UNCHECKED", "[golden]") {
  Check("nfs3_create", "args unchecked",
        CREATE3args{{kHandle, {"new"}}, {createmode3::UNCHECKED, {.mode = 0644, .size = 0}}});
}
TEST_CASE("golden CREATE3args GUARDED", "[golden]") {
  Check(
      "nfs3_create", "args guarded",
      CREATE3args{{kHandle, {"new"}}, {createmode3::GUARDED, {.mode = 0600, .mtime = {time_how::SET_TO_SERVER_TIME}}}});
}
TEST_CASE("golden CREATE3args EXCLUSIVE", "[golden]") {
  Check("nfs3_create", "args exclusive", CREATE3args{{kHandle, {"new"}}, {createmode3::EXCLUSIVE, {}, kVerifier}});
}
TEST_CASE("golden CREATE3resok", "[golden]") {
  Check("nfs3_create", "ok", CREATE3res{NFS3_OK, {kSecondHandle, kFile, Wcc(kDirectory)}});
}
TEST_CASE("golden CREATE3resok without handle and attributes", "[golden]") {
  Check("nfs3_create", "ok bare", CREATE3res{NFS3_OK});
}
TEST_CASE("golden CREATE3resfail", "[golden]") {
  Check("nfs3_create", "fail", CREATE3res{NFS3ERR_EXIST, {}, {After(kDirectory)}});
}
TEST_CASE("golden MKDIR3args", "[golden]") {
  Check("nfs3_mkdir", "args", MKDIR3args{{kHandle, {"sub"}}, {.mode = 0755}});
}
TEST_CASE("golden MKDIR3resok", "[golden]") {
  Check("nfs3_mkdir", "ok", MKDIR3res{NFS3_OK, {kSecondHandle, kDirectory, Wcc(kDirectory)}});
}
TEST_CASE("golden MKDIR3resfail", "[golden]") {
  Check("nfs3_mkdir", "fail", MKDIR3res{NFS3ERR_EXIST, {}, {After(kDirectory)}});
}
TEST_CASE("golden SYMLINK3args", "[golden]") {
  Check("nfs3_symlink", "args", SYMLINK3args{{kHandle, {"link"}}, {{.mode = 0777}, {"../target"}}});
}
TEST_CASE("golden SYMLINK3resok", "[golden]") {
  Check("nfs3_symlink", "ok", SYMLINK3res{NFS3_OK, {kSecondHandle, kSymlink, Wcc(kDirectory)}});
}
TEST_CASE("golden SYMLINK3resfail", "[golden]") {
  Check("nfs3_symlink", "fail", SYMLINK3res{NFS3ERR_NOSPC, {}, {After(kDirectory)}});
}
TEST_CASE("golden MKNOD3args of a device", "[golden]") {
  Check("nfs3_mknod", "args device", MKNOD3args{{kHandle, {"node"}}, {ftype3::NF3CHR, {{.mode = 0600}, {8, 1}}}});
}
TEST_CASE("golden MKNOD3args of a FIFO", "[golden]") {
  Check("nfs3_mknod", "args pipe", MKNOD3args{{kHandle, {"pipe"}}, {ftype3::NF3FIFO, {}, {.mode = 0600}}});
}
TEST_CASE("golden MKNOD3args without an arm", "[golden]") {
  Check("nfs3_mknod", "args void", MKNOD3args{{kHandle, {"odd"}}, {ftype3::NF3REG}});
}
TEST_CASE("golden MKNOD3resok", "[golden]") {
  Check("nfs3_mknod", "ok", MKNOD3res{NFS3_OK, {kSecondHandle, kDevice, Wcc(kDirectory)}});
}
TEST_CASE("golden MKNOD3resfail", "[golden]") {
  Check("nfs3_mknod", "fail", MKNOD3res{NFS3ERR_BADTYPE, {}, {After(kDirectory)}});
}
TEST_CASE("golden REMOVE3args", "[golden]") {
  Check("nfs3_remove", "args", REMOVE3args{{kHandle, {"gone"}}});
}
TEST_CASE("golden REMOVE3resok", "[golden]") {
  Check("nfs3_remove", "ok", REMOVE3res{NFS3_OK, {Wcc(kDirectory)}});
}
TEST_CASE("golden REMOVE3resfail", "[golden]") {
  Check("nfs3_remove", "fail", REMOVE3res{NFS3ERR_NOENT, {}, {After(kDirectory)}});
}
TEST_CASE("golden RMDIR3args", "[golden]") {
  Check("nfs3_rmdir", "args", RMDIR3args{{kHandle, {"gone"}}});
}
TEST_CASE("golden RMDIR3resok", "[golden]") {
  Check("nfs3_rmdir", "ok", RMDIR3res{NFS3_OK, {Wcc(kDirectory)}});
}
TEST_CASE("golden RMDIR3resfail", "[golden]") {
  Check("nfs3_rmdir", "fail", RMDIR3res{NFS3ERR_NOTEMPTY, {}, {After(kDirectory)}});
}
TEST_CASE("golden RENAME3args", "[golden]") {
  Check("nfs3_rename", "args", RENAME3args{{kHandle, {"old"}}, {kSecondHandle, {"newer"}}});
}
TEST_CASE("golden RENAME3resok", "[golden]") {
  Check("nfs3_rename", "ok", RENAME3res{NFS3_OK, {Wcc(kDirectory), Wcc(kSecondDirectory)}});
}
TEST_CASE("golden RENAME3resfail", "[golden]") {
  Check("nfs3_rename", "fail", RENAME3res{NFS3ERR_XDEV, {}, {After(kDirectory), After(kSecondDirectory)}});
}
TEST_CASE("golden LINK3args", "[golden]") {
  Check("nfs3_link", "args", LINK3args{kHandle, {kSecondHandle, {"second"}}});
}
TEST_CASE("golden LINK3resok", "[golden]") {
  Check("nfs3_link", "ok", LINK3res{NFS3_OK, {kFile, Wcc(kDirectory)}});
}
TEST_CASE("golden LINK3resfail", "[golden]") {
  Check("nfs3_link", "fail", LINK3res{NFS3ERR_EXIST, {}, {kFile, After(kDirectory)}});
}
TEST_CASE("golden READDIR3args", "[golden]") {
  Check("nfs3_readdir", "args", READDIR3args{kHandle, 2, {}, 4096});
}
TEST_CASE("golden READDIR3resok", "[golden]") {
  Check("nfs3_readdir", "ok", READDIR3res{NFS3_OK, {kDirectory, {}, {std::span<const entry3>(kEntries), true}}});
}
TEST_CASE("golden READDIR3resok of nothing", "[golden]") {
  Check("nfs3_readdir", "ok empty", READDIR3res{NFS3_OK, {{}, {}, {{}, true}}});
}
TEST_CASE("golden READDIR3resfail", "[golden]") {
  Check("nfs3_readdir", "fail", READDIR3res{NFS3ERR_BAD_COOKIE, {}, {kDirectory}});
}
TEST_CASE("golden READDIRPLUS3args", "[golden]") {
  Check("nfs3_readdirplus", "args", READDIRPLUS3args{kHandle, 0, {}, 1024, 8192});
}
TEST_CASE("golden READDIRPLUS3resok", "[golden]") {
  Check("nfs3_readdirplus", "ok",
        READDIRPLUS3res{NFS3_OK, {kDirectory, {}, {std::span<const entryplus3>(kEntriesPlus), false}}});
}
TEST_CASE("golden READDIRPLUS3resfail", "[golden]") {
  Check("nfs3_readdirplus", "fail", READDIRPLUS3res{NFS3ERR_NOTDIR, {}, {kFile}});
}
TEST_CASE("golden FSSTAT3args", "[golden]") {
  Check("nfs3_fsstat", "args", FSSTAT3args{kHandle});
}
TEST_CASE("golden FSSTAT3resok", "[golden]") {
  Check("nfs3_fsstat", "ok",
        FSSTAT3res{NFS3_OK,
                   {kDirectory, uint64_t{1} << 40, uint64_t{1} << 39, uint64_t{1} << 38, 1000000, 900000, 800000, 0}});
}
TEST_CASE("golden FSSTAT3resfail", "[golden]") {
  Check("nfs3_fsstat", "fail", FSSTAT3res{NFS3ERR_SERVERFAULT});
}
TEST_CASE("golden FSINFO3args", "[golden]") {
  Check("nfs3_fsinfo", "args", FSINFO3args{kHandle});
}
TEST_CASE("golden FSINFO3resok", "[golden]") {
  Check("nfs3_fsinfo", "ok",
        FSINFO3res{NFS3_OK,
                   {kDirectory,
                    1048576,
                    1048577,
                    4096,
                    1048578,
                    1048579,
                    4097,
                    65536,
                    INT64_MAX,
                    {0, 1},
                    FSF3_LINK | FSF3_SYMLINK | FSF3_HOMOGENEOUS | FSF3_CANSETTIME}});
}
TEST_CASE("golden FSINFO3resfail", "[golden]") {
  Check("nfs3_fsinfo", "fail", FSINFO3res{NFS3ERR_BADHANDLE});
}
TEST_CASE("golden PATHCONF3args", "[golden]") {
  Check("nfs3_pathconf", "args", PATHCONF3args{kHandle});
}
TEST_CASE("golden PATHCONF3resok", "[golden]") {
  Check("nfs3_pathconf", "ok", PATHCONF3res{NFS3_OK, {kDirectory, 32000, 255, true, true, false, true}});
}
TEST_CASE("golden PATHCONF3resfail", "[golden]") {
  Check("nfs3_pathconf", "fail", PATHCONF3res{NFS3ERR_STALE});
}
TEST_CASE("golden COMMIT3args", "[golden]") {
  Check("nfs3_commit", "args", COMMIT3args{kHandle, 65536, 4096});
}
TEST_CASE("golden COMMIT3resok", "[golden]") {
  Check("nfs3_commit", "ok", COMMIT3res{NFS3_OK, {Wcc(kFile), kVerifier}});
}
TEST_CASE("golden COMMIT3resfail", "[golden]") {
  Check("nfs3_commit", "fail", COMMIT3res{NFS3ERR_IO, {}, {After(kFile)}});
}
TEST_CASE("golden NULL arguments", "[golden]") {
  Check("nfs3_null", "args", xdr::Void{});
}
TEST_CASE("golden NULL result", "[golden]") {
  Check("nfs3_null", "ok", xdr::Void{});
}

template <typename... P>
void CheckCovered(std::type_identity<std::tuple<P...>>) {
  const auto check = [](std::string name) {
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const golden::Sections sections = golden::Load("nfs3_" + name);
    const auto has = [&](std::string_view wanted) {
      for (const auto& [section, bytes] : sections) {
        if (section.substr(0, wanted.size()) == wanted) return true;
      }
      return false;
    };
    INFO(name);
    CHECK(has("args"));
    CHECK(has("ok"));
    CHECK((name == "null" || has("fail")));
  };
  (check(std::string(P::kName)), ...);
}
TEST_CASE("every procedure of NFSv3 has golden arguments, success and failure", "[golden]") {
  CheckCovered(std::type_identity<Procedures>());
}

}  // namespace
}  // namespace dittofs::nfs3
