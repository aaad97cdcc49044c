#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/dittofs.pb.h"
#include "dittofs/runtime.h"
#include "service/log_output.h"

namespace dittofs::server {

/// A Runtime with everything that a configuration declares. Thread-bound.
class Service {
 public:
  /// Opens the stores, adds the shares and starts the adapters, or leaves nothing behind: the message then says what
  /// failed and what to do. `log` must outlive the service.
  static Result<std::unique_ptr<Service>> Start(const config::Config& config, LogOutput& log);
  /// Brings what can change while running in line with `next` (a good configuration), as far as possible, and logs what
  /// changed, what failed and what has to wait for a restart.
  void Reload(const config::Config& next);

  Runtime& runtime() noexcept { return *runtime_; }
  /// What is in force.
  const config::Config& config() const noexcept { return config_; }

 private:
  Service(config::Config config, LogOutput& log) : config_(std::move(config)), log_(log) {}

  Status AddMetadataStore(const config::MetadataStore& store);
  Status AddBlockStore(const config::BlockStore& store);
  Status AddShare(const config::Share& share);
  void ReloadStores(const config::Config& next);
  void ReloadShares(const config::Config& next);

  config::Config config_;
  LogOutput& log_;
  std::unique_ptr<Runtime> runtime_;
};

}  // namespace dittofs::server
