#include <random>

#include "fixture.h"
#include "tree_checker.h"

namespace dittofs {
namespace {

BlockId Block(uint8_t name) {
  BlockId block;
  block.sha256.fill(name);
  return block;
}

struct ContentFixture : ServiceFixture {
  using ServiceFixture::ServiceFixture;

  // As a flush does: asks for every block, then publishes. Blocks are 1,000,000 bytes.
  ErrorCode Publish(FileNumber file, std::vector<Extent> extents, ChangePair* pair = nullptr) {
    std::vector<uint32_t> sizes(extents.size(), 1'000'000);
    for (const Extent& extent : extents) {
      const Status found = service->FindBlock(root, extent.block, nullptr);
      if (!found.ok() && found.code() != ErrorCode::kNotFound) return found.code();
    }
    return service->PublishExtents(root, file, extents, sizes, pair).code();
  }
  std::vector<Extent> Extents(FileNumber file, uint64_t offset = 0, uint64_t length = UINT64_MAX) {
    std::vector<Extent> extents;
    REQUIRE(service->GetExtents(root, file, offset, length, extents).ok());
    return extents;
  }
  InodeRecord Row(FileNumber file) {
    InodeRecord inode;
    REQUIRE(
        options.store->View(options.share, [&](MetadataReader& reader) { return reader.GetInode(file, inode); }).ok());
    return inode;
  }
  int64_t References(uint8_t name) {
    BlockRecord record;
    const Status found = options.store->View(
        options.share, [&](MetadataReader& reader) { return reader.GetBlock(Block(name), record); });
    return found.ok() ? record.references : -1;
  }
  void Check() { CHECK(CheckTree(*options.store, options.share, *service).empty()); }
};

}  // namespace

TEST_CASE("a noted write is seen at once and durable when published") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  const Attributes before = f.Get(file);
  ChangePair pair;
  REQUIRE(f.service->NoteWrite(f.root, file, 100, 50, pair).ok());
  CHECK(pair.before->size_bytes == 0);
  CHECK(pair.before->change == before.change);
  CHECK(pair.after.size_bytes == 150);
  CHECK(pair.after.mtime > before.mtime);
  CHECK(pair.after.change > before.change);
  CHECK(f.Get(file).size_bytes == 150);
  CHECK(f.Row(file).size_bytes == 0);
  REQUIRE(f.Publish(file, {{100, 50, Block(1), 0}}) == ErrorCode::kOk);
  CHECK(f.Row(file).size_bytes == 150);
  CHECK(f.Row(file).mtime == pair.after.mtime);
  CHECK(f.Get(file).used_bytes == 50);
  f.Check();
}

TEST_CASE("the durable size grows only as far as what was published") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  ChangePair pair;
  REQUIRE(f.service->NoteWrite(f.root, file, 0, 1000, pair).ok());
  REQUIRE(f.Publish(file, {{0, 400, Block(1), 0}}) == ErrorCode::kOk);
  CHECK(f.Row(file).size_bytes == 400);
  CHECK(f.Get(file).size_bytes == 1000);
  f.Open();  // a crash: the rest was never stable
  CHECK(f.Get(file).size_bytes == 400);
  f.Check();
}

TEST_CASE("setting attributes keeps a pending size pending") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  ChangePair pair;
  REQUIRE(f.service->NoteWrite(f.root, file, 0, 1000, pair).ok());
  REQUIRE(f.SetMode(f.root, file, 0600) == ErrorCode::kOk);
  REQUIRE(f.Link(f.root, file, kRootFileNumber, "b") == ErrorCode::kOk);
  REQUIRE(f.Rename(f.root, kRootFileNumber, "b", kRootFileNumber, "c") == ErrorCode::kOk);
  REQUIRE(f.Remove(f.root, kRootFileNumber, "c") == ErrorCode::kOk);
  CHECK(f.Get(file).size_bytes == 1000);
  CHECK(f.Row(file).size_bytes == 0);
  REQUIRE(f.service->PublishPending(f.root, file, nullptr).ok());
  CHECK(f.Row(file).size_bytes == 1000);
  f.Open();
  CHECK(f.Get(file).size_bytes == 1000);
  CHECK(f.Get(file).mode == 0600);
}

TEST_CASE("dropping what is pending shows the durable file again") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  ChangePair pair;
  REQUIRE(f.service->NoteWrite(f.root, file, 0, 1000, pair).ok());
  f.service->DropPending(file);
  CHECK(f.Get(file).size_bytes == 0);
  REQUIRE(f.service->PublishPending(f.root, file, nullptr).ok());
  CHECK(f.Row(file).size_bytes == 0);
}

TEST_CASE("truncation down and up leaves nothing behind the cut") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  REQUIRE(f.Publish(file, {{0, 1000, Block(1), 0}, {1000, 1000, Block(2), 500}}) == ErrorCode::kOk);
  REQUIRE(f.SetSize(f.root, file, 600) == ErrorCode::kOk);
  CHECK(f.Get(file).used_bytes == 600);
  CHECK(f.References(2) == 0);
  REQUIRE(f.SetSize(f.root, file, 2000) == ErrorCode::kOk);
  CHECK(f.Extents(file) == std::vector<Extent>{{0, 600, Block(1), 0}});
  CHECK(f.Get(file).size_bytes == 2000);
  f.Check();
  f.Open();
  CHECK(f.Extents(file) == std::vector<Extent>{{0, 600, Block(1), 0}});
}

TEST_CASE("truncation forgets a pending size beyond it") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  ChangePair pair;
  REQUIRE(f.service->NoteWrite(f.root, file, 0, 1000, pair).ok());
  REQUIRE(f.SetSize(f.root, file, 10) == ErrorCode::kOk);
  CHECK(f.Get(file).size_bytes == 10);
  CHECK(f.Row(file).size_bytes == 10);
  REQUIRE(f.service->PublishPending(f.root, file, nullptr).ok());
  CHECK(f.Row(file).size_bytes == 10);
}

TEST_CASE("a published range replaces what it covers and splits what it cuts") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  REQUIRE(f.Publish(file, {{0, 3000, Block(1), 0}}) == ErrorCode::kOk);
  REQUIRE(f.Publish(file, {{1000, 500, Block(2), 7}}) == ErrorCode::kOk);
  CHECK(f.Extents(file) ==
        std::vector<Extent>{{0, 1000, Block(1), 0}, {1000, 500, Block(2), 7}, {1500, 1500, Block(1), 1500}});
  CHECK(f.References(1) == 2);
  CHECK(f.References(2) == 1);
  CHECK(f.Extents(file, 1100, 1).size() == 1);
  f.Check();
}

TEST_CASE("what is no longer wanted is not published") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  const std::vector<Extent> extents{{0, 10, Block(1), 0}};
  const std::vector<uint32_t> sizes{10};
  REQUIRE(f.service->FindBlock(f.root, Block(1), nullptr).code() == ErrorCode::kNotFound);
  CHECK(f.service->PublishExtents(f.root, file, extents, sizes, nullptr, [] { return Status(ErrorCode::kCancelled); })
            .code() == ErrorCode::kCancelled);
  CHECK(f.Extents(file).empty());
  CHECK(f.References(1) == -1);
}

TEST_CASE("a pending size whose bytes are not all stored stays pending") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  ChangePair pair;
  REQUIRE(f.service->NoteWrite(f.root, file, 0, 100, pair).ok());
  CHECK(f.service->PublishPending(f.root, file, nullptr, [] { return Status(ErrorCode::kCancelled); }).code() ==
        ErrorCode::kCancelled);
  CHECK(f.Row(file).size_bytes == 0);
  CHECK(f.Get(file).size_bytes == 100);
}

TEST_CASE("extents that overlap, are empty or leave their block are refused") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  CHECK(f.Publish(file, {{0, 10, Block(1), 0}, {5, 10, Block(2), 0}}) == ErrorCode::kInvalidArgument);
  CHECK(f.Publish(file, {{10, 10, Block(1), 0}, {0, 10, Block(2), 0}}) == ErrorCode::kInvalidArgument);
  CHECK(f.Publish(file, {{0, 0, Block(1), 0}}) == ErrorCode::kInvalidArgument);
  CHECK(f.Publish(file, {{0, 10, Block(1), 999'995}}) == ErrorCode::kInvalidArgument);
  CHECK(f.Publish(file, {{UINT64_MAX - 5, 4, Block(1), 0}}) == ErrorCode::kInvalidArgument);
  CHECK(f.Publish(FileNumber{12345}, {{0, 10, Block(1), 0}}) == ErrorCode::kStale);
}

TEST_CASE("a block that nobody asked for must be stored again before it gets a row") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  const std::vector<Extent> extents{{0, 10, Block(1), 0}};
  const std::vector<uint32_t> sizes{10};
  CHECK(f.service->PublishExtents(f.root, file, extents, sizes, nullptr).code() == ErrorCode::kConflict);
  CHECK(f.service->PublishExtents(f.root, file, extents, sizes, nullptr).ok());
}

TEST_CASE("unreferenced blocks are taken, deleted and forgotten in turn") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  REQUIRE(f.Publish(file, {{0, 10, Block(1), 0}}) == ErrorCode::kOk);
  std::vector<BlockId> taken;
  REQUIRE(f.service->TakeUnreferencedBlocks(10, taken).ok());
  CHECK(taken.empty());
  REQUIRE(f.SetSize(f.root, file, 0) == ErrorCode::kOk);
  CHECK(f.service->ForgetBlock(Block(1)).code() == ErrorCode::kInvalidArgument);
  REQUIRE(f.service->TakeUnreferencedBlocks(10, taken).ok());
  REQUIRE(taken.size() == 1);
  CHECK(f.service->FindBlock(f.root, Block(1), nullptr).code() == ErrorCode::kTryLater);
  const std::vector<uint32_t> sizes{1'000'000};
  const std::vector<Extent> extents{{0, 10, Block(1), 0}};
  CHECK(f.service->PublishExtents(f.root, file, extents, sizes, nullptr).code() == ErrorCode::kConflict);
  // Taken again after a crash, until it is forgotten.
  f.Open();
  taken.clear();
  REQUIRE(f.service->TakeUnreferencedBlocks(10, taken).ok());
  CHECK(taken.size() == 1);
  REQUIRE(f.service->ForgetBlock(Block(1)).ok());
  CHECK(f.service->FindBlock(f.root, Block(1), nullptr).code() == ErrorCode::kNotFound);
  CHECK(f.Publish(file, extents) == ErrorCode::kOk);
}

TEST_CASE("a block that was just asked for is not taken") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  REQUIRE(f.Publish(file, {{0, 10, Block(1), 0}}) == ErrorCode::kOk);
  REQUIRE(f.SetSize(f.root, file, 0) == ErrorCode::kOk);
  REQUIRE(f.service->FindBlock(f.root, Block(1), nullptr).ok());
  std::vector<BlockId> taken;
  REQUIRE(f.service->TakeUnreferencedBlocks(10, taken).ok());
  CHECK(taken.empty());
  f.clock.Advance(3600);
  REQUIRE(f.service->TakeUnreferencedBlocks(10, taken).ok());
  CHECK(taken.size() == 1);
}

TEST_CASE("the last link leaves an orphan whose extents are freed in steps") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a");
  std::vector<Extent> extents;
  for (uint64_t i = 0; i < 25; ++i) extents.push_back({i * 10, 10, Block(static_cast<uint8_t>(i)), 0});
  REQUIRE(f.Publish(file, extents) == ErrorCode::kOk);
  REQUIRE(f.Remove(f.root, kRootFileNumber, "a") == ErrorCode::kOk);
  CHECK(f.service->GetUsage(f.root)->bytes == 0);
  CHECK(f.References(3) == 1);
  f.Check();
  size_t rounds = 0;
  while (true) {
    const Result<size_t> freed = f.service->ReapOrphans(10);
    REQUIRE(freed.ok());
    if (*freed == 0) break;
    CHECK(*freed <= 10);
    REQUIRE(++rounds < 10);
  }
  CHECK(rounds == 3);
  CHECK(f.References(3) == 0);
  f.Check();
}

TEST_CASE("a hole takes content and keeps the size") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a", 0644, kRootFileNumber, f.alice);
  REQUIRE(f.Publish(file, {{0, 3000, Block(1), 0}}) == ErrorCode::kOk);
  const Attributes before = f.Get(file);
  ChangePair pair;
  CHECK(f.service->PunchHole(f.bob, file, 1000, 500, pair).code() == ErrorCode::kAccessDenied);
  REQUIRE(f.service->PunchHole(f.alice, file, 1000, 500, pair).ok());
  CHECK(f.Extents(file) == std::vector<Extent>{{0, 1000, Block(1), 0}, {1500, 1500, Block(1), 1500}});
  CHECK(pair.after.size_bytes == 3000);
  CHECK(pair.after.used_bytes == 2500);
  CHECK(pair.after.mtime > before.mtime);
  REQUIRE(f.service->PunchHole(f.alice, file, 0, UINT64_MAX, pair).ok());
  CHECK(f.Extents(file).empty());
  CHECK(f.Get(file).size_bytes == 3000);
  f.Check();
}

TEST_CASE("a clone shares blocks") {
  ContentFixture f;
  const FileNumber from = f.NewFile("a");
  const FileNumber to = f.NewFile("b");
  REQUIRE(f.Publish(from, {{0, 1000, Block(1), 0}, {2000, 1000, Block(2), 0}}) == ErrorCode::kOk);
  REQUIRE(f.Publish(to, {{0, 5000, Block(3), 0}}) == ErrorCode::kOk);
  ChangePair pair;
  REQUIRE(f.service->CloneExtents(f.root, from, 500, to, 1000, 2000, pair).ok());
  CHECK(f.Extents(to) == std::vector<Extent>{{0, 1000, Block(3), 0},
                                             {1000, 500, Block(1), 500},
                                             {2500, 500, Block(2), 0},
                                             {3000, 2000, Block(3), 3000}});
  CHECK(f.References(1) == 2);
  CHECK(f.Get(to).size_bytes == 5000);
  REQUIRE(f.service->CloneExtents(f.root, from, 0, to, 5000, 3000, pair).ok());
  CHECK(f.Get(to).size_bytes == 8000);
  CHECK(f.service->CloneExtents(f.root, from, 2000, to, 0, 1001, pair).code() == ErrorCode::kInvalidArgument);
  CHECK(f.service->CloneExtents(f.root, to, 0, to, 50, 100, pair).code() == ErrorCode::kInvalidArgument);
  CHECK(f.service->CloneExtents(f.root, to, 0, to, 100, 100, pair).ok());
  f.Check();
}

TEST_CASE("a write takes setuid away, for good, unless root writes") {
  ContentFixture f;
  const FileNumber file = f.NewFile("a", 0644, kRootFileNumber, f.alice);
  REQUIRE(f.SetMode(f.alice, file, 06777) == ErrorCode::kOk);
  ChangePair pair;
  REQUIRE(f.service->NoteWrite(f.root, file, 0, 1, pair).ok());
  CHECK(pair.after.mode == 06777);
  REQUIRE(f.service->NoteWrite(f.bob, file, 0, 1, pair).ok());
  CHECK(pair.after.mode == 0777);
  f.Open();
  CHECK(f.Get(file).mode == 0777);
}

TEST_CASE("the number of files with something pending is bounded") {
  MetadataServiceOptions options;
  options.max_pending_files = 2;
  ContentFixture f(options);
  const FileNumber files[] = {f.NewFile("a"), f.NewFile("b"), f.NewFile("c")};
  ChangePair pair;
  REQUIRE(f.service->NoteWrite(f.root, files[0], 0, 1, pair).ok());
  REQUIRE(f.service->NoteWrite(f.root, files[1], 0, 1, pair).ok());
  CHECK(f.service->AuthorizeWrite(f.root, files[2], 0, 1).code() == ErrorCode::kTryLater);
  CHECK(f.service->AuthorizeWrite(f.root, files[0], 0, 1).ok());
  REQUIRE(f.service->PublishPending(f.root, files[0], nullptr).ok());
  CHECK(f.service->AuthorizeWrite(f.root, files[2], 0, 1).ok());
}

TEST_CASE("the quota of bytes stops writers") {
  MetadataServiceOptions options;
  options.quota_bytes = 1000;
  ContentFixture f(options);
  const FileNumber file = f.NewFile("a");
  CHECK(f.service->AuthorizeWrite(f.root, file, 0, 1000).ok());
  CHECK(f.service->AuthorizeWrite(f.root, file, 0, 1001).code() == ErrorCode::kQuotaExceeded);
  REQUIRE(f.Publish(file, {{0, 900, Block(1), 0}}) == ErrorCode::kOk);
  CHECK(f.service->AuthorizeWrite(f.root, file, 900, 100).ok());
  CHECK(f.service->AuthorizeWrite(f.root, file, 900, 101).code() == ErrorCode::kQuotaExceeded);
  CHECK(f.service->AuthorizeWrite(f.root, file, 0, 900).ok());
}

TEST_CASE("random publishes, holes, clones and truncations read back like a map of bytes") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](uint64_t below) { return std::uniform_int_distribution<uint64_t>(0, below - 1)(random); };
  MetadataServiceOptions options;
  if (seed % 2 == 0) options.cache_bytes = 64 * 1024;  // most lists of extents are too long for it
  ContentFixture f(options);
  constexpr uint64_t kSpace = 400;
  struct Model {
    FileNumber file;
    std::vector<std::pair<int, uint64_t>> bytes;  // (block or -1, offset in the block) of every byte
  };
  Model models[2] = {{f.NewFile("a"), {}}, {f.NewFile("b"), {}}};
  for (int step = 0; step < 300; ++step) {
    Model& model = models[pick(2)];
    const uint64_t from = pick(kSpace);
    const uint64_t length = 1 + pick(60);
    ChangePair pair;
    switch (pick(5)) {
      case 0:
      case 1: {
        const auto block = static_cast<uint8_t>(pick(6));
        const auto block_offset = static_cast<uint32_t>(pick(1000));
        REQUIRE(f.Publish(model.file, {{from, length, Block(block), block_offset}}) == ErrorCode::kOk);
        if (model.bytes.size() < from + length) model.bytes.resize(from + length, {-1, 0});
        for (uint64_t i = 0; i < length; ++i) model.bytes[from + i] = {block, block_offset + i};
        break;
      }
      case 2:
        REQUIRE(f.service->PunchHole(f.root, model.file, from, length, pair).ok());
        for (uint64_t i = from; i < std::min(from + length, model.bytes.size()); ++i) model.bytes[i] = {-1, 0};
        break;
      case 3:
        REQUIRE(f.SetSize(f.root, model.file, from) == ErrorCode::kOk);
        model.bytes.resize(from, {-1, 0});
        break;
      case 4: {
        Model& source = models[pick(2)];
        const uint64_t at = pick(kSpace);
        const bool overlaps = &source == &model && at < from + length && from < at + length;
        const Status status = f.service->CloneExtents(f.root, source.file, at, model.file, from, length, pair);
        if (at + length > source.bytes.size() || overlaps) {
          REQUIRE(status.code() == ErrorCode::kInvalidArgument);
          break;
        }
        REQUIRE(status.ok());
        if (model.bytes.size() < from + length) model.bytes.resize(from + length, {-1, 0});
        for (uint64_t i = 0; i < length; ++i) model.bytes[from + i] = source.bytes[at + i];
        break;
      }
    }
    for (const Model& each : models) {
      std::vector<std::pair<int, uint64_t>> bytes(each.bytes.size(), {-1, 0});
      for (const Extent& extent : f.Extents(each.file)) {
        for (uint64_t i = 0; i < extent.length; ++i) {
          REQUIRE(extent.offset + i < bytes.size());
          bytes[extent.offset + i] = {extent.block.sha256[0], extent.block_offset + i};
        }
      }
      REQUIRE(bytes == each.bytes);
      REQUIRE(f.Get(each.file).size_bytes == each.bytes.size());
    }
    if (step % 50 == 0) f.Check();
  }
  f.Check();
}

}  // namespace dittofs
