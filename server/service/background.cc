#include "service/background.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "text.h"

namespace dittofs::server {
namespace {

constexpr int kRuntimeFailure = 1;

Status Failed(std::string_view doing) {
  return Status(ErrorCode::kResourceExhausted, Cat("go into the background: ", doing, ": ", std::strerror(errno)));
}

/// The caller's part: exits as the server says.
[[noreturn]] void WaitForNews(pid_t child, int descriptor) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  unsigned char exit_status = kRuntimeFailure;
  ssize_t got;
  do {
    got = ::read(descriptor, &exit_status, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) {
    constexpr std::string_view kMessage = "dittofs: the server ended before it was ready; its log may say why\n";
    (void)!::write(STDERR_FILENO, kMessage.data(), kMessage.size());
    exit_status = kRuntimeFailure;
  }
  ::_exit(exit_status);
}

}  // namespace

Result<Background> Background::Enter() {
  std::fflush(nullptr);  // Else both processes would print what is buffered.
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Failed("pipe");
  const pid_t child = ::fork();
  if (child < 0) return Failed("fork");
  if (child > 0) {
    ::close(ends[1]);
    WaitForNews(child, ends[0]);
  }
  ::close(ends[0]);
  ::setsid();
  // Not a session leader: can't get a terminal by opening one.
  const pid_t grandchild = ::fork();
  if (grandchild != 0) ::_exit(grandchild < 0 ? kRuntimeFailure : 0);

  // Descriptors that the caller happened to have open are none of the server's.
  constexpr int kNews = STDERR_FILENO + 1;
  if (ends[1] != kNews) {
    if (::dup3(ends[1], kNews, O_CLOEXEC) < 0) ::_exit(kRuntimeFailure);
  }
  ::close_range(kNews + 1, ~0u, 0);
  Background background(kNews);
  if (const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
    ::dup2(null, STDIN_FILENO);
    ::close(null);
  }
  if (::chdir("/") != 0) return Failed("chdir /");
  return background;
}

Background::Background(Background&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Background::~Background() {
  Finish(kRuntimeFailure);
}

Status Background::Detach(int log_descriptor) {
  std::fflush(nullptr);
  if (::dup2(log_descriptor, STDOUT_FILENO) < 0 || ::dup2(log_descriptor, STDERR_FILENO) < 0) return Failed("dup2");
  Finish(0);
  return {};
}

void Background::Finish(int exit_status) noexcept {
  if (descriptor_ < 0) return;
  std::fflush(nullptr);
  const auto byte = static_cast<unsigned char>(exit_status);
  (void)!::write(descriptor_, &byte, 1);
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace dittofs::server
