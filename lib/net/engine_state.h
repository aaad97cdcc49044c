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
#include "net/engine_options.h"
#include "net/leader_pool.h"
#include "net/memory_pool.h"
#include "net/output.h"

namespace dittofs::net {

class EventLoop;

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
  EngineState(const EngineOptions& engine_options, const Environment& environment);
  ~EngineState();

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
