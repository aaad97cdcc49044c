#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/mutex.h"
#include "dittofs/metadata_store.h"
#include "metadata/clock_cache.h"

namespace dittofs::metadata {

/// Names in memory, in 64 parts with a lock each: what a name in a directory means, or that it proven means nothing.
/// `hash` is HashName() of directory and name everywhere. Thread-safe.
class EntryCache {
 public:
  static constexpr size_t kShards = 64;
  enum class Answer : uint8_t { kUnknown, kAbsent, kPresent };

  explicit EntryCache(uint64_t budget_bytes);
  ~EntryCache();
  EntryCache(const EntryCache&) = delete;
  EntryCache& operator=(const EntryCache&) = delete;

  Answer Find(uint64_t hash, FileNumber directory, std::string_view name, EntryRecord& entry);
  /// The version of the name's stripe, to be taken before the store is read.
  uint32_t Version(uint64_t hash);
  /// Keeps what was read from the store (null: absent), unless something changed since Version().
  void Fill(uint64_t hash, FileNumber directory, std::string_view name, const EntryRecord* entry, uint32_t version);
  /// After a commit under the name's gate: `entry` is what the name means now (null: nothing).
  void Store(uint64_t hash, FileNumber directory, std::string_view name, const EntryRecord* entry);
  /// After a commit whose outcome is not known: the name is read again.
  void Forget(uint64_t hash, FileNumber directory, std::string_view name);
  uint64_t used_bytes();

 private:
  // The name's bytes follow the node in memory.
  struct Node : ClockLinks {
    FileNumber directory;
    EntryRecord entry;
    bool present = false;
    uint16_t name_bytes = 0;

    char* name_data() noexcept { return reinterpret_cast<char*>(this + 1); }
    std::string_view name() const noexcept { return {reinterpret_cast<const char*>(this + 1), name_bytes}; }
    static Node* Make(uint64_t hash, FileNumber directory, std::string_view name);
    static void Delete(Node* node) noexcept;
  };
  struct alignas(64) Part {
    base::Mutex mutex;  // rank: leaf
    ClockShard<Node> shard GUARDED_BY(mutex);
    explicit Part(size_t budget_bytes) : shard(budget_bytes) {}
  };

  Part& PartOf(uint64_t hash) noexcept { return *parts_[hash >> 58]; }
  static Node* FindNode(Part& part, uint64_t hash, FileNumber directory, std::string_view name) REQUIRES(part.mutex) {
    return part.shard.Find(hash, [directory, name](const Node& node) {
      return node.directory == directory && node.name_bytes == name.size() &&
             std::memcmp(&node + 1, name.data(), name.size()) == 0;
    });
  }

  std::unique_ptr<Part> parts_[kShards];
};

}  // namespace dittofs::metadata
