#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "case_checks.h"
#include "dittofs/metadata_store.h"
#include "dittofs/testing/metadata_store_suite.h"

namespace dittofs::testing {

inline constexpr ShareId kShare{7};
inline constexpr ShareId kOtherShare{8};
inline constexpr FileNumber kRoot{1};

/// The store under test, opened in a fresh place, with one share whose root directory has number 1.
class Subject {
 public:
  explicit Subject(const MetadataStoreFactory& factory);

  MetadataStore& store() noexcept { return *store_; }
  /// Closes the store and opens it again in the same place.
  void Reopen();
  void SkipUnlessDurable();

  /// Update() of the share that must succeed.
  void Commit(FunctionRef<void(MetadataTransaction&)> write, ShareId share = kShare);
  Status TryCommit(FunctionRef<Status(MetadataTransaction&)> fn, ShareId share = kShare,
                   CommitDurability durability = CommitDurability::kBuffered);
  /// View() of the share that must succeed.
  void See(FunctionRef<void(MetadataReader&)> read, ShareId share = kShare);

  /// Makes a file with an entry, as a create does: number = cookie.
  Status Create(FileNumber directory, std::string_view name, uint64_t number, DirectoryChange* change = nullptr,
                FileType type = FileType::kRegular);
  Status Remove(FileNumber directory, std::string_view name);
  InodeRecord Inode(FileNumber number, ShareId share = kShare);
  /// What GetInode() answers.
  Status Look(FileNumber number, ShareId share = kShare);
  std::vector<std::string> Names(FileNumber directory, Cookie after = {}, size_t max = SIZE_MAX,
                                 ShareId share = kShare);

 private:
  std::unique_ptr<MetadataStorePlace> place_;
  std::unique_ptr<MetadataStore> store_;
};

InodeRecord MakeInode(FileNumber number, FileType type = FileType::kRegular);
/// Every field filled, none alike.
InodeRecord MakeFullInode(FileNumber number, FileType type);
EntryRecord MakeEntry(uint64_t number, FileType type = FileType::kRegular);
BlockId MakeBlock(uint8_t first, uint8_t rest = 0x5a);

/// Runs fn(0) … fn(count - 1), each in a thread of its own, and waits for all. A failed check in any fails the case.
void RunThreads(int count, const std::function<void(int)>& fn);

using CaseList = std::vector<SuiteCase>;
using CaseBody = void (*)(Subject&);
/// Adds a case with a fresh subject.
void AddCase(CaseList& cases, const MetadataStoreFactory& factory, std::string name, CaseBody body);

void AddRowCases(CaseList& cases, const MetadataStoreFactory& factory);
void AddEntryCases(CaseList& cases, const MetadataStoreFactory& factory);
void AddContentCases(CaseList& cases, const MetadataStoreFactory& factory);
void AddTransactionCases(CaseList& cases, const MetadataStoreFactory& factory);
void AddDirectoryCases(CaseList& cases, const MetadataStoreFactory& factory);
void AddConcurrencyCases(CaseList& cases, const MetadataStoreFactory& factory);
void AddStoreCases(CaseList& cases, const MetadataStoreFactory& factory);

}  // namespace dittofs::testing
