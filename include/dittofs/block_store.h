#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "dittofs/buffer.h"
#include "dittofs/export.h"
#include "dittofs/function_ref.h"
#include "dittofs/status.h"

namespace dittofs {

/// The largest object a PayloadService stores.
inline constexpr uint32_t kMaxBlockBytes = 4 * 1024 * 1024;

struct BlockStoreTraits {
  bool may_block = true;
  bool durable = true;  ///< What Put() acknowledged survives power loss of this machine.
  bool remote = false;  ///< Reached over a network: worth caching locally, worth ranged reads.
  uint64_t max_object_bytes = uint64_t{1} << 40;
};

struct StoredObject {
  std::string_view key;  ///< Borrowed for the call.
  uint64_t size_bytes = 0;
  int64_t modified_seconds = 0;  ///< Since 1970.
};

/// Room in a store, in bytes.
struct BlockStoreCapacity {
  uint64_t total_bytes = 0;
  uint64_t free_bytes = 0;
  uint64_t available_bytes = 0;  ///< Free for this process.
};

/// A dumb object store. Thread-safe; synchronous. Keys are 1..512 bytes of [A-Za-z0-9._-/] without empty, "." or ".."
/// components; anything else is kInvalidArgument. Every function answers kNotFound only for a proven absence.
class DITTOFS_EXPORT BlockStore {
 public:
  virtual ~BlockStore() = default;
  virtual const BlockStoreTraits& traits() const noexcept = 0;
  /// For messages: kind and place, without secrets, e.g. "filesystem:/var/lib/dittofs/blocks".
  virtual std::string Describe() const = 0;

  /// Stores `content` under `key` (replacing an object of that key), all or nothing, as durable as the traits say when
  /// it returns. kNoSpace if there is no room.
  virtual Status Put(std::string_view key, std::span<const std::byte> content) = 0;
  /// Reads [offset, offset + into.size()) into `into`. `*read_bytes` < into.size() only at the object's end.
  virtual Status Get(std::string_view key, uint64_t offset, std::span<std::byte> into, size_t* read_bytes) = 0;
  virtual Result<uint64_t> Stat(std::string_view key) = 0;
  /// kNotFound if there is no such object; callers may take that for success.
  virtual Status Delete(std::string_view key) = 0;
  /// Every object whose key starts with `prefix`, in any order, until `visit` answers false. An object added or deleted
  /// meanwhile may or may not be seen; every other one is seen exactly once, or the answer is not kOk.
  virtual Status List(std::string_view prefix, FunctionRef<bool(const StoredObject&)> visit) = 0;
  /// Optional: how much room there is. kNotSupported where nobody knows.
  virtual Result<BlockStoreCapacity> Capacity() { return ErrorCode::kNotSupported; }
};

/// kOk or kInvalidArgument: the rule for keys above. For store authors. Pure; thread-safe.
DITTOFS_EXPORT Status CheckBlockKey(std::string_view key);

}  // namespace dittofs
