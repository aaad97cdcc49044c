#include <array>

#include "golden.h"
#include "portmap2/messages.h"

namespace dittofs::portmap2 {
namespace {

using golden::Check;

constexpr std::array<mapping, 3> kMappings = {mapping{100000, 2, 6, 111}, mapping{100003, 3, 6, 12049},
                                              mapping{100005, 3, 17, 12049}};
constexpr std::array<rpcb, 2> kBindings = {rpcb{100003, 3, {"tcp"}, {"0.0.0.0.47.17"}, {"superuser"}},
                                           rpcb{100005, 3, {"udp6"}, {"::.47.17"}, {"superuser"}}};
constexpr std::array<rpcb_entry, 2> kAddresses = {rpcb_entry{{"192.0.2.7.47.17"}, {"tcp"}, 3, {"inet"}, {"tcp"}},
                                                  rpcb_entry{{"::.47.17"}, {"udp6"}, 1, {"inet6"}, {"udp"}}};

TEST_CASE("golden port mapper SET mapping", "[golden]") {
  Check("portmap2_set", "args", mapping{100003, 3, 6, 12049});
}
TEST_CASE("golden port mapper SET done", "[golden]") {
  Check("portmap2_set", "ok", bool_res{true});
}
TEST_CASE("golden port mapper SET refused", "[golden]") {
  Check("portmap2_set", "fail", bool_res{false});
}
TEST_CASE("golden port mapper UNSET mapping", "[golden]") {
  Check("portmap2_unset", "args", mapping{100003, 3, 6, 12049});
}
TEST_CASE("golden port mapper UNSET done", "[golden]") {
  Check("portmap2_unset", "ok", bool_res{true});
}
TEST_CASE("golden port mapper UNSET refused", "[golden]") {
  Check("portmap2_unset", "fail", bool_res{false});
}
TEST_CASE("golden port mapper GETPORT mapping", "[golden]") {
  Check("portmap2_getport", "args", mapping{100003, 3, 6, 0});
}
TEST_CASE("golden port mapper GETPORT port", "[golden]") {
  Check("portmap2_getport", "ok", uint_res{12049});
}
TEST_CASE("golden port mapper GETPORT of what is not registered", "[golden]") {
  Check("portmap2_getport", "fail", uint_res{0});
}
TEST_CASE("golden port mapper DUMP pmaplist", "[golden]") {
  Check("portmap2_dump", "ok", pmaplist{std::span<const mapping>(kMappings)});
}
TEST_CASE("golden port mapper NULL arguments", "[golden]") {
  Check("portmap2_null", "args", xdr::Void{});
}
TEST_CASE("golden port mapper NULL result", "[golden]") {
  Check("portmap2_null", "ok", xdr::Void{});
}
TEST_CASE("golden port mapper DUMP arguments", "[golden]") {
  Check("portmap2_dump", "args", xdr::Void{});
}
TEST_CASE("golden rpcbind SET rpcb", "[golden]") {
  Check("portmap2_set_rpcb", "args", rpcb{100003, 3, {"tcp6"}, {"::.47.17"}, {"superuser"}});
}
TEST_CASE("golden rpcbind SET done", "[golden]") {
  Check("portmap2_set_rpcb", "ok", bool_res{true});
}
TEST_CASE("golden rpcbind SET refused", "[golden]") {
  Check("portmap2_set_rpcb", "fail", bool_res{false});
}
TEST_CASE("golden rpcbind UNSET rpcb", "[golden]") {
  Check("portmap2_unset_rpcb", "args", rpcb{100003, 3, {"tcp6"}, {"::.47.17"}, {"superuser"}});
}
TEST_CASE("golden rpcbind UNSET done", "[golden]") {
  Check("portmap2_unset_rpcb", "ok", bool_res{true});
}
TEST_CASE("golden rpcbind UNSET refused", "[golden]") {
  Check("portmap2_unset_rpcb", "fail", bool_res{false});
}
TEST_CASE("golden rpcbind GETADDR rpcb", "[golden]") {
  Check("portmap2_getaddr", "args", rpcb{100003, 3, {"tcp"}, {}, {}});
}
TEST_CASE("golden rpcbind GETADDR address", "[golden]") {
  Check("portmap2_getaddr", "ok", string_res{{"192.0.2.7.47.17"}});
}
TEST_CASE("golden rpcbind GETADDR of what is not registered", "[golden]") {
  Check("portmap2_getaddr", "fail", string_res{});
}
TEST_CASE("golden rpcbind GETVERSADDR rpcb", "[golden]") {
  Check("portmap2_getversaddr", "args", rpcb{100003, 3, {"tcp"}, {}, {}});
}
TEST_CASE("golden rpcbind GETVERSADDR address", "[golden]") {
  Check("portmap2_getversaddr", "ok", string_res{{"192.0.2.7.47.17"}});
}
TEST_CASE("golden rpcbind GETVERSADDR of what is not registered", "[golden]") {
  Check("portmap2_getversaddr", "fail", string_res{});
}
TEST_CASE("golden rpcbind DUMP arguments", "[golden]") {
  Check("portmap2_dump_rpcb", "args", xdr::Void{});
}
TEST_CASE("golden rpcbind DUMP rpcblist", "[golden]") {
  Check("portmap2_dump_rpcb", "ok", rpcblist{std::span<const rpcb>(kBindings)});
}
TEST_CASE("golden rpcbind GETTIME arguments", "[golden]") {
  Check("portmap2_gettime", "args", xdr::Void{});
}
TEST_CASE("golden rpcbind GETTIME seconds", "[golden]") {
  Check("portmap2_gettime", "ok", uint_res{1700000000});
}
TEST_CASE("golden rpcbind GETADDRLIST rpcb", "[golden]") {
  Check("portmap2_getaddrlist", "args", rpcb{100005, 3, {"udp"}, {}, {}});
}
TEST_CASE("golden rpcbind GETADDRLIST rpcb_entry_list", "[golden]") {
  Check("portmap2_getaddrlist", "ok", rpcb_entry_list{std::span<const rpcb_entry>(kAddresses)});
}

}  // namespace
}  // namespace dittofs::portmap2
