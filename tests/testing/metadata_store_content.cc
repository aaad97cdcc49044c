#include "metadata_store_subject.h"

namespace dittofs::testing {
namespace {

constexpr FileNumber kFile{20};

Extent MakeExtent(uint64_t offset, uint64_t length, uint8_t block = 1) {
  return Extent{offset, length, MakeBlock(block), static_cast<uint32_t>(offset % 1000)};
}

std::vector<uint64_t> Offsets(Subject& subject, uint64_t offset, uint64_t length, size_t max = SIZE_MAX) {
  std::vector<Extent> extents;
  subject.See([&](MetadataReader& reader) {
    extents.clear();
    ExpectOk(reader.GetExtents(kFile, offset, length, max, extents), "GetExtents");
  });
  std::vector<uint64_t> offsets;
  for (const Extent& extent : extents) offsets.push_back(extent.offset);
  return offsets;
}

void PutThree(Subject& subject) {
  subject.Commit([](MetadataTransaction& transaction) {
    transaction.PutExtent(kFile, MakeExtent(0, 100));
    transaction.PutExtent(kFile, MakeExtent(100, 50));
    transaction.PutExtent(kFile, MakeExtent(1000, 500));
    transaction.PutExtent(FileNumber{19}, MakeExtent(0, 10000));
    transaction.PutExtent(FileNumber{21}, MakeExtent(0, 10000));
  });
}

using Numbers = std::vector<uint64_t>;

void AddExtentCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "an extent keeps every field", [](Subject& subject) {
    const Extent extent{UINT64_MAX - 5000, 4096, MakeBlock(9), UINT32_MAX};
    subject.Commit([&](MetadataTransaction& transaction) { transaction.PutExtent(kFile, extent); });
    std::vector<Extent> extents;
    subject.See([&](MetadataReader& reader) {
      extents.clear();
      ExpectOk(reader.GetExtents(kFile, 0, UINT64_MAX, 10, extents), "GetExtents");
    });
    Expect(extents == std::vector<Extent>{extent}, "the extent changed on the way");
  });
  AddCase(cases, factory, "a file without extents answers none, successfully",
          [](Subject& subject) { Expect(Offsets(subject, 0, UINT64_MAX).empty(), "extents from nowhere"); });
  AddCase(cases, factory, "extents are found by what they overlap, whole", [](Subject& subject) {
    PutThree(subject);
    Expect(Offsets(subject, 0, UINT64_MAX) == Numbers{0, 100, 1000}, "all");
    Expect(Offsets(subject, 99, 1) == Numbers{0}, "the last byte of the first");
    Expect(Offsets(subject, 99, 2) == Numbers{0, 100}, "across a border");
    Expect(Offsets(subject, 100, 1) == Numbers{100}, "the first byte of the second");
    Expect(Offsets(subject, 149, 851) == Numbers{100}, "up to the third");
    Expect(Offsets(subject, 150, 850).empty(), "the gap");
    Expect(Offsets(subject, 1499, UINT64_MAX) == Numbers{1000}, "from inside the last to the end");
    Expect(Offsets(subject, 1500, UINT64_MAX).empty(), "after the last");
    Expect(Offsets(subject, 1200, 1) == Numbers{1000}, "inside the last");
  });
  AddCase(cases, factory, "extents come in order and not more than asked for", [](Subject& subject) {
    PutThree(subject);
    Expect(Offsets(subject, 50, UINT64_MAX, 2) == Numbers{0, 100}, "two");
    Expect(Offsets(subject, 50, UINT64_MAX, 1) == Numbers{0}, "one");
  });
  AddCase(cases, factory, "extents are appended to what the caller has", [](Subject& subject) {
    PutThree(subject);
    subject.See([](MetadataReader& reader) {
      std::vector<Extent> extents{MakeExtent(7, 7)};
      ExpectOk(reader.GetExtents(kFile, 0, 1, 10, extents), "GetExtents");
      Expect(extents.size() == 2 && extents[0] == MakeExtent(7, 7), "the caller's extent is gone");
    });
  });
  AddCase(cases, factory, "a deleted extent is gone, a put one replaced", [](Subject& subject) {
    PutThree(subject);
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.DeleteExtent(kFile, 100);
      transaction.PutExtent(kFile, MakeExtent(0, 60, 2));
    });
    Expect(Offsets(subject, 0, UINT64_MAX) == Numbers{0, 1000}, "another set");
    Expect(Offsets(subject, 60, 40).empty(), "the replaced extent kept its length");
  });
  AddCase(cases, factory, "a transaction sees the extents it put and not those it deleted", [](Subject& subject) {
    PutThree(subject);
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.DeleteExtent(kFile, 0);
      transaction.PutExtent(kFile, MakeExtent(0, 10));
      transaction.PutExtent(kFile, MakeExtent(10, 20));
      transaction.DeleteExtent(kFile, 1000);
      std::vector<Extent> extents;
      ExpectOk(transaction.GetExtents(kFile, 9, UINT64_MAX, 10, extents), "GetExtents");
      Expect(extents.size() == 3, "not three");
      Expect(extents[0].offset == 0 && extents[1].offset == 10 && extents[2].offset == 100, "other extents");
    });
  });
}

BlockRecord Block(Subject& subject, const BlockId& block) {
  BlockRecord record;
  subject.See([&](MetadataReader& reader) { ExpectOk(reader.GetBlock(block, record), "GetBlock"); });
  return record;
}

std::vector<BlockId> Unreferenced(Subject& subject, const BlockId* after = nullptr, size_t max = SIZE_MAX) {
  std::vector<BlockId> blocks;
  subject.See([&](MetadataReader& reader) {
    blocks.clear();
    ExpectOk(reader.ListUnreferencedBlocks(after, max, blocks), "ListUnreferencedBlocks");
  });
  return blocks;
}

void PutReferenced(Subject& subject, const BlockId& block, int64_t references) {
  subject.Commit([&](MetadataTransaction& transaction) {
    transaction.PutBlock(block, 4096, BlockState::kStored);
    transaction.AddBlockReferences(block, references);
  });
}

Status Refer(Subject& subject, const BlockId& block, int64_t delta) {
  return subject.TryCommit([&](MetadataTransaction& transaction) {
    transaction.AddBlockReferences(block, delta);
    return Status();
  });
}

void AddBlockCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "a block that was never put is absent", [](Subject& subject) {
    subject.See([](MetadataReader& reader) {
      BlockRecord record;
      ExpectCode(reader.GetBlock(MakeBlock(1), record), ErrorCode::kNotFound, "GetBlock");
    });
  });
  AddCase(cases, factory, "a new block has no references", [](Subject& subject) {
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutBlock(MakeBlock(1), 4u << 20, BlockState::kStored); });
    Expect(Block(subject, MakeBlock(1)) == BlockRecord{4u << 20, BlockState::kStored, 0}, "another record");
  });
  AddCase(cases, factory, "references add up and survive putting the block again", [](Subject& subject) {
    PutReferenced(subject, MakeBlock(1), 3);
    ExpectOk(Refer(subject, MakeBlock(1), -1), "AddBlockReferences");
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutBlock(MakeBlock(1), 100, BlockState::kStored); });
    Expect(Block(subject, MakeBlock(1)) == BlockRecord{100, BlockState::kStored, 2}, "another record");
  });
  AddCase(cases, factory, "several references to a block in one transaction are summed", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutBlock(MakeBlock(1), 1, BlockState::kStored);
      transaction.AddBlockReferences(MakeBlock(1), -2);
      transaction.AddBlockReferences(MakeBlock(1), 5);
    });
    Expect(Block(subject, MakeBlock(1)).references == 3, "another sum");
  });
  AddCase(cases, factory, "a reference to an absent block is a conflict", [](Subject& subject) {
    ExpectCode(Refer(subject, MakeBlock(1), 1), ErrorCode::kConflict, "AddBlockReferences");
  });
  AddCase(cases, factory, "a reference to a block that is being deleted is a conflict", [](Subject& subject) {
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutBlock(MakeBlock(1), 1, BlockState::kDeleting); });
    ExpectCode(Refer(subject, MakeBlock(1), 1), ErrorCode::kConflict, "AddBlockReferences");
    Expect(Block(subject, MakeBlock(1)).references == 0, "it was referenced nevertheless");
  });
  AddCase(cases, factory, "fewer than no references is corruption and changes nothing", [](Subject& subject) {
    PutReferenced(subject, MakeBlock(1), 1);
    const Status status = subject.TryCommit([](MetadataTransaction& transaction) {
      transaction.AddBlockReferences(MakeBlock(1), -2);
      transaction.PutOrphan(FileNumber{30});
      return Status();
    });
    ExpectCode(status, ErrorCode::kCorruption, "AddBlockReferences");
    Expect(Block(subject, MakeBlock(1)).references == 1, "the count changed");
    subject.See([](MetadataReader& reader) {
      std::vector<FileNumber> orphans;
      ExpectOk(reader.ListOrphans(FileNumber{0}, 10, orphans), "ListOrphans");
      Expect(orphans.empty(), "another write of the transaction was kept");
    });
  });
  AddCase(cases, factory, "a deleted block is absent and begins anew", [](Subject& subject) {
    PutReferenced(subject, MakeBlock(1), 2);
    subject.Commit([](MetadataTransaction& transaction) { transaction.DeleteBlock(MakeBlock(1)); });
    subject.See([](MetadataReader& reader) {
      BlockRecord record;
      ExpectCode(reader.GetBlock(MakeBlock(1), record), ErrorCode::kNotFound, "GetBlock");
    });
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutBlock(MakeBlock(1), 1, BlockState::kStored); });
    Expect(Block(subject, MakeBlock(1)).references == 0, "old references came back");
  });
  AddCase(cases, factory, "a transaction sees the block it put", [](Subject& subject) {
    PutReferenced(subject, MakeBlock(1), 2);
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutBlock(MakeBlock(1), 7, BlockState::kDeleting);
      BlockRecord record;
      ExpectOk(transaction.GetBlock(MakeBlock(1), record), "GetBlock");
      Expect(record == BlockRecord{7, BlockState::kDeleting, 2}, "another record");
      transaction.DeleteBlock(MakeBlock(1));
      ExpectCode(transaction.GetBlock(MakeBlock(1), record), ErrorCode::kNotFound, "GetBlock");
      transaction.PutBlock(MakeBlock(1), 7, BlockState::kStored);
    });
  });
}

void AddUnreferencedCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "blocks without references are listed by id, page by page", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      for (const uint8_t first : std::initializer_list<uint8_t>{0x80, 0x01, 0xff, 0x7f}) {
        transaction.PutBlock(MakeBlock(first), 1, BlockState::kStored);
      }
      transaction.PutBlock(MakeBlock(0x40), 1, BlockState::kStored);
      transaction.AddBlockReferences(MakeBlock(0x40), 1);
    });
    Expect(Unreferenced(subject) ==
               std::vector<BlockId>{MakeBlock(0x01), MakeBlock(0x7f), MakeBlock(0x80), MakeBlock(0xff)},
           "another list");
    const BlockId after = MakeBlock(0x7f);
    Expect(Unreferenced(subject, &after, 1) == std::vector<BlockId>{MakeBlock(0x80)}, "another page");
    const BlockId between = MakeBlock(0x7f, 0x5b);
    Expect(Unreferenced(subject, &between, 1) == std::vector<BlockId>{MakeBlock(0x80)}, "after an id that is no row");
  });
  AddCase(cases, factory, "a block joins the list with its last reference and leaves it with the first",
          [](Subject& subject) {
            PutReferenced(subject, MakeBlock(1), 2);
            Expect(Unreferenced(subject).empty(), "listed with two references");
            ExpectOk(Refer(subject, MakeBlock(1), -1), "AddBlockReferences");
            Expect(Unreferenced(subject).empty(), "listed with one reference");
            ExpectOk(Refer(subject, MakeBlock(1), -1), "AddBlockReferences");
            Expect(Unreferenced(subject).size() == 1, "not listed without references");
            ExpectOk(Refer(subject, MakeBlock(1), 1), "AddBlockReferences");
            Expect(Unreferenced(subject).empty(), "listed after it was referenced again");
          });
  AddCase(cases, factory, "a block that is being deleted stays listed until its row is gone", [](Subject& subject) {
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutBlock(MakeBlock(1), 1, BlockState::kDeleting); });
    Expect(Unreferenced(subject).size() == 1, "not listed");
    subject.Commit([](MetadataTransaction& transaction) { transaction.DeleteBlock(MakeBlock(1)); });
    Expect(Unreferenced(subject).empty(), "listed without a row");
  });
}

}  // namespace

void AddContentCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddExtentCases(cases, factory);
  AddBlockCases(cases, factory);
  AddUnreferencedCases(cases, factory);
}

}  // namespace dittofs::testing
