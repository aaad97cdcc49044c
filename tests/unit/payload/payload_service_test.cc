#include "dittofs/payload_service.h"

#include <regex>
#include <set>

#include "base/sha256.h"
#include "catch.h"
#include "fixture.h"
#include "payload/block_names.h"

namespace {

using namespace dittofs;        // NOLINT: a test
using namespace dittofs::test;  // NOLINT: a test
constexpr size_t kMiB = 1 << 20;

struct CountingHook final : BlockingHook {
  int calls = 0;
  void WillBlock() noexcept override { ++calls; }
};

}  // namespace

TEST_CASE("payload: written bytes are read back, over zeros") {
  PayloadFixture f;
  REQUIRE(f.Write(3, "abc").ok());
  CHECK(f.ReadText(0, 8) == std::string("\0\0\0abc\0\0", 8));
  CHECK(f.service->IsDirty(kFile));
}

TEST_CASE("payload: dirty bytes lie over extents, extents over zeros") {
  PayloadFixture f;
  REQUIRE(f.Write(2, "stored").ok());
  REQUIRE(f.Flush().ok());
  REQUIRE(f.Write(4, "XX").ok());
  CHECK(f.ReadText(0, 10) == std::string("\0\0stXXed\0\0", 10));
}

TEST_CASE("payload: after a flush the bytes come from the store") {
  PayloadFixture f;
  const std::string content = Pattern(9 * kMiB + 12345);
  REQUIRE(f.Write(0, content).ok());
  REQUIRE(f.Flush().ok());
  CHECK_FALSE(f.service->IsDirty(kFile));
  CHECK(f.service->statistics().dirty_bytes == 0);
  f.Restart();
  CHECK(f.ReadText(0, static_cast<uint32_t>(content.size())) == content);
  CHECK(f.ReadText(4 * kMiB - 3, 6) == content.substr(4 * kMiB - 3, 6));
}

TEST_CASE("payload: blocks are cut at multiples of 4 MiB of the file and named by their hash") {
  PayloadFixture f;
  const std::string content = Pattern(6 * kMiB);
  REQUIRE(f.Write(3 * kMiB, content).ok());
  REQUIRE(f.Flush().ok());
  const std::vector<Extent> extents = f.metadata->extents();
  REQUIRE(extents.size() == 3);
  CHECK(extents[0].offset == 3 * kMiB);
  CHECK(extents[1].offset == 4 * kMiB);
  CHECK(extents[2].offset == 8 * kMiB);
  CHECK(extents[0].block == base::Sha256(base::AsBytes(std::string_view(content).substr(0, kMiB))));
  const std::regex form("blocks/0000000000abcdef/([0-9a-f]{2})/\\1[0-9a-f]{62}");
  for (const std::string& key : f.store.Keys()) CHECK(std::regex_match(key, form));
}

TEST_CASE("payload: equal content is stored once") {
  PayloadFixture f;
  const std::string content = Pattern(4 * kMiB);
  REQUIRE(f.Write(0, content).ok());
  REQUIRE(f.Flush().ok());
  REQUIRE(f.Write(8 * kMiB, content).ok());
  REQUIRE(f.Flush().ok());
  CHECK(f.store.Keys().size() == 1);
  CHECK(f.service->statistics().blocks_stored == 1);
  CHECK(f.service->statistics().blocks_shared == 1);
  CHECK(f.ReadText(8 * kMiB, 100) == content.substr(0, 100));
}

TEST_CASE("payload: scattered small writes share objects") {
  PayloadFixture f;
  for (uint64_t i = 0; i < 500; ++i) {
    REQUIRE(f.Write(i * 64 * 1024, Pattern(4096, static_cast<uint32_t>(i))).ok());
  }
  REQUIRE(f.Flush().ok());
  CHECK(f.store.puts() == 1);
  f.Restart();
  for (uint64_t i = 0; i < 500; i += 7) {
    CHECK(f.ReadText(i * 64 * 1024, 4096) == Pattern(4096, static_cast<uint32_t>(i)));
    CHECK(f.ReadText(i * 64 * 1024 + 4096, 10) == std::string(10, '\0'));
  }
}

TEST_CASE("payload: a failed flush keeps the bytes dirty and readable, the next one stores them") {
  PayloadFixture f;
  const std::string content = Pattern(5 * kMiB);
  REQUIRE(f.Write(0, content).ok());
  f.store.FailPuts(ErrorCode::kNoSpace);
  CHECK(f.Flush().code() == ErrorCode::kNoSpace);
  CHECK(f.service->statistics().flush_failures == 1);
  CHECK(f.metadata->extents().empty());
  CHECK(f.ReadText(0, static_cast<uint32_t>(content.size())) == content);
  f.store.FailPuts(ErrorCode::kOk);
  REQUIRE(f.Flush().ok());
  f.Restart();
  CHECK(f.ReadText(0, static_cast<uint32_t>(content.size())) == content);
}

TEST_CASE("payload: extents are published only after their blocks were stored") {
  PayloadFixture f;
  REQUIRE(f.Write(0, Pattern(kMiB)).ok());
  f.store.OnPut([&](std::string_view) { CHECK(f.metadata->publishes() == 0); });
  REQUIRE(f.Flush().ok());
  CHECK(f.metadata->publishes() == 1);
}

TEST_CASE("payload: a publish that fails leaves the bytes dirty") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "abc").ok());
  f.metadata->AnswerNext({ErrorCode::kUnavailable});
  CHECK(f.Flush().code() == ErrorCode::kUnavailable);
  CHECK(f.service->IsDirty(kFile));
  CHECK(f.ReadText(0, 3) == "abc");
}

TEST_CASE("payload: what is overwritten during a flush stays dirty") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "aaaaaaaaaa").ok());
  f.store.OnPut([&](std::string_view) { REQUIRE(f.Write(3, "BBB").ok()); });
  REQUIRE(f.Flush().ok());
  f.store.OnPut(nullptr);
  CHECK(f.ReadText(0, 10) == "aaaBBBaaaa");
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  f.service->DirtyRanges(kFile, ranges);
  CHECK(ranges == std::vector<std::pair<uint64_t, uint64_t>>{{3, 3}});
  REQUIRE(f.Flush().ok());
  f.Restart();
  CHECK(f.ReadText(0, 10) == "aaaBBBaaaa");
}

TEST_CASE("payload: what is cut off during a flush does not come back") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "aaaaaaaaaa").ok());
  f.store.OnPut([&](std::string_view) { f.metadata->Cut(4, UINT64_MAX); });
  REQUIRE(f.Flush().ok());
  CHECK(f.ReadText(0, 10) == std::string("aaaa\0\0\0\0\0\0", 10));
  CHECK_FALSE(f.service->IsDirty(kFile));
}

TEST_CASE("payload: what is cut off while the publish waits for the file does not come back") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "aaaaaaaaaa").ok());
  f.metadata->BeforeNextPublish([&] { f.metadata->Cut(4, UINT64_MAX); });
  REQUIRE(f.Flush().ok());
  CHECK(f.ReadText(0, 10) == std::string("aaaa\0\0\0\0\0\0", 10));
  CHECK(f.metadata->publishes() == 2);
  CHECK(f.store.puts() == 1);
}

TEST_CASE("payload: a hole made during a flush stays a hole, bytes written into it since stay dirty") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "aaaaaaaaaa").ok());
  f.store.OnPut([&](std::string_view) {
    f.metadata->Cut(2, 8);
    REQUIRE(f.Write(4, "N").ok());
  });
  REQUIRE(f.Flush().ok());
  f.store.OnPut(nullptr);
  CHECK(f.ReadText(0, 10) == std::string("aa\0\0N\0\0\0aa", 10));
  REQUIRE(f.Flush().ok());
  f.Restart();
  CHECK(f.ReadText(0, 10) == std::string("aa\0\0N\0\0\0aa", 10));
}

TEST_CASE("payload: a block that was collected before it was published is stored again") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "abc").ok());
  // Known as stored, but its object is gone by the time of the publish.
  f.metadata->MarkStored(base::Sha256(base::AsBytes("abc")));
  f.metadata->AnswerNext({ErrorCode::kConflict});
  f.store.OnPut(nullptr);
  const auto forget = [&] { f.metadata->ForgetBlocks(); };
  forget();
  REQUIRE(f.Flush().ok());
  CHECK(f.metadata->publishes() == 2);
  CHECK(f.store.puts() == 2);
  f.Restart();
  CHECK(f.ReadText(0, 3) == "abc");
}

TEST_CASE("payload: the bytes of a file that is gone go with it") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "abc").ok());
  f.metadata->AnswerNext({ErrorCode::kStale});
  CHECK(f.Flush().code() == ErrorCode::kStale);
  CHECK_FALSE(f.service->IsDirty(kFile));
  CHECK(f.service->statistics().dirty_bytes == 0);
  CHECK(f.service->statistics().flush_failures == 0);
}

TEST_CASE("payload: a corrupted block is an error and a log line; its neighbours are fine") {
  PayloadFixture f;
  const std::string content = Pattern(12 * kMiB);
  REQUIRE(f.Write(0, content).ok());
  REQUIRE(f.Flush().ok());
  const BlockId second = f.metadata->extents()[1].block;
  REQUIRE(f.store.Corrupt(payload::BlockKeyOf(kFile.block_scope, second), 1234).ok());
  f.Restart();
  std::string text;
  const Status status = f.Read(4 * kMiB + 100, 4096, text);
  CHECK(status.code() == ErrorCode::kCorruption);
  CHECK(status.message().find(payload::FormatBlockId(second)) != std::string_view::npos);
  CHECK(text.empty());
  CHECK(f.log.errors().size() == 1);
  CHECK(f.ReadText(0, 4096) == content.substr(0, 4096));
  CHECK(f.ReadText(8 * kMiB, 4096) == content.substr(8 * kMiB, 4096));
}

TEST_CASE("payload: a block that is too short is corruption, never zeros") {
  PayloadFixture f;
  REQUIRE(f.Write(0, Pattern(100'000)).ok());
  REQUIRE(f.Flush().ok());
  const std::string key = payload::BlockKeyOf(kFile.block_scope, f.metadata->extents()[0].block);
  REQUIRE(f.memory->Put(key, base::AsBytes(std::string_view("short"))).ok());
  f.Restart();
  CHECK(f.ReadText(50'000, 10) == "corruption");
}

TEST_CASE("payload: a block that is missing is corruption, never zeros") {
  PayloadFixture f;
  REQUIRE(f.Write(0, Pattern(100'000)).ok());
  REQUIRE(f.Flush().ok());
  REQUIRE(f.memory->Delete(f.store.Keys()[0]).ok());
  f.Restart();
  CHECK(f.ReadText(0, 10) == "corruption");
  CHECK(f.log.errors().size() == 1);
}

TEST_CASE("payload: a store that can't be reached is not corruption") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "abc").ok());
  REQUIRE(f.Flush().ok());
  f.Restart();
  f.store.FailGets(ErrorCode::kUnavailable);
  CHECK(f.ReadText(0, 3) == "unavailable");
  f.store.FailGets(ErrorCode::kOk);
  CHECK(f.ReadText(0, 3) == "abc");
}

TEST_CASE("payload: a read whose block was collected meanwhile asks for the extents again") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "old content").ok());
  REQUIRE(f.Flush().ok());
  const std::string old_key = f.store.Keys()[0];
  f.Restart();
  bool first = true;
  f.store.OnGet([&](std::string_view) {
    if (!std::exchange(first, false)) return;
    REQUIRE(f.Write(0, "new content").ok());
    REQUIRE(f.Flush().ok());
    REQUIRE(f.memory->Delete(old_key).ok());
  });
  CHECK(f.ReadText(0, 11) == "new content");
}

TEST_CASE("payload: overlapping extents are corruption") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "abcdef").ok());
  REQUIRE(f.Flush().ok());
  const Extent extent = f.metadata->extents()[0];
  ReadContent content;
  const Status status = f.service->Read(
      kSuperuserContext, kFile, 0, 6,
      [&](std::vector<Extent>& extents) {
        extents = {extent, {3, 3, extent.block, 0}};
        return Status();
      },
      content);
  CHECK(status.code() == ErrorCode::kCorruption);
}

TEST_CASE("payload: the error of the one who knows the extents is the answer") {
  PayloadFixture f;
  ReadContent content;
  const Status status = f.service->Read(
      kSuperuserContext, kFile, 0, 6, [](std::vector<Extent>&) { return Status(ErrorCode::kUnavailable); }, content);
  CHECK(status.code() == ErrorCode::kUnavailable);
}

TEST_CASE("payload: small reads are copied into the protocol's room, large ones are lent") {
  PayloadFixture f;
  const std::string content = Pattern(kMiB);
  REQUIRE(f.Write(0, content).ok());
  REQUIRE(f.Flush().ok());
  std::vector<std::byte> room(8192);
  ReadContent small(room);
  const auto extents = [&](std::vector<Extent>& out) { return f.metadata->GetExtents(0, kMiB, out); };
  REQUIRE(f.service->Read(kSuperuserContext, kFile, 100, 4096, extents, small).ok());
  REQUIRE(small.chain().piece_count() == 1);
  CHECK(small.chain().piece(0).data() == room.data());
  ReadContent large(room);
  REQUIRE(f.service->Read(kSuperuserContext, kFile, 0, 256 * 1024, extents, large).ok());
  REQUIRE(large.chain().piece_count() == 1);
  CHECK(large.chain().piece(0).owned());
}

TEST_CASE("payload: only what waits says that it will block") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "abc").ok());
  REQUIRE(f.Flush().ok());
  f.Restart();
  CountingHook hook;
  const CallContext context{kSuperuser, &hook};
  const auto extents = [&](std::vector<Extent>& out) { return f.metadata->GetExtents(0, 3, out); };
  ReadContent missed;
  REQUIRE(f.service->Read(context, kFile, 0, 3, extents, missed).ok());
  CHECK(hook.calls == 1);
  ReadContent hit;
  REQUIRE(f.service->Read(context, kFile, 0, 3, extents, hit).ok());
  CHECK(hook.calls == 1);
  REQUIRE(f.service->Write(context, kFile, 0, BufferChain(Buffer::Borrow(base::AsBytes("x")))).ok());
  CHECK(hook.calls == 1);
  REQUIRE(f.service->Flush(context, kFile, *f.metadata).ok());
  CHECK(hook.calls == 2);
}

TEST_CASE("payload: a block that a flush is about to reference is not deleted") {
  PayloadFixture f;
  REQUIRE(f.Write(0, "abc").ok());
  Status deleted;
  f.store.OnPut([&](std::string_view) {
    deleted = f.service->DeleteBlock(kFile.block_scope, base::Sha256(base::AsBytes("abc")));
  });
  REQUIRE(f.Flush().ok());
  CHECK(deleted.code() == ErrorCode::kTryLater);
  CHECK(f.store.Keys().size() == 1);
  CHECK(f.service->DeleteBlock(kFile.block_scope, base::Sha256(base::AsBytes("abc"))).ok());
  CHECK(f.store.Keys().empty());
}

TEST_CASE("payload: deleting a block that is gone is success, failing to delete is not") {
  PayloadFixture f;
  const BlockId block = base::Sha256(base::AsBytes("abc"));
  CHECK(f.service->DeleteBlock(1, block).ok());
  f.store.FailDeletes(ErrorCode::kIo);
  CHECK(f.service->DeleteBlock(1, block).code() == ErrorCode::kIo);
}

TEST_CASE("payload: dirty files are listed by age and share") {
  PayloadFixture f;
  const BufferChain content(Buffer::Borrow(base::AsBytes("x")));
  const ContentId other_share{1, FileNumber{5}};
  const ContentId newer{kFile.block_scope, FileNumber{3}};
  REQUIRE(f.Write(0, "x").ok());
  f.clock.AdvanceMs(1000);
  REQUIRE(f.service->Write(kSuperuserContext, newer, 0, content).ok());
  REQUIRE(f.service->Write(kSuperuserContext, other_share, 0, content).ok());
  f.clock.AdvanceMs(500);
  std::vector<ContentId> files;
  f.service->ListDirty(kFile.block_scope, 0, 10, files);
  CHECK(files == std::vector<ContentId>{kFile, newer});
  files.clear();
  f.service->ListDirty(kFile.block_scope, 1000, 10, files);
  CHECK(files == std::vector<ContentId>{kFile});
  files.clear();
  f.service->ListDirty(kFile.block_scope, 0, 1, files);
  CHECK(files == std::vector<ContentId>{kFile});
}

TEST_CASE("payload: offsets beyond the largest are refused") {
  PayloadFixture f;
  CHECK(f.Write(uint64_t{INT64_MAX} - 1, "abc").code() == ErrorCode::kFileTooLarge);
  CHECK(f.Write(UINT64_MAX, "a").code() == ErrorCode::kFileTooLarge);
  CHECK_FALSE(f.service->IsDirty(kFile));
}
