#include "setup_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "stream.h"

namespace dittofs::bench {
namespace {

constexpr size_t kReplyBytesMax = 16u << 20;

[[noreturn]] void ThrowStatus(const char* what, uint32_t status) {
  throw std::runtime_error(std::string(what) + ": " + NfsStatusName(status));
}

// sattr3 (RFC 1813 §2.6) with a mode and nothing else.
void EncodeMode(Encoder& arguments, uint32_t mode) {
  arguments.U32(1);
  arguments.U32(mode);
  for (int absent = 0; absent < 5; ++absent) arguments.U32(0);
}

EncodedHandle DecodeHandle(Decoder& results) {
  EncodedHandle handle;
  handle.Set(results.Opaque(kHandleBytesMax));
  return handle;
}

}  // namespace

SetupClient::SetupClient(const std::string& host, uint16_t port, uint32_t program, const Caller& caller)
    : program_(program),
      caller_(caller),
      socket_(ConnectTcp(host.c_str(), port)),
      next_xid_(static_cast<uint32_t>(time(nullptr)) << 12) {
  timeval patience{.tv_sec = 60, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

SetupClient::~SetupClient() {
  ::close(socket_);
}

void SetupClient::SendAll(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) throw std::runtime_error("send during preparation failed");
    bytes = bytes.subspan(static_cast<size_t>(sent));
  }
}

void SetupClient::ReceiveAll(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t received = ::recv(socket_, bytes.data(), bytes.size(), MSG_WAITALL);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) throw std::runtime_error("no reply within 60 s during preparation");
    if (received == 0) throw std::runtime_error("server closed the connection during preparation");
    bytes = bytes.subspan(static_cast<size_t>(received));
  }
}

std::span<const std::byte> SetupClient::ReceiveRecord() {
  record_.clear();
  for (bool last = false; !last;) {
    std::array<std::byte, kMarkBytes> mark;
    ReceiveAll(mark);
    last = (LoadU32(mark.data()) & kLastFragment) != 0;
    const size_t length = LoadU32(mark.data()) & ~kLastFragment;
    if (length > kReplyBytesMax - record_.size()) throw std::runtime_error("server announces a reply above 16 MiB");
    record_.resize(record_.size() + length);
    ReceiveAll(std::span(record_).last(length));
  }
  return record_;
}

void SetupClient::Call(uint32_t procedure, size_t arguments_bytes_max, const EncodeArguments& encode,
                       const DecodeResults& decode) {
  CallMany(procedure, 1, 1, arguments_bytes_max, encode, decode);
}

void SetupClient::CallMany(uint32_t procedure, size_t count, size_t window, size_t arguments_bytes_max,
                           const EncodeArguments& encode, const DecodeResults& decode) {
  const std::vector<std::byte> head = MakeCallHead(program_, procedure, caller_);
  std::vector<std::byte> request(head.size() + arguments_bytes_max);
  const uint32_t first_xid = next_xid_;
  next_xid_ += static_cast<uint32_t>(count);
  size_t sent = 0;
  for (size_t answered = 0; answered < count; ++answered) {
    for (; sent < count && sent - answered < window; ++sent) {
      Encoder encoder(request.data());
      encoder.Raw(head.data(), head.size());
      encode(sent, encoder);
      StoreU32(request.data(), static_cast<uint32_t>(encoder.size() - kMarkBytes) | kLastFragment);
      StoreU32(request.data() + kMarkBytes, first_xid + static_cast<uint32_t>(sent));
      SendAll(std::span(request).first(encoder.size()));
    }
    const std::span<const std::byte> record = ReceiveRecord();
    const size_t index = record.size() < 4 ? count : static_cast<uint32_t>(LoadU32(record.data()) - first_xid);
    if (index >= sent) throw std::runtime_error("reply with a foreign transaction id during preparation");
    Decoder results(record);
    const char* why = "";
    if (!DecodeReplyHead(results, &why)) throw std::runtime_error(std::string("during preparation: ") + why);
    decode(index, results);
    if (!results.ok()) {
      throw std::runtime_error("malformed reply to procedure " + std::to_string(procedure) + " during preparation");
    }
  }
}

EncodedHandle MountExport(const std::string& host, uint16_t mount_port, std::string_view path, const Caller& caller) {
  constexpr uint32_t kMnt = 1;
  SetupClient mount(host, mount_port, kMountProgram, caller);
  EncodedHandle root;
  mount.Call(
      kMnt, path.size() + 8, [&](size_t, Encoder& arguments) { arguments.Text(path); },
      [&](size_t, Decoder& results) {
        if (const uint32_t status = results.U32(); status != 0) ThrowStatus("MNT", status);
        root = DecodeHandle(results);
      });
  return root;
}

TransferLimits ReadTransferLimits(SetupClient& nfs, const EncodedHandle& root) {
  TransferLimits limits;
  nfs.Call(
      kFsinfo, sizeof(EncodedHandle), [&](size_t, Encoder& arguments) { arguments.Raw(root.bytes.data(), root.size); },
      [&](size_t, Decoder& results) {
        if (const uint32_t status = results.U32(); status != 0) ThrowStatus("FSINFO", status);
        results.PostOpAttributes();
        limits.read_bytes_max = results.U32();
        results.Skip(8);  // rtpref, rtmult
        limits.write_bytes_max = results.U32();
        results.Skip(8);  // wtpref, wtmult
        limits.directory_bytes_preferred = results.U32();
      });
  return limits;
}

EncodedHandle MakeDirectory(SetupClient& nfs, const EncodedHandle& parent, std::string_view name) {
  constexpr uint32_t kExists = 17;
  nfs.Call(
      kMkdir, 512,
      [&](size_t, Encoder& arguments) {
        arguments.Raw(parent.bytes.data(), parent.size);
        arguments.Text(name);
        EncodeMode(arguments, 0777);
      },
      [&](size_t, Decoder& results) {
        if (const uint32_t status = results.U32(); status != 0 && status != kExists) ThrowStatus("MKDIR", status);
      });
  EncodedHandle directory;
  nfs.Call(
      kLookup, 512,
      [&](size_t, Encoder& arguments) {
        arguments.Raw(parent.bytes.data(), parent.size);
        arguments.Text(name);
      },
      [&](size_t, Decoder& results) {
        if (const uint32_t status = results.U32(); status != 0) ThrowStatus("LOOKUP of the directory made", status);
        directory = DecodeHandle(results);
      });
  return directory;
}

std::vector<EncodedHandle> MakeFiles(SetupClient& nfs, const EncodedHandle& directory, std::string_view prefix,
                                     size_t count) {
  constexpr size_t kWindow = 32;
  constexpr uint32_t kNoEntry = 2;
  std::vector<EncodedHandle> files(count);
  const auto encode_name = [&](size_t index, Encoder& arguments) {
    arguments.Raw(directory.bytes.data(), directory.size);
    arguments.Text(NumberedName(prefix, static_cast<uint32_t>(index)));
  };
  const auto decode_lookup = [&](size_t index, Decoder& results) {
    const uint32_t status = results.U32();
    if (status != 0 && status != kNoEntry) ThrowStatus("LOOKUP", status);
    if (status == 0) files[index] = DecodeHandle(results);
  };
  if (count == 0) return files;
  // If the last one is there, an earlier run made them all.
  nfs.Call(
      kLookup, 512, [&](size_t, Encoder& arguments) { encode_name(count - 1, arguments); },
      [&](size_t, Decoder& results) { decode_lookup(count - 1, results); });
  if (files.back().size == 0) {
    nfs.CallMany(
        kCreate, count, kWindow, 512,
        [&](size_t index, Encoder& arguments) {
          encode_name(index, arguments);
          arguments.U32(0);  // UNCHECKED
          EncodeMode(arguments, 0666);
        },
        [&](size_t index, Decoder& results) {
          if (const uint32_t status = results.U32(); status != 0) ThrowStatus("CREATE", status);
          if (results.U32() != 0) files[index] = DecodeHandle(results);
        });
  }
  std::vector<size_t> unknown;
  for (size_t i = 0; i < count; ++i) {
    if (files[i].size == 0) unknown.push_back(i);
  }
  nfs.CallMany(
      kLookup, unknown.size(), kWindow, 512, [&](size_t i, Encoder& arguments) { encode_name(unknown[i], arguments); },
      [&](size_t i, Decoder& results) { decode_lookup(unknown[i], results); });
  for (const EncodedHandle& file : files) {
    if (file.size == 0) throw std::runtime_error("a file made during preparation cannot be looked up");
  }
  return files;
}

void FillFiles(SetupClient& nfs, std::span<const EncodedHandle> files, uint64_t size_bytes, uint32_t write_bytes) {
  constexpr size_t kWindow = 4;
  std::vector<bool> complete(files.size());
  nfs.CallMany(
      kGetattr, files.size(), 32, sizeof(EncodedHandle),
      [&](size_t i, Encoder& arguments) { arguments.Raw(files[i].bytes.data(), files[i].size); },
      [&](size_t i, Decoder& results) {
        if (const uint32_t status = results.U32(); status != 0) ThrowStatus("GETATTR", status);
        results.Skip(20);  // type, mode, nlink, uid, gid
        complete[i] = results.U64() == size_bytes;
      });
  for (size_t file = 0; file < files.size(); ++file) {
    if (complete[file]) continue;
    nfs.CallMany(
        kWrite, (size_bytes + write_bytes - 1) / write_bytes, kWindow, sizeof(EncodedHandle) + 32 + write_bytes,
        [&](size_t index, Encoder& arguments) {
          const uint64_t offset = index * write_bytes;
          const auto length = static_cast<uint32_t>(std::min<uint64_t>(write_bytes, size_bytes - offset));
          arguments.Raw(files[file].bytes.data(), files[file].size);
          arguments.U64(offset);
          arguments.U32(length);
          arguments.U32(0);  // UNSTABLE
          arguments.U32(length);
          for (uint32_t at = 0; at < length; at += 8) arguments.U64(PatternWord(file, offset + at));
        },
        [&](size_t index, Decoder& results) {
          if (const uint32_t status = results.U32(); status != 0) ThrowStatus("WRITE", status);
          results.WccData();
          const uint64_t left = size_bytes - index * write_bytes;
          if (results.U32() != std::min<uint64_t>(write_bytes, left)) throw std::runtime_error("short WRITE");
        });
    nfs.Call(
        kCommit, 128,
        [&](size_t, Encoder& arguments) {
          arguments.Raw(files[file].bytes.data(), files[file].size);
          arguments.U64(0);
          arguments.U32(0);
        },
        [&](size_t, Decoder& results) {
          if (const uint32_t status = results.U32(); status != 0) ThrowStatus("COMMIT", status);
        });
  }
}

std::string NumberedName(std::string_view prefix, uint32_t number) {
  std::string name(prefix);
  name.resize(prefix.size() + kNumberDigits);
  EncodeNumber(reinterpret_cast<std::byte*>(name.data()) + prefix.size(), number);
  return name;
}

}  // namespace dittofs::bench
