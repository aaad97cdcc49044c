#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "commands/commands.h"
#include "text.h"

namespace dittofs::server {
namespace {

constexpr char kDefaultConfigFile[] = "/etc/dittofs/dittofs.conf";

}  // namespace

void PrintError(const std::string& message) {
  std::fputs(Cat("dittofs: ", message, '\n').c_str(), stderr);
}

int PrintProblems(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) std::fputs((problem.ToString() + "\n").c_str(), stderr);
  return kUsage;
}

std::string ConfigFile(const CommandLine& line) {
  if (!line.config_file.empty()) return line.config_file;
  if (const char* variable = std::getenv("DITTOFS_CONFIG"); variable != nullptr && *variable != '\0') return variable;
  std::error_code error;
  return std::filesystem::exists(kDefaultConfigFile, error) ? kDefaultConfigFile : "";
}

Overrides OverridesOf(const CommandLine& line) {
  Overrides overrides;
  overrides.environment = ProcessEnvironment();
  for (const auto& [path, value] : line.settings) overrides.flags.push_back({path, value, ""});
  if (line.data_directory) overrides.flags.push_back({"data_directory", *line.data_directory, "--data-directory"});
  if (line.port) overrides.flags.push_back({"nfs.port", std::to_string(*line.port), "--port"});
  if (!line.addresses.empty()) overrides.flags.push_back({"nfs.addresses", Join(line.addresses, ","), "--bind"});
  if (line.log_level) overrides.flags.push_back({"log.level", *line.log_level, "--log-level"});
  return overrides;
}

std::optional<Document> LoadConfiguration(const CommandLine& line) {
  const std::string file = ConfigFile(line);
  if (file.empty()) {
    PrintError(Cat("no configuration: give --config FILE or set DITTOFS_CONFIG (", kDefaultConfigFile,
                   " does not exist; `dittofs init` writes one to start from)"));
    return std::nullopt;
  }
  std::vector<Problem> problems;
  Document document = LoadFile(file, OverridesOf(line), problems);
  if (problems.empty()) return document;
  PrintProblems(problems);
  return std::nullopt;
}

}  // namespace dittofs::server
