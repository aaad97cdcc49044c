#include <google/protobuf/util/json_util.h>
#include <signal.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <thread>

#include "commands/commands.h"
#include "service/probe.h"
#include "service/run_files.h"
#include "text.h"

namespace dittofs::server {
namespace {

using std::chrono::steady_clock;

constexpr uint32_t kProbeTimeoutMs = 2000;
constexpr uint32_t kDefaultDeadlineMs = 10000;
constexpr uint32_t kExtraWaitMs = 5000;  // Beyond the server's own deadline, for what is written at the end.
constexpr auto kLookAgain = std::chrono::milliseconds(20);

int Signal(pid_t pid, int signal, const std::string& directory) {
  if (::kill(pid, signal) == 0) return kSuccess;
  if (errno == ESRCH) return NotRunning(directory);
  PrintError(Cat("can't signal process ", pid, ": ", std::strerror(errno)));
  return kFailure;
}

std::string Duration(int64_t seconds) {
  if (seconds < 60) return Cat(seconds, " s");
  if (seconds < 3600) return Cat(seconds / 60, " min");
  if (seconds < 2 * 86400) return Cat(seconds / 3600, " h ", seconds / 60 % 60, " min");
  return Cat(seconds / 86400, " days");
}

struct Readiness {
  std::optional<pid_t> pid;
  std::optional<config::RunState> state;
  bool answers = false;
  std::string probe;  ///< How the NFS port answered.
};

Readiness Look(const std::string& directory) {
  Readiness readiness;
  readiness.pid = FindServer(directory);
  if (!readiness.pid) return readiness;
  readiness.state = ReadState(directory);
  if (!readiness.state) return readiness;
  for (const auto& endpoint : readiness.state->endpoints()) {
    if (endpoint.protocol() != "nfs" || endpoint.transport() != "tcp") continue;
    std::string address = endpoint.address();
    if (address == "0.0.0.0") address = "127.0.0.1";
    if (address == "::") address = "::1";
    const Result<uint64_t> probe = ProbeNfs(address, static_cast<uint16_t>(endpoint.port()), kProbeTimeoutMs);
    readiness.answers = probe.ok();
    readiness.probe =
        probe.ok() ? Cat("answers in ", *probe, " us") : Cat("does not answer: ", probe.status().message());
    if (probe.ok()) break;
  }
  return readiness;
}

void PrintStatus(const Readiness& readiness) {
  const config::RunState& state = *readiness.state;
  std::string text = Cat("dittofs ", state.version(), ", process ", *readiness.pid, ", running for ",
                         Duration(std::time(nullptr) - state.started_seconds()), "; ", readiness.probe, '\n');
  if (!state.config_file().empty()) text += Cat("configuration  ", state.config_file(), '\n');
  for (const std::string& share : state.shares()) text += Cat("share          ", share, '\n');
  for (const auto& endpoint : state.endpoints()) {
    text += Cat("endpoint       ", endpoint.protocol(), ' ', endpoint.transport(), ' ', endpoint.address(), " port ",
                endpoint.port(), '\n');
  }
  std::fputs(text.c_str(), stdout);
}

void PrintJson(const Readiness& readiness) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(*readiness.state, &json, options);
  json.insert(1, Cat("\"ready\":", readiness.answers ? "true" : "false", ","));
  std::fputs((json + "\n").c_str(), stdout);
}

}  // namespace

std::optional<std::string> DataDirectory(const CommandLine& line) {
  std::string directory = line.directory;
  if (directory.empty() && line.data_directory) directory = *line.data_directory;
  if (directory.empty()) {
    if (ConfigFile(line).empty()) {
      PrintError("which server? Give its data directory, or --config FILE");
      return std::nullopt;
    }
    const std::optional<Document> document = LoadConfiguration(line);
    if (!document) return std::nullopt;
    directory = document->config.data_directory();
    if (directory.empty()) {
      PrintError(Cat(document->file, " sets no data_directory, so a server started with it can't be found"));
      return std::nullopt;
    }
  }
  return directory;
}

int NotRunning(const std::string& directory) {
  std::error_code error;
  PrintError(std::filesystem::exists(directory, error) ? Cat("no server is running in ", directory)
                                                       : Cat("no server is running: there is no ", directory));
  return kNotRunning;
}

int RunStop(const CommandLine& line) {
  const std::optional<std::string> directory = DataDirectory(line);
  if (!directory) return kUsage;
  const std::optional<pid_t> pid = FindServer(*directory);
  if (!pid) return NotRunning(*directory);
  const std::optional<config::RunState> state = ReadState(*directory);
  if (const int sent = Signal(*pid, SIGTERM, *directory); sent != kSuccess) return sent;
  if (line.at_once) {
    // A moment apart: two signals of one kind that wait together are one.
    std::this_thread::sleep_for(kLookAgain);
    (void)::kill(*pid, SIGINT);
  }
  const uint32_t deadline_ms =
      state && state->has_shutdown_deadline_ms() ? state->shutdown_deadline_ms() : kDefaultDeadlineMs;
  const auto wait = line.timeout_s ? std::chrono::milliseconds(uint64_t{*line.timeout_s} * 1000)
                                   : std::chrono::milliseconds(uint64_t{deadline_ms} + kExtraWaitMs);
  const auto deadline = steady_clock::now() + wait;
  while (FindServer(*directory) == pid) {
    if (steady_clock::now() >= deadline) {
      PrintError(Cat("process ", *pid, " is still stopping; `dittofs stop --now` ends it at once"));
      return kFailure;
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  std::fputs(Cat("stopped process ", *pid, '\n').c_str(), stdout);
  return kSuccess;
}

int RunReload(const CommandLine& line) {
  const std::optional<std::string> directory = DataDirectory(line);
  if (!directory) return kUsage;
  const std::optional<pid_t> pid = FindServer(*directory);
  if (!pid) return NotRunning(*directory);
  return Signal(*pid, SIGHUP, *directory);
}

int RunStatus(const CommandLine& line) {
  const std::optional<std::string> directory = DataDirectory(line);
  if (!directory) return kUsage;
  const auto deadline = steady_clock::now() + std::chrono::seconds(line.wait_s);
  Readiness readiness = Look(*directory);
  while (!readiness.answers && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kLookAgain);
    readiness = Look(*directory);
  }
  if (!readiness.pid) return NotRunning(*directory);
  if (!readiness.state) {
    PrintError(Cat("process ", *readiness.pid, " is starting or stopping"));
    return kNotReady;
  }
  if (line.json) {
    PrintJson(readiness);
  } else {
    PrintStatus(readiness);
  }
  return readiness.answers ? kSuccess : kNotReady;
}

}  // namespace dittofs::server
