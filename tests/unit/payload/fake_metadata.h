#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "dittofs/payload_service.h"

namespace dittofs::test {

/// The metadata of one file as a flush and a read see it: extents behind a gate, and which blocks are stored.
/// Thread-safe.
class FakeMetadata final : public ExtentPublisher {
 public:
  FakeMetadata(PayloadService& payload, ContentId id) : payload_(payload), id_(id) {}

  Status FindBlock(const BlockId& block) override {
    std::lock_guard lock(gate_);
    ++finds_;
    return stored_.contains(block) ? ErrorCode::kOk : ErrorCode::kNotFound;
  }
  Status Publish(std::span<const Extent> extents, std::span<const uint32_t> block_sizes,
                 FunctionRef<Status()> still_wanted) override {
    if (const auto hook = std::exchange(before_gate_, nullptr)) hook();
    std::lock_guard lock(gate_);
    ++publishes_;
    if (!answers_.empty()) {
      const ErrorCode code = answers_.front();
      answers_.erase(answers_.begin());
      if (code != ErrorCode::kOk) return code;
    }
    DITTOFS_RETURN_IF_ERROR(still_wanted());
    if (extents.size() != block_sizes.size()) return ErrorCode::kInvalidArgument;
    uint64_t end = 0;
    for (size_t i = 0; i < extents.size(); ++i) {
      const Extent& extent = extents[i];
      if (extent.offset < end || extent.length == 0 || extent.block_offset + extent.length > block_sizes[i]) {
        return ErrorCode::kInvalidArgument;
      }
      end = extent.offset + extent.length;
      RemoveExtents(extent.offset, end);
      extents_[extent.offset] = extent;
      stored_.insert(extent.block);
    }
    return {};
  }

  /// A truncation or hole: extents and dirty bytes in [from, to) go, at the gate.
  void Cut(uint64_t from, uint64_t to) {
    std::lock_guard lock(gate_);
    RemoveExtents(from, to);
    payload_.Discard(id_, from, to);
  }
  Status GetExtents(uint64_t offset, uint64_t length, std::vector<Extent>& extents) {
    std::lock_guard lock(gate_);
    for (const auto& [at, extent] : extents_) {
      if (at < offset + length && at + extent.length > offset) extents.push_back(extent);
    }
    return {};
  }
  std::vector<Extent> extents() {
    std::vector<Extent> all;
    (void)GetExtents(0, UINT64_MAX / 2, all).ok();
    return all;
  }
  /// What the next calls of Publish() answer.
  void AnswerNext(std::vector<ErrorCode> answers) {
    std::lock_guard lock(gate_);
    answers_ = std::move(answers);
  }
  /// Called once, by the next Publish() before it waits for the gate.
  void BeforeNextPublish(std::function<void()> hook) { before_gate_ = std::move(hook); }
  void ForgetBlocks() {
    std::lock_guard lock(gate_);
    stored_.clear();
  }
  void MarkStored(const BlockId& block) {
    std::lock_guard lock(gate_);
    stored_.insert(block);
  }
  size_t publishes() const { return publishes_; }

 private:
  void RemoveExtents(uint64_t from, uint64_t to) {
    std::vector<Extent> kept;
    for (auto at = extents_.begin(); at != extents_.end();) {
      const Extent extent = at->second;
      const uint64_t end = extent.offset + extent.length;
      if (end <= from || extent.offset >= to) {
        ++at;
        continue;
      }
      if (extent.offset < from)
        kept.push_back({extent.offset, from - extent.offset, extent.block, extent.block_offset});
      if (end > to) {
        kept.push_back({to, end - to, extent.block, extent.block_offset + static_cast<uint32_t>(to - extent.offset)});
      }
      at = extents_.erase(at);
    }
    for (const Extent& extent : kept) extents_[extent.offset] = extent;
  }

  PayloadService& payload_;
  const ContentId id_;
  std::mutex gate_;
  std::map<uint64_t, Extent> extents_;
  std::set<BlockId> stored_;
  std::vector<ErrorCode> answers_;
  std::function<void()> before_gate_;
  size_t publishes_ = 0;
  size_t finds_ = 0;
};

/// Swallows log lines and remembers the errors.
class CountingLog final : public LogSink {
 public:
  LogLevel level() const noexcept override { return LogLevel::kDebug; }
  void Write(LogLevel level, std::string_view, std::string_view message, std::span<const LogField>) override {
    std::lock_guard lock(mutex_);
    if (level == LogLevel::kError) errors_.emplace_back(message);
  }
  std::vector<std::string> errors() {
    std::lock_guard lock(mutex_);
    return errors_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> errors_;
};

}  // namespace dittofs::test
