#include "idle_connections.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "stream.h"
#include "wire.h"

namespace dittofs::bench {
namespace {

constexpr size_t kConnectionsPerProcess = 8000;

// A NULL call and its reply of 28 bytes (RFC 5531 §9).
void PingOnce(int socket, uint32_t xid) {
  std::vector<std::byte> call = MakeCallHead(kNfsProgram, kNull, Caller{});
  StoreU32(call.data(), static_cast<uint32_t>(call.size() - kMarkBytes) | kLastFragment);
  StoreU32(call.data() + kMarkBytes, xid);
  std::array<std::byte, 28> reply;
  if (::send(socket, call.data(), call.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(call.size()) ||
      ::recv(socket, reply.data(), reply.size(), MSG_WAITALL) != static_cast<ssize_t>(reply.size())) {
    throw std::runtime_error("no reply to NULL on a connection that shall idle");
  }
}

// In the child: opens, reports one byte on `ready`, waits for the end of `alive`.
[[noreturn]] void Hold(const Options& options, size_t count, int alive, int ready) {
  std::vector<int> sockets;
  try {
    for (size_t i = 0; i < count; ++i) {
      sockets.push_back(ConnectTcp(options.host.c_str(), options.port));
      if (!options.echo) PingOnce(sockets.back(), static_cast<uint32_t>(i));
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "idle connection %zu: %s\n", sockets.size(), error.what());
    _exit(1);
  }
  char byte = 'r';
  if (::write(ready, &byte, 1) != 1) _exit(1);
  while (::read(alive, &byte, 1) > 0) {
  }
  for (const int socket : sockets) {  // reset instead of TIME_WAIT: the next round needs the ports
    const linger reset{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(socket);
  }
  _exit(0);
}

}  // namespace

IdleConnections::IdleConnections(const Options& options, size_t count) {
  while (count > 0) {
    const size_t share = std::min(count, kConnectionsPerProcess);
    int alive[2];
    int ready[2];
    if (pipe(alive) != 0 || pipe(ready) != 0) throw std::runtime_error("pipe failed");
    const int process = fork();
    if (process < 0) throw std::runtime_error("fork failed");
    if (process == 0) {
      for (const Holder& holder : holders_) ::close(holder.alive);
      ::close(alive[1]);
      ::close(ready[0]);
      Hold(options, share, alive[0], ready[1]);
    }
    ::close(alive[0]);
    ::close(ready[1]);
    holders_.push_back({process, alive[1]});
    char byte = 0;
    const bool opened = ::read(ready[0], &byte, 1) == 1;
    ::close(ready[0]);
    if (!opened) {
      Close();
      throw std::runtime_error("could not open all idle connections (limits of open files here and at the server?)");
    }
    count -= share;
  }
}

void IdleConnections::Close() {
  for (const Holder& holder : holders_) ::close(holder.alive);
  for (const Holder& holder : holders_) waitpid(holder.process, nullptr, 0);
  holders_.clear();
}

}  // namespace dittofs::bench
