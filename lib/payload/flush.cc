#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/sha256.h"
#include "payload/block_names.h"
#include "payload/flush_plan.h"
#include "payload/payload_impl.h"

namespace dittofs {
namespace {

using payload::ByteRange;
using payload::DirtyFile;
using payload::PlannedBlock;
using payload::ScopedBlock;

/// Blocks that one flush stores at the same time and publishes together; 16 MiB in memory.
constexpr size_t kBatchBlocks = 4;
/// How often a flush stores its blocks again because the collector took one before they were published.
constexpr int kMaxConflicts = 16;
/// How long it waits for a block that is being deleted.
constexpr std::chrono::seconds kMaxDeleteWait{10};
/// Beyond, cutting them out one by one costs more than capturing anew.
constexpr size_t kMaxDiscardedRanges = 1024;
constexpr int kMaxCaptures = 8;

/// `extent` without the ranges that were discarded, appended to `extents`.
void AppendWithout(const Extent& extent, const std::vector<ByteRange>& discarded, std::vector<Extent>& extents) {
  std::vector<Extent> left{extent};
  std::vector<Extent> next;
  for (const ByteRange& hole : discarded) {
    next.clear();
    for (const Extent& whole : left) {
      const uint64_t end = whole.offset + whole.length;
      if (hole.to <= whole.offset || hole.from >= end) {
        next.push_back(whole);
        continue;
      }
      if (hole.from > whole.offset) {
        next.push_back({whole.offset, hole.from - whole.offset, whole.block, whole.block_offset});
      }
      if (hole.to < end) {
        const auto skipped = static_cast<uint32_t>(hole.to - whole.offset);
        next.push_back({hole.to, end - hole.to, whole.block, whole.block_offset + skipped});
      }
    }
    left.swap(next);
  }
  extents.insert(extents.end(), left.begin(), left.end());
}

}  // namespace

/// One flush of one file: what was dirty when it captured, batch by batch, by file offset.
class PayloadService::Impl::FlushRun {
 public:
  FlushRun(Impl& service, ContentId id, DirtyFile& file, ExtentPublisher& publisher)
      : service_(service), id_(id), file_(file), publisher_(publisher) {}

  Status Run() {
    for (int attempt = 0; attempt < kMaxCaptures; ++attempt) {
      too_many_discards_ = false;
      const Status status = RunOnce();
      if (!too_many_discards_) return status;
    }
    return Status(ErrorCode::kTryLater, "the file is cut faster than it can be stored");
  }

 private:
  Status RunOnce() {
    std::vector<PlannedBlock> blocks;
    uint64_t captured_ns = 0;
    {
      std::vector<cache::Piece> captured;
      captured_ns = service_.environment.clock->MonotonicNanoseconds();
      {
        base::MutexLock lock(file_.mutex);
        captured_sequence_ = file_.slices.Capture(captured);
        file_.discarded.clear();
      }
      blocks = payload::PlanBlocks(captured);
    }
    for (size_t i = 0; i < blocks.size(); i += kBatchBlocks) {
      const std::span batch = std::span(blocks).subspan(i, std::min(kBatchBlocks, blocks.size() - i));
      DITTOFS_RETURN_IF_ERROR(RunBatch(batch));
    }
    base::MutexLock lock(file_.mutex);
    file_.oldest_ns = captured_ns;  // whatever is left was written later
    return {};
  }

  Status RunBatch(std::span<PlannedBlock> batch) {
    payload::HeldBlocks held(service_.in_use);
    std::array<Buffer, kBatchBlocks> contents;
    service_.pool.RunAll(batch.size(), [&](size_t i) {
      contents[i] = payload::Assemble(batch[i]);
      const BlockId id = base::Sha256(contents[i].bytes());
      for (Extent& range : batch[i].ranges) range.block = id;
    });
    DITTOFS_RETURN_IF_ERROR(StoreBlocks(batch, contents, held));
    DITTOFS_RETURN_IF_ERROR(Publish(batch, contents, held));
    // Readers find the blocks in the cache before the dirty bytes go.
    for (size_t i = 0; i < batch.size(); ++i) service_.cache.Insert(batch[i].ranges[0].block, contents[i]);
    const uint64_t from = batch.front().ranges.front().offset;
    const uint64_t to = batch.back().ranges.back().offset + batch.back().ranges.back().length;
    base::MutexLock lock(file_.mutex);
    service_.EraseDirty(file_, from, to, captured_sequence_);
    return {};
  }

  Status StoreBlocks(std::span<PlannedBlock> batch, std::span<const Buffer> contents, payload::HeldBlocks& held) {
    std::array<Status, kBatchBlocks> results;
    service_.pool.RunAll(batch.size(), [&](size_t i) {
      results[i] = StoreBlock({id_.block_scope, batch[i].ranges[0].block}, contents[i], held);
    });
    for (Status& result : results) {
      if (!result.ok()) return std::move(result);
    }
    return {};
  }

  /// Puts the block unless it is stored; holds it in both cases.
  Status StoreBlock(const ScopedBlock& block, const Buffer& content, payload::HeldBlocks& held) {
    const auto deadline = std::chrono::steady_clock::now() + kMaxDeleteWait;
    std::chrono::milliseconds pause{1};
    while (true) {
      held.Hold(block);
      const Status found = publisher_.FindBlock(block.block);
      if (found.ok()) {
        service_.blocks_shared.fetch_add(1, std::memory_order_relaxed);
        return {};
      }
      if (found == ErrorCode::kNotFound) {
        const Status stored = service_.store.Put(payload::BlockKeyOf(block.block_scope, block.block), content.bytes());
        if (stored.ok()) service_.blocks_stored.fetch_add(1, std::memory_order_relaxed);
        return stored;
      }
      if (found != ErrorCode::kTryLater) return found;
      // The collector needs it free to finish.
      held.Release(block);
      if (std::chrono::steady_clock::now() >= deadline) return found;
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, std::chrono::milliseconds{50});
    }
  }

  Status Publish(std::span<PlannedBlock> batch, std::span<const Buffer> contents, payload::HeldBlocks& held) {
    std::vector<Extent> extents;
    std::vector<uint32_t> sizes;
    int conflicts = 0;
    while (true) {
      std::vector<ByteRange> discarded;
      {
        base::MutexLock lock(file_.mutex);
        discarded = file_.discarded;
      }
      if (discarded.size() > kMaxDiscardedRanges) {
        too_many_discards_ = true;
        return ErrorCode::kTryLater;
      }
      extents.clear();
      sizes.clear();
      for (const PlannedBlock& block : batch) {
        for (const Extent& range : block.ranges) AppendWithout(range, discarded, extents);
        sizes.resize(extents.size(), block.size_bytes);
      }
      if (extents.empty()) return {};
      bool more_discarded = false;
      Status status = publisher_.Publish(extents, sizes, [&]() -> Status {
        base::MutexLock lock(file_.mutex);
        more_discarded = file_.discarded.size() != discarded.size();
        return more_discarded ? ErrorCode::kCancelled : ErrorCode::kOk;
      });
      if (more_discarded) continue;
      if (status != ErrorCode::kConflict || ++conflicts > kMaxConflicts) return status;
      held.ReleaseAll();
      DITTOFS_RETURN_IF_ERROR(StoreBlocks(batch, contents, held));
    }
  }

  Impl& service_;
  const ContentId id_;
  DirtyFile& file_;
  ExtentPublisher& publisher_;
  uint64_t captured_sequence_ = 0;
  bool too_many_discards_ = false;
};

Status PayloadService::Flush(const CallContext& context, ContentId id, ExtentPublisher& publisher) {
  const std::shared_ptr<DirtyFile> file = impl_->files.Find(id);
  if (!file) return {};
  context.WillBlock();
  {
    base::MutexLock lock(file->mutex);
    while (file->flushing) file->flush_ended.Wait(file->mutex);
    if (file->slices.empty()) return {};
    file->flushing = true;
  }
  Status status = Impl::FlushRun(*impl_, id, *file, publisher).Run();
  {
    base::MutexLock lock(file->mutex);
    if (status == ErrorCode::kStale) impl_->EraseDirty(*file, 0, UINT64_MAX, UINT64_MAX);
    file->flushing = false;
    file->discarded.clear();
    file->flush_ended.NotifyAll();
  }
  impl_->files.RemoveIfIdle(id);
  if (!status.ok() && status != ErrorCode::kStale) {
    impl_->flush_failures.fetch_add(1, std::memory_order_relaxed);
    impl_->log.Warning("written bytes could not be stored; they stay in memory",
                       {{"file", id.file.value}, {"error", status.ToString()}});
  }
  return status;
}

}  // namespace dittofs
