#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "options.h"
#include "setup_client.h"
#include "wire.h"

namespace dittofs::bench {

/// A reply that no right server would give. Ends the run.
class WrongReply : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One request in flight, and what its workload remembers between the steps of an operation.
struct Slot {
  uint32_t index = 0;  // among all slots
  uint32_t step = 0;
  uint32_t item = 0;
  uint64_t position = 0;
  uint64_t verifier = 0;
  EncodedHandle handle;
};

/// What operations consist of. An operation is one or more steps, one call each; the engine sends, receives and
/// measures.
class Workload {
 public:
  struct Step {
    const char* name;
    uint32_t procedure;
  };
  /// Sums over all replies so far.
  struct Sums {
    uint64_t bytes = 0;             // payload, either way
    uint64_t entries = 0;           // of directories
    uint64_t verifier_changes = 0;  // WRITE and COMMIT differ: the server may have lost something
  };

  virtual ~Workload() = default;
  virtual std::span<const Step> steps() const = 0;
  /// What every request of a step begins with, record mark and transaction id included.
  virtual std::vector<std::byte> MakeHead(const Step& step) const = 0;
  virtual size_t arguments_bytes_max() const { return 512; }
  /// How much of a reply Check() wants to see; what is longer is dropped on arrival.
  virtual size_t reply_bytes_seen() const { return 1024; }
  /// Appends the arguments of slot.step; `payload` follows them on the wire. False at step 0: no operations are left.
  virtual bool Encode(Slot& slot, Encoder& arguments, std::span<const std::byte>& payload) = 0;
  /// Checks a reply to slot.step of which `cut_bytes` are not in `reply`; the NFS status. Throws WrongReply.
  virtual uint32_t Check(Slot& slot, std::span<const std::byte> reply, size_t cut_bytes) = 0;
  const Sums& sums() const noexcept { return sums_; }

 protected:
  Sums sums_;
};

/// A workload of NFS calls.
class NfsWorkload : public Workload {
 public:
  std::vector<std::byte> MakeHead(const Step& step) const override;
  uint32_t Check(Slot& slot, std::span<const std::byte> reply, size_t cut_bytes) final;

 protected:
  explicit NfsWorkload(const Options& options) : options_(options), random_(options.seed * 0x9E3779B97F4A7C15u | 1) {}
  /// Results after the status NFS3_OK. Throws WrongReply for what the caller cannot see (short, foreign, inconsistent).
  virtual void CheckOk(Slot& slot, Decoder& results, size_t cut_bytes) = 0;
  static void Require(bool right, const char* what) {
    if (!right) throw WrongReply(what);
  }
  /// 0 <= result < bound.
  uint32_t Random(uint32_t bound) noexcept {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return static_cast<uint32_t>((random_ >> 32) * bound >> 32);
  }

  Options options_;

 private:
  uint64_t random_;
};

/// Where a workload prepares its files.
struct Site {
  SetupClient& nfs;
  EncodedHandle directory;
  TransferLimits limits;
  uint32_t run;  // differs from run to run
};

/// Sizes of one call without record marks.
struct MessageSizes {
  size_t request_bytes;
  size_t reply_bytes;
};

/// One row per workload; the tables of metadata and of payload calls.
struct WorkloadKind {
  const char* name;
  std::unique_ptr<Workload> (*make)(const Options& options, Site& site);
  /// Of the steps, with handles of 32 bytes.
  std::vector<MessageSizes> (*sizes)(const Options& options);
};
std::span<const WorkloadKind> MetadataWorkloads();
std::span<const WorkloadKind> PayloadWorkloads();

/// "null | getattr | ..."
std::string WorkloadNames();
/// Throws std::runtime_error if there is no such workload.
const WorkloadKind& FindWorkload(const std::string& name);
/// The same messages, answered by echo_control.
std::unique_ptr<Workload> MakeEchoWorkload(std::span<const MessageSizes> sizes);

// Sizes for MessageSizes::…: heads, and the parts of RFC 1813 §2.6 with their discriminants.
inline constexpr size_t kReplyHeadBytes = 24;
inline constexpr size_t kHandleBytes = 4 + 32;
inline constexpr size_t kPostOpBytes = 4 + 84;
inline constexpr size_t kWccBytes = 4 + 24 + kPostOpBytes;
size_t CallHeadBytes(uint32_t procedure);

}  // namespace dittofs::bench
