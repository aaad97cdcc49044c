#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dittofs::base {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, going on from `crc` (0 to begin). Uses the processor's
/// instruction where there is one. Pure; thread-safe.
uint32_t Crc32c(std::span<const std::byte> bytes, uint32_t crc = 0) noexcept;

}  // namespace dittofs::base
