#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace dittofs::net {

/// Beyond either of these a connection's socket is not read until there is room again.
struct ConnectionLimits {
  uint32_t max_requests = 128;         ///< Calls that went to threads of their own.
  size_t max_queued_bytes = 4u << 20;  ///< Answers that the client has not taken.
};

/// Bounds of one Engine.
struct EngineOptions {
  uint32_t event_loops = 0;          ///< 0 = one per processor.
  uint32_t max_threads = 64;         ///< Loops included, and at least as many are made.
  uint32_t max_connections = 16384;  ///< Further ones are accepted and closed at once.
  ConnectionLimits per_connection;   ///< Beyond these the socket is not read.
  /// Longer messages get memory of their own size as soon as it is known.
  size_t large_message_bytes = 32 * 1024;
  uint64_t max_receiving_bytes = 256u << 20;   ///< Large messages in reception or handling; beyond, sockets wait.
  uint64_t max_kept_memory_bytes = 32u << 20;  ///< Memory kept for reuse.
  uint64_t idle_timeout_ns = 0;                ///< 0 = never.
  uint64_t slow_client_timeout_ns = 0;         ///< 0 = never.
};

/// One log line per second of a kind that clients can cause. Thread-safe.
class LogThrottle {
 public:
  /// True: write the line; `*suppressed` were left out before it.
  bool Allow(uint64_t now_ns, uint64_t* suppressed) noexcept {
    uint64_t next_ns = next_ns_.load(std::memory_order_relaxed);
    if (now_ns < next_ns || !next_ns_.compare_exchange_strong(next_ns, now_ns + 1'000'000'000)) {
      suppressed_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    *suppressed = suppressed_.exchange(0, std::memory_order_relaxed);
    return true;
  }

 private:
  std::atomic<uint64_t> next_ns_{0};
  std::atomic<uint64_t> suppressed_{0};
};

}  // namespace dittofs::net
