#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire.h"

namespace dittofs::bench {

/// A plain blocking RPC client with which a run is prepared. Anything unexpected throws std::runtime_error.
class SetupClient {
 public:
  SetupClient(const std::string& host, uint16_t port, uint32_t program, const Caller& caller);
  ~SetupClient();
  SetupClient(const SetupClient&) = delete;
  SetupClient& operator=(const SetupClient&) = delete;

  using EncodeArguments = std::function<void(size_t index, Encoder& arguments)>;
  using DecodeResults = std::function<void(size_t index, Decoder& results)>;
  /// One call with up to `arguments_bytes_max` bytes of arguments.
  void Call(uint32_t procedure, size_t arguments_bytes_max, const EncodeArguments& encode, const DecodeResults& decode);
  /// `count` calls, up to `window` of them in flight; results may come in any order.
  void CallMany(uint32_t procedure, size_t count, size_t window, size_t arguments_bytes_max,
                const EncodeArguments& encode, const DecodeResults& decode);

 private:
  void SendAll(std::span<const std::byte> bytes);
  void ReceiveAll(std::span<std::byte> bytes);
  std::span<const std::byte> ReceiveRecord();

  uint32_t program_;
  Caller caller_;
  int socket_;
  uint32_t next_xid_;
  std::vector<std::byte> record_;
};

/// What FSINFO says (RFC 1813 §3.3.19).
struct TransferLimits {
  uint32_t read_bytes_max = 0;
  uint32_t write_bytes_max = 0;
  uint32_t directory_bytes_preferred = 0;
};

/// MOUNT's MNT (RFC 1813 appendix I).
EncodedHandle MountExport(const std::string& host, uint16_t mount_port, std::string_view path, const Caller& caller);

TransferLimits ReadTransferLimits(SetupClient& nfs, const EncodedHandle& root);

/// The directory `name` in `parent`, made (mode 0777) if there is none.
EncodedHandle MakeDirectory(SetupClient& nfs, const EncodedHandle& parent, std::string_view name);

/// The handles of files `prefix`00000000 and so on in `directory`, made if they are missing.
std::vector<EncodedHandle> MakeFiles(SetupClient& nfs, const EncodedHandle& directory, std::string_view prefix,
                                     size_t count);

/// The word that stands at `offset` (a multiple of 8) of file number `file` after FillFiles.
constexpr uint64_t PatternWord(size_t file, uint64_t offset) noexcept {
  return offset + (static_cast<uint64_t>(file) << 40) + 1;
}

/// Writes the pattern to files that don't have `size_bytes` yet, and commits.
void FillFiles(SetupClient& nfs, std::span<const EncodedHandle> files, uint64_t size_bytes, uint32_t write_bytes);

/// Name `index` after `prefix`: always eight hexadecimal digits.
inline constexpr size_t kNumberDigits = 8;
inline void EncodeNumber(std::byte* to, uint32_t number) noexcept {
  for (int shift = 28; shift >= 0; shift -= 4) *to++ = static_cast<std::byte>("0123456789abcdef"[number >> shift & 15]);
}
std::string NumberedName(std::string_view prefix, uint32_t number);

}  // namespace dittofs::bench
