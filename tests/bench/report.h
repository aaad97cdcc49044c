#pragma once

#include <cstdint>

#include "engine.h"
#include "options.h"
#include "workload.h"

namespace dittofs::bench {

/// Resident bytes of the server around a run with idle connections.
struct IdleMemory {
  uint64_t before = 0;
  uint64_t open = 0;
  uint64_t under_load = 0;
  uint64_t closed = 0;
};

/// The table for people.
void PrintText(const Options& options, const Workload& workload, const Measurement& measurement,
               const IdleMemory* idle);
/// One line of JSON for programs.
void PrintJson(const Options& options, const Workload& workload, const Measurement& measurement,
               const IdleMemory* idle);

}  // namespace dittofs::bench
