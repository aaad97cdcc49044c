#include <algorithm>
#include <array>

#include "workload.h"

namespace dittofs::bench {
namespace {

constexpr size_t kReadFilesDefault = 4;
constexpr uint32_t kSetupWriteBytes = 1u << 20;

// Arguments of WRITE up to and with the length of its payload, and how its results are checked (RFC 1813 §3.3.7).
void EncodeWrite(Encoder& arguments, const EncodedHandle& file, uint64_t offset, uint32_t size, Stability stability) {
  arguments.Raw(file.bytes.data(), file.size);
  arguments.U64(offset);
  arguments.U32(size);
  arguments.U32(static_cast<uint32_t>(stability));
  arguments.U32(size);
}

// Content that no other write has, so that a server that stores equal blocks once has none to find: a stamp, then bytes
// that are always the same.
class FreshContent {
 public:
  FreshContent(size_t size_bytes, uint32_t run) : bytes_(PadTo4(size_bytes)), size_bytes_(size_bytes), run_(run) {
    std::fill_n(bytes_.begin(), size_bytes, std::byte{'c'});
  }
  /// The content after its length: the beginning into `arguments`, the rest by reference.
  void Encode(Encoder& arguments, std::span<const std::byte>& payload) {
    if (size_bytes_ < kStampBytes) {
      arguments.Raw(bytes_.data(), bytes_.size());
      return;
    }
    arguments.U32(run_);
    arguments.U64(++count_);
    payload = std::span(bytes_).subspan(kStampBytes);
  }

 private:
  static constexpr size_t kStampBytes = 12;
  std::vector<std::byte> bytes_;
  size_t size_bytes_;
  uint32_t run_;
  uint64_t count_ = 0;
};

uint64_t CheckWrite(Decoder& results, uint32_t size, Stability stability) {
  results.WccData();
  const uint32_t count = results.U32();
  const uint32_t committed = results.U32();
  const uint64_t verifier = results.U64();
  if (!results.ok() || count != size) throw WrongReply("WRITE took less than it was given");
  if (committed < static_cast<uint32_t>(stability) || committed > 2)
    throw WrongReply("WRITE less stable than asked for");
  return verifier;
}

void EncodeCommit(Encoder& arguments, const EncodedHandle& file) {
  arguments.Raw(file.bytes.data(), file.size);
  arguments.U64(0);
  arguments.U32(0);
}

// Files of options.file_size_bytes in which blocks of options.size_bytes are read or written.
class BlockWorkload : public NfsWorkload {
 protected:
  BlockWorkload(const Options& options, size_t files)
      : NfsWorkload(options), block_bytes_(static_cast<uint32_t>(options.size_bytes)) {
    if (options.size_bytes == 0 || options.file_size_bytes < options.size_bytes) {
      throw std::runtime_error("--size must be 1 to --file-size");
    }
    blocks_ = options.file_size_bytes / options.size_bytes;
    next_.resize(files);
  }
  /// The offset of the block of `file` that comes next.
  uint64_t NextOffset(uint32_t file) {
    const uint64_t block = options_.sequential ? next_[file]++ % blocks_ : Random(static_cast<uint32_t>(blocks_));
    return block * block_bytes_;
  }
  static void RequireAtMost(uint64_t size, uint32_t limit, const char* what) {
    if (size > limit)
      throw std::runtime_error(std::string("--size is above the server's ") + what + " of " + std::to_string(limit));
  }

  uint32_t block_bytes_;
  uint64_t blocks_;
  std::vector<uint64_t> next_;  // sequential: blocks handed out, per file
};

class ReadCalls final : public BlockWorkload {
 public:
  ReadCalls(const Options& options, Site& site)
      : BlockWorkload(options, options.files != 0 ? options.files : kReadFilesDefault) {
    RequireAtMost(options.size_bytes, site.limits.read_bytes_max, "rtmax");
    const EncodedHandle directory =
        MakeDirectory(site.nfs, site.directory, "read" + std::to_string(options.file_size_bytes));
    files_ = MakeFiles(site.nfs, directory, "f", next_.size());
    FillFiles(site.nfs, files_, options.file_size_bytes, std::min(kSetupWriteBytes, site.limits.write_bytes_max) & ~7u);
  }
  std::span<const Step> steps() const override { return kSteps; }
  size_t reply_bytes_seen() const override { return 256; }
  bool Encode(Slot& slot, Encoder& arguments, std::span<const std::byte>&) override {
    const auto files = static_cast<uint32_t>(files_.size());
    slot.item = options_.sequential ? slot.index % files : Random(files);
    slot.position = NextOffset(slot.item);
    const EncodedHandle& file = files_[slot.item];
    arguments.Raw(file.bytes.data(), file.size);
    arguments.U64(slot.position);
    arguments.U32(block_bytes_);
    return true;
  }
  void CheckOk(Slot& slot, Decoder& results, size_t cut_bytes) override {
    results.PostOpAttributes();
    Require(results.U32() == block_bytes_, "READ returns less than the file has");
    results.Skip(4);  // eof
    Require(results.U32() == block_bytes_, "READ: count and length differ");
    Require(results.left() + cut_bytes == PadTo4(block_bytes_), "READ: reply of another length than announced");
    if (block_bytes_ >= 8 && slot.position % 8 == 0) {
      Require(results.left() >= 8 && results.U64() == PatternWord(slot.item, slot.position),
              "READ returns other bytes than were written");
    }
    results.Skip(results.left());
    sums_.bytes += block_bytes_;
  }

 private:
  static constexpr std::array<Step, 1> kSteps = {{{"READ", kRead}}};
  std::vector<EncodedHandle> files_;
};

// WRITE, each slot in a file of its own unless there are fewer; with or without a COMMIT after each.
template <bool kWithCommit>
class WriteCalls final : public BlockWorkload {
 public:
  WriteCalls(const Options& options, Site& site)
      : BlockWorkload(options, options.files != 0 ? options.files : options.connections * options.depth),
        content_(options.size_bytes, site.run) {
    RequireAtMost(options.size_bytes, site.limits.write_bytes_max, "wtmax");
    files_ = MakeFiles(site.nfs, MakeDirectory(site.nfs, site.directory, "write"), "f", next_.size());
  }
  std::span<const Step> steps() const override { return std::span(kSteps).first(kWithCommit ? 2 : 1); }
  bool Encode(Slot& slot, Encoder& arguments, std::span<const std::byte>& payload) override {
    const auto file = static_cast<uint32_t>(slot.index % files_.size());
    if (slot.step == 1) {
      EncodeCommit(arguments, files_[file]);
      return true;
    }
    EncodeWrite(arguments, files_[file], NextOffset(file), block_bytes_, options_.stability);
    content_.Encode(arguments, payload);
    return true;
  }
  void CheckOk(Slot& slot, Decoder& results, size_t) override {
    if (slot.step == 1) {
      results.WccData();
      if (results.U64() != slot.verifier) ++sums_.verifier_changes;
      return;
    }
    const uint64_t verifier = CheckWrite(results, block_bytes_, options_.stability);
    if (slot.verifier != 0 && verifier != slot.verifier) ++sums_.verifier_changes;
    slot.verifier = verifier;
    sums_.bytes += block_bytes_;
  }

 private:
  static constexpr std::array<Step, 2> kSteps = {{{"WRITE", kWrite}, {"COMMIT", kCommit}}};
  FreshContent content_;
  std::vector<EncodedHandle> files_;
};

// What a client does for a small file: CREATE, WRITE, COMMIT.
class SmallFiles final : public NfsWorkload {
 public:
  SmallFiles(const Options& options, Site& site)
      : NfsWorkload(options), content_(options.size_bytes, site.run), prefix_(NumberedName("s", site.run)) {
    for (size_t i = 0; i < options.directories; ++i) {
      directories_.push_back(MakeDirectory(site.nfs, site.directory, NumberedName("small", static_cast<uint32_t>(i))));
    }
  }
  std::span<const Step> steps() const override { return kSteps; }
  bool Encode(Slot& slot, Encoder& arguments, std::span<const std::byte>& payload) override {
    if (slot.step == 1) {
      EncodeWrite(arguments, slot.handle, 0, static_cast<uint32_t>(options_.size_bytes), options_.stability);
      content_.Encode(arguments, payload);
      return true;
    }
    if (slot.step == 2) {
      EncodeCommit(arguments, slot.handle);
      return true;
    }
    const uint32_t number = next_++;
    const EncodedHandle& directory = directories_[number % directories_.size()];
    arguments.Raw(directory.bytes.data(), directory.size);
    std::array<std::byte, 1 + 2 * kNumberDigits> name;
    std::copy_n(reinterpret_cast<const std::byte*>(prefix_.data()), prefix_.size(), name.begin());
    EncodeNumber(name.data() + prefix_.size(), number);
    arguments.Opaque(name);
    arguments.U32(static_cast<uint32_t>(CreateMode::kUnchecked));
    arguments.U32(1);
    arguments.U32(0644);
    for (int absent = 0; absent < 5; ++absent) arguments.U32(0);
    return true;
  }
  void CheckOk(Slot& slot, Decoder& results, size_t) override {
    switch (slot.step) {
      case 0:
        Require(results.U32() == 1, "CREATE without a handle");
        slot.handle.Set(results.Opaque(kHandleBytesMax));
        results.PostOpAttributes();
        results.WccData();
        return;
      case 1:
        slot.verifier = CheckWrite(results, static_cast<uint32_t>(options_.size_bytes), options_.stability);
        sums_.bytes += options_.size_bytes;
        return;
      default:
        results.WccData();
        if (results.U64() != slot.verifier) ++sums_.verifier_changes;
    }
  }

 private:
  static constexpr std::array<Step, 3> kSteps = {{{"CREATE", kCreate}, {"WRITE", kWrite}, {"COMMIT", kCommit}}};
  FreshContent content_;
  std::string prefix_;
  std::vector<EncodedHandle> directories_;
  uint32_t next_ = 0;
};

template <typename T>
std::unique_ptr<Workload> Make(const Options& options, Site& site) {
  return std::make_unique<T>(options, site);
}

MessageSizes WriteSizes(const Options& options) {
  return {CallHeadBytes(kWrite) + kHandleBytes + 20 + PadTo4(options.size_bytes), kReplyHeadBytes + 4 + kWccBytes + 16};
}
MessageSizes CommitSizes() {
  return {CallHeadBytes(kCommit) + kHandleBytes + 12, kReplyHeadBytes + 4 + kWccBytes + 8};
}

constexpr WorkloadKind kKinds[] = {
    {"read", Make<ReadCalls>,
     [](const Options& options) -> std::vector<MessageSizes> {
       return {{CallHeadBytes(kRead) + kHandleBytes + 12,
                kReplyHeadBytes + 4 + kPostOpBytes + 12 + PadTo4(options.size_bytes)}};
     }},
    {"write", Make<WriteCalls<false>>,
     [](const Options& options) -> std::vector<MessageSizes> { return {WriteSizes(options)}; }},
    {"commit", Make<WriteCalls<true>>,
     [](const Options& options) -> std::vector<MessageSizes> { return {WriteSizes(options), CommitSizes()}; }},
    {"small-file", Make<SmallFiles>,
     [](const Options& options) -> std::vector<MessageSizes> {
       return {FindWorkload("create").sizes(options).front(), WriteSizes(options), CommitSizes()};
     }},
};

}  // namespace

std::span<const WorkloadKind> PayloadWorkloads() {
  return kKinds;
}

}  // namespace dittofs::bench
