#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace dittofs::server {

namespace internal {
inline void Append(std::string& to, std::string_view piece) {
  to.append(piece);
}
inline void Append(std::string& to, char piece) {
  to.push_back(piece);
}
template <typename Number>
  requires(std::is_integral_v<Number> && !std::is_same_v<Number, char> && !std::is_same_v<Number, bool>)
void Append(std::string& to, Number piece) {
  to.append(std::to_string(piece));
}
}  // namespace internal

/// The pieces (texts, characters, whole numbers), one after the other.
template <typename... Pieces>
std::string Cat(const Pieces&... pieces) {
  std::string text;
  (internal::Append(text, pieces), ...);
  return text;
}

inline std::string Join(const std::vector<std::string>& pieces, std::string_view between) {
  std::string text;
  for (const std::string& piece : pieces) {
    if (!text.empty()) text.append(between);
    text.append(piece);
  }
  return text;
}

/// `text` without spaces, tabs and line ends at either side.
inline std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Pieces between separators, trimmed; nothing for a text of spaces.
inline std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> pieces;
  if (Trim(text).empty()) return pieces;
  while (true) {
    const size_t end = text.find(separator);
    pieces.emplace_back(Trim(text.substr(0, end)));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

}  // namespace dittofs::server
