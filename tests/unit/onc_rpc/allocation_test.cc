// What the hot path promises about the heap.
#include "allocation_counter.h"
#if DITTOFS_COUNTS_ALLOCATIONS

#include "catch.h"
#include "onc_rpc/server.h"
#include "rpc_peer.h"
#include "test_program.h"

namespace dittofs::onc_rpc::testing {
namespace {

struct World {
  TestProgram program;
  std::unique_ptr<Server> server;
  World() {
    ServerOptions options;
    options.event_loops = 1;
    server = Server::Create(options).value();
    REQUIRE(server->Start().ok());
  }
};

/// Allocations that `rounds` of sending `calls` and receiving `reply_bytes` take, after as many to warm up.
uint64_t AllocationsOf(Peer& peer, std::span<const std::byte> calls, size_t reply_bytes, int rounds) {
  std::vector<std::byte> replies(reply_bytes);
  uint64_t before = 0;
  for (int i = 0; i < 2 * rounds; ++i) {
    if (i == rounds) before = dittofs::testing::allocations.load();
    // Written out, as the test framework's macros allocate.
    if (::send(peer.descriptor(), calls.data(), calls.size(), 0) != static_cast<ssize_t>(calls.size())) std::abort();
    size_t got = 0;
    while (got < reply_bytes) {
      const ssize_t more = ::recv(peer.descriptor(), replies.data() + got, reply_bytes - got, 0);
      if (more <= 0) std::abort();
      got += static_cast<size_t>(more);
    }
  }
  return dittofs::testing::allocations.load() - before;
}

TEST_CASE("onc_rpc server: a steady load of small calls takes nothing from the heap") {
  World world;
  Peer peer = Connect(*world.server, {&world.program});
  Wire calls;
  for (uint32_t xid = 0; xid < 8; ++xid) calls.Bytes(Record(CallMessage(xid, kTestProgram, 3, kNull)));
  CHECK(AllocationsOf(peer, calls.bytes(), 8 * 28, 200) == 0);
}

TEST_CASE("onc_rpc server: answers from the replay cache take nothing from the heap") {
  World world;
  Peer peer = Connect(*world.server, {&world.program});
  const auto call = Record(CallMessage(1, kTestProgram, 3, kCount));
  CHECK(AllocationsOf(peer, call, 32, 200) == 0);
  CHECK(world.program.executions == 1);
}

TEST_CASE("onc_rpc server: large records reuse their memory") {
  World world;
  Peer peer = Connect(*world.server, {&world.program});
  const auto call = Record(CallMessage(1, kTestProgram, 3, kOwned, Wire().Opaque(std::string(100'000, 'x')).bytes()));
  CHECK(AllocationsOf(peer, call, 36, 50) == 0);
}

TEST_CASE("onc_rpc server: an idle connection takes at most 1.4 KiB from the heap") {
  World world;
  std::vector<Peer> peers;
  peers.reserve(300);
  const auto round_trip = [](Peer& peer) {
    peer.SendCall(1, kTestProgram, 3, kNull);
    peer.ReceiveXid();
  };
  const std::vector<Program*> programs{&world.program};
  std::array<int, 2> ends;
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  REQUIRE(world.server->Adopt(base::FileDescriptor(ends[0]), programs).ok());
  Peer first(ends[1]);
  round_trip(first);
  uint64_t bytes = 0;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    peers.emplace_back(ends[1]);
    const uint64_t before = dittofs::testing::allocated_bytes.load();
    const bool adopted = world.server->Adopt(base::FileDescriptor(ends[0]), programs).ok();
    bytes += dittofs::testing::allocated_bytes.load() - before;
    REQUIRE(adopted);
  }
  CHECK(bytes / 100 <= 1433);
}

TEST_CASE("onc_rpc server: a record that announces 1 GiB allocates nothing") {
  World world;
  Peer peer = Connect(*world.server, {&world.program});
  Peer other = Connect(*world.server, {&world.program});
  other.SendCall(1, kTestProgram, 3, kNull);
  other.ReceiveXid();
  const auto huge = Wire().Word(kLastFragment | (1u << 30)).bytes();
  const uint64_t before = dittofs::testing::allocated_bytes.load();
  const ssize_t sent = ::send(peer.descriptor(), huge.data(), huge.size(), 0);
  std::byte byte;
  const ssize_t got = ::recv(peer.descriptor(), &byte, 1, 0);
  const uint64_t bytes = dittofs::testing::allocated_bytes.load() - before;
  CHECK(sent == 4);
  CHECK(got == 0);
  CHECK(bytes == 0);
}

}  // namespace
}  // namespace dittofs::onc_rpc::testing

#endif  // DITTOFS_SANITIZED
