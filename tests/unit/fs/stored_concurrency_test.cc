// Everything at once on one share with its background threads: no mixture, no lost byte, no race (run under TSan).
#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "catch.h"
#include "fixture.h"
#include "seed.h"

namespace {

using namespace dittofs;        // NOLINT: a test
using namespace dittofs::test;  // NOLINT: a test

/// As StoredFixture, with threads of its own and a clock that runs.
struct Running {
  explicit Running(uint64_t max_dirty_bytes) {
    PayloadServiceOptions payload_options;
    payload_options.store = &blocks;
    payload_options.max_dirty_bytes = max_dirty_bytes;
    payload_options.environment.log = &log;
    payload = *PayloadService::Create(payload_options);
    MetadataServiceOptions metadata_options;
    metadata_options.store = store.get();
    metadata_options.share = ShareId{1};
    metadata_options.root_mode = 0777;
    metadata = *MetadataService::Create(metadata_options);
    StoredFileSystemOptions options;
    options.environment.log = &log;
    options.flush_after_ms = 5;
    options.collect_every_ms = 5;
    fs = MakeStoredFileSystem(*metadata, *payload, options);
  }
  FileNumber Create(std::string_view name) {
    CreateRequest request;
    request.directory = kRootFileNumber;
    request.name = name;
    CreateReply reply;
    return fs->Create(kSuperuserContext, request, reply).ok() ? reply.file.number : FileNumber{};
  }
  Status Write(FileNumber file, uint64_t offset, std::string_view text, Stability stability = Stability::kUnstable) {
    WriteRequest request{file, offset, BufferChain(Buffer::Borrow(base::AsBytes(text))), stability};
    WriteReply reply;
    return fs->Write(kSuperuserContext, request, reply);
  }
  Status Read(FileNumber file, uint64_t offset, uint32_t length, std::string& text) {
    ReadReply reply;
    const Status status = fs->Read(kSuperuserContext, file, offset, length, reply);
    text.assign(reply.content.size_bytes(), '\0');
    reply.content.chain().CopyTo(reinterpret_cast<std::byte*>(text.data()));
    return status;
  }
  Status Truncate(FileNumber file, uint64_t size) {
    AttributeChanges changes;
    changes.size_bytes = size;
    SetAttributesReply reply;
    return fs->SetAttributes(kSuperuserContext, file, changes, reply);
  }

  SilentLog log;
  std::unique_ptr<MetadataStore> store = MakeMemoryMetadataStore();
  std::unique_ptr<BlockStore> memory_blocks = MakeMemoryBlockStore();
  FaultyBlockStore blocks{*memory_blocks};
  std::unique_ptr<PayloadService> payload;
  std::unique_ptr<MetadataService> metadata;
  std::unique_ptr<StoredFileSystem> fs;
};

}  // namespace

TEST_CASE("stored concurrency: a file that is written whole and truncated is always whole or shorter, never zeros") {
  Running r(64 << 20);
  const FileNumber file = r.Create("a");
  const std::string content(30'000, 'x');
  std::atomic<bool> stop{false};
  std::atomic<int> zeros{0};
  std::atomic<int> failed{0};
  std::thread reader([&] {
    std::string text;
    while (!stop) {
      failed += !r.Read(file, 0, 40'000, text).ok();
      zeros += text.find('\0') != text.npos;
    }
  });
  std::thread writer([&] {
    for (int i = 0; i < 1000; ++i) {
      failed += !r.Write(file, 0, content, i % 16 == 0 ? Stability::kFileSync : Stability::kUnstable).ok();
      failed += !r.Truncate(file, 0).ok();
    }
  });
  writer.join();
  stop = true;
  reader.join();
  CHECK(failed == 0);
  CHECK(zeros == 0);
}

TEST_CASE("stored concurrency: truncations by another client never leave zeros where a write was acknowledged") {
  Running r(64 << 20);
  const FileNumber file = r.Create("a");
  const std::string content(20'000, 'x');
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::thread cutter([&] {
    while (!stop) failed += !r.Truncate(file, 0).ok();
  });
  std::thread committer([&] {
    while (!stop) {
      CommitReply reply;
      failed += !r.fs->Commit(kSuperuserContext, file, 0, 0, reply).ok();
    }
  });
  // Whatever the order of write and cut, the file is empty or 'x' from its start to its end.
  int zeros = 0;
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    failed += !r.Write(file, 0, content).ok();
    failed += !r.Read(file, 0, 20'000, text).ok();
    zeros += text.find('\0') != text.npos;
  }
  stop = true;
  cutter.join();
  committer.join();
  CHECK(failed == 0);
  CHECK(zeros == 0);
}

TEST_CASE("stored concurrency: equal content written, removed and collected all the time is never lost") {
  const uint64_t seed = Seed();
  INFO("TEST_SEED=" << seed);
  Running r(64 << 20);
  std::atomic<int> failed{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937_64 random(seed + static_cast<uint64_t>(thread));
      std::string text;
      for (int i = 0; i < 150; ++i) {
        const std::string name = std::to_string(thread) + "." + std::to_string(i);
        const std::string content(5000, static_cast<char>('a' + random() % 3));
        const FileNumber file = r.Create(name);
        failed += !r.Write(file, 0, content, Stability::kFileSync).ok();
        failed += !r.Read(file, 0, 5000, text).ok();
        wrong += text != content;
        RemoveRequest request;
        request.directory = kRootFileNumber;
        request.name = name;
        RemoveReply reply;
        failed += !r.fs->Remove(kSuperuserContext, request, reply).ok();
      }
    });
  }
  std::thread collector([&] {
    for (int i = 0; i < 100; ++i) (void)r.fs->RunBackgroundWork().ok();
  });
  for (std::thread& thread : threads) thread.join();
  collector.join();
  CHECK(failed == 0);
  CHECK(wrong == 0);
}

TEST_CASE("stored concurrency: more is written than there is room for dirty bytes, and nothing fails") {
  Running r(200'000);
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  std::vector<FileNumber> files;
  for (const char* name : {"a", "b", "c"}) files.push_back(r.Create(name));
  for (const FileNumber file : files) {
    threads.emplace_back([&, file] {
      const std::string content(10'000, static_cast<char>('a' + file.value % 26));
      for (uint64_t i = 0; i < 100; ++i) failed += !r.Write(file, i * 10'000, content).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  REQUIRE(r.fs->Close(60'000).ok());
  for (const FileNumber file : files) {
    std::string text;
    REQUIRE(r.Read(file, 0, 1'000'000, text).ok());
    CHECK(text == std::string(1'000'000, static_cast<char>('a' + file.value % 26)));
  }
}

TEST_CASE("stored concurrency: random operations of several clients keep pages whole") {
  const uint64_t seed = Seed();
  INFO("TEST_SEED=" << seed);
  constexpr uint64_t kPage = 4096;
  constexpr uint64_t kPages = 600;
  Running r(1 << 20);
  const FileNumber file = r.Create("a");
  const auto page_of = [](uint64_t page, uint64_t version) {
    std::vector<uint64_t> words(kPage / 8, version);
    words[0] = page + 1;
    return std::string(reinterpret_cast<const char*>(words.data()), kPage);
  };
  std::atomic<int> failed{0};
  std::atomic<int> mixed{0};
  std::vector<std::thread> threads;
  for (uint64_t client = 1; client <= 3; ++client) {
    threads.emplace_back([&, client] {
      std::mt19937_64 random(seed + client);
      std::string text;
      for (uint64_t step = 0; step < 1500; ++step) {
        const uint64_t page = random() % kPages;
        switch (random() % 10) {
          case 0:
            failed += !r.Truncate(file, random() % kPages * kPage).ok();
            break;
          case 1: {
            CommitReply reply;
            failed += !r.fs->Commit(kSuperuserContext, file, 0, 0, reply).ok();
            break;
          }
          case 2: {
            SetAttributesReply reply;
            failed += !r.fs->Deallocate(kSuperuserContext, file, page * kPage, 10 * kPage, reply).ok();
            break;
          }
          case 3:
          case 4:
          case 5: {
            failed += !r.Read(file, page * kPage, kPage, text).ok();
            if (text.empty()) break;
            std::vector<uint64_t> words(kPage / 8);
            std::memcpy(words.data(), text.data(), text.size());
            const bool zero = words[0] == 0;
            bool whole = text.size() == kPage && words[0] == (zero ? 0 : page + 1);
            for (size_t i = 1; i < words.size(); ++i) whole = whole && words[i] == (zero ? 0 : words[1]);
            mixed += !whole;
            break;
          }
          default:
            failed += !r.Write(file, page * kPage, page_of(page, client << 32 | step)).ok();
            break;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(mixed == 0);
}
