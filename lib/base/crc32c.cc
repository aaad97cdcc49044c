#include "base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace dittofs::base {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = MakeTable();

uint32_t Portable(const std::byte* bytes, size_t count, uint32_t crc) noexcept {
  for (size_t i = 0; i < count; ++i) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(bytes[i])) & 0xff];
  return crc;
}

#if defined(__x86_64__)
/// Applies the operator "append `kLane` zero bytes" to a CRC, so that three lanes can be computed side by side.
constexpr size_t kLaneBytes = 1024;
constexpr uint32_t AppendZeroBytes(uint32_t crc, size_t count) {
  for (size_t i = 0; i < count; ++i) crc = (crc >> 8) ^ kTable[crc & 0xff];
  return crc;
}
struct ShiftTable {
  uint32_t rows[4][256];
};
constexpr ShiftTable MakeShiftTable(size_t bytes) {
  ShiftTable table{};
  std::array<uint32_t, 32> of_bit{};
  for (uint32_t bit = 0; bit < 32; ++bit) of_bit[bit] = AppendZeroBytes(uint32_t{1} << bit, bytes);
  for (uint32_t row = 0; row < 4; ++row) {
    for (uint32_t value = 0; value < 256; ++value) {
      uint32_t shifted = 0;
      for (uint32_t bit = 0; bit < 8; ++bit) {
        if ((value >> bit & 1) != 0) shifted ^= of_bit[row * 8 + bit];
      }
      table.rows[row][value] = shifted;
    }
  }
  return table;
}
constexpr ShiftTable kShiftOneLane = MakeShiftTable(kLaneBytes);

uint32_t Shift(uint32_t crc) noexcept {
  return kShiftOneLane.rows[0][crc & 0xff] ^ kShiftOneLane.rows[1][crc >> 8 & 0xff] ^
         kShiftOneLane.rows[2][crc >> 16 & 0xff] ^ kShiftOneLane.rows[3][crc >> 24];
}

uint64_t Load(const std::byte* from) noexcept {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// The instruction has a latency of three cycles and a throughput of one: three independent lanes keep it busy.
__attribute__((target("sse4.2"))) uint32_t Hardware(const std::byte* bytes, size_t count, uint32_t start) noexcept {
  uint64_t crc = start;
  while (count >= 3 * kLaneBytes) {
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t i = 0; i < kLaneBytes; i += 8) {
      crc = _mm_crc32_u64(crc, Load(bytes + i));
      second = _mm_crc32_u64(second, Load(bytes + kLaneBytes + i));
      third = _mm_crc32_u64(third, Load(bytes + 2 * kLaneBytes + i));
    }
    crc = Shift(Shift(static_cast<uint32_t>(crc)) ^ static_cast<uint32_t>(second)) ^ static_cast<uint32_t>(third);
    bytes += 3 * kLaneBytes;
    count -= 3 * kLaneBytes;
  }
  while (count >= 8) {
    crc = _mm_crc32_u64(crc, Load(bytes));
    bytes += 8;
    count -= 8;
  }
  uint32_t rest = static_cast<uint32_t>(crc);
  while (count-- > 0) rest = _mm_crc32_u8(rest, static_cast<uint8_t>(*bytes++));
  return rest;
}
#endif

}  // namespace

uint32_t Crc32c(std::span<const std::byte> bytes, uint32_t crc) noexcept {
  crc = ~crc;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~Hardware(bytes.data(), bytes.size(), crc);
#endif
  return ~Portable(bytes.data(), bytes.size(), crc);
}

}  // namespace dittofs::base
