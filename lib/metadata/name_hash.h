#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "dittofs/ids.h"

namespace dittofs::metadata {

/// Mixes two words into one: the halves of their 128-bit product. Pure.
inline uint64_t MixWords(uint64_t a, uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

/// Where a file number lives in tables. Not secret: numbers are ours. Pure.
inline uint64_t HashNumber(FileNumber number) noexcept {
  return MixWords(number.value ^ 0x2d358dccaa6c78a5u, 0x9e3779b97f4a7c15u);
}

/// A name in a directory as 64 bits. `seed` is random per service, so that nobody outside can aim at one bucket. Two
/// names may share a hash: tables compare names, gates merely wait once too often. Pure.
inline uint64_t HashName(uint64_t seed, FileNumber directory, std::string_view name) noexcept {
  constexpr uint64_t kFirst = 0xa0761d6478bd642fu;
  constexpr uint64_t kSecond = 0xe7037ed1a0b428dbu;
  uint64_t hash = MixWords(directory.value ^ kSecond, seed ^ kFirst) + name.size();
  const char* at = name.data();
  size_t left = name.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    hash = MixWords(hash ^ word, kSecond ^ seed);
  }
  uint64_t tail = 0;
  std::memcpy(&tail, at, left);
  return MixWords(hash ^ tail, kFirst ^ seed);
}

}  // namespace dittofs::metadata
