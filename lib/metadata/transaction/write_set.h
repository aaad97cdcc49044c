#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dittofs/metadata_store.h"

namespace dittofs::metadata {

/// Values by key in the order of their first write; a later write to a key replaces the value. Few keys are searched
/// one by one; many get an index.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class WriteList {
 public:
  struct Item {
    Key key;
    Value value;
  };

  template <typename Lookup>
  Value* Find(const Lookup& key) noexcept {
    const size_t at = IndexOf(key);
    return at == items_.size() ? nullptr : &items_[at].value;
  }
  template <typename Lookup>
  const Value* Find(const Lookup& key) const noexcept {
    const size_t at = IndexOf(key);
    return at == items_.size() ? nullptr : &items_[at].value;
  }
  /// The value of `key`, made if absent.
  template <typename Lookup>
  Value& At(const Lookup& key) {
    if (Value* found = Find(key)) return *found;
    items_.push_back(Item{Key(key), Value()});
    if (items_.size() > kLinear) IndexNew();
    return items_.back().value;
  }
  bool empty() const noexcept { return items_.empty(); }
  size_t size() const noexcept { return items_.size(); }
  auto begin() noexcept { return items_.begin(); }
  auto end() noexcept { return items_.end(); }
  auto begin() const noexcept { return items_.begin(); }
  auto end() const noexcept { return items_.end(); }
  void clear() noexcept {
    items_.clear();
    index_.clear();
  }

 private:
  static constexpr size_t kLinear = 16;

  template <typename Lookup>
  size_t IndexOf(const Lookup& key) const noexcept {
    if (items_.size() <= kLinear) {
      for (size_t i = 0; i < items_.size(); ++i) {
        if (items_[i].key == key) return i;
      }
      return items_.size();
    }
    const auto [first, last] = index_.equal_range(Hash()(key));
    for (auto at = first; at != last; ++at) {
      if (items_[at->second].key == key) return at->second;
    }
    return items_.size();
  }
  void IndexNew() {
    if (index_.empty()) {
      for (size_t i = 0; i + 1 < items_.size(); ++i) index_.emplace(Hash()(items_[i].key), i);
    }
    index_.emplace(Hash()(items_.back().key), items_.size() - 1);
  }

  std::vector<Item> items_;
  std::unordered_multimap<size_t, size_t> index_;
};

/// A name below a file: an entry of a directory, or an extended attribute.
struct NameView {
  FileNumber number;
  std::string_view name;
};
struct NameKey {
  FileNumber number;
  std::string name;
  NameKey() = default;
  explicit NameKey(const NameView& view) : number(view.number), name(view.name) {}
  friend bool operator==(const NameKey& a, const NameView& b) noexcept {
    return a.number == b.number && a.name == b.name;
  }
};
struct NameHash {
  size_t operator()(const NameView& key) const noexcept {
    return std::hash<FileNumber>()(key.number) ^ std::hash<std::string_view>()(key.name);
  }
  size_t operator()(const NameKey& key) const noexcept { return (*this)(NameView{key.number, key.name}); }
};

/// An extent by where it begins.
struct ExtentKey {
  FileNumber number;
  uint64_t offset = 0;
  friend bool operator==(const ExtentKey&, const ExtentKey&) = default;
};
struct ExtentHash {
  size_t operator()(const ExtentKey& key) const noexcept {
    return std::hash<FileNumber>()(key.number) ^ std::hash<FileNumber>()(FileNumber{key.offset + 1});
  }
};

struct InodeWrite {
  bool deleted = false;
  /// Symlink target and extended attributes that the store has are void, also if the inode was made again.
  bool cleared = false;
  InodeRecord record;
};
struct EntryWrite {
  bool deleted = false;
  EntryRecord entry;
  std::string folded;
};
struct DirectoryWrite {
  DirectoryDelta delta;
  DirectoryChange* change = nullptr;  ///< The caller's; filled by the store after the commit.
};
struct ExtentWrite {
  bool deleted = false;
  Extent extent;
};
struct BlockWrite {
  bool deleted = false;
  uint32_t size_bytes = 0;
  BlockState state = BlockState::kStored;
};

/// Everything one transaction wants to change: per row the last word, and the deltas that merge.
struct WriteSet {
  WriteList<FileNumber, InodeWrite> inodes;
  WriteList<NameKey, EntryWrite, NameHash> entries;
  WriteList<FileNumber, DirectoryWrite> directories;
  WriteList<FileNumber, std::string> symlinks;
  WriteList<ExtentKey, ExtentWrite, ExtentHash> extents;
  WriteList<BlockId, BlockWrite> blocks;
  WriteList<BlockId, int64_t> block_references;
  WriteList<NameKey, std::optional<std::string>, NameHash> extended_attributes;  ///< Nothing = deleted.
  WriteList<FileNumber, bool> orphans;                                           ///< False = deleted.
  UsageRecord usage;
  bool has_usage = false;

  bool empty() const noexcept {
    return inodes.empty() && entries.empty() && directories.empty() && symlinks.empty() && extents.empty() &&
           blocks.empty() && block_references.empty() && extended_attributes.empty() && orphans.empty() && !has_usage;
  }
};

}  // namespace dittofs::metadata
