#include "state/reclaim.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "catch.h"

namespace dittofs::state {
namespace {

struct Directory {
  Directory() {
    char name[] = "/tmp/dittofs-reclaim-XXXXXX";
    if (::mkdtemp(name) == nullptr) std::abort();
    path = name;
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string journal() const { return path + "/reclaim"; }
  std::string path;
};

const ReclaimClient kAlice{"nlm", "alice", "192.0.2.1", "192.0.2.9"};
const ReclaimClient kBob{"nlm", "bob", "192.0.2.2", "192.0.2.9"};

std::vector<ReclaimClient> Reopened(const Directory& directory) {
  return OpenReclaimFile(directory.journal()).value()->List().value();
}

}  // namespace

TEST_CASE("The journal remembers over a restart") {
  Directory directory;
  {
    auto store = OpenReclaimFile(directory.journal()).value();
    REQUIRE(store->Remember(kAlice).ok());
    REQUIRE(store->Remember(kBob).ok());
    REQUIRE(store->Forget("nlm", "alice").ok());
    REQUIRE(store->Forget("nlm", "nobody").ok());
  }
  CHECK(Reopened(directory) == std::vector<ReclaimClient>{kBob});
}

TEST_CASE("A torn last record is cut, wherever it was torn") {
  Directory directory;
  size_t whole = 0;
  {
    auto store = OpenReclaimFile(directory.journal()).value();
    REQUIRE(store->Remember(kAlice).ok());
    whole = std::filesystem::file_size(directory.journal());
    REQUIRE(store->Remember(kBob).ok());
  }
  const size_t full = std::filesystem::file_size(directory.journal());
  std::filesystem::copy_file(directory.journal(), directory.path + "/copy");
  for (size_t size = whole; size < full; ++size) {
    std::filesystem::copy_file(directory.path + "/copy", directory.journal(),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(directory.journal(), size);
    CHECK(Reopened(directory) == std::vector<ReclaimClient>{kAlice});
  }
}

TEST_CASE("A damaged record before the last is corruption") {
  Directory directory;
  {
    auto store = OpenReclaimFile(directory.journal()).value();
    REQUIRE(store->Remember(kAlice).ok());
    REQUIRE(store->Remember(kBob).ok());
  }
  {
    std::fstream file(directory.journal(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(30);
    file.put('\x7f');
  }
  CHECK(OpenReclaimFile(directory.journal()).code() == ErrorCode::kCorruption);
}

TEST_CASE("A foreign file is refused and left alone") {
  Directory directory;
  std::ofstream(directory.journal()) << "something else";
  CHECK(OpenReclaimFile(directory.journal()).code() == ErrorCode::kUnknownFormat);
  CHECK(std::filesystem::file_size(directory.journal()) == 14);
}

TEST_CASE("Endless changes do not grow the journal without end") {
  Directory directory;
  auto store = OpenReclaimFile(directory.journal()).value();
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(store->Remember(kAlice).ok());
    REQUIRE(store->Forget("nlm", "alice").ok());
  }
  CHECK(std::filesystem::file_size(directory.journal()) < 100'000);
}

}  // namespace dittofs::state
