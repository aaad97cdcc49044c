#include <cstdio>

#include "commands/commands.h"
#include "service/control_socket.h"
#include "service/run_files.h"
#include "text.h"

namespace dittofs::server {
namespace {

config::LockQuery QueryOf(const CommandLine& line) {
  config::LockQuery query;
  if (!line.lock_share.empty()) query.set_share(line.lock_share);
  if (line.lock_file != 0) query.set_file(line.lock_file);
  if (!line.lock_client.empty()) query.set_client(line.lock_client);
  return query;
}

/// The answer of the running server; prints why there is none and sets `exit_status`.
std::optional<config::ControlReply> Ask(const CommandLine& line, const config::ControlRequest& request,
                                        int& exit_status) {
  exit_status = kUsage;
  const std::optional<std::string> directory = DataDirectory(line);
  if (!directory) return std::nullopt;
  if (!FindServer(*directory)) {
    exit_status = NotRunning(*directory);
    return std::nullopt;
  }
  Result<config::ControlReply> reply = AskServer(*directory, request);
  if (!reply.ok()) {
    PrintError(std::string(reply.status().message()));
    exit_status = kFailure;
    return std::nullopt;
  }
  exit_status = kSuccess;
  return *std::move(reply);
}

std::string BytesOf(const config::LockEntry& lock) {
  if (lock.length() == 0) return Cat(lock.offset(), "-end");
  return Cat(lock.offset(), '-', lock.offset() + lock.length() - 1);
}

}  // namespace

int RunLocksList(const CommandLine& line) {
  config::ControlRequest request;
  *request.mutable_list_locks() = QueryOf(line);
  int exit_status = kSuccess;
  const std::optional<config::ControlReply> reply = Ask(line, request, exit_status);
  if (!reply) return exit_status;
  std::string text;
  for (const config::LockEntry& lock : reply->locks()) {
    text += Cat(lock.share(), " file ", lock.file(), " bytes ", BytesOf(lock),
                lock.exclusive() ? " exclusive" : " shared", lock.waiting() ? " waiting" : " held", " by ",
                lock.client(), " at ", lock.address(), " (", lock.protocol(), ")\n");
  }
  if (text.empty()) text = "no locks\n";
  std::fputs(text.c_str(), stdout);
  return kSuccess;
}

int RunLocksRelease(const CommandLine& line) {
  if (line.lock_share.empty() && line.lock_file == 0 && line.lock_client.empty() && !line.lock_all) {
    PrintError("which locks? Name a --client, a --share or a --file, or say --all");
    return kUsage;
  }
  config::ControlRequest request;
  *request.mutable_release_locks() = QueryOf(line);
  int exit_status = kSuccess;
  const std::optional<config::ControlReply> reply = Ask(line, request, exit_status);
  if (!reply) return exit_status;
  std::fputs(Cat("released ", reply->released(), reply->released() == 1 ? " lock\n" : " locks\n").c_str(), stdout);
  return kSuccess;
}

}  // namespace dittofs::server
