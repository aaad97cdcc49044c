#include "service/run_files.h"

#include <fcntl.h>
#include <google/protobuf/text_format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "text.h"

namespace dittofs::server {
namespace {

Status Failed(std::string_view doing, const std::string& path) {
  return Status(ErrorCode::kIo, Cat(doing, ' ', path, ": ", std::strerror(errno)));
}

/// A write lock over a whole file.
struct flock WholeFile() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Result<RunFiles> RunFiles::Create(const std::string& data_directory) {
  const std::string path = Cat(data_directory, '/', kPidFileName);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return Failed("open", path);
  RunFiles files(data_directory, descriptor);
  struct flock lock = WholeFile();
  if (::fcntl(descriptor, F_SETLK, &lock) != 0) {
    files.descriptor_ = -1;  // Not ours to remove.
    const Status status = errno == EAGAIN || errno == EACCES
                              ? Status(ErrorCode::kAlreadyInUse, Cat(path, " is locked by another process"))
                              : Failed("lock", path);
    ::close(descriptor);
    return status;
  }
  const std::string pid = Cat(::getpid(), '\n');
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return Failed("write", path);
  }
  ::unlink(Cat(data_directory, '/', kStateFileName).c_str());  // What a killed server left.
  return files;
}

RunFiles::RunFiles(RunFiles&& other) noexcept
    : directory_(std::move(other.directory_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

RunFiles::~RunFiles() {
  if (descriptor_ < 0) return;
  ::unlink(Cat(directory_, '/', kStateFileName).c_str());
  ::unlink(Cat(directory_, '/', kPidFileName).c_str());
  ::close(descriptor_);
}

Status RunFiles::Publish(const config::RunState& state) const {
  const std::string path = Cat(directory_, '/', kStateFileName);
  const std::string temporary = path + ".new";
  std::string text;
  google::protobuf::TextFormat::PrintToString(state, &text);
  {
    std::ofstream file(temporary, std::ios::trunc | std::ios::binary);
    file << text;
    file.flush();
    if (!file) return Failed("write", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return Failed("rename", temporary);
  return {};
}

std::optional<pid_t> FindServer(const std::string& data_directory) {
  const std::string path = Cat(data_directory, '/', kPidFileName);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  struct flock lock = WholeFile();
  const bool asked = ::fcntl(descriptor, F_GETLK, &lock) == 0;
  ::close(descriptor);
  if (!asked || lock.l_type == F_UNLCK) return std::nullopt;
  return lock.l_pid;
}

std::optional<config::RunState> ReadState(const std::string& data_directory) {
  std::ifstream file(Cat(data_directory, '/', kStateFileName), std::ios::binary);
  if (!file) return std::nullopt;
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  config::RunState state;
  google::protobuf::TextFormat::Parser parser;
  parser.AllowUnknownField(true);  // Of a newer server.
  if (!parser.ParseFromString(text, &state)) return std::nullopt;
  return state;
}

}  // namespace dittofs::server
