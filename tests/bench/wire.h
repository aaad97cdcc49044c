#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// XDR (RFC 4506) and ONC RPC (RFC 5531) for load generators. Written apart from lib/ on purpose: a mistake that encoder
// and decoder of the library share would stay unseen otherwise.
namespace dittofs::bench {

inline constexpr uint32_t kNfsProgram = 100003;
inline constexpr uint32_t kMountProgram = 100005;
inline constexpr uint32_t kLastFragment = 0x80000000u;  // RFC 5531 §11
inline constexpr size_t kMarkBytes = 4;
inline constexpr size_t kHandleBytesMax = 64;  // RFC 1813 §2.4

/// Procedures that the generator calls (RFC 1813 §3.3).
enum Procedure : uint32_t {
  kNull = 0,
  kGetattr = 1,
  kLookup = 3,
  kAccess = 4,
  kRead = 6,
  kWrite = 7,
  kCreate = 8,
  kMkdir = 9,
  kRemove = 12,
  kReaddirplus = 17,
  kFsinfo = 19,
  kCommit = 21,
};

constexpr size_t PadTo4(size_t length) noexcept {
  return (length + 3) & ~size_t{3};
}

inline uint32_t LoadU32(const std::byte* from) noexcept {
  uint32_t value;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap32(value);
}
inline void StoreU32(std::byte* to, uint32_t value) noexcept {
  value = __builtin_bswap32(value);
  std::memcpy(to, &value, sizeof value);
}
inline void StoreU64(std::byte* to, uint64_t value) noexcept {
  value = __builtin_bswap64(value);
  std::memcpy(to, &value, sizeof value);
}

/// Writes without checks: the caller has made room for the longest request before.
class Encoder {
 public:
  explicit Encoder(std::byte* to) noexcept : begin_(to), position_(to) {}
  void U32(uint32_t value) noexcept {
    StoreU32(position_, value);
    position_ += 4;
  }
  void U64(uint64_t value) noexcept {
    StoreU64(position_, value);
    position_ += 8;
  }
  void Raw(const void* from, size_t length) noexcept {
    std::memcpy(position_, from, length);
    position_ += length;
  }
  void Opaque(std::span<const std::byte> bytes) noexcept {
    U32(static_cast<uint32_t>(bytes.size()));
    const size_t padded = PadTo4(bytes.size());
    std::memset(position_, 0, padded);
    if (!bytes.empty()) std::memcpy(position_, bytes.data(), bytes.size());
    position_ += padded;
  }
  void Text(std::string_view text) noexcept { Opaque(std::as_bytes(std::span(text))); }
  size_t size() const noexcept { return static_cast<size_t>(position_ - begin_); }
  std::byte* position() const noexcept { return position_; }
  std::byte* begin() const noexcept { return begin_; }

 private:
  std::byte* begin_;
  std::byte* position_;
};

/// Reads bytes of a server that may be wrong: the first read that does not fit makes all later ones fail.
class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> from) noexcept : position_(from.data()), left_(from.size()) {}
  uint32_t U32() noexcept {
    if (left_ < 4) return static_cast<uint32_t>(Fail());
    const uint32_t value = LoadU32(position_);
    Skip(4);
    return value;
  }
  uint64_t U64() noexcept {
    const uint64_t high = U32();
    return high << 32 | U32();
  }
  void Skip(size_t length) noexcept {
    if (length > left_) {
      Fail();
      return;
    }
    position_ += length;
    left_ -= length;
  }
  std::span<const std::byte> Opaque(size_t length_max) noexcept {
    const uint32_t length = U32();
    if (length > length_max || PadTo4(length) > left_) {
      Fail();
      return {};
    }
    const std::span<const std::byte> bytes(position_, length);
    Skip(PadTo4(length));
    return bytes;
  }
  bool ok() const noexcept { return ok_; }
  size_t left() const noexcept { return left_; }
  bool Finished() const noexcept { return ok_ && left_ == 0; }

  // Parts of NFSv3 replies that are passed over (RFC 1813 §2.6).
  void PostOpAttributes() noexcept {
    if (U32() != 0) Skip(84);
  }
  void WccData() noexcept {
    if (U32() != 0) Skip(24);
    PostOpAttributes();
  }

 private:
  size_t Fail() noexcept {
    ok_ = false;
    left_ = 0;
    return 0;
  }
  const std::byte* position_;
  size_t left_;
  bool ok_ = true;
};

/// A file handle as it stands in a request: length, bytes, padding.
struct EncodedHandle {
  uint32_t size = 0;
  std::array<std::byte, 4 + kHandleBytesMax> bytes;

  void Set(std::span<const std::byte> handle) noexcept {
    Encoder encoder(bytes.data());
    encoder.Opaque(handle);
    size = static_cast<uint32_t>(encoder.size());
  }
};

struct Caller {
  uint32_t uid = 0;
  uint32_t gid = 0;
};

/// Everything of a call up to its arguments, with room for the record mark and a transaction id of 0.
std::vector<std::byte> MakeCallHead(uint32_t program, uint32_t procedure, const Caller& caller);

/// Reads a reply up to its results. False if the call was refused or the header is malformed; `why` says so then.
bool DecodeReplyHead(Decoder& reply, const char** why) noexcept;

/// "NFS3ERR_NOENT", or the number.
std::string NfsStatusName(uint32_t status);

}  // namespace dittofs::bench
