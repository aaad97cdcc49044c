#include <string>
#include <vector>

#include "catch.h"
#include "metadata/stores/leveldb/database.h"
#include "metadata/stores/leveldb/row_keys.h"
#include "metadata/stores/leveldb/row_values.h"
#include "store_fixture.h"

namespace dittofs::leveldb_store {
namespace {

constexpr FileNumber kFile{100};

BlockId SampleBlock() {
  BlockId block;
  block.sha256.fill(0x11);
  return block;
}

/// A closed store with one of each row, of which one is then replaced by `value`, and the store opened again.
class Damaged {
 public:
  Damaged(const RowKey& key, std::string_view value) {
    fixture.Open();
    REQUIRE(fixture.Create(kFile.value).ok());
    REQUIRE(fixture.store
                ->Update(kShare, CommitDurability::kDurable,
                         [](MetadataTransaction& transaction) {
                           transaction.PutEntry(kRoot, "NAME", "name", {kFile, FileType::kRegular, Cookie{500}});
                           transaction.PutSymlink(kFile, "target");
                           transaction.PutExtent(kFile, {0, 10, SampleBlock(), 0});
                           transaction.PutBlock(SampleBlock(), 10, BlockState::kStored);
                           transaction.PutExtendedAttribute(kFile, "user.a", "1");
                           transaction.PutOrphan(kFile);
                           return Status();
                         })
                .ok());
    fixture.Close();
    fixture.EditRows([&](leveldb::DB& db) {
      std::string old;
      REQUIRE(db.Get({}, ToSlice(key.bytes()), &old).ok());
      REQUIRE(db.Put({}, ToSlice(key.bytes()), ToSlice(value)).ok());
    });
    REQUIRE(fixture.TryOpen().ok());
  }
  /// `read` must answer kCorruption and name the row.
  void Expect(std::string_view mention, const std::function<Status(MetadataReader&)>& read) {
    const Status status = fixture.store->View(kShare, read);
    INFO(status.ToString());
    CHECK(status == ErrorCode::kCorruption);
    CHECK(status.message().find(mention) != std::string_view::npos);
  }
  StoreFixture fixture;
};

TEST_CASE("leveldb corrupt rows: an inode, read or listed") {
  Damaged damaged(RowKey(kShare, RowKind::kInode, kFile.value), "junk");
  damaged.Expect("inode 100 of share 7", [](MetadataReader& reader) {
    InodeRecord inode;
    return reader.GetInode(kFile, inode);
  });
  damaged.Expect("inode 100", [](MetadataReader& reader) {
    return reader.ListEntries(kRoot, {}, true, [](const MetadataEntry&) { return true; });
  });
}

TEST_CASE("leveldb corrupt rows: an entry by name") {
  Damaged damaged(RowKey(kShare, RowKind::kEntry, kRoot.value, "file100"), "");
  damaged.Expect("entry \"file100\" in directory 1", [](MetadataReader& reader) {
    EntryRecord entry;
    return reader.GetEntry(kRoot, "file100", entry);
  });
}

TEST_CASE("leveldb corrupt rows: an entry that an update looks for is no absent entry") {
  Damaged damaged(RowKey(kShare, RowKind::kEntry, kRoot.value, "file100"), "\x01");
  CHECK(damaged.fixture.Create(kFile.value) == ErrorCode::kCorruption);
}

TEST_CASE("leveldb corrupt rows: an entry by cookie") {
  Damaged damaged(RowKey(kShare, RowKind::kCookie, kRoot.value, 100), "\x01\x01");
  damaged.Expect("entry with cookie 100 in directory 1", [](MetadataReader& reader) {
    return reader.ListEntries(kRoot, {}, false, [](const MetadataEntry&) { return true; });
  });
}

TEST_CASE("leveldb corrupt rows: a folded name, and one that leads to no entry") {
  const RowKey key = RowKey::OfFolded(kShare, kRoot, "name", Cookie{500});
  for (const std::string_view value : {std::string_view("\2NAME"), std::string_view("\1GONE")}) {
    Damaged damaged(key, value);
    damaged.Expect("folded name \"name\"", [](MetadataReader& reader) {
      EntryRecord entry;
      std::string name;
      return reader.FindFolded(kRoot, "name", name, entry);
    });
  }
}

TEST_CASE("leveldb corrupt rows: a symlink") {
  Damaged damaged(RowKey(kShare, RowKind::kSymlink, kFile.value), "");
  damaged.Expect("symlink 100", [](MetadataReader& reader) {
    std::string target;
    return reader.GetSymlink(kFile, target);
  });
}

TEST_CASE("leveldb corrupt rows: an extent is no hole") {
  Damaged damaged(RowKey(kShare, RowKind::kExtent, kFile.value, 0), "junk");
  for (const uint64_t offset : {0, 5}) {
    damaged.Expect("extent at 0 of file 100", [&](MetadataReader& reader) {
      std::vector<Extent> extents;
      return reader.GetExtents(kFile, offset, 1, 10, extents);
    });
  }
}

TEST_CASE("leveldb corrupt rows: a block with fewer than no references") {
  const auto row = BlockRow::Encode({10, BlockState::kStored, -1});
  Damaged damaged(RowKey(kShare, RowKind::kBlock, SampleBlock()), std::string_view(row.data(), row.size()));
  damaged.Expect("block 1111", [](MetadataReader& reader) {
    BlockRecord record;
    return reader.GetBlock(SampleBlock(), record);
  });
  CHECK(damaged.fixture.store->Update(kShare, CommitDurability::kBuffered, [](MetadataTransaction& transaction) {
    transaction.AddBlockReferences(SampleBlock(), 1);
    return Status();
  }) == ErrorCode::kCorruption);
}

TEST_CASE("leveldb corrupt rows: a mark of an unreferenced block") {
  Damaged damaged(RowKey(kShare, RowKind::kUnreferenced, SampleBlock()), "");
  damaged.Expect("unreferenced block", [](MetadataReader& reader) {
    std::vector<BlockId> blocks;
    return reader.ListUnreferencedBlocks(nullptr, 10, blocks);
  });
}

TEST_CASE("leveldb corrupt rows: an extended attribute") {
  Damaged damaged(RowKey(kShare, RowKind::kExtendedAttribute, kFile.value, "user.a"), "\x07");
  damaged.Expect("extended attribute \"user.a\" of file 100", [](MetadataReader& reader) {
    std::string value;
    return reader.GetExtendedAttribute(kFile, "user.a", value);
  });
}

TEST_CASE("leveldb corrupt rows: a mark of an orphan") {
  Damaged damaged(RowKey(kShare, RowKind::kOrphan, kFile.value), "xx");
  damaged.Expect("orphan 100", [](MetadataReader& reader) {
    std::vector<FileNumber> orphans;
    return reader.ListOrphans(FileNumber{0}, 10, orphans);
  });
}

TEST_CASE("leveldb corrupt rows: usage, read or added to") {
  Damaged damaged(RowKey(kShare, RowKind::kUsage), "junk");
  damaged.Expect("usage of share 7", [](MetadataReader& reader) {
    UsageRecord usage;
    return reader.GetUsage(usage);
  });
  CHECK(damaged.fixture.Create(101) == ErrorCode::kCorruption);
  CHECK(damaged.fixture.Look(101) == ErrorCode::kNotFound);
}

TEST_CASE("leveldb corrupt rows: a directory that a create changes") {
  Damaged damaged(RowKey(kShare, RowKind::kInode, kRoot.value), "junk");
  const Status status =
      damaged.fixture.store->Update(kShare, CommitDurability::kBuffered, [](MetadataTransaction& transaction) {
        transaction.ChangeDirectory(kRoot, {1, 0, {}}, nullptr);
        return Status();
      });
  CHECK(status == ErrorCode::kCorruption);
  CHECK(status.message().find("inode 1 of share 7") != std::string_view::npos);
}

TEST_CASE("leveldb corrupt rows: the row of a share") {
  Damaged damaged(RowKey::OfShare(kShare), "junk");
  CHECK(damaged.fixture.store->OpenShare(kShare, "share", 1, {}).code() == ErrorCode::kCorruption);
  CHECK(damaged.fixture.store->View(kShare, [](MetadataReader&) { return Status(); }) == ErrorCode::kCorruption);
}

TEST_CASE("leveldb corrupt rows: a number range") {
  StoreFixture fixture;
  fixture.Open();
  REQUIRE(fixture.store->AllocateNumbers(kShare, 1).ok());
  fixture.Close();
  fixture.EditRows(
      [](leveldb::DB& db) { REQUIRE(db.Put({}, ToSlice(RowKey(kShare, RowKind::kNumbers).bytes()), "junk").ok()); });
  REQUIRE(fixture.TryOpen().ok());
  CHECK(fixture.store->AllocateNumbers(kShare, 1).code() == ErrorCode::kCorruption);
}

}  // namespace
}  // namespace dittofs::leveldb_store
