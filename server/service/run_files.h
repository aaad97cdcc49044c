#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "config/state.pb.h"
#include "dittofs/status.h"

namespace dittofs::server {

inline constexpr char kPidFileName[] = "dittofs.pid";
inline constexpr char kStateFileName[] = "dittofs.state";
inline constexpr char kLogFileName[] = "dittofs.log";

/// What a running server leaves in its data directory for others: its process id, under a lock that ends with it, and
/// its state once it is ready. Both are removed at the end.
class RunFiles {
 public:
  /// Writes and locks the file with the process id.
  static Result<RunFiles> Create(const std::string& data_directory);
  ~RunFiles();
  RunFiles(RunFiles&& other) noexcept;
  RunFiles& operator=(RunFiles&&) = delete;

  /// Says that the server is ready, and where. Replaces what was said before, all or nothing.
  Status Publish(const config::RunState& state) const;

 private:
  RunFiles(std::string directory, int descriptor) : directory_(std::move(directory)), descriptor_(descriptor) {}
  std::string directory_;
  int descriptor_;
};

/// The process id of the server of `data_directory`; nothing if none runs there. Asks for the lock without taking it.
std::optional<pid_t> FindServer(const std::string& data_directory);
/// What it published; nothing if it is not ready yet.
std::optional<config::RunState> ReadState(const std::string& data_directory);

}  // namespace dittofs::server
