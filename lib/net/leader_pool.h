#pragma once

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/parker.h"
#include "dittofs/status.h"

namespace dittofs::net {

/// Something that one thread at a time drives (an event loop).
class Led {
 public:
  /// Works until there is nothing left to do for ever, or until this thread has given the lead away by
  /// LeaderPool::HandOver() and finished what it kept to itself.
  virtual void Lead() noexcept = 0;

 protected:
  ~Led() = default;
};

/// The threads that lead loops, and those that wait to. A thread whose call is about to block hands its loop over: to a
/// waiting thread, a new one, or, when max_threads are all in calls, to whichever of them is done first. Thread-safe.
class LeaderPool {
 public:
  explicit LeaderPool(size_t max_threads);
  ~LeaderPool();  ///< Finish() must have been called if Start() was.
  LeaderPool(const LeaderPool&) = delete;
  LeaderPool& operator=(const LeaderPool&) = delete;

  /// One thread for each of `loops`, which must outlive Finish(). kResourceExhausted: the system gives no threads.
  Status Start(const std::vector<Led*>& loops);
  /// The caller, who leads `loop`, must not touch it afterwards.
  void HandOver(Led& loop) noexcept;
  /// Waits until every call is done, and ends all threads. Loops must have been told to end before.
  void Finish() noexcept;

  size_t thread_count() const noexcept;

 private:
  /// Where one thread waits for a loop. Kept until the end: who calls a thread may still touch it when that one is
  /// gone.
  struct Spare {
    Led* loop = nullptr;
    base::Parker parker;
  };
  void ThreadMain(Spare& spare) noexcept;
  bool AddThread() REQUIRES(mutex_);

  const size_t max_threads_;
  mutable base::Mutex mutex_;                                      // rank: leaf; threads are made under it
  std::vector<std::unique_ptr<Spare>> places_ GUARDED_BY(mutex_);  // one per thread
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
  std::vector<Spare*> spares_
      GUARDED_BY(mutex_);  // at most max_threads_; the latest, whose caches are warm, goes first
  std::vector<Led*> leaderless_ GUARDED_BY(mutex_);  // at most one entry per loop; the oldest goes first
  bool finishing_ GUARDED_BY(mutex_) = false;
};

}  // namespace dittofs::net
