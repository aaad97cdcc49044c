#include "state/share_reservations.h"

#include "catch.h"

namespace dittofs::state {
namespace {

constexpr auto kNone = ShareBits::kNone;
constexpr auto kRead = ShareBits::kRead;
constexpr auto kWrite = ShareBits::kWrite;

OpenRecord MakeOpen(uint64_t owner, ShareBits access, ShareBits deny, FileNumber file = FileNumber{1}) {
  return {file, OwnerId{owner}, ClientId{static_cast<uint32_t>(owner)}, access, deny};
}

}  // namespace

TEST_CASE("A denial keeps others out, both ways") {
  ShareReservations table;
  REQUIRE(table.Open(MakeOpen(1, kRead, kWrite), false) == OpenOutcome::kGranted);
  OpenRecord conflict;
  CHECK(table.Open(MakeOpen(2, kWrite, kNone), false, &conflict) == OpenOutcome::kConflict);
  CHECK(conflict.owner == OwnerId{1});
  CHECK(table.Open(MakeOpen(2, kRead, kRead), false) == OpenOutcome::kConflict);
  CHECK(table.Open(MakeOpen(2, kRead, kNone), false) == OpenOutcome::kGranted);
}

TEST_CASE("Opening again replaces the owner's own open") {
  ShareReservations table;
  table.Open(MakeOpen(1, kRead | kWrite, kNone), false);
  REQUIRE(table.Open(MakeOpen(1, kRead, kWrite), false) == OpenOutcome::kGranted);
  CHECK(table.open_count() == 1);
  CHECK(table.Open(MakeOpen(2, kWrite, kNone), false) == OpenOutcome::kConflict);
}

TEST_CASE("Who has no open is held to the denials too") {
  ShareReservations table;
  table.Open(MakeOpen(1, kRead, kWrite), false);
  CHECK_FALSE(table.MayAccess(FileNumber{1}, OwnerId{2}, kWrite));
  CHECK(table.MayAccess(FileNumber{1}, OwnerId{2}, kRead));
  CHECK(table.MayAccess(FileNumber{1}, OwnerId{1}, kWrite));
  CHECK(table.MayAccess(FileNumber{2}, OwnerId{2}, kWrite));
}

TEST_CASE("Closing gives room and counts right") {
  ShareReservationOptions options;
  options.max_opens_per_client = 2;
  ShareReservations table(options);
  table.Open(MakeOpen(1, kRead, kNone, FileNumber{1}), false);
  table.Open(MakeOpen(1, kRead, kNone, FileNumber{2}), false);
  CHECK(table.Open(MakeOpen(1, kRead, kNone, FileNumber{3}), false) == OpenOutcome::kNoResources);
  CHECK(table.Open(MakeOpen(2, kRead, kNone, FileNumber{3}), false) == OpenOutcome::kGranted);
  CHECK(table.Close(FileNumber{1}, OwnerId{1}));
  CHECK_FALSE(table.Close(FileNumber{1}, OwnerId{1}));
  CHECK(table.Open(MakeOpen(1, kRead, kNone, FileNumber{3}), false) == OpenOutcome::kGranted);
  CHECK(table.CloseClient(ClientId{1}) == 2);
  CHECK(table.open_count() == 1);
  CHECK(table.IsOpen(FileNumber{3}));
  CHECK(table.CloseFile(FileNumber{3}) == 1);
  CHECK(table.List({}, {}, 10).empty());
}

}  // namespace dittofs::state
