#pragma once

#include <memory>
#include <utility>

#include "nlm4/lock_service.h"
#include "onc_rpc/program.h"

namespace dittofs::nlm4 {

/// The Network Lock Manager, versions 1 to 4 (XNFS chapters 10 and 14; RFC 1813 appendix II), over the locks of one
/// Runtime's shares. Thread-safe.
class LockProgram final : public onc_rpc::Program {
 public:
  explicit LockProgram(std::shared_ptr<LockService> service) : service_(std::move(service)) {}

  uint32_t number() const noexcept override { return kProgram; }
  uint32_t lowest_version() const noexcept override { return kLowestVersion; }
  uint32_t highest_version() const noexcept override { return kVersion; }
  const onc_rpc::ProcedureTraits* procedure(uint32_t version, uint32_t procedure) const noexcept override;
  onc_rpc::AcceptStatus Run(const onc_rpc::Call& call, xdr::Writer& reply) override;

 private:
  // Shared with the lock tables, which tell it of granted locks as long as it lives.
  const std::shared_ptr<LockService> service_;
};

}  // namespace dittofs::nlm4
