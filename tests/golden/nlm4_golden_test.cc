#include <array>

#include "golden.h"
#include "nlm4/messages.h"

namespace dittofs::nlm4 {
namespace {

using golden::Check;

constexpr std::array<std::byte, 5> kCookieBytes = {std::byte{0x0a}, std::byte{0x0b}, std::byte{0x0c}, std::byte{0x0d},
                                                   std::byte{0x0e}};
constexpr netobj kCookie{kCookieBytes};
constexpr std::array<std::byte, 32> kHandleBytes = [] {
  std::array<std::byte, 32> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}();
const netobj kOwner{base::AsBytes("17@alice")};

template <typename Offset>
lock_of<Offset> MakeLock() {
  return {{"alice"}, {kHandleBytes}, kOwner, 17, sizeof(Offset) == 8 ? Offset(uint64_t{1} << 32) : Offset(1u << 31),
          4096};
}
nlm4_shareargs MakeShare() {
  return {kCookie, {{"alice"}, {kHandleBytes}, kOwner, fsh4_mode::fsm_DW, fsh4_access::fsa_RW}, false};
}
void CheckVoid(const std::string& file, const std::string& section) {
  Check(file, section, xdr::Void{});
}

TEST_CASE("golden NLM NULL arguments", "[golden]") {
  CheckVoid("nlm4_null", "args");
}
TEST_CASE("golden NLM NULL result", "[golden]") {
  CheckVoid("nlm4_null", "res");
}
TEST_CASE("golden NLM nlm4_testargs", "[golden]") {
  Check("nlm4_test", "args", nlm4_testargs{kCookie, true, MakeLock<uint64_t>()});
}
TEST_CASE("golden NLM nlm_testargs", "[golden]") {
  Check("nlm4_test", "args3", nlm_testargs{kCookie, true, MakeLock<uint32_t>()});
}
TEST_CASE("golden NLM nlm4_testres granted", "[golden]") {
  Check("nlm4_test", "granted", nlm4_testres{kCookie, {nlm4_stats::NLM4_GRANTED, {}}});
}
TEST_CASE("golden NLM nlm4_testres denied", "[golden]") {
  Check("nlm4_test", "denied", nlm4_testres{kCookie, {nlm4_stats::NLM4_DENIED, {true, 18, {}, 10, 0}}});
}
TEST_CASE("golden NLM nlm_testres denied", "[golden]") {
  Check("nlm4_test", "denied3", nlm_testres{kCookie, {nlm4_stats::NLM4_DENIED, {true, 18, {}, 10, 0}}});
}
TEST_CASE("golden NLM nlm4_lockargs", "[golden]") {
  Check("nlm4_lock", "args", nlm4_lockargs{kCookie, true, true, MakeLock<uint64_t>(), false, 7});
}
TEST_CASE("golden NLM nlm_lockargs", "[golden]") {
  Check("nlm4_lock", "args3", nlm_lockargs{kCookie, true, true, MakeLock<uint32_t>(), false, 7});
}
TEST_CASE("golden NLM nlm4_res blocked", "[golden]") {
  Check("nlm4_lock", "res", nlm4_res{kCookie, nlm4_stats::NLM4_BLOCKED});
}
TEST_CASE("golden NLM nlm4_cancargs", "[golden]") {
  Check("nlm4_cancel", "args", nlm4_cancargs{kCookie, true, true, MakeLock<uint64_t>()});
}
TEST_CASE("golden NLM nlm_cancargs", "[golden]") {
  Check("nlm4_cancel", "args3", nlm_cancargs{kCookie, true, true, MakeLock<uint32_t>()});
}
TEST_CASE("golden NLM CANCEL result", "[golden]") {
  Check("nlm4_cancel", "res", nlm4_res{kCookie, nlm4_stats::NLM4_GRANTED});
}
TEST_CASE("golden NLM nlm4_unlockargs", "[golden]") {
  Check("nlm4_unlock", "args", nlm4_unlockargs{kCookie, MakeLock<uint64_t>()});
}
TEST_CASE("golden NLM nlm_unlockargs", "[golden]") {
  Check("nlm4_unlock", "args3", nlm_unlockargs{kCookie, MakeLock<uint32_t>()});
}
TEST_CASE("golden NLM UNLOCK result", "[golden]") {
  Check("nlm4_unlock", "res", nlm4_res{kCookie, nlm4_stats::NLM4_GRANTED});
}
TEST_CASE("golden NLM GRANTED arguments", "[golden]") {
  Check("nlm4_granted", "args", nlm4_testargs{kCookie, true, MakeLock<uint64_t>()});
}
TEST_CASE("golden NLM GRANTED arguments of versions 1 to 3", "[golden]") {
  Check("nlm4_granted", "args3", nlm_testargs{kCookie, true, MakeLock<uint32_t>()});
}
TEST_CASE("golden NLM GRANTED result", "[golden]") {
  Check("nlm4_granted", "res", nlm4_res{kCookie, nlm4_stats::NLM4_GRANTED});
}
TEST_CASE("golden NLM NM_LOCK arguments", "[golden]") {
  Check("nlm4_nm_lock", "args", nlm4_lockargs{kCookie, false, false, MakeLock<uint64_t>(), false, 0});
}
TEST_CASE("golden NLM NM_LOCK arguments of version 3", "[golden]") {
  Check("nlm4_nm_lock", "args3", nlm_lockargs{kCookie, false, false, MakeLock<uint32_t>(), false, 0});
}
TEST_CASE("golden NLM NM_LOCK result", "[golden]") {
  Check("nlm4_nm_lock", "res", nlm4_res{kCookie, nlm4_stats::NLM4_GRANTED});
}
TEST_CASE("golden NLM SHARE arguments", "[golden]") {
  Check("nlm4_share", "args", MakeShare());
}
TEST_CASE("golden NLM SHARE result", "[golden]") {
  Check("nlm4_share", "res", nlm4_shareres{kCookie, nlm4_stats::NLM4_GRANTED, 0});
}
TEST_CASE("golden NLM UNSHARE arguments", "[golden]") {
  Check("nlm4_unshare", "args", MakeShare());
}
TEST_CASE("golden NLM UNSHARE result", "[golden]") {
  Check("nlm4_unshare", "res", nlm4_shareres{kCookie, nlm4_stats::NLM4_GRANTED, 0});
}
TEST_CASE("golden NLM nlm4_notify", "[golden]") {
  Check("nlm4_free_all", "args", nlm4_notify{{"alice"}, 9});
}
TEST_CASE("golden NLM FREE_ALL result", "[golden]") {
  CheckVoid("nlm4_free_all", "res");
}

}  // namespace
}  // namespace dittofs::nlm4
