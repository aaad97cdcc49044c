#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/message_handler.h"

namespace dittofs::onc_rpc {

/// Set in the mark of a record's last fragment; the other bits are the fragment's length (RFC 5531 §11).
inline constexpr uint32_t kLastFragment = 0x8000'0000;
inline constexpr size_t kRecordMarkBytes = 4;
/// More fragments in one record close the connection.
inline constexpr uint32_t kMaxFragmentsPerRecord = 16384;

/// Finds the first record in `input` (marks included). Broken: its fragments add up to more than `max_record_bytes`, or
/// are too many. Whatever is announced, nothing is allocated. Pure but for `state`.
net::Frame FindRecord(std::span<const std::byte> input, size_t max_record_bytes, net::FrameState& state) noexcept;

/// The content of a whole record; fragments are moved together in place.
std::span<std::byte> JoinFragments(std::span<std::byte> record) noexcept;

}  // namespace dittofs::onc_rpc
