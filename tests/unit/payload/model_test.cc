// The whole data path of one file against an array of bytes: random writes, cuts, flushes, failures and restarts.
#include <atomic>
#include <random>
#include <thread>

#include "catch.h"
#include "fixture.h"
#include "seed.h"

namespace {

using namespace dittofs;        // NOLINT: a test
using namespace dittofs::test;  // NOLINT: a test

}  // namespace

TEST_CASE("payload model: thousands of random operations against an array of bytes") {
  const uint64_t seed = Seed();
  INFO("TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  constexpr size_t kSize = 9'500'000;  // three blocks
  PayloadServiceOptions options;
  options.cache_bytes = 5'000'000;
  PayloadFixture f(options);
  std::string model(kSize, '\0');
  std::string durable = model;
  bool flush_may_be_partial = false;
  for (int step = 0; step < 3000; ++step) {
    const size_t from = random() % kSize;
    const size_t length = std::min(kSize - from, random() % 16 == 0 ? random() % 3'000'000 : random() % 20'000);
    switch (random() % 16) {
      case 0: {
        const size_t to = random() % 2 == 0 ? kSize : from + length;
        f.metadata->Cut(from, to);
        std::fill(model.begin() + from, model.begin() + to, '\0');
        std::fill(durable.begin() + from, durable.begin() + to, '\0');
        break;
      }
      case 1: {
        const bool fail = random() % 4 == 0;
        if (fail) f.store.FailPuts(ErrorCode::kIo);
        if (random() % 8 == 0) f.metadata->AnswerNext({ErrorCode::kConflict});
        const Status status = f.Flush();
        if (status.ok()) {
          durable = model;
          flush_may_be_partial = false;
        } else {
          flush_may_be_partial = true;
        }
        f.metadata->AnswerNext({});
        f.store.FailPuts(ErrorCode::kOk);
        break;
      }
      case 2: {
        // A crash: exactly what was flushed is there (unless a flush failed half-way).
        if (random() % 8 != 0 || flush_may_be_partial) break;
        f.Restart();
        model = durable;
        break;
      }
      case 3:
      case 4:
      case 5:
      case 6: {
        std::string text;
        REQUIRE(f.Read(from, static_cast<uint32_t>(length), text).ok());
        REQUIRE(text == model.substr(from, length));
        break;
      }
      default: {
        const std::string text = Pattern(length, static_cast<uint32_t>(random()));
        REQUIRE(f.Write(from, text, random() % 2 == 0).ok());
        model.replace(from, length, text);
        break;
      }
    }
  }
  std::string text;
  REQUIRE(f.Read(0, kSize, text).ok());
  REQUIRE(text == model);
}

TEST_CASE("payload model: reads, writes, cuts and flushes at the same time never mix up pages") {
  const uint64_t seed = Seed();
  INFO("TEST_SEED=" << seed);
  constexpr size_t kPage = 4096;
  constexpr uint64_t kPages = 1500;  // two blocks
  constexpr int kSteps = 1500;
  PayloadServiceOptions options;
  options.cache_bytes = 3'000'000;
  PayloadFixture f(options);
  // A page says which one it is in its first half and repeats the version of its writer in the second.
  const auto page_of = [](uint64_t page, uint64_t version) {
    std::vector<uint64_t> words(kPage / 8, version);
    words[0] = page + 1;
    return std::string(reinterpret_cast<const char*>(words.data()), kPage);
  };
  std::atomic<bool> stop{false};
  std::atomic<int> mixed{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (uint64_t writer = 0; writer < 2; ++writer) {
    threads.emplace_back([&, writer] {
      std::mt19937_64 random(seed + writer);
      for (uint64_t step = 1; step <= kSteps; ++step) {
        const uint64_t page = random() % kPages;
        failed += !f.Write(page * kPage, page_of(page, writer << 32 | step)).ok();
      }
    });
  }
  std::thread cutter([&] {
    std::mt19937_64 random(seed + 10);
    while (!stop) {
      const uint64_t page = random() % kPages;
      f.metadata->Cut(page * kPage, (page + random() % 20) * kPage);
      std::this_thread::yield();
    }
  });
  std::thread flusher([&] {
    while (!stop) failed += !f.Flush().ok();
  });
  std::thread reader([&] {
    std::mt19937_64 random(seed + 20);
    std::string text;
    while (!stop) {
      const uint64_t page = random() % kPages;
      failed += !f.Read(page * kPage, kPage, text).ok();
      std::vector<uint64_t> words(kPage / 8);
      std::memcpy(words.data(), text.data(), text.size());
      const bool zero = words[0] == 0;
      bool whole = words[0] == (zero ? 0 : page + 1);
      for (size_t i = 1; i < words.size(); ++i) whole = whole && words[i] == (zero ? 0 : words[1]);
      mixed += !whole;
    }
  });
  for (std::thread& thread : threads) thread.join();
  stop = true;
  cutter.join();
  flusher.join();
  reader.join();
  CHECK(failed == 0);
  CHECK(mixed == 0);
  // A last word for every page: it must be what is read after a restart.
  for (uint64_t page = 0; page < kPages; page += 3) REQUIRE(f.Write(page * kPage, page_of(page, 7)).ok());
  REQUIRE(f.Flush().ok());
  f.Restart();
  for (uint64_t page = 0; page < kPages; page += 3) REQUIRE(f.ReadText(page * kPage, kPage) == page_of(page, 7));
}
