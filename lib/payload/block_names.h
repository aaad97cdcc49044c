#pragma once

#include <cstdint>
#include <string>

#include "dittofs/ids.h"

namespace dittofs::payload {

/// The hash as 64 hexadecimal digits, for messages.
std::string FormatBlockId(const BlockId& block);
/// "blocks/<scope>/<first byte>/<hash>", all in lower-case hexadecimal digits. No name of a user or file is in a key.
std::string BlockKeyOf(uint64_t block_scope, const BlockId& block);

}  // namespace dittofs::payload
