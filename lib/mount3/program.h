#pragma once

#include "dittofs/runtime.h"
#include "mount3/messages.h"
#include "mount3/mount_list.h"
#include "onc_rpc/program.h"

namespace dittofs::mount3 {

/// MOUNT version 3 (RFC 1813 §5) over the shares of one Runtime, which must outlive it. Versions 1 and 2 (RFC 1094
/// appendix A) have everything but MNT, whose handles belong to NFS version 2. Thread-safe.
class MountProgram final : public onc_rpc::Program {
 public:
  explicit MountProgram(const Runtime& runtime) noexcept : runtime_(runtime) {}

  uint32_t number() const noexcept override { return kProgram; }
  uint32_t lowest_version() const noexcept override { return kLowestVersion; }
  uint32_t highest_version() const noexcept override { return kVersion; }
  const onc_rpc::ProcedureTraits* procedure(uint32_t version, uint32_t procedure) const noexcept override;
  onc_rpc::AcceptStatus Run(const onc_rpc::Call& call, xdr::Writer& reply) override;

 private:
  const Runtime& runtime_;
  MountList mounts_;
};

}  // namespace dittofs::mount3
