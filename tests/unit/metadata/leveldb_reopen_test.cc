#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "dittofs/stores/leveldb.h"
#include "fixture.h"
#include "tree_checker.h"

namespace dittofs {
namespace {

// A store in a directory that goes with it.
struct StoreOnDisk {
  StoreOnDisk() {
    std::string pattern = (std::filesystem::temp_directory_path() / "metadata-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    directory = pattern;
    Open();
  }
  ~StoreOnDisk() {
    store.reset();
    std::filesystem::remove_all(directory);
  }
  void Open() {
    store.reset();
    LevelDbMetadataStoreOptions options;
    options.directory = directory / "db";
    auto opened = OpenLevelDbMetadataStore(options);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    store = *std::move(opened);
  }
  std::filesystem::path directory;
  std::unique_ptr<MetadataStore> store;
};

MetadataServiceOptions Over(const StoreOnDisk& disk) {
  MetadataServiceOptions options;
  options.store = disk.store.get();
  return options;
}

}  // namespace

TEST_CASE("a tree over LevelDB is the same after the store was closed and opened") {
  StoreOnDisk disk;
  FileNumber directory, file;
  uint64_t scope = 0;
  {
    ServiceFixture f(Over(disk));
    scope = f.service->share().block_scope;
    directory = f.NewDirectory("d", 02750);
    file = f.NewFile("Ä", 0640, directory, f.root);
    REQUIRE(f.SetOwner(f.root, file, 0xfffffffe, 0xffffffff) == ErrorCode::kOk);
    REQUIRE(f.SetSize(f.root, file, 12345) == ErrorCode::kOk);
    SetAttributesReply reply;
    REQUIRE(f.service->SetExtendedAttribute(f.root, file, "user.x", "value", false, false, reply).ok());
    MakeReply link;
    REQUIRE(f.service->MakeSymlink(f.root, directory, "l", "to/where", {}, link).ok());
    REQUIRE(f.Link(f.root, file, kRootFileNumber, "second") == ErrorCode::kOk);
  }
  disk.Open();
  ServiceFixture f(Over(disk));
  CHECK(f.service->share().block_scope == scope);
  Attributes found;
  REQUIRE(f.Find(f.root, kRootFileNumber, "second", &found) == ErrorCode::kOk);
  CHECK(found.number == file);
  CHECK(found.link_count == 2);
  CHECK(found.uid == 0xfffffffe);
  CHECK(found.gid == 0xffffffff);
  CHECK(found.size_bytes == 12345);
  CHECK(f.Get(directory).mode == 0750);
  std::string text;
  LookupReply reply;
  REQUIRE(f.service->LookupFolded(f.root, directory, "ä", AttributeMask::kAll, text, reply).ok());
  CHECK(text == "Ä");
  REQUIRE(f.service->GetExtendedAttribute(f.root, file, "user.x", text).ok());
  CHECK(text == "value");
  CHECK(f.NewFile("new") > file);
  CHECK(CheckTree(*disk.store, f.options.share, *f.service) == "");
}

TEST_CASE("creates by many threads over LevelDB leave no gap in the change pairs") {
  StoreOnDisk disk;
  ServiceFixture f(Over(disk));
  constexpr int kFiles = 40;
  std::vector<ChangePair> pairs[8];
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&f, &pairs, t] {
      for (int i = 0; i < kFiles; ++i) {
        const std::string name = std::to_string(t) + "-" + std::to_string(i);
        CreateReply reply;
        if (!f.service->Create(f.alice, {kRootFileNumber, name, CreateDisposition::kMustCreate, {}, {}}, reply).ok()) {
          return;
        }
        pairs[t].push_back(reply.directory);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<ChangePair> all;
  for (const auto& some : pairs) all.insert(all.end(), some.begin(), some.end());
  REQUIRE(all.size() == 8 * kFiles);
  std::sort(all.begin(), all.end(),
            [](const ChangePair& a, const ChangePair& b) { return a.before->change < b.before->change; });
  for (size_t i = 1; i < all.size(); ++i) REQUIRE(all[i].before->change == all[i - 1].after.change);
  CHECK(CheckTree(*disk.store, f.options.share, *f.service) == "");
}

TEST_CASE("a random history over LevelDB keeps every count, also over restarts") {
  StoreOnDisk disk;
  std::mt19937 random(5);
  for (int life = 0; life < 3; ++life) {
    disk.Open();
    ServiceFixture f(Over(disk));
    std::vector<FileNumber> directories{kRootFileNumber};
    for (int i = 0; i < 150; ++i) {
      const FileNumber a = directories[random() % directories.size()];
      const FileNumber b = directories[random() % directories.size()];
      const std::string x(1, static_cast<char>('a' + random() % 8));
      const std::string y(1, static_cast<char>('A' + random() % 8));
      Attributes made;
      switch (random() % 6) {
        case 0:
          f.Create(f.root, a, x);
          break;
        case 1:
          if (f.MakeDirectory(f.root, a, x, 0755, &made) == ErrorCode::kOk) directories.push_back(made.number);
          break;
        case 2:
          f.Remove(f.root, a, random() % 2 ? x : y);
          break;
        case 3:
          f.Remove(f.root, a, random() % 2 ? x : y, RemoveKind::kDirectory);
          break;
        case 4:
          f.Rename(f.root, a, x, b, y);
          break;
        case 5:
          if (f.Find(f.root, a, x, &made) == ErrorCode::kOk) f.Link(f.root, made.number, b, y);
          break;
      }
    }
    CHECK(CheckTree(*disk.store, f.options.share, *f.service) == "");
  }
}

}  // namespace dittofs
