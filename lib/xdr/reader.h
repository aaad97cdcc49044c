#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "xdr/writer.h"

namespace dittofs::xdr {

/// Reads XDR (RFC 4506) from bytes that came from outside. The first read that does not fit makes every later one fail
/// too; check ok() once at the end. What is returned points into the input: nothing is allocated, whatever length the
/// input announces. Not thread-safe.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> input) noexcept
      : position_(input.data()), limit_(input.data() + input.size()) {}

  uint32_t Uint32() noexcept {
    if (!Has(4)) return 0;
    const uint32_t value = base::LoadBigEndian<uint32_t>(position_);
    position_ += 4;
    return value;
  }
  int32_t Int32() noexcept { return static_cast<int32_t>(Uint32()); }
  uint64_t Uint64() noexcept {
    if (!Has(8)) return 0;
    const uint64_t value = base::LoadBigEndian<uint64_t>(position_);
    position_ += 8;
    return value;
  }
  /// Anything but 0 and 1 is an error (RFC 4506 §4.4).
  bool Bool() noexcept {
    const uint32_t value = Uint32();
    if (value > 1) Fail();
    return value == 1;
  }
  std::span<const std::byte> FixedOpaque(size_t length) noexcept {
    const size_t padding = Padding(length);
    if (length > remaining() || padding > remaining() - length) {
      Fail();
      return {};
    }
    const std::span<const std::byte> bytes(position_, length);
    position_ += length + padding;
    return bytes;
  }
  /// opaque<max_length>.
  std::span<const std::byte> Opaque(size_t max_length) noexcept {
    const uint32_t length = Uint32();
    if (length > max_length) {
      Fail();
      return {};
    }
    return FixedOpaque(length);
  }
  std::string_view String(size_t max_length) noexcept { return base::AsText(Opaque(max_length)); }

  void Fail() noexcept {
    ok_ = false;
    position_ = limit_;
  }
  bool ok() const noexcept { return ok_; }
  size_t remaining() const noexcept { return static_cast<size_t>(limit_ - position_); }
  /// ok() and nothing left over.
  bool Finished() const noexcept { return ok_ && position_ == limit_; }
  const std::byte* position() const noexcept { return position_; }

 private:
  bool Has(size_t size_bytes) noexcept {
    if (remaining() >= size_bytes) [[likely]]
      return true;
    Fail();
    return false;
  }
  const std::byte* position_;
  const std::byte* limit_;
  bool ok_ = true;
};

}  // namespace dittofs::xdr
