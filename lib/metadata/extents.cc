#include "metadata/extent_map.h"

#include <algorithm>
#include <unordered_map>

#include "base/bytes.h"
#include "metadata/service.h"

namespace dittofs {

using metadata::EndOf;
using metadata::GateHolder;
using metadata::GateMode;
using metadata::ReferenceDeltas;
using metadata::SpaceChange;

Status MetadataService::GetExtents(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                                   std::vector<Extent>& extents) {
  Impl& impl = *impl_;
  using Answer = metadata::ExtentCache::Answer;
  const Answer answer = impl.extents.Find(file, offset, length, extents);
  if (answer == Answer::kFound) return {};
  const size_t before = extents.size();
  if (answer == Answer::kUnknown) {
    const uint32_t version = impl.extents.Version(file);
    std::vector<Extent> all;
    DITTOFS_RETURN_IF_ERROR(impl.View(context, [&](MetadataReader& reader) {
      all.clear();
      return reader.GetExtents(file, 0, UINT64_MAX, impl.extents.max_extents() + 1, all);
    }));
    impl.extents.Fill(file, all, version);
    if (all.size() <= impl.extents.max_extents()) {
      const uint64_t end = base::SaturatingAdd(offset, length);
      for (const Extent& extent : all) {
        if (extent.offset < end && EndOf(extent) > offset) extents.push_back(extent);
      }
      return {};
    }
  }
  return impl.View(context, [&](MetadataReader& reader) {
    extents.resize(before);
    return reader.GetExtents(file, offset, length, SIZE_MAX, extents);
  });
}

Status MetadataService::FindBlock(const CallContext& context, const BlockId& block, uint32_t* size_bytes) {
  Impl& impl = *impl_;
  // Lease and look-up are one step for the collector, which takes this gate exclusively.
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{metadata::kBlockGate, GateMode::kShared});
  BlockRecord record;
  const Status status = impl.View(context, [&](MetadataReader& reader) { return reader.GetBlock(block, record); });
  if (!status.ok() && status.code() != ErrorCode::kNotFound) return status;
  if (status.ok() && record.state == BlockState::kDeleting) return ErrorCode::kTryLater;
  impl.leases.Grant(block, impl.environment.clock->MonotonicNanoseconds());
  if (status.ok() && size_bytes) *size_bytes = record.size_bytes;
  return status;
}

namespace {

// Rows for the blocks that `extents` name. kConflict for the first that can't be referenced; `missing` then says that
// it has no row and was not leased.
Status PutBlocks(MetadataTransaction& transaction, metadata::BlockLeases& leases, uint64_t now_ns,
                 const std::unordered_map<BlockId, uint32_t>& sizes, bool& lost) {
  for (const auto& [block, size_bytes] : sizes) {
    BlockRecord record;
    const Status found = transaction.GetBlock(block, record);
    if (found.ok()) {
      if (record.state != BlockState::kStored) return ErrorCode::kConflict;
      if (record.size_bytes != size_bytes) return Status(ErrorCode::kInvalidArgument, "a block has another size");
      continue;
    }
    if (found.code() != ErrorCode::kNotFound) return found;
    if (!leases.Holds(block, now_ns)) {
      lost = true;
      return ErrorCode::kConflict;
    }
    transaction.PutBlock(block, size_bytes, BlockState::kStored);
  }
  return {};
}

// Runs of extents without gaps are replaced as one range.
template <typename Replace>
Status ForEachRun(std::span<const Extent> extents, Replace replace) {
  for (size_t first = 0; first < extents.size();) {
    size_t last = first + 1;
    while (last < extents.size() && extents[last].offset == EndOf(extents[last - 1])) ++last;
    const std::span<const Extent> run = extents.subspan(first, last - first);
    DITTOFS_RETURN_IF_ERROR(replace(run.front().offset, EndOf(run.back()) - run.front().offset, run));
    first = last;
  }
  return {};
}

Status CheckExtents(std::span<const Extent> extents, std::span<const uint32_t> block_sizes,
                    std::unordered_map<BlockId, uint32_t>& sizes) {
  if (extents.size() != block_sizes.size() || !metadata::AreOrdered(extents)) return ErrorCode::kInvalidArgument;
  for (size_t i = 0; i < extents.size(); ++i) {
    const Extent& extent = extents[i];
    if (!base::InRange(extent.block_offset, extent.length, block_sizes[i])) return ErrorCode::kInvalidArgument;
    const auto [at, added] = sizes.emplace(extent.block, block_sizes[i]);
    if (!added && at->second != block_sizes[i]) return ErrorCode::kInvalidArgument;
  }
  return {};
}

}  // namespace

Status MetadataService::PublishExtents(const CallContext& context, FileNumber file, std::span<const Extent> extents,
                                       std::span<const uint32_t> block_sizes, ChangePair* pair) {
  return PublishExtents(context, file, extents, block_sizes, pair, [] { return Status(); });
}

Status MetadataService::PublishExtents(const CallContext& context, FileNumber file, std::span<const Extent> extents,
                                       std::span<const uint32_t> block_sizes, ChangePair* pair,
                                       FunctionRef<Status()> still_wanted) {
  std::unordered_map<BlockId, uint32_t> sizes;
  DITTOFS_RETURN_IF_ERROR(CheckExtents(extents, block_sizes, sizes));
  Impl& impl = *impl_;
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{metadata::FileGate(file), GateMode::kUpdate});
  gates.Acquire(GateHolder::Request{metadata::kBlockGate, GateMode::kShared});
  InodeRecord seen;
  uint64_t durable_size_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(impl.LoadFile(context, file, seen, durable_size_bytes));
  if (seen.type != FileType::kRegular) return ErrorCode::kWrongType;
  DITTOFS_RETURN_IF_ERROR(still_wanted());

  InodeRecord durable = seen;
  const uint64_t end = extents.empty() ? 0 : EndOf(extents.back());
  durable.size_bytes = std::max(durable_size_bytes, end);
  if (end > seen.size_bytes) {
    // The write that these bytes belong to is about to be noted: no extent ever lies behind a durable size.
    durable.mtime = durable.ctime = impl.Now();
    durable.change = metadata::NextChange(seen, durable.ctime);
  }
  SpaceChange space;
  bool lost = false;
  const uint64_t now_ns = impl.environment.clock->MonotonicNanoseconds();
  const Status status = impl.Commit(context, [&](MetadataTransaction& transaction) -> Status {
    space = {};
    lost = false;
    ReferenceDeltas references;
    const Status blocks = PutBlocks(transaction, impl.leases, now_ns, sizes, lost);
    // kConflict means "store it again" to the caller; to the transaction it would mean "run again".
    if (blocks.code() == ErrorCode::kConflict) return ErrorCode::kCancelled;
    DITTOFS_RETURN_IF_ERROR(blocks);
    DITTOFS_RETURN_IF_ERROR(ForEachRun(extents, [&](uint64_t offset, uint64_t length, std::span<const Extent> run) {
      return metadata::ReplaceExtents(transaction, file, offset, length, run, references, space);
    }));
    references.Apply(transaction);
    InodeRecord row = durable;
    row.used_bytes = row.used_bytes + space.added_bytes - space.freed_bytes;
    transaction.PutInode(row);
    if (space.delta() != 0) transaction.AddUsage({space.delta(), 0});
    return {};
  });
  if (!status.ok()) {
    impl.extents.Erase(file);
    if (status.code() != ErrorCode::kCancelled) return status;
    if (lost) {
      // What is stored from now on may get rows: nobody deletes objects of leased blocks.
      for (const auto& [block, size_bytes] : sizes) impl.leases.Grant(block, now_ns);
    }
    return ErrorCode::kConflict;
  }
  durable.used_bytes = durable.used_bytes + space.added_bytes - space.freed_bytes;
  impl.AddUsage({space.delta(), 0});
  for (const auto& [block, size_bytes] : sizes) impl.leases.Release(block);
  InodeRecord now_seen;
  impl.inodes.StorePublished(durable, now_seen);
  (void)ForEachRun(extents, [&](uint64_t offset, uint64_t length, std::span<const Extent> run) {
    impl.extents.Splice(file, offset, length, run);
    return Status();
  });
  if (pair) metadata::ToPair(seen, now_seen, *pair);
  return {};
}

Status MetadataService::Impl::ChangeContent(const CallContext& context, const InodeRecord& seen,
                                            uint64_t durable_size_bytes, uint64_t offset, uint64_t length,
                                            std::span<const Extent> replacement, bool grows, ChangePair& pair) {
  const uint64_t end = offset + length;
  InodeRecord after = seen;
  after.mtime = after.ctime = Now();
  after.change = metadata::NextChange(seen, after.ctime);
  if (!context.caller.is_root()) after.mode = metadata::ModeAfterContentChange(after.mode);
  uint64_t new_durable_size_bytes = durable_size_bytes;
  if (grows) {
    after.size_bytes = std::max(after.size_bytes, end);
    new_durable_size_bytes = std::max(durable_size_bytes, end);
  }
  SpaceChange space;
  const Status status = Commit(context, [&](MetadataTransaction& transaction) -> Status {
    space = {};
    ReferenceDeltas references;
    DITTOFS_RETURN_IF_ERROR(
        metadata::ReplaceExtents(transaction, seen.number, offset, length, replacement, references, space));
    references.Apply(transaction);
    InodeRecord row = after;
    row.size_bytes = new_durable_size_bytes;
    row.used_bytes = row.used_bytes + space.added_bytes - space.freed_bytes;
    transaction.PutInode(row);
    if (space.delta() != 0) transaction.AddUsage({space.delta(), 0});
    return {};
  });
  if (!status.ok()) {
    inodes.Forget(seen.number);
    extents.Erase(seen.number);
    return status;
  }
  after.used_bytes = after.used_bytes + space.added_bytes - space.freed_bytes;
  AddUsage({space.delta(), 0});
  InodeRecord durable = after;
  durable.size_bytes = new_durable_size_bytes;
  inodes.Store(durable, after.size_bytes);
  extents.Splice(seen.number, offset, length, replacement);
  if (observer) observer->DidDropContent(seen.number, offset, end);
  metadata::ToPair(seen, after, pair);
  return {};
}

Status MetadataService::PunchHole(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                                  ChangePair& pair) {
  DITTOFS_RETURN_IF_ERROR(AuthorizeWrite(context, file, 0, 0));
  Impl& impl = *impl_;
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{metadata::FileGate(file), GateMode::kExclusive});
  InodeRecord seen;
  uint64_t durable_size_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(impl.LoadFile(context, file, seen, durable_size_bytes));
  metadata::ToAttributes(seen, pair.after);
  const uint64_t end = std::min(base::SaturatingAdd(offset, length), seen.size_bytes);
  if (offset >= end) {
    metadata::ToPair(seen, seen, pair);
    return {};
  }
  return impl.ChangeContent(context, seen, durable_size_bytes, offset, end - offset, {}, false, pair);
}

Status MetadataService::CloneExtents(const CallContext& context, FileNumber from, uint64_t from_offset, FileNumber to,
                                     uint64_t to_offset, uint64_t length, ChangePair& pair) {
  Attributes source;
  DITTOFS_RETURN_IF_ERROR(AuthorizeRead(context, from, source));
  DITTOFS_RETURN_IF_ERROR(AuthorizeWrite(context, to, to_offset, length));
  Impl& impl = *impl_;
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{metadata::FileGate(from), GateMode::kUpdate},
                GateHolder::Request{metadata::FileGate(to), GateMode::kExclusive});
  gates.Acquire(GateHolder::Request{metadata::kBlockGate, GateMode::kShared});
  InodeRecord from_seen;
  DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, from, from_seen));
  InodeRecord seen;
  uint64_t durable_size_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(impl.LoadFile(context, to, seen, durable_size_bytes));
  metadata::ToAttributes(seen, pair.after);
  if (!base::InRange(from_offset, length, from_seen.size_bytes)) return ErrorCode::kInvalidArgument;
  const bool overlaps = from == to && from_offset < to_offset + length && to_offset < from_offset + length;
  if (overlaps && length != 0) return ErrorCode::kInvalidArgument;
  if (length == 0) {
    metadata::ToPair(seen, seen, pair);
    return {};
  }
  std::vector<Extent> shared;
  DITTOFS_RETURN_IF_ERROR(GetExtents(context, from, from_offset, length, shared));
  for (Extent& extent : shared) {
    extent = metadata::Clip(extent, from_offset, from_offset + length);
    extent.offset = extent.offset - from_offset + to_offset;
  }
  return impl.ChangeContent(context, seen, durable_size_bytes, to_offset, length, shared, true, pair);
}

}  // namespace dittofs
