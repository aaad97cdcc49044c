#pragma once

#include <string>

#include "config/dittofs.pb.h"
#include "config/state.pb.h"

namespace dittofs::server {

/// What a person wants to know once the server is ready: shares, where it listens, commands to try, how to stop.
/// `stop_command` ends it.
std::string Summary(const config::Config& config, const config::RunState& state, const std::string& stop_command);

}  // namespace dittofs::server
