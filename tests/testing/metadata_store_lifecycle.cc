#include <algorithm>
#include <set>

#include "metadata_store_subject.h"

namespace dittofs::testing {
namespace {

void AddShareCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "a share keeps scope and time of its first opening, and takes a new name",
          [](Subject& subject) {
            const ShareRecord made = Take(subject.store().OpenShare(kOtherShare, "other", 55, {9, 9}), "OpenShare");
            Expect(made.name == "other" && made.block_scope == 55 && made.created == Timestamp{9, 9}, "another record");
            const ShareRecord again = Take(subject.store().OpenShare(kOtherShare, "renamed", 66, {10, 0}), "OpenShare");
            Expect(again.name == "renamed", "the old name");
            Expect(again.block_scope == 55 && again.created == Timestamp{9, 9}, "scope or time changed");
          });
  AddCase(cases, factory, "shares are listed once each", [](Subject& subject) {
    for (const uint32_t id : {UINT32_MAX, 9u, 8u, 9u}) {
      ExpectOk(subject.store().OpenShare(ShareId{id}, "share", 1, {}).status(), "OpenShare");
    }
    std::vector<ShareId> shares = Take(subject.store().ListShares(), "ListShares");
    std::sort(shares.begin(), shares.end());
    Expect(shares == std::vector<ShareId>{kShare, ShareId{8}, ShareId{9}, ShareId{UINT32_MAX}}, "another list");
  });
  AddCase(cases, factory, "share 0 is no share", [](Subject& subject) {
    ExpectCode(subject.store().OpenShare(ShareId{0}, "zero", 1, {}).status(), ErrorCode::kInvalidArgument, "OpenShare");
  });
  AddCase(cases, factory, "a share that was never opened can't be read or written", [](Subject& subject) {
    const Status viewed = subject.store().View(ShareId{99}, [](MetadataReader&) { return Status(); });
    Expect(!viewed.ok(), "View succeeded");
    const Status updated = subject.TryCommit([](MetadataTransaction&) { return Status(); }, ShareId{99});
    Expect(!updated.ok(), "Update succeeded");
    Expect(!subject.store().AllocateNumbers(ShareId{99}, 1).ok(), "AllocateNumbers succeeded");
  });
  AddCase(cases, factory, "two shares share nothing", [](Subject& subject) {
    ExpectOk(subject.store().OpenShare(kOtherShare, "other", 2, {}).status(), "OpenShare");
    const auto fill = [](MetadataTransaction& transaction) {
      transaction.PutInode(MakeInode(FileNumber{20}));
      transaction.PutEntry(kRoot, "name", "folded", MakeEntry(20));
      transaction.PutSymlink(FileNumber{20}, "target");
      transaction.PutExtent(FileNumber{20}, {0, 1, MakeBlock(1), 0});
      transaction.PutBlock(MakeBlock(1), 1, BlockState::kStored);
      transaction.PutExtendedAttribute(FileNumber{20}, "user.a", "1");
      transaction.PutOrphan(FileNumber{20});
      transaction.AddUsage({1, 1});
    };
    subject.Commit(fill);
    subject.See(
        [](MetadataReader& reader) {
          InodeRecord inode;
          EntryRecord entry;
          BlockRecord block;
          UsageRecord usage;
          std::string text;
          std::vector<Extent> extents;
          std::vector<FileNumber> orphans;
          std::vector<BlockId> blocks;
          std::vector<std::string> names;
          ExpectCode(reader.GetInode(FileNumber{20}, inode), ErrorCode::kNotFound, "GetInode");
          ExpectCode(reader.GetEntry(kRoot, "name", entry), ErrorCode::kNotFound, "GetEntry");
          ExpectCode(reader.FindFolded(kRoot, "folded", text, entry), ErrorCode::kNotFound, "FindFolded");
          ExpectCode(reader.GetSymlink(FileNumber{20}, text), ErrorCode::kNotFound, "GetSymlink");
          ExpectCode(reader.GetBlock(MakeBlock(1), block), ErrorCode::kNotFound, "GetBlock");
          ExpectOk(reader.GetExtents(FileNumber{20}, 0, UINT64_MAX, 9, extents), "GetExtents");
          ExpectOk(reader.ListOrphans(FileNumber{0}, 9, orphans), "ListOrphans");
          ExpectOk(reader.ListUnreferencedBlocks(nullptr, 9, blocks), "ListUnreferencedBlocks");
          ExpectOk(reader.ListExtendedAttributes(FileNumber{20}, names), "ListExtendedAttributes");
          ExpectOk(reader.GetUsage(usage), "GetUsage");
          Expect(extents.empty() && orphans.empty() && blocks.empty() && names.empty(), "rows of the other share");
          Expect(usage.bytes == 0 && usage.files == 0, "usage of the other share");
        },
        kOtherShare);
    Expect(subject.Names(kRoot, {}, SIZE_MAX, kOtherShare).empty(), "entries of the other share");
  });
  AddCase(cases, factory, "a change in one share leaves the same number in another alone", [](Subject& subject) {
    ExpectOk(subject.store().OpenShare(kOtherShare, "other", 2, {}).status(), "OpenShare");
    subject.Commit([](MetadataTransaction& transaction) { transaction.PutInode(MakeInode(FileNumber{20})); });
    subject.Commit([](MetadataTransaction& transaction) { transaction.PutInode(MakeInode(FileNumber{20})); },
                   kOtherShare);
    subject.Commit([](MetadataTransaction& transaction) { transaction.DeleteInode(FileNumber{20}); });
    ExpectOk(subject.Look(FileNumber{20}, kOtherShare), "GetInode");
  });
}

void AddNumberCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "numbers begin at 16 and ranges do not touch", [](Subject& subject) {
    const uint64_t first = Take(subject.store().AllocateNumbers(kShare, 10), "AllocateNumbers");
    Expect(first == 16, "they begin elsewhere");
    Expect(Take(subject.store().AllocateNumbers(kShare, 1), "AllocateNumbers") >= first + 10, "ranges overlap");
  });
  AddCase(cases, factory, "a range may be large", [](Subject& subject) {
    const uint64_t first = Take(subject.store().AllocateNumbers(kShare, 5000000), "AllocateNumbers");
    const uint64_t next = Take(subject.store().AllocateNumbers(kShare, UINT32_MAX), "AllocateNumbers");
    Expect(next >= first + 5000000, "ranges overlap");
    Expect(Take(subject.store().AllocateNumbers(kShare, 1), "AllocateNumbers") >= next + UINT32_MAX, "ranges overlap");
  });
  AddCase(cases, factory, "each share counts its own numbers", [](Subject& subject) {
    ExpectOk(subject.store().OpenShare(kOtherShare, "other", 2, {}).status(), "OpenShare");
    (void)Take(subject.store().AllocateNumbers(kShare, 1000), "AllocateNumbers");
    Expect(Take(subject.store().AllocateNumbers(kOtherShare, 1), "AllocateNumbers") == 16, "it begins elsewhere");
  });
  AddCase(cases, factory, "8 threads never get the same number", [](Subject& subject) {
    constexpr int kRanges = 500;
    std::vector<std::vector<uint64_t>> firsts(8);
    RunThreads(8, [&](int thread) {
      for (int i = 0; i < kRanges; ++i) {
        firsts[static_cast<size_t>(thread)].push_back(
            Take(subject.store().AllocateNumbers(kShare, static_cast<uint32_t>(thread + 1)), "AllocateNumbers"));
      }
    });
    std::set<uint64_t> numbers;
    size_t given = 0;
    for (size_t thread = 0; thread < firsts.size(); ++thread) {
      for (const uint64_t first : firsts[thread]) {
        for (uint64_t i = 0; i <= thread; ++i) numbers.insert(first + i);
        given += thread + 1;
      }
    }
    Expect(numbers.size() == given, "a number was given out twice");
    Expect(*numbers.begin() >= 16, "a reserved number was given out");
  });
  AddCase(cases, factory, "numbers may be allocated inside a transaction", [](Subject& subject) {
    subject.Commit([&](MetadataTransaction& transaction) {
      const uint64_t number = Take(subject.store().AllocateNumbers(kShare, 1), "AllocateNumbers");
      transaction.PutInode(MakeInode(FileNumber{number}));
    });
  });
  AddCase(cases, factory, "numbers are not given out again after the store was closed", [](Subject& subject) {
    subject.SkipUnlessDurable();
    uint64_t last = Take(subject.store().AllocateNumbers(kShare, 100), "AllocateNumbers") + 99;
    for (int i = 0; i < 3; ++i) {
      subject.Reopen();
      const uint64_t next = Take(subject.store().AllocateNumbers(kShare, 1), "AllocateNumbers");
      Expect(next > last, "a number was given out twice");
      last = next;
    }
  });
}

void AddPersistenceCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "every kind of row is there after the store was closed", [](Subject& subject) {
    subject.SkipUnlessDurable();
    const InodeRecord inode = MakeFullInode(FileNumber{20}, FileType::kSymlink);
    const Extent extent{5, 10, MakeBlock(1), 3};
    subject.Commit([&](MetadataTransaction& transaction) {
      transaction.PutInode(inode);
      transaction.PutEntry(kRoot, "Name", "name", MakeEntry(20, FileType::kSymlink));
      transaction.ChangeDirectory(kRoot, {1, 0, {3, 0}}, nullptr);
      transaction.PutSymlink(FileNumber{20}, "target");
      transaction.PutExtent(FileNumber{20}, extent);
      transaction.PutBlock(MakeBlock(1), 77, BlockState::kStored);
      transaction.AddBlockReferences(MakeBlock(1), 1);
      transaction.PutBlock(MakeBlock(2), 78, BlockState::kDeleting);
      transaction.PutExtendedAttribute(FileNumber{20}, "user.a", "value");
      transaction.PutOrphan(FileNumber{33});
      transaction.AddUsage({4096, 1});
    });
    subject.Reopen();
    Expect(subject.Inode(FileNumber{20}) == inode, "inode");
    Expect(subject.Inode(kRoot).entry_count == 1, "merged change of a directory");
    Expect(subject.Names(kRoot) == std::vector<std::string>{"Name"}, "listing");
    subject.See([&](MetadataReader& reader) {
      EntryRecord entry;
      BlockRecord block;
      UsageRecord usage;
      std::string text;
      std::vector<Extent> extents;
      std::vector<FileNumber> orphans;
      std::vector<BlockId> blocks;
      ExpectOk(reader.GetEntry(kRoot, "Name", entry), "GetEntry");
      Expect(entry == MakeEntry(20, FileType::kSymlink), "entry");
      ExpectOk(reader.FindFolded(kRoot, "name", text, entry), "FindFolded");
      Expect(text == "Name", "folded name");
      ExpectOk(reader.GetSymlink(FileNumber{20}, text), "GetSymlink");
      Expect(text == "target", "symlink");
      ExpectOk(reader.GetExtents(FileNumber{20}, 0, UINT64_MAX, 9, extents), "GetExtents");
      Expect(extents == std::vector<Extent>{extent}, "extent");
      ExpectOk(reader.GetBlock(MakeBlock(1), block), "GetBlock");
      Expect(block == BlockRecord{77, BlockState::kStored, 1}, "block");
      ExpectOk(reader.ListUnreferencedBlocks(nullptr, 9, blocks), "ListUnreferencedBlocks");
      Expect(blocks == std::vector<BlockId>{MakeBlock(2)}, "unreferenced blocks");
      ExpectOk(reader.GetExtendedAttribute(FileNumber{20}, "user.a", text), "GetExtendedAttribute");
      Expect(text == "value", "extended attribute");
      ExpectOk(reader.ListOrphans(FileNumber{0}, 9, orphans), "ListOrphans");
      Expect(orphans == std::vector<FileNumber>{FileNumber{33}}, "orphan");
      ExpectOk(reader.GetUsage(usage), "GetUsage");
      Expect(usage.bytes == 4096 && usage.files == 1, "usage");
    });
  });
  AddCase(cases, factory, "merged rows go on from where they were when the store was closed", [](Subject& subject) {
    subject.SkipUnlessDurable();
    DirectoryChange before;
    DirectoryChange after;
    ExpectOk(subject.Create(kRoot, "a", 20, &before), "Create");
    subject.Reopen();
    ExpectOk(subject.Create(kRoot, "b", 21, &after), "Create");
    Expect(after.before.change == before.after.change && after.after.entry_count == 2, "the chain has a gap");
    subject.See([](MetadataReader& reader) {
      UsageRecord usage;
      ExpectOk(reader.GetUsage(usage), "GetUsage");
      Expect(usage.files == 2, "usage began anew");
    });
  });
  AddCase(cases, factory, "shares are known after the store was closed, without opening them", [](Subject& subject) {
    subject.SkipUnlessDurable();
    subject.Reopen();
    Expect(Take(subject.store().ListShares(), "ListShares") == std::vector<ShareId>{kShare}, "another list");
    ExpectOk(subject.Look(kRoot), "GetInode");
    const ShareRecord record = Take(subject.store().OpenShare(kShare, "first", 999, {7, 7}), "OpenShare");
    Expect(record.block_scope == 101 && record.created == Timestamp{1, 2}, "another share");
  });
  AddCase(cases, factory, "deleted rows stay deleted after the store was closed", [](Subject& subject) {
    subject.SkipUnlessDurable();
    ExpectOk(subject.Create(kRoot, "a", 20), "Create");
    ExpectOk(subject.Remove(kRoot, "a"), "Remove");
    subject.Reopen();
    ExpectCode(subject.Look(FileNumber{20}), ErrorCode::kNotFound, "GetInode");
    Expect(subject.Names(kRoot).empty(), "the entry is back");
  });
  AddCase(cases, factory, "a durable commit and Sync succeed", [](Subject& subject) {
    ExpectOk(subject.TryCommit(
                 [](MetadataTransaction& transaction) {
                   transaction.PutInode(MakeInode(FileNumber{20}));
                   return Status();
                 },
                 kShare, CommitDurability::kDurable),
             "Update");
    subject.Commit([](MetadataTransaction& transaction) { transaction.PutInode(MakeInode(FileNumber{21})); });
    ExpectOk(subject.store().Sync(), "Sync");
    ExpectOk(subject.store().Sync(), "Sync, again");
  });
  AddCase(cases, factory, "a store describes itself",
          [](Subject& subject) { Expect(!subject.store().Describe().empty(), "without a word"); });
}

}  // namespace

void AddStoreCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddShareCases(cases, factory);
  AddNumberCases(cases, factory);
  AddPersistenceCases(cases, factory);
}

}  // namespace dittofs::testing
