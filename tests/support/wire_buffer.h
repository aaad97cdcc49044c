#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "dittofs/buffer.h"
#include "xdr/fields.h"
#include "xdr/reader.h"
#include "xdr/writer.h"

namespace dittofs::testing {

/// Collects what an xdr::Writer writes. Small chunks make it grow in every place where a server's buffers could end.
class WireBuffer final : public xdr::WriterTarget {
 public:
  explicit WireBuffer(size_t chunk_bytes = 64) : chunk_bytes_(chunk_bytes), writer_(*this) {}

  xdr::Writer& writer() noexcept { return writer_; }
  /// Everything written so far.
  std::span<const std::byte> bytes() {
    Flush(0);
    return bytes_;
  }
  /// Buffers that were put in without a copy.
  size_t splices() const noexcept { return splices_; }

  void Grow(xdr::Writer&, size_t size_bytes) override { Flush(std::max(size_bytes, chunk_bytes_)); }
  void Splice(xdr::Writer&, Buffer buffer) override {
    Flush(0);
    bytes_.insert(bytes_.end(), buffer.data(), buffer.data() + buffer.size());
    ++splices_;
  }

 private:
  void Flush(size_t next_bytes) {
    if (!room_.empty()) bytes_.insert(bytes_.end(), room_.data(), writer_.position());
    // New memory every time, so that the sanitizer sees whoever keeps a pointer to the old one.
    std::vector<std::byte>(next_bytes).swap(room_);
    writer_.SetRoom(room_);
  }

  const size_t chunk_bytes_;
  std::vector<std::byte> bytes_;
  std::vector<std::byte> room_;
  size_t splices_ = 0;
  xdr::Writer writer_;
};

template <typename Message>
std::vector<std::byte> Encoded(const Message& message) {
  WireBuffer buffer;
  xdr::Encode(buffer.writer(), message);
  const auto bytes = buffer.bytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace dittofs::testing
