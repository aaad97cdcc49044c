#pragma once

#include <memory>
#include <utility>

#include "nsm1/status_monitor.h"
#include "onc_rpc/program.h"

namespace dittofs::nsm1 {

/// The Network Status Monitor, version 1 (XNFS chapter 11). Thread-safe.
class StatusProgram final : public onc_rpc::Program {
 public:
  explicit StatusProgram(std::shared_ptr<StatusMonitor> monitor) : monitor_(std::move(monitor)) {}

  uint32_t number() const noexcept override;
  uint32_t lowest_version() const noexcept override;
  uint32_t highest_version() const noexcept override;
  const onc_rpc::ProcedureTraits* procedure(uint32_t version, uint32_t procedure) const noexcept override;
  onc_rpc::AcceptStatus Run(const onc_rpc::Call& call, xdr::Writer& reply) override;

 private:
  // Shared with the notifications under way, which tell it how they ended.
  const std::shared_ptr<StatusMonitor> monitor_;
};

}  // namespace dittofs::nsm1
