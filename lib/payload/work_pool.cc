#include "payload/work_pool.h"

#include <algorithm>
#include <system_error>

namespace dittofs::payload {

WorkPool::~WorkPool() {
  std::vector<std::thread> threads;
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  job_added_.NotifyAll();
  for (std::thread& thread : threads) thread.join();
}

void WorkPool::RunAll(size_t count, FunctionRef<void(size_t)> work) {
  if (count == 1 || max_threads_ == 0) {
    for (size_t i = 0; i < count; ++i) work(i);
    return;
  }
  Job job{work, count};
  base::MutexLock lock(mutex_);
  const size_t wanted = std::min(max_threads_, count - 1);
  try {
    while (threads_.size() < wanted) threads_.emplace_back([this] { RunThread(); });
  } catch (const std::system_error&) {
    // No thread to be had: this one does what the others would have done.
  }
  jobs_.push_back(&job);
  job_added_.NotifyAll();
  Work(job);
  while (job.done < job.count) work_done_.Wait(mutex_);
}

void WorkPool::RunThread() {
  base::MutexLock lock(mutex_);
  while (true) {
    while (jobs_.empty() && !stopping_) job_added_.Wait(mutex_);
    if (stopping_) return;
    Work(*jobs_.front());
  }
}

void WorkPool::Work(Job& job) {
  while (job.next < job.count) {
    const size_t index = job.next++;
    if (job.next == job.count) std::erase(jobs_, &job);
    mutex_.unlock();
    job.work(index);
    mutex_.lock();
    // The job may end with this; it is not touched after.
    const bool last_taken = job.next == job.count;
    if (++job.done == job.count) work_done_.NotifyAll();
    if (last_taken) return;
  }
}

}  // namespace dittofs::payload
