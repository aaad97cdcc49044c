#include "dittofs/stores/filesystem.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/bytes.h"
#include "catch.h"
#include "scratch_directory.h"

namespace {

using namespace dittofs;        // NOLINT: a test
using namespace dittofs::test;  // NOLINT: a test
namespace files = std::filesystem;

Result<std::unique_ptr<BlockStore>> Open(const std::string& directory) {
  FilesystemBlockStoreOptions options;
  options.directory = directory;
  return OpenFilesystemBlockStore(options);
}

Status Put(BlockStore& store, std::string_view key, std::string_view content) {
  return store.Put(key, base::AsBytes(content));
}

void WriteFile(const std::string& path, std::string_view content) {
  std::ofstream(path) << content;
}

size_t CountFiles(const std::string& directory) {
  size_t count = 0;
  for (const auto& entry : files::recursive_directory_iterator(directory)) count += entry.is_regular_file() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("filesystem block store: an absent directory is made, and stamped with its format") {
  const ScratchDirectory scratch;
  const std::string directory = scratch.path() + "/new";
  REQUIRE(Open(directory).ok());
  CHECK(files::exists(directory + "/format"));
}

TEST_CASE("filesystem block store: a directory without a parent is not made") {
  const ScratchDirectory scratch;
  CHECK(Open(scratch.path() + "/no/such").code() == ErrorCode::kNotFound);
}

TEST_CASE("filesystem block store: a newer format is refused and says what to do") {
  const ScratchDirectory scratch;
  REQUIRE(Open(scratch.path()).ok());
  WriteFile(scratch.path() + "/format", "dittofs block store\nversion 2\n");
  const auto opened = Open(scratch.path());
  CHECK(opened.code() == ErrorCode::kUnknownFormat);
  CHECK(opened.status().message().find("newer") != std::string_view::npos);
}

TEST_CASE("filesystem block store: a foreign format file is refused") {
  const ScratchDirectory scratch;
  WriteFile(scratch.path() + "/format", "something else");
  CHECK(Open(scratch.path()).code() == ErrorCode::kUnknownFormat);
}

TEST_CASE("filesystem block store: a directory of somebody else's files is refused and left as it is") {
  const ScratchDirectory scratch;
  WriteFile(scratch.path() + "/thesis.txt", "precious");
  CHECK(Open(scratch.path()).code() == ErrorCode::kUnknownFormat);
  CHECK(CountFiles(scratch.path()) == 1);
}

TEST_CASE("filesystem block store: a store whose making was cut short is made again") {
  const ScratchDirectory scratch;
  WriteFile(scratch.path() + "/format.new", "ditto");
  CHECK(Open(scratch.path()).ok());
}

TEST_CASE("filesystem block store: temporaries of a process that died are swept, those of a live one are not") {
  const ScratchDirectory scratch;
  const auto living = Open(scratch.path());
  REQUIRE(living.ok());
  const std::string dead = scratch.path() + "/tmp/0123456789abcdef";
  files::create_directory(dead);
  WriteFile(dead + "/7", "half an object");
  REQUIRE(std::distance(files::directory_iterator(scratch.path() + "/tmp"), {}) == 2);
  const auto second = Open(scratch.path());
  REQUIRE(second.ok());
  CHECK_FALSE(files::exists(dead));
  CHECK(std::distance(files::directory_iterator(scratch.path() + "/tmp"), {}) == 2);
  CHECK(Put(**living, "a", "x").ok());
  CHECK(Put(**second, "b", "x").ok());
}

TEST_CASE("filesystem block store: closing leaves no temporaries") {
  const ScratchDirectory scratch;
  REQUIRE(Put(**Open(scratch.path()), "a", "x").ok());
  CHECK(files::is_empty(scratch.path() + "/tmp"));
}

TEST_CASE("filesystem block store: a planted link leads nowhere") {
  const ScratchDirectory scratch;
  const ScratchDirectory outside;
  const auto store = Open(scratch.path());
  REQUIRE(store.ok());
  WriteFile(outside.path() + "/secret+", "secret");
  files::create_directory_symlink(outside.path(), scratch.path() + "/objects/link");
  files::create_symlink(outside.path() + "/secret+", scratch.path() + "/objects/file+");
  std::byte byte;
  size_t got = 0;
  CHECK_FALSE((*store)->Get("link/secret", 0, {&byte, 1}, &got).ok());
  CHECK_FALSE((*store)->Get("file", 0, {&byte, 1}, &got).ok());
  CHECK_FALSE(Put(**store, "link/new", "x").ok());
  CHECK(CountFiles(outside.path()) == 1);
  int listed = 0;
  CHECK((*store)->List("", [&](const StoredObject&) { return ++listed > 0; }).ok());
  CHECK(listed == 0);
}

TEST_CASE("filesystem block store: a Put that fails leaves the old object and no temporary") {
  const ScratchDirectory scratch;
  const auto store = Open(scratch.path());
  REQUIRE(store.ok());
  REQUIRE(Put(**store, "key", "old").ok());
  // The file size limit stands for any failure in the middle of a write.
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{10'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const Status status = Put(**store, "key", std::string(100'000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK_FALSE(status.ok());
  CHECK(*(*store)->Stat("key") == 3);
  CHECK(CountFiles(scratch.path() + "/tmp") == 0);
}

TEST_CASE("filesystem block store: a full disk is kNoSpace, and the room comes back with a deletion") {
  const ScratchDirectory scratch;
  const std::string directory = scratch.path() + "/small";
  files::create_directory(directory);
  if (::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=1m") != 0) {
    WARN("not run: a small file system can't be mounted here");
    return;
  }
  {
    const auto store = Open(directory);
    REQUIRE(store.ok());
    const std::string content(600'000, 'x');
    REQUIRE(Put(**store, "first", content).ok());
    CHECK(Put(**store, "second", content).code() == ErrorCode::kNoSpace);
    REQUIRE((*store)->Delete("first").ok());
    CHECK(Put(**store, "second", content).ok());
  }
  ::umount(directory.c_str());
}

TEST_CASE("filesystem block store: capacity is that of the disk below") {
  const ScratchDirectory scratch;
  const auto store = Open(scratch.path());
  REQUIRE(store.ok());
  const auto capacity = (*store)->Capacity();
  REQUIRE(capacity.ok());
  CHECK(capacity->total_bytes > 0);
}
