#include "mount3/program.h"

#include <array>
#include <tuple>
#include <type_traits>

#include "mount3/procedures.h"

namespace dittofs::mount3 {
namespace {

using onc_rpc::AcceptStatus;
using onc_rpc::ProcedureTraits;

template <typename P>
AcceptStatus RunProcedure(const Request& request, xdr::Writer& reply) {
  typename P::Args args;
  xdr::Reader reader(request.call.arguments);
  xdr::Decode(reader, args);
  if (!reader.Finished()) return AcceptStatus::kGarbageArguments;
  P::Run(request, args, reply);
  return AcceptStatus::kSuccess;
}

struct Row {
  ProcedureTraits traits;
  uint32_t since_version;
  AcceptStatus (*run)(const Request&, xdr::Writer&);
};

template <typename... P>
constexpr std::array<Row, sizeof...(P)> MakeTable(std::type_identity<std::tuple<P...>>) {
  return {Row{{P::kName}, P::kSinceVersion, &RunProcedure<P>}...};
}
template <typename... P>
constexpr bool IsDense(std::type_identity<std::tuple<P...>>) {
  uint32_t next = 0;
  return ((P::kNumber == next++) && ...);
}

static_assert(IsDense(std::type_identity<Procedures>()), "procedures stand in the order of their numbers, without gap");
constexpr auto kTable = MakeTable(std::type_identity<Procedures>());
static_assert(kTable.size() == 6);

}  // namespace

const ProcedureTraits* MountProgram::procedure(uint32_t version, uint32_t procedure) const noexcept {
  if (procedure >= kTable.size() || version < kTable[procedure].since_version) return nullptr;
  return &kTable[procedure].traits;
}

AcceptStatus MountProgram::Run(const onc_rpc::Call& call, xdr::Writer& reply) {
  if (procedure(call.version, call.procedure) == nullptr) return AcceptStatus::kProcedureUnavailable;
  return kTable[call.procedure].run(Request{runtime_, mounts_, call}, reply);
}

}  // namespace dittofs::mount3
