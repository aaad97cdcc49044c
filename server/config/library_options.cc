#include "config/library_options.h"

namespace dittofs::server {
namespace {

Squash SquashOf(config::Squash squash) {
  switch (squash) {
    case config::none:
      return Squash::kNone;
    case config::root:
      return Squash::kRoot;
    case config::all:
      return Squash::kAll;
  }
  return Squash::kAll;
}

}  // namespace

LogLevel LevelOf(const config::Log& log) {
  switch (log.level()) {
    case config::Log::debug:
      return LogLevel::kDebug;
    case config::Log::info:
      return LogLevel::kInfo;
    case config::Log::warning:
      return LogLevel::kWarning;
    case config::Log::error:
      return LogLevel::kError;
  }
  return LogLevel::kInfo;
}

LogFormat FormatOf(const config::Log& log) {
  return log.format() == config::Log::json ? LogFormat::kJson : LogFormat::kText;
}

ShareOptions ShareOptionsOf(const config::Share& share) {
  ShareOptions options;
  options.name = share.name();
  options.id = ShareId{share.id()};
  options.read_only = share.read_only();
  options.squash = SquashOf(share.squash());
  options.anonymous_uid = share.anonymous_uid();
  options.anonymous_gid = share.anonymous_gid();
  for (const config::Client& client : share.clients()) {
    ClientRule rule;
    rule.pattern = client.pattern();
    if (client.has_read_only()) rule.read_only = client.read_only();
    if (client.has_squash()) rule.squash = SquashOf(client.squash());
    options.clients.push_back(std::move(rule));
  }
  options.allow_auth_none = share.allow_auth_none();
  options.require_privileged_port = share.require_privileged_port();
  return options;
}

StoredShareOptions StoredShareOptionsOf(const config::Share& share) {
  StoredShareOptions options;
  options.metadata_store = share.metadata_store();
  options.block_store = share.block_store();
  options.durability = share.durability() == config::Share::memory ? Durability::kMemory : Durability::kLocal;
  options.metadata_cache_bytes = share.metadata_cache_bytes();
  options.quota_bytes = share.quota_bytes();
  options.quota_files = share.quota_files();
  options.root_mode = share.root_mode();
  options.root_uid = share.root_uid();
  options.root_gid = share.root_gid();
  options.flush_after_ms = share.flush_after_ms();
  return options;
}

NfsOptions NfsOptionsOf(const config::Nfs& nfs) {
  NfsOptions options;
  options.addresses.assign(nfs.addresses().begin(), nfs.addresses().end());
  options.port = static_cast<uint16_t>(nfs.port());
  options.portmapper = nfs.portmapper();
  options.portmapper_port = static_cast<uint16_t>(nfs.portmapper_port());
  options.register_with_rpcbind = nfs.register_with_rpcbind();
  options.locks = nfs.locks();
  options.grace_period_s = nfs.grace_period_s();
  options.max_read_bytes = nfs.max_read_bytes();
  options.max_write_bytes = nfs.max_write_bytes();
  options.event_loops = nfs.event_loops();
  options.max_threads = nfs.max_threads();
  options.max_connections = nfs.max_connections();
  options.max_requests_per_connection = nfs.max_requests_per_connection();
  options.idle_timeout_s = nfs.idle_timeout_s();
  options.slow_client_timeout_s = nfs.slow_client_timeout_s();
  options.replay_cache_bytes = nfs.replay_cache_bytes();
  return options;
}

}  // namespace dittofs::server
