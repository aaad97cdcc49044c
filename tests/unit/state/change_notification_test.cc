#include "state/change_notification.h"

#include "catch.h"

namespace dittofs::state {
namespace {

class Listener final : public ChangeListener {
 public:
  void ChangesReady(uint64_t) override { ++calls; }
  int calls = 0;
};

}  // namespace

TEST_CASE("A watcher is told once and fetches in order") {
  ChangeHub hub;
  auto listener = std::make_shared<Listener>();
  const uint64_t watch = hub.Subscribe(FileNumber{1}, ChangeKind::kAdded | ChangeKind::kRemoved, listener);
  hub.Publish(ChangeKind::kAdded, FileNumber{1}, "a", FileNumber{7});
  hub.Publish(ChangeKind::kContent, FileNumber{1}, "a", FileNumber{7});
  hub.Publish(ChangeKind::kRemoved, FileNumber{1}, "a", FileNumber{7});
  hub.Publish(ChangeKind::kAdded, FileNumber{2}, "elsewhere", FileNumber{8});
  CHECK(listener->calls == 1);
  bool overflowed = true;
  const auto events = hub.Fetch(watch, &overflowed);
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == ChangeKind::kAdded);
  CHECK(events[1].kind == ChangeKind::kRemoved);
  CHECK_FALSE(overflowed);
  hub.Publish(ChangeKind::kAdded, FileNumber{1}, "b", FileNumber{9});
  CHECK(listener->calls == 2);
}

TEST_CASE("More than the bound: all is lost and said so") {
  ChangeHub hub(2);
  const uint64_t watch = hub.Subscribe(FileNumber{1}, ChangeKind::kAll, {});
  for (int i = 0; i < 3; ++i) hub.Publish(ChangeKind::kAdded, FileNumber{1}, "x", FileNumber{7});
  bool overflowed = false;
  CHECK(hub.Fetch(watch, &overflowed).empty());
  CHECK(overflowed);
  hub.Publish(ChangeKind::kAdded, FileNumber{1}, "x", FileNumber{7});
  CHECK(hub.Fetch(watch, &overflowed).size() == 1);
  CHECK_FALSE(overflowed);
}

TEST_CASE("After Unsubscribe nothing is kept") {
  ChangeHub hub(8, 1);
  const uint64_t watch = hub.Subscribe(FileNumber{1}, ChangeKind::kAll, {});
  CHECK(hub.Subscribe(FileNumber{2}, ChangeKind::kAll, {}) == 0);
  hub.Unsubscribe(watch);
  hub.Publish(ChangeKind::kAdded, FileNumber{1}, "x", FileNumber{7});
  bool overflowed = false;
  CHECK(hub.Fetch(watch, &overflowed).empty());
  CHECK(hub.Subscribe(FileNumber{2}, ChangeKind::kAll, {}) != 0);
}

}  // namespace dittofs::state
