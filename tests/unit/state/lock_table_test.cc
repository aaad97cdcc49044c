#include "state/lock_table.h"

#include "catch.h"

namespace dittofs::state {
namespace {

class FakeClock final : public Clock {
 public:
  Timestamp Now() override { return {}; }
  uint64_t MonotonicNanoseconds() override { return now_ns; }
  uint64_t now_ns = 1;
};

class Sink final : public GrantSink {
 public:
  void LockGranted(const LockGrant& grant) override { granted.push_back(grant); }
  std::vector<LockGrant> granted;
};

constexpr FileNumber kFile{77};
constexpr auto kShared = LockKind::kShared;
constexpr auto kExclusive = LockKind::kExclusive;

struct Fixture {
  explicit Fixture(LockTableOptions options = {}) : table(options) {}

  LockRequest Request(uint64_t owner, uint64_t offset, uint64_t length, LockKind kind, bool wait = false,
                      FileNumber file = kFile) {
    LockRequest request;
    request.file = file;
    request.lock = {*ByteRange::FromPosix(offset, length), kind, LockRules::kPosix, OwnerId{owner},
                    ClientId{static_cast<uint32_t>(owner)}};
    request.wait = wait;
    request.token = owner;
    request.sink = sink;
    return request;
  }
  LockOutcome Lock(uint64_t owner, uint64_t offset, uint64_t length, LockKind kind, bool wait = false,
                   FileNumber file = kFile) {
    return table.Lock(Request(owner, offset, length, kind, wait, file)).outcome;
  }
  void Unlock(uint64_t owner, uint64_t offset, uint64_t length, FileNumber file = kFile) {
    table.Unlock(file, OwnerId{owner}, *ByteRange::FromPosix(offset, length));
  }
  std::vector<uint64_t> GrantedTokens() const {
    std::vector<uint64_t> tokens;
    for (const LockGrant& grant : sink->granted) tokens.push_back(grant.token);
    return tokens;
  }

  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
  LockTable table;
};

}  // namespace

TEST_CASE("A conflict names who is in the way") {
  Fixture f;
  REQUIRE(f.Lock(1, 10, 10, kExclusive) == LockOutcome::kGranted);
  const LockAnswer answer = f.table.Lock(f.Request(2, 15, 1, kShared));
  CHECK(answer.outcome == LockOutcome::kConflict);
  CHECK(answer.conflict.owner == OwnerId{1});
  CHECK(answer.conflict.range == ByteRange{10, 19, false});
  CHECK(f.table.Test(kFile, f.Request(2, 20, 1, kShared).lock).outcome == LockOutcome::kGranted);
}

TEST_CASE("A waiting request is granted when the lock is given back") {
  Fixture f;
  f.Lock(1, 0, 0, kExclusive);
  REQUIRE(f.Lock(2, 0, 10, kExclusive, true) == LockOutcome::kWaiting);
  CHECK(f.sink->granted.empty());
  f.Unlock(1, 0, 0);
  CHECK(f.GrantedTokens() == std::vector<uint64_t>{2});
  CHECK(f.table.waiter_count() == 0);
  CHECK(f.Lock(3, 5, 1, kShared) == LockOutcome::kConflict);
}

TEST_CASE("A downgrade lets waiting readers in") {
  Fixture f;
  f.Lock(1, 0, 0, kExclusive);
  f.Lock(2, 0, 0, kShared, true);
  REQUIRE(f.Lock(1, 0, 0, kShared) == LockOutcome::kGranted);
  CHECK(f.GrantedTokens() == std::vector<uint64_t>{2});
}

TEST_CASE("First come, first served: a reader does not overtake a waiting writer") {
  Fixture f;
  f.Lock(1, 0, 0, kShared);
  REQUIRE(f.Lock(2, 0, 0, kExclusive, true) == LockOutcome::kWaiting);
  REQUIRE(f.Lock(3, 0, 0, kShared, true) == LockOutcome::kWaiting);
  f.Unlock(1, 0, 0);
  CHECK(f.GrantedTokens() == std::vector<uint64_t>{2});
  f.Unlock(2, 0, 0);
  CHECK(f.GrantedTokens() == std::vector<uint64_t>{2, 3});
}

TEST_CASE("A holder's upgrade is not made to wait for those who wait for it") {
  Fixture f;
  f.Lock(1, 0, 10, kShared);
  f.Lock(2, 0, 10, kExclusive, true);
  CHECK(f.Lock(1, 0, 10, kExclusive, true) == LockOutcome::kGranted);
}

TEST_CASE("Two owners that would wait for each other: the second is told so") {
  Fixture f;
  f.Lock(1, 0, 1, kExclusive);
  f.Lock(2, 1, 1, kExclusive);
  REQUIRE(f.Lock(1, 1, 1, kExclusive, true) == LockOutcome::kWaiting);
  CHECK(f.Lock(2, 0, 1, kExclusive, true) == LockOutcome::kDeadlock);
}

TEST_CASE("A circle over three owners and three files is found") {
  Fixture f;
  f.Lock(1, 0, 1, kExclusive, false, FileNumber{1});
  f.Lock(2, 0, 1, kExclusive, false, FileNumber{2});
  f.Lock(3, 0, 1, kExclusive, false, FileNumber{3});
  REQUIRE(f.Lock(1, 0, 1, kExclusive, true, FileNumber{2}) == LockOutcome::kWaiting);
  REQUIRE(f.Lock(2, 0, 1, kExclusive, true, FileNumber{3}) == LockOutcome::kWaiting);
  CHECK(f.Lock(3, 0, 1, kExclusive, true, FileNumber{1}) == LockOutcome::kDeadlock);
}

TEST_CASE("Two shared holders that both upgrade: the second is told of the deadlock") {
  Fixture f;
  f.Lock(1, 0, 1, kShared);
  f.Lock(2, 0, 1, kShared);
  REQUIRE(f.Lock(1, 0, 1, kExclusive, true) == LockOutcome::kWaiting);
  CHECK(f.Lock(2, 0, 1, kExclusive, true) == LockOutcome::kDeadlock);
}

TEST_CASE("A repeated waiting request keeps its place and its id") {
  Fixture f;
  f.Lock(1, 0, 1, kExclusive);
  const LockAnswer first = f.table.Lock(f.Request(2, 0, 1, kExclusive, true));
  const LockAnswer again = f.table.Lock(f.Request(2, 0, 1, kExclusive, true));
  CHECK(first.waiter == again.waiter);
  CHECK(f.table.waiter_count() == 1);
}

TEST_CASE("Cancelling lets those behind move up") {
  Fixture f;
  f.Lock(1, 0, 0, kShared);
  const LockAnswer writer = f.table.Lock(f.Request(2, 0, 0, kExclusive, true));
  f.Lock(3, 0, 0, kShared, true);
  CHECK(f.table.Cancel(writer.waiter));
  CHECK(f.GrantedTokens() == std::vector<uint64_t>{3});
  CHECK_FALSE(f.table.Cancel(writer.waiter));
}

TEST_CASE("CancelMatching finds a request by owner, range and kind") {
  Fixture f;
  f.Lock(1, 0, 0, kExclusive);
  f.Lock(2, 0, 5, kExclusive, true);
  CHECK(f.table.CancelMatching(kFile, f.Request(2, 0, 6, kExclusive).lock) == 0);
  CHECK(f.table.CancelMatching(kFile, f.Request(2, 0, 5, kExclusive).lock) == 1);
  CHECK(f.table.waiter_count() == 0);
}

TEST_CASE("Everything of a client goes at once, its waiting requests too") {
  Fixture f;
  f.Lock(1, 0, 1, kExclusive);
  f.Lock(1, 0, 1, kExclusive, false, FileNumber{5});
  f.Lock(2, 0, 1, kExclusive, true);
  f.Lock(9, 0, 1, kExclusive, false, FileNumber{6});
  f.Lock(1, 0, 1, kShared, true, FileNumber{6});
  CHECK(f.table.ReleaseClient(ClientId{1}) == 2);
  CHECK(f.GrantedTokens() == std::vector<uint64_t>{2});
  CHECK(f.table.waiter_count() == 0);
  CHECK(f.table.lock_count() == 2);
}

TEST_CASE("The operator can free one file and nobody else's locks") {
  Fixture f;
  f.Lock(1, 0, 1, kExclusive);
  f.Lock(2, 0, 1, kExclusive, false, FileNumber{5});
  CHECK(f.table.ReleaseFile(kFile) == 1);
  CHECK(f.table.List({}, {}, 10).size() == 1);
  CHECK(f.table.List(ClientId{2}, FileNumber{5}, 10).size() == 1);
  CHECK(f.table.HoldsAny(OwnerId{2}));
  CHECK_FALSE(f.table.HoldsAny(OwnerId{1}));
}

TEST_CASE("One client's bound on locks does not touch another's") {
  LockTableOptions options;
  options.max_locks_per_client = 3;
  Fixture f(options);
  for (uint64_t i = 0; i < 3; ++i) REQUIRE(f.Lock(1, i * 10, 1, kShared) == LockOutcome::kGranted);
  CHECK(f.Lock(1, 100, 1, kShared) == LockOutcome::kNoResources);
  CHECK(f.Lock(2, 100, 1, kShared) == LockOutcome::kGranted);
  f.Unlock(1, 0, 1);
  CHECK(f.Lock(1, 100, 1, kShared) == LockOutcome::kGranted);
}

TEST_CASE("One client's bound on waiting requests does not touch another's") {
  LockTableOptions options;
  options.max_waiters_per_client = 2;
  Fixture f(options);
  f.Lock(1, 0, 100, kExclusive);
  REQUIRE(f.Lock(2, 0, 1, kShared, true) == LockOutcome::kWaiting);
  REQUIRE(f.Lock(2, 1, 1, kShared, true) == LockOutcome::kWaiting);
  CHECK(f.Lock(2, 2, 1, kShared, true) == LockOutcome::kNoResources);
  CHECK(f.Lock(3, 2, 1, kShared, true) == LockOutcome::kWaiting);
}

TEST_CASE("In the grace period only reclaims, afterwards none") {
  FakeClock clock;
  GracePeriod grace(clock);
  grace.Begin(1000);
  LockTableOptions options;
  options.grace = &grace;
  Fixture f(options);
  CHECK(f.Lock(1, 0, 1, kShared) == LockOutcome::kGrace);
  LockRequest reclaim = f.Request(1, 0, 1, kExclusive);
  reclaim.reclaim = true;
  CHECK(f.table.Lock(reclaim).outcome == LockOutcome::kGranted);
  CHECK(grace.remaining_ms() == 1000);
  clock.now_ns += 1'000'000'000;
  CHECK_FALSE(grace.active());
  CHECK(f.table.Lock(reclaim).outcome == LockOutcome::kNoGrace);
  CHECK(f.Lock(2, 0, 1, kShared) == LockOutcome::kConflict);
}

TEST_CASE("A sink that is gone is not told, the lock is granted all the same") {
  Fixture f;
  f.Lock(1, 0, 1, kExclusive);
  f.Lock(2, 0, 1, kExclusive, true);
  f.sink.reset();
  f.Unlock(1, 0, 1);
  CHECK(f.table.HoldsAny(OwnerId{2}));
}

}  // namespace dittofs::state
