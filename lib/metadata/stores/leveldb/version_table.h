#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "dittofs/ids.h"

namespace dittofs::leveldb_store {

/// What can be read and written as one: the unit of conflicts.
enum class Subject : uint8_t {
  kInode = 1,
  kEntry,         ///< One name in a directory.
  kFolded,        ///< One folded name in a directory.
  kListing,       ///< All entries of a directory.
  kSymlink,       ///< Of a file.
  kExtents,       ///< All of a file.
  kAttributes,    ///< All extended attributes of a file.
  kBlock,         ///< By its id.
  kOrphans,       ///< All of a share.
  kUnreferenced,  ///< All of a share.
};

/// Two counters that tell whether rows changed. Even: at rest. Odd: a commit that changes them was accepted and is
/// being written; whoever reads now can't know which state he saw and must run again. `identity` follows everything but
/// merged deltas, `content` follows everything.
struct VersionStripe {
  std::atomic<uint32_t> identity{0};
  std::atomic<uint32_t> content{0};
};

/// Stripes shared by all rows of a store: two rows with one stripe cost a needless second run, never a wrong answer.
class VersionTable {
 public:
  VersionTable() : stripes_(std::make_unique<VersionStripe[]>(kStripes)) {}
  VersionStripe& Of(ShareId share, Subject subject, uint64_t number) const noexcept {
    return stripes_[Mix(Mix(share.value * 16u + static_cast<uint64_t>(subject)) + number) % kStripes];
  }
  VersionStripe& Of(ShareId share, Subject subject, uint64_t number, std::string_view name) const noexcept {
    return Of(share, subject, Mix(number) + std::hash<std::string_view>()(name));
  }
  VersionStripe& Of(ShareId share, const BlockId& block) const noexcept {
    return Of(share, Subject::kBlock, std::hash<BlockId>()(block));
  }

 private:
  static constexpr size_t kStripes = size_t{1} << 17;
  static constexpr uint64_t Mix(uint64_t x) noexcept {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }
  std::unique_ptr<VersionStripe[]> stripes_;
};

}  // namespace dittofs::leveldb_store
