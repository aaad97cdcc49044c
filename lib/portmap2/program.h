#pragma once

#include <vector>

#include "dittofs/environment.h"
#include "onc_rpc/program.h"
#include "portmap2/messages.h"
#include "portmap2/service_table.h"

namespace dittofs::portmap2 {

/// A port mapper (RFC 1833, versions 2 to 4) for what this process serves. Thread-safe.
class PortmapProgram final : public onc_rpc::Program {
 public:
  explicit PortmapProgram(const Environment& environment) : environment_(WithDefaults(environment)) {}
  /// What is served from now on. Once, before the first call.
  void SetRegistrations(std::vector<Registration> registrations) { services_ = ServiceTable(std::move(registrations)); }

  uint32_t number() const noexcept override { return kProgram; }
  uint32_t lowest_version() const noexcept override { return kLowestVersion; }
  uint32_t highest_version() const noexcept override { return kHighestVersion; }
  const onc_rpc::ProcedureTraits* procedure(uint32_t version, uint32_t procedure) const noexcept override;
  onc_rpc::AcceptStatus Run(const onc_rpc::Call& call, xdr::Writer& reply) override;

 private:
  ServiceTable services_;
  const Environment environment_;
};

}  // namespace dittofs::portmap2
