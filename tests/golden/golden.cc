#include "golden.h"

#include <fmt/format.h>

#include <fstream>

namespace dittofs::golden {

Sections Load(const std::string& name) {
  Sections sections;
  std::ifstream in(std::string(GOLDEN_FOLDER) + "/" + name + ".hex");
  std::string section;
  for (std::string line; std::getline(in, line);) {
    line.resize(std::min(line.find('#'), line.size()));
    if (!line.empty() && line.front() == '[') {
      section = line.substr(1, line.find(']') - 1);
      sections[section];
      continue;
    }
    std::string digits;
    for (const char c : line) {
      if (c != ' ') digits.push_back(c);
    }
    for (size_t i = 0; i + 1 < digits.size(); i += 2) {
      sections[section].push_back(static_cast<std::byte>(std::stoul(digits.substr(i, 2), nullptr, 16)));
    }
  }
  return sections;
}

std::string ToHex(std::span<const std::byte> bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    text += fmt::format("{}{:02x}",
                        i == 0        ? ""
                        : i % 16 == 0 ? "\n"
                        : i % 4 == 0  ? " "
                                      : "",
                        static_cast<int>(bytes[i]));
  }
  return text;
}

}  // namespace dittofs::golden
