#pragma once

#include <condition_variable>
#include <mutex>

// Annotations for clang's thread-safety analysis; nothing elsewhere.
#if defined(__clang__)
#define DITTOFS_ANNOTATE(x) __attribute__((x))
#else
#define DITTOFS_ANNOTATE(x)
#endif
// Abseil's containers bring macros of three of these names, with the same meaning.
#undef GUARDED_BY
#undef PT_GUARDED_BY
#undef NO_THREAD_SAFETY_ANALYSIS
#define GUARDED_BY(x) DITTOFS_ANNOTATE(guarded_by(x))
#define PT_GUARDED_BY(x) DITTOFS_ANNOTATE(pt_guarded_by(x))
#define REQUIRES(...) DITTOFS_ANNOTATE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) DITTOFS_ANNOTATE(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) DITTOFS_ANNOTATE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) DITTOFS_ANNOTATE(release_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...) DITTOFS_ANNOTATE(try_acquire_capability(__VA_ARGS__))
#define CAPABILITY(x) DITTOFS_ANNOTATE(capability(x))
#define SCOPED_CAPABILITY DITTOFS_ANNOTATE(scoped_lockable)
#define NO_THREAD_SAFETY_ANALYSIS DITTOFS_ANNOTATE(no_thread_safety_analysis)

namespace dittofs::base {

/// std::mutex with annotations. Every member of this type says its rank (docs/threading.md) beside it.
class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }
  /// Tells the analysis (not the machine) that the caller holds it; for lambdas.
  void AssertHeld() const DITTOFS_ANNOTATE(assert_capability(this)) {}
  bool try_lock() TRY_ACQUIRE(true) { return mutex_.try_lock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits with a Mutex. Always inside a loop that checks the condition.
class CondVar {
 public:
  void Wait(Mutex& mutex) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  /// False when `deadline` passed.
  template <typename TimePoint>
  bool WaitUntil(Mutex& mutex, const TimePoint& deadline) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool signalled = condition_.wait_until(lock, deadline) == std::cv_status::no_timeout;
    lock.release();
    return signalled;
  }
  void NotifyOne() noexcept { condition_.notify_one(); }
  void NotifyAll() noexcept { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace dittofs::base
