// Ports: what is bound where, UDP, the client.
#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "catch.h"
#include "net/socket.h"
#include "onc_rpc/client.h"
#include "onc_rpc/server.h"
#include "rpc_peer.h"
#include "test_program.h"

namespace dittofs::onc_rpc::testing {
namespace {

/// Another program number, so that one can see who answers.
class OtherProgram final : public Program {
 public:
  uint32_t number() const noexcept override { return kTestProgram + 1; }
  uint32_t lowest_version() const noexcept override { return 1; }
  uint32_t highest_version() const noexcept override { return 1; }
  const ProcedureTraits* procedure(uint32_t, uint32_t procedure) const noexcept override {
    static constexpr ProcedureTraits kNullTraits{"NULL"};
    return procedure == 0 ? &kNullTraits : nullptr;
  }
  AcceptStatus Run(const Call& call, xdr::Writer& reply) override {
    reply.Uint32(call.transport == Transport::kUdp ? 17 : 6);
    reply.FixedOpaque(std::as_bytes(std::span(call.client.ip)));
    reply.FixedOpaque(std::as_bytes(std::span(call.server.ip)));
    reply.Uint32(call.server.port);
    return AcceptStatus::kSuccess;
  }
};

struct World {
  TestProgram program;
  OtherProgram other;
  std::unique_ptr<Server> server;
  World() {
    ServerOptions options;
    options.event_loops = 2;
    server = Server::Create(options).value();
  }
  ~World() { program.Release(1000); }
};

CallTarget Target(uint16_t port, Transport transport, std::string address = "127.0.0.1") {
  CallTarget target;
  target.address = std::move(address);
  target.port = port;
  target.transport = transport;
  return target;
}

TEST_CASE("onc_rpc transport: one port serves its TCP programs over TCP and its UDP programs over UDP") {
  World world;
  const uint16_t port =
      world.server->Listen({"test", {"127.0.0.1"}, 0, {&world.program, &world.other}, {&world.other}}).value();
  REQUIRE(world.server->Start().ok());
  CHECK(CallOnce(Target(port, Transport::kTcp), kTestProgram, 3, kNull, {}).ok());
  CHECK(CallOnce(Target(port, Transport::kTcp), kTestProgram + 1, 1, 0, {}).ok());
  CHECK(CallOnce(Target(port, Transport::kUdp), kTestProgram + 1, 1, 0, {}).ok());
  CHECK(CallOnce(Target(port, Transport::kUdp), kTestProgram, 3, kNull, {}).code() == ErrorCode::kNotSupported);
}

TEST_CASE("onc_rpc transport: services on two ports do not mix") {
  World world;
  const uint16_t first = world.server->Listen({"first", {"127.0.0.1"}, 0, {&world.program}, {}}).value();
  const uint16_t second = world.server->Listen({"second", {"127.0.0.1"}, 0, {&world.other}, {}}).value();
  REQUIRE(world.server->Start().ok());
  CHECK(CallOnce(Target(first, Transport::kTcp), kTestProgram, 3, kNull, {}).ok());
  CHECK(CallOnce(Target(second, Transport::kTcp), kTestProgram, 3, kNull, {}).code() == ErrorCode::kNotSupported);
}

TEST_CASE("onc_rpc transport: endpoints say what was bound") {
  World world;
  const uint16_t port = world.server->Listen({"test", {"127.0.0.1"}, 0, {&world.other}, {&world.other}}).value();
  const auto endpoints = world.server->endpoints();
  REQUIRE(endpoints.size() == 2);
  CHECK(port != 0);
  CHECK(endpoints[0].transport == "tcp");
  CHECK(endpoints[1].transport == "udp");
  for (const Endpoint& endpoint : endpoints) {
    CHECK(endpoint.protocol == "test");
    CHECK(endpoint.address == "127.0.0.1");
    CHECK(endpoint.port == port);
  }
}

TEST_CASE("onc_rpc transport: a call knows both addresses, IPv4 as mapped") {
  World world;
  const uint16_t port = world.server->Listen({"test", {}, 0, {&world.other}, {&world.other}}).value();
  REQUIRE(world.server->Start().ok());
  for (const Transport transport : {Transport::kTcp, Transport::kUdp}) {
    // Not the address that the kernel would choose to answer from.
    const auto reply = CallOnce(Target(port, transport, "127.0.0.5"), kTestProgram + 1, 1, 0, {});
    REQUIRE(reply.ok());
    xdr::Reader reader(*reply);
    CHECK(reader.Uint32() == (transport == Transport::kUdp ? 17u : 6u));
    const auto client = reader.FixedOpaque(16);
    const auto server = reader.FixedOpaque(16);
    CHECK(base::LoadBigEndian<uint64_t>(client.data() + 4) == 0xffff);
    CHECK(base::LoadBigEndian<uint32_t>(server.data() + 12) == 0x7f00'0005);
    CHECK(reader.Uint32() == port);
  }
}

TEST_CASE("onc_rpc transport: IPv6 is served where the machine has it") {
  if (!net::Bind(net::Transport::kTcp, net::ParseNumericAddress("::1", 0).value()).ok()) return;
  World world;
  const uint16_t port = world.server->Listen({"test", {"::1"}, 0, {&world.other}, {&world.other}}).value();
  REQUIRE(world.server->Start().ok());
  CHECK(CallOnce(Target(port, Transport::kTcp, "::1"), kTestProgram + 1, 1, 0, {}).ok());
  CHECK(CallOnce(Target(port, Transport::kUdp, "::1"), kTestProgram + 1, 1, 0, {}).ok());
}

TEST_CASE("onc_rpc transport: a port in use is named") {
  World world;
  World second;
  const uint16_t port = world.server->Listen({"first", {"127.0.0.1"}, 0, {&world.other}, {}}).value();
  const auto result = second.server->Listen({"nfs", {"127.0.0.1"}, port, {&second.other}, {}});
  REQUIRE(result.code() == ErrorCode::kAlreadyInUse);
  const std::string message(result.status().message());
  CHECK(message.find("127.0.0.1:" + std::to_string(port)) != std::string::npos);
  CHECK(message.find("nfs") != std::string::npos);
  CHECK(message.find("tcp") != std::string::npos);
}

TEST_CASE("onc_rpc transport: what was bound before a failure is given back") {
  World world;
  auto taken = net::Bind(net::Transport::kUdp, net::ParseNumericAddress("127.0.0.1", 0).value()).value();
  const uint16_t port = taken.address.port;
  CHECK(world.server->Listen({"test", {"127.0.0.1"}, port, {&world.other}, {&world.other}}).code() ==
        ErrorCode::kAlreadyInUse);
  CHECK(world.server->Listen({"test", {"127.0.0.1"}, port, {&world.other}, {}}).ok());
}

TEST_CASE("onc_rpc transport: an address that is none is refused") {
  World world;
  CHECK(world.server->Listen({"test", {"localhost"}, 0, {&world.other}, {}}).code() == ErrorCode::kInvalidArgument);
}

TEST_CASE("onc_rpc transport: a UDP call that blocks does not hold up the next") {
  World world;
  const uint16_t port = world.server->Listen({"test", {"127.0.0.1"}, 0, {}, {&world.program}}).value();
  REQUIRE(world.server->Start().ok());
  Result<std::vector<std::byte>> waited = ErrorCode::kInternal;
  std::thread waiter([&] {
    auto target = Target(port, Transport::kUdp);
    target.timeout_ms = 60'000;  // sends again after more than this test takes
    waited = CallOnce(target, kTestProgram, 3, kWait, {});
  });
  world.program.AwaitEntered(1);
  CHECK(CallOnce(Target(port, Transport::kUdp), kTestProgram, 3, kRelease, {}).ok());
  waiter.join();
  REQUIRE(waited.ok());
  CHECK(base::LoadBigEndian<uint32_t>(waited->data()) == 7);
}

TEST_CASE("onc_rpc transport: connections over max_connections are closed at once, and later ones served again") {
  TestProgram program;
  ServerOptions options;
  options.event_loops = 1;
  options.max_connections = 1;
  auto server = Server::Create(options).value();
  const uint16_t port = server->Listen({"test", {"127.0.0.1"}, 0, {&program}, {}}).value();
  REQUIRE(server->Start().ok());
  const auto connect = [port] {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_storage to;
    const socklen_t length = net::AddressToKernel(net::ParseNumericAddress("127.0.0.1", port).value(), AF_INET, &to);
    REQUIRE(::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), length) == 0);
    return Peer(descriptor);
  };
  Peer first = connect();
  first.SendCall(1, kTestProgram, 3, kNull);
  CHECK(first.ReceiveXid() == 1);
  Peer second = connect();
  CHECK(second.IsClosed());
  CHECK(server->statistics().connections_refused == 1);
  first.Close();
  // The server hears of it some time before it accepts the next that is let through.
  for (;;) {
    if (CallOnce(Target(port, Transport::kTcp), kTestProgram, 3, kNull, {}).ok()) break;
  }
  SUCCEED();
}

TEST_CASE("onc_rpc transport: after StopAccepting nobody gets in, and who is in goes on") {
  World world;
  const uint16_t port = world.server->Listen({"test", {"127.0.0.1"}, 0, {&world.program}, {}}).value();
  REQUIRE(world.server->Start().ok());
  Peer peer = Connect(*world.server, {&world.program});
  world.server->StopAccepting();
  CHECK(CallOnce(Target(port, Transport::kTcp), kTestProgram, 3, kNull, {}).code() == ErrorCode::kUnavailable);
  peer.SendCall(1, kTestProgram, 3, kNull);
  CHECK(peer.ReceiveXid() == 1);
}

TEST_CASE("onc_rpc client: results and what went wrong come back as such") {
  World world;
  const uint16_t port = world.server->Listen({"test", {"127.0.0.1"}, 0, {&world.program}, {&world.program}}).value();
  REQUIRE(world.server->Start().ok());
  for (const Transport transport : {Transport::kTcp, Transport::kUdp}) {
    const auto target = Target(port, transport);
    const auto arguments = Wire().Opaque("hello").bytes();
    CHECK(CallOnce(target, kTestProgram, 3, kEcho, arguments).value() == arguments);
    CHECK(CallOnce(target, kTestProgram, 3, kGarbage, {}).code() == ErrorCode::kInvalidArgument);
    CHECK(CallOnce(target, kTestProgram, 3, kThrow, {}).code() == ErrorCode::kUnavailable);
    CHECK(CallOnce(target, kTestProgram, 7, kNull, {}).code() == ErrorCode::kNotSupported);
  }
}

TEST_CASE("onc_rpc client: AUTH_SYS credentials are sent") {
  World world;
  const uint16_t port = world.server->Listen({"test", {"127.0.0.1"}, 0, {&world.program}, {}}).value();
  REQUIRE(world.server->Start().ok());
  auto target = Target(port, Transport::kTcp);
  target.flavor = AuthFlavor::kSys;
  const std::array<uint32_t, 2> groups{4, 5};
  target.credentials = {1, 2, groups};
  target.machine_name = "me";
  const auto reply = CallOnce(target, kTestProgram, 3, kCredentials, {});
  CHECK(reply.value() == Wire().Word(1).Word(2).Word(2).Word(4).Word(5).Opaque("me").bytes());
}

TEST_CASE("onc_rpc client: replies longer than a datagram come over TCP") {
  World world;
  const uint16_t port = world.server->Listen({"test", {"127.0.0.1"}, 0, {&world.program}, {}}).value();
  REQUIRE(world.server->Start().ok());
  const auto reply = CallOnce(Target(port, Transport::kTcp), kTestProgram, 3, kGrow, Wire().Word(200'000).bytes());
  CHECK(reply.value().size() == 800'000);
}

TEST_CASE("onc_rpc client: a port where nobody listens is kUnavailable") {
  uint16_t port;
  {
    port = net::Bind(net::Transport::kTcp, net::ParseNumericAddress("127.0.0.1", 0).value())->address.port;
  }
  CHECK(CallOnce(Target(port, Transport::kTcp), 1, 1, 0, {}).code() == ErrorCode::kUnavailable);
}

TEST_CASE("onc_rpc client: a server that says nothing is kTimedOut") {
  const auto silent = net::Bind(net::Transport::kUdp, net::ParseNumericAddress("127.0.0.1", 0).value()).value();
  auto target = Target(silent.address.port, Transport::kUdp);
  target.timeout_ms = 40;
  CHECK(CallOnce(target, 1, 1, 0, {}).code() == ErrorCode::kTimedOut);
}

}  // namespace
}  // namespace dittofs::onc_rpc::testing
