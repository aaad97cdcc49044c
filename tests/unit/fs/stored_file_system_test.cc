#include "fs/stored_file_system.h"

#include <atomic>
#include <thread>

#include "catch.h"
#include "fixture.h"

namespace {

using namespace dittofs;        // NOLINT: a test
using namespace dittofs::test;  // NOLINT: a test

}  // namespace

TEST_CASE("stored: an unstable write is read back at once, with its size") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 2, "hello").ok());
  CHECK(f.last_write.count_bytes == 5);
  CHECK(f.last_write.file.after.size_bytes == 7);
  REQUIRE(f.last_write.file.before);
  CHECK(f.last_write.file.before->size_bytes == 0);
  CHECK(f.SizeOf(file) == 7);
  CHECK(f.Read(file, 0, 100) == std::string("\0\0hello", 7));
  CHECK(f.last_end_of_file);
  CHECK(f.Read(file, 0, 3) == std::string("\0\0h", 3));
  CHECK_FALSE(f.last_end_of_file);
  CHECK(f.Read(file, 7, 3).empty());
  CHECK(f.last_end_of_file);
}

TEST_CASE("stored: what COMMIT acknowledged survives a crash") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "committed").ok());
  REQUIRE(f.Commit(file).ok());
  CHECK(f.last_commit.verifier == f.last_write.verifier);
  CHECK(f.last_commit.file.after.size_bytes == 9);
  f.Crash();
  CHECK(f.SizeOf(file) == 9);
  CHECK(f.Read(file, 0, 100) == "committed");
}

TEST_CASE("stored: a FILE_SYNC or DATA_SYNC write survives a crash without COMMIT") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "file", Stability::kFileSync).ok());
  CHECK(f.last_write.stability == Stability::kFileSync);
  REQUIRE(f.Write(file, 4, "data", Stability::kDataSync).ok());
  CHECK(f.last_write.stability >= Stability::kDataSync);
  f.Crash();
  CHECK(f.Read(file, 0, 100) == "filedata");
}

TEST_CASE("stored: after a crash a file is never longer than its data") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "committed").ok());
  REQUIRE(f.Commit(file).ok());
  REQUIRE(f.Write(file, 9, " and not").ok());
  f.Crash();
  CHECK(f.SizeOf(file) == 9);
  CHECK(f.Read(file, 0, 100) == "committed");
}

TEST_CASE("stored: a commit does not make the size of later writes durable before their bytes") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "first").ok());
  f.blocks.OnPut([&](std::string_view) {
    f.blocks.OnPut(nullptr);
    REQUIRE(f.Write(file, 100, "second").ok());
  });
  REQUIRE(f.Commit(file).ok());
  f.Crash();
  CHECK(f.SizeOf(file) == 5);
}

TEST_CASE("stored: the write verifier is another one after a restart") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "x").ok());
  const Verifier before = f.last_write.verifier;
  f.Crash();
  REQUIRE(f.Write(file, 0, "x").ok());
  CHECK(f.last_write.verifier != before);
}

TEST_CASE("stored: a commit that failed says so, changes the verifier once, and keeps the bytes") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "precious").ok());
  const Verifier before = f.last_write.verifier;
  f.blocks.FailPuts(ErrorCode::kIo);
  CHECK(f.Commit(file).code() == ErrorCode::kIo);
  CHECK(f.last_commit.verifier != before);
  const Verifier after = f.last_commit.verifier;
  CHECK(f.Commit(file).code() == ErrorCode::kIo);
  CHECK(f.last_commit.verifier == after);
  CHECK(f.Read(file, 0, 100) == "precious");
  f.blocks.FailPuts(ErrorCode::kOk);
  REQUIRE(f.Commit(file).ok());
  CHECK(f.last_commit.verifier == after);
  f.Crash();
  CHECK(f.Read(file, 0, 100) == "precious");
}

TEST_CASE("stored: a synchronous write that can't be stored fails") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  f.blocks.FailPuts(ErrorCode::kNoSpace);
  CHECK(f.Write(file, 0, "x", Stability::kFileSync).code() == ErrorCode::kNoSpace);
  CHECK(f.Write(file, 0, "x").ok());
}

TEST_CASE("stored: truncating down and up again reads zeros") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  SECTION("bytes that were dirty") {
    REQUIRE(f.Write(file, 0, "0123456789").ok());
  }
  SECTION("bytes that were stored") {
    REQUIRE(f.Write(file, 0, "0123456789").ok());
    REQUIRE(f.Commit(file).ok());
  }
  REQUIRE(f.Truncate(file, 4).ok());
  CHECK(f.Read(file, 0, 100) == "0123");
  REQUIRE(f.Truncate(file, 8).ok());
  CHECK(f.Read(file, 0, 100) == std::string("0123\0\0\0\0", 8));
  f.Crash();
  CHECK(f.Read(file, 0, 100) == std::string("0123\0\0\0\0", 8));
}

TEST_CASE("stored: a flush under way does not bring truncated bytes back") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "0123456789").ok());
  f.blocks.OnPut([&](std::string_view) {
    f.blocks.OnPut(nullptr);
    REQUIRE(f.Truncate(file, 0).ok());
    REQUIRE(f.Truncate(file, 10).ok());
  });
  REQUIRE(f.Commit(file).ok());
  CHECK(f.Read(file, 0, 100) == std::string(10, '\0'));
  f.Crash();
  CHECK(f.Read(file, 0, 100) == std::string(10, '\0'));
}

TEST_CASE("stored: a truncation that fails loses no bytes") {
  StoredFixture f;
  const FileNumber file = f.Create("a", 0600);
  REQUIRE(f.Write(file, 0, "0123456789").ok());
  AttributeChanges changes;
  changes.size_bytes = 0;
  SetAttributesReply reply;
  const CallContext stranger{Identity{2000, 2000, {}}, nullptr};
  CHECK(f.fs->SetAttributes(stranger, file, changes, reply).code() == ErrorCode::kAccessDenied);
  changes.expected_ctime = Timestamp{1, 1};
  CHECK(f.fs->SetAttributes(f.user, file, changes, reply).code() == ErrorCode::kNotSynchronized);
  CHECK(f.Read(file, 0, 100) == "0123456789");
}

TEST_CASE("stored: growing a file with unstable bytes keeps them over a crash") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "abc").ok());
  REQUIRE(f.Truncate(file, 10).ok());
  f.Crash();
  CHECK(f.Read(file, 0, 100) == std::string("abc\0\0\0\0\0\0\0", 10));
}

TEST_CASE("stored: overwriting create drops the old bytes, dirty ones too") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "old bytes").ok());
  CreateRequest request;
  request.directory = kRootFileNumber;
  request.name = "a";
  request.disposition = CreateDisposition::kOverwriteIf;
  request.initial.size_bytes = 0;
  CreateReply reply;
  REQUIRE(f.fs->Create(f.user, request, reply).ok());
  CHECK(f.SizeOf(file) == 0);
  REQUIRE(f.Truncate(file, 9).ok());
  CHECK(f.Read(file, 0, 100) == std::string(9, '\0'));
}

TEST_CASE("stored: removing a file drops its dirty bytes and makes it stale") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "0123456789").ok());
  REQUIRE(f.Remove("a").ok());
  CHECK(f.payload->statistics().dirty_bytes == 0);
  CHECK(f.Read(file, 0, 1) == "stale handle");
  CHECK(f.Write(file, 0, "x").code() == ErrorCode::kStale);
  CHECK(f.Commit(file).code() == ErrorCode::kStale);
  CHECK(f.payload->statistics().dirty_bytes == 0);
}

TEST_CASE("stored: a file removed during its flush is no failure of the store") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "0123456789").ok());
  const Verifier before = f.last_write.verifier;
  f.blocks.OnPut([&](std::string_view) {
    f.blocks.OnPut(nullptr);
    REQUIRE(f.Remove("a").ok());
  });
  (void)f.Commit(file).ok();
  const FileNumber other = f.Create("b");
  REQUIRE(f.Write(other, 0, "x").ok());
  CHECK(f.last_write.verifier == before);
}

TEST_CASE("stored: permissions are checked before a byte moves") {
  StoredFixture f;
  const FileNumber file = f.Create("a", 0600);
  REQUIRE(f.Write(file, 0, "secret").ok());
  f.user.caller = {2000, 2000, {}};
  CHECK(f.Read(file, 0, 6) == "access denied");
  CHECK(f.Write(file, 0, "x").code() == ErrorCode::kAccessDenied);
  CHECK(f.Commit(file).code() == ErrorCode::kAccessDenied);
}

TEST_CASE("stored: in memory durability COMMIT waits for no store") {
  StoredFileSystemOptions options;
  options.durable = false;
  StoredFixture f(options);
  const FileNumber file = f.Create("a");
  f.blocks.FailPuts(ErrorCode::kIo);
  CHECK(f.Write(file, 0, "x", Stability::kFileSync).ok());
  CHECK(f.last_write.stability == Stability::kFileSync);
  CHECK(f.Commit(file).ok());
  CHECK(f.blocks.puts() == 0);
}

TEST_CASE("stored: background work stores what is old and nothing else") {
  StoredFileSystemOptions options;
  options.flush_after_ms = 1000;
  StoredFixture f(options);
  const FileNumber old_file = f.Create("old");
  REQUIRE(f.Write(old_file, 0, "old").ok());
  f.clock.AdvanceMs(900);
  const FileNumber new_file = f.Create("new");
  REQUIRE(f.Write(new_file, 0, "new").ok());
  f.clock.AdvanceMs(200);
  REQUIRE(f.fs->RunBackgroundWork().ok());
  f.Crash();
  CHECK(f.Read(old_file, 0, 10) == "old");
  CHECK(f.SizeOf(new_file) == 0);
}

TEST_CASE("stored: background work stores everything when half of the room is dirty") {
  PayloadServiceOptions payload_options;
  payload_options.max_dirty_bytes = 100'000;
  StoredFixture f({}, payload_options);
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, std::string(60'000, 'x')).ok());
  REQUIRE(f.fs->RunBackgroundWork().ok());
  CHECK(f.payload->statistics().dirty_bytes == 0);
}

TEST_CASE("stored: the space of removed files is given back, shared blocks stay") {
  StoredFixture f;
  const FileNumber first = f.Create("first");
  const FileNumber second = f.Create("second");
  REQUIRE(f.Write(first, 0, "shared content", Stability::kFileSync).ok());
  REQUIRE(f.Write(second, 0, "shared content", Stability::kFileSync).ok());
  CHECK(f.blocks.Keys().size() == 1);
  REQUIRE(f.Remove("first").ok());
  REQUIRE(f.fs->RunBackgroundWork().ok());
  f.Crash();
  CHECK(f.Read(second, 0, 100) == "shared content");
  REQUIRE(f.Remove("second").ok());
  REQUIRE(f.fs->RunBackgroundWork().ok());
  CHECK(f.blocks.Keys().empty());
}

TEST_CASE("stored: a block that can't be deleted is tried again, and may be written anew after") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "content", Stability::kFileSync).ok());
  REQUIRE(f.Remove("a").ok());
  f.blocks.FailDeletes(ErrorCode::kIo);
  CHECK(f.fs->RunBackgroundWork().code() == ErrorCode::kIo);
  CHECK(f.blocks.Keys().size() == 1);
  f.blocks.FailDeletes(ErrorCode::kOk);
  REQUIRE(f.fs->RunBackgroundWork().ok());
  CHECK(f.blocks.Keys().empty());
  const FileNumber again = f.Create("b");
  REQUIRE(f.Write(again, 0, "content", Stability::kFileSync).ok());
  f.Crash();
  CHECK(f.Read(again, 0, 100) == "content");
}

TEST_CASE("stored: flushing everything stores every file and answers the first failure") {
  StoredFixture f;
  for (const char* name : {"a", "b", "c"}) REQUIRE(f.Write(f.Create(name), 0, name).ok());
  f.blocks.FailPuts(ErrorCode::kNoSpace);
  CHECK(f.fs->FlushAll(1000).code() == ErrorCode::kNoSpace);
  f.blocks.FailPuts(ErrorCode::kOk);
  REQUIRE(f.fs->Close(1000).ok());
  f.Crash();
  for (const char* name : {"a", "b", "c"}) CHECK(f.Read(f.Find(name), 0, 10) == name);
}

TEST_CASE("stored: a deadline that has passed ends the flush and says so") {
  StoredFixture f;
  REQUIRE(f.Write(f.Create("a"), 0, "a").ok());
  CHECK(f.fs->FlushAll(0).code() == ErrorCode::kTimedOut);
}

TEST_CASE("stored: a file system that ends gives its share's room in the payload service back") {
  StoredFixture f;
  REQUIRE(f.Write(f.Create("a"), 0, "0123456789").ok());
  f.fs.reset();
  CHECK(f.payload->statistics().dirty_bytes == 0);
}

TEST_CASE("stored: a hole is zeros, also where bytes were dirty or are being flushed") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "0123456789", Stability::kFileSync).ok());
  REQUIRE(f.Write(file, 4, "XX").ok());
  f.blocks.OnPut([&](std::string_view) {
    f.blocks.OnPut(nullptr);
    SetAttributesReply reply;
    REQUIRE(f.fs->Deallocate(f.user, file, 3, 4, reply).ok());
  });
  REQUIRE(f.Commit(file).ok());
  CHECK(f.Read(file, 0, 10) == std::string("012\0\0\0\000789", 10));
  CHECK(f.SizeOf(file) == 10);
  f.Crash();
  CHECK(f.Read(file, 0, 10) == std::string("012\0\0\0\000789", 10));
}

TEST_CASE("stored: a clone shares blocks and has the source's unstable bytes") {
  StoredFixture f;
  const FileNumber from = f.Create("from");
  const FileNumber to = f.Create("to");
  REQUIRE(f.Write(from, 0, "0123456789").ok());
  REQUIRE(f.Write(to, 0, "old").ok());
  SetAttributesReply reply;
  REQUIRE(f.fs->Clone(f.user, from, 0, to, 0, 10, reply).ok());
  CHECK(f.Read(to, 0, 100) == "0123456789");
  REQUIRE(f.Write(from, 0, "XX").ok());
  CHECK(f.Read(to, 0, 100) == "0123456789");
  f.Crash();
  CHECK(f.Read(to, 0, 100) == "0123456789");
}

TEST_CASE("stored: seek finds content and holes, dirty or stored") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 100'000, "stored", Stability::kFileSync).ok());
  REQUIRE(f.Write(file, 100'006, "dirty").ok());
  REQUIRE(f.Truncate(file, 300'000'000).ok());
  REQUIRE(f.Write(file, 250'000'000, "far").ok());
  const auto seek = [&](uint64_t offset, SeekTarget target) {
    SeekReply reply;
    const Status status = f.fs->Seek(f.user, file, offset, target, reply);
    return std::pair(status.ok() ? reply.offset : UINT64_MAX, reply.end_of_file);
  };
  CHECK(seek(0, SeekTarget::kContent) == std::pair<uint64_t, bool>(100'000, false));
  CHECK(seek(0, SeekTarget::kHole) == std::pair<uint64_t, bool>(0, false));
  CHECK(seek(100'002, SeekTarget::kContent) == std::pair<uint64_t, bool>(100'002, false));
  CHECK(seek(100'002, SeekTarget::kHole) == std::pair<uint64_t, bool>(100'011, false));
  CHECK(seek(100'011, SeekTarget::kContent) == std::pair<uint64_t, bool>(250'000'000, false));
  CHECK(seek(250'000'003, SeekTarget::kContent) == std::pair<uint64_t, bool>(300'000'000, true));
}

TEST_CASE("stored: statistics follow the quota, or the store where there is none") {
  StoredFileSystemOptions options;
  options.quota_bytes = 1'000'000;
  options.quota_files = 100;
  StoredFixture f(options);
  REQUIRE(f.Write(f.Create("a"), 0, std::string(1000, 'x'), Stability::kFileSync).ok());
  FileSystemStatistics statistics;
  REQUIRE(f.fs->GetStatistics(f.user, statistics).ok());
  CHECK(statistics.total_bytes == 1'000'000);
  CHECK(statistics.free_bytes == 999'000);
  CHECK(statistics.total_files == 100);
  CHECK(statistics.free_files == 98);
  CHECK(statistics.root.type == FileType::kDirectory);
}

TEST_CASE("stored: a corrupted block is an error for its bytes only") {
  StoredFixture f;
  const FileNumber bad = f.Create("bad");
  const FileNumber good = f.Create("good");
  REQUIRE(f.Write(bad, 0, "bad content", Stability::kFileSync).ok());
  const std::string bad_key = f.blocks.Keys()[0];
  REQUIRE(f.Write(good, 0, "good content", Stability::kFileSync).ok());
  REQUIRE(f.blocks.Corrupt(bad_key, 3).ok());
  f.Crash();
  CHECK(f.Read(bad, 0, 100) == "corruption");
  CHECK(f.Read(good, 0, 100) == "good content");
}

TEST_CASE("stored: a read that meets a truncation answers the file before or after it, never zeros") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, "0123456789", Stability::kFileSync).ok());
  f.Crash();  // nothing is cached: the read looks up the inode first, then the extents
  f.metadata_store.BeforeView(1, [&] { REQUIRE(f.Truncate(file, 0).ok()); });
  CHECK(f.Read(file, 0, 10).empty());
  CHECK(f.SizeOf(file) == 0);
}

TEST_CASE("stored: a write that meets a truncation is whole after it") {
  StoredFixture f;
  const FileNumber file = f.Create("a");
  REQUIRE(f.Write(file, 0, std::string(20, 'o'), Stability::kFileSync).ok());
  // The cut commits while the write puts its bytes into the cache, and takes them out again; the size of the write is
  // noted after that.
  std::atomic<bool> committed{false};
  std::thread cutter;
  f.clock.OnMonotonic([&] {
    f.metadata_store.AfterUpdate([&] { committed = true; });
    cutter = std::thread([&] { (void)f.Truncate(file, 0).ok(); });
    while (!committed) std::this_thread::yield();
  });
  REQUIRE(f.Write(file, 0, "0123456789").ok());
  cutter.join();
  CHECK(f.Read(file, 0, 100) == "0123456789");
}
