#include "metadata/inode_cache.h"

#include <algorithm>

#include "metadata/permissions.h"

namespace dittofs::metadata {
namespace {

// What malloc adds to a node, and its bucket.
constexpr size_t kOverheadBytes = 24;

}  // namespace

InodeCache::InodeCache(uint64_t budget_bytes) {
  for (auto& part : parts_) part = std::make_unique<Part>(static_cast<size_t>(budget_bytes / kShards));
}

InodeCache::~InodeCache() = default;

InodeCache::Node* InodeCache::Add(Part& part, const InodeRecord& record, uint64_t hash) {
  auto node = std::make_unique<Node>();
  node->hash = hash;
  node->size_bytes = sizeof(Node) + kOverheadBytes;
  node->record = record;
  node->durable_size_bytes = record.size_bytes;
  Node* added = node.release();
  part.shard.Insert(added);
  return added;
}

void InodeCache::SetPending(Node& node, bool pending) noexcept {
  if (node.pinned == pending) return;
  node.pinned = pending;
  if (pending) {
    pending_count_.fetch_add(1, std::memory_order_relaxed);
  } else {
    pending_count_.fetch_sub(1, std::memory_order_relaxed);
  }
}

uint32_t InodeCache::Version(FileNumber number) {
  const uint64_t hash = HashNumber(number);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  return part.shard.version(hash);
}

void InodeCache::Fill(InodeRecord& record, uint32_t version) {
  const uint64_t hash = HashNumber(record.number);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  if (const Node* node = Find(part, record.number, hash)) {
    if (node->record.change >= record.change) record = node->record;
    return;
  }
  if (part.shard.version(hash) == version) Add(part, record, hash);
}

void InodeCache::Store(const InodeRecord& durable, uint64_t size_bytes) {
  const uint64_t hash = HashNumber(durable.number);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  part.shard.BumpVersion(hash);
  Node* node = Find(part, durable.number, hash);
  if (!node) node = Add(part, durable, hash);
  node->record = durable;
  node->record.size_bytes = size_bytes;
  node->durable_size_bytes = durable.size_bytes;
  SetPending(*node, size_bytes != durable.size_bytes);
}

void InodeCache::StoreNewer(const InodeRecord& record) {
  const uint64_t hash = HashNumber(record.number);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  part.shard.BumpVersion(hash);
  Node* node = Find(part, record.number, hash);
  if (!node) {
    Add(part, record, hash);
  } else if (node->record.change < record.change) {
    node->record = record;
    node->durable_size_bytes = record.size_bytes;
  }
}

void InodeCache::Forget(FileNumber number) {
  const uint64_t hash = HashNumber(number);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  part.shard.BumpVersion(hash);
  Node* node = Find(part, number, hash);
  if (node && !node->pinned) part.shard.Erase(node);
}

void InodeCache::Erase(FileNumber number) {
  const uint64_t hash = HashNumber(number);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  part.shard.BumpVersion(hash);
  if (Node* node = Find(part, number, hash)) {
    SetPending(*node, false);
    part.shard.Erase(node);
  }
}

bool InodeCache::NoteWrite(FileNumber number, const WriteNote& note, InodeRecord& before, InodeRecord& after) {
  const uint64_t hash = HashNumber(number);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  Node* node = Find(part, number, hash);
  if (!node) return false;
  before = node->record;
  InodeRecord& record = node->record;
  record.size_bytes = std::max(record.size_bytes, note.end);
  record.mtime = record.ctime = note.now;
  record.change = NextChange(record, note.now);
  after = record;
  SetPending(*node, true);
  part.shard.BumpVersion(hash);
  return true;
}

bool InodeCache::FindPending(FileNumber number, InodeRecord& seen, uint64_t& durable_size_bytes) {
  const uint64_t hash = HashNumber(number);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  const Node* node = Find(part, number, hash);
  if (!node || !node->pinned) return false;
  seen = node->record;
  durable_size_bytes = node->durable_size_bytes;
  return true;
}

void InodeCache::StorePublished(const InodeRecord& durable, InodeRecord& seen) {
  const uint64_t hash = HashNumber(durable.number);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  part.shard.BumpVersion(hash);
  Node* node = Find(part, durable.number, hash);
  if (!node) {
    Add(part, durable, hash);
    seen = durable;
    return;
  }
  InodeRecord& record = node->record;
  node->durable_size_bytes = durable.size_bytes;
  record.used_bytes = durable.used_bytes;
  record.size_bytes = std::max(record.size_bytes, durable.size_bytes);
  if (record.change < durable.change) {
    const uint64_t size_bytes = record.size_bytes;
    record = durable;
    record.size_bytes = size_bytes;
  }
  SetPending(*node, record.change != durable.change || record.size_bytes != durable.size_bytes);
  seen = record;
}

uint64_t InodeCache::used_bytes() {
  uint64_t sum = 0;
  for (const auto& part : parts_) {
    base::MutexLock lock(part->mutex);
    sum += part->shard.used_bytes();
  }
  return sum;
}

}  // namespace dittofs::metadata
