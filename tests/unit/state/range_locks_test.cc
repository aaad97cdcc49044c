#include "state/range_locks.h"

#include "catch.h"

namespace dittofs::state {
namespace {

RangeLock Posix(uint64_t owner, uint64_t offset, uint64_t length, LockKind kind) {
  return {*ByteRange::FromPosix(offset, length), kind, LockRules::kPosix, OwnerId{owner}, ClientId{1}};
}
RangeLock Windows(uint64_t owner, uint64_t offset, uint64_t length, LockKind kind) {
  return {*ByteRange::FromWindows(offset, length), kind, LockRules::kWindows, OwnerId{owner}, ClientId{1}};
}
constexpr auto kShared = LockKind::kShared;
constexpr auto kExclusive = LockKind::kExclusive;

}  // namespace

TEST_CASE("ByteRange: length 0 reaches to the end, a sum that wraps is refused") {
  CHECK(ByteRange::FromPosix(5, 0) == ByteRange{5, UINT64_MAX, false});
  CHECK(ByteRange::FromPosix(5, 10) == ByteRange{5, 14, false});
  CHECK(ByteRange::FromPosix(UINT64_MAX, 1) == ByteRange{UINT64_MAX, UINT64_MAX, false});
  CHECK_FALSE(ByteRange::FromPosix(UINT64_MAX, 2).has_value());
  CHECK_FALSE(ByteRange::FromPosix(uint64_t{1} << 63, (uint64_t{1} << 63) + 1).has_value());
  CHECK(ByteRange::FromPosix(3, 4)->posix_length() == 4);
  CHECK(ByteRange::FromPosix(3, 0)->posix_length() == 0);
}

TEST_CASE("POSIX: unlocking the middle splits") {
  RangeLocks locks;
  locks.Grant(Posix(1, 0, 100, kExclusive));
  CHECK(locks.Release(OwnerId{1}, *ByteRange::FromPosix(40, 20)));
  REQUIRE(locks.size() == 2);
  CHECK(locks.locks()[0].range == ByteRange{0, 39, false});
  CHECK(locks.locks()[1].range == ByteRange{60, 99, false});
}

TEST_CASE("POSIX: neighbours of one kind merge, of different kinds do not") {
  RangeLocks locks;
  locks.Grant(Posix(1, 0, 10, kExclusive));
  locks.Grant(Posix(1, 20, 10, kExclusive));
  locks.Grant(Posix(1, 10, 10, kExclusive));
  REQUIRE(locks.size() == 1);
  CHECK(locks.locks()[0].range == ByteRange{0, 29, false});
  locks.Grant(Posix(1, 30, 10, kShared));
  CHECK(locks.size() == 2);
}

TEST_CASE("POSIX: a range that ends at the last byte does not merge with one that begins at 0") {
  RangeLocks locks;
  locks.Grant(Posix(1, 100, 0, kShared));
  locks.Grant(Posix(1, 0, 10, kShared));
  CHECK(locks.size() == 2);
}

TEST_CASE("POSIX: an owner's new lock replaces its old one, up and down") {
  RangeLocks locks;
  locks.Grant(Posix(1, 0, 100, kShared));
  locks.Grant(Posix(1, 50, 10, kExclusive));
  REQUIRE(locks.size() == 3);
  CHECK(locks.locks()[1].kind == kExclusive);
  locks.Grant(Posix(1, 0, 100, kShared));
  CHECK(locks.size() == 1);
}

TEST_CASE("Shared locks of two owners meet, exclusive ones do not") {
  RangeLocks locks;
  locks.Grant(Posix(1, 0, 10, kShared));
  CHECK(locks.FindConflict(Posix(2, 5, 1, kShared)) == nullptr);
  CHECK(locks.FindConflict(Posix(2, 5, 1, kExclusive)) != nullptr);
  CHECK(locks.FindConflict(Posix(2, 10, 1, kExclusive)) == nullptr);
  CHECK(locks.FindConflict(Posix(1, 5, 1, kExclusive)) == nullptr);
}

TEST_CASE("Windows: locks exclude their own owner and are released by exact range") {
  RangeLocks locks;
  locks.Grant(Windows(1, 0, 10, kExclusive));
  CHECK(locks.FindConflict(Windows(1, 5, 1, kShared)) != nullptr);
  CHECK_FALSE(locks.ReleaseExact(OwnerId{1}, *ByteRange::FromWindows(0, 5)));
  CHECK(locks.ReleaseExact(OwnerId{1}, *ByteRange::FromWindows(0, 10)));
  CHECK(locks.empty());
}

TEST_CASE("Windows: shared locks stack and are released one by one") {
  RangeLocks locks;
  locks.Grant(Windows(1, 0, 10, kShared));
  locks.Grant(Windows(1, 0, 10, kShared));
  CHECK(locks.size() == 2);
  CHECK(locks.ReleaseExact(OwnerId{1}, *ByteRange::FromWindows(0, 10)));
  CHECK(locks.size() == 1);
}

TEST_CASE("Windows: an empty range conflicts only inside another") {
  RangeLocks locks;
  locks.Grant(Windows(1, 10, 10, kExclusive));
  CHECK(locks.FindConflict(Windows(2, 10, 0, kExclusive)) == nullptr);
  CHECK(locks.FindConflict(Windows(2, 11, 0, kExclusive)) != nullptr);
  CHECK(locks.FindConflict(Windows(2, 20, 0, kExclusive)) == nullptr);
}

TEST_CASE("Locks of both flavours exclude each other between owners") {
  RangeLocks locks;
  locks.Grant(Windows(1, 0, 10, kExclusive));
  CHECK(locks.FindConflict(Posix(2, 0, 1, kShared)) != nullptr);
  locks.Grant(Posix(2, 50, 10, kExclusive));
  CHECK(locks.FindConflict(Windows(1, 55, 1, kShared)) != nullptr);
}

}  // namespace dittofs::state
