#include "onc_rpc/peer_calls.h"

#include <algorithm>
#include <utility>

#include "onc_rpc/client.h"

namespace dittofs::onc_rpc {

Status PeerCalls::Submit(PeerCall call) {
  const Time not_before = std::chrono::steady_clock::now() + std::chrono::milliseconds(call.delay_ms);
  base::MutexLock hold(mutex_);
  if (stopped_) return ErrorCode::kCancelled;
  if (waiting_ >= options_.max_calls) return ErrorCode::kResourceExhausted;
  Host& host = hosts_[call.address];
  if (host.calls.size() >= options_.max_calls_per_host) return ErrorCode::kResourceExhausted;
  host.calls.push_back({std::move(call), not_before});
  ++waiting_;
  if (idle_threads_ == 0 && threads_.size() < options_.max_threads) {
    threads_.emplace_back([this] { Work(); });
  } else {
    changed_.NotifyOne();
  }
  return {};
}

void PeerCalls::Work() {
  mutex_.lock();
  while (!stopped_) {
    const Time now = std::chrono::steady_clock::now();
    Time next = now + std::chrono::hours(1);
    auto ready = hosts_.end();
    std::deque<Waiting>::iterator first;
    for (auto host = hosts_.begin(); host != hosts_.end() && ready == hosts_.end(); ++host) {
      if (host->second.busy || host->second.calls.empty()) continue;
      first = std::min_element(host->second.calls.begin(), host->second.calls.end(),
                               [](const Waiting& a, const Waiting& b) { return a.not_before < b.not_before; });
      if (first->not_before <= now) {
        ready = host;
      } else {
        next = std::min(next, first->not_before);
      }
    }
    if (ready == hosts_.end()) {
      ++idle_threads_;
      changed_.WaitUntil(mutex_, next);
      --idle_threads_;
      continue;
    }
    ready->second.busy = true;
    Waiting work = std::move(*first);
    ready->second.calls.erase(first);
    --waiting_;
    mutex_.unlock();
    Result<std::vector<std::byte>> result = Perform(work.call, work.call.transport);
    if (result.code() == ErrorCode::kNotFound) {
      result = Perform(work.call, work.call.transport == Transport::kTcp ? Transport::kUdp : Transport::kTcp);
    }
    if (work.call.done) work.call.done(std::move(result));
    mutex_.lock();
    const auto host = hosts_.find(work.call.address);
    host->second.busy = false;
    if (host->second.calls.empty()) {
      hosts_.erase(host);
    } else {
      changed_.NotifyOne();
    }
  }
  mutex_.unlock();
}

Result<std::vector<std::byte>> PeerCalls::Perform(const PeerCall& call, Transport transport) {
  const PortKey key{call.address, call.program, call.version, transport};
  uint16_t port = 0;
  {
    base::MutexLock hold(mutex_);
    const auto cached = ports_.find(key);
    if (cached != ports_.end()) port = cached->second;
  }
  const bool cached = port != 0;
  if (!cached) {
    const Result<uint16_t> found = LookUpPort(call.address, call.program, call.version, transport, options_.timeout_ms,
                                              options_.environment, options_.portmap_port);
    if (!found.ok()) return found.status();
    port = *found;
  }
  CallTarget target;
  target.address = call.address;
  target.port = port;
  target.transport = transport;
  target.timeout_ms = options_.timeout_ms;
  target.privileged_source_port = true;
  Result<std::vector<std::byte>> result =
      CallOnce(target, call.program, call.version, call.procedure, call.arguments, options_.environment);
  {
    base::MutexLock hold(mutex_);
    if (!result.ok()) {
      ports_.erase(key);
    } else {
      if (ports_.size() >= kMaxCachedPorts) ports_.clear();
      ports_[key] = port;
    }
  }
  // The program may have moved since its port was looked up (its host was restarted): ask once more.
  if (!result.ok() && cached) return Perform(call, transport);
  return result;
}

void PeerCalls::Stop() {
  std::vector<std::thread> threads;
  std::vector<Waiting> cancelled;
  {
    base::MutexLock hold(mutex_);
    stopped_ = true;
    threads.swap(threads_);
    for (auto& [address, host] : hosts_) {
      for (Waiting& waiting : host.calls) cancelled.push_back(std::move(waiting));
      host.calls.clear();
    }
    waiting_ = 0;
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads) thread.join();
  for (Waiting& waiting : cancelled) {
    if (waiting.call.done) waiting.call.done(ErrorCode::kCancelled);
  }
}

size_t PeerCalls::waiting_calls() const {
  base::MutexLock hold(mutex_);
  return waiting_;
}

}  // namespace dittofs::onc_rpc
