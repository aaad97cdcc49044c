#include <algorithm>
#include <vector>

#include "metadata/extent_map.h"
#include "metadata/service.h"

namespace dittofs {

using metadata::GateHolder;
using metadata::GateMode;

namespace {

constexpr size_t kOrphansPerRound = 64;

}  // namespace

Result<size_t> MetadataService::ReapOrphans(size_t max_extents) {
  Impl& impl = *impl_;
  std::vector<FileNumber> orphans;
  const Status listed = impl.View(kSuperuserContext, [&](MetadataReader& reader) {
    orphans.clear();
    return reader.ListOrphans(FileNumber{}, kOrphansPerRound, orphans);
  });
  if (!listed.ok()) return listed;
  size_t freed = 0;
  for (const FileNumber orphan : orphans) {
    if (freed >= max_extents) break;
    GateHolder gates(impl.gates, kSuperuserContext);
    gates.Acquire(GateHolder::Request{metadata::FileGate(orphan), GateMode::kExclusive});
    size_t count = 0;
    const Status status = impl.Commit(kSuperuserContext, [&](MetadataTransaction& transaction) -> Status {
      const size_t limit = max_extents - freed;
      std::vector<Extent> extents;
      DITTOFS_RETURN_IF_ERROR(transaction.GetExtents(orphan, 0, UINT64_MAX, limit, extents));
      count = extents.size();
      metadata::ReferenceDeltas references;
      for (const Extent& extent : extents) {
        transaction.DeleteExtent(orphan, extent.offset);
        references.Add(extent.block, -1);
      }
      references.Apply(transaction);
      if (count < limit) transaction.DeleteOrphan(orphan);
      return {};
    });
    if (!status.ok()) return status;
    // An orphan without extents is work done, too: 0 means that no orphan is left.
    freed += std::max<size_t>(count, 1);
  }
  return freed;
}

Status MetadataService::TakeUnreferencedBlocks(size_t max_count, std::vector<BlockId>& blocks) {
  Impl& impl = *impl_;
  BlockId after;
  bool has_after = false;
  {
    base::MutexLock lock(impl.collection_mutex);
    after = impl.last_taken;
    has_after = impl.has_last_taken;
  }
  GateHolder gates(impl.gates, kSuperuserContext);
  gates.Acquire(GateHolder::Request{metadata::kBlockGate, GateMode::kExclusive});
  std::vector<BlockId> found;
  DITTOFS_RETURN_IF_ERROR(impl.View(kSuperuserContext, [&](MetadataReader& reader) {
    found.clear();
    return reader.ListUnreferencedBlocks(has_after ? &after : nullptr, max_count, found);
  }));
  {
    // Goes on behind the last one, so that blocks that can't be deleted now don't keep others waiting; then from the
    // start again.
    base::MutexLock lock(impl.collection_mutex);
    impl.has_last_taken = !found.empty() && found.size() == max_count;
    if (impl.has_last_taken) impl.last_taken = found.back();
  }
  const uint64_t now_ns = impl.environment.clock->MonotonicNanoseconds();
  std::erase_if(found, [&](const BlockId& block) { return impl.leases.Holds(block, now_ns); });
  std::vector<BlockId> taken;
  if (!found.empty()) {
    DITTOFS_RETURN_IF_ERROR(impl.Commit(kSuperuserContext, [&](MetadataTransaction& transaction) -> Status {
      taken.clear();
      for (const BlockId& block : found) {
        BlockRecord record;
        const Status status = transaction.GetBlock(block, record);
        if (status.code() == ErrorCode::kNotFound) continue;
        if (!status.ok()) return status;
        if (record.references != 0) continue;
        // A row that is being deleted already was taken before a crash, or its object could not be deleted.
        if (record.state == BlockState::kStored) {
          transaction.PutBlock(block, record.size_bytes, BlockState::kDeleting);
        }
        taken.push_back(block);
      }
      return {};
    }));
  }
  blocks.insert(blocks.end(), taken.begin(), taken.end());
  return {};
}

Status MetadataService::ForgetBlock(const BlockId& block) {
  Impl& impl = *impl_;
  GateHolder gates(impl.gates, kSuperuserContext);
  gates.Acquire(GateHolder::Request{metadata::kBlockGate, GateMode::kExclusive});
  return impl.Commit(kSuperuserContext, [&](MetadataTransaction& transaction) -> Status {
    BlockRecord record;
    const Status status = transaction.GetBlock(block, record);
    if (status.code() == ErrorCode::kNotFound) return {};
    if (!status.ok()) return status;
    if (record.state != BlockState::kDeleting || record.references != 0) {
      return Status(ErrorCode::kInvalidArgument, "the block was not taken for deletion");
    }
    transaction.DeleteBlock(block);
    return {};
  });
}

}  // namespace dittofs
