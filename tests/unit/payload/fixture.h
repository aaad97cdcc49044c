#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "dittofs/stores/memory.h"
#include "fake_clock.h"
#include "fake_metadata.h"
#include "faulty_block_store.h"

namespace dittofs::test {

inline constexpr ContentId kFile{0xabcdef, FileNumber{17}};

/// A payload service over a memory store that can be made to fail, and one file's metadata.
struct PayloadFixture {
  explicit PayloadFixture(PayloadServiceOptions options = {}) : given_options(options) { Restart(); }

  /// A new service: what was dirty is gone, the cache is empty, extents stay.
  void Restart() {
    const auto old = std::move(metadata);
    service.reset();
    PayloadServiceOptions options = given_options;
    options.store = &store;
    options.environment.clock = &clock;
    options.environment.log = &log;
    service = *PayloadService::Create(options);
    metadata = std::make_unique<FakeMetadata>(*service, kFile);
    if (!old) return;
    std::vector<uint32_t> sizes;
    std::vector<Extent> extents = old->extents();
    for (const Extent& extent : extents) sizes.push_back(static_cast<uint32_t>(extent.block_offset + extent.length));
    (void)metadata->Publish(extents, sizes, [] { return Status(); }).ok();
  }

  Status Write(uint64_t offset, std::string_view text, bool owned = false) {
    const auto bytes = base::AsBytes(text);
    return service->Write(kSuperuserContext, kFile, offset,
                          BufferChain(owned ? Buffer::Copy(bytes) : Buffer::Borrow(bytes)));
  }
  Status Read(uint64_t offset, uint32_t length, std::string& text) {
    ReadContent content;
    const Status status = service->Read(
        kSuperuserContext, kFile, offset, length,
        [&](std::vector<Extent>& extents) { return metadata->GetExtents(offset, length, extents); }, content);
    text.assign(content.size_bytes(), '\0');
    content.chain().CopyTo(reinterpret_cast<std::byte*>(text.data()));
    return status;
  }
  /// The bytes, or the error's name.
  std::string ReadText(uint64_t offset, uint32_t length) {
    std::string text;
    const Status status = Read(offset, length, text);
    return status.ok() ? text : std::string(ErrorName(status.code()));
  }
  Status Flush() { return service->Flush(kSuperuserContext, kFile, *metadata); }

  PayloadServiceOptions given_options;
  FakeClock clock;
  CountingLog log;
  std::unique_ptr<BlockStore> memory = MakeMemoryBlockStore();
  FaultyBlockStore store{*memory};
  std::unique_ptr<PayloadService> service;
  std::unique_ptr<FakeMetadata> metadata;
};

/// `size` bytes that differ from place to place and by `seed`.
inline std::string Pattern(size_t size, uint32_t seed = 1) {
  std::string text(size, '\0');
  uint32_t x = seed * 2654435761u + 1;
  for (char& c : text) {
    x = x * 1664525u + 1013904223u;
    c = static_cast<char>(x >> 24);
  }
  return text;
}

}  // namespace dittofs::test
