#include "onc_rpc/client.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/bytes.h"
#include "base/files.h"
#include "net/address.h"
#include "onc_rpc/message.h"
#include "onc_rpc/record_mark.h"
#include "xdr/byte_sink.h"
#include "xdr/reader.h"

namespace dittofs::onc_rpc {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Larger replies are refused before memory is taken for them.
constexpr size_t kMaxReplyBytes = 1 << 20;
constexpr uint16_t kFirstPrivilegedPort = 600;
constexpr uint16_t kEndOfPrivilegedPorts = 1024;

std::vector<std::byte> EncodeCall(const CallTarget& target, uint32_t xid, uint32_t program, uint32_t version,
                                  uint32_t procedure, std::span<const std::byte> arguments) {
  xdr::ByteSink bytes;
  xdr::Writer writer(bytes);
  const bool stream = target.transport == Transport::kTcp;
  if (stream) writer.Uint32(0);  // the record mark, once the length is known
  writer.Uint32(xid);
  writer.Uint32(kMessageCall);
  writer.Uint32(kRpcVersion);
  writer.Uint32(program);
  writer.Uint32(version);
  writer.Uint32(procedure);
  writer.Uint32(static_cast<uint32_t>(target.flavor));
  if (target.flavor == AuthFlavor::kSys) {
    const std::string_view machine = target.machine_name.substr(0, kMaxMachineNameBytes);
    const auto groups = target.credentials.groups.first(std::min(target.credentials.groups.size(), kMaxAuthSysGroups));
    writer.Uint32(static_cast<uint32_t>(20 + machine.size() + xdr::Padding(machine.size()) + groups.size() * 4));
    writer.Uint32(0);  // stamp
    writer.String(machine);
    writer.Uint32(target.credentials.uid);
    writer.Uint32(target.credentials.gid);
    writer.Uint32(static_cast<uint32_t>(groups.size()));
    for (const uint32_t group : groups) writer.Uint32(group);
  } else {
    writer.Uint32(0);
  }
  writer.Uint32(static_cast<uint32_t>(AuthFlavor::kNone));  // verifier
  writer.Uint32(0);
  writer.FixedOpaque(arguments);
  std::vector<std::byte> message = bytes.Take(writer);
  if (stream) {
    base::StoreBigEndian(message.data(), kLastFragment | static_cast<uint32_t>(message.size() - kRecordMarkBytes));
  }
  return message;
}

/// The procedure's result in an RPC reply message, or what the reply says instead.
Result<std::vector<std::byte>> DecodeReply(std::span<const std::byte> reply) {
  const Status broken(ErrorCode::kIo, "the reply is not an RPC reply");
  xdr::Reader reader(reply);
  reader.Uint32();  // xid: matched already
  if (reader.Uint32() != kMessageReply) return broken;
  const uint32_t reply_status = reader.Uint32();
  if (reader.ok() && reply_status == kReplyDenied) {
    return reader.Uint32() == kRejectRpcMismatch ? Status(ErrorCode::kNotSupported, "RPC version 2 is not spoken there")
                                                 : Status(ErrorCode::kAccessDenied, "the credentials are refused");
  }
  if (reply_status != kReplyAccepted) return broken;
  reader.Uint32();
  reader.Opaque(kMaxAuthBytes);
  const uint32_t status = reader.Uint32();
  if (!reader.ok()) return broken;
  switch (static_cast<AcceptStatus>(status)) {
    case AcceptStatus::kSuccess:
      return std::vector<std::byte>(reader.position(), reader.position() + reader.remaining());
    case AcceptStatus::kProgramUnavailable:
      return Status(ErrorCode::kNotSupported, "program unavailable");
    case AcceptStatus::kProgramMismatch:
      return Status(ErrorCode::kNotSupported, "program version unavailable");
    case AcceptStatus::kProcedureUnavailable:
      return Status(ErrorCode::kNotSupported, "procedure unavailable");
    case AcceptStatus::kGarbageArguments:
      return Status(ErrorCode::kInvalidArgument, "garbage arguments");
    case AcceptStatus::kSystemError:
      return Status(ErrorCode::kUnavailable, "system error of the other side");
  }
  return broken;
}

/// One connected socket and the time there is for the call.
class Caller {
 public:
  Caller(const CallTarget& target, const net::Address& address)
      : target_(target),
        address_(address),
        start_(SteadyClock::now()),
        deadline_(start_ + std::chrono::milliseconds(target.timeout_ms)) {}

  Status Connect() {
    const int family = address_.is_ipv4() ? AF_INET : AF_INET6;
    const int type = target_.transport == Transport::kTcp ? SOCK_STREAM : SOCK_DGRAM;
    socket_ = base::FileDescriptor(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_.valid()) return Failed("socket");
    if (target_.privileged_source_port) BindPrivileged(family);
    sockaddr_storage to;
    const socklen_t length = net::AddressToKernel(address_, family, &to);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), length) == 0) return Status::Ok();
    if (errno != EINPROGRESS) return Failed("connect to");
    DITTOFS_RETURN_IF_ERROR(WaitFor(POLLOUT, deadline_));
    int error = 0;
    socklen_t error_length = sizeof error;
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &error_length);
    errno = error;
    return error == 0 ? Status::Ok() : Failed("connect to");
  }

  Status Send(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes = bytes.subspan(static_cast<size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        DITTOFS_RETURN_IF_ERROR(WaitFor(POLLOUT, deadline_));
      } else if (errno != EINTR) {
        return Failed("send to");
      }
    }
    return Status::Ok();
  }

  /// The next message with this xid.
  Result<std::vector<std::byte>> ReceiveStream(uint32_t xid) {
    std::vector<std::byte> input;
    net::FrameState state;
    for (;;) {
      const net::Frame frame = FindRecord(input, kMaxReplyBytes, state);
      if (frame.kind == net::Frame::Kind::kBroken) return Status(ErrorCode::kIo, "the reply is too long");
      if (frame.kind == net::Frame::Kind::kMessage) {
        const std::span<std::byte> content = JoinFragments(std::span(input).first(frame.size_bytes));
        if (IsReplyTo(content, xid)) return std::vector<std::byte>(content.begin(), content.end());
        input.clear();
        state = {};
        continue;
      }
      // Exactly what is missing, so nothing of a further message is ever read.
      const size_t had = input.size();
      input.resize(std::min(frame.size_bytes, had + 65536));
      const ssize_t got = Receive(std::span(input).subspan(had));
      input.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
      if (got == 0) return Status(ErrorCode::kUnavailable, "the connection was closed before the reply");
      if (got < 0 && errno != EAGAIN) return Failed("receive from");
      if (got < 0) {
        const Status status = WaitFor(POLLIN, deadline_);
        if (!status.ok()) return status;
      }
    }
  }

  Result<std::vector<std::byte>> ReceiveDatagram(uint32_t xid, SteadyClock::time_point until) {
    std::vector<std::byte> datagram(65536);
    for (;;) {
      const ssize_t got = Receive(datagram);
      if (got < 0 && errno != EAGAIN) return Failed("receive from");
      if (got >= 0) {
        const std::span<const std::byte> content(datagram.data(), static_cast<size_t>(got));
        if (IsReplyTo(content, xid)) return std::vector<std::byte>(content.begin(), content.end());
        continue;
      }
      const Status status = WaitFor(POLLIN, until);
      if (!status.ok()) return status;
    }
  }

  SteadyClock::time_point AfterEighths(int eighths) const {
    return start_ + std::chrono::milliseconds(uint64_t{target_.timeout_ms} * static_cast<unsigned>(eighths) / 8);
  }

 private:
  static bool IsReplyTo(std::span<const std::byte> message, uint32_t xid) {
    return message.size() >= 8 && base::LoadBigEndian<uint32_t>(message.data()) == xid;
  }

  ssize_t Receive(std::span<std::byte> into) {
    ssize_t got;
    do {
      got = ::recv(socket_.get(), into.data(), into.size(), 0);
    } while (got < 0 && errno == EINTR);
    return got;
  }

  /// Best effort, as servers that insist on it say so in their own words.
  void BindPrivileged(int family) {
    net::Address any;
    if (family == AF_INET) any = *net::ParseNumericAddress("0.0.0.0", 0);
    for (uint16_t port = kEndOfPrivilegedPorts - 1; port >= kFirstPrivilegedPort; --port) {
      any.port = port;
      sockaddr_storage from;
      const socklen_t length = net::AddressToKernel(any, family, &from);
      if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&from), length) == 0) return;
      if (errno != EADDRINUSE) return;
    }
  }

  Status WaitFor(short events, SteadyClock::time_point until) {
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - SteadyClock::now()).count();
      if (left <= 0) return Status(ErrorCode::kTimedOut, fmt::format("{} does not answer", Where()));
      pollfd descriptor{socket_.get(), events, 0};
      const int ready = ::poll(&descriptor, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
      if (ready > 0) return Status::Ok();
      if (ready < 0 && errno != EINTR) return Failed("wait for");
    }
  }

  std::string Where() const { return net::HostPortText(address_); }

  Status Failed(std::string_view doing) const {
    const int error = errno;
    const Status status = base::StatusOfErrno(error, doing, Where());
    const bool nobody =
        error == ECONNREFUSED || error == ECONNRESET || error == EPIPE || error == EHOSTUNREACH || error == ENETUNREACH;
    return nobody ? Status(ErrorCode::kUnavailable, std::string(status.message())) : status;
  }

  const CallTarget& target_;
  const net::Address address_;
  const SteadyClock::time_point start_;
  const SteadyClock::time_point deadline_;
  base::FileDescriptor socket_;
};

}  // namespace

Result<std::vector<std::byte>> CallOnce(const CallTarget& target, uint32_t program, uint32_t version,
                                        uint32_t procedure, std::span<const std::byte> arguments,
                                        const Environment& environment) {
  Result<net::Address> address = net::ParseNumericAddress(target.address, target.port);
  if (!address) return address.status();
  const uint32_t xid = static_cast<uint32_t>(WithDefaults(environment).random->Next64());
  const std::vector<std::byte> call = EncodeCall(target, xid, program, version, procedure, arguments);
  Caller caller(target, *address);
  DITTOFS_RETURN_IF_ERROR(caller.Connect());
  if (target.transport == Transport::kTcp) {
    DITTOFS_RETURN_IF_ERROR(caller.Send(call));
    Result<std::vector<std::byte>> reply = caller.ReceiveStream(xid);
    return reply ? DecodeReply(*reply) : reply.status();
  }
  for (const int eighths : {1, 3, 7, 8}) {
    DITTOFS_RETURN_IF_ERROR(caller.Send(call));
    Result<std::vector<std::byte>> reply = caller.ReceiveDatagram(xid, caller.AfterEighths(eighths));
    if (reply) return DecodeReply(*reply);
    if (eighths == 8 || reply.code() != ErrorCode::kTimedOut) return reply.status();
  }
  return ErrorCode::kTimedOut;
}

}  // namespace dittofs::onc_rpc
