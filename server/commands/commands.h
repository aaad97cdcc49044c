#pragma once

#include <string>

#include "command_line.h"
#include "config/document.h"

namespace dittofs::server {

// One function per command. Each answers the exit status.

int RunExport(const CommandLine& line);
int RunStart(const CommandLine& line);
int RunStop(const CommandLine& line);
int RunReload(const CommandLine& line);
int RunStatus(const CommandLine& line);
int RunLocksList(const CommandLine& line);
int RunLocksRelease(const CommandLine& line);
int RunInit(const CommandLine& line);
int RunConfigShow(const CommandLine& line);
int RunConfigValidate(const CommandLine& line);
int RunConfigSchema(const CommandLine& line);

// What several commands share.

/// "dittofs: MESSAGE" on standard error.
void PrintError(const std::string& message);
/// Each on a line of its own, on standard error. Answers kUsage.
int PrintProblems(const std::vector<Problem>& problems);
/// The configuration file that the command line, DITTOFS_CONFIG or the default names; empty if there is none.
std::string ConfigFile(const CommandLine& line);
/// The data directory that the command line means; prints what is wrong and answers nothing otherwise.
std::optional<std::string> DataDirectory(const CommandLine& line);
/// Says that no server runs there. Answers kNotRunning.
int NotRunning(const std::string& directory);
/// What the command line and the environment override.
Overrides OverridesOf(const CommandLine& line);
/// The configuration that the command line names. Prints what is wrong and answers nothing then.
std::optional<Document> LoadConfiguration(const CommandLine& line);

}  // namespace dittofs::server
