#include "catch.h"
#include "fakes.h"

namespace dittofs::runtime {
namespace {

using testing::ManualClock;

/// Writes down what is asked of it.
class FakeAdapter final : public ProtocolAdapter {
 public:
  FakeAdapter(std::string name, std::vector<std::string>& calls) : name_(std::move(name)), calls_(calls) {}
  ~FakeAdapter() override { calls_.push_back(name_ + " destroyed"); }
  std::string_view name() const noexcept override { return name_; }
  Status Start(Runtime&) override {
    calls_.push_back(name_ + " start");
    return start_status;
  }
  void StopAccepting() noexcept override { calls_.push_back(name_ + " stop accepting"); }
  void Stop(uint32_t deadline_ms) noexcept override {
    calls_.push_back(name_ + " stop");
    stop_deadline_ms = deadline_ms;
    if (clock) clock->Advance(stop_takes_ms);
  }
  std::vector<Endpoint> endpoints() const override { return {{name_, "tcp", "127.0.0.1", 1}}; }

  Status start_status;
  uint32_t stop_deadline_ms = 0;
  ManualClock* clock = nullptr;
  uint64_t stop_takes_ms = 0;

 private:
  const std::string name_;
  std::vector<std::string>& calls_;
};

struct World {
  World() {
    RuntimeOptions options;
    options.environment.clock = &clock;
    runtime = std::move(Runtime::Create(options)).value();
  }
  FakeAdapter* Add(std::string name, Status start_status = {}) {
    auto adapter = std::make_unique<FakeAdapter>(std::move(name), calls);
    FakeAdapter* raw = adapter.get();
    raw->start_status = std::move(start_status);
    added = runtime->AddAdapter(std::move(adapter));
    return raw;
  }
  using Calls = std::vector<std::string>;
  ManualClock clock;
  Calls calls;
  Status added;
  std::unique_ptr<Runtime> runtime;
};

TEST_CASE("Adapters start in the order they were added") {
  World world;
  world.Add("a");
  world.Add("b");
  CHECK(world.calls.empty());
  REQUIRE(world.runtime->Start().ok());
  CHECK(world.calls == World::Calls{"a start", "b start"});
}

TEST_CASE("Starting twice starts once") {
  World world;
  world.Add("a");
  REQUIRE(world.runtime->Start().ok());
  CHECK(world.runtime->Start().ok());
  CHECK(world.calls == World::Calls{"a start"});
}

TEST_CASE("An adapter that can't start stops those before it and is named") {
  World world;
  world.Add("a");
  world.Add("b", Status(ErrorCode::kAlreadyInUse, "port 1 is taken"));
  world.Add("c");
  const Status started = world.runtime->Start();
  CHECK(started == ErrorCode::kAlreadyInUse);
  CHECK(started.message() == "b: port 1 is taken");
  CHECK(world.calls == World::Calls{"a start", "b start", "a stop accepting", "a stop"});
  CHECK(world.runtime->endpoints().empty());
}

TEST_CASE("An adapter added while running starts at once") {
  World world;
  REQUIRE(world.runtime->Start().ok());
  world.Add("a");
  CHECK(world.added.ok());
  CHECK(world.calls == World::Calls{"a start"});
  CHECK(world.runtime->endpoints().size() == 1);
}

TEST_CASE("An adapter added while running that can't start is not kept") {
  World world;
  REQUIRE(world.runtime->Start().ok());
  world.Add("a", ErrorCode::kAlreadyInUse);
  CHECK(world.added == ErrorCode::kAlreadyInUse);
  CHECK(world.calls == World::Calls{"a start", "a destroyed"});
  CHECK(world.runtime->endpoints().empty());
}

TEST_CASE("All adapters stop accepting before the first drains") {
  World world;
  world.Add("a");
  world.Add("b");
  REQUIRE(world.runtime->Start().ok());
  world.calls.clear();
  CHECK(world.runtime->Stop().ok());
  CHECK(world.calls == World::Calls{"a stop accepting", "b stop accepting", "a stop", "b stop"});
}

TEST_CASE("The deadline of a stop is one for all adapters") {
  World world;
  FakeAdapter* a = world.Add("a");
  FakeAdapter* b = world.Add("b");
  FakeAdapter* c = world.Add("c");
  for (FakeAdapter* adapter : {a, b}) {
    adapter->clock = &world.clock;
    adapter->stop_takes_ms = 600;
  }
  REQUIRE(world.runtime->Start().ok());
  CHECK(world.runtime->Stop(1000).ok());
  CHECK(a->stop_deadline_ms == 1000);
  CHECK(b->stop_deadline_ms == 400);
  CHECK(c->stop_deadline_ms == 0);
}

TEST_CASE("Stopping twice stops once") {
  World world;
  world.Add("a");
  REQUIRE(world.runtime->Start().ok());
  CHECK(world.runtime->Stop().ok());
  const size_t calls = world.calls.size();
  CHECK(world.runtime->Stop().ok());
  CHECK(world.calls.size() == calls);
}

TEST_CASE("A stopped Runtime does not start again and takes no adapter") {
  World world;
  REQUIRE(world.runtime->Stop().ok());
  CHECK(world.runtime->Start() == ErrorCode::kCancelled);
  world.Add("a");
  CHECK(world.added == ErrorCode::kCancelled);
}

TEST_CASE("A Runtime that is destroyed while running stops first") {
  World world;
  world.Add("a");
  REQUIRE(world.runtime->Start().ok());
  world.runtime.reset();
  CHECK(world.calls == World::Calls{"a start", "a stop accepting", "a stop", "a destroyed"});
}

TEST_CASE("Endpoints are known between start and stop only") {
  World world;
  world.Add("a");
  CHECK(world.runtime->endpoints().empty());
  REQUIRE(world.runtime->Start().ok());
  CHECK(world.runtime->endpoints().size() == 1);
  REQUIRE(world.runtime->Stop().ok());
  CHECK(world.runtime->endpoints().empty());
}

}  // namespace
}  // namespace dittofs::runtime
