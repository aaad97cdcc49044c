#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "dittofs/status.h"
#include "runtime/address.h"

namespace dittofs::runtime {

/// Turns a host name into addresses. Thread-safe; may block for seconds.
class HostResolver {
 public:
  virtual ~HostResolver() = default;
  virtual Result<std::vector<IpAddress>> Resolve(const std::string& name) = 0;
};
/// getaddrinfo(3).
std::unique_ptr<HostResolver> MakeSystemResolver();

/// The addresses a host name had when it was last looked up. Reading takes no lock and no allocation; one writer.
class HostAddresses {
 public:
  static constexpr size_t kMaxAddresses = 16;  ///< Of one name; more are not admitted.

  bool Contains(const IpAddress& address) const noexcept;
  /// Thread-bound to whoever holds the HostNames lock. Takes the first kMaxAddresses.
  void Replace(std::span<const IpAddress> addresses) noexcept;

 private:
  // A sequence lock: odd while Replace() is at work. Every word is atomic, so that a torn read is noticed, not
  // undefined.
  std::atomic<uint32_t> sequence_{0};
  std::atomic<uint32_t> count_{0};
  std::array<std::array<std::atomic<uint64_t>, 2>, kMaxAddresses> words_{};
};

/// The host names in client rules, looked up when added and then every kRefreshSeconds on a thread of its own, which
/// runs only if there are names. A failed look-up keeps the last answer and is logged once until it succeeds again.
/// Thread-safe.
class HostNames {
 public:
  static constexpr unsigned kRefreshSeconds = 60;

  HostNames(std::unique_ptr<HostResolver> resolver, base::Logger log);
  ~HostNames();
  HostNames(const HostNames&) = delete;
  HostNames& operator=(const HostNames&) = delete;

  /// Looks `name` up unless it is known. The result lives as long as this object. Each Use() wants one Release(); names
  /// that nobody uses are not refreshed.
  const HostAddresses* Use(const std::string& name) EXCLUDES(mutex_);
  void Release(const HostAddresses* addresses) EXCLUDES(mutex_);
  /// Looks every used name up now.
  void Refresh() EXCLUDES(mutex_);

 private:
  struct Host {
    HostAddresses addresses;
    size_t users = 0;
    bool failing = false;
  };

  void Run() EXCLUDES(mutex_);
  /// `resolved` is what the resolver said about `name`.
  void Store(const std::string& name, const Result<std::vector<IpAddress>>& resolved) EXCLUDES(mutex_);

  const std::unique_ptr<HostResolver> resolver_;
  const base::Logger log_;
  base::Mutex mutex_;  // Rank: leaf. Not held while a name is looked up.
  base::CondVar wake_;
  std::map<std::string, std::unique_ptr<Host>, std::less<>> hosts_ GUARDED_BY(mutex_);  // Nodes are never removed.
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_ GUARDED_BY(mutex_);
};

}  // namespace dittofs::runtime
