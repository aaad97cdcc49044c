#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "dittofs/metadata_store.h"
#include "metadata/clock_cache.h"
#include "metadata/name_hash.h"

namespace dittofs::metadata {

/// Whole lists of extents of files, in 16 parts with a lock each. A file with more than max_extents() is remembered as
/// such and its ranges are read from the store. Thread-safe.
class ExtentCache {
 public:
  static constexpr size_t kShards = 16;
  enum class Answer : uint8_t { kUnknown, kTooMany, kFound };

  explicit ExtentCache(uint64_t budget_bytes);
  ~ExtentCache();
  ExtentCache(const ExtentCache&) = delete;
  ExtentCache& operator=(const ExtentCache&) = delete;

  /// Appends the extents that overlap [offset, offset + length).
  Answer Find(FileNumber file, uint64_t offset, uint64_t length, std::vector<Extent>& extents);
  uint32_t Version(FileNumber file);
  /// Keeps the whole list as read from the store, unless something changed since Version().
  void Fill(FileNumber file, std::span<const Extent> extents, uint32_t version);
  /// After a commit at the file's gate that did ReplaceExtents() with the same arguments.
  void Splice(FileNumber file, uint64_t offset, uint64_t length, std::span<const Extent> replacement);
  void Erase(FileNumber file);
  size_t max_extents() const noexcept { return max_extents_; }
  uint64_t used_bytes();

 private:
  struct Node : ClockLinks {
    FileNumber file;
    bool too_many = false;
    std::vector<Extent> extents;
    static void Delete(Node* node) noexcept { delete node; }
  };
  struct alignas(64) Part {
    base::Mutex mutex;  // rank: leaf
    ClockShard<Node> shard GUARDED_BY(mutex);
    explicit Part(size_t budget_bytes) : shard(budget_bytes) {}
  };

  Part& PartOf(uint64_t hash) noexcept { return *parts_[hash >> 60]; }
  static Node* FindNode(Part& part, FileNumber file, uint64_t hash) REQUIRES(part.mutex) {
    return part.shard.Find(hash, [file](const Node& node) { return node.file == file; });
  }
  static size_t SizeOf(const Node& node) noexcept;

  size_t max_extents_;
  std::unique_ptr<Part> parts_[kShards];
};

}  // namespace dittofs::metadata
