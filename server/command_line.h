#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dittofs::server {

/// Exit statuses of the program; part of its interface (dittofs(1)).
enum ExitStatus : int {
  kSuccess = 0,
  kFailure = 1,     ///< Something went wrong while running.
  kUsage = 2,       ///< The command line or the configuration is wrong; nothing was done.
  kNotRunning = 3,  ///< There is no server.
  kNotReady = 4,    ///< There is one, but it does not answer (yet).
};

enum class Command {
  kExport,
  kStart,
  kStop,
  kReload,
  kStatus,
  kLocksList,
  kLocksRelease,
  kInit,
  kConfigShow,
  kConfigValidate,
  kConfigSchema,
  kVersion,
  kCompletion,
  kManual,
};

/// The command line, parsed. Every command uses the members that its help names.
struct CommandLine {
  Command command = Command::kVersion;
  std::string directory;    ///< export, stop, reload, status: the data directory.
  std::string config_file;  ///< --config; empty: DITTOFS_CONFIG or the default, if that exists.
  std::optional<std::string> data_directory;
  std::string share_name = "/export";
  std::optional<uint32_t> port;
  std::vector<std::string> addresses;
  bool read_only = false;
  std::string squash = "none";
  std::vector<std::string> clients;
  bool background = false;
  std::optional<std::string> log_level;
  std::vector<std::pair<std::string, std::string>> settings;  ///< --set, in order.
  uint32_t wait_s = 0;                                        ///< status: how long to wait until it is ready.
  std::optional<uint32_t> timeout_s;                          ///< stop: how long to wait until it is gone.
  bool at_once = false;                                       ///< stop: without waiting for requests under way.
  std::string lock_share;                                     ///< locks.
  uint64_t lock_file = 0;                                     ///< locks: a file number; 0 = any.
  std::string lock_client;                                    ///< locks: a name or an address.
  bool lock_all = false;                                      ///< locks release: without any of these.
  bool json = false;                                          ///< status.
  std::string output;                                         ///< init: the file to write; "-" for standard output.
  bool force = false;                                         ///< init.
  bool markdown = false;                                      ///< config schema.
  std::string shell;                                          ///< completion.
};

/// What a command or the program says about itself, for completions and the manual.
struct OptionHelp {
  std::vector<std::string> flags;  ///< "--port", "-p"; empty for a positional.
  std::string name;                ///< Of a positional, or of the value.
  std::string help;
  bool takes_value = false;
  bool is_path = false;             ///< Complete file names.
  std::vector<std::string> values;  ///< All that is allowed, if they can be listed.
};
struct CommandHelp {
  std::string name;  ///< "config show"; empty for the program itself.
  std::string help;
  std::string footer;
  std::vector<OptionHelp> options;
};

/// The command line, or what to print and with which status to exit.
struct ParsedCommandLine {
  std::optional<CommandLine> command_line;
  std::string output;  ///< To standard output if status is kSuccess, else to standard error.
  int exit_status = kSuccess;
};
ParsedCommandLine ParseCommandLine(int argc, const char* const* argv);
/// Every command in the order of the help, the program first.
std::vector<CommandHelp> DescribeCommands();

}  // namespace dittofs::server
