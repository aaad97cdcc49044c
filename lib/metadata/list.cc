#include <algorithm>
#include <string>
#include <vector>

#include "metadata/service.h"

namespace dittofs {
namespace {

constexpr uint32_t kFewestEntries = 32;
constexpr uint32_t kMostEntries = 1024;

// A page of a listing, copied out of the snapshot: a store may run its function again, a sink can't take entries back.
struct Page {
  struct Row {
    uint32_t name_offset;
    uint16_t name_bytes;
    EntryRecord entry;
    InodeRecord inode;
  };
  std::string names;
  std::vector<Row> rows;
};

}  // namespace

Status MetadataService::ReadDirectory(const CallContext& context, FileNumber directory,
                                      const ReadDirectoryRequest& request, DirectorySink& sink,
                                      ReadDirectoryReply& reply) {
  Impl& impl = *impl_;
  reply.end = false;
  InodeRecord inode;
  DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, directory, inode));
  metadata::ToAttributes(inode, reply.directory);
  if (inode.type != FileType::kDirectory) return ErrorCode::kNotDirectory;
  DITTOFS_RETURN_IF_ERROR(metadata::CheckPermission(context.caller, inode, base::kMayRead));
  reply.parent = inode.parent;

  const bool with_inodes = request.entry_attributes != AttributeMask::kNone;
  const size_t limit = std::clamp(request.expected_entries + 1, kFewestEntries, kMostEntries);
  Page page;
  page.rows.reserve(limit);
  page.names.reserve(limit * 24);
  Cookie after = request.after;
  while (true) {
    DITTOFS_RETURN_IF_ERROR(impl.View(context, [&](MetadataReader& reader) {
      page.rows.clear();
      page.names.clear();
      return reader.ListEntries(directory, after, with_inodes, [&](const MetadataEntry& found) {
        Page::Row& row = page.rows.emplace_back();
        row.name_offset = static_cast<uint32_t>(page.names.size());
        row.name_bytes = static_cast<uint16_t>(found.name.size());
        row.entry = found.entry;
        if (found.inode) row.inode = *found.inode;
        page.names.append(found.name);
        return page.rows.size() < limit;
      });
    }));
    const bool any_pending = with_inodes && impl.inodes.pending_count() != 0;
    for (Page::Row& row : page.rows) {
      Attributes attributes;
      DirectoryEntry entry{std::string_view(page.names).substr(row.name_offset, row.name_bytes), row.entry.child,
                           row.entry.cookie, nullptr};
      if (with_inodes) {
        if (any_pending && row.entry.type == FileType::kRegular) {
          uint64_t durable_size_bytes;
          InodeRecord seen;
          if (impl.inodes.FindPending(row.entry.child, seen, durable_size_bytes)) row.inode = seen;
        }
        metadata::ToAttributes(row.inode, attributes);
        entry.attributes = &attributes;
      }
      if (!sink.Add(entry)) return {};
      after = row.entry.cookie;
    }
    if (page.rows.size() < limit) {
      reply.end = true;
      return {};
    }
  }
}

}  // namespace dittofs
