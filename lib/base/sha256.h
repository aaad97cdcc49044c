#pragma once

#include <cstddef>
#include <span>

#include "dittofs/ids.h"

namespace dittofs::base {

/// The SHA-256 (FIPS 180-4) of `bytes`, as a block's name. Thread-safe.
BlockId Sha256(std::span<const std::byte> bytes);

}  // namespace dittofs::base
