#include <string>
#include <vector>

#include "catch.h"
#include "store_fixture.h"

namespace dittofs::leveldb_store {
namespace {

/// What is left after a power cut now.
void CutPowerAndReopen(StoreFixture& fixture) {
  fixture.env.CutPower();
  fixture.Close();
  fixture.env.RestorePower();
  fixture.Open();
}

TEST_CASE("leveldb durability: a durable commit survives a power cut") {
  StoreFixture fixture;
  fixture.Open();
  REQUIRE(fixture.Create(100, CommitDurability::kDurable).ok());
  CutPowerAndReopen(fixture);
  CHECK(fixture.Look(100).ok());
}

TEST_CASE("leveldb durability: a buffered commit may be lost in a power cut, whole") {
  StoreFixture fixture;
  fixture.Open();
  REQUIRE(fixture.Create(100).ok());
  CutPowerAndReopen(fixture);
  CHECK(fixture.Look(100) == ErrorCode::kNotFound);
  std::vector<std::string> names;
  REQUIRE(fixture.List(true, &names).ok());
  CHECK(names.empty());
}

TEST_CASE("leveldb durability: a durable commit brings every earlier buffered one along") {
  StoreFixture fixture;
  fixture.Open();
  for (uint64_t i = 100; i < 110; ++i) REQUIRE(fixture.Create(i).ok());
  REQUIRE(fixture.Create(110, CommitDurability::kDurable).ok());
  CutPowerAndReopen(fixture);
  for (uint64_t i = 100; i <= 110; ++i) CHECK(fixture.Look(i).ok());
}

TEST_CASE("leveldb durability: buffered commits in a log that was rotated are kept by a later durable one") {
  StoreFixture fixture;
  fixture.write_buffer_bytes = 64 << 10;  // LevelDB's smallest: a log holds about 100 of these
  fixture.Open();
  const std::string padding(200, 'x');
  uint64_t number = 100;
  for (; number < 400; ++number) REQUIRE(fixture.Create(number, CommitDurability::kBuffered, padding).ok());
  REQUIRE(fixture.Create(number, CommitDurability::kDurable, padding).ok());
  CutPowerAndReopen(fixture);
  for (uint64_t i = 100; i <= number; ++i) {
    INFO("file " << i);
    REQUIRE(fixture.Look(i).ok());
  }
}

TEST_CASE("leveldb durability: what a power cut leaves of buffered commits is a beginning of them") {
  StoreFixture fixture;
  fixture.write_buffer_bytes = 64 << 10;
  fixture.Open();
  const std::string padding(200, 'x');
  for (uint64_t i = 100; i < 400; ++i) REQUIRE(fixture.Create(i, CommitDurability::kBuffered, padding).ok());
  CutPowerAndReopen(fixture);
  uint64_t kept = 100;
  while (kept < 400 && fixture.Look(kept).ok()) ++kept;
  for (uint64_t i = kept; i < 400; ++i) CHECK(fixture.Look(i) == ErrorCode::kNotFound);
  std::vector<std::string> names;
  REQUIRE(fixture.List(true, &names).ok());
  CHECK(names.size() == kept - 100);
}

TEST_CASE("leveldb durability: Sync makes buffered commits durable") {
  StoreFixture fixture;
  fixture.Open();
  REQUIRE(fixture.Create(100).ok());
  REQUIRE(fixture.store->Sync().ok());
  CutPowerAndReopen(fixture);
  CHECK(fixture.Look(100).ok());
}

TEST_CASE("leveldb durability: a durable transaction without writes makes what it read durable") {
  StoreFixture fixture;
  fixture.Open();
  REQUIRE(fixture.Create(100).ok());
  REQUIRE(fixture.store
              ->Update(kShare, CommitDurability::kDurable,
                       [](MetadataTransaction& transaction) {
                         InodeRecord inode;
                         return transaction.GetInode(FileNumber{100}, inode);
                       })
              .ok());
  CutPowerAndReopen(fixture);
  CHECK(fixture.Look(100).ok());
}

TEST_CASE("leveldb durability: allocated numbers are not given out again after a power cut") {
  StoreFixture fixture;
  fixture.Open();
  uint64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    const auto first = fixture.store->AllocateNumbers(kShare, 100);
    REQUIRE(first.ok());
    CHECK(*first > last);
    last = *first + 99;
    CutPowerAndReopen(fixture);
  }
}

TEST_CASE("leveldb durability: nothing is synced for buffered commits, and nothing twice") {
  StoreFixture fixture;
  fixture.Open();
  const uint64_t before = fixture.env.log_syncs();
  REQUIRE(fixture.Create(100).ok());
  CHECK(fixture.env.log_syncs() == before);
  REQUIRE(fixture.store->Sync().ok());
  CHECK(fixture.env.log_syncs() == before + 1);
  REQUIRE(fixture.store->Sync().ok());
  CHECK(fixture.env.log_syncs() == before + 1);
}

TEST_CASE("leveldb durability: a failed sync fails the commit and is never tried again") {
  StoreFixture fixture;
  fixture.Open();
  fixture.env.FailLogSyncs(true);
  CHECK(fixture.Create(100, CommitDurability::kDurable) == ErrorCode::kIo);
  fixture.env.FailLogSyncs(false);
  const uint64_t syncs = fixture.env.log_syncs();
  CHECK(fixture.Create(101, CommitDurability::kDurable) == ErrorCode::kIo);
  CHECK(fixture.Create(102, CommitDurability::kBuffered) == ErrorCode::kIo);
  CHECK(fixture.store->Sync() == ErrorCode::kIo);
  CHECK(fixture.env.log_syncs() == syncs);
  CHECK(fixture.log.errors() == 1);
}

TEST_CASE("leveldb durability: a commit whose sync failed is not seen") {
  StoreFixture fixture;
  fixture.Open();
  fixture.env.FailLogSyncs(true);
  CHECK(fixture.Create(100, CommitDurability::kDurable) == ErrorCode::kIo);
  CHECK(fixture.Look(100) == ErrorCode::kNotFound);
}

TEST_CASE("leveldb durability: a store that refuses writes can still be read") {
  StoreFixture fixture;
  fixture.Open();
  REQUIRE(fixture.Create(100).ok());
  fixture.env.FailLogAppends(true);
  CHECK(fixture.Create(101) == ErrorCode::kIo);
  CHECK(fixture.Look(100).ok());
  CHECK(fixture.Look(101) == ErrorCode::kNotFound);
  std::vector<std::string> names;
  CHECK(fixture.List(true, &names).ok());
  CHECK(names.size() == 1);
}

TEST_CASE("leveldb durability: a rotated log that can't be synced turns the store to refusing writes") {
  StoreFixture fixture;
  fixture.write_buffer_bytes = 64 << 10;
  fixture.Open();
  const std::string padding(200, 'x');
  fixture.env.FailLogSyncs(true);
  Status status;
  for (uint64_t i = 100; status.ok() && i < 1000; ++i) status = fixture.Create(i, CommitDurability::kBuffered, padding);
  CHECK(status == ErrorCode::kIo);
  fixture.env.FailLogSyncs(false);
  CHECK(fixture.Create(2000, CommitDurability::kDurable) == ErrorCode::kIo);
}

TEST_CASE("leveldb durability: numbers that could not be made durable are not given out") {
  StoreFixture fixture;
  fixture.Open();
  fixture.env.FailLogSyncs(true);
  CHECK(fixture.store->AllocateNumbers(kShare, 1).code() == ErrorCode::kIo);
}

TEST_CASE("leveldb durability: a store opened again after it refused writes takes them") {
  StoreFixture fixture;
  fixture.Open();
  fixture.env.FailLogSyncs(true);
  CHECK(fixture.Create(100, CommitDurability::kDurable) == ErrorCode::kIo);
  fixture.env.FailLogSyncs(false);
  fixture.Close();
  fixture.Open();
  CHECK(fixture.Create(101, CommitDurability::kDurable).ok());
}

}  // namespace
}  // namespace dittofs::leveldb_store
