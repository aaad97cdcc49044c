#include "service/log_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>

#include "text.h"

namespace dittofs::server {
namespace {

constexpr mode_t kLogFileMode = 0640;

int OpenForAppend(const std::string& file) {
  return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kLogFileMode);
}
Status OpenFailed(const std::string& file) {
  return Status(ErrorCode::kIo, Cat("log file ", file, ": ", std::strerror(errno)));
}

}  // namespace

Result<std::unique_ptr<LogOutput>> LogOutput::Open(const std::string& file, LogFormat format, LogLevel level) {
  std::unique_ptr<LogOutput> output(new LogOutput());
  output->file_ = file;
  output->descriptor_ = file.empty() ? STDERR_FILENO : OpenForAppend(file);
  if (output->descriptor_ < 0) return OpenFailed(file);
  output->sink_ = MakeLogSink(output->descriptor_, format, level);
  return output;
}

LogOutput::~LogOutput() {
  sink_.reset();
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

Status LogOutput::Reopen() {
  return file_.empty() ? Status() : MoveTo(file_);
}

Status LogOutput::MoveTo(const std::string& file) {
  const int fresh = OpenForAppend(file);
  if (fresh < 0) return OpenFailed(file);
  // In place of the old one at once: other threads write meanwhile.
  const bool replaced = ::dup3(fresh, descriptor_, descriptor_ == STDERR_FILENO ? 0 : O_CLOEXEC) >= 0;
  const Status status = replaced ? Status() : OpenFailed(file);
  ::close(fresh);
  if (replaced) file_ = file;
  return status;
}

void LogOutput::Write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level < sink_->level()) return;
  sink_->Write(level, "server", message, std::span(fields.begin(), fields.size()));
}

}  // namespace dittofs::server
