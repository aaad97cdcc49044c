#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>

#include "dittofs/file_system.h"
#include "dittofs/ids.h"

namespace dittofs::fs {

/// Keeps reads and writes of a file apart from operations that take bytes away in several steps (truncation, hole,
/// clone), without a lock: who reads or writes notes the version before, and starts again if it is another one after.
/// Files share 1,024 slots; meeting in one costs a repetition and nothing else. Thread-safe.
class ContentChanges {
 private:
  struct Slot {
    std::atomic<uint32_t> under_way{0};
    std::atomic<uint64_t> version{0};
  };

 public:
  /// While it lives, content of `file` is being taken away.
  class Change {
   public:
    Change(ContentChanges& changes, FileNumber file) noexcept : slot_(changes.SlotOf(file)) {
      slot_.under_way.fetch_add(1);
    }
    ~Change() {
      slot_.version.fetch_add(1);
      slot_.under_way.fetch_sub(1);
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    Slot& slot_;
  };

  /// Waits (bounded) while a change is under way, and answers what Same() wants to know.
  uint64_t Begin(const CallContext& context, FileNumber file) const noexcept;
  /// Whether no change was under way since Begin() answered `version`.
  bool Same(FileNumber file, uint64_t version) const noexcept {
    const Slot& slot = SlotOf(file);
    return slot.under_way.load() == 0 && slot.version.load() == version;
  }

 private:
  static constexpr size_t kSlots = 1024;
  Slot& SlotOf(FileNumber file) noexcept { return slots_[std::hash<FileNumber>()(file) % kSlots]; }
  const Slot& SlotOf(FileNumber file) const noexcept { return slots_[std::hash<FileNumber>()(file) % kSlots]; }

  std::array<Slot, kSlots> slots_;
};

}  // namespace dittofs::fs
