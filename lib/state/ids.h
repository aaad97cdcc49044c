#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace dittofs::state {

/// A client of any protocol, as its engine knows it: one host, one session, one NFSv4 client id. The table only
/// compares them. 0 is nobody.
struct ClientId {
  uint32_t value = 0;
  constexpr explicit operator bool() const noexcept { return value != 0; }
  friend constexpr auto operator<=>(const ClientId&, const ClientId&) = default;
};

/// Whoever locks or opens within a client: a process, an open file, a state owner. The table only compares them. 0 is
/// nobody.
struct OwnerId {
  uint64_t value = 0;
  constexpr explicit operator bool() const noexcept { return value != 0; }
  friend constexpr auto operator<=>(const OwnerId&, const OwnerId&) = default;
};

/// A request that waits. Never reused: an id that is still around after its request ended finds nothing.
struct WaiterId {
  uint64_t value = 0;
  constexpr explicit operator bool() const noexcept { return value != 0; }
  friend constexpr auto operator<=>(const WaiterId&, const WaiterId&) = default;
};

}  // namespace dittofs::state

template <>
struct std::hash<dittofs::state::OwnerId> {
  size_t operator()(dittofs::state::OwnerId owner) const noexcept { return std::hash<uint64_t>()(owner.value); }
};
template <>
struct std::hash<dittofs::state::ClientId> {
  size_t operator()(dittofs::state::ClientId client) const noexcept { return std::hash<uint32_t>()(client.value); }
};
template <>
struct std::hash<dittofs::state::WaiterId> {
  size_t operator()(dittofs::state::WaiterId waiter) const noexcept { return std::hash<uint64_t>()(waiter.value); }
};
