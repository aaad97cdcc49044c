// The server over socketpairs: calls, order, hand-over, bounds.
#include "onc_rpc/server.h"

#include "catch.h"
#include "rpc_peer.h"
#include "test_program.h"

namespace dittofs::onc_rpc::testing {
namespace {

struct World {
  TestProgram program;
  HandClock clock;
  std::unique_ptr<Server> server;

  explicit World(ServerOptions options = {}) {
    options.environment.clock = &clock;
    if (options.event_loops == 0) options.event_loops = 1;
    server = Server::Create(options).value();
    REQUIRE(server->Start().ok());
  }
  ~World() { program.Release(1000); }  // whatever a failed check left waiting
  Peer Connect(int send_buffer_bytes = 0) { return testing::Connect(*server, {&program}, send_buffer_bytes); }
  /// When this returns, the (only) loop has handled everything that came before.
  void RoundTrip(Peer& peer) {
    peer.SendCall(0xffff, kTestProgram, 3, kNull);
    REQUIRE(peer.ReceiveXid() == 0xffff);
  }
};

TEST_CASE("onc_rpc server answers NULL") {
  World world;
  Peer peer = world.Connect();
  peer.SendCall(1, kTestProgram, 3, kNull);
  CHECK(peer.ReceiveWords() == Accepted(1, AcceptStatus::kSuccess));
}

TEST_CASE("onc_rpc server answers pipelined calls that do not block in their order") {
  World world;
  Peer peer = world.Connect();
  std::vector<std::byte> calls;
  for (uint32_t xid = 0; xid < 500; ++xid) {
    const std::string text(xid % 97, 'x');
    const auto record = Record(CallMessage(xid, kTestProgram, 3, kEcho, Wire().Opaque(text).bytes()));
    calls.insert(calls.end(), record.begin(), record.end());
  }
  peer.Send(calls);
  for (uint32_t xid = 0; xid < 500; ++xid) {
    const auto words = peer.ReceiveWords();
    REQUIRE(words.at(0) == xid);
    REQUIRE(words.at(6) == xid % 97);
  }
}

TEST_CASE("onc_rpc server: calls split at every byte are answered all the same") {
  World world;
  Peer peer = world.Connect();
  const auto one = Record(CallMessage(7, kTestProgram, 3, kEcho, Wire().Opaque("twelve bytes").bytes()));
  std::vector<std::byte> two = one;
  two.insert(two.end(), one.begin(), one.end());
  for (size_t split = 1; split < two.size(); ++split) {
    peer.Send(std::span(two).first(split));
    if (split >= one.size()) {
      REQUIRE(peer.ReceiveWords().at(6) == 12);
    }
    peer.Send(std::span(two).subspan(split));
    if (split < one.size()) {
      REQUIRE(peer.ReceiveWords().at(6) == 12);
    }
    REQUIRE(peer.ReceiveWords().at(6) == 12);
  }
}

TEST_CASE("onc_rpc server: a call that blocks does not hold up the next one of its connection") {
  World world;
  Peer peer = world.Connect();
  peer.SendCall(1, kTestProgram, 3, kWait);
  peer.SendCall(2, kTestProgram, 3, kRelease);  // never read if the first held the loop
  // Whichever of the two threads is quicker answers first.
  const auto first = peer.ReceiveWords();
  const auto second = peer.ReceiveWords();
  CHECK(first.at(0) + second.at(0) == 3);
  CHECK((first.at(0) == 1 ? first : second).at(6) == 7);
}

TEST_CASE("onc_rpc server: calls in the same read as one that blocks run on, and replies before it are not held back") {
  World world;
  Peer peer = world.Connect();
  Wire calls;
  calls.Bytes(Record(CallMessage(1, kTestProgram, 3, kEcho, Wire().Opaque("before").bytes())));
  calls.Bytes(Record(CallMessage(2, kTestProgram, 3, kWait)));
  calls.Bytes(Record(CallMessage(3, kTestProgram, 3, kEcho, Wire().Opaque("behind").bytes())));
  peer.Send(calls.bytes());
  CHECK(peer.ReceiveXid() == 1);
  CHECK(peer.ReceiveXid() == 3);
  world.program.Release(1);
  CHECK(peer.ReceiveWords() == std::vector<uint32_t>{2, kMessageReply, 0, 0, 0, 0, 7});
}

TEST_CASE("onc_rpc server: many blocked calls of one connection all come back") {
  ServerOptions options;
  options.max_threads = 20;
  World world(options);
  Peer peer = world.Connect();
  for (uint32_t xid = 0; xid < 16; ++xid) peer.SendCall(xid, kTestProgram, 3, kWait);
  world.program.AwaitEntered(16);
  world.program.Release(16);
  uint32_t seen = 0;
  for (int i = 0; i < 16; ++i) seen |= 1u << peer.ReceiveXid();
  CHECK(seen == 0xffff);
}

TEST_CASE("onc_rpc server: with all threads in calls, others wait and are answered when one is done") {
  ServerOptions options;
  options.max_threads = 2;
  World world(options);
  Peer peer = world.Connect();
  for (uint32_t xid = 0; xid < 5; ++xid) peer.SendCall(xid, kTestProgram, 3, kWait);
  world.program.AwaitEntered(2);
  CHECK(world.program.entered() == 2);
  world.program.Release(5);
  for (int i = 0; i < 5; ++i) peer.ReceiveXid();
  CHECK(world.program.finished == 5);
}

TEST_CASE("onc_rpc server: beyond max_requests_per_connection a connection is not read, and others are") {
  ServerOptions options;
  options.max_requests_per_connection = 2;
  options.max_threads = 8;
  World world(options);
  Peer peer = world.Connect();
  Peer other = world.Connect();
  for (uint32_t xid = 0; xid < 5; ++xid) peer.SendCall(xid, kTestProgram, 3, kWait);
  world.program.AwaitEntered(2);
  world.RoundTrip(other);
  CHECK(world.program.entered() == 2);
  world.program.Release(1);
  peer.ReceiveXid();
  world.program.AwaitEntered(3);
  world.RoundTrip(other);
  CHECK(world.program.entered() == 3);
  world.program.Release(4);
  for (int i = 0; i < 4; ++i) peer.ReceiveXid();
}

TEST_CASE("onc_rpc server: a client that takes no replies is not read beyond max_queued_output_bytes") {
  ServerOptions options;
  options.max_queued_output_bytes = 256 * 1024;
  World world(options);
  Peer peer = world.Connect(32 * 1024);
  Peer other = world.Connect();
  constexpr uint32_t kCalls = 100;
  for (uint32_t xid = 0; xid < kCalls; ++xid) {
    peer.SendCall(xid, kTestProgram, 3, kFill, Wire().Word(64 * 1024).bytes());
  }
  world.RoundTrip(other);
  // The socket's buffer, the bound, and what one batch adds before it is looked at.
  CHECK(world.program.finished < 20);
  for (uint32_t xid = 0; xid < kCalls; ++xid) {
    const auto words = peer.ReceiveWords();
    REQUIRE(words.at(0) == xid);
    REQUIRE(words.size() == 7 + 16 * 1024);
    REQUIRE(words.at(7 + 16 * 1024 - 1) == 0x5a5a5a5a);
  }
}

TEST_CASE("onc_rpc server: a reply larger than any buffer arrives whole") {
  World world;
  Peer peer = world.Connect(16 * 1024);
  peer.SendCall(1, kTestProgram, 3, kGrow, Wire().Word(300'000).bytes());
  const auto words = peer.ReceiveWords();
  REQUIRE(words.size() == 300'006);
  for (uint32_t i = 0; i < 300'000; ++i) REQUIRE(words[6 + i] == i);
}

TEST_CASE("onc_rpc server: large records are received into memory of their own") {
  World world;
  Peer peer = world.Connect();
  for (uint32_t xid = 0; xid < 20; ++xid) {
    peer.SendCall(xid, kTestProgram, 3, kOwned, Wire().Opaque(std::string(1'000'000, 'w')).bytes());
    const auto words = peer.ReceiveWords();
    REQUIRE(words.at(0) == xid);
    REQUIRE(words.at(6) == 1);
    REQUIRE(words.at(7) == 1'000'000);
  }
}

TEST_CASE("onc_rpc server: large and small records in one stream keep their bytes") {
  World world;
  Peer peer = world.Connect();
  for (uint32_t xid = 0; xid < 60; ++xid) {
    const size_t size = xid % 3 == 0 ? 200'000 + xid * 1000 : xid * 7;
    std::string text(size, '\0');
    for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + xid);
    peer.SendCall(xid, kTestProgram, 3, kEcho, Wire().Opaque(text).bytes());
    const auto reply = peer.ReceiveRecord();
    REQUIRE(reply.size() == 28 + (size + 3) / 4 * 4);
    REQUIRE(std::memcmp(reply.data() + 28, text.data(), size) == 0);
  }
}

TEST_CASE("onc_rpc server: a record over max_message_bytes closes its connection") {
  World world;
  Peer peer = world.Connect();
  peer.Send(Wire().Word(kLastFragment | (1u << 30)).bytes());
  CHECK(peer.IsClosed());
}

TEST_CASE("onc_rpc server: with the receiving budget used up a connection waits until it is free") {
  ServerOptions options;
  options.max_receiving_bytes = 300'000;
  World world(options);
  Peer first = world.Connect();
  Peer second = world.Connect();
  const auto record = Record(CallMessage(1, kTestProgram, 3, kOwned, Wire().Opaque(std::string(200'000, 'x')).bytes()));
  first.Send(std::span(record).first(1000));
  Peer other = world.Connect();
  world.RoundTrip(other);
  second.Send(std::span(record).first(1000));
  world.RoundTrip(other);
  first.Send(std::span(record).subspan(1000));
  CHECK(first.ReceiveWords().at(7) == 200'000);
  second.Send(std::span(record).subspan(1000));
  CHECK(second.ReceiveWords().at(7) == 200'000);
}

TEST_CASE("onc_rpc server: a client that stops sending still gets its replies") {
  World world;
  Peer peer = world.Connect();
  peer.SendCall(1, kTestProgram, 3, kWait);
  world.program.AwaitEntered(1);
  peer.EndSending();
  Peer other = world.Connect();
  world.RoundTrip(other);
  world.program.Release(1);
  CHECK(peer.ReceiveXid() == 1);
  CHECK(peer.IsClosed());
}

TEST_CASE("onc_rpc server: a client that goes away during its call harms nobody") {
  World world;
  Peer other = world.Connect();
  {
    Peer peer = world.Connect();
    peer.SendCall(1, kTestProgram, 3, kWait);
    world.program.AwaitEntered(1);
  }
  world.RoundTrip(other);
  world.program.Release(1);
  world.RoundTrip(other);
}

TEST_CASE("onc_rpc server closes idle connections after idle_timeout_s, and no earlier") {
  ServerOptions options;
  options.idle_timeout_s = 60;
  World world(options);
  Peer peer = world.Connect();
  world.RoundTrip(peer);
  world.clock.AdvanceSeconds(50);
  world.server->ClockMoved();
  world.RoundTrip(peer);
  world.clock.AdvanceSeconds(50);
  world.server->ClockMoved();
  world.RoundTrip(peer);
  world.clock.AdvanceSeconds(61);
  world.server->ClockMoved();
  CHECK(peer.IsClosed());
}

TEST_CASE("onc_rpc server: a connection whose call takes long is not idle") {
  ServerOptions options;
  options.idle_timeout_s = 60;
  World world(options);
  Peer peer = world.Connect();
  Peer other = world.Connect();
  peer.SendCall(1, kTestProgram, 3, kWait);
  world.program.AwaitEntered(1);
  world.RoundTrip(other);
  world.clock.AdvanceSeconds(600);
  world.server->ClockMoved();
  CHECK(other.IsClosed());
  Peer later = world.Connect();
  world.RoundTrip(later);  // the timers are through
  world.program.Release(1);
  CHECK(peer.ReceiveXid() == 1);
}

TEST_CASE("onc_rpc server closes a client that leaves a record unfinished") {
  World world;
  Peer peer = world.Connect();
  Peer other = world.Connect();
  peer.Send(Wire().Word(kLastFragment | 100).Word(1).bytes());
  world.RoundTrip(other);
  world.clock.AdvanceSeconds(61);
  world.server->ClockMoved();
  CHECK(peer.IsClosed());
  world.RoundTrip(other);
}

TEST_CASE("onc_rpc server closes a client that takes no byte of its replies") {
  World world;
  Peer peer = world.Connect(16 * 1024);
  Peer other = world.Connect();
  peer.SendCall(1, kTestProgram, 3, kFill, Wire().Word(1 << 20).bytes());
  world.RoundTrip(other);
  CHECK(world.server->statistics().connections_open == 2);
  world.clock.AdvanceSeconds(61);
  world.server->ClockMoved();
  world.RoundTrip(other);
  world.RoundTrip(other);
  CHECK(world.server->statistics().connections_open == 1);
}

TEST_CASE("onc_rpc server: a reply queued by a call that blocked is timed, too") {
  World world;
  Peer peer = world.Connect(16 * 1024);
  Peer other = world.Connect();
  peer.SendCall(1, kTestProgram, 3, kWaitFill, Wire().Word(1 << 20).bytes());
  world.program.AwaitEntered(1);
  world.program.Release(1);
  // The thread of the call sends when it pleases; the timer runs from then on.
  for (int i = 0; i < 3000 && world.server->statistics().connections_open == 2; ++i) {
    world.clock.AdvanceSeconds(61);
    world.server->ClockMoved();
    world.RoundTrip(other);
  }
  CHECK(world.server->statistics().connections_open == 1);
}

TEST_CASE("onc_rpc server Stop answers calls in progress within its deadline") {
  World world;
  Peer peer = world.Connect();
  peer.SendCall(1, kTestProgram, 3, kWait);
  world.program.AwaitEntered(1);
  std::thread releaser([&] { world.program.Release(1); });
  world.server->Stop(20'000);
  releaser.join();
  CHECK(peer.ReceiveXid() == 1);
  CHECK(peer.IsClosed());
}

TEST_CASE("onc_rpc server Stop answers what lies in the socket") {
  World world;
  Peer peer = world.Connect();
  world.RoundTrip(peer);
  for (uint32_t xid = 1; xid <= 10; ++xid) peer.SendCall(xid, kTestProgram, 3, kNull);
  world.server->Stop(20'000);
  for (uint32_t xid = 1; xid <= 10; ++xid) CHECK(peer.ReceiveXid() == xid);
  CHECK(peer.IsClosed());
}

TEST_CASE("onc_rpc server Stop closes connections at its deadline, and waits for the calls") {
  World world;
  Peer peer = world.Connect();
  peer.SendCall(1, kTestProgram, 3, kWait);
  world.program.AwaitEntered(1);
  bool closed = false;
  std::thread client([&] {
    closed = peer.IsClosed();
    world.program.Release(1);
  });
  world.server->Stop(0);
  client.join();
  CHECK(closed);
  CHECK(world.program.finished == 1);
}

TEST_CASE("onc_rpc server counts calls and failures by procedure") {
  World world;
  Peer peer = world.Connect();
  for (uint32_t i = 0; i < 3; ++i) world.RoundTrip(peer);
  peer.SendCall(5, kTestProgram, 3, kGarbage);
  peer.ReceiveXid();
  peer.SendCall(6, kTestProgram, 9, kNull);
  peer.ReceiveXid();
  world.RoundTrip(peer);
  const ServerStatistics statistics = world.server->statistics();
  REQUIRE(statistics.procedures.size() == 2);
  CHECK(statistics.procedures[0].name == "NULL");
  CHECK(statistics.procedures[0].calls == 4);
  CHECK(statistics.procedures[0].failures == 0);
  CHECK(statistics.procedures[1].name == "GARBAGE");
  CHECK(statistics.procedures[1].failures == 1);
  CHECK(statistics.unavailable == 1);
}

TEST_CASE("onc_rpc server names the option that is out of bounds") {
  ServerOptions options;
  options.max_message_bytes = 100;
  const auto server = Server::Create(options);
  REQUIRE(server.code() == ErrorCode::kInvalidArgument);
  CHECK(server.status().message() == "max_message_bytes is 100, not within 4096..67108864");
}

}  // namespace
}  // namespace dittofs::onc_rpc::testing
