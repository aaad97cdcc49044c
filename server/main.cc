#include <cstdio>

#include "command_line.h"
#include "commands/commands.h"
#include "completion.h"
#include "text.h"

namespace dittofs::server {
namespace {

int Run(const CommandLine& line) {
  switch (line.command) {
    case Command::kExport:
      return RunExport(line);
    case Command::kStart:
      return RunStart(line);
    case Command::kStop:
      return RunStop(line);
    case Command::kReload:
      return RunReload(line);
    case Command::kStatus:
      return RunStatus(line);
    case Command::kLocksList:
      return RunLocksList(line);
    case Command::kLocksRelease:
      return RunLocksRelease(line);
    case Command::kInit:
      return RunInit(line);
    case Command::kConfigShow:
      return RunConfigShow(line);
    case Command::kConfigValidate:
      return RunConfigValidate(line);
    case Command::kConfigSchema:
      return RunConfigSchema(line);
    case Command::kVersion:
      std::puts("dittofs " DITTOFS_VERSION);
      return kSuccess;
    case Command::kCompletion:
      std::fputs(Completion(line.shell, DescribeCommands()).c_str(), stdout);
      return kSuccess;
    case Command::kManual:
      std::fputs(Manual(DescribeCommands(), DITTOFS_VERSION).c_str(), stdout);
      return kSuccess;
  }
  return kUsage;
}

}  // namespace
}  // namespace dittofs::server

int main(int argc, char** argv) {
  using namespace dittofs::server;
  const ParsedCommandLine parsed = ParseCommandLine(argc, argv);
  if (!parsed.command_line) {
    std::fputs(parsed.output.c_str(), parsed.exit_status == kSuccess ? stdout : stderr);
    return parsed.exit_status;
  }
  const int exit_status = Run(*parsed.command_line);
  // A result that could not be printed is a failure: `dittofs config show >/dev/full`.
  if ((std::fflush(stdout) != 0 || std::ferror(stdout) != 0) && exit_status == kSuccess) {
    PrintError("can't write to standard output");
    return kFailure;
  }
  return exit_status;
}
