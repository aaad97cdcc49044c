#include "state/leases.h"

#include "catch.h"

namespace dittofs::state {
namespace {

class FakeClock final : public Clock {
 public:
  Timestamp Now() override { return {}; }
  uint64_t MonotonicNanoseconds() override { return now_ns; }
  uint64_t now_ns = 1;
};

class Holder final : public LeaseHolder {
 public:
  void Recall(FileNumber, OwnerId, LeaseBits keep) override { recalls.push_back(keep); }
  std::vector<LeaseBits> recalls;
};

constexpr FileNumber kFile{9};
constexpr auto kNone = LeaseBits::kNone;
constexpr auto kRead = LeaseBits::kRead;
constexpr auto kAll = LeaseBits::kRead | LeaseBits::kHandle | LeaseBits::kWrite;

struct Fixture {
  FakeClock clock;
  LeaseTable table{clock};
  std::shared_ptr<Holder> first = std::make_shared<Holder>();
  std::shared_ptr<Holder> second = std::make_shared<Holder>();
};

}  // namespace

TEST_CASE("One may have everything, a second nothing beside a writer") {
  Fixture f;
  CHECK(f.table.Grant(kFile, OwnerId{1}, ClientId{1}, kAll, f.first) == kAll);
  CHECK(f.table.Grant(kFile, OwnerId{2}, ClientId{2}, kRead, f.second) == kNone);
}

TEST_CASE("Readers share, and nobody gets to write beside them") {
  Fixture f;
  CHECK(f.table.Grant(kFile, OwnerId{1}, ClientId{1}, kRead, f.first) == kRead);
  CHECK(f.table.Grant(kFile, OwnerId{2}, ClientId{2}, kRead | LeaseBits::kWrite, f.second) == kRead);
}

TEST_CASE("A recall is told once, and the way is clear when it is acknowledged") {
  Fixture f;
  f.table.Grant(kFile, OwnerId{1}, ClientId{1}, kAll, f.first);
  CHECK_FALSE(f.table.Require(kFile, OwnerId{2}, kRead));
  CHECK_FALSE(f.table.Require(kFile, OwnerId{2}, kRead));
  CHECK(f.first->recalls == std::vector<LeaseBits>{kRead});
  CHECK(f.table.Acknowledge(kFile, OwnerId{1}, kRead));
  CHECK(f.table.Require(kFile, OwnerId{2}, kRead));
}

TEST_CASE("Nobody recalls its own lease") {
  Fixture f;
  f.table.Grant(kFile, OwnerId{1}, ClientId{1}, kAll, f.first);
  CHECK(f.table.Require(kFile, OwnerId{1}, kNone));
}

TEST_CASE("A holder that does not answer loses the lease when the time is over") {
  Fixture f;
  f.table.Grant(kFile, OwnerId{1}, ClientId{1}, kAll, f.first);
  REQUIRE_FALSE(f.table.Require(kFile, OwnerId{2}, kNone));
  f.clock.now_ns += uint64_t{36} * 1'000'000'000u;
  CHECK(f.table.Require(kFile, OwnerId{2}, kNone));
  CHECK_FALSE(f.table.Acknowledge(kFile, OwnerId{1}, kNone));
  CHECK(f.table.List({}, {}, 10).empty());
}

TEST_CASE("A holder that is gone does not hold anybody up") {
  Fixture f;
  f.table.Grant(kFile, OwnerId{1}, ClientId{1}, kAll, f.first);
  f.first.reset();
  CHECK(f.table.Require(kFile, OwnerId{2}, kNone));
}

TEST_CASE("An acknowledgement can't give more than was held") {
  Fixture f;
  f.table.Grant(kFile, OwnerId{1}, ClientId{1}, kRead, f.first);
  CHECK_FALSE(f.table.Acknowledge(kFile, OwnerId{1}, kAll));
}

}  // namespace dittofs::state
