#include "fs/content_changes.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace dittofs::fs {
namespace {

/// A change takes a commit; one that takes longer than this is not waited for: its readers may see a mixture of before
/// and after, which two concurrent callers can't tell from an order of their calls byte by byte.
constexpr std::chrono::seconds kMaxWait{5};

}  // namespace

uint64_t ContentChanges::Begin(const CallContext& context, FileNumber file) const noexcept {
  const Slot& slot = SlotOf(file);
  const uint64_t version = slot.version.load();
  if (slot.under_way.load() == 0) return version;
  context.WillBlock();
  const auto deadline = std::chrono::steady_clock::now() + kMaxWait;
  std::chrono::microseconds pause{20};
  while (slot.under_way.load() != 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds{1000});
  }
  return slot.version.load();
}

}  // namespace dittofs::fs
