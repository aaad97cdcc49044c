#include <array>

#include "golden.h"
#include "mount3/messages.h"

namespace dittofs::mount3 {
namespace {

using golden::Check;

constexpr std::array<std::byte, 32> kHandleBytes = [] {
  std::array<std::byte, 32> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}();
constexpr std::array<uint32_t, 2> kFlavors = {1, 0};
constexpr std::array<mountbody, 2> kMounts = {mountbody{{"192.0.2.7"}, {"/export"}},
                                              mountbody{{"2001:db8::1"}, {"/export/sub"}}};
constexpr std::array<groupnode, 2> kGroups = {groupnode{{"192.0.2.0/24"}}, groupnode{{"host.example"}}};
const std::array<exportnode, 2> kExports = {exportnode{{"/export"}, std::span<const groupnode>(kGroups)},
                                            exportnode{{"/open"}, {}}};

TEST_CASE("golden MOUNT dirpath of MNT", "[golden]") {
  Check("mount3_mnt", "args", MNT3args{{"/export/sub"}});
}
TEST_CASE("golden MOUNT mountres3 success", "[golden]") {
  Check("mount3_mnt", "ok", mountres3{mountstat3::MNT3_OK, {{kHandleBytes}, std::span<const uint32_t>(kFlavors)}});
}
TEST_CASE("golden MOUNT mountres3 failure", "[golden]") {
  Check("mount3_mnt", "fail", mountres3{mountstat3::MNT3ERR_ACCES});
}
TEST_CASE("golden MOUNT mountlist", "[golden]") {
  Check("mount3_dump", "ok", mountlist{std::span<const mountbody>(kMounts)});
}
TEST_CASE("golden MOUNT dirpath of UMNT", "[golden]") {
  Check("mount3_umnt", "args", UMNT3args{{"/export/sub"}});
}
TEST_CASE("golden MOUNT exports", "[golden]") {
  Check("mount3_export", "ok", exports{std::span<const exportnode>(kExports)});
}
TEST_CASE("golden MOUNT NULL arguments", "[golden]") {
  Check("mount3_null", "args", xdr::Void{});
}
TEST_CASE("golden MOUNT NULL result", "[golden]") {
  Check("mount3_null", "ok", xdr::Void{});
}
TEST_CASE("golden MOUNT DUMP arguments", "[golden]") {
  Check("mount3_dump", "args", xdr::Void{});
}
TEST_CASE("golden MOUNT UMNT result", "[golden]") {
  Check("mount3_umnt", "ok", xdr::Void{});
}
TEST_CASE("golden MOUNT UMNTALL arguments", "[golden]") {
  Check("mount3_umntall", "args", xdr::Void{});
}
TEST_CASE("golden MOUNT UMNTALL result", "[golden]") {
  Check("mount3_umntall", "ok", xdr::Void{});
}
TEST_CASE("golden MOUNT EXPORT arguments", "[golden]") {
  Check("mount3_export", "args", xdr::Void{});
}

}  // namespace
}  // namespace dittofs::mount3
