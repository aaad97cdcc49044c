#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "onc_rpc/record_mark.h"

namespace {

using dittofs::net::Frame;
using dittofs::net::FrameState;
using namespace dittofs::onc_rpc;

constexpr size_t kMaxRecordBytes = 4096;

struct Reference {
  Frame::Kind kind = Frame::Kind::kIncomplete;
  size_t size_bytes = 0;
  std::vector<std::byte> content;
};

/// RFC 5531 §11 read plainly: fragments one after the other until the last.
Reference ReadPlainly(std::span<const std::byte> input) {
  Reference result;
  size_t at = 0;
  while (at + kRecordMarkBytes <= input.size()) {
    const auto mark = dittofs::base::LoadBigEndian<uint32_t>(input.data() + at);
    const size_t length = mark & ~kLastFragment;
    if (length > kMaxRecordBytes - result.content.size()) {
      result.kind = Frame::Kind::kBroken;
      return result;
    }
    at += kRecordMarkBytes;
    if (length > input.size() - at) return result;
    result.content.insert(result.content.end(), input.begin() + static_cast<ptrdiff_t>(at),
                          input.begin() + static_cast<ptrdiff_t>(at + length));
    at += length;
    if ((mark & kLastFragment) != 0) {
      result.kind = Frame::Kind::kMessage;
      result.size_bytes = at;
      return result;
    }
  }
  return result;
}

}  // namespace

// Any bytes as a connection's input, arriving whole and in pieces as long as the first byte says: the same record is
// found, or the same fault, as by reading plainly.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t step = data[0] % 16 + 1;
  std::vector<std::byte> input(reinterpret_cast<const std::byte*>(data + 1),
                               reinterpret_cast<const std::byte*>(data + size));
  const Reference expected = ReadPlainly(input);

  FrameState whole_state;
  const Frame whole = FindRecord(input, kMaxRecordBytes, whole_state);
  FrameState state;
  std::optional<Frame> found;
  for (size_t length = 0; !found; length += step) {
    length = std::min(length, input.size());
    const Frame frame = FindRecord(std::span(input).first(length), kMaxRecordBytes, state);
    if (frame.kind != Frame::Kind::kIncomplete || length == input.size()) found = frame;
    // Asking for less than is there, or for more than a record may have, would wait for ever or allocate for nothing.
    if (frame.kind == Frame::Kind::kIncomplete) {
      if (frame.size_bytes <= length) std::abort();
      if (frame.size_bytes > kMaxRecordBytes + kRecordMarkBytes * (size_t{kMaxFragmentsPerRecord} + 1)) std::abort();
    }
  }
  if (found->kind != whole.kind) std::abort();
  if (whole.kind != expected.kind) {
    // Only a record of too many fragments may be refused beyond the plain reading, or a size seen before its bytes are.
    if (whole.kind != Frame::Kind::kBroken || input.size() < kRecordMarkBytes) std::abort();
    return 0;
  }
  if (whole.kind != Frame::Kind::kMessage) return 0;
  if (whole.size_bytes != expected.size_bytes || found->size_bytes != expected.size_bytes) std::abort();
  const auto content = JoinFragments(std::span(input).first(whole.size_bytes));
  if (content.size() != expected.content.size()) std::abort();
  if (!content.empty() && std::memcmp(content.data(), expected.content.data(), content.size()) != 0) std::abort();
  return 0;
}
