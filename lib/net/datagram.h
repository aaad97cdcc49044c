#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

#include "net/address.h"
#include "net/output.h"

namespace dittofs::net {

inline constexpr ssize_t kNoDatagram = -1;
inline constexpr ssize_t kBadDatagram = -2;

/// Receives one datagram: its size, kNoDatagram if none is there, kBadDatagram if it was cut or an error of an earlier
/// one was reported. `*local` gets the address it was sent to.
ssize_t ReceiveDatagram(int descriptor, std::span<std::byte> into, Address* peer, Address* local) noexcept;

/// Sends all of `batch` as one datagram from `local`, if it fits and the socket has room; UDP promises no more.
void SendDatagram(int descriptor, OutputBatch& batch, const Address& peer, const Address& local) noexcept;

}  // namespace dittofs::net
