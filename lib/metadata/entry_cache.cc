#include "metadata/entry_cache.h"

#include <new>

namespace dittofs::metadata {
namespace {

constexpr size_t kOverheadBytes = 24;

}  // namespace

EntryCache::Node* EntryCache::Node::Make(uint64_t hash, FileNumber directory, std::string_view name) {
  void* memory = ::operator new(sizeof(Node) + name.size());
  Node* node = new (memory) Node();
  node->hash = hash;
  node->size_bytes = static_cast<uint32_t>(sizeof(Node) + name.size() + kOverheadBytes);
  node->directory = directory;
  node->name_bytes = static_cast<uint16_t>(name.size());
  std::memcpy(node->name_data(), name.data(), name.size());
  return node;
}

void EntryCache::Node::Delete(Node* node) noexcept {
  node->~Node();
  ::operator delete(node);
}

EntryCache::EntryCache(uint64_t budget_bytes) {
  for (auto& part : parts_) part = std::make_unique<Part>(static_cast<size_t>(budget_bytes / kShards));
}

EntryCache::~EntryCache() = default;

EntryCache::Answer EntryCache::Find(uint64_t hash, FileNumber directory, std::string_view name, EntryRecord& entry) {
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  const Node* node = FindNode(part, hash, directory, name);
  if (!node) return Answer::kUnknown;
  if (!node->present) return Answer::kAbsent;
  entry = node->entry;
  return Answer::kPresent;
}

uint32_t EntryCache::Version(uint64_t hash) {
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  return part.shard.version(hash);
}

void EntryCache::Fill(uint64_t hash, FileNumber directory, std::string_view name, const EntryRecord* entry,
                      uint32_t version) {
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  if (part.shard.version(hash) != version || FindNode(part, hash, directory, name)) return;
  Node* node = Node::Make(hash, directory, name);
  node->present = entry != nullptr;
  if (entry) node->entry = *entry;
  part.shard.Insert(node);
}

void EntryCache::Store(uint64_t hash, FileNumber directory, std::string_view name, const EntryRecord* entry) {
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  part.shard.BumpVersion(hash);
  Node* node = FindNode(part, hash, directory, name);
  if (!node) {
    node = Node::Make(hash, directory, name);
    part.shard.Insert(node);
  }
  node->present = entry != nullptr;
  if (entry) node->entry = *entry;
}

void EntryCache::Forget(uint64_t hash, FileNumber directory, std::string_view name) {
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  part.shard.BumpVersion(hash);
  if (Node* node = FindNode(part, hash, directory, name)) part.shard.Erase(node);
}

uint64_t EntryCache::used_bytes() {
  uint64_t sum = 0;
  for (const auto& part : parts_) {
    base::MutexLock lock(part->mutex);
    sum += part->shard.used_bytes();
  }
  return sum;
}

}  // namespace dittofs::metadata
