#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/log.h"
#include "net/engine_options.h"
#include "net/message_handler.h"
#include "onc_rpc/counters.h"
#include "onc_rpc/message.h"
#include "onc_rpc/program.h"
#include "onc_rpc/replay_cache.h"

namespace dittofs::onc_rpc {

/// What the dispatchers of one server share.
struct DispatcherContext {
  size_t max_message_bytes = 0;
  ReplayCache* replay_cache = nullptr;  ///< Null: none.
  LoopCounters* loops = nullptr;        ///< One for each loop.
  base::Logger logger;
  net::LogThrottle* failure_log = nullptr;
};

/// From messages to programs and back: decodes calls, refuses what can't be served, keeps the replay cache and the
/// counters, runs the procedure. One for each set of programs that share a socket. Thread-safe.
class Dispatcher final : public net::MessageHandler {
 public:
  struct Entry {
    Program* program;
    uint32_t number;
    uint32_t lowest_version;
    uint32_t highest_version;
    ProgramCounters* counters;
  };
  Dispatcher(const DispatcherContext& context, std::vector<Entry> programs);

  net::Frame NextFrame(std::span<const std::byte> input, net::FrameState& state) const noexcept override;
  Outcome HandleMessage(net::Exchange& exchange) noexcept override;

 private:
  /// A procedure that exists: through the replay cache if it is protected, else straight.
  void Execute(const Entry& entry, const ProcedureTraits& traits, Call& call, net::Exchange& exchange) const noexcept;
  AcceptStatus Run(const Entry& entry, const ProcedureTraits& traits, const Call& call,
                   net::Exchange& exchange) const noexcept;
  ReplayCache::Verdict AskReplayCache(const Call& call, net::Exchange& exchange,
                                      ReplayCache::Ticket* ticket) const noexcept;
  void Remember(const ReplayCache::Ticket& ticket, net::Exchange& exchange) const noexcept;
  void LogFailure(const ProcedureTraits& traits, net::Exchange& exchange, std::string_view what) const noexcept;
  const Entry* Find(uint32_t program) const noexcept {
    for (const Entry& entry : programs_) {
      if (entry.number == program) return &entry;
    }
    return nullptr;
  }

  const DispatcherContext context_;
  const std::vector<Entry> programs_;
};

}  // namespace dittofs::onc_rpc
