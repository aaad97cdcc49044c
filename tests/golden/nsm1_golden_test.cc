#include "golden.h"
#include "nsm1/messages.h"

namespace dittofs::nsm1 {
namespace {

using golden::Check;

constexpr my_id kLockManager{{"lockd"}, 100021, 4, 16};
mon MakeMon() {
  mon monitor{{{"alice"}, kLockManager}, {}};
  for (size_t i = 0; i < monitor.priv.size(); ++i) monitor.priv[i] = static_cast<std::byte>(i);
  return monitor;
}
void CheckVoid(const std::string& file, const std::string& section) {
  Check(file, section, xdr::Void{});
}

TEST_CASE("golden NSM NULL arguments", "[golden]") {
  CheckVoid("nsm1_null", "args");
}
TEST_CASE("golden NSM NULL result", "[golden]") {
  CheckVoid("nsm1_null", "res");
}
TEST_CASE("golden NSM sm_name", "[golden]") {
  Check("nsm1_sm_stat", "args", sm_name{{"alice"}});
}
TEST_CASE("golden NSM sm_stat_res", "[golden]") {
  Check("nsm1_sm_stat", "res", sm_stat_res{sm_res::stat_fail, 5});
}
TEST_CASE("golden NSM mon", "[golden]") {
  Check("nsm1_sm_mon", "args", MakeMon());
}
TEST_CASE("golden NSM SM_MON result", "[golden]") {
  Check("nsm1_sm_mon", "res", sm_stat_res{sm_res::stat_fail, 5});
}
TEST_CASE("golden NSM mon_id", "[golden]") {
  Check("nsm1_sm_unmon", "args", mon_id{{"alice"}, kLockManager});
}
TEST_CASE("golden NSM SM_UNMON result", "[golden]") {
  Check("nsm1_sm_unmon", "res", sm_stat{5});
}
TEST_CASE("golden NSM my_id", "[golden]") {
  Check("nsm1_sm_unmon_all", "args", kLockManager);
}
TEST_CASE("golden NSM SM_UNMON_ALL result", "[golden]") {
  Check("nsm1_sm_unmon_all", "res", sm_stat{5});
}
TEST_CASE("golden NSM SM_SIMU_CRASH arguments", "[golden]") {
  CheckVoid("nsm1_sm_simu_crash", "args");
}
TEST_CASE("golden NSM SM_SIMU_CRASH result", "[golden]") {
  CheckVoid("nsm1_sm_simu_crash", "res");
}
TEST_CASE("golden NSM stat_chge", "[golden]") {
  Check("nsm1_sm_notify", "args", stat_chge{{"alice.example"}, 7});
}
TEST_CASE("golden NSM SM_NOTIFY result", "[golden]") {
  CheckVoid("nsm1_sm_notify", "res");
}

}  // namespace
}  // namespace dittofs::nsm1
