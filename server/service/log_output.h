#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "dittofs/environment.h"
#include "dittofs/status.h"

namespace dittofs::server {

/// Where the server's log goes: standard error or a file that can be rotated. Thread-safe but for Reopen(), which one
/// thread calls.
class LogOutput {
 public:
  /// `file` empty: standard error.
  static Result<std::unique_ptr<LogOutput>> Open(const std::string& file, LogFormat format, LogLevel level);
  ~LogOutput();
  LogOutput(const LogOutput&) = delete;
  LogOutput& operator=(const LogOutput&) = delete;

  LogSink& sink() noexcept { return *sink_; }
  int descriptor() const noexcept { return descriptor_; }
  /// Goes on in a new file of the same name, after the old one was moved away.
  Status Reopen();
  /// Goes on in `file`, wherever it went before.
  Status MoveTo(const std::string& file);

  void Write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

 private:
  LogOutput() = default;
  std::string file_;
  int descriptor_ = -1;
  std::unique_ptr<LogSink> sink_;
};

}  // namespace dittofs::server
