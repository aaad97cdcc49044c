#include "onc_rpc/record_mark.h"

#include <cstring>

#include "base/bytes.h"

namespace dittofs::onc_rpc {

net::Frame FindRecord(std::span<const std::byte> input, size_t max_record_bytes, net::FrameState& state) noexcept {
  using Kind = net::Frame::Kind;
  for (;;) {
    const size_t at = state.scanned_bytes;
    if (input.size() - at < kRecordMarkBytes) return {Kind::kIncomplete, at + kRecordMarkBytes};
    const uint32_t mark = base::LoadBigEndian<uint32_t>(input.data() + at);
    const size_t length = mark & ~kLastFragment;
    const size_t content_bytes = at - size_t{state.fragments} * kRecordMarkBytes;  // of the fragments before
    if (length > max_record_bytes - content_bytes || state.fragments == kMaxFragmentsPerRecord) {
      return {Kind::kBroken, 0};
    }
    const size_t end = at + kRecordMarkBytes + length;
    const bool last = (mark & kLastFragment) != 0;
    if (last && end <= input.size()) return {Kind::kMessage, end};
    if (last) return {Kind::kIncomplete, end};
    if (end + kRecordMarkBytes > input.size()) return {Kind::kIncomplete, end + kRecordMarkBytes};
    state.scanned_bytes = static_cast<uint32_t>(end);
    ++state.fragments;
  }
}

std::span<std::byte> JoinFragments(std::span<std::byte> record) noexcept {
  size_t from = 0;
  size_t content_bytes = 0;
  std::byte* const content = record.data() + kRecordMarkBytes;
  while (record.size() - from >= kRecordMarkBytes) {
    const uint32_t mark = base::LoadBigEndian<uint32_t>(record.data() + from);
    const size_t length = mark & ~kLastFragment;
    from += kRecordMarkBytes;
    if (from != kRecordMarkBytes + content_bytes) std::memmove(content + content_bytes, record.data() + from, length);
    content_bytes += length;
    from += length;
    if (mark & kLastFragment) break;
  }
  return {content, content_bytes};
}

}  // namespace dittofs::onc_rpc
