#include "net/timer_wheel.h"

#include <map>
#include <vector>

#include "catch.h"

namespace dittofs::net {
namespace {

constexpr uint64_t kTick = TimerWheel::kTickNs;
constexpr uint64_t kStart = 1000 * kTick;

TEST_CASE("net timers: a node expires at most one tick late and never early") {
  for (const uint64_t delay :
       {uint64_t{0}, uint64_t{1}, kTick - 1, kTick, 7 * kTick + 3, 300 * kTick, 100'000 * kTick}) {
    TimerWheel wheel(kStart);
    TimerNode node;
    wheel.Arm(node, kStart + delay);
    if (delay > 0) {
      CHECK(wheel.TakeDue(kStart + delay - 1) == nullptr);
    }
    CHECK(wheel.TakeDue(kStart + delay + kTick) == &node);
    CHECK_FALSE(node.armed());
    CHECK(wheel.next_look_ns() == UINT64_MAX);
  }
}

TEST_CASE("net timers: looking when told to finds every node in time") {
  TimerWheel wheel(kStart);
  std::vector<TimerNode> nodes(2000);
  uint64_t random = 1;
  for (TimerNode& node : nodes) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    wheel.Arm(node, kStart + (random >> 33) % (1000 * kTick));
  }
  size_t found = 0;
  while (wheel.next_look_ns() != UINT64_MAX) {
    const uint64_t now_ns = wheel.next_look_ns();
    while (TimerNode* node = wheel.TakeDue(now_ns)) {
      ++found;
      REQUIRE(node->deadline_ns <= now_ns);
      REQUIRE(node->deadline_ns + kTick >= now_ns);
    }
  }
  CHECK(found == nodes.size());
}

TEST_CASE("net timers: a disarmed node does not expire") {
  TimerWheel wheel(kStart);
  TimerNode first;
  TimerNode second;
  wheel.Arm(first, kStart + kTick);
  wheel.Arm(second, kStart + kTick);
  wheel.Disarm(first);
  wheel.Disarm(first);
  CHECK(wheel.TakeDue(kStart + 5 * kTick) == &second);
  CHECK(wheel.TakeDue(kStart + 5 * kTick) == nullptr);
}

TEST_CASE("net timers: arming again moves the deadline") {
  TimerWheel wheel(kStart);
  TimerNode node;
  wheel.Arm(node, kStart + kTick);
  wheel.Arm(node, kStart + 50 * kTick);
  CHECK(wheel.TakeDue(kStart + 10 * kTick) == nullptr);
  CHECK(wheel.TakeDue(kStart + 52 * kTick) == &node);
}

TEST_CASE("net timers: a jump over more than the wheel's size finds everything") {
  TimerWheel wheel(kStart);
  std::vector<TimerNode> nodes(600);
  for (size_t i = 0; i < nodes.size(); ++i) wheel.Arm(nodes[i], kStart + i * kTick);
  size_t found = 0;
  while (wheel.TakeDue(kStart + 10'000 * kTick) != nullptr) ++found;
  CHECK(found == nodes.size());
}

}  // namespace
}  // namespace dittofs::net
