#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/mutex.h"
#include "dittofs/file_system.h"
#include "metadata/name_hash.h"

namespace dittofs::metadata {

/// How a gate is held. Shared holders stand beside each other and beside one updater; an exclusive one stands alone.
enum class GateMode : uint8_t { kShared = 0, kUpdate = 1, kExclusive = 2 };

/// Gates by 64-bit key, made when first asked for and forgotten when nobody holds or awaits them. A gate is no mutex:
/// it may be held across store calls. First come, first served: who waits is never overtaken. Thread-safe.
class GateTable {
 public:
  GateTable();
  ~GateTable();
  GateTable(const GateTable&) = delete;
  GateTable& operator=(const GateTable&) = delete;

  /// Waits until the gate is held; tells `context` before it waits.
  void Acquire(const CallContext& context, uint64_t key, GateMode mode);
  void Release(uint64_t key, GateMode mode) noexcept;

 private:
  struct Waiter;
  struct Gate;
  struct Stripe;
  static constexpr size_t kStripes = 256;

  Stripe& StripeOf(uint64_t key) noexcept;
  static bool Admits(const Gate& gate, GateMode mode) noexcept;
  static void Enter(Gate& gate, GateMode mode) noexcept;

  std::unique_ptr<Stripe[]> stripes_;
};

/// Keys. Numbers of files stay below 2^62; the levels never collide.
constexpr uint64_t NameGate(uint64_t name_hash) noexcept {
  return name_hash | uint64_t{1} << 63;
}
constexpr uint64_t FileGate(FileNumber file) noexcept {
  return file.value;
}
/// Held while a directory gets another parent: no two of them may make a cycle.
inline constexpr uint64_t kMoveGate = uint64_t{1} << 62;
/// Shared by whoever makes references to blocks, exclusive for whoever takes unreferenced ones away.
inline constexpr uint64_t kBlockGate = kMoveGate + 1;

/// The gates of one operation, released when it ends. No deadlock: an operation takes levels in this order, and within
/// one call of Acquire() in the order of the keys: names, kMoveGate, files, kBlockGate.
class GateHolder {
 public:
  GateHolder(GateTable& table, const CallContext& context) noexcept : table_(table), context_(context) {}
  ~GateHolder() { ReleaseAll(); }
  GateHolder(const GateHolder&) = delete;
  GateHolder& operator=(const GateHolder&) = delete;

  struct Request {
    uint64_t key = 0;
    GateMode mode = GateMode::kShared;
  };
  /// Takes up to four gates of one level; the same key twice is taken once, in the stronger mode.
  template <typename... Requests>
  void Acquire(Requests... requests) {
    Request list[] = {requests...};
    AcquireSorted(list, sizeof...(requests));
  }
  void ReleaseAll() noexcept;

 private:
  void AcquireSorted(Request* requests, size_t count);

  static constexpr size_t kMaxHeld = 8;
  GateTable& table_;
  const CallContext& context_;
  std::array<Request, kMaxHeld> held_{};
  size_t held_count_ = 0;
};

}  // namespace dittofs::metadata
