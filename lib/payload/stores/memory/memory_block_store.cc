#include <array>
#include <atomic>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "dittofs/environment.h"
#include "dittofs/stores/memory.h"

namespace dittofs {
namespace {

/// Objects are immutable once stored, so readers copy from them without a lock.
struct Object {
  std::vector<std::byte> content;
  int64_t modified_seconds = 0;
};

class MemoryBlockStore final : public BlockStore {
 public:
  explicit MemoryBlockStore(const MemoryBlockStoreOptions& options) : max_bytes_(options.max_bytes) {}

  const BlockStoreTraits& traits() const noexcept override { return traits_; }
  std::string Describe() const override { return "memory"; }

  Status Put(std::string_view key, std::span<const std::byte> content) override {
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    auto object = std::make_shared<Object>();
    object->content.assign(content.begin(), content.end());
    object->modified_seconds = SystemEnvironment().clock->Now().seconds;
    Shard& shard = ShardOf(key);
    std::unique_lock lock(shard.mutex);
    const auto at = shard.objects.find(key);
    const uint64_t replaced = at == shard.objects.end() ? 0 : at->second->content.size();
    if (!Reserve(content.size(), replaced)) return Status(ErrorCode::kNoSpace, "the memory block store is full");
    if (at == shard.objects.end()) {
      shard.objects.emplace(std::string(key), std::move(object));
    } else {
      at->second = std::move(object);
    }
    return {};
  }

  Status Get(std::string_view key, uint64_t offset, std::span<std::byte> into, size_t* read_bytes) override {
    *read_bytes = 0;
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    const std::shared_ptr<const Object> object = Find(key);
    if (!object) return ErrorCode::kNotFound;
    const size_t size = object->content.size();
    if (offset >= size || into.empty()) return {};
    *read_bytes = std::min<size_t>(into.size(), size - static_cast<size_t>(offset));
    std::memcpy(into.data(), object->content.data() + offset, *read_bytes);
    return {};
  }

  Result<uint64_t> Stat(std::string_view key) override {
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    const std::shared_ptr<const Object> object = Find(key);
    if (!object) return ErrorCode::kNotFound;
    return uint64_t{object->content.size()};
  }

  Status Delete(std::string_view key) override {
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    Shard& shard = ShardOf(key);
    std::unique_lock lock(shard.mutex);
    const auto at = shard.objects.find(key);
    if (at == shard.objects.end()) return ErrorCode::kNotFound;
    used_bytes_.fetch_sub(at->second->content.size(), std::memory_order_relaxed);
    shard.objects.erase(at);
    return {};
  }

  Status List(std::string_view prefix, FunctionRef<bool(const StoredObject&)> visit) override {
    for (Shard& shard : shards_) {
      // In batches, so that `visit` runs without the lock and may call the store.
      std::string after;
      bool first = true;
      while (true) {
        std::vector<std::pair<std::string, std::shared_ptr<const Object>>> batch;
        {
          std::shared_lock lock(shard.mutex);
          auto at = first ? shard.objects.lower_bound(prefix) : shard.objects.upper_bound(after);
          for (; at != shard.objects.end() && at->first.starts_with(prefix) && batch.size() < kListBatchObjects; ++at) {
            batch.emplace_back(*at);
          }
        }
        if (batch.empty()) break;
        for (const auto& [key, object] : batch) {
          if (!visit({key, object->content.size(), object->modified_seconds})) return {};
        }
        after = batch.back().first;
        first = false;
      }
    }
    return {};
  }

  Result<BlockStoreCapacity> Capacity() override {
    if (max_bytes_ == 0) return ErrorCode::kNotSupported;
    const uint64_t used = used_bytes_.load(std::memory_order_relaxed);
    const uint64_t free = used < max_bytes_ ? max_bytes_ - used : 0;
    return BlockStoreCapacity{max_bytes_, free, free};
  }

 private:
  static constexpr size_t kShards = 16;
  static constexpr size_t kListBatchObjects = 256;

  struct Shard {
    mutable std::shared_mutex mutex;  // rank: leaf; nothing is called while it is held
    std::map<std::string, std::shared_ptr<const Object>, std::less<>> objects;
  };

  Shard& ShardOf(std::string_view key) { return shards_[std::hash<std::string_view>()(key) % kShards]; }
  std::shared_ptr<const Object> Find(std::string_view key) {
    Shard& shard = ShardOf(key);
    std::shared_lock lock(shard.mutex);
    const auto at = shard.objects.find(key);
    return at == shard.objects.end() ? nullptr : at->second;
  }
  bool Reserve(uint64_t added, uint64_t removed) {
    uint64_t used = used_bytes_.load(std::memory_order_relaxed);
    uint64_t next;
    do {
      next = used - removed + added;
      if (max_bytes_ != 0 && added > removed && next > max_bytes_) return false;
    } while (!used_bytes_.compare_exchange_weak(used, next, std::memory_order_relaxed));
    return true;
  }

  const BlockStoreTraits traits_{.may_block = false, .durable = false};
  const uint64_t max_bytes_;
  std::atomic<uint64_t> used_bytes_{0};
  std::array<Shard, kShards> shards_;
};

}  // namespace

std::unique_ptr<BlockStore> MakeMemoryBlockStore(MemoryBlockStoreOptions options) {
  return std::make_unique<MemoryBlockStore>(options);
}

}  // namespace dittofs
