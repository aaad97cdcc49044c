#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "dittofs/environment.h"
#include "net/connection.h"
#include "net/leader_pool.h"
#include "net/memory_pool.h"
#include "net/output.h"

namespace dittofs::net {

class EventLoop;

/// Bounds of one Engine.
struct EngineOptions {
  uint32_t event_loops = 0;           ///< 0 = one per processor.
  uint32_t max_threads = 64;          ///< Loops included, and at least as many are made.
  uint32_t max_connections = 16384;   ///< Further ones are accepted and closed at once.
  Connection::Limits per_connection;  ///< Beyond these the socket is not read.
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

/// Batches between two uses. Thread-safe.
class BatchPool {
 public:
  BatchPool(MemoryPool& memory, size_t max_kept) : memory_(memory), max_kept_(max_kept) {
    base::MutexLock lock(mutex_);
    kept_.reserve(max_kept);
  }
  std::unique_ptr<OutputBatch> Take() {
    {
      base::MutexLock lock(mutex_);
      if (!kept_.empty()) {
        std::unique_ptr<OutputBatch> batch = std::move(kept_.back());
        kept_.pop_back();
        return batch;
      }
    }
    return std::make_unique<OutputBatch>(memory_);
  }
  /// `batch` is reset already.
  void GiveBack(std::unique_ptr<OutputBatch> batch) noexcept {
    base::MutexLock lock(mutex_);
    if (kept_.size() < max_kept_) kept_.push_back(std::move(batch));
  }

 private:
  MemoryPool& memory_;
  const size_t max_kept_;
  base::Mutex mutex_;  // rank: leaf
  std::vector<std::unique_ptr<OutputBatch>> kept_ GUARDED_BY(mutex_);
};

/// How far an engine is on its way to its end.
enum class Phase : uint32_t {
  kServing,
  kDraining,  ///< What was received is answered, nothing more is read.
  kClosing,   ///< Connections are closed whatever they are doing.
};

/// What all loops of one engine share.
struct EngineState {
  EngineState(const EngineOptions& engine_options, const Environment& environment)
      : options(engine_options),
        clock(*environment.clock),
        logger(environment.log, "net"),
        memory(engine_options.max_kept_memory_bytes),
        batches(memory, engine_options.max_threads),
        threads(engine_options.max_threads) {}

  const EngineOptions options;
  Clock& clock;
  const base::Logger logger;
  MemoryPool memory;
  BatchPool batches;
  std::atomic<Phase> phase{Phase::kServing};
  std::atomic<uint64_t> receiving_bytes{0};
  std::atomic<uint64_t> connections_open{0};
  std::atomic<uint64_t> connections_accepted{0};
  std::atomic<uint64_t> connections_refused{0};
  LogThrottle refused_log;
  LogThrottle accept_log;
  std::atomic<uint32_t> next_loop{0};
  std::vector<std::unique_ptr<EventLoop>> loops;
  base::Mutex ended_mutex;  // rank: leaf
  base::CondVar ended;
  size_t ended_loops GUARDED_BY(ended_mutex) = 0;
  LeaderPool threads;
};

}  // namespace dittofs::net
