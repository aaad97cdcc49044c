#include "net/leader_pool.h"

#include <pthread.h>

#include <algorithm>
#include <exception>

namespace dittofs::net {

LeaderPool::LeaderPool(size_t max_threads) : max_threads_(std::max<size_t>(max_threads, 1)) {
  base::MutexLock lock(mutex_);
  threads_.reserve(max_threads_);
  spares_.reserve(max_threads_);
}

LeaderPool::~LeaderPool() = default;

Status LeaderPool::Start(const std::vector<Led*>& loops) {
  base::MutexLock lock(mutex_);
  leaderless_ = loops;
  // HandOver() must not allocate.
  leaderless_.reserve(loops.size() + 1);
  for (size_t i = 0; i < std::min(loops.size(), max_threads_); ++i) {
    if (!AddThread()) return Status(ErrorCode::kResourceExhausted, "the system gives no more threads");
  }
  return Status::Ok();
}

bool LeaderPool::AddThread() {
  if (threads_.size() >= max_threads_) return false;
  try {
    places_.push_back(std::make_unique<Spare>());
    Spare& place = *places_.back();
    threads_.emplace_back([this, &place] { ThreadMain(place); });
    return true;
  } catch (const std::exception&) {  // no thread or no memory
    return false;
  }
}

void LeaderPool::HandOver(Led& loop) noexcept {
  Spare* spare = nullptr;
  {
    base::MutexLock lock(mutex_);
    if (spares_.empty()) {
      // Taken by a new thread, or else by the first whose call is done: at the latest by the caller itself.
      leaderless_.push_back(&loop);
      AddThread();
      return;
    }
    spare = spares_.back();
    spares_.pop_back();
  }
  spare->loop = &loop;
  spare->parker.Unpark();
}

void LeaderPool::ThreadMain(Spare& spare) noexcept {
  pthread_setname_np(pthread_self(), "dittofs-net");
  for (;;) {
    Led* loop = nullptr;
    {
      base::MutexLock lock(mutex_);
      if (!leaderless_.empty()) {
        loop = leaderless_.front();
        leaderless_.erase(leaderless_.begin());
      } else if (finishing_) {
        return;
      } else {
        spare.loop = nullptr;
        spare.parker.Reset();
        spares_.push_back(&spare);
      }
    }
    if (loop == nullptr) {
      spare.parker.Park();
      loop = spare.loop;
    }
    if (loop != nullptr) loop->Lead();
  }
}

void LeaderPool::Finish() noexcept {
  for (;;) {
    std::thread thread;
    {
      base::MutexLock lock(mutex_);
      finishing_ = true;
      for (Spare* spare : spares_) {
        spare->parker.Unpark();
      }
      spares_.clear();
      if (threads_.empty()) return;
      thread = std::move(threads_.back());
      threads_.pop_back();
    }
    thread.join();
  }
}

size_t LeaderPool::thread_count() const noexcept {
  base::MutexLock lock(mutex_);
  return threads_.size();
}

}  // namespace dittofs::net
