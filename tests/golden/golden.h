#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "catch.h"
#include "wire_buffer.h"

namespace dittofs::golden {

using Sections = std::map<std::string, std::vector<std::byte>>;

/// The byte strings of tests/golden/NAME.hex: "[section]", then hexadecimal digits; "#" begins a comment. An absent
/// file has no sections.
Sections Load(const std::string& name);
std::string ToHex(std::span<const std::byte> bytes);

/// `message` must be exactly those bytes, in both directions; and they must not decode if only one is missing.
template <typename Message>
void Check(const std::string& file, const std::string& section, const Message& message) {
  const Sections sections = Load(file);
  REQUIRE(sections.contains(section));
  const std::vector<std::byte>& bytes = sections.at(section);
  CHECK(ToHex(testing::Encoded(message)) == ToHex(bytes));

  xdr::Reader reader(bytes);
  Message decoded;
  xdr::Decode(reader, decoded);
  CHECK(reader.Finished());
  CHECK(ToHex(testing::Encoded(decoded)) == ToHex(bytes));

  for (size_t length = 0; length < bytes.size(); ++length) {
    // A copy of just that length: reading beyond it is for the sanitizer to see.
    const std::vector<std::byte> part(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length));
    xdr::Reader part_reader(part);
    Message ignored;
    xdr::Decode(part_reader, ignored);
    if (part_reader.ok()) FAIL_CHECK(file << " [" << section << "] decodes from its first " << length << " bytes");
  }
}

}  // namespace dittofs::golden
