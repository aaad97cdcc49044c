#include "metadata_store_subject.h"

#include <exception>
#include <mutex>
#include <thread>

namespace dittofs::testing {

Subject::Subject(const MetadataStoreFactory& factory) : place_(factory()) {
  Expect(place_ != nullptr, "the factory made no place");
  store_ = Take(place_->Open(), "Open");
  ExpectOk(store_->OpenShare(kShare, "first", 101, {1, 2}).status(), "OpenShare");
  Commit([](MetadataTransaction& transaction) { transaction.PutInode(MakeInode(kRoot, FileType::kDirectory)); });
}

void Subject::Reopen() {
  store_.reset();
  store_ = Take(place_->Open(), "Open, again");
}

void Subject::SkipUnlessDurable() {
  if (!store_->traits().durable) throw CaseSkip{"traits().durable is false"};
}

void Subject::Commit(FunctionRef<void(MetadataTransaction&)> write, ShareId share) {
  ExpectOk(store_->Update(share, CommitDurability::kBuffered,
                          [&](MetadataTransaction& transaction) {
                            write(transaction);
                            return Status();
                          }),
           "Update");
}

Status Subject::TryCommit(FunctionRef<Status(MetadataTransaction&)> fn, ShareId share, CommitDurability durability) {
  return store_->Update(share, durability, fn);
}

void Subject::See(FunctionRef<void(MetadataReader&)> read, ShareId share) {
  ExpectOk(store_->View(share,
                        [&](MetadataReader& reader) {
                          read(reader);
                          return Status();
                        }),
           "View");
}

Status Subject::Create(FileNumber directory, std::string_view name, uint64_t number, DirectoryChange* change,
                       FileType type) {
  return store_->Update(kShare, CommitDurability::kBuffered, [&](MetadataTransaction& transaction) -> Status {
    InodeRecord parent;
    DITTOFS_RETURN_IF_ERROR(transaction.GetInode(directory, parent));
    EntryRecord entry;
    const Status found = transaction.GetEntry(directory, name, entry);
    if (found.ok()) return ErrorCode::kExists;
    if (!(found == ErrorCode::kNotFound)) return found;
    transaction.PutInode(MakeInode(FileNumber{number}, type));
    transaction.PutEntry(directory, name, name, MakeEntry(number, type));
    const int32_t links = type == FileType::kDirectory ? 1 : 0;
    transaction.ChangeDirectory(directory, {1, links, {static_cast<int64_t>(number), 0}}, change);
    transaction.AddUsage({0, 1});
    return {};
  });
}

Status Subject::Remove(FileNumber directory, std::string_view name) {
  return store_->Update(kShare, CommitDurability::kBuffered, [&](MetadataTransaction& transaction) -> Status {
    EntryRecord entry;
    DITTOFS_RETURN_IF_ERROR(transaction.GetEntry(directory, name, entry));
    InodeRecord inode;
    DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(entry.child, inode));
    transaction.DeleteEntry(directory, name, name, entry);
    transaction.DeleteInode(entry.child);
    const int32_t links = inode.type == FileType::kDirectory ? -1 : 0;
    transaction.ChangeDirectory(directory, {-1, links, {}}, nullptr);
    transaction.AddUsage({0, -1});
    return {};
  });
}

InodeRecord Subject::Inode(FileNumber number, ShareId share) {
  InodeRecord inode;
  See([&](MetadataReader& reader) { ExpectOk(reader.GetInode(number, inode), "GetInode"); }, share);
  return inode;
}

Status Subject::Look(FileNumber number, ShareId share) {
  return store_->View(share, [&](MetadataReader& reader) {
    InodeRecord inode;
    return reader.GetInode(number, inode);
  });
}

std::vector<std::string> Subject::Names(FileNumber directory, Cookie after, size_t max, ShareId share) {
  std::vector<std::string> names;
  See(
      [&](MetadataReader& reader) {
        names.clear();
        if (max == 0) return;
        ExpectOk(reader.ListEntries(directory, after, false,
                                    [&](const MetadataEntry& entry) {
                                      names.emplace_back(entry.name);
                                      return names.size() < max;
                                    }),
                 "ListEntries");
      },
      share);
  return names;
}

InodeRecord MakeInode(FileNumber number, FileType type) {
  InodeRecord inode;
  inode.number = number;
  inode.type = type;
  inode.mode = 0644;
  inode.link_count = type == FileType::kDirectory ? 2 : 1;
  inode.change = 1;
  return inode;
}

InodeRecord MakeFullInode(FileNumber number, FileType type) {
  InodeRecord inode;
  inode.number = number;
  inode.type = type;
  inode.mode = 07777;
  inode.uid = UINT32_MAX;
  inode.gid = 0x80000001u;
  inode.link_count = 3;
  inode.size_bytes = UINT64_MAX - 1;
  inode.used_bytes = 4096;
  inode.device = {0xffffffffu, 0xfffffffeu};
  inode.atime = {-1, 999999999};
  inode.mtime = {INT64_MAX, 1};
  inode.ctime = {INT64_MIN, 2};
  inode.btime = {1700000000, 3};
  inode.change = 77;
  inode.parent = FileNumber{UINT64_MAX};
  inode.entry_count = 5;
  inode.create_verifier = Verifier{0xfedcba9876543210u};
  inode.has_create_verifier = true;
  inode.flags = 0xa5a5a5a5u;
  return inode;
}

EntryRecord MakeEntry(uint64_t number, FileType type) {
  return EntryRecord{FileNumber{number}, type, Cookie{number}};
}

BlockId MakeBlock(uint8_t first, uint8_t rest) {
  BlockId block;
  block.sha256.fill(rest);
  block.sha256[0] = first;
  return block;
}

void RunThreads(int count, const std::function<void(int)>& fn) {
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      try {
        fn(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

void AddCase(CaseList& cases, const MetadataStoreFactory& factory, std::string name, CaseBody body) {
  cases.push_back(MakeCase(std::move(name), [factory, body] {
    Subject subject(factory);
    body(subject);
  }));
}

std::vector<SuiteCase> MetadataStoreCases(const MetadataStoreFactory& factory) {
  CaseList cases;
  AddRowCases(cases, factory);
  AddEntryCases(cases, factory);
  AddContentCases(cases, factory);
  AddTransactionCases(cases, factory);
  AddDirectoryCases(cases, factory);
  AddConcurrencyCases(cases, factory);
  AddStoreCases(cases, factory);
  return cases;
}

SuiteReport RunMetadataStoreSuite(const MetadataStoreFactory& factory,
                                  const std::function<void(const CaseResult&)>& reporter) {
  return RunCases(MetadataStoreCases(factory), reporter);
}

}  // namespace dittofs::testing
