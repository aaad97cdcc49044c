#include "service/control_socket.h"

#include <fcntl.h>
#include <google/protobuf/text_format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "text.h"

namespace dittofs::server {
namespace {

constexpr size_t kMaxRequestBytes = 64 * 1024;
constexpr size_t kMaxReplyBytes = 64 * 1024 * 1024;
constexpr size_t kMaxLocksListed = 100'000;
/// A command that stops talking must not keep others out.
constexpr timeval kPatience{5, 0};

/// The socket's address, by way of the directory's descriptor: a path may be longer than an address holds.
class Place {
 public:
  explicit Place(const std::string& directory)
      : directory_(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    address_.sun_family = AF_UNIX;
    const std::string path = Cat("/proc/self/fd/", directory_, '/', kControlSocketName);
    std::memcpy(address_.sun_path, path.c_str(), path.size() + 1);
  }
  ~Place() {
    if (directory_ >= 0) ::close(directory_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  bool valid() const { return directory_ >= 0; }
  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static constexpr socklen_t size() { return sizeof(sockaddr_un); }

 private:
  const int directory_;
  sockaddr_un address_{};
};

/// Everything up to the end of the stream; nothing if it fails, takes too long or is too much.
bool ReadAll(int socket, size_t max_bytes, std::string& text) {
  char chunk[16 * 1024];
  while (true) {
    const ssize_t got = ::recv(socket, chunk, sizeof chunk, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return true;
    text.append(chunk, static_cast<size_t>(got));
    if (text.size() > max_bytes) return false;
  }
}

bool WriteAll(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

LockFilter FilterOf(const config::LockQuery& query) {
  LockFilter filter;
  filter.share = query.share();
  filter.file = FileNumber{query.file()};
  filter.client = query.client();
  return filter;
}

config::ControlReply Answer(Runtime& runtime, const std::string& text) {
  config::ControlRequest request;
  config::ControlReply reply;
  if (!google::protobuf::TextFormat::ParseFromString(text, &request)) {
    reply.set_error("the request does not parse");
    return reply;
  }
  switch (request.request_case()) {
    case config::ControlRequest::kListLocks:
      for (const LockDescription& lock : runtime.ListLocks(FilterOf(request.list_locks()), kMaxLocksListed)) {
        config::LockEntry& entry = *reply.add_locks();
        entry.set_share(lock.share);
        entry.set_file(lock.file.value);
        entry.set_protocol(lock.protocol);
        entry.set_client(lock.client);
        entry.set_address(lock.address);
        entry.set_offset(lock.offset);
        entry.set_length(lock.length);
        entry.set_exclusive(lock.exclusive);
        entry.set_waiting(lock.waiting);
      }
      break;
    case config::ControlRequest::kReleaseLocks:
      reply.set_released(runtime.ReleaseLocks(FilterOf(request.release_locks())));
      break;
    case config::ControlRequest::REQUEST_NOT_SET:
      reply.set_error("the server does not know this request; it may be older than the command");
      break;
  }
  return reply;
}

}  // namespace

ControlSocket::ControlSocket(std::string path, int listener, int wake_read, int wake_write, Runtime& runtime)
    : path_(std::move(path)),
      listener_(listener),
      wake_read_(wake_read),
      wake_write_(wake_write),
      runtime_(runtime),
      thread_([this] { Serve(); }) {}

Result<std::unique_ptr<ControlSocket>> ControlSocket::Open(const std::string& data_directory, Runtime& runtime) {
  std::string path = Cat(data_directory, '/', kControlSocketName);
  const Place place(data_directory);
  ::unlink(path.c_str());  // What a killed server left; the data directory is locked, so it is nobody's.
  const int listener = place.valid() ? ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
  int wake[2] = {-1, -1};
  const bool ready = listener >= 0 && ::bind(listener, place.address(), Place::size()) == 0 &&
                     ::chmod(path.c_str(), 0600) == 0 && ::listen(listener, 8) == 0 && ::pipe2(wake, O_CLOEXEC) == 0;
  if (!ready) {
    const Status status(ErrorCode::kIo, Cat("can't listen on ", path, ": ", std::strerror(errno)));
    if (listener >= 0) ::close(listener);
    return status;
  }
  return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(path), listener, wake[0], wake[1], runtime));
}

ControlSocket::~ControlSocket() {
  ::close(wake_write_);
  thread_.join();
  ::unlink(path_.c_str());
  ::close(listener_);
  ::close(wake_read_);
}

void ControlSocket::Serve() {
  while (true) {
    pollfd waits[2] = {{listener_, POLLIN, 0}, {wake_read_, POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if ((waits[0].revents & POLLIN) == 0) continue;
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    std::string request;
    if (ReadAll(socket, kMaxRequestBytes, request)) {
      std::string reply;
      google::protobuf::TextFormat::PrintToString(Answer(runtime_, request), &reply);
      WriteAll(socket, reply);
    }
    ::close(socket);
  }
}

Result<config::ControlReply> AskServer(const std::string& data_directory, const config::ControlRequest& request) {
  const Place place(data_directory);
  const int socket = place.valid() ? ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
  std::string text;
  google::protobuf::TextFormat::PrintToString(request, &text);
  std::string answer;
  const bool asked = socket >= 0 && ::connect(socket, place.address(), Place::size()) == 0 && WriteAll(socket, text) &&
                     ::shutdown(socket, SHUT_WR) == 0 && ReadAll(socket, kMaxReplyBytes, answer);
  const int error = errno;
  if (socket >= 0) ::close(socket);
  if (!asked) {
    return Status(ErrorCode::kUnavailable,
                  Cat("the server of ", data_directory, " can't be asked: ", std::strerror(error)));
  }
  config::ControlReply reply;
  google::protobuf::TextFormat::Parser parser;
  parser.AllowUnknownField(true);  // Of a newer server.
  if (!parser.ParseFromString(answer, &reply)) return Status(ErrorCode::kIo, "the server's answer does not parse");
  if (reply.has_error()) return Status(ErrorCode::kInvalidArgument, reply.error());
  return reply;
}

}  // namespace dittofs::server
