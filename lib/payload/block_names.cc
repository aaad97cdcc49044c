#include "payload/block_names.h"

#include <fmt/format.h>

namespace dittofs::payload {

std::string FormatBlockId(const BlockId& block) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * block.sha256.size());
  for (const uint8_t byte : block.sha256) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string BlockKeyOf(uint64_t block_scope, const BlockId& block) {
  const std::string name = FormatBlockId(block);
  return fmt::format("blocks/{:016x}/{}/{}", block_scope, name.substr(0, 2), name);
}

}  // namespace dittofs::payload
