#include "metadata/extent_cache.h"

#include <algorithm>

#include "base/bytes.h"
#include "metadata/extent_map.h"

namespace dittofs::metadata {
namespace {

constexpr size_t kOverheadBytes = 40;
constexpr size_t kMostExtents = 8192;

}  // namespace

ExtentCache::ExtentCache(uint64_t budget_bytes)
    : max_extents_(std::min<size_t>(kMostExtents, static_cast<size_t>(budget_bytes / kShards / 2 / sizeof(Extent)))) {
  for (auto& part : parts_) part = std::make_unique<Part>(static_cast<size_t>(budget_bytes / kShards));
}

ExtentCache::~ExtentCache() = default;

size_t ExtentCache::SizeOf(const Node& node) noexcept {
  return sizeof(Node) + kOverheadBytes + node.extents.capacity() * sizeof(Extent);
}

ExtentCache::Answer ExtentCache::Find(FileNumber file, uint64_t offset, uint64_t length, std::vector<Extent>& extents) {
  const uint64_t hash = HashNumber(file);
  const uint64_t end = base::SaturatingAdd(offset, length);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  const Node* node = FindNode(part, file, hash);
  if (!node) return Answer::kUnknown;
  if (node->too_many) return Answer::kTooMany;
  auto at = std::partition_point(node->extents.begin(), node->extents.end(),
                                 [offset](const Extent& extent) { return EndOf(extent) <= offset; });
  for (; at != node->extents.end() && at->offset < end; ++at) extents.push_back(*at);
  return Answer::kFound;
}

uint32_t ExtentCache::Version(FileNumber file) {
  const uint64_t hash = HashNumber(file);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  return part.shard.version(hash);
}

void ExtentCache::Fill(FileNumber file, std::span<const Extent> extents, uint32_t version) {
  const uint64_t hash = HashNumber(file);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  if (part.shard.version(hash) != version || FindNode(part, file, hash)) return;
  auto node = std::make_unique<Node>();
  node->hash = hash;
  node->file = file;
  node->too_many = extents.size() > max_extents_;
  if (!node->too_many) node->extents.assign(extents.begin(), extents.end());
  node->size_bytes = static_cast<uint32_t>(SizeOf(*node));
  part.shard.Insert(node.release());
}

void ExtentCache::Splice(FileNumber file, uint64_t offset, uint64_t length, std::span<const Extent> replacement) {
  const uint64_t hash = HashNumber(file);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  part.shard.BumpVersion(hash);
  Node* node = FindNode(part, file, hash);
  if (!node) return;
  if (node->too_many) {
    // Only a removal may have made it few enough; the next read finds out.
    if (replacement.empty()) part.shard.Erase(node);
    return;
  }
  SpliceExtents(node->extents, offset, length, replacement);
  if (node->extents.size() > max_extents_) {
    node->too_many = true;
    std::vector<Extent>().swap(node->extents);
  }
  part.shard.Resize(node, SizeOf(*node));
}

void ExtentCache::Erase(FileNumber file) {
  const uint64_t hash = HashNumber(file);
  Part& part = PartOf(hash);
  base::MutexLock lock(part.mutex);
  part.shard.BumpVersion(hash);
  if (Node* node = FindNode(part, file, hash)) part.shard.Erase(node);
}

uint64_t ExtentCache::used_bytes() {
  uint64_t sum = 0;
  for (const auto& part : parts_) {
    base::MutexLock lock(part->mutex);
    sum += part->shard.used_bytes();
  }
  return sum;
}

}  // namespace dittofs::metadata
