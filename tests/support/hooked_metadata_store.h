#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "dittofs/metadata_store.h"

namespace dittofs::test {

/// A metadata store that calls a test at chosen moments, to put two operations into one certain order. Thread-safe.
class HookedMetadataStore final : public MetadataStore {
 public:
  explicit HookedMetadataStore(MetadataStore& inner) : inner_(inner) {}

  /// Called once, before a View() for which `skip` others have gone by.
  void BeforeView(int skip, std::function<void()> hook) {
    std::lock_guard lock(mutex_);
    skip_views_ = skip;
    before_view_ = std::move(hook);
  }
  /// Called once, after the next Update() that committed, before its caller knows.
  void AfterUpdate(std::function<void()> hook) {
    std::lock_guard lock(mutex_);
    after_update_ = std::move(hook);
  }

  const MetadataStoreTraits& traits() const noexcept override { return inner_.traits(); }
  std::string Describe() const override { return inner_.Describe(); }
  Result<ShareRecord> OpenShare(ShareId share, std::string_view name, uint64_t new_block_scope,
                                Timestamp now) override {
    return inner_.OpenShare(share, name, new_block_scope, now);
  }
  Result<std::vector<ShareId>> ListShares() override { return inner_.ListShares(); }
  Status View(ShareId share, FunctionRef<Status(MetadataReader&)> fn) override {
    std::function<void()> hook;
    {
      std::lock_guard lock(mutex_);
      if (before_view_ && skip_views_-- == 0) hook = std::exchange(before_view_, nullptr);
    }
    if (hook) hook();
    return inner_.View(share, fn);
  }
  Status Update(ShareId share, CommitDurability durability, FunctionRef<Status(MetadataTransaction&)> fn) override {
    Status status = inner_.Update(share, durability, fn);
    std::function<void()> hook;
    if (status.ok()) {
      std::lock_guard lock(mutex_);
      hook = std::exchange(after_update_, nullptr);
    }
    if (hook) hook();
    return status;
  }
  Status Sync() override { return inner_.Sync(); }
  Result<uint64_t> AllocateNumbers(ShareId share, uint32_t count) override {
    return inner_.AllocateNumbers(share, count);
  }

 private:
  MetadataStore& inner_;
  std::mutex mutex_;
  int skip_views_ = 0;
  std::function<void()> before_view_;
  std::function<void()> after_update_;
};

}  // namespace dittofs::test
