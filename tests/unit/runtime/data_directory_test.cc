#include "runtime/data_directory.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "catch.h"
#include "fakes.h"

namespace dittofs::runtime {
namespace {

using testing::CountingRandom;
using testing::TemporaryDirectory;

struct Directory {
  TemporaryDirectory parent;
  std::string path = parent.path() + "/state";
  std::string key_path = path + "/handle-key";
  CountingRandom random;

  Result<base::SipHashKey> LoadKey() {
    Result<DataDirectory> directory = DataDirectory::Open(path);
    REQUIRE(directory.ok());
    return directory->LoadHandleKey(random);
  }
  void Overwrite(std::string_view content) const {
    std::ofstream(key_path, std::ios::trunc | std::ios::binary) << content;
  }
  std::string Content() const { return base::ReadSmallFile(key_path).value(); }
};

TEST_CASE("A data directory is made, but not its parent") {
  TemporaryDirectory parent;
  CHECK(DataDirectory::Open(parent.path() + "/state").ok());
  CHECK(DataDirectory::Open(parent.path() + "/absent/state").status() == ErrorCode::kNotFound);
}

TEST_CASE("A data directory that another process holds is refused with its process id") {
  Directory world;
  int ready[2];
  int quit[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(quit) == 0);
  const pid_t holder = fork();
  if (holder == 0) {
    close(quit[1]);
    const auto held = DataDirectory::Open(world.path);
    char byte = held.ok() ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1 || read(quit[0], &byte, 1) != 0) _exit(1);
    _exit(0);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  REQUIRE(byte == 'y');
  const auto second = DataDirectory::Open(world.path);
  close(quit[1]);
  waitpid(holder, nullptr, 0);
  CHECK(second.code() == ErrorCode::kAlreadyInUse);
  CHECK(second.status().message().find("pid " + std::to_string(holder)) != std::string_view::npos);
  CHECK(DataDirectory::Open(world.path).ok());
  for (const int descriptor : {ready[0], ready[1], quit[0]}) close(descriptor);
}

TEST_CASE("A second Runtime of the same process is refused as well") {
  Directory world;
  const auto held = DataDirectory::Open(world.path);
  CHECK(DataDirectory::Open(world.path).code() == ErrorCode::kAlreadyInUse);
}

TEST_CASE("The handle key is made once and found again") {
  Directory world;
  const auto first = world.LoadKey();
  const auto second = world.LoadKey();
  REQUIRE(first.ok());
  CHECK(*first == second.value());
}

TEST_CASE("The handle key file belongs to its owner alone") {
  Directory world;
  REQUIRE(world.LoadKey().ok());
  struct stat attributes{};
  REQUIRE(stat(world.key_path.c_str(), &attributes) == 0);
  CHECK((attributes.st_mode & 07777) == 0600);
}

TEST_CASE("The handle key file has the golden bytes of format 1") {
  // CountingRandom makes the key 01 02 … 10. docs/formats/data-directory.md shows the same bytes.
  Directory world;
  REQUIRE(world.LoadKey().ok());
  const std::array<uint8_t, 32> golden = {'d', 'i', 't',  't',  'o',  'f',  'k',  1,    1,    2,   3,
                                          4,   5,   6,    7,    8,    9,    10,   11,   12,   13,  14,
                                          15,  16,  0x46, 0x06, 0x59, 0x6f, 0xab, 0x9e, 0x28, 0x2b};
  CHECK(world.Content() == std::string(reinterpret_cast<const char*>(golden.data()), golden.size()));
}

TEST_CASE("A handle key that others may read is refused with the command that mends it") {
  Directory world;
  REQUIRE(world.LoadKey().ok());
  REQUIRE(chmod(world.key_path.c_str(), 0640) == 0);
  const auto key = world.LoadKey();
  CHECK(key.code() == ErrorCode::kPermissionDenied);
  CHECK(key.status().message().find("chmod 600 " + world.key_path) != std::string_view::npos);
}

TEST_CASE("A handle key of another size is corruption") {
  Directory world;
  REQUIRE(world.LoadKey().ok());
  const std::string good = world.Content();
  for (const std::string& bad : {std::string(), good.substr(0, 8), good.substr(0, 31), good + "x"}) {
    world.Overwrite(bad);
    INFO(bad.size());
    CHECK(world.LoadKey().code() == ErrorCode::kCorruption);
  }
}

TEST_CASE("A flipped bit in the handle key file never goes unnoticed") {
  Directory world;
  REQUIRE(world.LoadKey().ok());
  const std::string good = world.Content();
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    world.Overwrite(bad);
    INFO("byte " << i);
    CHECK_FALSE(world.LoadKey().ok());
  }
  world.Overwrite(good);
  CHECK(world.LoadKey().ok());
}

TEST_CASE("A handle key of a newer format is refused, whatever its size") {
  Directory world;
  REQUIRE(world.LoadKey().ok());
  std::string newer = world.Content() + "more";
  newer[7] = 2;
  world.Overwrite(newer);
  CHECK(world.LoadKey().code() == ErrorCode::kUnknownFormat);
}

TEST_CASE("A handle key that is a symbolic link is refused") {
  Directory world;
  REQUIRE(world.LoadKey().ok());
  const std::string elsewhere = world.parent.path() + "/elsewhere";
  REQUIRE(rename(world.key_path.c_str(), elsewhere.c_str()) == 0);
  REQUIRE(symlink(elsewhere.c_str(), world.key_path.c_str()) == 0);
  CHECK_FALSE(world.LoadKey().ok());
}

}  // namespace
}  // namespace dittofs::runtime
