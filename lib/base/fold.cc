#include "base/fold.h"

#include <cstddef>
#include <cstdint>

namespace dittofs::base {
namespace {

// Characters first..last at every `step`-th position fold to themselves plus `delta`.
struct FoldRange {
  uint16_t first;
  uint16_t last;
  uint16_t step;
  int32_t delta;
};

// By `first`, without overlaps. From CaseFolding.txt, statuses C and S; left out: U+0130 (T and F only), U+1E9E is in
// (S), and what would make a name longer in UTF-8.
constexpr FoldRange kFoldRanges[] = {
    {0x00B5, 0x00B5, 1, 0x03BC - 0x00B5},
    {0x00C0, 0x00D6, 1, 32},
    {0x00D8, 0x00DE, 1, 32},
    {0x0100, 0x012E, 2, 1},
    {0x0132, 0x0136, 2, 1},
    {0x0139, 0x0147, 2, 1},
    {0x014A, 0x0176, 2, 1},
    {0x0178, 0x0178, 1, 0x00FF - 0x0178},
    {0x0179, 0x017D, 2, 1},
    {0x017F, 0x017F, 1, 's' - 0x017F},
    {0x0370, 0x0372, 2, 1},
    {0x0376, 0x0376, 1, 1},
    {0x037F, 0x037F, 1, 0x03F3 - 0x037F},
    {0x0386, 0x0386, 1, 0x03AC - 0x0386},
    {0x0388, 0x038A, 1, 0x03AD - 0x0388},
    {0x038C, 0x038C, 1, 0x03CC - 0x038C},
    {0x038E, 0x038F, 1, 0x03CD - 0x038E},
    {0x0391, 0x03A1, 1, 32},
    {0x03A3, 0x03AB, 1, 32},
    {0x03C2, 0x03C2, 1, 1},
    {0x03CF, 0x03CF, 1, 8},
    {0x03D0, 0x03D0, 1, 0x03B2 - 0x03D0},
    {0x03D1, 0x03D1, 1, 0x03B8 - 0x03D1},
    {0x03D5, 0x03D5, 1, 0x03C6 - 0x03D5},
    {0x03D6, 0x03D6, 1, 0x03C0 - 0x03D6},
    {0x03D8, 0x03EE, 2, 1},
    {0x03F0, 0x03F0, 1, 0x03BA - 0x03F0},
    {0x03F1, 0x03F1, 1, 0x03C1 - 0x03F1},
    {0x03F4, 0x03F4, 1, 0x03B8 - 0x03F4},
    {0x03F5, 0x03F5, 1, 0x03B5 - 0x03F5},
    {0x03F7, 0x03F7, 1, 1},
    {0x03F9, 0x03F9, 1, 0x03F2 - 0x03F9},
    {0x03FA, 0x03FA, 1, 1},
    {0x03FD, 0x03FF, 1, 0x037B - 0x03FD},
    {0x0400, 0x040F, 1, 80},
    {0x0410, 0x042F, 1, 32},
    {0x0460, 0x0480, 2, 1},
    {0x048A, 0x04BE, 2, 1},
    {0x04C0, 0x04C0, 1, 15},
    {0x04C1, 0x04CD, 2, 1},
    {0x04D0, 0x052E, 2, 1},
    {0x0531, 0x0556, 1, 48},
    {0x1E00, 0x1E94, 2, 1},
    {0x1E9B, 0x1E9B, 1, 0x1E61 - 0x1E9B},
    {0x1E9E, 0x1E9E, 1, 0x00DF - 0x1E9E},
    {0x1EA0, 0x1EFE, 2, 1},
    {0xFF21, 0xFF3A, 1, 32},
};

uint32_t FoldCharacter(uint32_t character) noexcept {
  size_t low = 0;
  size_t high = sizeof(kFoldRanges) / sizeof(kFoldRanges[0]);
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const FoldRange& range = kFoldRanges[middle];
    if (character > range.last) {
      low = middle + 1;
    } else if (character < range.first) {
      high = middle;
    } else {
      if ((character - range.first) % range.step != 0) return character;
      return static_cast<uint32_t>(static_cast<int32_t>(character) + range.delta);
    }
  }
  return character;
}

constexpr bool IsContinuation(uint8_t byte) noexcept {
  return (byte & 0xC0) == 0x80;
}

}  // namespace

void AppendFoldedName(std::string_view name, std::string& folded) {
  folded.reserve(folded.size() + name.size());
  size_t i = 0;
  while (i < name.size()) {
    const auto byte = static_cast<uint8_t>(name[i]);
    if (byte < 0x80) {
      folded.push_back(byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : name[i]);
      ++i;
      continue;
    }
    // Only characters of two or three bytes have foldings here; U+0080..U+07FF and U+0800..U+FFFF.
    if (byte >= 0xC2 && byte <= 0xDF && i + 1 < name.size() && IsContinuation(static_cast<uint8_t>(name[i + 1]))) {
      const uint32_t character = FoldCharacter((byte & 0x1Fu) << 6 | (static_cast<uint8_t>(name[i + 1]) & 0x3Fu));
      if (character < 0x80) {
        folded.push_back(static_cast<char>(character));
      } else {
        folded.push_back(static_cast<char>(0xC0 | character >> 6));
        folded.push_back(static_cast<char>(0x80 | (character & 0x3F)));
      }
      i += 2;
      continue;
    }
    if ((byte & 0xF0) == 0xE0 && i + 2 < name.size() && IsContinuation(static_cast<uint8_t>(name[i + 1])) &&
        IsContinuation(static_cast<uint8_t>(name[i + 2]))) {
      const uint32_t from = (byte & 0x0Fu) << 12 | (static_cast<uint8_t>(name[i + 1]) & 0x3Fu) << 6 |
                            (static_cast<uint8_t>(name[i + 2]) & 0x3Fu);
      const uint32_t character = FoldCharacter(from);
      // An overlong form (from < 0x800) is not valid UTF-8 and stays as it is.
      if (from < 0x800 || character == from) {
        folded.append(name.substr(i, 3));
      } else if (character < 0x800) {
        folded.push_back(static_cast<char>(0xC0 | character >> 6));
        folded.push_back(static_cast<char>(0x80 | (character & 0x3F)));
      } else {
        folded.push_back(static_cast<char>(0xE0 | character >> 12));
        folded.push_back(static_cast<char>(0x80 | (character >> 6 & 0x3F)));
        folded.push_back(static_cast<char>(0x80 | (character & 0x3F)));
      }
      i += 3;
      continue;
    }
    folded.push_back(name[i]);
    ++i;
  }
}

std::string FoldName(std::string_view name) {
  std::string folded;
  AppendFoldedName(name, folded);
  return folded;
}

}  // namespace dittofs::base
