#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "dittofs/metadata_service.h"
#include "dittofs/stores/memory.h"

namespace dittofs {

/// Every look at it is a microsecond later. Thread-safe.
class SteppingClock final : public Clock {
 public:
  Timestamp Now() override {
    const uint64_t now = now_us_.fetch_add(1) + 1;
    return {static_cast<int64_t>(now / 1'000'000), static_cast<uint32_t>(now % 1'000'000 * 1000)};
  }
  uint64_t MonotonicNanoseconds() override { return now_us_.load() * 1000; }
  void Advance(uint64_t seconds) { now_us_ += seconds * 1'000'000; }

 private:
  std::atomic<uint64_t> now_us_{1'700'000'000'000'000};
};

/// The same bytes in every run.
class CountingRandom final : public Random {
 public:
  void Fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(next_.fetch_add(0x9d) >> 3);
  }

 private:
  std::atomic<uint32_t> next_{1};
};

/// Somebody who calls, with the groups kept alive.
class Caller {
 public:
  Caller(uint32_t uid, uint32_t gid, std::initializer_list<uint32_t> groups = {}) : groups_(groups) {
    context_.caller = {uid, gid, groups_};
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  operator const CallContext&() const { return context_; }  // NOLINT: implicit on purpose

 private:
  std::vector<uint32_t> groups_;
  CallContext context_;
};

/// A service over a store in memory, its root writable by all.
class ServiceFixture {
 public:
  explicit ServiceFixture(MetadataServiceOptions with = {}) : options(with) {
    if (!options.store) {
      owned_store = MakeMemoryMetadataStore();
      options.store = owned_store.get();
    }
    options.share = ShareId{1};
    options.share_name = "test";
    options.environment = {&clock, &random, nullptr};
    options.root_mode = 0777;
    Open();
  }
  void Open() {
    service.reset();
    auto opened = MetadataService::Create(options);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    service = *std::move(opened);
  }

  ErrorCode Create(const CallContext& who, FileNumber directory, std::string_view name, uint32_t mode = 0644,
                   Attributes* file = nullptr) {
    CreateRequest request{directory, name, CreateDisposition::kMustCreate, {}, {}};
    request.initial.mode = mode;
    CreateReply reply;
    const Status status = service->Create(who, request, reply);
    if (file) *file = reply.file;
    return status.code();
  }
  ErrorCode MakeDirectory(const CallContext& who, FileNumber directory, std::string_view name, uint32_t mode = 0755,
                          Attributes* file = nullptr) {
    AttributeChanges initial;
    initial.mode = mode;
    MakeReply reply;
    const Status status = service->MakeDirectory(who, directory, name, initial, reply);
    if (file) *file = reply.file;
    return status.code();
  }
  ErrorCode Remove(const CallContext& who, FileNumber directory, std::string_view name,
                   RemoveKind kind = RemoveKind::kAnyButDirectory) {
    RemoveReply reply;
    return service->Remove(who, {directory, name, kind, {}}, reply).code();
  }
  ErrorCode Rename(const CallContext& who, FileNumber from, std::string_view from_name, FileNumber to,
                   std::string_view to_name, RenameReply* reply = nullptr) {
    RenameReply own;
    return service->Rename(who, {from, from_name, to, to_name, true, {}}, reply ? *reply : own).code();
  }
  ErrorCode Link(const CallContext& who, FileNumber file, FileNumber directory, std::string_view name) {
    LinkReply reply;
    return service->Link(who, file, directory, name, reply).code();
  }
  ErrorCode Set(const CallContext& who, FileNumber file, const AttributeChanges& changes, ChangePair* pair = nullptr) {
    SetAttributesReply reply;
    const Status status = service->SetAttributes(who, file, changes, reply);
    if (pair) *pair = reply.file;
    return status.code();
  }
  ErrorCode SetMode(const CallContext& who, FileNumber file, uint32_t mode) {
    AttributeChanges changes;
    changes.mode = mode;
    return Set(who, file, changes);
  }
  ErrorCode SetSize(const CallContext& who, FileNumber file, uint64_t size_bytes) {
    AttributeChanges changes;
    changes.size_bytes = size_bytes;
    return Set(who, file, changes);
  }
  ErrorCode SetOwner(const CallContext& who, FileNumber file, uint32_t uid, uint32_t gid) {
    AttributeChanges changes;
    changes.uid = uid;
    changes.gid = gid;
    return Set(who, file, changes);
  }
  ErrorCode Find(const CallContext& who, FileNumber directory, std::string_view name, Attributes* file = nullptr) {
    LookupReply reply;
    const Status status = service->Lookup(who, directory, name, AttributeMask::kAll, reply);
    if (file) *file = reply.file;
    return status.code();
  }
  Attributes Get(FileNumber file) {
    Attributes attributes;
    REQUIRE(service->GetAttributes(kSuperuserContext, file, AttributeMask::kAll, attributes).ok());
    return attributes;
  }
  FileNumber NewFile(std::string_view name, uint32_t mode = 0644, FileNumber directory = kRootFileNumber,
                     const CallContext& who = kSuperuserContext) {
    Attributes file;
    REQUIRE(Create(who, directory, name, mode, &file) == ErrorCode::kOk);
    return file.number;
  }
  FileNumber NewDirectory(std::string_view name, uint32_t mode = 0755, FileNumber directory = kRootFileNumber,
                          const CallContext& who = kSuperuserContext) {
    Attributes file;
    REQUIRE(MakeDirectory(who, directory, name, mode, &file) == ErrorCode::kOk);
    return file.number;
  }

  std::unique_ptr<MetadataStore> owned_store;
  SteppingClock clock;
  CountingRandom random;
  MetadataServiceOptions options;
  std::unique_ptr<MetadataService> service;

  const Caller root{0, 0};
  const Caller alice{1000, 100, {100, 200}};
  const Caller bob{1001, 101, {101, 200}};
};

}  // namespace dittofs
