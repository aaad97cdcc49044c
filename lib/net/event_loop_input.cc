// Reading: from sockets into messages, and messages to their handlers.

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "net/datagram.h"
#include "net/engine_state.h"
#include "net/event_loop.h"

namespace dittofs::net {
namespace {

/// Read so little behind or before a large message that hardly any of it must be copied into its own memory.
constexpr size_t kBulkReadBytes = 4096;
/// For so many reads after a large message the next ones are expected to be large, too.
constexpr uint8_t kBulkReads = 16;
constexpr int kReadsPerEvent = 8;
constexpr size_t kMinPartialBytes = 256;
/// Answers are sent at the latest when so much of them is there.
constexpr size_t kFlushBytes = 512 * 1024;
constexpr int kDatagramsPerEvent = 16;

}  // namespace

void EventLoop::EnsureScratch() {
  // Calls that went to threads of their own keep the input they lie in.
  if (!scratch_.owned() || !scratch_.owner()->unique()) scratch_ = engine_.memory.Take(kScratchBytes, &scratch_bytes_);
}

bool EventLoop::HandleConnection(Connection& connection, uint32_t events) {
  if (events & EPOLLOUT) connection.SendQueued(now_ns_);
  const bool reading = !connection.paused() && !connection.ending();
  if (reading && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return HandleReadable(connection);
  if (events & (EPOLLHUP | EPOLLERR)) {
    // Nobody is there any more to take answers.
    Close(connection);
    return true;
  }
  if (connection.paused() && !connection.leader.starved && connection.has_room()) return ResumeInput(connection);
  Settle(connection);
  return true;
}

bool EventLoop::HandleReadable(Connection& connection) {
  Connection::LeaderPart& part = connection.leader;
  for (int round = 0; round < kReadsPerEvent; ++round) {
    EnsureScratch();
    iovec vectors[2];
    int count = 0;
    const size_t partial_room = part.partial_needed - part.partial_size;
    if (partial_room > 0) vectors[count++] = {part.partial_bytes + part.partial_size, partial_room};
    const size_t scratch_room = part.bulk > 0 ? kBulkReadBytes : kScratchBytes;
    vectors[count++] = {scratch_bytes_, scratch_room};
    const ssize_t got = count == 1 ? ::recv(connection.descriptor(), scratch_bytes_, scratch_room, MSG_DONTWAIT)
                                   : ::readv(connection.descriptor(), vectors, count);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        Close(connection);
        return true;
      }
      Settle(connection);
      return true;
    }
    if (got == 0) {
      // The client sends no more, but may still take answers.
      DropPartial(connection);
      connection.SetEnding();
      Settle(connection);
      return true;
    }
    part.last_activity_ns = now_ns_;
    const size_t got_bytes = static_cast<size_t>(got);
    const size_t into_partial = std::min(got_bytes, partial_room);
    part.partial_size += into_partial;
    current_ = &connection;
    input_ = {scratch_bytes_, got_bytes - into_partial};
    input_memory_ = Buffer();
    if (!ProcessInput()) return false;
    // Small requests come in one read. Of a large one there is probably more.
    const bool filled = got_bytes == partial_room + scratch_room;
    if (!filled || connection.closed() || connection.paused() || connection.ending()) return true;
    if (part.partial_needed < engine_.options.large_message_bytes) return true;
  }
  return true;
}

bool EventLoop::ResumeInput(Connection& connection) {
  connection.Resume();
  connection.leader.resumed = true;
  current_ = &connection;
  input_memory_ = std::exchange(connection.leader.stash, Buffer());
  // Nobody else looks at these bytes any more, so they may be changed in place.
  input_ = {const_cast<std::byte*>(input_memory_.data()), input_memory_.size()};
  return ProcessInput();
}

bool EventLoop::ProcessInput() {
  Connection& connection = *current_;
  for (;;) {
    if (!connection.has_room() && connection.Pause()) {
      StashInput(connection);
      break;
    }
    Message message;
    const Found found = FindMessage(connection, &message);
    if (found == Found::kMessage) {
      if (!RunMessage(connection, std::move(message))) return false;
      if (current_ == nullptr) return true;  // closed
      if (batch_->size_bytes() >= kFlushBytes) Flush(connection);
      continue;
    }
    if (found == Found::kNothing) break;
    if (found == Found::kBroken) {
      Flush(connection);
      Close(connection);
      return true;
    }
    // Out of budget: the input waits until other messages are through.
    connection.PauseAnyway();
    StashInput(connection);
    connection.leader.starved = true;
    ++starved_count_;
    break;
  }
  Flush(connection);
  current_ = nullptr;
  input_ = {};
  if (input_memory_.owned()) input_memory_ = Buffer();
  if (std::exchange(connection.leader.resumed, false)) connection.UpdateReading();
  Settle(connection);
  return true;
}

EventLoop::Found EventLoop::FindMessage(Connection& connection, Message* message) {
  Connection::LeaderPart& part = connection.leader;
  for (;;) {
    if (part.partial_needed == 0) {
      if (input_.empty()) return Found::kNothing;
      const Frame frame = connection.handler().NextFrame(input_, part.frame);
      if (frame.kind == Frame::Kind::kBroken) return Found::kBroken;
      if (frame.kind == Frame::Kind::kMessage) {
        part.frame = FrameState();
        message->bytes = input_.first(frame.size_bytes);
        input_ = input_.subspan(frame.size_bytes);
        return Found::kMessage;
      }
      if (!StartPartial(connection, frame.size_bytes)) return Found::kStarved;
    }
    const size_t taken = std::min(input_.size(), part.partial_needed - part.partial_size);
    if (taken > 0) std::memcpy(part.partial_bytes + part.partial_size, input_.data(), taken);
    part.partial_size += taken;
    input_ = input_.subspan(taken);
    if (part.partial_size < part.partial_needed) return Found::kNothing;

    const Frame frame = connection.handler().NextFrame({part.partial_bytes, part.partial_size}, part.frame);
    if (frame.kind == Frame::Kind::kBroken) return Found::kBroken;
    if (frame.kind == Frame::Kind::kIncomplete) {
      if (!StartPartial(connection, frame.size_bytes)) return Found::kStarved;
      continue;
    }
    if (frame.size_bytes != part.partial_size) return Found::kBroken;
    message->bytes = {part.partial_bytes, part.partial_size};
    message->memory = std::exchange(part.partial, Buffer());
    message->charged_bytes = std::exchange(part.charged_bytes, 0);
    DropPartial(connection);
    return Found::kMessage;
  }
}

bool EventLoop::StartPartial(Connection& connection, size_t needed_bytes) {
  Connection::LeaderPart& part = connection.leader;
  const EngineOptions& options = engine_.options;
  if (needed_bytes > part.partial.size()) {
    const bool large = needed_bytes > options.large_message_bytes;
    uint64_t charged_bytes = 0;
    if (large) {
      charged_bytes = needed_bytes;
      const uint64_t before = engine_.receiving_bytes.fetch_add(charged_bytes, std::memory_order_relaxed);
      // A single message is always let through, or a small budget would stop everything.
      if (before > 0 && before + charged_bytes > options.max_receiving_bytes + part.charged_bytes) {
        engine_.receiving_bytes.fetch_sub(charged_bytes, std::memory_order_relaxed);
        return false;
      }
      part.bulk = kBulkReads;
    }
    std::byte* bytes = nullptr;
    Buffer memory;
    try {
      memory = large ? engine_.memory.Take(needed_bytes, &bytes)
                     : Buffer::Allocate(std::max(needed_bytes, kMinPartialBytes), &bytes);
    } catch (const std::exception&) {
      engine_.receiving_bytes.fetch_sub(charged_bytes, std::memory_order_relaxed);
      throw;
    }
    if (part.partial_size > 0) std::memcpy(bytes, part.partial_bytes, part.partial_size);
    engine_.receiving_bytes.fetch_sub(std::exchange(part.charged_bytes, charged_bytes), std::memory_order_relaxed);
    part.partial = std::move(memory);
    part.partial_bytes = bytes;
  }
  if (part.partial_needed == 0) part.partial_since_ns = now_ns_;
  part.partial_needed = needed_bytes;
  return true;
}

void EventLoop::DropPartial(Connection& connection) noexcept {
  Connection::LeaderPart& part = connection.leader;
  if (part.charged_bytes > 0) engine_.receiving_bytes.fetch_sub(part.charged_bytes, std::memory_order_relaxed);
  part.partial = Buffer();
  part.partial_bytes = nullptr;
  part.partial_size = part.partial_needed = 0;
  part.charged_bytes = 0;
  part.frame = FrameState();
}

void EventLoop::StashInput(Connection& connection) {
  connection.leader.stash = input_.empty() ? Buffer() : Buffer::Copy(input_);
  input_ = {};
}

void EventLoop::Flush(Connection& connection) noexcept {
  if (batch_->empty()) return;
  connection.Send(batch_->Close(), now_ns_);
  batch_->Reset();
}

bool EventLoop::RunMessage(Connection& connection, Message message) {
  if (message.charged_bytes == 0 && connection.leader.bulk > 0) --connection.leader.bulk;
  Exchange exchange;
  exchange.message_ = message.bytes;
  exchange.memory_ = std::move(message.memory);
  exchange.output_ = batch_.get();
  exchange.start_ = batch_->Begin();
  exchange.connection_ = &connection;
  exchange.peer_ = &connection.peer();
  exchange.local_ = &connection.local();
  exchange.loop_ = this;
  exchange.received_ns_ = now_ns_;
  exchange.charged_bytes_ = message.charged_bytes;
  exchange.loop_index_ = index_;
  EngineState& engine = engine_;
  const MessageHandler::Outcome outcome = connection.handler().HandleMessage(exchange);
  if (exchange.charged_bytes_ > 0) {
    engine.receiving_bytes.fetch_sub(exchange.charged_bytes_, std::memory_order_relaxed);
  }
  if (exchange.handed_over_) {
    FinishAlone(exchange, outcome);
    return false;
  }
  if (outcome == MessageHandler::Outcome::kClose) {
    Flush(connection);
    Close(connection);
  }
  return true;
}

void Exchange::WillBlock() noexcept {
  if (!handed_over_) loop_->HandOver(*this);
}

void EventLoop::HandOver(Exchange& exchange) noexcept {
  exchange.handed_over_ = true;
  if (!exchange.memory_.owned()) exchange.shared_input_ = input_memory_.owned() ? input_memory_ : scratch_;
  // The answer so far stays where it is, and its memory goes along; the loop takes another batch.
  batch_.release();
  if (Connection* connection = exchange.connection_) {
    connection->AddReference();
    connection->BeginCall();
    try {
      const std::vector<OutputBatch::Segment> before = exchange.output_->TakeBefore(&exchange.start_);
      if (!before.empty()) connection->Send(before, now_ns_);
    } catch (const std::exception&) {
      connection->Break();
    }
  }
  engine_.threads.HandOver(*this);
}

void EventLoop::FinishAlone(Exchange& exchange, MessageHandler::Outcome outcome) noexcept {
  // Another thread leads: only what any thread may touch is touched here.
  std::unique_ptr<OutputBatch> batch(exchange.output_);
  if (Connection* connection = exchange.connection_) {
    try {
      if (!batch->empty()) connection->Send(batch->Close(), engine_.clock.MonotonicNanoseconds());
    } catch (const std::exception&) {
      connection->Break();
    }
    if (outcome == MessageHandler::Outcome::kClose) connection->Break();
    if (connection->EndCall()) Post(*connection);
    connection->Release();
  } else {
    SendDatagram(exchange.datagram_->bound.socket.get(), *batch, *exchange.peer_, *exchange.local_);
  }
  batch->Reset();
  engine_.batches.GiveBack(std::move(batch));
}

bool EventLoop::HandleDatagrams(DatagramSocket& socket) {
  for (int i = 0; i < kDatagramsPerEvent; ++i) {
    EnsureScratch();
    Address peer;
    Address local = socket.bound.address;
    const ssize_t got = ReceiveDatagram(socket.bound.socket.get(), {scratch_bytes_, kScratchBytes}, &peer, &local);
    if (got == kNoDatagram) return true;
    if (got < 0) continue;
    if (batch_ == nullptr) batch_ = engine_.batches.Take();
    input_memory_ = Buffer();
    Exchange exchange;
    exchange.message_ = {scratch_bytes_, static_cast<size_t>(got)};
    exchange.output_ = batch_.get();
    exchange.start_ = batch_->Begin();
    exchange.datagram_ = &socket;
    exchange.peer_ = &peer;
    exchange.local_ = &local;
    exchange.loop_ = this;
    exchange.received_ns_ = now_ns_;
    exchange.loop_index_ = index_;
    const MessageHandler::Outcome outcome = socket.handler.HandleMessage(exchange);
    if (exchange.handed_over_) {
      FinishAlone(exchange, outcome);
      return false;
    }
    if (!batch_->empty()) SendDatagram(socket.bound.socket.get(), *batch_, peer, local);
    batch_->Reset();
  }
  return true;
}

}  // namespace dittofs::net
