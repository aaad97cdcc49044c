#pragma once

#include <cstddef>
#include <vector>

#include "xdr/fields.h"
#include "xdr/writer.h"

namespace dittofs::xdr {

/// Collects what a Writer writes, for messages that are not sent at once.
class ByteSink final : public WriterTarget {
 public:
  void Grow(Writer& writer, size_t size_bytes) override {
    Keep(writer);
    room_.resize(size_bytes < kChunkBytes ? kChunkBytes : size_bytes);
    writer.SetRoom(room_);
  }
  void Splice(Writer& writer, Buffer buffer) override {
    Keep(writer);
    bytes_.insert(bytes_.end(), buffer.bytes().begin(), buffer.bytes().end());
    writer.SetRoom({});
  }
  /// Everything written so far.
  std::vector<std::byte> Take(Writer& writer) {
    Keep(writer);
    writer.SetRoom({});
    return std::move(bytes_);
  }

 private:
  static constexpr size_t kChunkBytes = 512;
  void Keep(const Writer& writer) {
    if (writer.position() == nullptr) return;
    bytes_.insert(bytes_.end(), room_.data(), room_.data() + (writer.position() - room_.data()));
    room_.clear();
  }
  std::vector<std::byte> bytes_;
  std::vector<std::byte> room_;
};

/// The XDR bytes of one message.
template <typename T>
std::vector<std::byte> EncodeToBytes(const T& message) {
  ByteSink sink;
  Writer writer(sink);
  Encode(writer, message);
  return sink.Take(writer);
}

}  // namespace dittofs::xdr
