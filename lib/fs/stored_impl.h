#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "fs/content_changes.h"
#include "fs/stored_file_system.h"

namespace dittofs::fs {

/// The 64 bits by which clients find out that unstable bytes may be gone. Thread-safe.
class WriteVerifier {
 public:
  explicit WriteVerifier(Random& random) : random_(random), bits_(random.Next64()) {}
  Verifier Get() const noexcept { return {bits_.load()}; }
  /// A flush ended with `status`. The first failure after a success changes the verifier, so that clients send again
  /// what they were not told is stable; while failures follow each other nothing more is lost.
  void NoteFlush(const Status& status);

 private:
  Random& random_;
  std::atomic<uint64_t> bits_;
  std::atomic<bool> failing_{false};
};

/// Files with a size or times to publish and no dirty bytes that a flush would find them by. Thread-safe.
class UnpublishedFiles {
 public:
  static constexpr size_t kMaxFiles = 65536;
  /// False: full; publish at once.
  bool Add(FileNumber file) EXCLUDES(mutex_);
  std::vector<FileNumber> TakeAll() EXCLUDES(mutex_);

 private:
  base::Mutex mutex_;  // rank: leaf
  std::unordered_set<FileNumber> files_ GUARDED_BY(mutex_);
};

class StoredFiles final : public StoredFileSystem, private ContentObserver, private PressureListener {
 public:
  StoredFiles(MetadataService& metadata, PayloadService& payload, const StoredFileSystemOptions& options);
  ~StoredFiles() override;

  const FileSystemTraits& traits() const noexcept override { return traits_; }

  // Names and attributes: MetadataService answers (stored_file_system.cc).

  Status GetAttributes(const CallContext& context, FileNumber file, AttributeMask wanted,
                       Attributes& attributes) override;
  Status Lookup(const CallContext& context, FileNumber directory, std::string_view name, AttributeMask wanted,
                LookupReply& reply) override;
  Status ReadDirectory(const CallContext& context, FileNumber directory, const ReadDirectoryRequest& request,
                       DirectorySink& sink, ReadDirectoryReply& reply) override;
  Status CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted, CheckAccessReply& reply) override;
  Status ReadSymlink(const CallContext& context, FileNumber file, std::string& target, Attributes& attributes) override;
  Status MakeDirectory(const CallContext& context, FileNumber directory, std::string_view name,
                       const AttributeChanges& initial, MakeReply& reply) override;
  Status MakeSymlink(const CallContext& context, FileNumber directory, std::string_view name, std::string_view target,
                     const AttributeChanges& initial, MakeReply& reply) override;
  Status MakeNode(const CallContext& context, FileNumber directory, std::string_view name, FileType type,
                  DeviceNumber device, const AttributeChanges& initial, MakeReply& reply) override;
  Status Link(const CallContext& context, FileNumber file, FileNumber directory, std::string_view name,
              LinkReply& reply) override;
  Status Remove(const CallContext& context, const RemoveRequest& request, RemoveReply& reply) override;
  Status Rename(const CallContext& context, const RenameRequest& request, RenameReply& reply) override;
  Status GetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                              std::string& value) override;
  Status SetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                              std::string_view value, bool must_create, bool must_replace,
                              SetAttributesReply& reply) override;
  Status ListExtendedAttributes(const CallContext& context, FileNumber file, std::string& names) override;
  Status RemoveExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                 SetAttributesReply& reply) override;
  Status GetStatistics(const CallContext& context, FileSystemStatistics& statistics) override;

  // Content (content.cc).

  Status Read(const CallContext& context, FileNumber file, uint64_t offset, uint32_t length, ReadReply& reply) override;
  Status Write(const CallContext& context, WriteRequest& request, WriteReply& reply) override;
  Status Commit(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                CommitReply& reply) override;

  // What takes bytes away or finds holes (holes.cc).

  Status SetAttributes(const CallContext& context, FileNumber file, const AttributeChanges& changes,
                       SetAttributesReply& reply) override;
  Status Create(const CallContext& context, const CreateRequest& request, CreateReply& reply) override;
  Status Deallocate(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                    SetAttributesReply& reply) override;
  Status Seek(const CallContext& context, FileNumber file, uint64_t offset, SeekTarget target,
              SeekReply& reply) override;
  Status Clone(const CallContext& context, FileNumber from, uint64_t from_offset, FileNumber to, uint64_t to_offset,
               uint64_t length, SetAttributesReply& reply) override;

  // Background (background.cc).

  Status FlushAll(uint32_t deadline_ms) override;
  Status Close(uint32_t deadline_ms) override;
  Status RunBackgroundWork() override;

 private:
  class Publisher;

  ContentId IdOf(FileNumber file) const noexcept { return {block_scope_, file}; }
  /// Stores dirty bytes, commits extents, then size and times. `pair`, if not null, is of the last commit.
  Status FlushFile(const CallContext& context, FileNumber file, ChangePair* pair);
  /// After a write whose size could not be noted: what lies beyond the end of the file must not come to light later.
  void ForgetBeyondEnd(FileNumber file, uint64_t offset, uint64_t length);
  /// The range [at, end) of the next content at or after `offset`, dirty or stored, before `limit`; at == limit if
  /// none.
  Status FindContent(const CallContext& context, FileNumber file, uint64_t offset, uint64_t limit, uint64_t& at,
                     uint64_t& end);

  // ContentObserver.
  Status WillTruncate(const CallContext& context, FileNumber file, uint64_t size_bytes) override;
  void DidRemove(FileNumber file) noexcept override;
  void DidDropContent(FileNumber file, uint64_t from, uint64_t to) noexcept override;
  // PressureListener.
  void OnPressure() noexcept override;

  void RunFlusher() EXCLUDES(mutex_);
  void RunCollector() EXCLUDES(mutex_);
  void StopThreads() EXCLUDES(mutex_);
  bool stopping() EXCLUDES(mutex_);
  Status FlushOld(uint64_t older_than_ms);
  Status PublishLeftOvers();
  Status Collect();
  Status DeleteTaken(const std::vector<BlockId>& blocks);

  MetadataService& metadata_;
  PayloadService& payload_;
  const StoredFileSystemOptions options_;
  const Environment environment_;
  const base::Logger log_;
  const uint64_t block_scope_;
  FileSystemTraits traits_;
  WriteVerifier verifier_;
  ContentChanges changes_;
  UnpublishedFiles unpublished_;

  base::Mutex mutex_;  // rank: leaf
  base::CondVar wake_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool pressure_ GUARDED_BY(mutex_) = false;
  std::thread flusher_;
  std::thread collector_;
};

/// Keeps `request`'s hook but none of its caller's limits: for the second half of an operation that was allowed.
inline CallContext OnBehalf(const CallContext& context) noexcept {
  return {kSuperuser, context.blocking};
}

}  // namespace dittofs::fs
