#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dittofs::base {

using SipHashKey = std::array<uint8_t, 16>;

/// SipHash-2-4 with 128 bits of output (Aumasson, Bernstein: "SipHash: a fast short-input PRF"): a keyed MAC for short
/// inputs. Pure.
std::array<uint8_t, 16> SipHash128(const SipHashKey& key, std::span<const uint8_t> message) noexcept;

/// Whether two byte strings of one length are equal, in time that depends on the length only.
bool EqualInConstantTime(std::span<const uint8_t> a, std::span<const uint8_t> b) noexcept;

}  // namespace dittofs::base
