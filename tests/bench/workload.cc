#include "workload.h"

#include <algorithm>
#include <array>

namespace dittofs::bench {
namespace {

constexpr std::array<std::span<const WorkloadKind> (*)(), 2> kTables = {MetadataWorkloads, PayloadWorkloads};

// Request: record mark, transaction id, wanted length of the reply, zeros. Reply: transaction id, anything.
class EchoWorkload final : public Workload {
 public:
  explicit EchoWorkload(std::span<const MessageSizes> sizes) : sizes_(sizes.begin(), sizes.end()) {
    size_t request_bytes_max = 0;
    for (const MessageSizes& message : sizes_) {
      steps_.push_back({"echo", 0});
      request_bytes_max = std::max(request_bytes_max, message.request_bytes);
    }
    zeros_.resize(request_bytes_max);
  }
  std::span<const Step> steps() const override { return steps_; }
  std::vector<std::byte> MakeHead(const Step&) const override { return std::vector<std::byte>(kMarkBytes + 4); }
  size_t reply_bytes_seen() const override { return 64; }
  bool Encode(Slot& slot, Encoder& arguments, std::span<const std::byte>& payload) override {
    const MessageSizes& message = sizes_[slot.step];
    arguments.U32(static_cast<uint32_t>(message.reply_bytes));
    const size_t rest = message.request_bytes - 8;
    if (rest <= 256) {
      arguments.Raw(zeros_.data(), rest);
    } else {
      payload = std::span(zeros_).first(rest);
    }
    return true;
  }
  uint32_t Check(Slot& slot, std::span<const std::byte> reply, size_t cut_bytes) override {
    if (reply.size() + cut_bytes != sizes_[slot.step].reply_bytes) throw WrongReply("echo of another length");
    return 0;
  }

 private:
  std::vector<MessageSizes> sizes_;
  std::vector<Step> steps_;
  std::vector<std::byte> zeros_;
};

}  // namespace

std::vector<std::byte> NfsWorkload::MakeHead(const Step& step) const {
  return MakeCallHead(kNfsProgram, step.procedure, options_.caller);
}

uint32_t NfsWorkload::Check(Slot& slot, std::span<const std::byte> reply, size_t cut_bytes) {
  Decoder results(reply);
  const char* why = "";
  if (!DecodeReplyHead(results, &why)) throw WrongReply(why);
  if (steps()[slot.step].procedure != kNull) {
    if (const uint32_t status = results.U32(); status != 0) return status;
  }
  CheckOk(slot, results, cut_bytes);
  if (!results.Finished()) throw WrongReply("reply ends too early or too late");
  return 0;
}

std::string WorkloadNames() {
  std::string names;
  for (const auto table : kTables) {
    for (const WorkloadKind& kind : table()) names += (names.empty() ? "" : " | ") + std::string(kind.name);
  }
  return names;
}

const WorkloadKind& FindWorkload(const std::string& name) {
  for (const auto table : kTables) {
    for (const WorkloadKind& kind : table()) {
      if (name == kind.name) return kind;
    }
  }
  throw std::runtime_error("no workload " + name + "; there are " + WorkloadNames());
}

std::unique_ptr<Workload> MakeEchoWorkload(std::span<const MessageSizes> sizes) {
  return std::make_unique<EchoWorkload>(sizes);
}

size_t CallHeadBytes(uint32_t procedure) {
  return MakeCallHead(kNfsProgram, procedure, Caller{}).size() - kMarkBytes;
}

}  // namespace dittofs::bench
