#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"

namespace dittofs::server {

/// A completion script for bash, zsh or fish, made from what the commands say about themselves.
std::string Completion(std::string_view shell, const std::vector<CommandHelp>& commands);

/// dittofs(1) in roff, from the same.
std::string Manual(const std::vector<CommandHelp>& commands, std::string_view version);

}  // namespace dittofs::server
