#pragma once

#include <string_view>

#include "dittofs/metadata_store.h"

namespace dittofs::metadata {

/// What a store's own reader offers to BufferedTransaction beyond MetadataReader. Every answer, absence included, is
/// remembered by the reader so that the commit can tell whether it still holds. One transaction, one thread.
class TrackingReader : public MetadataReader {
 public:
  /// As GetInode; merged changes of the record count too.
  virtual Status GetInodeForUpdate(FileNumber number, InodeRecord& inode) = 0;
  /// Entries whose folded name is `folded`, until `visit` answers false: the one whose name it is, then by cookie.
  virtual Status VisitFolded(FileNumber directory, std::string_view folded,
                             FunctionRef<bool(std::string_view name, const EntryRecord&)> visit) = 0;

  Status FindFolded(FileNumber directory, std::string_view folded, std::string& name, EntryRecord& entry) final {
    bool found = false;
    DITTOFS_RETURN_IF_ERROR(
        VisitFolded(directory, folded, [&](std::string_view found_name, const EntryRecord& found_entry) {
          found = true;
          name.assign(found_name);
          entry = found_entry;
          return false;
        }));
    return found ? Status() : Status(ErrorCode::kNotFound);
  }

 protected:
  ~TrackingReader() = default;
};

}  // namespace dittofs::metadata
