#include "nfs3/program.h"

#include <array>
#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

#include "nfs3/procedures.h"
#include "xdr/fields.h"

namespace dittofs::nfs3 {
namespace {

using onc_rpc::AcceptStatus;
using onc_rpc::Call;
using onc_rpc::ProcedureTraits;

const nfs_fh3& HandleOf(const nfs_fh3& handle) noexcept {
  return handle;
}
const nfs_fh3& HandleOf(const diropargs3& entry) noexcept {
  return entry.dir;
}

template <typename P>
void RefuseWith(nfsstat3 status, const typename P::Fail& fail, xdr::Writer& reply) {
  xdr::Encode(reply, FitStatus(kCommonStatuses | P::kStatuses, status));
  xdr::Encode(reply, fail);
}

/// Decode whole, admit, run, answer: the way of every call.
template <typename P>
AcceptStatus RunProcedure(const Runtime& runtime, const Limits& limits, const Call& call, xdr::Writer& reply) {
  typename P::Args args;
  xdr::Reader reader(call.arguments);
  xdr::Decode(reader, args);
  if (!reader.Finished()) return AcceptStatus::kGarbageArguments;
  if constexpr (!std::same_as<P, NULLPROC>) {
    Request request(runtime, limits, call, reply);
    typename P::Fail fail;
    nfsstat3 status = request.Admit(HandleOf(args.*P::kHandle), P::kRole);
    if (status == NFS3_OK) {
      typename P::Ok ok;
      status = P::Run(request, args, ok, fail);
      if (status == NFS3_OK) {
        xdr::Encode(reply, status);
        xdr::Encode(reply, ok);
        return AcceptStatus::kSuccess;
      }
    }
    RefuseWith<P>(status, fail, reply);
  }
  return AcceptStatus::kSuccess;
}

struct Row {
  ProcedureTraits traits;
  AcceptStatus (*run)(const Runtime&, const Limits&, const Call&, xdr::Writer&);
  void (*refuse)(nfsstat3, xdr::Writer&);  ///< Null for NULL, which can't fail.
};

template <typename P>
constexpr Row MakeRow() {
  Row row{{P::kName, P::kReplayProtected}, &RunProcedure<P>, nullptr};
  if constexpr (!std::same_as<P, NULLPROC>) {
    row.refuse = [](nfsstat3 status, xdr::Writer& reply) { RefuseWith<P>(status, typename P::Fail{}, reply); };
  }
  return row;
}

template <typename... P>
constexpr std::array<Row, sizeof...(P)> MakeTable(std::type_identity<std::tuple<P...>>) {
  return {MakeRow<P>()...};
}
template <typename... P>
constexpr bool IsDense(std::type_identity<std::tuple<P...>>) {
  uint32_t next = 0;
  return ((P::kNumber == next++) && ...);
}

static_assert(IsDense(std::type_identity<Procedures>()), "procedures stand in the order of their numbers, without gap");
constexpr auto kTable = MakeTable(std::type_identity<Procedures>());
static_assert(kTable.size() == 22);

}  // namespace

const ProcedureTraits* NfsProgram::procedure(uint32_t version, uint32_t procedure) const noexcept {
  return version == kVersion && procedure < kTable.size() ? &kTable[procedure].traits : nullptr;
}

AcceptStatus NfsProgram::Run(const Call& call, xdr::Writer& reply) {
  if (call.procedure >= kTable.size()) return AcceptStatus::kProcedureUnavailable;
  return kTable[call.procedure].run(runtime_, limits_, call, reply);
}

bool Refuse(uint32_t procedure, nfsstat3 status, xdr::Writer& reply) {
  if (procedure >= kTable.size() || kTable[procedure].refuse == nullptr) return false;
  kTable[procedure].refuse(status, reply);
  return true;
}

}  // namespace dittofs::nfs3
