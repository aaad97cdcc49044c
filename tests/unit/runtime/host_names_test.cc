#include "runtime/host_names.h"

#include <map>
#include <thread>

#include "catch.h"
#include "fakes.h"

namespace dittofs::runtime {
namespace {

using testing::Client;
using testing::RecordingLog;

/// Answers what the test says; names it does not know can't be found out.
class FakeResolver final : public HostResolver {
 public:
  Result<std::vector<IpAddress>> Resolve(const std::string& name) override {
    base::MutexLock lock(mutex_);
    ++lookups_;
    const auto at = answers_.find(name);
    if (at == answers_.end()) return Status(ErrorCode::kUnavailable, "no answer");
    return at->second;
  }
  void Answer(const std::string& name, std::vector<IpAddress> addresses) {
    base::MutexLock lock(mutex_);
    answers_[name] = std::move(addresses);
  }
  void Fail(const std::string& name) {
    base::MutexLock lock(mutex_);
    answers_.erase(name);
  }
  int lookups() {
    base::MutexLock lock(mutex_);
    return lookups_;
  }

 private:
  base::Mutex mutex_;
  std::map<std::string, std::vector<IpAddress>> answers_ GUARDED_BY(mutex_);
  int lookups_ GUARDED_BY(mutex_) = 0;
};

struct Names {
  Names() {
    auto owned = std::make_unique<FakeResolver>();
    resolver = owned.get();
    names.emplace(std::move(owned), base::Logger(&log, "test"));
  }
  RecordingLog log;
  FakeResolver* resolver = nullptr;
  std::optional<HostNames> names;
};

TEST_CASE("A name is looked up when it is first used") {
  Names world;
  world.resolver->Answer("a", {Client("192.0.2.1").ip, Client("2001:db8::1").ip});
  const HostAddresses* addresses = world.names->Use("a");
  CHECK(addresses->Contains(Client("192.0.2.1").ip));
  CHECK(addresses->Contains(Client("2001:db8::1").ip));
  CHECK_FALSE(addresses->Contains(Client("192.0.2.2").ip));
}

TEST_CASE("A name used twice is looked up once") {
  Names world;
  world.resolver->Answer("a", {Client("192.0.2.1").ip});
  const HostAddresses* first = world.names->Use("a");
  CHECK(world.names->Use("a") == first);
  CHECK(world.resolver->lookups() == 1);
}

TEST_CASE("A refresh follows an address that changed") {
  Names world;
  world.resolver->Answer("a", {Client("192.0.2.1").ip});
  const HostAddresses* addresses = world.names->Use("a");
  world.resolver->Answer("a", {Client("192.0.2.9").ip});
  world.names->Refresh();
  CHECK(addresses->Contains(Client("192.0.2.9").ip));
  CHECK_FALSE(addresses->Contains(Client("192.0.2.1").ip));
}

TEST_CASE("A failed look-up keeps the last answer and is logged once") {
  Names world;
  world.resolver->Answer("a", {Client("192.0.2.1").ip});
  const HostAddresses* addresses = world.names->Use("a");
  world.resolver->Fail("a");
  world.names->Refresh();
  world.names->Refresh();
  CHECK(addresses->Contains(Client("192.0.2.1").ip));
  CHECK(world.log.warnings().size() == 1);
}

TEST_CASE("A failure after a success in between is logged again") {
  Names world;
  world.names->Use("a");
  world.resolver->Answer("a", {Client("192.0.2.1").ip});
  world.names->Refresh();
  world.resolver->Fail("a");
  world.names->Refresh();
  CHECK(world.log.warnings().size() == 2);
}

TEST_CASE("A name that can't be looked up admits nobody") {
  Names world;
  CHECK_FALSE(world.names->Use("a")->Contains(Client("192.0.2.1").ip));
  CHECK_FALSE(world.names->Use("a")->Contains(IpAddress{}));
}

TEST_CASE("A released name is not refreshed") {
  Names world;
  world.resolver->Answer("a", {Client("192.0.2.1").ip});
  world.names->Release(world.names->Use("a"));
  world.names->Refresh();
  CHECK(world.resolver->lookups() == 1);
}

TEST_CASE("Of too many addresses the first ones count, and the log says so") {
  Names world;
  std::vector<IpAddress> many(HostAddresses::kMaxAddresses + 1);
  for (size_t i = 0; i < many.size(); ++i) many[i][15] = static_cast<uint8_t>(i + 1);
  world.resolver->Answer("a", many);
  const HostAddresses* addresses = world.names->Use("a");
  CHECK(addresses->Contains(many[HostAddresses::kMaxAddresses - 1]));
  CHECK_FALSE(addresses->Contains(many[HostAddresses::kMaxAddresses]));
  CHECK(world.log.warnings().size() == 1);
}

TEST_CASE("A reader never sees a mixture of two answers") {
  Names world;
  // Each answer is one address of 16 equal bytes; an address of unequal halves was never there.
  const auto of = [](uint8_t byte) {
    IpAddress ip;
    ip.fill(byte);
    return ip;
  };
  IpAddress mixture = of(1);
  std::fill(mixture.begin() + 8, mixture.end(), uint8_t{2});
  world.resolver->Answer("a", {of(1)});
  const HostAddresses* addresses = world.names->Use("a");
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < 2000; ++i) {
      world.resolver->Answer("a", {of(i % 2 == 0 ? 2 : 1)});
      world.names->Refresh();
    }
    done = true;
  });
  bool mixed = false;
  while (!done) mixed = mixed || addresses->Contains(mixture);
  writer.join();
  CHECK_FALSE(mixed);
}

}  // namespace
}  // namespace dittofs::runtime
