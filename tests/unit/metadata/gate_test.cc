#include "metadata/gate.h"

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "catch.h"

namespace dittofs::metadata {
namespace {

// Tells the test that somebody is about to wait.
class WaitCounter final : public BlockingHook {
 public:
  void WillBlock() noexcept override {
    base::MutexLock lock(mutex_);
    ++waits_;
    changed_.NotifyAll();
  }
  void AwaitWaits(int waits) {
    base::MutexLock lock(mutex_);
    while (waits_ < waits) changed_.Wait(mutex_);
  }
  int waits() {
    base::MutexLock lock(mutex_);
    return waits_;
  }

 private:
  base::Mutex mutex_;  // rank: leaf
  base::CondVar changed_;
  int waits_ GUARDED_BY(mutex_) = 0;
};

}  // namespace

TEST_CASE("gates admit what stands beside each other without waiting") {
  struct Row {
    GateMode held;
    GateMode asked;
    bool admitted;
  };
  using enum GateMode;
  const Row rows[] = {{kShared, kShared, true},     {kShared, kUpdate, true},     {kShared, kExclusive, false},
                      {kUpdate, kShared, true},     {kUpdate, kUpdate, false},    {kUpdate, kExclusive, false},
                      {kExclusive, kShared, false}, {kExclusive, kUpdate, false}, {kExclusive, kExclusive, false}};
  for (const Row& row : rows) {
    GateTable table;
    WaitCounter hook;
    const CallContext context{kSuperuser, &hook};
    table.Acquire(context, 7, row.held);
    std::atomic<bool> entered{false};
    std::thread other([&] {
      table.Acquire(context, 7, row.asked);
      entered = true;
      table.Release(7, row.asked);
    });
    if (row.admitted) {
      other.join();
      CHECK(hook.waits() == 0);
    } else {
      hook.AwaitWaits(1);
      CHECK_FALSE(entered.load());
    }
    table.Release(7, row.held);
    if (other.joinable()) other.join();
    CHECK(entered.load());
  }
}

TEST_CASE("a waiting exclusive holder is not overtaken by shared ones") {
  GateTable table;
  WaitCounter hook;
  const CallContext context{kSuperuser, &hook};
  table.Acquire(context, 1, GateMode::kShared);
  std::vector<int> order;
  std::thread exclusive([&] {
    table.Acquire(context, 1, GateMode::kExclusive);
    order.push_back(1);
    table.Release(1, GateMode::kExclusive);
  });
  hook.AwaitWaits(1);
  std::thread shared([&] {
    table.Acquire(context, 1, GateMode::kShared);
    order.push_back(2);
    table.Release(1, GateMode::kShared);
  });
  hook.AwaitWaits(2);
  table.Release(1, GateMode::kShared);
  exclusive.join();
  shared.join();
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("the same key twice is taken once, in the stronger mode") {
  GateTable table;
  WaitCounter hook;
  const CallContext context{kSuperuser, &hook};
  {
    GateHolder gates(table, context);
    gates.Acquire(GateHolder::Request{5, GateMode::kShared}, GateHolder::Request{5, GateMode::kExclusive},
                  GateHolder::Request{4, GateMode::kShared}, GateHolder::Request{4, GateMode::kShared});
    CHECK(hook.waits() == 0);
    std::thread other([&] {
      table.Acquire(context, 5, GateMode::kShared);
      table.Release(5, GateMode::kShared);
    });
    hook.AwaitWaits(1);
    gates.ReleaseAll();
    other.join();
  }
  table.Acquire(context, 4, GateMode::kExclusive);
  table.Release(4, GateMode::kExclusive);
  CHECK(hook.waits() == 1);
}

TEST_CASE("many threads that take several gates each never deadlock and exclude each other") {
  GateTable table;
  constexpr uint64_t kKeys = 5;
  int owners[kKeys] = {};  // guarded by the gates: the thread sanitizer would tell
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 2000; ++i) {
        const uint64_t a = random() % kKeys;
        const uint64_t b = random() % kKeys;
        GateHolder gates(table, kSuperuserContext);
        gates.Acquire(GateHolder::Request{a, GateMode::kExclusive}, GateHolder::Request{b, GateMode::kExclusive});
        ++owners[a];
        if (a != b) ++owners[b];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int sum = 0;
  for (const int owner : owners) sum += owner;
  CHECK(sum >= 6 * 2000);
  CHECK(sum <= 6 * 2000 * 2);
}

}  // namespace dittofs::metadata
