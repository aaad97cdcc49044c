#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "dittofs/block_store.h"

namespace dittofs::test {

/// A block store whose calls can be watched, failed and held up. Thread-safe.
class FaultyBlockStore final : public BlockStore {
 public:
  explicit FaultyBlockStore(BlockStore& inner) : inner_(inner) {}

  /// Every Put (Get, Delete) answers `code` from now on; kOk: as the inner store does.
  void FailPuts(ErrorCode code) { put_code_ = code; }
  void FailGets(ErrorCode code) { get_code_ = code; }
  void FailDeletes(ErrorCode code) { delete_code_ = code; }
  /// Called before every Put or Get with its key; may wait, call the store, and set another hook.
  void OnPut(std::function<void(std::string_view)> hook) { Set(on_put_, std::move(hook)); }
  void OnGet(std::function<void(std::string_view)> hook) { Set(on_get_, std::move(hook)); }
  size_t puts() const { return puts_; }
  size_t gets() const { return gets_; }
  size_t deletes() const { return deletes_; }

  /// Flips a bit in the stored object.
  Status Corrupt(std::string_view key, size_t at) {
    const Result<uint64_t> size = inner_.Stat(key);
    if (!size.ok()) return size.status();
    std::vector<std::byte> content(*size);
    size_t got = 0;
    Status status = inner_.Get(key, 0, content, &got);
    if (!status.ok()) return status;
    content[at] ^= std::byte{1};
    return inner_.Put(key, content);
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    (void)inner_
        .List("",
              [&](const StoredObject& object) {
                keys.emplace_back(object.key);
                return true;
              })
        .ok();
    return keys;
  }

  const BlockStoreTraits& traits() const noexcept override { return inner_.traits(); }
  std::string Describe() const override { return "faulty:" + inner_.Describe(); }
  Status Put(std::string_view key, std::span<const std::byte> content) override {
    ++puts_;
    Call(on_put_, key);
    if (put_code_ != ErrorCode::kOk) return Status(put_code_, "injected");
    return inner_.Put(key, content);
  }
  Status Get(std::string_view key, uint64_t offset, std::span<std::byte> into, size_t* read_bytes) override {
    ++gets_;
    Call(on_get_, key);
    *read_bytes = 0;
    if (get_code_ != ErrorCode::kOk) return Status(get_code_, "injected");
    return inner_.Get(key, offset, into, read_bytes);
  }
  Result<uint64_t> Stat(std::string_view key) override { return inner_.Stat(key); }
  Status Delete(std::string_view key) override {
    ++deletes_;
    if (delete_code_ != ErrorCode::kOk) return Status(delete_code_, "injected");
    return inner_.Delete(key);
  }
  Status List(std::string_view prefix, FunctionRef<bool(const StoredObject&)> visit) override {
    return inner_.List(prefix, visit);
  }

 private:
  using Hook = std::function<void(std::string_view)>;
  void Set(Hook& hook, Hook value) {
    std::lock_guard lock(mutex_);
    hook = std::move(value);
  }
  void Call(const Hook& hook, std::string_view key) {
    Hook copy;
    {
      std::lock_guard lock(mutex_);
      copy = hook;
    }
    if (copy) copy(key);
  }

  BlockStore& inner_;
  std::mutex mutex_;
  std::atomic<ErrorCode> put_code_{ErrorCode::kOk};
  std::atomic<ErrorCode> get_code_{ErrorCode::kOk};
  std::atomic<ErrorCode> delete_code_{ErrorCode::kOk};
  Hook on_put_;
  Hook on_get_;
  std::atomic<size_t> puts_{0};
  std::atomic<size_t> gets_{0};
  std::atomic<size_t> deletes_{0};
};

}  // namespace dittofs::test
