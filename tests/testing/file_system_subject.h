#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "case_checks.h"
#include "dittofs/file_system.h"
#include "dittofs/testing/file_system_suite.h"

namespace dittofs::testing {

inline constexpr CallContext kRootCaller{kSuperuser, nullptr};
inline constexpr CallContext kAlice{Identity{1000, 1000, {}}, nullptr};
inline constexpr CallContext kBob{Identity{2000, 2000, {}}, nullptr};

struct ListedEntry {
  std::string name;
  FileNumber number;
  Cookie cookie;
  Attributes attributes;  ///< Present if asked for and given.
};

/// The file system under test, opened in a fresh place. Operations are root's unless they say otherwise, and must
/// succeed unless they start with Try; one that is not supported skips the case.
class FileSystemSubject {
 public:
  explicit FileSystemSubject(const FileSystemFactory& factory);

  FileSystem& fs() noexcept { return *fs_; }
  const FileSystemTraits& traits() const noexcept { return fs_->traits(); }
  FileNumber root() const noexcept { return fs_->root(); }
  void Reopen();
  bool keeps_files() const { return place_->keeps_files(); }
  void SkipUnlessWritable() const;
  void SkipUnlessReadOnly() const;
  /// Throws CaseSkip if `status` is kNotSupported.
  static void Need(const Status& status, std::string_view operation);

  Status TryCreate(FileNumber directory, std::string_view name, CreateDisposition disposition, CreateReply& reply,
                   const CallContext& caller = kRootCaller, std::optional<uint32_t> mode = {});
  FileNumber Create(FileNumber directory, std::string_view name, const CallContext& caller = kRootCaller,
                    uint32_t mode = 0644);
  FileNumber MakeDirectory(FileNumber directory, std::string_view name, const CallContext& caller = kRootCaller,
                           uint32_t mode = 0755);
  /// A directory in the root that everybody may write to.
  FileNumber MakePublicDirectory(std::string_view name) { return MakeDirectory(root(), name, kRootCaller, 0777); }
  Status TryRemove(FileNumber directory, std::string_view name, RemoveKind kind = RemoveKind::kAnyButDirectory,
                   const CallContext& caller = kRootCaller);
  void Remove(FileNumber directory, std::string_view name, RemoveKind kind = RemoveKind::kAnyButDirectory);
  Status TryRename(FileNumber from, std::string_view from_name, FileNumber to, std::string_view to_name,
                   RenameReply& reply, const CallContext& caller = kRootCaller);
  void Rename(FileNumber from, std::string_view from_name, FileNumber to, std::string_view to_name);
  Status TryWrite(FileNumber file, uint64_t offset, std::string_view content, WriteReply& reply,
                  const CallContext& caller = kRootCaller, Stability stability = Stability::kUnstable);
  WriteReply Write(FileNumber file, uint64_t offset, std::string_view content,
                   Stability stability = Stability::kUnstable);
  Status TryRead(FileNumber file, uint64_t offset, uint32_t length, std::string& content, bool* end_of_file = nullptr,
                 const CallContext& caller = kRootCaller);
  std::string Read(FileNumber file, uint64_t offset, uint32_t length);
  /// Whole, in reads of at most 1 MiB.
  std::string ReadAll(FileNumber file);
  CommitReply Commit(FileNumber file);
  Status TrySet(FileNumber file, const AttributeChanges& changes, const CallContext& caller = kRootCaller);
  void Truncate(FileNumber file, uint64_t size_bytes);

  Attributes Get(FileNumber file);
  /// What GetAttributes() answers.
  Status Look(FileNumber file);
  /// 0 if there is no such name.
  FileNumber Find(FileNumber directory, std::string_view name);
  /// The whole directory, in pages of `page_entries`. Checks order and uniqueness of cookies on the way.
  std::vector<ListedEntry> List(FileNumber directory, size_t page_entries = 100,
                                AttributeMask attributes = AttributeMask::kNone);
  /// One page after `after`.
  std::vector<ListedEntry> ListPage(FileNumber directory, Cookie after, size_t max_entries, bool& end,
                                    AttributeMask attributes = AttributeMask::kNone);

 private:
  std::unique_ptr<FileSystemPlace> place_;
  FileSystem* fs_ = nullptr;
};

using FileSystemCaseBody = void (*)(FileSystemSubject&);
/// Adds a case with a fresh subject.
void AddCase(std::vector<SuiteCase>& cases, const FileSystemFactory& factory, std::string name,
             FileSystemCaseBody body);
/// The same, skipped where traits().read_only.
void AddWritingCase(std::vector<SuiteCase>& cases, const FileSystemFactory& factory, std::string name,
                    FileSystemCaseBody body);

void AddTreeCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory);
void AddNameCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory);
void AddRenameCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory);
void AddFileContentCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory);
void AddAttributeCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory);
void AddPermissionCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory);

}  // namespace dittofs::testing
