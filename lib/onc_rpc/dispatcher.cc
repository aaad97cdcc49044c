#include "onc_rpc/dispatcher.h"

#include <cstring>
#include <exception>
#include <utility>

#include "base/bytes.h"
#include "onc_rpc/record_mark.h"
#include "xdr/writer.h"

namespace dittofs::onc_rpc {
namespace {

/// Lets a Writer write into the batch of an exchange.
class ReplyTarget final : public xdr::WriterTarget {
 public:
  explicit ReplyTarget(net::OutputBatch& batch) noexcept : batch_(batch) {}
  void Grow(xdr::Writer& writer, size_t size_bytes) override {
    batch_.Reach(writer.position());
    batch_.Grow(size_bytes);
    writer.SetRoom(batch_.room());
  }
  void Splice(xdr::Writer& writer, Buffer buffer) override {
    batch_.Reach(writer.position());
    batch_.Splice(std::move(buffer));
    writer.SetRoom(batch_.room());
  }

 private:
  net::OutputBatch& batch_;
};

size_t MarkBytes(const net::Exchange& exchange) noexcept {
  return exchange.transport() == net::Transport::kTcp ? kRecordMarkBytes : 0;
}
/// Where the RPC message of the answer begins.
std::byte* Head(const net::Exchange& exchange) noexcept {
  return exchange.start().position + MarkBytes(exchange);
}

/// Writes the record mark of an answer that is complete.
void Seal(net::Exchange& exchange) noexcept {
  if (MarkBytes(exchange) == 0) return;
  const size_t content_bytes = exchange.output().size_since(exchange.start()) - kRecordMarkBytes;
  base::StoreBigEndian(exchange.start().position, kLastFragment | static_cast<uint32_t>(content_bytes));
}

/// An answer that is a head and nothing else, `head_bytes` of which stand at Head() already.
void AnswerHead(net::Exchange& exchange, size_t head_bytes) noexcept {
  exchange.output().Reach(Head(exchange) + head_bytes);
  Seal(exchange);
}

}  // namespace

Dispatcher::Dispatcher(const DispatcherContext& context, std::vector<Entry> programs)
    : context_(context), programs_(std::move(programs)) {}

net::Frame Dispatcher::NextFrame(std::span<const std::byte> input, net::FrameState& state) const noexcept {
  return FindRecord(input, context_.max_message_bytes, state);
}

net::MessageHandler::Outcome Dispatcher::HandleMessage(net::Exchange& exchange) noexcept {
  const bool stream = exchange.transport() == net::Transport::kTcp;
  const std::span<std::byte> message = stream ? JoinFragments(exchange.message()) : exchange.message();
  LoopCounters& counters = context_.loops[exchange.loop_index()];
  DecodedCall decoded;
  const CallFault fault = DecodeCall(message, decoded);
  const uint32_t xid = decoded.call.xid;
  switch (fault) {
    case CallFault::kNone:
      break;
    case CallFault::kTruncated:
      // Nothing that follows in this stream can be trusted.
      counters.Add(Event::kMalformed);
      return Outcome::kClose;
    case CallFault::kNotACall:
      counters.Add(Event::kMalformed);
      return Outcome::kGoOn;
    case CallFault::kRpcMismatch:
      counters.Add(Event::kDenied);
      AnswerHead(exchange, EncodeRpcMismatch(xid, Head(exchange)));
      return Outcome::kGoOn;
    case CallFault::kAuth:
      counters.Add(Event::kDenied);
      AnswerHead(exchange, EncodeAuthError(xid, decoded.auth_status, Head(exchange)));
      return Outcome::kGoOn;
  }
  const Entry* entry = Find(decoded.call.program);
  if (entry == nullptr) {
    counters.Add(Event::kUnavailable);
    AnswerHead(exchange, EncodeAccepted(xid, AcceptStatus::kProgramUnavailable, Head(exchange)));
    return Outcome::kGoOn;
  }
  if (decoded.call.version < entry->lowest_version || decoded.call.version > entry->highest_version) {
    counters.Add(Event::kUnavailable);
    AnswerHead(exchange, EncodeProgramMismatch(xid, entry->lowest_version, entry->highest_version, Head(exchange)));
    return Outcome::kGoOn;
  }
  const ProcedureTraits* traits = entry->program->procedure(decoded.call.version, decoded.call.procedure);
  if (traits == nullptr) {
    counters.Add(Event::kUnavailable);
    AnswerHead(exchange, EncodeAccepted(xid, AcceptStatus::kProcedureUnavailable, Head(exchange)));
    return Outcome::kGoOn;
  }
  Call& call = decoded.call;
  call.client = {exchange.peer().ip, exchange.peer().port};
  call.server = {exchange.local().ip, exchange.local().port};
  call.transport = stream ? Transport::kTcp : Transport::kUdp;
  call.record = exchange.memory().owned() ? exchange.memory() : Buffer::Borrow(message);
  call.blocking = &exchange;
  Execute(*entry, *traits, call, exchange);
  return Outcome::kGoOn;
}

void Dispatcher::Execute(const Entry& entry, const ProcedureTraits& traits, Call& call,
                         net::Exchange& exchange) const noexcept {
  ProgramCounters::Slot* slot = entry.counters->slot(exchange.loop_index(), call.version, call.procedure);
  if (slot != nullptr) LoopCounters::Increment(slot->calls);

  ReplayCache::Ticket ticket;
  if (traits.replay_protected && context_.replay_cache != nullptr) {
    switch (AskReplayCache(call, exchange, &ticket)) {
      case ReplayCache::Verdict::kExecute:
        break;
      case ReplayCache::Verdict::kInProgress:
        context_.loops[exchange.loop_index()].Add(Event::kReplayDropped);
        return;
      case ReplayCache::Verdict::kAnswered:
        context_.loops[exchange.loop_index()].Add(Event::kReplayAnswered);
        Seal(exchange);
        return;
    }
  }
  const AcceptStatus status = Run(entry, traits, call, exchange);
  if (status == AcceptStatus::kSuccess) {
    Seal(exchange);
    if (ticket.entry != ReplayCache::Ticket::kNone) Remember(ticket, exchange);
    return;
  }
  if (ticket.entry != ReplayCache::Ticket::kNone) context_.replay_cache->Abandon(ticket);
  if (slot != nullptr) slot->failures.fetch_add(1, std::memory_order_relaxed);
  exchange.output().Rollback(exchange.start());
  AnswerHead(exchange, EncodeAccepted(call.xid, status, Head(exchange)));
}

AcceptStatus Dispatcher::Run(const Entry& entry, const ProcedureTraits& traits, const Call& call,
                             net::Exchange& exchange) const noexcept {
  // What a procedure throws (no memory, or an application's exception) must cost one call, not the server.
  try {
    std::byte* const head = Head(exchange);
    net::OutputBatch& output = exchange.output();
    output.Reach(head + EncodeAccepted(call.xid, AcceptStatus::kSuccess, head));
    ReplyTarget target(output);
    xdr::Writer writer(target);
    writer.SetRoom(output.room());
    const AcceptStatus status = entry.program->Run(call, writer);
    output.Reach(writer.position());
    return status;
  } catch (const std::exception& exception) {
    LogFailure(traits, exchange, exception.what());
  } catch (...) {
    LogFailure(traits, exchange, "an exception of unknown type");
  }
  return AcceptStatus::kSystemError;
}

ReplayCache::Verdict Dispatcher::AskReplayCache(const Call& call, net::Exchange& exchange,
                                                ReplayCache::Ticket* ticket) const noexcept try {
  ReplayKey key;
  key.client = exchange.peer().ip;
  key.xid = call.xid;
  key.program = call.program;
  key.version = call.version;
  key.procedure = call.procedure;
  key.uid = call.credentials.uid;
  key.arguments_bytes = static_cast<uint32_t>(call.arguments.size());
  key.arguments_checksum = context_.replay_cache->Checksum(call.arguments);
  return context_.replay_cache->Begin(key, exchange.received_ns(), ticket, [&exchange](size_t reply_bytes) {
    net::OutputBatch& output = exchange.output();
    output.Reach(Head(exchange));
    if (output.room().size() < reply_bytes) output.Grow(reply_bytes);
    std::byte* const to = output.room().data();
    output.Reach(to + reply_bytes);
    return to;
  });
} catch (const std::exception&) {
  // No memory for the recorded reply: the client will ask again.
  exchange.output().Rollback(exchange.start());
  return ReplayCache::Verdict::kInProgress;
}

void Dispatcher::Remember(const ReplayCache::Ticket& ticket, net::Exchange& exchange) const noexcept {
  // Without the record mark, which the transport of the repeated call decides on.
  net::OutputBatch::Mark head = exchange.start();
  head.position += MarkBytes(exchange);
  context_.replay_cache->Finish(ticket, exchange.received_ns(), exchange.output().size_since(head),
                                [&](std::byte* to) { exchange.output().CopySince(head, to); });
}

void Dispatcher::LogFailure(const ProcedureTraits& traits, net::Exchange& exchange,
                            std::string_view what) const noexcept try {
  uint64_t suppressed = 0;
  if (!context_.failure_log->Allow(exchange.received_ns(), &suppressed)) return;
  context_.logger.Error("a procedure threw an exception",
                        {{"procedure", traits.name}, {"exception", what}, {"suppressed", suppressed}});
} catch (...) {
  return;
}

}  // namespace dittofs::onc_rpc
