#pragma once

#include <string>

#include "base/fold.h"
#include "metadata/service.h"

namespace dittofs::metadata {

/// A link that a transaction takes away: what the file is before and after, and whether that was its last one.
struct DroppedLink {
  InodeRecord after;  ///< As clients see it.
  uint64_t durable_size_bytes = 0;
  bool gone = false;
};

/// What becomes of `seen` when one entry that means it goes.
inline DroppedLink DropLink(const InodeRecord& seen, uint64_t durable_size_bytes, Timestamp now) noexcept {
  DroppedLink dropped{seen, durable_size_bytes, false};
  dropped.gone = seen.type == FileType::kDirectory || seen.link_count <= 1;
  dropped.after.link_count = dropped.gone ? 0 : seen.link_count - 1;
  dropped.after.ctime = now;
  dropped.after.change = NextChange(seen, now);
  return dropped;
}

/// Writes it: the last link takes the inode, and leaves an orphan row if there are extents to free.
inline void WriteDroppedLink(MetadataTransaction& transaction, const DroppedLink& dropped) {
  if (!dropped.gone) {
    InodeRecord row = dropped.after;
    row.size_bytes = dropped.durable_size_bytes;
    transaction.PutInode(row);
    return;
  }
  if (dropped.after.used_bytes != 0) transaction.PutOrphan(dropped.after.number);
  transaction.DeleteInode(dropped.after.number);
  transaction.AddUsage({-static_cast<int64_t>(dropped.after.used_bytes), -1});
}

/// The file number and the name of a new entry, both kinds of index included.
inline void WriteEntry(MetadataTransaction& transaction, FileNumber directory, std::string_view name,
                       const EntryRecord& entry) {
  transaction.PutEntry(directory, name, base::FoldName(name), entry);
}
inline void EraseEntry(MetadataTransaction& transaction, FileNumber directory, std::string_view name,
                       const EntryRecord& entry) {
  transaction.DeleteEntry(directory, name, base::FoldName(name), entry);
}

/// kNotDirectory, or kAccessDenied if `caller` may not search it.
inline Status CheckSearch(const Identity& caller, const InodeRecord& directory) noexcept {
  if (directory.type != FileType::kDirectory) return ErrorCode::kNotDirectory;
  return CheckPermission(caller, directory, base::kMayExecute);
}

}  // namespace dittofs::metadata
