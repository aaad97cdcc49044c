#include "base/siphash.h"

#include <bit>

#include "base/bytes.h"

namespace dittofs::base {
namespace {

struct State {
  uint64_t v0, v1, v2, v3;
  void Round() noexcept {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Rounds(int count) noexcept {
    for (int i = 0; i < count; ++i) Round();
  }
  uint64_t Fold() const noexcept { return v0 ^ v1 ^ v2 ^ v3; }
};

}  // namespace

std::array<uint8_t, 16> SipHash128(const SipHashKey& key, std::span<const uint8_t> message) noexcept {
  const uint64_t k0 = LoadLittleEndian<uint64_t>(key.data());
  const uint64_t k1 = LoadLittleEndian<uint64_t>(key.data() + 8);
  State state{k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du ^ 0xee, k0 ^ 0x6c7967656e657261u,
              k1 ^ 0x7465646279746573u};
  const size_t whole = message.size() & ~size_t{7};
  for (size_t i = 0; i < whole; i += 8) {
    const uint64_t word = LoadLittleEndian<uint64_t>(message.data() + i);
    state.v3 ^= word;
    state.Rounds(2);
    state.v0 ^= word;
  }
  uint64_t last = static_cast<uint64_t>(message.size()) << 56;
  for (size_t i = whole; i < message.size(); ++i) last |= static_cast<uint64_t>(message[i]) << (8 * (i - whole));
  state.v3 ^= last;
  state.Rounds(2);
  state.v0 ^= last;
  state.v2 ^= 0xee;
  state.Rounds(4);
  std::array<uint8_t, 16> mac;
  StoreLittleEndian(mac.data(), state.Fold());
  state.v1 ^= 0xdd;
  state.Rounds(4);
  StoreLittleEndian(mac.data() + 8, state.Fold());
  return mac;
}

bool EqualInConstantTime(std::span<const uint8_t> a, std::span<const uint8_t> b) noexcept {
  if (a.size() != b.size()) return false;
  uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference = static_cast<uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace dittofs::base
