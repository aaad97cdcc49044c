#include "portmap2/program.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>

#include "portmap2/procedures.h"

namespace dittofs::portmap2 {
namespace {

using onc_rpc::AcceptStatus;
using onc_rpc::ProcedureTraits;

template <typename P>
AcceptStatus RunProcedure(const Request& request, xdr::Writer& reply) {
  typename P::Args args;
  xdr::Reader reader(request.call.arguments);
  xdr::Decode(reader, args);
  if (!reader.Finished()) return AcceptStatus::kGarbageArguments;
  if constexpr (requires { typename P::Res; }) {
    std::string text;  // what a result that is a text borrows
    xdr::Encode(reply, P::Run(request, args, text));
  } else {
    P::Run(request, args, reply);
  }
  return AcceptStatus::kSuccess;
}

struct Row {
  uint32_t number;
  std::span<const uint32_t> versions;
  ProcedureTraits traits;
  AcceptStatus (*run)(const Request&, xdr::Writer&);
};

template <typename... P>
constexpr std::array<Row, sizeof...(P)> MakeTable(std::type_identity<std::tuple<P...>>) {
  return {Row{P::kNumber, P::kVersions, {P::kName}, &RunProcedure<P>}...};
}
constexpr auto kTable = MakeTable(std::type_identity<Procedures>());

constexpr const Row* Find(uint32_t version, uint32_t procedure) noexcept {
  for (const Row& row : kTable) {
    if (row.number != procedure) continue;
    for (const uint32_t served : row.versions) {
      if (served == version) return &row;
    }
  }
  return nullptr;
}

constexpr bool HasNoDuplicate() {
  for (const Row& row : kTable) {
    for (const uint32_t version : row.versions) {
      if (Find(version, row.number) != &row) return false;
    }
  }
  return true;
}
static_assert(HasNoDuplicate(), "a procedure of a version stands in the list once");

}  // namespace

const ProcedureTraits* PortmapProgram::procedure(uint32_t version, uint32_t procedure) const noexcept {
  const Row* const row = Find(version, procedure);
  return row ? &row->traits : nullptr;
}

AcceptStatus PortmapProgram::Run(const onc_rpc::Call& call, xdr::Writer& reply) {
  const Row* const row = Find(call.version, call.procedure);
  if (row == nullptr) return AcceptStatus::kProcedureUnavailable;
  return row->run(Request{services_, *environment_.clock, call}, reply);
}

}  // namespace dittofs::portmap2
