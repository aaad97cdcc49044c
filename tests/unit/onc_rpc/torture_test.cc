// Many clients at once that do everything in any order, also leaving in the middle. Under the sanitizers this is what
// finds races; everywhere it shows that no reply is lost, doubled or mixed up.
#include <netinet/in.h>

#include <map>
#include <string>
#include <thread>

#include "catch.h"
#include "onc_rpc/server.h"
#include "rpc_peer.h"
#include "test_program.h"

namespace dittofs::onc_rpc::testing {
namespace {

/// Numbers that look random, the same in every run.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed) {}
  uint32_t Below(uint32_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>((state_ >> 33) % bound);
  }

 private:
  uint64_t state_;
};

/// One connection's life: rounds of calls, some of them blocking or large, all answers checked. Says what went wrong,
/// as the test framework's macros are not for threads.
std::string OneClient(Server& server, const std::vector<Program*>& programs, uint64_t seed) {
  Numbers numbers(seed);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return "socketpair";
  const int small_buffer = 8 * 1024;
  if (numbers.Below(2) == 0) setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small_buffer, sizeof small_buffer);
  if (!server.Adopt(base::FileDescriptor(ends[0]), programs).ok()) return "adopt";
  const base::FileDescriptor socket(ends[1]);
  uint32_t xid = 0;
  for (int round = 0; round < 20; ++round) {
    std::map<uint32_t, std::string> expected;
    Wire calls;
    for (uint32_t left = 1 + numbers.Below(12); left > 0; --left) {
      std::string text(numbers.Below(10) == 0 ? numbers.Below(60'000) : numbers.Below(200), '\0');
      for (char& c : text) c = static_cast<char>(numbers.Below(256));
      const uint32_t procedure = numbers.Below(3) == 0 ? kBlockEcho : kEcho;
      calls.Bytes(Record(CallMessage(++xid, kTestProgram, 3, procedure, Wire().Opaque(text).bytes())));
      expected[xid] = text;
    }
    if (numbers.Below(40) == 0) {
      // Leaves in the middle of a record.
      const size_t size = numbers.Below(static_cast<uint32_t>(calls.size()));
      ::send(socket.get(), calls.bytes().data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
      return {};
    }
    std::thread sender([&] {
      std::span<const std::byte> bytes = calls.bytes();
      while (!bytes.empty()) {
        const ssize_t sent = ::send(socket.get(), bytes.data(), std::min<size_t>(bytes.size(), 5000), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes = bytes.subspan(static_cast<size_t>(sent));
      }
    });
    std::string wrong;
    while (!expected.empty() && wrong.empty()) {
      std::array<std::byte, 4> mark;
      if (::recv(socket.get(), mark.data(), 4, MSG_WAITALL) != 4) {
        wrong = "no reply";
        break;
      }
      std::vector<std::byte> reply(base::LoadBigEndian<uint32_t>(mark.data()) & ~kLastFragment);
      if (::recv(socket.get(), reply.data(), reply.size(), MSG_WAITALL) != static_cast<ssize_t>(reply.size())) {
        wrong = "half a reply";
        break;
      }
      const auto found = expected.find(base::LoadBigEndian<uint32_t>(reply.data()));
      if (found == expected.end()) {
        wrong = "an answer nobody asked for";
      } else if (reply.size() < 28 + found->second.size() ||
                 std::memcmp(reply.data() + 28, found->second.data(), found->second.size()) != 0) {
        wrong = "somebody else's bytes";
      } else {
        expected.erase(found);
      }
    }
    if (!wrong.empty()) ::shutdown(socket.get(), SHUT_RDWR);
    sender.join();
    if (!wrong.empty()) return wrong;
  }
  return {};
}

void Torture(const ServerOptions& options) {
  TestProgram program;
  const std::vector<Program*> programs{&program};
  auto server = Server::Create(options).value();
  REQUIRE(server->Start().ok());
  constexpr int kClients = 8;
  std::vector<std::string> wrong(kClients);
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] {
      for (uint64_t life = 0; life < 6 && wrong[i].empty(); ++life) {
        wrong[i] = OneClient(*server, programs, static_cast<uint64_t>(i) * 1000 + life);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  for (const std::string& what : wrong) CHECK(what == "");
  server->Stop(20'000);
  CHECK(server->statistics().connections_open == 0);
}

TEST_CASE("onc_rpc torture: every reply reaches its client") {
  ServerOptions options;
  options.event_loops = 2;
  options.max_threads = 12;
  Torture(options);
}

TEST_CASE("onc_rpc torture: with every bound in reach all the time") {
  ServerOptions options;
  options.event_loops = 2;
  options.max_threads = 4;
  options.max_requests_per_connection = 2;
  options.max_queued_output_bytes = 20'000;
  options.max_receiving_bytes = 70'000;
  Torture(options);
}

}  // namespace
}  // namespace dittofs::onc_rpc::testing
