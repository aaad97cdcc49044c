#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/runtime_impl.h"

namespace dittofs {
namespace {

constexpr uint64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr uint32_t kLeastFlushMs =
    10000;  // Written bytes are worth a wait, however short the deadline for requests is.

}  // namespace

Status Runtime::AddAdapter(std::unique_ptr<ProtocolAdapter> adapter) {
  if (!adapter) return Status(ErrorCode::kInvalidArgument, "no adapter given");
  base::MutexLock lock(impl_->lifecycle_mutex);
  if (impl_->phase == Impl::Phase::kStopped) {
    return Status(ErrorCode::kCancelled, "the Runtime has stopped; make a new one");
  }
  if (impl_->phase == Impl::Phase::kRunning) {
    if (Status started = adapter->Start(*this); !started.ok()) return started.WithContext(adapter->name());
  }
  base::MutexLock adapters_lock(impl_->adapters_mutex);
  impl_->adapters.push_back(std::move(adapter));
  if (impl_->phase == Impl::Phase::kRunning) impl_->started_count = impl_->adapters.size();
  return {};
}

Status Runtime::Start() {
  base::MutexLock lock(impl_->lifecycle_mutex);
  if (impl_->phase == Impl::Phase::kRunning) return {};
  if (impl_->phase == Impl::Phase::kStopped) {
    return Status(ErrorCode::kCancelled, "the Runtime has stopped; make a new one");
  }
  const std::vector<ProtocolAdapter*> adapters = impl_->Adapters();
  for (size_t i = 0; i < adapters.size(); ++i) {
    const Status started = adapters[i]->Start(*this);
    if (!started.ok()) {
      for (size_t earlier = i; earlier-- > 0;) {
        adapters[earlier]->StopAccepting();
        adapters[earlier]->Stop(0);
      }
      base::MutexLock adapters_lock(impl_->adapters_mutex);
      impl_->started_count = 0;
      return started.WithContext(adapters[i]->name());
    }
    base::MutexLock adapters_lock(impl_->adapters_mutex);
    impl_->started_count = i + 1;
  }
  impl_->phase = Impl::Phase::kRunning;
  return {};
}

Status Runtime::Stop(uint32_t deadline_ms) {
  base::MutexLock lock(impl_->lifecycle_mutex);
  if (impl_->phase == Impl::Phase::kStopped) return impl_->stop_status;
  Clock& clock = *impl_->environment.clock;
  const uint64_t began = clock.MonotonicNanoseconds();
  if (impl_->phase == Impl::Phase::kRunning) {
    const std::vector<ProtocolAdapter*> adapters = impl_->Adapters();
    for (ProtocolAdapter* adapter : adapters) adapter->StopAccepting();
    {
      base::MutexLock adapters_lock(impl_->adapters_mutex);
      impl_->started_count = 0;
    }
    for (ProtocolAdapter* adapter : adapters) {
      const uint64_t passed_ms = (clock.MonotonicNanoseconds() - began) / kNanosecondsPerMillisecond;
      adapter->Stop(static_cast<uint32_t>(deadline_ms - std::min<uint64_t>(deadline_ms, passed_ms)));
    }
  }
  impl_->phase = Impl::Phase::kStopped;
  impl_->stop_status = impl_->CloseFiles(std::max(deadline_ms, kLeastFlushMs));
  return impl_->stop_status;
}

std::vector<Endpoint> Runtime::endpoints() const {
  base::MutexLock lock(impl_->adapters_mutex);
  std::vector<Endpoint> all;
  for (size_t i = 0; i < impl_->started_count; ++i) {
    std::vector<Endpoint> some = impl_->adapters[i]->endpoints();
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

Status Runtime::Impl::CloseFiles(uint32_t deadline_ms) {
  base::MutexLock lock(admin_mutex);
  Status first_failure;
  const uint64_t began = environment.clock->MonotonicNanoseconds();
  for (const auto& share : shares) {
    if (!share->impl_->files.stored) continue;
    const uint64_t passed_ms = (environment.clock->MonotonicNanoseconds() - began) / kNanosecondsPerMillisecond;
    const auto left_ms = static_cast<uint32_t>(deadline_ms - std::min<uint64_t>(deadline_ms, passed_ms));
    const Status closed = share->impl_->files.stored->Close(left_ms);
    if (closed.ok()) continue;
    log.Error("Written bytes of a share could not be stored", {{"share", share->name()}, {"error", closed.ToString()}});
    if (first_failure.ok()) first_failure = closed.WithContext(share->name());
  }
  return first_failure;
}

std::vector<ProtocolAdapter*> Runtime::Impl::Adapters() const {
  base::MutexLock lock(adapters_mutex);
  std::vector<ProtocolAdapter*> all;
  for (const auto& adapter : adapters) all.push_back(adapter.get());
  return all;
}

}  // namespace dittofs
