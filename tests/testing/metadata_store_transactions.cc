#include "interference.h"
#include "metadata_store_subject.h"

namespace dittofs::testing {
namespace {

constexpr FileNumber kFile{20};

void MakeFile(Subject& subject) {
  subject.Commit([](MetadataTransaction& transaction) { transaction.PutInode(MakeInode(kFile)); });
}

void AddOwnWriteCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "a transaction sees the inodes that it put and deleted", [](Subject& subject) {
    MakeFile(subject);
    subject.Commit([](MetadataTransaction& transaction) {
      InodeRecord inode;
      ExpectOk(Grow(transaction, kFile, 5), "Grow");
      ExpectOk(transaction.GetInode(kFile, inode), "GetInode");
      Expect(inode.size_bytes == 5, "the old size");
      transaction.DeleteInode(kFile);
      ExpectCode(transaction.GetInode(kFile, inode), ErrorCode::kNotFound, "GetInode");
      ExpectCode(transaction.GetInodeForUpdate(kFile, inode), ErrorCode::kNotFound, "GetInodeForUpdate");
      transaction.PutInode(MakeInode(kFile));
      ExpectOk(transaction.GetInode(kFile, inode), "GetInode");
    });
    Expect(subject.Inode(kFile) == MakeInode(kFile), "the last write did not win");
  });
  AddCase(cases, factory, "a transaction sees the entries that it put and deleted", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      EntryRecord entry;
      transaction.PutEntry(kRoot, "a", "a", MakeEntry(20));
      ExpectOk(transaction.GetEntry(kRoot, "a", entry), "GetEntry");
      Expect(entry == MakeEntry(20), "another entry");
      transaction.DeleteEntry(kRoot, "a", "a", entry);
      ExpectCode(transaction.GetEntry(kRoot, "a", entry), ErrorCode::kNotFound, "GetEntry");
    });
    Expect(subject.Names(kRoot).empty(), "an entry that was deleted in the same transaction is there");
  });
  AddCase(cases, factory, "a transaction sees its symlinks and extended attributes", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      std::string text;
      transaction.PutInode(MakeInode(kFile));
      transaction.PutSymlink(kFile, "target");
      transaction.PutExtendedAttribute(kFile, "user.a", "1");
      ExpectOk(transaction.GetSymlink(kFile, text), "GetSymlink");
      Expect(text == "target", "another target");
      ExpectOk(transaction.GetExtendedAttribute(kFile, "user.a", text), "GetExtendedAttribute");
      Expect(text == "1", "another value");
      transaction.DeleteInode(kFile);
      ExpectCode(transaction.GetSymlink(kFile, text), ErrorCode::kNotFound, "GetSymlink");
      ExpectCode(transaction.GetExtendedAttribute(kFile, "user.a", text), ErrorCode::kNotFound, "GetExtended");
      std::vector<std::string> names;
      ExpectOk(transaction.ListExtendedAttributes(kFile, names), "ListExtendedAttributes");
      Expect(names.empty(), "attributes of a deleted file");
    });
  });
  AddCase(cases, factory, "a transaction sees the orphans that it put and deleted", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) { transaction.PutOrphan(FileNumber{20}); });
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.DeleteOrphan(FileNumber{20});
      transaction.PutOrphan(FileNumber{21});
      std::vector<FileNumber> orphans;
      ExpectOk(transaction.ListOrphans(FileNumber{0}, 10, orphans), "ListOrphans");
      Expect(orphans == std::vector<FileNumber>{FileNumber{21}}, "another list");
    });
  });
  AddCase(cases, factory, "what fn answers is answered, and nothing is changed", [](Subject& subject) {
    for (const ErrorCode code : {ErrorCode::kExists, ErrorCode::kQuotaExceeded, ErrorCode::kNotFound}) {
      const Status status = subject.TryCommit([&](MetadataTransaction& transaction) -> Status {
        transaction.PutInode(MakeInode(kFile));
        transaction.ChangeDirectory(kRoot, {1, 0, {}}, nullptr);
        return Status(code, "a sentence");
      });
      ExpectCode(status, code, "Update");
      Expect(status.message() == "a sentence", "another sentence");
    }
    ExpectCode(subject.Look(kFile), ErrorCode::kNotFound, "GetInode");
    Expect(subject.Inode(kRoot).entry_count == 0, "the directory changed");
  });
  AddCase(cases, factory, "what fn answers to View is answered", [](Subject& subject) {
    const Status status =
        subject.store().View(kShare, [](MetadataReader&) { return Status(ErrorCode::kTooSmall, "a sentence"); });
    ExpectCode(status, ErrorCode::kTooSmall, "View");
    Expect(status.message() == "a sentence", "another sentence");
  });
  AddCase(cases, factory, "a transaction that only reads succeeds, durably too", [](Subject& subject) {
    for (const CommitDurability durability : {CommitDurability::kBuffered, CommitDurability::kDurable}) {
      ExpectOk(subject.TryCommit(
                   [](MetadataTransaction& transaction) {
                     InodeRecord inode;
                     return transaction.GetInode(kRoot, inode);
                   },
                   kShare, durability),
               "Update");
    }
  });
}

void AddConflictCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "a change of an inode that was read makes the transaction run again", [](Subject& subject) {
    MakeFile(subject);
    Interference interfere(subject, [](MetadataTransaction& other) { return Grow(other, kFile, 100); });
    subject.Commit([&](MetadataTransaction& transaction) {
      InodeRecord inode;
      ExpectOk(transaction.GetInode(kFile, inode), "GetInode");
      interfere();
      inode.size_bytes += 1;
      transaction.PutInode(inode);
    });
    interfere.Finish();
    Expect(subject.Inode(kFile).size_bytes == 101, "one of two changes is lost");
    if (interfere.came_between()) Expect(interfere.runs() > 1, "it did not run again");
  });
  AddCase(cases, factory, "an inode made meanwhile makes who found it absent run again", [](Subject& subject) {
    Interference interfere(subject, [](MetadataTransaction& other) {
      InodeRecord inode = MakeInode(kFile);
      inode.size_bytes = 100;
      other.PutInode(inode);
      return Status();
    });
    subject.Commit([&](MetadataTransaction& transaction) {
      InodeRecord inode = MakeInode(kFile);
      const Status status = transaction.GetInode(kFile, inode);
      Expect(status.ok() || status == ErrorCode::kNotFound, "GetInode");
      interfere();
      inode.size_bytes += 1;
      transaction.PutInode(inode);
    });
    interfere.Finish();
    const uint64_t size = subject.Inode(kFile).size_bytes;
    Expect(size == (interfere.came_between() ? 101u : 100u), "a change is lost");
  });
  AddCase(cases, factory, "a name made meanwhile makes who found it absent run again", [](Subject& subject) {
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.PutEntry(kRoot, "name", "name", MakeEntry(21));
      return Status();
    });
    const Status status = subject.TryCommit([&](MetadataTransaction& transaction) -> Status {
      EntryRecord entry;
      const Status found = transaction.GetEntry(kRoot, "name", entry);
      interfere();
      if (found.ok()) return ErrorCode::kExists;
      transaction.PutEntry(kRoot, "name", "name", MakeEntry(20));
      return {};
    });
    interfere.Finish();
    if (interfere.came_between()) ExpectCode(status, ErrorCode::kExists, "Update");
  });
  AddCase(cases, factory, "a folded name made meanwhile makes who found it absent run again", [](Subject& subject) {
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.PutEntry(kRoot, "NAME", "name", MakeEntry(21));
      return Status();
    });
    const Status status = subject.TryCommit([&](MetadataTransaction& transaction) -> Status {
      EntryRecord entry;
      std::string name;
      const Status found = transaction.FindFolded(kRoot, "name", name, entry);
      interfere();
      if (found.ok()) return ErrorCode::kExists;
      transaction.PutEntry(kRoot, "Name", "name", MakeEntry(20));
      return {};
    });
    interfere.Finish();
    if (interfere.came_between()) ExpectCode(status, ErrorCode::kExists, "Update");
  });
  AddCase(cases, factory, "an entry made meanwhile makes who listed the directory run again", [](Subject& subject) {
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.PutEntry(kRoot, "name", "name", MakeEntry(21));
      return Status();
    });
    size_t listed = 0;
    subject.Commit([&](MetadataTransaction& transaction) {
      listed = 0;
      ExpectOk(transaction.ListEntries(kRoot, Cookie{}, false,
                                       [&](const MetadataEntry&) {
                                         ++listed;
                                         return true;
                                       }),
               "ListEntries");
      interfere();
      transaction.PutOrphan(FileNumber{listed + 100});
    });
    interfere.Finish();
    if (interfere.came_between()) Expect(listed == 1, "it committed on a listing that no longer held");
  });
  AddCase(cases, factory, "extents changed meanwhile make who read them run again", [](Subject& subject) {
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.PutExtent(kFile, {0, 10, MakeBlock(1), 0});
      return Status();
    });
    size_t found = 0;
    subject.Commit([&](MetadataTransaction& transaction) {
      std::vector<Extent> extents;
      ExpectOk(transaction.GetExtents(kFile, 0, UINT64_MAX, 10, extents), "GetExtents");
      found = extents.size();
      interfere();
      transaction.PutExtent(kFile, {100, 10, MakeBlock(2), 0});
    });
    interfere.Finish();
    if (interfere.came_between()) Expect(found == 1, "it committed on extents that no longer held");
  });
  AddCase(cases, factory, "an answer of fn that rests on rows that changed is not given", [](Subject& subject) {
    // Two files that change together: who sees them differ saw half of a commit.
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutInode(MakeInode(FileNumber{20}));
      transaction.PutInode(MakeInode(FileNumber{21}));
    });
    Interference interfere(subject, [](MetadataTransaction& other) {
      DITTOFS_RETURN_IF_ERROR(Grow(other, FileNumber{20}, 1));
      return Grow(other, FileNumber{21}, 1);
    });
    const Status status = subject.TryCommit([&](MetadataTransaction& transaction) -> Status {
      InodeRecord first;
      InodeRecord second;
      DITTOFS_RETURN_IF_ERROR(transaction.GetInode(FileNumber{20}, first));
      interfere();
      DITTOFS_RETURN_IF_ERROR(transaction.GetInode(FileNumber{21}, second));
      return first.size_bytes == second.size_bytes ? Status() : Status(ErrorCode::kInternal);
    });
    interfere.Finish();
    ExpectOk(status, "Update");
  });
  AddCase(cases, factory, "a block referenced meanwhile is not marked as being deleted", [](Subject& subject) {
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutBlock(MakeBlock(1), 1, BlockState::kStored); });
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.AddBlockReferences(MakeBlock(1), 1);
      return Status();
    });
    const Status status = subject.TryCommit([&](MetadataTransaction& transaction) -> Status {
      BlockRecord record;
      DITTOFS_RETURN_IF_ERROR(transaction.GetBlock(MakeBlock(1), record));
      interfere();
      if (record.references != 0) return ErrorCode::kLocked;
      transaction.PutBlock(MakeBlock(1), record.size_bytes, BlockState::kDeleting);
      return {};
    });
    if (!interfere.came_between()) return;
    interfere.Finish();
    ExpectCode(status, ErrorCode::kLocked, "Update");
  });
  AddCase(cases, factory, "a block referenced meanwhile is not deleted", [](Subject& subject) {
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutBlock(MakeBlock(1), 1, BlockState::kStored); });
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.AddBlockReferences(MakeBlock(1), 1);
      return Status();
    });
    const Status status = subject.TryCommit([&](MetadataTransaction& transaction) -> Status {
      BlockRecord record;
      DITTOFS_RETURN_IF_ERROR(transaction.GetBlock(MakeBlock(1), record));
      interfere();
      if (record.references != 0) return ErrorCode::kLocked;
      transaction.DeleteBlock(MakeBlock(1));
      return {};
    });
    if (!interfere.came_between()) return;
    interfere.Finish();
    ExpectCode(status, ErrorCode::kLocked, "Update");
  });
  AddCase(cases, factory, "two references to one block do not conflict", [](Subject& subject) {
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutBlock(MakeBlock(1), 1, BlockState::kStored); });
    const auto refer = [](MetadataTransaction& transaction) -> Status {
      BlockRecord record;
      DITTOFS_RETURN_IF_ERROR(transaction.GetBlock(MakeBlock(1), record));
      transaction.AddBlockReferences(MakeBlock(1), 1);
      return {};
    };
    Interference interfere(subject, refer);
    ExpectOk(subject.TryCommit([&](MetadataTransaction& transaction) {
      const Status status = refer(transaction);
      interfere();
      return status;
    }),
             "Update");
    interfere.Finish();
    Expect(interfere.runs() == 1, "it ran again");
    BlockRecord record;
    subject.See([&](MetadataReader& reader) { ExpectOk(reader.GetBlock(MakeBlock(1), record), "GetBlock"); });
    Expect(record.references == 2, "another sum");
  });
}

}  // namespace

void AddTransactionCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddOwnWriteCases(cases, factory);
  AddConflictCases(cases, factory);
}

}  // namespace dittofs::testing
