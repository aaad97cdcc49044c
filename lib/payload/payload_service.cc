#include "dittofs/payload_service.h"

#include <algorithm>
#include <utility>

#include "payload/block_names.h"
#include "payload/payload_impl.h"

namespace dittofs {

using payload::DirtyFile;

PayloadService::PayloadService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PayloadService::~PayloadService() = default;

Result<std::unique_ptr<PayloadService>> PayloadService::Create(const PayloadServiceOptions& options) {
  if (!options.store) return Status(ErrorCode::kInvalidArgument, "a payload service needs a block store");
  if (options.max_dirty_bytes == 0) return Status(ErrorCode::kInvalidArgument, "max_dirty_bytes is 0");
  if (options.store->traits().max_object_bytes < kMaxBlockBytes) {
    return Status(ErrorCode::kInvalidArgument, "the block store can't keep objects of 4 MiB");
  }
  auto impl = std::make_unique<Impl>(options, WithDefaults(options.environment));
  return std::unique_ptr<PayloadService>(new PayloadService(std::move(impl)));
}

void PayloadService::Impl::EraseDirty(DirtyFile& file, uint64_t from, uint64_t to, uint64_t sequence) {
  const uint64_t before = file.slices.charge_bytes();
  file.slices.EraseUpTo(from, to, sequence);
  const uint64_t after = file.slices.charge_bytes();
  if (after < before) {
    budget.GiveBack(before - after);
  } else {
    budget.TakeUnchecked(after - before);  // a hole in a slice makes two
  }
}

Status PayloadService::Write(const CallContext& context, ContentId id, uint64_t offset, const BufferChain& content) {
  const uint64_t size = content.size_bytes();
  if (size == 0) return {};
  if (offset > uint64_t{INT64_MAX} - size) return ErrorCode::kFileTooLarge;
  const uint64_t taken = size + content.piece_count() * cache::SliceMap::kSliceOverheadBytes;
  DITTOFS_RETURN_IF_ERROR(impl_->budget.Take(context, taken));
  const BufferChain prepared = cache::SliceMap::Prepare(content);
  uint64_t before = 0;
  uint64_t after = 0;
  while (true) {
    const std::shared_ptr<DirtyFile> file = impl_->files.FindOrAdd(id);
    base::MutexLock lock(file->mutex);
    if (file->detached) continue;
    if (file->slices.empty()) file->oldest_ns = impl_->environment.clock->MonotonicNanoseconds();
    before = file->slices.charge_bytes();
    file->slices.Write(offset, prepared);
    after = file->slices.charge_bytes();
    break;
  }
  if (taken + before >= after) {
    impl_->budget.GiveBack(taken + before - after);
  } else {
    impl_->budget.TakeUnchecked(after - before - taken);
  }
  return {};
}

bool PayloadService::IsDirty(ContentId id) const noexcept {
  const std::shared_ptr<DirtyFile> file = impl_->files.Find(id);
  if (!file) return false;
  base::MutexLock lock(file->mutex);
  return !file->slices.empty();
}

void PayloadService::DirtyRanges(ContentId id, std::vector<std::pair<uint64_t, uint64_t>>& ranges) const {
  const std::shared_ptr<DirtyFile> file = impl_->files.Find(id);
  if (!file) return;
  base::MutexLock lock(file->mutex);
  file->slices.Ranges(ranges);
}

void PayloadService::Discard(ContentId id, uint64_t from, uint64_t to) {
  const std::shared_ptr<DirtyFile> file = impl_->files.Find(id);
  if (!file) return;
  {
    base::MutexLock lock(file->mutex);
    impl_->EraseDirty(*file, from, to, UINT64_MAX);
    if (file->flushing) file->discarded.push_back({from, to});
  }
  impl_->files.RemoveIfIdle(id);
}

void PayloadService::ListDirty(uint64_t block_scope, uint64_t older_than_ms, size_t max_count,
                               std::vector<ContentId>& files) const {
  const uint64_t now = impl_->environment.clock->MonotonicNanoseconds();
  std::vector<std::pair<uint64_t, ContentId>> found;
  impl_->files.ForEach([&](ContentId id, const std::shared_ptr<DirtyFile>& file) {
    if (id.block_scope != block_scope) return;
    base::MutexLock lock(file->mutex);
    if (file->slices.empty() || now - std::min(now, file->oldest_ns) < older_than_ms * 1'000'000) return;
    found.emplace_back(file->oldest_ns, id);
  });
  const size_t count = std::min(max_count, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<ptrdiff_t>(count), found.end());
  for (size_t i = 0; i < count; ++i) files.push_back(found[i].second);
}

bool PayloadService::UnderPressure() const noexcept {
  return impl_->budget.UnderPressure();
}
void PayloadService::AddPressureListener(PressureListener& listener) {
  impl_->budget.AddListener(listener);
}
void PayloadService::RemovePressureListener(PressureListener& listener) {
  impl_->budget.RemoveListener(listener);
}

Status PayloadService::DeleteBlock(uint64_t block_scope, const BlockId& block) {
  const payload::ScopedBlock scoped{block_scope, block};
  if (!impl_->in_use.BeginDelete(scoped)) return ErrorCode::kTryLater;
  Status status = impl_->store.Delete(payload::BlockKeyOf(block_scope, block));
  if (status == ErrorCode::kNotFound) status = Status();  // gone is what was wanted
  impl_->cache.Erase(block);
  impl_->in_use.EndDelete(scoped);
  return status;
}

Result<BlockStoreCapacity> PayloadService::Capacity() {
  return impl_->store.Capacity();
}

PayloadStatistics PayloadService::statistics() const noexcept {
  const cache::BlockCacheStatistics cache = impl_->cache.statistics();
  PayloadStatistics statistics;
  statistics.dirty_bytes = impl_->budget.used_bytes();
  statistics.clean_bytes = cache.size_bytes;
  statistics.hits = cache.hits;
  statistics.misses = cache.misses;
  statistics.blocks_stored = impl_->blocks_stored.load(std::memory_order_relaxed);
  statistics.blocks_shared = impl_->blocks_shared.load(std::memory_order_relaxed);
  statistics.flush_failures = impl_->flush_failures.load(std::memory_order_relaxed);
  return statistics;
}

}  // namespace dittofs
