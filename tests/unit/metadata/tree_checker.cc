#include "tree_checker.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <vector>

#include "base/fold.h"

namespace dittofs {
namespace {

struct Seen {
  InodeRecord inode;
  uint32_t names = 0;
  uint32_t sub_directories = 0;
  uint64_t entries = 0;
};

class Checker {
 public:
  Checker(MetadataReader& reader, MetadataService& service) : reader_(reader), service_(service) {}

  std::string Run() {
    std::string problem = Walk();
    if (problem.empty()) problem = CheckCounts();
    if (problem.empty()) problem = CheckContent();
    return problem;
  }

 private:
  std::string Walk() {
    Seen root;
    if (!reader_.GetInode(kRootFileNumber, root.inode).ok()) return "no root";
    files_[1] = root;
    std::vector<FileNumber> todo{kRootFileNumber};
    while (!todo.empty()) {
      const FileNumber directory = todo.back();
      todo.pop_back();
      Cookie last;
      std::string problem;
      std::vector<std::pair<std::string, EntryRecord>> entries;
      const Status listed = reader_.ListEntries(directory, Cookie{}, true, [&](const MetadataEntry& entry) {
        if (entry.entry.cookie <= last) problem = "cookies out of order";
        last = entry.entry.cookie;
        entries.emplace_back(std::string(entry.name), entry.entry);
        return true;
      });
      if (!listed.ok()) return fmt::format("listing {}: {}", directory.value, listed.ToString());
      if (!problem.empty()) return problem;
      for (const auto& [name, entry] : entries) {
        problem = CheckEntry(directory, name, entry, todo);
        if (!problem.empty()) return problem;
      }
    }
    return {};
  }

  std::string CheckEntry(FileNumber directory, const std::string& name, const EntryRecord& entry,
                         std::vector<FileNumber>& todo) {
    const uint64_t number = entry.child.value;
    EntryRecord by_name;
    if (!reader_.GetEntry(directory, name, by_name).ok() || by_name != entry) return "name index differs: " + name;
    std::string folded_name;
    EntryRecord by_fold;
    if (!reader_.FindFolded(directory, base::FoldName(name), folded_name, by_fold).ok()) {
      return "folded index lacks " + name;
    }
    if (base::FoldName(folded_name) != base::FoldName(name)) return "folded index differs: " + name;
    LookupReply reply;
    const Status found = service_.Lookup(kSuperuserContext, directory, name, AttributeMask::kAll, reply);
    if (!found.ok() || reply.file.number != entry.child) return "service does not find " + name;
    auto [at, added] = files_.try_emplace(number);
    if (added && !reader_.GetInode(entry.child, at->second.inode).ok()) return "no inode of " + name;
    ++at->second.names;
    ++files_[directory.value].entries;
    if (at->second.inode.type != entry.type) return "type of entry differs: " + name;
    if (entry.type == FileType::kDirectory) {
      if (!added) return "directory with two names: " + name;
      if (at->second.inode.parent != directory) return "wrong parent of " + name;
      ++files_[directory.value].sub_directories;
      todo.push_back(entry.child);
    }
    return {};
  }

  std::string CheckCounts() {
    UsageRecord counted;
    for (const auto& [number, seen] : files_) {
      const InodeRecord& inode = seen.inode;
      const bool is_directory = inode.type == FileType::kDirectory;
      const uint32_t links = is_directory ? 2 + seen.sub_directories : seen.names;
      if (inode.link_count != links) {
        return fmt::format("file {} has {} links, counted {}", number, inode.link_count, links);
      }
      if (is_directory && inode.entry_count != seen.entries) {
        return fmt::format("directory {} has {} entries, counted {}", number, inode.entry_count, seen.entries);
      }
      Attributes shown;
      if (!service_.GetAttributes(kSuperuserContext, inode.number, AttributeMask::kAll, shown).ok()) {
        return fmt::format("service does not know {}", number);
      }
      if (shown.link_count != inode.link_count || shown.mode != inode.mode || shown.uid != inode.uid ||
          shown.gid != inode.gid || shown.size_bytes < inode.size_bytes || shown.change < inode.change) {
        return fmt::format("service shows {} differently", number);
      }
      counted.files += 1;
      counted.bytes += static_cast<int64_t>(inode.used_bytes);
    }
    UsageRecord usage;
    if (!reader_.GetUsage(usage).ok()) return "no usage";
    if (usage.files != counted.files || usage.bytes != counted.bytes) {
      return fmt::format("usage says {} files {} bytes, counted {} and {}", usage.files, usage.bytes, counted.files,
                         counted.bytes);
    }
    const Result<UsageRecord> shown = service_.GetUsage(kSuperuserContext);
    if (!shown.ok() || shown->files != usage.files || shown->bytes != usage.bytes) return "service shows other usage";
    return {};
  }

  std::string CheckContent() {
    std::map<BlockId, int64_t> references;
    for (const auto& [number, seen] : files_) {
      if (seen.inode.type != FileType::kRegular) continue;
      uint64_t used = 0;
      std::string problem = CountExtents(seen.inode.number, seen.inode.size_bytes, references, used);
      if (!problem.empty()) return problem;
      if (used != seen.inode.used_bytes) {
        return fmt::format("file {} uses {} bytes, counted {}", number, seen.inode.used_bytes, used);
      }
    }
    std::vector<FileNumber> orphans;
    if (!reader_.ListOrphans(FileNumber{}, 1'000'000, orphans).ok()) return "no orphans";
    for (const FileNumber orphan : orphans) {
      if (files_.contains(orphan.value)) return fmt::format("orphan {} has a name", orphan.value);
      uint64_t used = 0;
      std::string problem = CountExtents(orphan, UINT64_MAX, references, used);
      if (!problem.empty()) return problem;
    }
    for (const auto& [block, count] : references) {
      BlockRecord record;
      if (!reader_.GetBlock(block, record).ok()) return "a block has no row";
      if (record.references != count) {
        return fmt::format("a block has {} references, counted {}", record.references, count);
      }
    }
    return {};
  }

  std::string CountExtents(FileNumber file, uint64_t size_bytes, std::map<BlockId, int64_t>& references,
                           uint64_t& used) {
    std::vector<Extent> extents;
    if (!reader_.GetExtents(file, 0, UINT64_MAX, SIZE_MAX, extents).ok()) return "no extents";
    std::vector<Extent> shown;
    if (!service_.GetExtents(kSuperuserContext, file, 0, UINT64_MAX, shown).ok()) return "service has no extents";
    if (shown != extents) return fmt::format("service shows other extents of {}", file.value);
    uint64_t end = 0;
    for (const Extent& extent : extents) {
      if (extent.offset < end) return fmt::format("extents of {} overlap", file.value);
      end = extent.offset + extent.length;
      used += extent.length;
      ++references[extent.block];
    }
    return end > size_bytes ? fmt::format("extents of {} end behind its size", file.value) : std::string();
  }

  MetadataReader& reader_;
  MetadataService& service_;
  std::map<uint64_t, Seen> files_;
};

}  // namespace

std::string CheckTree(MetadataStore& store, ShareId share, MetadataService& service) {
  std::string problem;
  const Status status = store.View(share, [&](MetadataReader& reader) {
    problem = Checker(reader, service).Run();
    return Status();
  });
  return status.ok() ? problem : status.ToString();
}

}  // namespace dittofs
