#include "cache/block_cache.h"

#include <atomic>
#include <thread>
#include <vector>

#include "catch.h"

namespace {

using dittofs::BlockId;
using dittofs::Buffer;
using dittofs::ErrorCode;
using dittofs::Result;
using dittofs::cache::BlockCache;

constexpr size_t kBlockBytes = 4096;

BlockId Id(uint32_t number) {
  BlockId id;
  for (size_t i = 0; i < 4; ++i) id.sha256[28 + i] = static_cast<uint8_t>(number >> (8 * i));
  for (size_t i = 0; i < 4; ++i) id.sha256[i] = static_cast<uint8_t>(number >> (8 * i));
  id.sha256[31] = static_cast<uint8_t>(number);
  return id;
}

Buffer Block(std::byte fill = std::byte{1}, size_t size = kBlockBytes) {
  std::byte* memory = nullptr;
  Buffer buffer = Buffer::Allocate(size, &memory);
  std::fill_n(memory, size, fill);
  return buffer;
}

void ReadWhole(BlockCache& cache, const BlockId& id) {
  (void)cache.FindOrLoad(id, 0, kBlockBytes, [] {}, [] { return Result<Buffer>(Block()); }).ok();
}

}  // namespace

TEST_CASE("block cache: a block is found again") {
  BlockCache cache(1 << 20);
  CHECK(cache.Find(Id(1), 0, 1).empty());
  cache.Insert(Id(1), Block(std::byte{7}));
  const Buffer found = cache.Find(Id(1), 0, 1);
  REQUIRE(found.size() == kBlockBytes);
  CHECK(found.data()[0] == std::byte{7});
}

TEST_CASE("block cache: its size stays below the bound, whatever is put in") {
  constexpr uint64_t kMaxBytes = 1 << 20;
  BlockCache cache(kMaxBytes);
  for (uint32_t i = 0; i < 5000; ++i) {
    cache.Insert(Id(i), Block(std::byte{1}, 100 + i % 20'000));
    REQUIRE(cache.statistics().size_bytes <= kMaxBytes);
  }
  CHECK(cache.statistics().size_bytes > kMaxBytes / 2);
}

TEST_CASE("block cache: a block larger than the bound is served and not kept") {
  BlockCache cache(1000);
  const Result<Buffer> loaded = cache.FindOrLoad(Id(1), 0, 1, [] {}, [] { return Result<Buffer>(Block()); });
  REQUIRE(loaded.ok());
  CHECK(loaded->size() == kBlockBytes);
  CHECK(cache.statistics().size_bytes == 0);
}

TEST_CASE("block cache: one pass over many blocks does not push out those that are used") {
  BlockCache cache(400 * kBlockBytes);
  for (int round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < 100; ++i) ReadWhole(cache, Id(i));
  }
  for (uint32_t i = 1000; i < 6000; ++i) ReadWhole(cache, Id(i));
  size_t still_here = 0;
  for (uint32_t i = 0; i < 100; ++i) still_here += cache.Find(Id(i), 0, 1).empty() ? 0 : 1;
  CHECK(still_here >= 95);
}

TEST_CASE("block cache: reading on inside a block does not count as using it again") {
  BlockCache cache(400 * kBlockBytes);
  for (int round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < 100; ++i) ReadWhole(cache, Id(i));
  }
  for (uint32_t i = 1000; i < 6000; ++i) {
    for (uint64_t at = 0; at < kBlockBytes; at += 1024) {
      (void)cache.FindOrLoad(Id(i), at, 1024, [] {}, [] { return Result<Buffer>(Block()); }).ok();
    }
  }
  size_t still_here = 0;
  for (uint32_t i = 0; i < 100; ++i) still_here += cache.Find(Id(i), 0, 1).empty() ? 0 : 1;
  CHECK(still_here >= 95);
}

TEST_CASE("block cache: a working set that changed is learned") {
  BlockCache cache(400 * kBlockBytes);
  for (int round = 0; round < 5; ++round) {
    for (uint32_t i = 0; i < 300; ++i) ReadWhole(cache, Id(i));
  }
  for (int round = 0; round < 10; ++round) {
    for (uint32_t i = 1000; i < 1300; ++i) ReadWhole(cache, Id(i));
  }
  size_t here = 0;
  for (uint32_t i = 1000; i < 1300; ++i) here += cache.Find(Id(i), 0, 1).empty() ? 0 : 1;
  CHECK(here >= 270);
}

TEST_CASE("block cache: who misses a block that is being loaded waits for that load") {
  BlockCache cache(1 << 20);
  std::atomic<int> loads{0};
  std::atomic<int> waiting{0};
  std::vector<std::thread> readers;
  std::atomic<int> right{0};
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      const Result<Buffer> block = cache.FindOrLoad(
          Id(1), 0, 1, [&] { ++waiting; },
          [&] {
            ++loads;
            while (waiting < 4) std::this_thread::yield();
            return Result<Buffer>(Block(std::byte{9}));
          });
      right += block.ok() && block->data()[0] == std::byte{9};
    });
  }
  for (std::thread& reader : readers) reader.join();
  CHECK(loads == 1);
  CHECK(right == 4);
}

TEST_CASE("block cache: a load that failed is told to all who wait and tried anew by the next") {
  BlockCache cache(1 << 20);
  const Result<Buffer> failed = cache.FindOrLoad(Id(1), 0, 1, [] {}, [] { return Result<Buffer>(ErrorCode::kIo); });
  CHECK(failed.code() == ErrorCode::kIo);
  const Result<Buffer> loaded = cache.FindOrLoad(Id(1), 0, 1, [] {}, [] { return Result<Buffer>(Block()); });
  CHECK(loaded.ok());
}

TEST_CASE("block cache: an evicted block stays valid for those who hold it") {
  BlockCache cache(10 * kBlockBytes);
  cache.Insert(Id(1), Block(std::byte{5}));
  const Buffer held = cache.Find(Id(1), 0, 1);
  for (uint32_t i = 2; i < 200; ++i) cache.Insert(Id(i), Block());
  CHECK(cache.Find(Id(1), 0, 1).empty());
  CHECK(held.data()[kBlockBytes - 1] == std::byte{5});
}
