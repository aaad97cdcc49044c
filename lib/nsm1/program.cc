#include "nsm1/program.h"

#include <array>
#include <type_traits>

#include "nsm1/procedures.h"
#include "xdr/reader.h"

namespace dittofs::nsm1 {
namespace {

struct Row {
  onc_rpc::ProcedureTraits traits;
  onc_rpc::AcceptStatus (*run)(Request& request, xdr::Writer& reply);
};

template <typename P>
onc_rpc::AcceptStatus RunProcedure(Request& request, xdr::Writer& reply) {
  typename P::Args args;
  xdr::Reader reader(request.call.arguments);
  xdr::Decode(reader, args);
  if (!reader.Finished()) return onc_rpc::AcceptStatus::kGarbageArguments;
  typename P::Res res;
  P::Run(request, args, res);
  xdr::Encode(reply, res);
  return onc_rpc::AcceptStatus::kSuccess;
}

template <typename... P>
constexpr std::array<Row, sizeof...(P)> MakeTable(std::type_identity<std::tuple<P...>>) {
  return {Row{{P::kName, false}, &RunProcedure<P>}...};
}
constexpr auto kTable = MakeTable(std::type_identity<Procedures>());

}  // namespace

uint32_t StatusProgram::number() const noexcept {
  return kProgram;
}
uint32_t StatusProgram::lowest_version() const noexcept {
  return kVersion;
}
uint32_t StatusProgram::highest_version() const noexcept {
  return kVersion;
}

const onc_rpc::ProcedureTraits* StatusProgram::procedure(uint32_t version, uint32_t procedure) const noexcept {
  return version == kVersion && procedure < kTable.size() ? &kTable[procedure].traits : nullptr;
}

onc_rpc::AcceptStatus StatusProgram::Run(const onc_rpc::Call& call, xdr::Writer& reply) {
  if (call.procedure >= kTable.size()) return onc_rpc::AcceptStatus::kProcedureUnavailable;
  Request request{*monitor_, call};
  return kTable[call.procedure].run(request, reply);
}

}  // namespace dittofs::nsm1
