// The engine with the smallest of protocols: one byte of length, then so many bytes, which are sent back.
#include "net/engine.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <string>

#include "catch.h"

namespace dittofs::net {
namespace {

class EchoHandler final : public MessageHandler {
 public:
  Frame NextFrame(std::span<const std::byte> input, FrameState&) const noexcept override {
    const size_t size_bytes = 1 + std::to_integer<size_t>(input[0]);
    if (input.size() < size_bytes) return {Frame::Kind::kIncomplete, size_bytes};
    return {Frame::Kind::kMessage, size_bytes};
  }
  Outcome HandleMessage(Exchange& exchange) noexcept override {
    const auto message = exchange.message();
    const char command = message.size() > 1 ? static_cast<char>(message[1]) : ' ';
    if (command == 'b') exchange.WillBlock();
    std::byte* const to = exchange.start().position;
    std::memcpy(to, message.data(), message.size());
    exchange.output().Reach(to + message.size());
    ++handled;
    return command == 'q' ? Outcome::kClose : Outcome::kGoOn;
  }
  std::atomic<uint32_t> handled{0};
};

class HandClock final : public Clock {
 public:
  Timestamp Now() override { return {0, 0}; }
  uint64_t MonotonicNanoseconds() override { return now_ns.load(); }
  std::atomic<uint64_t> now_ns{1'000'000'000'000};
};

/// Lets a test wait for a log line.
class HandLog final : public LogSink {
 public:
  LogLevel level() const noexcept override { return LogLevel::kInfo; }
  void Write(LogLevel, std::string_view, std::string_view message, std::span<const LogField>) override {
    std::lock_guard lock(mutex_);
    last_ = message;
    ++lines_;
    lines_.notify_all();
  }
  void AwaitLine() { lines_.wait(0); }
  uint32_t lines() const { return lines_; }
  std::string last() {
    std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  std::mutex mutex_;
  std::string last_;
  std::atomic<uint32_t> lines_{0};
};

struct World {
  EchoHandler handler;
  HandClock clock;
  HandLog log;
  std::unique_ptr<Engine> engine;

  explicit World(EngineOptions options = {}, bool start = true) {
    if (options.event_loops == 0) options.event_loops = 1;
    engine = Engine::Create(options, {&clock, nullptr, &log}).value();
    if (start) {
      REQUIRE(engine->Start().ok());
    }
  }
  base::FileDescriptor Connect() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    REQUIRE(engine->Adopt(base::FileDescriptor(ends[0]), handler).ok());
    return WithLimit(ends[1]);
  }
  static base::FileDescriptor WithLimit(int descriptor) {
    const timeval limit{20, 0};  // so that a test that would hang fails instead
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return base::FileDescriptor(descriptor);
  }
};

void Send(const base::FileDescriptor& socket, std::string_view bytes) {
  REQUIRE(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}
std::string Receive(const base::FileDescriptor& socket, size_t size_bytes) {
  std::string bytes(size_bytes, '?');
  const ssize_t got = ::recv(socket.get(), bytes.data(), size_bytes, MSG_WAITALL);
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}
const std::string kHello = "\5hello";
const std::string kBlock = "\1b";

TEST_CASE("net engine: messages come back, and their order is kept") {
  World world;
  const auto socket = world.Connect();
  Send(socket, kHello + "\3abc" + std::string(1, '\0') + "\1x");
  CHECK(Receive(socket, 13) == kHello + "\3abc" + std::string(1, '\0') + "\1x");
}

TEST_CASE("net engine: answers before a close are sent, messages behind it are not handled") {
  World world;
  const auto socket = world.Connect();
  Send(socket, kHello + "\1q" + kHello);
  CHECK(Receive(socket, 100) == kHello + "\1q");
  CHECK(world.handler.handled == 2);
}

TEST_CASE("net engine: connections are spread over the loops, and each works") {
  EngineOptions options;
  options.event_loops = 3;
  World world(options);
  std::vector<base::FileDescriptor> sockets;
  for (int i = 0; i < 7; ++i) sockets.push_back(world.Connect());
  for (const auto& socket : sockets) Send(socket, kHello);
  for (const auto& socket : sockets) CHECK(Receive(socket, 6) == kHello);
  CHECK(world.engine->connections_open() == 7);
}

TEST_CASE("net engine: threads are made as calls block, up to max_threads, and then reused") {
  EngineOptions options;
  options.max_threads = 4;
  World world(options);
  const auto socket = world.Connect();
  for (int i = 0; i < 200; ++i) {
    Send(socket, kBlock + kBlock + kHello);
    std::string answer = Receive(socket, 10);
    CHECK(answer.size() == 10);  // in any order
  }
  CHECK(world.handler.handled == 600);
  CHECK(world.engine->thread_count() <= 4);
}

TEST_CASE("net engine: one thread is enough") {
  EngineOptions options;
  options.max_threads = 1;
  World world(options);
  const auto socket = world.Connect();
  Send(socket, kBlock + kHello + kBlock);
  CHECK(Receive(socket, 10).size() == 10);
}

TEST_CASE("net engine: two loops on one thread each are the least, whatever max_threads says") {
  EngineOptions options;
  options.max_threads = 1;
  options.event_loops = 2;
  World world(options);
  const auto first = world.Connect();
  const auto second = world.Connect();
  Send(first, kBlock);
  Send(second, kBlock);
  CHECK(Receive(first, 2) == kBlock);
  CHECK(Receive(second, 2) == kBlock);
}

TEST_CASE("net engine: a closed connection is forgotten") {
  World world;
  {
    const auto socket = world.Connect();
    Send(socket, "\1q");
    CHECK(Receive(socket, 3) == "\1q");
  }
  const auto other = world.Connect();
  Send(other, kHello);
  CHECK(Receive(other, 6) == kHello);
  CHECK(world.engine->connections_open() == 1);
}

TEST_CASE("net engine: adopting beyond max_connections is refused") {
  EngineOptions options;
  options.max_connections = 1;
  World world(options);
  const auto socket = world.Connect();
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const base::FileDescriptor other(ends[1]);
  CHECK(world.engine->Adopt(base::FileDescriptor(ends[0]), world.handler).code() == ErrorCode::kResourceExhausted);
}

TEST_CASE("net engine: a broken connection gives back what it was charged") {
  EngineOptions options;
  options.large_message_bytes = 16;
  World world(options);
  const auto other = world.Connect();
  {
    const auto socket = world.Connect();
    Send(socket, "\x64 a tenth");
    // The loop may take up the socket in the first round, see it behind `other` in the second, and be through with that
    // when it answers the third.
    for (int i = 0; i < 3; ++i) {
      Send(other, kHello);
      CHECK(Receive(other, 6) == kHello);
    }
    CHECK(world.engine->receiving_bytes() == 101);
  }
  for (int i = 0; i < 3; ++i) {
    Send(other, kHello);
    CHECK(Receive(other, 6) == kHello);
  }
  CHECK(world.engine->receiving_bytes() == 0);
}

TEST_CASE("net engine: a large message over the receiving budget gets no memory until there is some") {
  EngineOptions options;
  options.large_message_bytes = 16;
  options.max_receiving_bytes = 150;
  World world(options);
  const auto other = world.Connect();
  const auto round_trip = [&] {
    Send(other, kHello);
    REQUIRE(Receive(other, 6) == kHello);
  };
  const std::string large = "\x64" + std::string(100, 'x');
  const auto first = world.Connect();
  const auto second = world.Connect();
  Send(first, large.substr(0, 10));
  for (int i = 0; i < 3; ++i) round_trip();
  Send(second, large.substr(0, 10));
  for (int i = 0; i < 3; ++i) round_trip();
  CHECK(world.engine->receiving_bytes() == 101);
  Send(first, large.substr(10));
  CHECK(Receive(first, 101) == large);
  Send(second, large.substr(10));
  CHECK(Receive(second, 101) == large);
}

// clang's vptr check opens a pipe to look at memory, and without descriptors takes every object for a wrong one.
#if defined(__clang__)
#if __has_feature(undefined_behavior_sanitizer)
#define DITTOFS_VPTR_CHECK
#endif
#endif
#ifndef DITTOFS_VPTR_CHECK
TEST_CASE("net engine: out of descriptors it waits a second instead of spinning, and then accepts") {
  World world({}, false);
  BoundSocket bound = Bind(Transport::kTcp, ParseNumericAddress("127.0.0.1", 0).value()).value();
  const Address address = bound.address;
  world.engine->Listen(std::move(bound), world.handler);
  REQUIRE(world.engine->Start().ok());
  const auto before = world.Connect();
  Send(before, kHello);
  CHECK(Receive(before, 6) == kHello);

  const auto client = World::WithLimit(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit old_limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &old_limit) == 0);
  const base::FileDescriptor probe(::dup(client.get()));
  rlimit limit = old_limit;
  limit.rlim_cur = static_cast<rlim_t>(probe.get() + 1);  // everything below is in use
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  sockaddr_storage to;
  const socklen_t length = AddressToKernel(address, AF_INET, &to);
  const int connected = ::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), length);
  world.log.AwaitLine();
  // Existing connections are served meanwhile, and nobody tries to accept before the second is over.
  for (int i = 0; i < 10; ++i) {
    world.engine->Wake();
    Send(before, kHello);
    Receive(before, 6);
  }
  const uint32_t lines = world.log.lines();
  const uint64_t accepted = world.engine->connections_accepted();
  REQUIRE(setrlimit(RLIMIT_NOFILE, &old_limit) == 0);
  world.clock.now_ns += 2'000'000'000;
  world.engine->Wake();
  Send(client, kHello);
  CHECK(Receive(client, 6) == kHello);
  CHECK(connected == 0);
  CHECK(lines == 1);
  CHECK(accepted == 1);
  CHECK(world.log.last().find("out of descriptors") != std::string::npos);
}
#endif

TEST_CASE("net engine: it can be stopped before it was started") {
  World world({}, false);
  const auto socket = world.Connect();
  world.engine->Stop(0);
  world.engine.reset();
  CHECK(Receive(socket, 1).empty());
}

TEST_CASE("net engine: ten thousand connections come and go") {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const size_t count = std::min<size_t>(10'000, limit.rlim_cur / 2 - 100);
  World world;
  std::vector<base::FileDescriptor> sockets;
  for (size_t i = 0; i < count; ++i) sockets.push_back(world.Connect());
  Send(sockets.front(), kHello);
  Send(sockets.back(), kHello);
  CHECK(Receive(sockets.front(), 6) == kHello);
  CHECK(Receive(sockets.back(), 6) == kHello);
  CHECK(world.engine->connections_open() == count);
  world.engine->Stop(20'000);
  CHECK(world.engine->connections_open() == 0);
}

}  // namespace
}  // namespace dittofs::net
