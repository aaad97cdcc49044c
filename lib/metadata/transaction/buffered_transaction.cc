#include "metadata/transaction/buffered_transaction.h"

#include <algorithm>

#include "base/bytes.h"

namespace dittofs::metadata {

bool BufferedTransaction::OwnInode(FileNumber number, InodeRecord& inode, Status& status) const {
  const InodeWrite* write = writes_.inodes.Find(number);
  if (write == nullptr) return false;
  if (write->deleted) {
    status = ErrorCode::kNotFound;
  } else {
    inode = write->record;
    status = Status();
  }
  return true;
}

bool BufferedTransaction::Cleared(FileNumber number) const noexcept {
  const InodeWrite* write = writes_.inodes.Find(number);
  return write != nullptr && write->cleared;
}

Status BufferedTransaction::GetInode(FileNumber number, InodeRecord& inode) {
  Status status;
  if (OwnInode(number, inode, status)) return status;
  return base_.GetInode(number, inode);
}

Status BufferedTransaction::GetInodeForUpdate(FileNumber number, InodeRecord& inode) {
  Status status;
  if (OwnInode(number, inode, status)) return status;
  return base_.GetInodeForUpdate(number, inode);
}

Status BufferedTransaction::GetEntry(FileNumber directory, std::string_view name, EntryRecord& entry) {
  if (const EntryWrite* write = writes_.entries.Find(NameView{directory, name})) {
    if (write->deleted) return ErrorCode::kNotFound;
    entry = write->entry;
    return {};
  }
  return base_.GetEntry(directory, name, entry);
}

Status BufferedTransaction::FindFolded(FileNumber directory, std::string_view folded, std::string& name,
                                       EntryRecord& entry) {
  if (writes_.entries.empty()) return base_.FindFolded(directory, folded, name, entry);
  bool found = false;
  const auto take = [&](std::string_view found_name, const EntryRecord& found_entry) {
    const bool exact = found_name == folded;
    if (found && (name == folded || (!exact && entry.cookie <= found_entry.cookie))) return;
    found = true;
    name.assign(found_name);
    entry = found_entry;
  };
  for (const auto& [key, write] : writes_.entries) {
    if (key.number == directory && !write.deleted && write.folded == folded) take(key.name, write.entry);
  }
  DITTOFS_RETURN_IF_ERROR(
      base_.VisitFolded(directory, folded, [&](std::string_view base_name, const EntryRecord& base_entry) {
        if (writes_.entries.Find(NameView{directory, base_name}) != nullptr) return true;
        take(base_name, base_entry);
        return false;
      }));
  return found ? Status() : Status(ErrorCode::kNotFound);
}

Status BufferedTransaction::ListEntries(FileNumber directory, Cookie after, bool with_inodes,
                                        FunctionRef<bool(const MetadataEntry&)> visit) {
  if (writes_.entries.empty() && (!with_inodes || writes_.inodes.empty())) {
    return base_.ListEntries(directory, after, with_inodes, visit);
  }
  return ListMerged(directory, after, with_inodes, visit);
}

Status BufferedTransaction::ListMerged(FileNumber directory, Cookie after, bool with_inodes,
                                       FunctionRef<bool(const MetadataEntry&)> visit) {
  struct Own {
    std::string_view name;
    EntryRecord entry;
  };
  std::vector<Own> own;
  for (const auto& [key, write] : writes_.entries) {
    if (key.number == directory && !write.deleted && write.entry.cookie > after) own.push_back({key.name, write.entry});
  }
  std::sort(own.begin(), own.end(), [](const Own& a, const Own& b) { return a.entry.cookie < b.entry.cookie; });

  Status failure;
  size_t next = 0;
  bool wanted = true;
  const auto give = [&](std::string_view name, const EntryRecord& entry) {
    MetadataEntry found{name, entry, nullptr};
    InodeRecord inode;
    if (with_inodes) {
      failure = GetInode(entry.child, inode);
      if (failure == ErrorCode::kNotFound) failure = Status(ErrorCode::kCorruption, "an entry has no inode");
      if (!failure.ok()) return false;
      found.inode = &inode;
    }
    wanted = visit(found);
    return wanted;
  };
  DITTOFS_RETURN_IF_ERROR(base_.ListEntries(directory, after, false, [&](const MetadataEntry& entry) {
    while (next < own.size() && own[next].entry.cookie < entry.entry.cookie) {
      const Own& mine = own[next++];
      if (!give(mine.name, mine.entry)) return false;
    }
    if (writes_.entries.Find(NameView{directory, entry.name}) != nullptr) return true;
    return give(entry.name, entry.entry);
  }));
  while (failure.ok() && wanted && next < own.size()) {
    const Own& mine = own[next++];
    if (!give(mine.name, mine.entry)) break;
  }
  return failure;
}

Status BufferedTransaction::GetSymlink(FileNumber number, std::string& target) {
  if (const std::string* write = writes_.symlinks.Find(number)) {
    target = *write;
    return {};
  }
  if (Cleared(number)) return ErrorCode::kNotFound;
  return base_.GetSymlink(number, target);
}

Status BufferedTransaction::GetExtents(FileNumber number, uint64_t offset, uint64_t length, size_t max_extents,
                                       std::vector<Extent>& extents) {
  if (writes_.extents.empty()) return base_.GetExtents(number, offset, length, max_extents, extents);
  std::vector<Extent> found;
  DITTOFS_RETURN_IF_ERROR(base_.GetExtents(number, offset, length, SIZE_MAX, found));
  std::erase_if(
      found, [&](const Extent& extent) { return writes_.extents.Find(ExtentKey{number, extent.offset}) != nullptr; });
  const uint64_t end = base::SaturatingAdd(offset, length);
  for (const auto& [key, write] : writes_.extents) {
    if (key.number != number || write.deleted) continue;
    if (write.extent.offset < end && base::SaturatingAdd(write.extent.offset, write.extent.length) > offset) {
      found.push_back(write.extent);
    }
  }
  std::sort(found.begin(), found.end(), [](const Extent& a, const Extent& b) { return a.offset < b.offset; });
  if (found.size() > max_extents) found.resize(max_extents);
  extents.insert(extents.end(), found.begin(), found.end());
  return {};
}

Status BufferedTransaction::GetBlock(const BlockId& block, BlockRecord& record) {
  const BlockWrite* write = writes_.blocks.Find(block);
  if (write == nullptr) return base_.GetBlock(block, record);
  if (write->deleted) return ErrorCode::kNotFound;
  BlockRecord stored;
  const Status status = base_.GetBlock(block, stored);
  if (!status.ok() && !(status == ErrorCode::kNotFound)) return status;
  record.size_bytes = write->size_bytes;
  record.state = write->state;
  record.references = status.ok() ? stored.references : 0;
  return {};
}

Status BufferedTransaction::GetExtendedAttribute(FileNumber number, std::string_view name, std::string& value) {
  if (const std::optional<std::string>* write = writes_.extended_attributes.Find(NameView{number, name})) {
    if (!write->has_value()) return ErrorCode::kNotFound;
    value = **write;
    return {};
  }
  if (Cleared(number)) return ErrorCode::kNotFound;
  return base_.GetExtendedAttribute(number, name, value);
}

Status BufferedTransaction::ListExtendedAttributes(FileNumber number, std::vector<std::string>& names) {
  std::vector<std::string> found;
  if (!Cleared(number)) DITTOFS_RETURN_IF_ERROR(base_.ListExtendedAttributes(number, found));
  if (!writes_.extended_attributes.empty()) {
    std::erase_if(found, [&](const std::string& name) {
      return writes_.extended_attributes.Find(NameView{number, name}) != nullptr;
    });
    for (const auto& [key, write] : writes_.extended_attributes) {
      if (key.number == number && write.has_value()) found.push_back(key.name);
    }
    std::sort(found.begin(), found.end());
  }
  names.insert(names.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  return {};
}

Status BufferedTransaction::GetUsage(UsageRecord& usage) {
  return base_.GetUsage(usage);
}

Status BufferedTransaction::ListOrphans(FileNumber after, size_t max_count, std::vector<FileNumber>& orphans) {
  if (writes_.orphans.empty()) return base_.ListOrphans(after, max_count, orphans);
  std::vector<FileNumber> found;
  const size_t ask = max_count > SIZE_MAX - writes_.orphans.size() ? SIZE_MAX : max_count + writes_.orphans.size();
  DITTOFS_RETURN_IF_ERROR(base_.ListOrphans(after, ask, found));
  std::erase_if(found, [&](FileNumber number) { return writes_.orphans.Find(number) != nullptr; });
  for (const auto& [number, present] : writes_.orphans) {
    if (present && number > after) found.push_back(number);
  }
  std::sort(found.begin(), found.end());
  if (found.size() > max_count) found.resize(max_count);
  orphans.insert(orphans.end(), found.begin(), found.end());
  return {};
}

Status BufferedTransaction::ListUnreferencedBlocks(const BlockId* after, size_t max_count,
                                                   std::vector<BlockId>& blocks) {
  if (writes_.blocks.empty()) return base_.ListUnreferencedBlocks(after, max_count, blocks);
  std::vector<BlockId> found;
  const size_t ask = max_count > SIZE_MAX - writes_.blocks.size() ? SIZE_MAX : max_count + writes_.blocks.size();
  DITTOFS_RETURN_IF_ERROR(base_.ListUnreferencedBlocks(after, ask, found));
  std::erase_if(found, [&](const BlockId& block) { return writes_.blocks.Find(block) != nullptr; });
  for (const auto& [block, write] : writes_.blocks) {
    if (after != nullptr && block <= *after) continue;
    BlockRecord record;
    const Status status = GetBlock(block, record);
    if (!status.ok() && !(status == ErrorCode::kNotFound)) return status;
    if (status.ok() && record.references == 0) found.push_back(block);
  }
  std::sort(found.begin(), found.end());
  if (found.size() > max_count) found.resize(max_count);
  blocks.insert(blocks.end(), found.begin(), found.end());
  return {};
}

void BufferedTransaction::PutInode(const InodeRecord& inode) {
  InodeWrite& write = writes_.inodes.At(inode.number);
  write.deleted = false;
  write.record = inode;
}

void BufferedTransaction::DeleteInode(FileNumber number) {
  InodeWrite& write = writes_.inodes.At(number);
  write.deleted = true;
  write.cleared = true;
  if (!writes_.symlinks.empty()) {
    WriteList<FileNumber, std::string> kept;
    for (auto& [key, target] : writes_.symlinks) {
      if (key != number) kept.At(key) = std::move(target);
    }
    writes_.symlinks = std::move(kept);
  }
  for (auto& [key, value] : writes_.extended_attributes) {
    if (key.number == number) value.reset();
  }
}

void BufferedTransaction::PutEntry(FileNumber directory, std::string_view name, std::string_view folded,
                                   const EntryRecord& entry) {
  EntryWrite& write = writes_.entries.At(NameView{directory, name});
  write.deleted = false;
  write.entry = entry;
  write.folded.assign(folded);
}

void BufferedTransaction::DeleteEntry(FileNumber directory, std::string_view name, std::string_view folded,
                                      const EntryRecord& entry) {
  EntryWrite& write = writes_.entries.At(NameView{directory, name});
  write.deleted = true;
  write.entry = entry;
  write.folded.assign(folded);
}

void BufferedTransaction::ChangeDirectory(FileNumber directory, const DirectoryDelta& delta, DirectoryChange* change) {
  DirectoryWrite& write = writes_.directories.At(directory);
  write.delta.entries += delta.entries;
  write.delta.links += delta.links;
  write.delta.time = std::max(write.delta.time, delta.time);
  if (change != nullptr) write.change = change;
}

void BufferedTransaction::PutSymlink(FileNumber number, std::string_view target) {
  writes_.symlinks.At(number).assign(target);
}

void BufferedTransaction::PutExtent(FileNumber number, const Extent& extent) {
  ExtentWrite& write = writes_.extents.At(ExtentKey{number, extent.offset});
  write.deleted = false;
  write.extent = extent;
}

void BufferedTransaction::DeleteExtent(FileNumber number, uint64_t offset) {
  writes_.extents.At(ExtentKey{number, offset}).deleted = true;
}

void BufferedTransaction::PutBlock(const BlockId& block, uint32_t size_bytes, BlockState state) {
  writes_.blocks.At(block) = BlockWrite{false, size_bytes, state};
}

void BufferedTransaction::DeleteBlock(const BlockId& block) {
  writes_.blocks.At(block).deleted = true;
}

void BufferedTransaction::AddBlockReferences(const BlockId& block, int64_t delta) {
  writes_.block_references.At(block) += delta;
}

void BufferedTransaction::PutExtendedAttribute(FileNumber number, std::string_view name, std::string_view value) {
  writes_.extended_attributes.At(NameView{number, name}) = std::string(value);
}

void BufferedTransaction::DeleteExtendedAttribute(FileNumber number, std::string_view name) {
  writes_.extended_attributes.At(NameView{number, name}).reset();
}

void BufferedTransaction::AddUsage(const UsageRecord& delta) {
  writes_.usage.bytes += delta.bytes;
  writes_.usage.files += delta.files;
  writes_.has_usage = true;
}

void BufferedTransaction::PutOrphan(FileNumber number) {
  writes_.orphans.At(number) = true;
}

void BufferedTransaction::DeleteOrphan(FileNumber number) {
  writes_.orphans.At(number) = false;
}

}  // namespace dittofs::metadata
