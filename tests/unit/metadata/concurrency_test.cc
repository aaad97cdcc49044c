#include <algorithm>
#include <random>
#include <thread>

#include "fixture.h"
#include "tree_checker.h"

namespace dittofs {
namespace {

// Runs `work(thread)` on so many threads at once.
template <typename Work>
void RunThreads(unsigned count, Work work) {
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < count; ++t) threads.emplace_back([&work, t] { work(t); });
  for (std::thread& thread : threads) thread.join();
}

constexpr unsigned kThreads = 8;

}  // namespace

TEST_CASE("the change pairs of creates by many threads in one directory leave no gap") {
  ServiceFixture f;
  constexpr int kFiles = 150;
  std::vector<ChangePair> pairs[kThreads];
  const uint64_t first = f.Get(kRootFileNumber).change;
  RunThreads(kThreads, [&](unsigned t) {
    for (int i = 0; i < kFiles; ++i) {
      const std::string name = std::to_string(t) + "-" + std::to_string(i);
      CreateReply reply;
      if (!f.service->Create(f.alice, {kRootFileNumber, name, CreateDisposition::kMustCreate, {}, {}}, reply).ok()) {
        return;
      }
      pairs[t].push_back(reply.directory);
    }
  });
  std::vector<ChangePair> all;
  for (const auto& some : pairs) all.insert(all.end(), some.begin(), some.end());
  REQUIRE(all.size() == kThreads * kFiles);
  std::sort(all.begin(), all.end(),
            [](const ChangePair& a, const ChangePair& b) { return a.before->change < b.before->change; });
  CHECK(all.front().before->change == first);
  for (size_t i = 1; i < all.size(); ++i) {
    REQUIRE(all[i].before->change == all[i - 1].after.change);
    REQUIRE(all[i].before->mtime == all[i - 1].after.mtime);
  }
  CHECK(f.Get(kRootFileNumber).change == all.back().after.change);
  CHECK(CheckTree(*f.options.store, f.options.share, *f.service).empty());
}

TEST_CASE("of many who create one name, one wins") {
  ServiceFixture f;
  for (int round = 0; round < 40; ++round) {
    std::atomic<int> made{0};
    const std::string name = "n" + std::to_string(round);
    RunThreads(kThreads, [&](unsigned) {
      if (f.Create(f.alice, kRootFileNumber, name) == ErrorCode::kOk) ++made;
    });
    REQUIRE(made == 1);
  }
}

TEST_CASE("a removed directory never has a name in it") {
  ServiceFixture f;
  for (int round = 0; round < 60; ++round) {
    const FileNumber directory = f.NewDirectory("d");
    std::atomic<ErrorCode> created{ErrorCode::kInternal};
    std::atomic<ErrorCode> removed{ErrorCode::kInternal};
    RunThreads(2, [&](unsigned t) {
      if (t == 0) created = f.Create(f.root, directory, "x");
      if (t == 1) removed = f.Remove(f.root, kRootFileNumber, "d", RemoveKind::kDirectory);
    });
    if (removed == ErrorCode::kOk) {
      REQUIRE(created == ErrorCode::kStale);
    } else {
      REQUIRE(removed == ErrorCode::kNotEmpty);
      REQUIRE(created == ErrorCode::kOk);
      REQUIRE(f.Remove(f.root, directory, "x") == ErrorCode::kOk);
      REQUIRE(f.Remove(f.root, kRootFileNumber, "d", RemoveKind::kDirectory) == ErrorCode::kOk);
    }
  }
  CHECK(CheckTree(*f.options.store, f.options.share, *f.service).empty());
}

TEST_CASE("directories that move into each other at once make no cycle") {
  ServiceFixture f;
  for (int round = 0; round < 60; ++round) {
    const std::string a_name = "a" + std::to_string(round);
    const std::string b_name = "b" + std::to_string(round);
    const FileNumber a = f.NewDirectory(a_name);
    const FileNumber b = f.NewDirectory(b_name);
    std::atomic<int> moved{0};
    RunThreads(2, [&](unsigned t) {
      const ErrorCode code = t == 0 ? f.Rename(f.root, kRootFileNumber, a_name, b, "x")
                                    : f.Rename(f.root, kRootFileNumber, b_name, a, "x");
      if (code == ErrorCode::kOk) ++moved;
    });
    REQUIRE(moved == 1);
  }
  CHECK(CheckTree(*f.options.store, f.options.share, *f.service).empty());
}

TEST_CASE("a name that is replaced again and again is always there") {
  ServiceFixture f;
  f.NewFile("target");
  std::atomic<bool> stop{false};
  std::atomic<int> missing{0};
  RunThreads(3, [&](unsigned t) {
    if (t == 0) {
      for (int i = 0; i < 400; ++i) {
        const std::string name = "source" + std::to_string(i);
        if (f.Create(f.root, kRootFileNumber, name) != ErrorCode::kOk) ++missing;
        if (f.Rename(f.root, kRootFileNumber, name, kRootFileNumber, "target") != ErrorCode::kOk) ++missing;
      }
      stop = true;
      return;
    }
    while (!stop) {
      if (f.Find(f.root, kRootFileNumber, "target") != ErrorCode::kOk) ++missing;
    }
  });
  CHECK(missing == 0);
}

TEST_CASE("storms of every name operation leave a consistent tree") {
  const bool tiny_cache = GENERATE(false, true);
  MetadataServiceOptions options;
  if (tiny_cache) options.cache_bytes = 64 * 1024;
  ServiceFixture f(options);
  constexpr size_t kDirectories = 6;
  std::vector<FileNumber> directories{kRootFileNumber};
  for (size_t i = 1; i < kDirectories; ++i) directories.push_back(f.NewDirectory("base" + std::to_string(i)));
  RunThreads(kThreads, [&](unsigned t) {
    std::mt19937 random(t);
    std::vector<FileNumber> mine = directories;  // and directories that this thread has seen being made
    for (int i = 0; i < 400; ++i) {
      const FileNumber a = mine[random() % mine.size()];
      const FileNumber b = mine[random() % mine.size()];
      const std::string x(1, static_cast<char>('a' + random() % 6));
      const std::string y(1, static_cast<char>('A' + random() % 6));
      const std::string& name = random() % 2 ? x : y;
      Attributes made;
      switch (random() % 8) {
        case 0:
          f.Create(f.root, a, name);
          break;
        case 1:
          if (f.MakeDirectory(f.root, a, name, 0755, &made) == ErrorCode::kOk) mine.push_back(made.number);
          break;
        case 2:
          f.Remove(f.root, a, name);
          break;
        case 3:
          f.Remove(f.root, a, name, RemoveKind::kDirectory);
          break;
        case 4:
        case 5:
          f.Rename(f.root, a, x, b, y);
          break;
        case 6:
          if (f.Find(f.root, a, name, &made) == ErrorCode::kOk) f.Link(f.root, made.number, b, y);
          break;
        case 7: {
          f.SetMode(f.root, a, 0700 + random() % 64);
          if (f.Find(f.root, a, name, &made) == ErrorCode::kOk && made.type == FileType::kRegular) {
            ChangePair pair;
            f.service->NoteWrite(f.root, made.number, random() % 100, 10, pair).ok();
            f.service->PublishPending(f.root, made.number, nullptr).ok();
          }
          break;
        }
      }
    }
  });
  CHECK(CheckTree(*f.options.store, f.options.share, *f.service) == "");
}

TEST_CASE("writes, publishes and truncations of one file at once keep sizes and extents together") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a");
  const FileNumber other = f.NewFile("b");
  RunThreads(4, [&](unsigned t) {
    std::mt19937 random(t);
    for (int i = 0; i < 200; ++i) {
      const uint64_t offset = random() % 1000;
      ChangePair pair;
      BlockId block;
      block.sha256.fill(static_cast<uint8_t>(random() % 5));
      const Extent extent{offset, 100, block, 0};
      const uint32_t size = 1000;
      switch (t) {
        case 0:
          (void)f.service->NoteWrite(f.root, file, offset, 100, pair);
          break;
        case 1:
          (void)f.service->FindBlock(f.root, block, nullptr);
          (void)f.service->PublishExtents(f.root, file, std::span(&extent, 1), std::span(&size, 1), &pair);
          break;
        case 2:
          f.SetSize(f.root, file, offset);
          (void)f.service->CloneExtents(f.root, file, 0, other, offset, 50, pair);
          break;
        case 3: {
          std::vector<BlockId> blocks;
          (void)f.service->TakeUnreferencedBlocks(3, blocks);
          for (const BlockId& taken : blocks) (void)f.service->ForgetBlock(taken);
          (void)f.service->PublishPending(f.root, file, &pair);
          std::vector<Extent> extents;
          (void)f.service->GetExtents(f.root, file, 0, 500, extents);
          break;
        }
      }
    }
  });
  CHECK(CheckTree(*f.options.store, f.options.share, *f.service) == "");
}

}  // namespace dittofs
