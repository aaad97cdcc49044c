#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/document.h"

namespace dittofs::server {

struct ServePlan {
  Document document;  ///< Good.
  bool background = false;
  std::string config_file;   ///< Absolute; empty without one.
  std::string stop_command;  ///< For the summary, in the background.
  /// Said once the server is ready, after the summary.
  std::string note;
  /// Reads the configuration again, for SIGHUP; nothing and `problems` if it is wrong. Absent: SIGHUP only opens the
  /// log file again.
  std::function<std::optional<Document>(std::vector<Problem>& problems)> reload;
};

/// Serves until a signal ends it. Answers the exit status.
int Serve(ServePlan plan);

}  // namespace dittofs::server
