#pragma once

#include "dittofs/runtime.h"
#include "nfs3/request.h"
#include "nfs3/types.h"
#include "onc_rpc/program.h"

namespace dittofs::nfs3 {

/// NFS version 3 (RFC 1813) over the shares of one Runtime, which must outlive it. Thread-safe.
class NfsProgram final : public onc_rpc::Program {
 public:
  NfsProgram(const Runtime& runtime, const Limits& limits) noexcept : runtime_(runtime), limits_(limits) {}

  uint32_t number() const noexcept override { return kProgram; }
  uint32_t lowest_version() const noexcept override { return kVersion; }
  uint32_t highest_version() const noexcept override { return kVersion; }
  const onc_rpc::ProcedureTraits* procedure(uint32_t version, uint32_t procedure) const noexcept override;
  onc_rpc::AcceptStatus Run(const onc_rpc::Call& call, xdr::Writer& reply) override;

 private:
  const Runtime& runtime_;
  const Limits limits_;
};

/// Writes the answer of `procedure` to a call that is not even tried: `status` with the failure arm of that procedure,
/// without attributes. False, and nothing is written, if the procedure has none (NULL) or does not exist.
bool Refuse(uint32_t procedure, nfsstat3 status, xdr::Writer& reply);

}  // namespace dittofs::nfs3
