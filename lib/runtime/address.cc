#include "runtime/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "dittofs/runtime.h"

namespace dittofs {
namespace runtime {
namespace {

constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr size_t kMaxHostNameBytes = 253;

bool IsMapped(const IpAddress& ip) noexcept {
  return std::memcmp(ip.data(), kMappedPrefix, sizeof kMappedPrefix) == 0;
}

/// Sets `is_ipv4` to how the text was spelled, which decides what a prefix length counts from.
bool ParseIp(std::string_view text, IpAddress& ip, bool& is_ipv4) {
  char terminated[INET6_ADDRSTRLEN + 1];
  if (text.empty() || text.size() >= sizeof terminated) return false;
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  if (std::memchr(terminated, '\0', text.size())) return false;
  if (inet_pton(AF_INET, terminated, ip.data() + sizeof kMappedPrefix) == 1) {
    std::memcpy(ip.data(), kMappedPrefix, sizeof kMappedPrefix);
    is_ipv4 = true;
    return true;
  }
  is_ipv4 = false;
  return inet_pton(AF_INET6, terminated, ip.data()) == 1;
}

}  // namespace

bool AddressPrefix::Contains(const IpAddress& address) const noexcept {
  const size_t whole = bits / 8;
  if (std::memcmp(ip.data(), address.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - bits % 8));
  return ((ip[whole] ^ address[whole]) & mask) == 0;
}

Result<std::optional<AddressPrefix>> ParsePrefix(std::string_view text) {
  const size_t slash = text.find('/');
  AddressPrefix prefix;
  bool is_ipv4 = false;
  if (!ParseIp(text.substr(0, slash), prefix.ip, is_ipv4)) {
    if (slash == std::string_view::npos) return std::optional<AddressPrefix>();
    return Status(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not an address block", text));
  }
  if (slash == std::string_view::npos) return std::optional(prefix);
  const std::string_view length = text.substr(slash + 1);
  const unsigned most = is_ipv4 ? 32 : 128;
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size() || bits > most) {
    return Status(ErrorCode::kInvalidArgument, fmt::format("\"{}\": the prefix length must be 0..{}", text, most));
  }
  prefix.bits = static_cast<uint8_t>(is_ipv4 ? bits + 96 : bits);
  for (unsigned bit = prefix.bits; bit < 128; ++bit) {
    prefix.ip[bit / 8] = static_cast<uint8_t>(prefix.ip[bit / 8] & ~(0x80u >> (bit % 8)));
  }
  return std::optional(prefix);
}

bool IsHostName(std::string_view text) noexcept {
  if (text.empty() || text.size() > kMaxHostNameBytes) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  size_t label_bytes = 0;
  bool numeric_label = true;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == '.') {
      if (label_bytes == 0 || label_bytes > 63 || text[i - 1] == '-') return false;
      if (i == text.size()) break;
      label_bytes = 0;
      numeric_label = true;
      continue;
    }
    const char c = text[i];
    if (!is_digit(c) && !is_letter(c) && c != '_' && (c != '-' || label_bytes == 0)) return false;
    numeric_label = numeric_label && is_digit(c);
    ++label_bytes;
  }
  return !numeric_label;  // "192.0.2" and "300.0.0.1" are mistyped addresses.
}

}  // namespace runtime

std::string FormatAddress(const ClientAddress& address, bool with_port) {
  char text[INET6_ADDRSTRLEN] = {};
  const bool mapped = runtime::IsMapped(address.ip);
  inet_ntop(mapped ? AF_INET : AF_INET6, address.ip.data() + (mapped ? sizeof runtime::kMappedPrefix : 0), text,
            sizeof text);
  if (!with_port) return text;
  return mapped ? fmt::format("{}:{}", text, address.port) : fmt::format("[{}]:{}", text, address.port);
}

Result<ClientAddress> ParseAddress(std::string_view text) {
  ClientAddress address;
  bool is_ipv4 = false;
  if (!runtime::ParseIp(text, address.ip, is_ipv4)) {
    return Status(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a numeric IPv4 or IPv6 address", text));
  }
  return address;
}

}  // namespace dittofs
