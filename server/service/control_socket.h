#pragma once

#include <memory>
#include <string>
#include <thread>

#include "config/state.pb.h"
#include "dittofs/runtime.h"

namespace dittofs::server {

inline constexpr char kControlSocketName[] = "control";

/// Answers commands of whoever may write in the data directory, one at a time, in a thread of its own.
class ControlSocket {
 public:
  /// `runtime` must outlive the socket.
  static Result<std::unique_ptr<ControlSocket>> Open(const std::string& data_directory, Runtime& runtime);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  ControlSocket(std::string path, int listener, int wake_read, int wake_write, Runtime& runtime);
  void Serve();

  const std::string path_;
  const int listener_;
  const int wake_read_;
  const int wake_write_;
  Runtime& runtime_;
  std::thread thread_;
};

/// Asks the server of `data_directory`. kUnavailable: none answers there.
Result<config::ControlReply> AskServer(const std::string& data_directory, const config::ControlRequest& request);

}  // namespace dittofs::server
