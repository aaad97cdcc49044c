#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "engine.h"
#include "idle_connections.h"
#include "options.h"
#include "report.h"
#include "setup_client.h"
#include "workload.h"

namespace dittofs::bench {
namespace {

void RaiseOpenFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::unique_ptr<Workload> Prepare(const Options& options, const WorkloadKind& kind) {
  const EncodedHandle root = MountExport(options.host, options.mount_port, options.export_path, options.caller);
  SetupClient nfs(options.host, options.port, kNfsProgram, options.caller);
  const auto run = static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  const std::string name = options.directory.empty() ? NumberedName("bench-", run) : options.directory;
  Site site{nfs, MakeDirectory(nfs, root, name), ReadTransferLimits(nfs, root), run};
  return kind.make(options, site);
}

int RunLoad(const Options& options) {
  RaiseOpenFileLimit();
  const WorkloadKind& kind = FindWorkload(options.workload);
  const std::unique_ptr<Workload> workload =
      options.echo ? MakeEchoWorkload(kind.sizes(options)) : Prepare(options, kind);
  IdleMemory memory;
  std::optional<IdleConnections> idle;
  if (options.idle_connections > 0) {
    memory.before = ProcessResidentBytes(options.server_pid);
    idle.emplace(options, options.idle_connections);
    memory.open = ProcessResidentBytes(options.server_pid);
  }
  Engine engine(options, *workload);
  const Measurement measurement = engine.Run();
  if (idle) {
    memory.under_load = ProcessResidentBytes(options.server_pid);
    idle->Close();
    std::this_thread::sleep_for(std::chrono::seconds(2));  // the server has to notice thousands of ends
    memory.closed = ProcessResidentBytes(options.server_pid);
  }
  PrintText(options, *workload, measurement, idle ? &memory : nullptr);
  PrintJson(options, *workload, measurement, idle ? &memory : nullptr);
  return measurement.failed > 0 && !options.allow_errors ? 1 : 0;
}

}  // namespace
}  // namespace dittofs::bench

int main(int argc, char** argv) {
  try {
    return dittofs::bench::RunLoad(dittofs::bench::ParseOptions(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nfs_load: %s\n", error.what());
    return 2;
  }
}
