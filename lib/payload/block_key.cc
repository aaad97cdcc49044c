#include "dittofs/block_store.h"

namespace dittofs {
namespace {

constexpr size_t kMaxKeyBytes = 512;

constexpr bool IsKeyCharacter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

Status CheckBlockKey(std::string_view key) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return Status(ErrorCode::kInvalidArgument, "an object's key has 1 to 512 bytes");
  }
  while (true) {
    const std::string_view component = key.substr(0, key.find('/'));
    if (component.empty() || component == "." || component == "..") {
      return Status(ErrorCode::kInvalidArgument, "an empty, \".\" or \"..\" component in an object's key");
    }
    for (const char c : component) {
      if (!IsKeyCharacter(c)) return Status(ErrorCode::kInvalidArgument, "a character no object's key may hold");
    }
    if (component.size() == key.size()) return {};
    key.remove_prefix(component.size() + 1);
  }
}

}  // namespace dittofs
