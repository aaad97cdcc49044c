#include "nsm1/status_monitor.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "catch.h"

namespace dittofs::nsm1 {
namespace {

struct Directory {
  Directory() {
    char name[] = "/tmp/dittofs-nsm-XXXXXX";
    if (::mkdtemp(name) == nullptr) std::abort();
    path = name;
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string state_file() const { return path + "/nsm-state"; }
  std::string path;
};

struct Fixture {
  Fixture() {
    onc_rpc::PeerCallsOptions call_options;
    call_options.timeout_ms = 200;
    call_options.portmap_port = 1;  // nobody listens there
    calls = std::make_unique<onc_rpc::PeerCalls>(call_options);
    options.state_file = directory.state_file();
    options.first_retry_ms = 1;
    options.notify_for_ms = 4;
  }
  ~Fixture() { calls->Stop(); }
  Result<std::shared_ptr<StatusMonitor>> Start(HostRestarted on_restart = {}) {
    return StatusMonitor::Start(*runtime, *calls, options, std::move(on_restart));
  }
  Directory directory;
  std::unique_ptr<Runtime> runtime = Runtime::Create().value();
  std::unique_ptr<onc_rpc::PeerCalls> calls;
  StatusMonitorOptions options;
};

}  // namespace

TEST_CASE("The state number is odd and grows with every start") {
  Fixture f;
  const uint32_t first = f.Start().value()->state();
  const uint32_t second = f.Start().value()->state();
  CHECK(first % 2 == 1);
  CHECK(second == first + 2);
}

TEST_CASE("A state file that does not parse stops the start with a remedy, and stays") {
  Fixture f;
  std::ofstream(f.directory.state_file()) << "nonsense";
  const auto started = f.Start();
  CHECK(started.code() == ErrorCode::kCorruption);
  CHECK(std::filesystem::file_size(f.directory.state_file()) == 8);
}

TEST_CASE("Without hosts that held locks there is no grace period") {
  Fixture f;
  const auto monitor = f.Start().value();
  CHECK_FALSE(f.runtime->state().grace.active());
  CHECK(monitor->pending_notifications() == 0);
}

TEST_CASE("Hosts that held locks get a grace period") {
  Fixture f;
  REQUIRE(f.runtime->state().reclaim->Remember({"nlm", "alice@127.0.0.2", "127.0.0.2", "127.0.0.1"}).ok());
  const auto monitor = f.Start().value();
  CHECK(f.runtime->state().grace.active());
}

TEST_CASE("News of a restart are handed on with the address they came from") {
  Fixture f;
  std::string heard;
  const auto monitor = f.Start([&](std::string_view name, std::string_view address, uint32_t state) {
                          heard = std::string(name) + " " + std::string(address) + " " + std::to_string(state);
                        }).value();
  monitor->Notified("alice", "192.0.2.1", 5);
  CHECK(heard == "alice 192.0.2.1 5");
}

}  // namespace dittofs::nsm1
