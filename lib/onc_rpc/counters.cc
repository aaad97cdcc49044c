#include "onc_rpc/counters.h"

#include <algorithm>

namespace dittofs::onc_rpc {

ProgramCounters::ProgramCounters(const Program& program, size_t loop_count)
    : program_(program),
      lowest_version_(program.lowest_version()),
      version_count_(std::min(program.highest_version() - program.lowest_version() + 1, kMaxVersions)) {
  for (size_t i = 0; i < loop_count; ++i) {
    loops_.push_back(std::make_unique<Slot[]>(size_t{version_count_} * kMaxProcedures));
  }
}

void ProgramCounters::Collect(std::vector<ProcedureStatistics>* procedures) const {
  for (uint32_t i = 0; i < version_count_ * kMaxProcedures; ++i) {
    ProcedureStatistics sum;
    for (const auto& slots : loops_) {
      sum.calls += slots[i].calls.load(std::memory_order_relaxed);
      sum.failures += slots[i].failures.load(std::memory_order_relaxed);
    }
    if (sum.calls == 0) continue;
    sum.program = program_.number();
    sum.version = lowest_version_ + i / kMaxProcedures;
    sum.procedure = i % kMaxProcedures;
    if (const ProcedureTraits* traits = program_.procedure(sum.version, sum.procedure)) sum.name = traits->name;
    procedures->push_back(sum);
  }
}

}  // namespace dittofs::onc_rpc
