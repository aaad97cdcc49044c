#include <algorithm>
#include <chrono>
#include <thread>

#include "fs/stored_impl.h"

namespace dittofs::fs {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kFilesPerRound = 64;
constexpr size_t kOrphanExtentsPerStep = 1024;
constexpr size_t kBlocksPerStep = 256;
/// The pause after a failed round; doubled by every further failure.
constexpr milliseconds kFirstPause{500};
constexpr milliseconds kMaxPause{30'000};
/// How often a block that a flush holds for a moment is asked for again.
constexpr int kMaxDeleteAttempts = 40;
constexpr milliseconds kDeletePause{5};

}  // namespace

void StoredFiles::OnPressure() noexcept {
  base::MutexLock lock(mutex_);
  pressure_ = true;
  wake_.NotifyAll();
}

bool StoredFiles::stopping() {
  base::MutexLock lock(mutex_);
  return stopping_;
}

Status StoredFiles::PublishLeftOvers() {
  Status first;
  for (const FileNumber file : unpublished_.TakeAll()) {
    Status status = FlushFile(kSuperuserContext, file, nullptr);
    if (status.ok() || status == ErrorCode::kStale) continue;
    unpublished_.Add(file);
    if (first.ok()) first = std::move(status);
  }
  return first;
}

Status StoredFiles::FlushOld(uint64_t older_than_ms) {
  std::vector<ContentId> files;
  payload_.ListDirty(block_scope_, older_than_ms, kFilesPerRound, files);
  Status first;
  for (const ContentId& id : files) {
    Status status = FlushFile(kSuperuserContext, id.file, nullptr);
    if (first.ok() && !status.ok() && status != ErrorCode::kStale) first = std::move(status);
  }
  Status left_over = PublishLeftOvers();
  return first.ok() ? left_over : first;
}

Status StoredFiles::DeleteTaken(const std::vector<BlockId>& blocks) {
  Status first;
  for (const BlockId& block : blocks) {
    Status status = payload_.DeleteBlock(block_scope_, block);
    for (int attempt = 1; status == ErrorCode::kTryLater && attempt < kMaxDeleteAttempts; ++attempt) {
      std::this_thread::sleep_for(kDeletePause);
      status = payload_.DeleteBlock(block_scope_, block);
    }
    // Only a block whose object is surely gone may be forgotten.
    if (status.ok()) status = metadata_.ForgetBlock(block);
    if (first.ok() && !status.ok()) first = std::move(status);
  }
  return first;
}

Status StoredFiles::Collect() {
  while (!stopping()) {
    const Result<size_t> freed = metadata_.ReapOrphans(kOrphanExtentsPerStep);
    if (!freed.ok()) return freed.status();
    if (*freed == 0) break;
  }
  std::vector<BlockId> blocks;
  do {
    blocks.clear();
    DITTOFS_RETURN_IF_ERROR(metadata_.TakeUnreferencedBlocks(kBlocksPerStep, blocks));
    DITTOFS_RETURN_IF_ERROR(DeleteTaken(blocks));
  } while (blocks.size() == kBlocksPerStep && !stopping());
  return {};
}

Status StoredFiles::RunBackgroundWork() {
  Status flushed = FlushOld(payload_.UnderPressure() ? 0 : options_.flush_after_ms);
  Status collected = Collect();
  return flushed.ok() ? collected : flushed;
}

void StoredFiles::RunFlusher() {
  const milliseconds tick = std::clamp(milliseconds(options_.flush_after_ms / 4), milliseconds(20), milliseconds(1000));
  milliseconds pause{0};  // after failures
  bool pressed = false;
  while (true) {
    {
      base::MutexLock lock(mutex_);
      const auto deadline = steady_clock::now() + std::max(tick, pause);
      // After a failure waiting writers do not make it any faster than the pause.
      while (!stopping_ && (pause > milliseconds(0) || !pressure_)) {
        if (!wake_.WaitUntil(mutex_, deadline)) break;
      }
      if (stopping_) return;
      pressed = pressure_;
      pressure_ = false;
    }
    Status status;
    do {
      status = FlushOld(pressed || payload_.UnderPressure() ? 0 : options_.flush_after_ms);
    } while (status.ok() && payload_.UnderPressure() && !stopping() && [&] {
      std::vector<ContentId> more;  // another share's bytes may be what presses
      payload_.ListDirty(block_scope_, 0, 1, more);
      return !more.empty();
    }());
    pause = status.ok() ? milliseconds(0) : std::clamp(pause * 2, kFirstPause, kMaxPause);
  }
}

void StoredFiles::RunCollector() {
  bool failing = false;
  while (true) {
    {
      base::MutexLock lock(mutex_);
      const auto deadline = steady_clock::now() + milliseconds(options_.collect_every_ms);
      while (!stopping_ && wake_.WaitUntil(mutex_, deadline)) {
      }
      if (stopping_) return;
    }
    const Status status = Collect();
    if (!status.ok() && !failing) {
      log_.Warning("space of removed files could not be freed; it is tried again", {{"error", status.ToString()}});
    }
    failing = !status.ok();
  }
}

void StoredFiles::StopThreads() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (flusher_.joinable()) flusher_.join();
  if (collector_.joinable()) collector_.join();
}

Status StoredFiles::FlushAll(uint32_t deadline_ms) {
  const auto deadline = steady_clock::now() + milliseconds(deadline_ms);
  Status first;
  // What is dirty now, once: files that keep failing or being written do not keep this from its end.
  std::vector<ContentId> files;
  payload_.ListDirty(block_scope_, 0, SIZE_MAX, files);
  for (const ContentId& id : files) {
    if (steady_clock::now() >= deadline) {
      return Status(ErrorCode::kTimedOut, "not every file was stored before the deadline");
    }
    Status status = FlushFile(kSuperuserContext, id.file, nullptr);
    if (first.ok() && !status.ok() && status != ErrorCode::kStale) first = std::move(status);
  }
  Status left_over = PublishLeftOvers();
  return first.ok() ? left_over : first;
}

Status StoredFiles::Close(uint32_t deadline_ms) {
  StopThreads();
  return options_.durable ? FlushAll(deadline_ms) : Status();
}

}  // namespace dittofs::fs
