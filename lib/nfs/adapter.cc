#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "dittofs/nfs.h"
#include "dittofs/runtime.h"
#include "mount3/program.h"
#include "nfs/locking.h"
#include "nfs/registrations.h"
#include "nfs3/program.h"
#include "onc_rpc/server.h"
#include "portmap2/program.h"
#include "portmap2/registrar.h"

namespace dittofs {
namespace {

constexpr uint32_t kTransferMultipleBytes = 4096;
constexpr uint32_t kMaxTransferBytes = 4u << 20;
/// What a WRITE has beside its data: the RPC header with AUTH_SYS, and the arguments.
constexpr uint32_t kMessageOverheadBytes = 64u << 10;
constexpr uint32_t kMaxEventLoops = 1024;
constexpr uint32_t kMaxThreads = 4096;
constexpr uint32_t kMaxGracePeriodSeconds = 3600;

Status Invalid(std::string_view option, std::string_view rule) {
  return Status(ErrorCode::kInvalidArgument, fmt::format("NfsOptions::{} {}", option, rule));
}

bool IsTransferSize(uint32_t size_bytes) {
  return size_bytes >= kTransferMultipleBytes && size_bytes <= kMaxTransferBytes &&
         size_bytes % kTransferMultipleBytes == 0;
}

Status Check(const NfsOptions& options) {
  for (const std::string& address : options.addresses) {
    if (!ParseAddress(address).ok()) return Invalid("addresses", fmt::format("has \"{}\", no address", address));
  }
  constexpr std::string_view kTransferRule = "must be a multiple of 4096 up to 4 MiB";
  if (!IsTransferSize(options.max_read_bytes)) return Invalid("max_read_bytes", kTransferRule);
  if (!IsTransferSize(options.max_write_bytes)) return Invalid("max_write_bytes", kTransferRule);
  if (options.event_loops > kMaxEventLoops) return Invalid("event_loops", "must be at most 1024");
  if (options.max_threads == 0 || options.max_threads > kMaxThreads) return Invalid("max_threads", "must be 1 to 4096");
  if (options.max_threads < options.event_loops) return Invalid("max_threads", "must be at least event_loops");
  if (options.grace_period_s > kMaxGracePeriodSeconds) return Invalid("grace_period_s", "must be at most 3600");
  if (options.max_connections == 0) return Invalid("max_connections", "must be at least 1");
  if (options.max_requests_per_connection == 0) return Invalid("max_requests_per_connection", "must be at least 1");
  if (options.portmapper && options.portmapper_port != 0 && options.portmapper_port == options.port) {
    return Invalid("portmapper_port", "must differ from port");
  }
  if (options.portmapper && options.register_with_rpcbind) {
    return Invalid("register_with_rpcbind", "and portmapper exclude each other: one of them owns port 111");
  }
  return {};
}

onc_rpc::ServerOptions ToServerOptions(const NfsOptions& options, const Environment& environment) {
  onc_rpc::ServerOptions server;
  server.environment = environment;
  server.event_loops = options.event_loops;
  server.max_threads = options.max_threads;
  server.max_connections = options.max_connections;
  server.max_requests_per_connection = options.max_requests_per_connection;
  server.max_message_bytes = options.max_write_bytes + kMessageOverheadBytes;
  server.max_queued_output_bytes = std::max(server.max_queued_output_bytes, 2 * options.max_read_bytes);
  server.idle_timeout_s = options.idle_timeout_s;
  server.slow_client_timeout_s = options.slow_client_timeout_s;
  server.replay_cache_bytes = options.replay_cache_bytes;
  return server;
}

class NfsAdapter final : public ProtocolAdapter {
 public:
  explicit NfsAdapter(const NfsOptions& options) : options_(options) {}

  std::string_view name() const noexcept override { return "nfs"; }
  Status Start(Runtime& runtime) override {
    Status status = Serve(runtime);
    if (!status.ok()) {
      Unannounce();
      server_.reset();
      locking_.reset();
    }
    return status;
  }
  void StopAccepting() noexcept override {
    Unannounce();
    if (server_) server_->StopAccepting();
  }
  void Stop(uint32_t deadline_ms) noexcept override {
    Unannounce();
    // First what calls other hosts: a host that does not answer must not cost the deadline.
    if (locking_) locking_->Stop();
    if (server_) server_->Stop(deadline_ms);
  }
  std::vector<Endpoint> endpoints() const override {
    return server_ ? nfs::NameProtocols(server_->endpoints()) : std::vector<Endpoint>();
  }

 private:
  Status Serve(Runtime& runtime);
  void Unannounce() noexcept;

  const NfsOptions options_;
  base::Logger log_;
  Environment environment_;
  std::unique_ptr<nfs3::NfsProgram> nfs_;
  std::unique_ptr<mount3::MountProgram> mount_;
  std::unique_ptr<portmap2::PortmapProgram> portmap_;
  std::unique_ptr<nfs::Locking> locking_;          // null if there are no locks
  std::unique_ptr<onc_rpc::Server> server_;        // ends before the programs it calls
  std::vector<portmap2::Registration> announced_;  // at the host's rpcbind
};

Status NfsAdapter::Serve(Runtime& runtime) {
  environment_ = runtime.environment();
  log_ = base::Logger(WithDefaults(environment_).log, "nfs");
  nfs3::Limits limits;
  limits.max_read_bytes = options_.max_read_bytes;
  limits.max_write_bytes = options_.max_write_bytes;
  nfs_ = std::make_unique<nfs3::NfsProgram>(runtime, limits);
  mount_ = std::make_unique<mount3::MountProgram>(runtime);

  auto server = onc_rpc::Server::Create(ToServerOptions(options_, environment_));
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  std::vector<onc_rpc::Program*> small = {mount_.get()};
  if (options_.locks) {
    Result<std::unique_ptr<nfs::Locking>> locking = nfs::Locking::Create(runtime, options_.grace_period_s);
    if (!locking.ok()) return locking.status();
    locking_ = *std::move(locking);
    small.push_back(&locking_->lock_program());
    small.push_back(&locking_->status_program());
  }
  std::vector<onc_rpc::Program*> all = small;
  all.insert(all.begin(), nfs_.get());
  const auto port = server_->Listen({"nfs", options_.addresses, options_.port, all, small});
  if (!port.ok()) return port.status();
  std::vector<portmap2::Registration> registrations = nfs::RegistrationsOf(server_->endpoints(), options_.locks);
  if (options_.portmapper) {
    portmap_ = std::make_unique<portmap2::PortmapProgram>(environment_);
    const auto portmapper_port =
        server_->Listen({"portmap", options_.addresses, options_.portmapper_port, {portmap_.get()}, {portmap_.get()}});
    if (!portmapper_port.ok()) return portmapper_port.status();
    nfs::AddPortmapper(*portmapper_port, registrations);
    portmap_->SetRegistrations(registrations);
  }
  DITTOFS_RETURN_IF_ERROR(server_->Start());
  if (options_.register_with_rpcbind) {
    announced_ = std::move(registrations);
    DITTOFS_RETURN_IF_ERROR(portmap2::Register(announced_, {}, environment_));
  }
  if (locking_) locking_->NotifyHosts();
  return {};
}

void NfsAdapter::Unannounce() noexcept {
  if (announced_.empty()) return;
  const Status status = portmap2::Unregister(announced_, {}, environment_);
  if (!status.ok()) log_.Warning("can't withdraw the ports", {{"reason", status.ToString()}});
  announced_.clear();
}

}  // namespace

Result<std::unique_ptr<ProtocolAdapter>> MakeNfsAdapter(const NfsOptions& options) {
  if (Status status = Check(options); !status.ok()) return status;
  return std::unique_ptr<ProtocolAdapter>(std::make_unique<NfsAdapter>(options));
}

}  // namespace dittofs
