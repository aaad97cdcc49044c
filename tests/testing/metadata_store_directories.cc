#include "interference.h"
#include "metadata_store_subject.h"

namespace dittofs::testing {
namespace {

constexpr FileNumber kDirectory{30};

void MakeEmptyDirectory(Subject& subject) {
  ExpectOk(subject.Create(kRoot, "directory", kDirectory.value, nullptr, FileType::kDirectory), "Create");
}

void AddChangeCases(CaseList& cases, const MetadataStoreFactory& factory) {
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

void AddDirectoryCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddChangeCases(cases, factory);
  AddViewCases(cases, factory);
}

}  // namespace dittofs::testing
