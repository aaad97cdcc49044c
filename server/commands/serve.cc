#include "commands/serve.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <thread>

#include "command_line.h"
#include "commands/commands.h"
#include "config/library_options.h"
#include "service/background.h"
#include "service/control_socket.h"
#include "service/log_output.h"
#include "service/run_files.h"
#include "service/service.h"
#include "service/summary.h"
#include "text.h"

namespace dittofs::server {
namespace {

/// The signals that the server waits for. Blocked before there is a second thread, so that only Wait() gets them.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // A client that hangs up is an errno.
  }
  /// SIGTERM also for the hang-up of the terminal that a server in the foreground runs on: SIGHUP from the kernel, not
  /// from somebody who wants a reload.
  int Wait() const {
    siginfo_t info{};
    while (sigwaitinfo(&set_, &info) < 0) {
    }
    return info.si_signo == SIGHUP && info.si_code == SI_KERNEL ? SIGTERM : info.si_signo;
  }
  /// 0 if none came in time.
  int WaitFor(long milliseconds) const {
    const timespec timeout{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    const int signal = sigtimedwait(&set_, nullptr, &timeout);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t set_{};
};

config::RunState StateOf(Service& service, const std::string& config_file, int64_t started_seconds) {
  config::RunState state;
  state.set_pid(static_cast<uint32_t>(::getpid()));
  state.set_version(DITTOFS_VERSION);
  state.set_started_seconds(started_seconds);
  state.set_config_file(config_file);
  state.set_shutdown_deadline_ms(service.config().shutdown().deadline_ms());
  for (const Endpoint& endpoint : service.runtime().endpoints()) {
    config::RunState::Endpoint& entry = *state.add_endpoints();
    entry.set_protocol(endpoint.protocol);
    entry.set_transport(endpoint.transport);
    entry.set_address(endpoint.address);
    entry.set_port(endpoint.port);
  }
  for (const config::Share& share : service.config().shares()) state.add_shares(share.name());
  return state;
}

/// Stops within the deadline; a second signal ends the process at once.
int Stop(Service& service, const Signals& signals, LogOutput& log) {
  const uint32_t deadline_ms = service.config().shutdown().deadline_ms();
  log.Write(LogLevel::kInfo, "Stopping", {{"deadline_ms", std::to_string(deadline_ms)}});
  std::atomic<bool> stopped{false};
  Status status;
  std::thread stopper([&] {
    status = service.runtime().Stop(deadline_ms);
    stopped = true;
    // Only to end the wait below.
    ::kill(::getpid(), SIGHUP);
  });
  constexpr long kLookAgainMs = 1000;
  while (!stopped) {
    const int signal = signals.WaitFor(kLookAgainMs);
    if (signal != SIGTERM && signal != SIGINT) continue;
    log.Write(LogLevel::kWarning, "Ended at once by a second signal; bytes that no COMMIT made stable may be lost");
    ::_exit(kFailure);
  }
  stopper.join();
  if (!status.ok()) {
    log.Write(LogLevel::kError, "Stopped, but not all written bytes could be stored", {{"error", status.ToString()}});
    return kFailure;
  }
  log.Write(LogLevel::kInfo, "Stopped");
  return kSuccess;
}

void Reload(const ServePlan& plan, Service& service, const RunFiles* run_files, int64_t started_seconds,
            LogOutput& log) {
  if (const Status reopened = log.Reopen(); !reopened.ok()) {
    log.Write(LogLevel::kError, "The log file can't be opened again", {{"error", reopened.message()}});
  }
  if (!plan.reload) return;
  std::vector<Problem> problems;
  const std::optional<Document> document = plan.reload(problems);
  if (!document) {
    for (const Problem& problem : problems) {
      log.Write(LogLevel::kError, "The configuration is wrong; everything stays as it is",
                {{"problem", problem.ToString()}});
    }
    return;
  }
  service.Reload(document->config);
  if (run_files != nullptr) {
    const Status published = run_files->Publish(StateOf(service, plan.config_file, started_seconds));
    if (!published.ok()) log.Write(LogLevel::kError, "The state can't be published", {{"error", published.message()}});
  }
  log.Write(LogLevel::kInfo, "Configuration read again");
}

/// Everything after the process is where it stays. `background` is null in the foreground.
int ServeHere(const ServePlan& plan, Background* background, const Signals& signals) {
  const config::Config& config = plan.document.config;
  const std::string& data_directory = config.data_directory();
  Result<std::unique_ptr<LogOutput>> log =
      LogOutput::Open(config.log().file(), FormatOf(config.log()), LevelOf(config.log()));
  if (!log.ok()) {
    PrintError(std::string(log.status().message()));
    return kFailure;
  }
  Result<std::unique_ptr<Service>> service = Service::Start(config, **log);
  if (!service.ok()) {
    PrintError(std::string(service.status().message()));
    return kFailure;
  }
  const int64_t started_seconds = std::time(nullptr);
  const config::RunState state = StateOf(**service, plan.config_file, started_seconds);
  std::unique_ptr<ControlSocket> control;
  std::optional<RunFiles> run_files;
  if (!data_directory.empty()) {
    Result<std::unique_ptr<ControlSocket>> opened = ControlSocket::Open(data_directory, (*service)->runtime());
    if (!opened.ok()) {
      PrintError(std::string(opened.status().message()));
      return kFailure;
    }
    control = *std::move(opened);
    Result<RunFiles> created = RunFiles::Create(data_directory);
    const Status published = created.ok() ? created->Publish(state) : created.status();
    if (!published.ok()) {
      PrintError(std::string(published.message()));
      return kFailure;
    }
    run_files.emplace(std::move(*created));
  }
  std::fputs((Summary(config, state, background ? plan.stop_command : "Ctrl-C") + plan.note).c_str(), stdout);
  std::fflush(stdout);
  if (background) {
    // Until here the caller was there to read standard error.
    Status detached;
    if (config.log().file().empty()) detached = (*log)->MoveTo(Cat(data_directory, '/', kLogFileName));
    if (detached.ok()) detached = background->Detach((*log)->descriptor());
    if (!detached.ok()) {
      PrintError(std::string(detached.message()));
      return kFailure;
    }
  }
  (*log)->Write(LogLevel::kInfo, "Ready", {{"pid", std::to_string(state.pid())}, {"version", state.version()}});
  while (true) {
    switch (signals.Wait()) {
      case SIGHUP:
        Reload(plan, **service, run_files ? &*run_files : nullptr, started_seconds, **log);
        continue;
      default:
        control.reset();
        return Stop(**service, signals, **log);
    }
  }
}

}  // namespace

int Serve(ServePlan plan) {
  config::Config& config = plan.document.config;
  if (!plan.background) return ServeHere(plan, nullptr, Signals());
  if (config.data_directory().empty()) {
    PrintError("a server in the background needs a data directory, for its process id and its log: set data_directory");
    return kUsage;
  }
  Result<Background> background = Background::Enter();
  if (!background.ok()) {
    PrintError(std::string(background.status().message()));
    return kFailure;
  }
  const int exit_status = ServeHere(plan, &*background, Signals());
  background->Finish(exit_status);
  return exit_status;
}

}  // namespace dittofs::server
