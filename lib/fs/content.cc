#include <algorithm>

#include "base/bytes.h"
#include "fs/stored_impl.h"

namespace dittofs::fs {
namespace {

/// How often a read or write starts again because the file was cut meanwhile. Beyond, the operations are as concurrent
/// as can be, and any order of their bytes is one that the callers have asked for.
constexpr int kMaxAttempts = 16;

/// Failures that say nothing about the stores.
bool IsTransient(const Status& status) noexcept {
  return status == ErrorCode::kStale || status == ErrorCode::kTryLater || status == ErrorCode::kConflict ||
         status == ErrorCode::kCancelled || status == ErrorCode::kTimedOut;
}

}  // namespace

void WriteVerifier::NoteFlush(const Status& status) {
  if (status.ok()) {
    if (failing_.load(std::memory_order_relaxed)) failing_.store(false);
    return;
  }
  if (!IsTransient(status) && !failing_.exchange(true)) bits_.store(random_.Next64());
}

bool UnpublishedFiles::Add(FileNumber file) {
  base::MutexLock lock(mutex_);
  if (files_.size() >= kMaxFiles && !files_.contains(file)) return false;
  files_.insert(file);
  return true;
}

std::vector<FileNumber> UnpublishedFiles::TakeAll() {
  base::MutexLock lock(mutex_);
  std::vector<FileNumber> files(files_.begin(), files_.end());
  files_.clear();
  return files;
}

/// The metadata side of one flush. Runs on several threads of the flush, so without the caller's hook.
class StoredFiles::Publisher final : public ExtentPublisher {
 public:
  Publisher(MetadataService& metadata, FileNumber file) : metadata_(metadata), file_(file) {}

  Status FindBlock(const BlockId& block) override {
    uint32_t size_bytes = 0;
    return metadata_.FindBlock(kSuperuserContext, block, &size_bytes);
  }
  Status Publish(std::span<const Extent> extents, std::span<const uint32_t> block_sizes,
                 FunctionRef<Status()> still_wanted) override {
    ChangePair pair;
    return metadata_.PublishExtents(kSuperuserContext, file_, extents, block_sizes, &pair, still_wanted);
  }

 private:
  MetadataService& metadata_;
  const FileNumber file_;
};

Status StoredFiles::FlushFile(const CallContext& context, FileNumber file, ChangePair* pair) {
  Publisher publisher(metadata_, file);
  const CallContext own = OnBehalf(context);
  ChangePair published;
  Status status = payload_.Flush(own, IdOf(file), publisher);
  if (status.ok()) {
    // The size of what was flushed is durable with its extents; what else is pending may belong to newer writes, whose
    // size must wait for their bytes.
    bool newer = false;
    status = metadata_.PublishPending(own, file, pair ? pair : &published, [&]() -> Status {
      newer = payload_.IsDirty(IdOf(file));
      return newer ? ErrorCode::kCancelled : ErrorCode::kOk;
    });
    if (newer) status = {};
  }
  verifier_.NoteFlush(status);
  return status;
}

Status StoredFiles::Read(const CallContext& context, FileNumber file, uint64_t offset, uint32_t length,
                         ReadReply& reply) {
  for (int attempt = 0;; ++attempt) {
    const uint64_t version = changes_.Begin(context, file);
    DITTOFS_RETURN_IF_ERROR(metadata_.AuthorizeRead(context, file, reply.file));
    const uint64_t size = reply.file.size_bytes;
    uint32_t wanted = 0;
    if (offset < size) wanted = static_cast<uint32_t>(std::min<uint64_t>(length, size - offset));
    DITTOFS_RETURN_IF_ERROR(payload_.Read(
        context, IdOf(file), offset, wanted,
        [&](std::vector<Extent>& extents) { return metadata_.GetExtents(context, file, offset, wanted, extents); },
        reply.content));
    reply.end_of_file = offset >= size || wanted == size - offset;
    if (changes_.Same(file, version) || attempt == kMaxAttempts) return {};
    reply.content.Clear();
  }
}

Status StoredFiles::Write(const CallContext& context, WriteRequest& request, WriteReply& reply) {
  const FileNumber file = request.file;
  const uint64_t length = request.content.size_bytes();
  reply.verifier = verifier_.Get();
  reply.stability = request.stability;
  if (Status status = metadata_.AuthorizeWrite(context, file, request.offset, length); !status.ok()) {
    if (status == ErrorCode::kTryLater) OnPressure();  // too many files with unpublished sizes: publish some
    return status;
  }
  if (length == 0) return metadata_.GetAttributes(context, file, AttributeMask::kAll, reply.file.after);
  for (int attempt = 0;; ++attempt) {
    const uint64_t version = changes_.Begin(context, file);
    const Status written = payload_.Write(context, IdOf(file), request.offset, request.content);
    // No protocol has a word for "a write larger than the whole cache".
    if (written == ErrorCode::kTooSmall) return ErrorCode::kNoSpace;
    if (!written.ok()) return written;
    reply.file = {};
    const Status noted = metadata_.NoteWrite(context, file, request.offset, length, reply.file);
    if (!noted.ok()) {
      ForgetBeyondEnd(file, request.offset, length);
      return noted;
    }
    // If the file was cut in between, bytes or size may have gone: write after the cut.
    if (changes_.Same(file, version) || attempt == kMaxAttempts) break;
  }
  reply.count_bytes = length;
  if (options_.durable && request.stability != Stability::kUnstable) {
    DITTOFS_RETURN_IF_ERROR(FlushFile(context, file, nullptr));
    reply.stability = Stability::kFileSync;
    return {};
  }
  // A flush may have taken the bytes before their size was noted; nobody would find the file by its dirty bytes then.
  if (!payload_.IsDirty(IdOf(file)) && !unpublished_.Add(file)) return FlushFile(context, file, nullptr);
  return {};
}

void StoredFiles::ForgetBeyondEnd(FileNumber file, uint64_t offset, uint64_t length) {
  Attributes now;
  const Status status = metadata_.GetAttributes(kSuperuserContext, file, AttributeMask::kSize, now);
  if (status.ok()) {
    payload_.Discard(IdOf(file), std::max(now.size_bytes, offset), offset + length);
  } else if (status == ErrorCode::kStale) {
    payload_.Discard(IdOf(file), 0, UINT64_MAX);
  }
}

Status StoredFiles::Commit(const CallContext& context, FileNumber file, uint64_t /*offset*/, uint64_t /*length*/,
                           CommitReply& reply) {
  reply.verifier = verifier_.Get();
  DITTOFS_RETURN_IF_ERROR(metadata_.AuthorizeWrite(context, file, 0, 0));
  if (options_.durable) {
    // Also when another flush is under way: its answer is not known yet, so this call waits for it.
    const Status status = FlushFile(context, file, &reply.file);
    reply.verifier = verifier_.Get();
    DITTOFS_RETURN_IF_ERROR(status);
  }
  if (!reply.file.after.present()) {
    DITTOFS_RETURN_IF_ERROR(metadata_.GetAttributes(context, file, AttributeMask::kAll, reply.file.after));
  }
  return {};
}

}  // namespace dittofs::fs
