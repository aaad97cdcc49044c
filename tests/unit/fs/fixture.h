#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "dittofs/metadata_service.h"
#include "dittofs/payload_service.h"
#include "dittofs/stores/memory.h"
#include "fake_clock.h"
#include "faulty_block_store.h"
#include "fs/stored_file_system.h"
#include "hooked_metadata_store.h"

namespace dittofs::test {

/// Drops every line.
class SilentLog final : public LogSink {
 public:
  LogLevel level() const noexcept override { return LogLevel::kError; }
  void Write(LogLevel, std::string_view, std::string_view, std::span<const LogField>) override {}
};

/// A stored file system over memory stores; the stores survive Crash().
struct StoredFixture {
  explicit StoredFixture(StoredFileSystemOptions stored_options = {}, PayloadServiceOptions bytes_options = {})
      : options(stored_options), payload_options(bytes_options) {
    options.background_threads = false;
    Start();
  }
  ~StoredFixture() { Stop(); }

  void Start() {
    const Environment environment{&clock, nullptr, &log};
    payload_options.store = &blocks;
    payload_options.environment = environment;
    payload = *PayloadService::Create(payload_options);
    MetadataServiceOptions metadata_options;
    metadata_options.store = &metadata_store;
    metadata_options.share = ShareId{1};
    metadata_options.share_name = "/export";
    metadata_options.environment = environment;
    metadata_options.root_mode = 0777;
    metadata = *MetadataService::Create(metadata_options);
    options.environment = environment;
    fs = MakeStoredFileSystem(*metadata, *payload, options);
  }
  void Stop() {
    fs.reset();
    metadata.reset();
    payload.reset();
  }
  /// What was not made stable is gone.
  void Crash() {
    Stop();
    Start();
  }

  FileNumber Create(std::string_view name, uint32_t mode = 0644) {
    CreateRequest request;
    request.directory = kRootFileNumber;
    request.name = name;
    request.initial.mode = mode;
    CreateReply reply;
    const Status status = fs->Create(user, request, reply);
    return status.ok() ? reply.file.number : FileNumber{};
  }
  Status Write(FileNumber file, uint64_t offset, std::string_view text, Stability stability = Stability::kUnstable) {
    WriteRequest request{file, offset, BufferChain(Buffer::Borrow(base::AsBytes(text))), stability};
    last_write = {};
    return fs->Write(user, request, last_write);
  }
  Status Commit(FileNumber file) {
    last_commit = {};
    return fs->Commit(user, file, 0, 0, last_commit);
  }
  /// The bytes, or the error's name.
  std::string Read(FileNumber file, uint64_t offset, uint32_t length) {
    ReadReply reply;
    const Status status = fs->Read(user, file, offset, length, reply);
    if (!status.ok()) return std::string(ErrorName(status.code()));
    last_end_of_file = reply.end_of_file;
    std::string text(reply.content.size_bytes(), '\0');
    reply.content.chain().CopyTo(reinterpret_cast<std::byte*>(text.data()));
    return text;
  }
  Status Truncate(FileNumber file, uint64_t size) {
    AttributeChanges changes;
    changes.size_bytes = size;
    SetAttributesReply reply;
    return fs->SetAttributes(user, file, changes, reply);
  }
  Status Remove(std::string_view name) {
    RemoveRequest request;
    request.directory = kRootFileNumber;
    request.name = name;
    RemoveReply reply;
    return fs->Remove(user, request, reply);
  }
  uint64_t SizeOf(FileNumber file) {
    Attributes attributes;
    return fs->GetAttributes(user, file, AttributeMask::kAll, attributes).ok() ? attributes.size_bytes : UINT64_MAX;
  }
  FileNumber Find(std::string_view name) {
    LookupReply reply;
    return fs->Lookup(user, kRootFileNumber, name, AttributeMask::kAll, reply).ok() ? reply.file.number : FileNumber{};
  }

  StoredFileSystemOptions options;
  PayloadServiceOptions payload_options;
  FakeClock clock;
  SilentLog log;
  std::unique_ptr<MetadataStore> memory_metadata = MakeMemoryMetadataStore();
  HookedMetadataStore metadata_store{*memory_metadata};
  std::unique_ptr<BlockStore> memory_blocks = MakeMemoryBlockStore();
  FaultyBlockStore blocks{*memory_blocks};
  std::unique_ptr<PayloadService> payload;
  std::unique_ptr<MetadataService> metadata;
  std::unique_ptr<StoredFileSystem> fs;
  CallContext user{Identity{1000, 1000, {}}, nullptr};
  WriteReply last_write;
  CommitReply last_commit;
  bool last_end_of_file = false;
};

}  // namespace dittofs::test
