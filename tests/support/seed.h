#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace dittofs::test {

/// The seed of a randomized test: TEST_SEED, or a new one. Say it with INFO() so that a failure prints it.
inline uint64_t Seed() {
  if (const char* given = std::getenv("TEST_SEED")) return std::strtoull(given, nullptr, 0);
  return std::random_device()() | uint64_t{std::random_device()()} << 32;
}

}  // namespace dittofs::test
