#include "metadata/numbers.h"

namespace dittofs::metadata {

Status NumberSource::Take(const CallContext& context, uint64_t& number) {
  bool taken = false;
  bool must_wait = false;
  while (true) {
    {
      base::MutexLock lock(mutex_);
      // The first round found nothing and told the caller; the next one waits.
      while (must_wait && fetching_) fetched_.Wait(mutex_);
      if (next_ == end_ && spare_ != 0) {
        next_ = spare_;
        end_ = spare_ + kRange;
        spare_ = 0;
      }
      if (next_ != end_) {
        number = next_++;
        taken = true;
        if (end_ - next_ > kRange / 2 || spare_ != 0 || fetching_) return {};
      }
      if (!fetching_) {
        fetching_ = true;
        break;
      }
      must_wait = true;
    }
    context.WillBlock();
  }
  if (store_.traits().may_block) context.WillBlock();
  const Result<uint64_t> first = store_.AllocateNumbers(share_, kRange);
  base::MutexLock lock(mutex_);
  fetching_ = false;
  fetched_.NotifyAll();
  // A failed fetch ahead is tried again by the next one.
  if (!first.ok()) return taken ? Status() : first.status();
  if (taken) {
    spare_ = *first;
    return {};
  }
  next_ = *first;
  end_ = *first + kRange;
  number = next_++;
  return {};
}

}  // namespace dittofs::metadata
