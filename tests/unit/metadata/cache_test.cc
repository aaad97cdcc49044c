#include <string>
#include <vector>

#include "catch.h"
#include "metadata/entry_cache.h"
#include "metadata/extent_cache.h"
#include "metadata/inode_cache.h"

namespace dittofs::metadata {
namespace {

InodeRecord Inode(uint64_t number, uint64_t change = 1) {
  InodeRecord inode;
  inode.number = FileNumber{number};
  inode.change = change;
  return inode;
}

uint64_t CachedChange(InodeCache& cache, uint64_t number) {
  uint64_t change = 0;
  cache.Visit(FileNumber{number}, [&](const InodeRecord& inode) { change = inode.change; });
  return change;
}

}  // namespace

TEST_CASE("the inode cache stays within its bytes and keeps what is used") {
  constexpr uint64_t kBudget = 1 << 20;
  InodeCache cache(kBudget);
  cache.Store(Inode(1), 0);
  for (uint64_t number = 2; number < 20'000; ++number) {
    cache.Store(Inode(number), 0);
    REQUIRE(CachedChange(cache, 1) == 1);
  }
  CHECK(cache.used_bytes() <= kBudget);
  CHECK(cache.used_bytes() > kBudget / 2);
}

TEST_CASE("an inode with something pending is not evicted") {
  InodeCache cache(256 * 1024);
  cache.Store(Inode(1), 0);
  InodeRecord before, after;
  REQUIRE(cache.NoteWrite(FileNumber{1}, {100, {5, 0}}, before, after));
  for (uint64_t number = 2; number < 20'000; ++number) cache.Store(Inode(number), 0);
  InodeRecord seen;
  uint64_t durable_size_bytes = 1;
  REQUIRE(cache.FindPending(FileNumber{1}, seen, durable_size_bytes));
  CHECK(seen.size_bytes == 100);
  CHECK(durable_size_bytes == 0);
  CHECK(cache.pending_count() == 1);
}

TEST_CASE("a fill that a change overtook is dropped") {
  InodeCache cache(1 << 20);
  const uint32_t version = cache.Version(FileNumber{1});
  InodeRecord stale = Inode(1, 1);  // read from the store …
  SECTION("the file was removed") {
    cache.Erase(FileNumber{1});
  }
  SECTION("the file changed and was evicted") {
    cache.StoreNewer(Inode(1, 2));
    cache.Forget(FileNumber{1});
  }
  cache.Fill(stale, version);
  CHECK(CachedChange(cache, 1) == 0);
}

TEST_CASE("a fill never replaces what is newer, and answers it") {
  InodeCache cache(1 << 20);
  cache.StoreNewer(Inode(1, 5));
  cache.StoreNewer(Inode(1, 4));
  CHECK(CachedChange(cache, 1) == 5);
  InodeRecord read = Inode(1, 3);
  cache.Fill(read, cache.Version(FileNumber{1}));
  CHECK(read.change == 5);
  CHECK(CachedChange(cache, 1) == 5);
}

TEST_CASE("a write noted during a publish stays pending") {
  InodeCache cache(1 << 20);
  cache.Store(Inode(1), 0);
  InodeRecord before, published, after, seen;
  REQUIRE(cache.NoteWrite(FileNumber{1}, {100, {5, 0}}, before, published));
  REQUIRE(cache.NoteWrite(FileNumber{1}, {300, {6, 0}}, before, after));
  cache.StorePublished(published, seen);
  CHECK(seen.size_bytes == 300);
  CHECK(cache.pending_count() == 1);
  cache.StorePublished(after, seen);
  CHECK(cache.pending_count() == 0);
}

TEST_CASE("the entry cache knows names, absences, and what it does not know") {
  EntryCache cache(1 << 20);
  const FileNumber directory{1};
  const EntryRecord entry{FileNumber{9}, FileType::kRegular, Cookie{9}};
  const uint64_t hash = HashName(3, directory, "a");
  EntryRecord found;
  CHECK(cache.Find(hash, directory, "a", found) == EntryCache::Answer::kUnknown);
  cache.Store(hash, directory, "a", &entry);
  CHECK(cache.Find(hash, directory, "a", found) == EntryCache::Answer::kPresent);
  CHECK(found == entry);
  // Another name and another directory with the same hash are other names.
  CHECK(cache.Find(hash, directory, "b", found) == EntryCache::Answer::kUnknown);
  CHECK(cache.Find(hash, FileNumber{2}, "a", found) == EntryCache::Answer::kUnknown);
  cache.Store(hash, directory, "a", nullptr);
  CHECK(cache.Find(hash, directory, "a", found) == EntryCache::Answer::kAbsent);
  const uint32_t version = cache.Version(hash);
  cache.Forget(hash, directory, "a");
  cache.Fill(hash, directory, "a", &entry, version);
  CHECK(cache.Find(hash, directory, "a", found) == EntryCache::Answer::kUnknown);
}

TEST_CASE("the entry cache stays within its bytes whatever the names' length") {
  constexpr uint64_t kBudget = 1 << 20;
  EntryCache cache(kBudget);
  const EntryRecord entry{FileNumber{9}, FileType::kRegular, Cookie{9}};
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = std::to_string(i) + std::string(static_cast<size_t>(i % 240), 'x');
    cache.Store(HashName(1, FileNumber{1}, name), FileNumber{1}, name, i % 2 ? &entry : nullptr);
  }
  CHECK(cache.used_bytes() <= kBudget);
  CHECK(cache.used_bytes() > kBudget / 2);
}

TEST_CASE("the extent cache remembers that a file has too many extents") {
  ExtentCache cache(64 * 1024);
  std::vector<Extent> many(cache.max_extents() + 1);
  for (size_t i = 0; i < many.size(); ++i) many[i] = {i, 1, {}, 0};
  cache.Fill(FileNumber{1}, many, cache.Version(FileNumber{1}));
  std::vector<Extent> found;
  CHECK(cache.Find(FileNumber{1}, 0, 10, found) == ExtentCache::Answer::kTooMany);
  CHECK(found.empty());
  CHECK(cache.Find(FileNumber{2}, 0, 10, found) == ExtentCache::Answer::kUnknown);
}

TEST_CASE("hashes of names differ by directory, seed, length and every byte") {
  const std::string name = "a name that is longer than eight";
  const uint64_t hash = HashName(1, FileNumber{1}, name);
  CHECK(hash != HashName(2, FileNumber{1}, name));
  CHECK(hash != HashName(1, FileNumber{2}, name));
  CHECK(HashName(1, FileNumber{1}, std::string(3, '\0')) != HashName(1, FileNumber{1}, std::string(4, '\0')));
  for (size_t i = 0; i < name.size(); ++i) {
    std::string other = name;
    other[i] = '!';
    CHECK(hash != HashName(1, FileNumber{1}, other));
  }
}

}  // namespace dittofs::metadata
