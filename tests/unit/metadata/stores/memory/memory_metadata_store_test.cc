#include "dittofs/stores/memory.h"

#include <string>

#include "catch.h"

namespace dittofs {
namespace {

constexpr ShareId kShare{7};
constexpr FileNumber kDirectory{1};

InodeRecord MakeInode(FileNumber number, FileType type) {
  InodeRecord inode;
  inode.number = number;
  inode.type = type;
  inode.link_count = type == FileType::kDirectory ? 2 : 1;
  return inode;
}

std::unique_ptr<MetadataStore> OpenWithRoot(uint64_t max_bytes) {
  MemoryMetadataStoreOptions options;
  options.max_bytes = max_bytes;
  auto store = MakeMemoryMetadataStore(options);
  REQUIRE(store->OpenShare(kShare, "share", 1, {}).ok());
  REQUIRE(store
              ->Update(kShare, CommitDurability::kBuffered,
                       [](MetadataTransaction& transaction) {
                         transaction.PutInode(MakeInode(kDirectory, FileType::kDirectory));
                         return Status();
                       })
              .ok());
  return store;
}

Status CreateFile(MetadataStore& store, uint64_t number, DirectoryChange* change) {
  return store.Update(kShare, CommitDurability::kBuffered, [&](MetadataTransaction& transaction) {
    const std::string name = "file" + std::to_string(number);
    EntryRecord entry;
    const Status found = transaction.GetEntry(kDirectory, name, entry);
    if (found.ok()) return Status(ErrorCode::kExists);
    if (!(found == ErrorCode::kNotFound)) return found;
    transaction.PutInode(MakeInode(FileNumber{number}, FileType::kRegular));
    transaction.PutEntry(kDirectory, name, name, {FileNumber{number}, FileType::kRegular, Cookie{number}});
    transaction.ChangeDirectory(kDirectory, {1, 0, {5, 0}}, change);
    transaction.AddUsage({0, 1});
    return Status();
  });
}

TEST_CASE("memory metadata store: a full store refuses to grow and says so") {
  const auto store = OpenWithRoot(10000);
  Status status;
  uint64_t number = 16;
  while (status.ok() && number < 10000) status = CreateFile(*store, number++, nullptr);
  CHECK(status == ErrorCode::kNoSpace);
  CHECK(number > 16 + 10000 / 450);
  UsageRecord usage;
  REQUIRE(store->View(kShare, [&](MetadataReader& reader) { return reader.GetUsage(usage); }).ok());
  CHECK(usage.files == static_cast<int64_t>(number - 17));
}

TEST_CASE("memory metadata store: deletes make room again in a full store") {
  const auto store = OpenWithRoot(10000);
  uint64_t number = 16;
  while (CreateFile(*store, number, nullptr).ok()) ++number;
  REQUIRE(store
              ->Update(kShare, CommitDurability::kBuffered,
                       [&](MetadataTransaction& transaction) {
                         EntryRecord entry;
                         DITTOFS_RETURN_IF_ERROR(transaction.GetEntry(kDirectory, "file16", entry));
                         transaction.DeleteEntry(kDirectory, "file16", "file16", entry);
                         transaction.DeleteInode(FileNumber{16});
                         return Status();
                       })
              .ok());
  CHECK(CreateFile(*store, number, nullptr).ok());
}

TEST_CASE("memory metadata store: it never blocks and says so") {
  const auto store = OpenWithRoot(0);
  CHECK_FALSE(store->traits().may_block);
  CHECK_FALSE(store->traits().durable);
}

TEST_CASE("memory metadata store: an update that never agrees with the rows ends with a conflict") {
  const auto store = OpenWithRoot(0);
  REQUIRE(CreateFile(*store, 16, nullptr).ok());
  int runs = 0;
  const Status status = store->Update(kShare, CommitDurability::kBuffered, [&](MetadataTransaction& transaction) {
    ++runs;
    transaction.DeleteInode(kDirectory);
    return Status();
  });
  CHECK(status == ErrorCode::kConflict);
  CHECK(runs > 1);
}

}  // namespace
}  // namespace dittofs
