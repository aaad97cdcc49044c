#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "catch.h"
#include "dittofs/runtime.h"
#include "portmap2/procedures.h"
#include "portmap2/program.h"
#include "wire_buffer.h"

namespace dittofs::portmap2 {
namespace {

class StandingClock final : public Clock {
 public:
  Timestamp Now() override { return {1700000000, 5}; }
  uint64_t MonotonicNanoseconds() override { return 0; }
};

class PortmapFixture {
 public:
  PortmapFixture() {
    program.SetRegistrations({{100003, 3, Netid::kTcp, 12049},
                              {100003, 3, Netid::kTcp6, 12050},
                              {100005, 1, Netid::kUdp, 12051},
                              {100005, 3, Netid::kUdp, 12052}});
  }
  onc_rpc::AcceptStatus CallBytes(uint32_t version, uint32_t procedure, std::span<const std::byte> arguments) {
    call.version = version;
    call.procedure = procedure;
    call.arguments = arguments;
    testing::WireBuffer buffer;
    const auto status = program.Run(call, buffer.writer());
    reply.assign(buffer.bytes().begin(), buffer.bytes().end());
    return status;
  }
  template <typename Result, typename Args>
  Result Call(uint32_t version, uint32_t procedure, const Args& args) {
    REQUIRE(CallBytes(version, procedure, testing::Encoded(args)) == onc_rpc::AcceptStatus::kSuccess);
    Result result;
    xdr::Reader reader(reply);
    xdr::Decode(reader, result);
    REQUIRE(reader.Finished());
    return result;
  }
  uint32_t GetPort(uint32_t program_number, uint32_t version, uint32_t protocol) {
    return Call<uint_res>(2, 3, mapping{program_number, version, protocol, 0}).value;
  }
  std::string GetAddr(uint32_t version, uint32_t procedure, const rpcb& args) {
    return std::string(Call<string_res>(version, procedure, args).value.text);
  }

  StandingClock clock;
  PortmapProgram program{Environment{&clock, nullptr, nullptr}};
  onc_rpc::Call call{.program = kProgram,
                     .client = *ParseAddress("192.0.2.7"),
                     .server = *ParseAddress("192.0.2.1"),
                     .transport = onc_rpc::Transport::kUdp};
  std::vector<std::byte> reply;
};

TEST_CASE_METHOD(PortmapFixture, "GETPORT answers the port of program, version and protocol", "[portmap2]") {
  CHECK(GetPort(100003, 3, 6) == 12049);
  CHECK(GetPort(100005, 1, 17) == 12051);
  CHECK(GetPort(100005, 3, 17) == 12052);
}

TEST_CASE_METHOD(PortmapFixture, "GETPORT of what is not registered is 0", "[portmap2]") {
  CHECK(GetPort(100003, 3, 17) == 0);
  CHECK(GetPort(100021, 4, 6) == 0);
  CHECK(GetPort(100003, 3, 99) == 0);
}

TEST_CASE_METHOD(PortmapFixture, "GETPORT of another version answers the program's port", "[portmap2]") {
  CHECK(GetPort(100003, 4, 6) == 12049);
}

TEST_CASE_METHOD(PortmapFixture, "DUMP of version 2 lists what IPv4 clients reach", "[portmap2]") {
  std::vector<uint32_t> ports;
  Call<pmaplist>(2, 4, xdr::Void{}).entries.ForEach([&](const mapping& entry) { ports.push_back(entry.port); });
  CHECK(ports == std::vector<uint32_t>{12049, 12051, 12052});
}

TEST_CASE_METHOD(PortmapFixture, "SET and UNSET change nothing, in every version", "[portmap2]") {
  CHECK_FALSE(Call<bool_res>(2, 1, mapping{100003, 3, 6, 1}).value);
  CHECK_FALSE(Call<bool_res>(2, 2, mapping{100003, 3, 6, 0}).value);
  for (const uint32_t version : {3u, 4u}) {
    CHECK_FALSE(Call<bool_res>(version, 1, rpcb{100003, 3, {"tcp"}, {"0.0.0.0.0.1"}, {"me"}}).value);
    CHECK_FALSE(Call<bool_res>(version, 2, rpcb{100003, 3, {"tcp"}, {}, {}}).value);
  }
  CHECK(GetPort(100003, 3, 6) == 12049);
}

TEST_CASE_METHOD(PortmapFixture, "nothing is called on behalf of a client", "[portmap2]") {
  CHECK(program.procedure(2, 5) == nullptr);   // CALLIT
  CHECK(program.procedure(3, 5) == nullptr);   // CALLIT
  CHECK(program.procedure(4, 5) == nullptr);   // BCAST
  CHECK(program.procedure(4, 10) == nullptr);  // INDIRECT
  CHECK(CallBytes(2, 5, {}) == onc_rpc::AcceptStatus::kProcedureUnavailable);
}

TEST_CASE_METHOD(PortmapFixture, "procedures belong to their versions", "[portmap2]") {
  CHECK(program.procedure(2, 3)->name == "GETPORT");
  CHECK(program.procedure(3, 3)->name == "GETADDR");
  CHECK(program.procedure(4, 9)->name == "GETVERSADDR");
  CHECK(program.procedure(3, 9) == nullptr);
  CHECK(program.procedure(2, 6) == nullptr);
}

TEST_CASE_METHOD(PortmapFixture, "GETADDR answers a universal address where the client reached us", "[portmap2]") {
  CHECK(GetAddr(4, 3, {100003, 3, {"tcp"}, {}, {}}) == "192.0.2.1.47.17");
  CHECK(GetAddr(3, 3, {100003, 3, {"tcp"}, {}, {}}) == "192.0.2.1.47.17");
  call.server = *ParseAddress("2001:db8::5");
  CHECK(GetAddr(4, 3, {100003, 3, {"tcp6"}, {}, {}}) == "2001:db8::5.47.18");
}

TEST_CASE_METHOD(PortmapFixture, "GETADDR of the other family answers the wildcard", "[portmap2]") {
  CHECK(GetAddr(4, 3, {100003, 3, {"tcp6"}, {}, {}}) == "::.47.18");
  call.server = *ParseAddress("2001:db8::5");
  CHECK(GetAddr(4, 3, {100003, 3, {"tcp"}, {}, {}}) == "0.0.0.0.47.17");
}

TEST_CASE_METHOD(PortmapFixture, "GETADDR without a netid means the transport of the call", "[portmap2]") {
  CHECK(GetAddr(4, 3, {100005, 3, {}, {}, {}}) == "192.0.2.1.47.20");
  CHECK(GetAddr(4, 3, {100003, 3, {}, {}, {}}).empty());
  call.transport = onc_rpc::Transport::kTcp;
  CHECK(GetAddr(4, 3, {100003, 3, {}, {}, {}}) == "192.0.2.1.47.17");
}

TEST_CASE_METHOD(PortmapFixture, "GETVERSADDR answers that version or nothing", "[portmap2]") {
  CHECK(GetAddr(4, 3, {100003, 4, {"tcp"}, {}, {}}) == "192.0.2.1.47.17");
  CHECK(GetAddr(4, 9, {100003, 4, {"tcp"}, {}, {}}).empty());
  CHECK(GetAddr(4, 9, {100003, 3, {"tcp"}, {}, {}}) == "192.0.2.1.47.17");
}

TEST_CASE_METHOD(PortmapFixture, "DUMP of rpcbind lists everything", "[portmap2]") {
  std::map<std::string, std::string> found;
  Call<rpcblist>(4, 4, xdr::Void{}).entries.ForEach([&](const rpcb& entry) {
    found[fmt::format("{}.{} {}", entry.r_prog, entry.r_vers, entry.r_netid.text)] = std::string(entry.r_addr.text);
  });
  CHECK(found.size() == 4);
  CHECK(found["100003.3 tcp6"] == "::.47.18");
  CHECK(found["100005.3 udp"] == "0.0.0.0.47.20");
}

TEST_CASE_METHOD(PortmapFixture, "GETADDRLIST answers every transport of a version", "[portmap2]") {
  std::string text;
  const auto list = Call<rpcb_entry_list>(4, 11, rpcb{100003, 3, {}, {}, {}});
  list.entries.ForEach([&](const rpcb_entry& entry) {
    text += fmt::format("{} {} {} {} {}; ", entry.r_maddr.text, entry.r_nc_netid.text, entry.r_nc_semantics,
                        entry.r_nc_protofmly.text, entry.r_nc_proto.text);
  });
  CHECK(text == "192.0.2.1.47.17 tcp 3 inet tcp; ::.47.18 tcp6 3 inet6 tcp; ");
}

TEST_CASE_METHOD(PortmapFixture, "GETTIME answers the clock's seconds", "[portmap2]") {
  CHECK(Call<uint_res>(3, 6, xdr::Void{}).value == 1700000000);
}

TEST_CASE_METHOD(PortmapFixture, "arguments cut anywhere, or too long, are GARBAGE_ARGS", "[portmap2]") {
  std::vector<std::byte> bytes = testing::Encoded(rpcb{100003, 3, {"tcp"}, {"192.0.2.1.0.0"}, {"me"}});
  for (size_t length = 0; length < bytes.size(); ++length) {
    CHECK(CallBytes(4, 3, std::span(bytes).first(length)) == onc_rpc::AcceptStatus::kGarbageArguments);
    CHECK(reply.empty());
  }
  bytes.resize(bytes.size() + 4);
  CHECK(CallBytes(4, 3, bytes) == onc_rpc::AcceptStatus::kGarbageArguments);
}

TEST_CASE_METHOD(PortmapFixture, "a string of more than 255 bytes is GARBAGE_ARGS", "[portmap2]") {
  const std::string long_text(256, 'x');
  CHECK(CallBytes(4, 3, testing::Encoded(rpcb{100003, 3, {long_text}, {}, {}})) ==
        onc_rpc::AcceptStatus::kGarbageArguments);
}

}  // namespace
}  // namespace dittofs::portmap2
