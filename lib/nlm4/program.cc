#include "nlm4/program.h"

#include <array>

#include "nlm4/procedures.h"
#include "xdr/byte_sink.h"
#include "xdr/reader.h"

namespace dittofs::nlm4 {
namespace {

constexpr size_t kTableSize = 24;  // FREE_ALL is the last

struct Row {
  onc_rpc::ProcedureTraits traits;
  uint32_t first_version = 0;
  onc_rpc::AcceptStatus (*run)(Request& request, xdr::Writer& reply) = nullptr;
};
using Table = std::array<Row, kTableSize>;

template <typename Procedure>
onc_rpc::AcceptStatus RunProcedure(Request& request, xdr::Writer& reply) {
  typename Procedure::Args args;
  xdr::Reader reader(request.call.arguments);
  xdr::Decode(reader, args);
  if (!reader.Finished()) return onc_rpc::AcceptStatus::kGarbageArguments;
  typename Procedure::Res res;
  Procedure::Run(request, args, res);
  if constexpr (requires { Procedure::kReplyNumber; }) {
    request.service.Answer(request.call, Procedure::kReplyNumber, xdr::EncodeToBytes(res));
  } else {
    xdr::Encode(reply, res);
  }
  return onc_rpc::AcceptStatus::kSuccess;
}

template <typename... P>
constexpr Table MakeTable(std::tuple<P...>*) {
  Table table{};
  ((table[P::kNumber] = Row{{P::kName, false}, P::kFirstVersion, &RunProcedure<P>}), ...);
  return table;
}
constexpr Table kNarrow = MakeTable(static_cast<Procedures<uint32_t>*>(nullptr));
constexpr Table kWide = MakeTable(static_cast<Procedures<uint64_t>*>(nullptr));
static_assert(kWide[kTableSize - 1].run != nullptr && kWide[16].run == nullptr && kWide[19].run == nullptr);

const Row* Find(uint32_t version, uint32_t procedure) {
  if (procedure >= kTableSize) return nullptr;
  const Row& row = (version >= 4 ? kWide : kNarrow)[procedure];
  return row.run != nullptr && version >= row.first_version ? &row : nullptr;
}

}  // namespace

const onc_rpc::ProcedureTraits* LockProgram::procedure(uint32_t version, uint32_t procedure) const noexcept {
  const Row* row = Find(version, procedure);
  return row != nullptr ? &row->traits : nullptr;
}

onc_rpc::AcceptStatus LockProgram::Run(const onc_rpc::Call& call, xdr::Writer& reply) {
  const Row* row = Find(call.version, call.procedure);
  if (row == nullptr) return onc_rpc::AcceptStatus::kProcedureUnavailable;
  Request request{*service_, call};
  return row->run(request, reply);
}

}  // namespace dittofs::nlm4
