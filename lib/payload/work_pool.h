#pragma once

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "dittofs/function_ref.h"

namespace dittofs::payload {

/// A few threads that help large flushes. They start with the first one. Thread-safe.
class WorkPool {
 public:
  explicit WorkPool(size_t max_threads) : max_threads_(max_threads) {}
  /// No RunAll() may be under way.
  ~WorkPool();

  /// Runs `work(0)` … `work(count - 1)`, each once, on this thread and the pool's; returns when all have returned.
  void RunAll(size_t count, FunctionRef<void(size_t)> work) EXCLUDES(mutex_);

 private:
  struct Job {
    FunctionRef<void(size_t)> work;
    size_t count;
    size_t next = 0;
    size_t done = 0;
  };
  void RunThread() EXCLUDES(mutex_);
  /// Runs what is left of the job; gives up the lock meanwhile.
  void Work(Job& job) REQUIRES(mutex_);

  const size_t max_threads_;
  base::Mutex mutex_;  // rank: leaf
  base::CondVar job_added_;
  base::CondVar work_done_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::deque<Job*> jobs_ GUARDED_BY(mutex_);  ///< With work nobody has taken; as many as flushes under way.
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
};

}  // namespace dittofs::payload
