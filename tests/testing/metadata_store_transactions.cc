#include <chrono>
#include <future>

#include "metadata_store_subject.h"

namespace dittofs::testing {
namespace {

constexpr FileNumber kFile{20};
constexpr FileNumber kDirectory{30};

/// Another thread's commit in the middle of a transaction, in its first run only. A store that locks what it reads lets
/// the other wait: then it comes afterwards, which is as good an order.
class Interference {
 public:
  Interference(Subject& subject, std::function<Status(MetadataTransaction&)> fn)
      : subject_(subject), fn_(std::move(fn)) {}
  ~Interference() {
    if (other_.valid()) other_.wait();
  }
  void operator()() {
    ++runs_;
    if (runs_ != 1) return;
    other_ = std::async(std::launch::async, [this] {
      return subject_.TryCommit([this](MetadataTransaction& transaction) { return fn_(transaction); });
    });
    came_between_ = other_.wait_for(std::chrono::seconds(1)) == std::future_status::ready;
  }
  /// Waits for the other; its commit must have succeeded.
  void Finish() {
    Expect(other_.valid(), "the transaction did not run");
    ExpectOk(other_.get(), "the other thread's Update");
  }
  int runs() const noexcept { return runs_; }
  bool came_between() const noexcept { return came_between_; }

 private:
  Subject& subject_;
  std::function<Status(MetadataTransaction&)> fn_;
  std::future<Status> other_;
  int runs_ = 0;
  bool came_between_ = false;
};

Status Grow(MetadataTransaction& transaction, FileNumber number, uint64_t bytes) {
  InodeRecord inode;
  DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(number, inode));
  inode.size_bytes += bytes;
  transaction.PutInode(inode);
  return {};
}

void MakeFile(Subject& subject) {
  subject.Commit([](MetadataTransaction& transaction) { transaction.PutInode(MakeInode(kFile)); });
}
void MakeEmptyDirectory(Subject& subject) {
  ExpectOk(subject.Create(kRoot, "directory", kDirectory.value, nullptr, FileType::kDirectory), "Create");
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

void AddDirectoryCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "before and after of a directory change are exact", [](Subject& subject) {
    InodeRecord directory = MakeFullInode(kDirectory, FileType::kDirectory);
    directory.mtime = {100, 5};
    directory.ctime = {300, 5};
    subject.Commit([&](MetadataTransaction& transaction) { transaction.PutInode(directory); });
    DirectoryChange change;
    subject.Commit(
        [&](MetadataTransaction& transaction) { transaction.ChangeDirectory(kDirectory, {2, 1, {200, 7}}, &change); });
    Expect(change.before.size_bytes == directory.size_bytes && change.before.change == directory.change, "before");
    Expect(change.before.mtime == Timestamp{100, 5} && change.before.ctime == Timestamp{300, 5}, "times before");
    InodeRecord after = directory;
    after.entry_count += 2;
    after.link_count += 1;
    after.mtime = {200, 7};
    after.change += 1;
    Expect(change.after == after, "after; ctime must stay, being later already");
    Expect(subject.Inode(kDirectory) == after, "the row");
  });
  AddCase(cases, factory, "a directory change merges over a record put in the same transaction", [](Subject& subject) {
    DirectoryChange change;
    subject.Commit([&](MetadataTransaction& transaction) {
      InodeRecord directory = MakeInode(kDirectory, FileType::kDirectory);
      directory.mode = 0700;
      transaction.ChangeDirectory(kDirectory, {1, 0, {5, 0}}, &change);
      transaction.PutInode(directory);
    });
    const InodeRecord directory = subject.Inode(kDirectory);
    Expect(directory.mode == 0700 && directory.entry_count == 1 && directory.change == 2, "another record");
    Expect(change.after == directory, "another after");
  });
  AddCase(cases, factory, "a change of a directory that does not exist is a conflict", [](Subject& subject) {
    const Status status = subject.TryCommit([](MetadataTransaction& transaction) {
      transaction.ChangeDirectory(kDirectory, {1, 0, {}}, nullptr);
      transaction.PutOrphan(FileNumber{50});
      return Status();
    });
    ExpectCode(status, ErrorCode::kConflict, "Update");
    ExpectCode(subject.Look(kDirectory), ErrorCode::kNotFound, "GetInode");
  });
  AddCase(cases, factory, "creates in one directory do not conflict", [](Subject& subject) {
    const auto create = [](MetadataTransaction& transaction, std::string_view name, uint64_t number) -> Status {
      InodeRecord parent;
      EntryRecord entry;
      DITTOFS_RETURN_IF_ERROR(transaction.GetInode(kRoot, parent));
      ExpectCode(transaction.GetEntry(kRoot, name, entry), ErrorCode::kNotFound, "GetEntry");
      transaction.PutInode(MakeInode(FileNumber{number}));
      transaction.PutEntry(kRoot, name, name, MakeEntry(number));
      transaction.ChangeDirectory(kRoot, {1, 0, {9, 0}}, nullptr);
      transaction.AddUsage({0, 1});
      return {};
    };
    Interference interfere(subject, [&](MetadataTransaction& other) { return create(other, "b", 21); });
    subject.Commit([&](MetadataTransaction& transaction) {
      ExpectOk(create(transaction, "a", 20), "create");
      interfere();
    });
    interfere.Finish();
    Expect(interfere.runs() == 1, "it ran again");
    Expect(subject.Inode(kRoot).entry_count == 2, "an entry is not counted");
  });
  AddCase(cases, factory, "a merged change makes who read the directory for update run again", [](Subject& subject) {
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.ChangeDirectory(kRoot, {1, 0, {9, 0}}, nullptr);
      return Status();
    });
    subject.Commit([&](MetadataTransaction& transaction) {
      InodeRecord root;
      ExpectOk(transaction.GetInodeForUpdate(kRoot, root), "GetInodeForUpdate");
      interfere();
      root.mode = 0711;
      transaction.PutInode(root);
    });
    interfere.Finish();
    const InodeRecord root = subject.Inode(kRoot);
    Expect(root.mode == 0711 && root.entry_count == 1, "one of two changes is lost");
  });
  AddCase(cases, factory, "a directory replaced meanwhile makes who read it run again", [](Subject& subject) {
    Interference interfere(subject, [](MetadataTransaction& other) {
      InodeRecord root;
      DITTOFS_RETURN_IF_ERROR(other.GetInodeForUpdate(kRoot, root));
      root.mode = 0;
      other.PutInode(root);
      return Status();
    });
    const Status status = subject.TryCommit([&](MetadataTransaction& transaction) -> Status {
      InodeRecord root;
      DITTOFS_RETURN_IF_ERROR(transaction.GetInode(kRoot, root));
      interfere();
      if (root.mode == 0) return ErrorCode::kAccessDenied;
      transaction.ChangeDirectory(kRoot, {1, 0, {9, 0}}, nullptr);
      return {};
    });
    interfere.Finish();
    if (interfere.came_between()) ExpectCode(status, ErrorCode::kAccessDenied, "Update");
  });
  AddCase(cases, factory, "a directory with entries can't be deleted", [](Subject& subject) {
    MakeEmptyDirectory(subject);
    ExpectOk(subject.Create(kDirectory, "file", 31), "Create");
    int runs = 0;
    const Status status = subject.TryCommit([&](MetadataTransaction& transaction) {
      ++runs;
      transaction.DeleteInode(kDirectory);
      return Status();
    });
    ExpectCode(status, ErrorCode::kConflict, "Update");
    Expect(runs > 1, "fn had no second chance to see the entry");
    ExpectOk(subject.Look(kDirectory), "GetInode");
  });
  AddCase(cases, factory, "a directory is deleted together with its last entry", [](Subject& subject) {
    MakeEmptyDirectory(subject);
    ExpectOk(subject.Create(kDirectory, "file", 31), "Create");
    subject.Commit([](MetadataTransaction& transaction) {
      EntryRecord entry;
      ExpectOk(transaction.GetEntry(kDirectory, "file", entry), "GetEntry");
      transaction.DeleteEntry(kDirectory, "file", "file", entry);
      transaction.DeleteInode(kDirectory);
    });
    ExpectCode(subject.Look(kDirectory), ErrorCode::kNotFound, "GetInode");
  });
  AddCase(cases, factory, "a directory that gets an entry meanwhile is not deleted", [](Subject& subject) {
    MakeEmptyDirectory(subject);
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.PutInode(MakeInode(FileNumber{31}));
      other.PutEntry(kDirectory, "file", "file", MakeEntry(31));
      other.ChangeDirectory(kDirectory, {1, 0, {}}, nullptr);
      return Status();
    });
    const Status status = subject.TryCommit([&](MetadataTransaction& transaction) -> Status {
      InodeRecord directory;
      DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(kDirectory, directory));
      interfere();
      if (directory.entry_count != 0) return ErrorCode::kNotEmpty;
      transaction.DeleteInode(kDirectory);
      return {};
    });
    if (!interfere.came_between()) return;
    interfere.Finish();
    ExpectCode(status, ErrorCode::kNotEmpty, "Update");
    ExpectOk(subject.Look(kDirectory), "GetInode");
  });
  AddCase(cases, factory, "an entry in a directory that is deleted meanwhile is not made", [](Subject& subject) {
    MakeEmptyDirectory(subject);
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.DeleteInode(kDirectory);
      return Status();
    });
    const Status status = subject.TryCommit([&](MetadataTransaction& transaction) -> Status {
      InodeRecord directory;
      DITTOFS_RETURN_IF_ERROR(transaction.GetInode(kDirectory, directory));
      interfere();
      transaction.PutInode(MakeInode(FileNumber{31}));
      transaction.PutEntry(kDirectory, "file", "file", MakeEntry(31));
      transaction.ChangeDirectory(kDirectory, {1, 0, {}}, nullptr);
      return {};
    });
    if (!interfere.came_between()) return;
    interfere.Finish();
    ExpectCode(status, ErrorCode::kNotFound, "Update");
    Expect(subject.Names(kDirectory).empty(), "an entry without a directory");
  });
}

void AddViewCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "a view is one snapshot across a commit that comes between", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      for (const uint64_t number : {20u, 21u}) {
        InodeRecord inode = MakeInode(FileNumber{number});
        inode.size_bytes = 100;
        transaction.PutInode(inode);
      }
    });
    Interference interfere(subject, [](MetadataTransaction& other) {
      DITTOFS_RETURN_IF_ERROR(Grow(other, FileNumber{20}, uint64_t{0} - 30));
      return Grow(other, FileNumber{21}, 30);
    });
    uint64_t sum = 0;
    subject.See([&](MetadataReader& reader) {
      InodeRecord first;
      InodeRecord second;
      ExpectOk(reader.GetInode(FileNumber{20}, first), "GetInode");
      interfere();
      ExpectOk(reader.GetInode(FileNumber{21}, second), "GetInode");
      sum = first.size_bytes + second.size_bytes;
    });
    interfere.Finish();
    Expect(sum == 200, "the view saw half of a commit");
  });
  AddCase(cases, factory, "a view of entries and their directory is one snapshot", [](Subject& subject) {
    ExpectOk(subject.Create(kRoot, "a", 20), "Create");
    Interference interfere(subject, [](MetadataTransaction& other) {
      other.PutInode(MakeInode(FileNumber{21}));
      other.PutEntry(kRoot, "b", "b", MakeEntry(21));
      other.ChangeDirectory(kRoot, {1, 0, {}}, nullptr);
      return Status();
    });
    uint64_t counted = 0;
    uint64_t listed = 0;
    subject.See([&](MetadataReader& reader) {
      InodeRecord root;
      listed = 0;
      ExpectOk(reader.GetInode(kRoot, root), "GetInode");
      interfere();
      counted = root.entry_count;
      ExpectOk(reader.ListEntries(kRoot, Cookie{}, false,
                                  [&](const MetadataEntry&) {
                                    ++listed;
                                    return true;
                                  }),
               "ListEntries");
    });
    interfere.Finish();
    Expect(counted == listed, "the view saw half of a commit");
  });
}

}  // namespace

void AddTransactionCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddOwnWriteCases(cases, factory);
  AddConflictCases(cases, factory);
  AddDirectoryCases(cases, factory);
  AddViewCases(cases, factory);
}

}  // namespace dittofs::testing
