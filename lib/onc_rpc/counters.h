#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "onc_rpc/program.h"
#include "onc_rpc/server.h"

namespace dittofs::onc_rpc {

/// What happened to messages that did not become calls of a procedure.
enum class Event : uint8_t { kDenied, kUnavailable, kMalformed, kReplayAnswered, kReplayDropped, kCount };

/// Counters of one loop. Its leader counts without locked instructions; the few that other threads count use them.
class alignas(64) LoopCounters {
 public:
  void Add(Event event) noexcept { Increment(events_[static_cast<size_t>(event)]); }
  uint64_t value(Event event) const noexcept {
    return events_[static_cast<size_t>(event)].load(std::memory_order_relaxed);
  }
  /// For the leader's counters only: one writer at a time.
  static void Increment(std::atomic<uint64_t>& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<uint64_t>, static_cast<size_t>(Event::kCount)> events_{};
};

/// Calls of one program's procedures, apart for each loop.
class ProgramCounters {
 public:
  /// Procedures from here on, and versions beyond the first kMaxVersions, are not counted one by one.
  static constexpr uint32_t kMaxProcedures = 64;
  static constexpr uint32_t kMaxVersions = 8;

  ProgramCounters(const Program& program, size_t loop_count);

  /// Null if this procedure is not counted.
  struct Slot {
    std::atomic<uint64_t> calls{0};
    std::atomic<uint64_t> failures{0};
  };
  Slot* slot(uint32_t loop_index, uint32_t version, uint32_t procedure) noexcept {
    const uint32_t version_index = version - lowest_version_;
    if (version_index >= version_count_ || procedure >= kMaxProcedures) return nullptr;
    return &loops_[loop_index][version_index * kMaxProcedures + procedure];
  }
  /// Appends the procedures that were called.
  void Collect(std::vector<ProcedureStatistics>* procedures) const;

 private:
  const Program& program_;
  const uint32_t lowest_version_;
  const uint32_t version_count_;
  std::vector<std::unique_ptr<Slot[]>> loops_;
};

}  // namespace dittofs::onc_rpc
