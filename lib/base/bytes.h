#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace dittofs::base {

template <typename T>
constexpr T SwapBytes(T value) noexcept {
  static_assert(std::is_unsigned_v<T>);
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

template <typename T>
T LoadBigEndian(const void* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return std::endian::native == std::endian::little ? SwapBytes(value) : value;
}
template <typename T>
void StoreBigEndian(void* to, T value) noexcept {
  if constexpr (std::endian::native == std::endian::little) value = SwapBytes(value);
  std::memcpy(to, &value, sizeof value);
}
template <typename T>
T LoadLittleEndian(const void* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return std::endian::native == std::endian::big ? SwapBytes(value) : value;
}
template <typename T>
void StoreLittleEndian(void* to, T value) noexcept {
  if constexpr (std::endian::native == std::endian::big) value = SwapBytes(value);
  std::memcpy(to, &value, sizeof value);
}

/// True if [offset, offset + length) lies inside `size`, without overflow.
constexpr bool InRange(uint64_t offset, uint64_t length, uint64_t size) noexcept {
  return offset <= size && length <= size - offset;
}

/// a + b, or UINT64_MAX where that wraps.
constexpr uint64_t SaturatingAdd(uint64_t a, uint64_t b) noexcept {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

inline std::span<const std::byte> AsBytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view AsText(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace dittofs::base
