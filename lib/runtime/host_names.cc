#include "runtime/host_names.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace dittofs::runtime {
namespace {

class SystemResolver final : public HostResolver {
 public:
  Result<std::vector<IpAddress>> Resolve(const std::string& name) override {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(name.c_str(), nullptr, &wanted, &found); error != 0) {
      return Status(ErrorCode::kUnavailable, gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
    std::vector<IpAddress> addresses;
    for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
      IpAddress ip{};
      if (entry->ai_family == AF_INET) {
        ip[10] = ip[11] = 0xff;
        std::memcpy(ip.data() + 12, &reinterpret_cast<const sockaddr_in*>(entry->ai_addr)->sin_addr, 4);
      } else if (entry->ai_family == AF_INET6) {
        std::memcpy(ip.data(), &reinterpret_cast<const sockaddr_in6*>(entry->ai_addr)->sin6_addr, 16);
      } else {
        continue;
      }
      if (std::find(addresses.begin(), addresses.end(), ip) == addresses.end()) addresses.push_back(ip);
    }
    return addresses;
  }
};

}  // namespace

std::unique_ptr<HostResolver> MakeSystemResolver() {
  return std::make_unique<SystemResolver>();
}

bool HostAddresses::Contains(const IpAddress& address) const noexcept {
  std::array<uint64_t, 2> wanted;
  std::memcpy(wanted.data(), address.data(), sizeof wanted);
  while (true) {
    const uint32_t before = sequence_.load(std::memory_order_acquire);
    bool found = false;
    const uint32_t count = std::min<uint32_t>(count_.load(std::memory_order_acquire), kMaxAddresses);
    for (uint32_t i = 0; i < count && !found; ++i) {
      found = words_[i][0].load(std::memory_order_acquire) == wanted[0] &&
              words_[i][1].load(std::memory_order_acquire) == wanted[1];
    }
    // The acquire loads above keep this one behind them.
    if (before % 2 == 0 && sequence_.load(std::memory_order_relaxed) == before) return found;
  }
}

void HostAddresses::Replace(std::span<const IpAddress> addresses) noexcept {
  const uint32_t sequence = sequence_.load(std::memory_order_relaxed);
  sequence_.store(sequence + 1, std::memory_order_relaxed);
  const size_t count = std::min(addresses.size(), kMaxAddresses);
  // Release, so that whoever sees a new word also sees the odd sequence.
  for (size_t i = 0; i < count; ++i) {
    std::array<uint64_t, 2> words;
    std::memcpy(words.data(), addresses[i].data(), sizeof words);
    words_[i][0].store(words[0], std::memory_order_release);
    words_[i][1].store(words[1], std::memory_order_release);
  }
  count_.store(static_cast<uint32_t>(count), std::memory_order_release);
  sequence_.store(sequence + 2, std::memory_order_release);
}

HostNames::HostNames(std::unique_ptr<HostResolver> resolver, base::Logger log)
    : resolver_(std::move(resolver)), log_(log) {}

HostNames::~HostNames() {
  std::thread thread;
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    thread = std::move(thread_);
  }
  wake_.NotifyAll();
  if (thread.joinable()) thread.join();
}

const HostAddresses* HostNames::Use(const std::string& name) {
  const HostAddresses* addresses;
  {
    base::MutexLock lock(mutex_);
    auto [at, added] = hosts_.try_emplace(name);
    if (added) at->second = std::make_unique<Host>();
    ++at->second->users;
    addresses = &at->second->addresses;
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
    if (at->second->users > 1) return addresses;  // Fresh already.
  }
  Store(name, resolver_->Resolve(name));
  return addresses;
}

void HostNames::Release(const HostAddresses* addresses) {
  base::MutexLock lock(mutex_);
  for (auto& [name, host] : hosts_) {
    if (&host->addresses == addresses && host->users > 0) --host->users;
  }
}

void HostNames::Refresh() {
  std::vector<std::string> names;
  {
    base::MutexLock lock(mutex_);
    for (const auto& [name, host] : hosts_) {
      if (host->users > 0) names.push_back(name);
    }
  }
  for (const std::string& name : names) {
    Store(name, resolver_->Resolve(name));
    base::MutexLock lock(mutex_);
    if (stopping_) return;
  }
}

void HostNames::Store(const std::string& name, const Result<std::vector<IpAddress>>& resolved) {
  base::MutexLock lock(mutex_);
  Host& host = *hosts_.find(name)->second;
  if (resolved.ok()) {
    host.addresses.Replace(*resolved);
    if (resolved->size() > HostAddresses::kMaxAddresses) {
      log_.Warning("A client's name has too many addresses; the rest is not admitted",
                   {{"name", name}, {"addresses", resolved->size()}, {"used", HostAddresses::kMaxAddresses}});
    }
    if (host.failing) log_.Info("A client's name can be looked up again", {{"name", name}});
    host.failing = false;
  } else if (!host.failing) {
    host.failing = true;
    log_.Warning("A client's name can't be looked up; its last addresses stay in force",
                 {{"name", name}, {"error", resolved.status().message()}});
  }
}

void HostNames::Run() {
  auto next = std::chrono::steady_clock::now() + std::chrono::seconds(kRefreshSeconds);
  while (true) {
    {
      base::MutexLock lock(mutex_);
      while (!stopping_ && wake_.WaitUntil(mutex_, next)) {
      }
      if (stopping_) return;
    }
    Refresh();
    next = std::chrono::steady_clock::now() + std::chrono::seconds(kRefreshSeconds);
  }
}

}  // namespace dittofs::runtime
