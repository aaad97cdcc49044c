#include <algorithm>
#include <array>
#include <utility>

#include "workload.h"

namespace dittofs::bench {
namespace {

constexpr size_t kFilesDefault = 1024;
constexpr size_t kEntriesDefault = 10'000;
constexpr size_t kRemovesDefault = 100'000;

size_t FileCount(const Options& options, size_t otherwise) {
  return options.files != 0 ? options.files : otherwise;
}

// A workload with one call per operation.
template <uint32_t kProcedure>
class OneCall : public NfsWorkload {
 public:
  std::span<const Step> steps() const final { return kSteps; }

 protected:
  using NfsWorkload::NfsWorkload;

 private:
  static constexpr std::array<Step, 1> kSteps = {{{"call", kProcedure}}};
};

class NullCalls final : public OneCall<kNull> {
 public:
  NullCalls(const Options& options, Site&) : OneCall(options) {}
  bool Encode(Slot&, Encoder&, std::span<const std::byte>&) override { return true; }
  void CheckOk(Slot&, Decoder&, size_t) override {}
};

// Calls on a random one of some files in one directory.
template <uint32_t kProcedure>
class OnFiles : public OneCall<kProcedure> {
 protected:
  OnFiles(const Options& options, Site& site)
      : OneCall<kProcedure>(options),
        directory_(MakeDirectory(site.nfs, site.directory, "files")),
        files_(MakeFiles(site.nfs, directory_, "f", FileCount(options, kFilesDefault))) {}
  uint32_t RandomFile() { return this->Random(static_cast<uint32_t>(files_.size())); }
  void EncodeRandomHandle(Encoder& arguments) {
    const EncodedHandle& file = files_[RandomFile()];
    arguments.Raw(file.bytes.data(), file.size);
  }

  EncodedHandle directory_;
  std::vector<EncodedHandle> files_;
};

class GetattrCalls final : public OnFiles<kGetattr> {
 public:
  GetattrCalls(const Options& options, Site& site) : OnFiles(options, site) {}
  bool Encode(Slot&, Encoder& arguments, std::span<const std::byte>&) override {
    EncodeRandomHandle(arguments);
    return true;
  }
  void CheckOk(Slot&, Decoder& results, size_t) override {
    Require(results.U32() == 1, "GETATTR of a file says that it is none");
    results.Skip(80);
  }
};

class AccessCalls final : public OnFiles<kAccess> {
 public:
  AccessCalls(const Options& options, Site& site) : OnFiles(options, site) {}
  bool Encode(Slot&, Encoder& arguments, std::span<const std::byte>&) override {
    EncodeRandomHandle(arguments);
    arguments.U32(kReadModifyExtend);
    return true;
  }
  void CheckOk(Slot&, Decoder& results, size_t) override {
    results.PostOpAttributes();
    Require((results.U32() & 1) != 0, "ACCESS refuses to read a file of mode 0666");
  }

 private:
  static constexpr uint32_t kReadModifyExtend = 0x1 | 0x4 | 0x8;  // RFC 1813 §3.3.4
};

class LookupCalls final : public OnFiles<kLookup> {
 public:
  LookupCalls(const Options& options, Site& site) : OnFiles(options, site) {}
  bool Encode(Slot& slot, Encoder& arguments, std::span<const std::byte>&) override {
    slot.item = RandomFile();
    arguments.Raw(directory_.bytes.data(), directory_.size);
    std::array<std::byte, 1 + kNumberDigits> name{std::byte{'f'}};
    EncodeNumber(name.data() + 1, slot.item);
    arguments.Opaque(name);
    return true;
  }
  void CheckOk(Slot& slot, Decoder& results, size_t) override {
    const std::span<const std::byte> handle = results.Opaque(kHandleBytesMax);
    const EncodedHandle& expected = files_[slot.item];
    Require(handle.size() == LoadU32(expected.bytes.data()) &&
                std::equal(handle.begin(), handle.end(), expected.bytes.begin() + 4),
            "LOOKUP finds another handle than before");
    results.PostOpAttributes();
    results.PostOpAttributes();
  }
};

// Names that no other run has: a letter, the run, a number.
class FreshNames {
 public:
  FreshNames(char letter, uint32_t run) : name_{static_cast<std::byte>(letter)} { EncodeNumber(name_.data() + 1, run); }
  std::string prefix() const { return std::string(reinterpret_cast<const char*>(name_.data()), 1 + kNumberDigits); }
  std::span<const std::byte> Make(uint32_t number) {
    EncodeNumber(name_.data() + 1 + kNumberDigits, number);
    return name_;
  }

 private:
  std::array<std::byte, 1 + 2 * kNumberDigits> name_;
};

class CreateCalls final : public OneCall<kCreate> {
 public:
  CreateCalls(const Options& options, Site& site) : OneCall(options), names_('c', site.run) {
    for (size_t i = 0; i < options.directories; ++i) {
      directories_.push_back(MakeDirectory(site.nfs, site.directory, NumberedName("new", static_cast<uint32_t>(i))));
    }
  }
  bool Encode(Slot&, Encoder& arguments, std::span<const std::byte>&) override {
    const uint32_t number = next_++;
    const EncodedHandle& directory = directories_[number % directories_.size()];
    arguments.Raw(directory.bytes.data(), directory.size);
    arguments.Opaque(names_.Make(number));
    arguments.U32(static_cast<uint32_t>(options_.create_mode));
    if (options_.create_mode == CreateMode::kExclusive) {
      arguments.U64(uint64_t{number} << 32 | 0x62656e63u);
    } else {
      arguments.U32(1);
      arguments.U32(0644);
      for (int absent = 0; absent < 5; ++absent) arguments.U32(0);
    }
    return true;
  }
  void CheckOk(Slot&, Decoder& results, size_t) override {
    Require(results.U32() == 1, "CREATE without a handle");
    results.Opaque(kHandleBytesMax);
    results.PostOpAttributes();
    results.WccData();
  }

 private:
  FreshNames names_;
  std::vector<EncodedHandle> directories_;
  uint32_t next_ = 0;
};

class RemoveCalls final : public OneCall<kRemove> {
 public:
  RemoveCalls(const Options& options, Site& site)
      : OneCall(options),
        names_('r', site.run),
        directory_(MakeDirectory(site.nfs, site.directory, "remove")),
        count_(static_cast<uint32_t>(
            MakeFiles(site.nfs, directory_, names_.prefix(), FileCount(options, kRemovesDefault)).size())) {}
  bool Encode(Slot&, Encoder& arguments, std::span<const std::byte>&) override {
    if (next_ == count_) return false;
    arguments.Raw(directory_.bytes.data(), directory_.size);
    arguments.Opaque(names_.Make(next_++));
    return true;
  }
  void CheckOk(Slot&, Decoder& results, size_t) override { results.WccData(); }

 private:
  FreshNames names_;
  EncodedHandle directory_;
  uint32_t count_;
  uint32_t next_ = 0;
};

// Every slot lists the directory page by page, again and again.
class ReaddirplusCalls final : public OneCall<kReaddirplus> {
 public:
  ReaddirplusCalls(const Options& options, Site& site)
      : OneCall(options),
        count_(FileCount(options, kEntriesDefault)),
        directory_(MakeDirectory(site.nfs, site.directory, NumberedName("list", static_cast<uint32_t>(count_)))) {
    MakeFiles(site.nfs, directory_, "entry-", count_);
    walks_.resize(options.connections * options.depth);
  }
  size_t reply_bytes_seen() const override { return options_.size_bytes + 1024; }
  bool Encode(Slot& slot, Encoder& arguments, std::span<const std::byte>&) override {
    arguments.Raw(directory_.bytes.data(), directory_.size);
    arguments.U64(slot.position);
    arguments.U64(slot.verifier);
    arguments.U32(static_cast<uint32_t>(options_.size_bytes));  // dircount
    arguments.U32(static_cast<uint32_t>(options_.size_bytes));  // maxcount
    return true;
  }
  void CheckOk(Slot& slot, Decoder& results, size_t cut_bytes) override {
    Require(cut_bytes == 0, "READDIRPLUS reply above maxcount");
    results.PostOpAttributes();
    slot.verifier = results.U64();
    uint64_t entries = 0;
    while (results.U32() == 1) {
      results.Skip(8);  // fileid
      Require(!results.Opaque(255).empty(), "READDIRPLUS with an empty name");
      slot.position = results.U64();
      results.PostOpAttributes();
      if (results.U32() != 0) results.Opaque(kHandleBytesMax);
      ++entries;
    }
    const bool end = results.U32() != 0;
    Require(results.ok() && (end || entries > 0), "READDIRPLUS page without entries before the end");
    sums_.entries += entries;
    uint64_t& walked = walks_[slot.index];
    walked += entries;
    if (!end) return;
    Require(walked >= count_ && walked <= count_ + 2, "READDIRPLUS lists too many or too few entries");
    walked = 0;
    slot.position = 0;
    slot.verifier = 0;
  }

 private:
  size_t count_;
  EncodedHandle directory_;
  std::vector<uint64_t> walks_;  // entries seen since the beginning, per slot
};

template <typename T>
std::unique_ptr<Workload> Make(const Options& options, Site& site) {
  return std::make_unique<T>(options, site);
}

template <uint32_t kProcedure, size_t kArguments, size_t kResults>
std::vector<MessageSizes> Sizes(const Options&) {
  return {{CallHeadBytes(kProcedure) + kArguments, kReplyHeadBytes + kResults}};
}

constexpr size_t kNameBytes = 4 + 12;
constexpr size_t kFreshNameBytes = 4 + 20;

constexpr WorkloadKind kKinds[] = {
    {"null", Make<NullCalls>, Sizes<kNull, 0, 0>},
    {"getattr", Make<GetattrCalls>, Sizes<kGetattr, kHandleBytes, 4 + 84>},
    {"lookup", Make<LookupCalls>, Sizes<kLookup, kHandleBytes + kNameBytes, 4 + kHandleBytes + 2 * kPostOpBytes>},
    {"access", Make<AccessCalls>, Sizes<kAccess, kHandleBytes + 4, 4 + kPostOpBytes + 4>},
    {"create", Make<CreateCalls>,
     Sizes<kCreate, kHandleBytes + kFreshNameBytes + 4 + 28, 4 + 4 + kHandleBytes + kPostOpBytes + kWccBytes>},
    {"remove", Make<RemoveCalls>, Sizes<kRemove, kHandleBytes + kFreshNameBytes, 4 + kWccBytes>},
    {"readdirplus", Make<ReaddirplusCalls>,
     [](const Options& options) -> std::vector<MessageSizes> {
       return {{CallHeadBytes(kReaddirplus) + kHandleBytes + 24, kReplyHeadBytes + options.size_bytes}};
     }},
};

}  // namespace

std::span<const WorkloadKind> MetadataWorkloads() {
  return kKinds;
}

}  // namespace dittofs::bench
