#pragma once

#include <cstdint>

namespace dittofs::nlm4 {

// The procedures that we call at clients: RFC 1813 §II.2.3.
inline constexpr uint32_t kGranted = 5;
inline constexpr uint32_t kTestRes = 11;
inline constexpr uint32_t kLockRes = 12;
inline constexpr uint32_t kCancelRes = 13;
inline constexpr uint32_t kUnlockRes = 14;
inline constexpr uint32_t kGrantedRes = 15;

}  // namespace dittofs::nlm4
