#include <map>
#include <set>

#include "application_files.h"
#include "catch.h"
#include "fs/supply_cookies.h"

namespace {

using namespace dittofs;        // NOLINT: a test
using namespace dittofs::test;  // NOLINT: a test

/// A directory of so many names, given in batches under numbers that are no cookies.
class ManyNames final : public FileSystem {
 public:
  ManyNames(size_t count, size_t batch) : batch_(batch) {
    for (size_t i = 0; i < count; ++i) names_.push_back("name" + std::to_string(i));
  }
  const FileSystemTraits& traits() const noexcept override { return traits_; }
  Status GetAttributes(const CallContext&, FileNumber file, AttributeMask, Attributes& attributes) override {
    attributes.valid = AttributeMask::kAll;
    attributes.number = file;
    return {};
  }
  Status Lookup(const CallContext&, FileNumber, std::string_view, AttributeMask, LookupReply&) override {
    return ErrorCode::kNotFound;
  }
  Status ReadDirectory(const CallContext&, FileNumber, const ReadDirectoryRequest& request, DirectorySink& sink,
                       ReadDirectoryReply& reply) override {
    ++scans;
    size_t i = static_cast<size_t>(request.after.value);
    for (size_t given = 0; i < names_.size() && given < batch_; ++i, ++given) {
      Attributes attributes;
      attributes.valid = AttributeMask::kIdentity;
      attributes.number = FileNumber{100 + i};
      if (!sink.Add({names_[i], FileNumber{100 + i}, Cookie{i + 1}, &attributes})) return {};
    }
    reply.end = i == names_.size();
    return {};
  }
  Status Read(const CallContext&, FileNumber, uint64_t, uint32_t, ReadReply&) override {
    return ErrorCode::kIsDirectory;
  }
  size_t scans = 0;

 private:
  std::vector<std::string> names_;
  const size_t batch_;
  FileSystemTraits traits_;
};

struct Page final : DirectorySink {
  explicit Page(size_t max) : max_entries(max) {}
  bool Add(const DirectoryEntry& entry) override {
    if (entries.size() == max_entries) return false;
    if (entry.attributes) attributes_right = attributes_right && entry.attributes->number == entry.number;
    entries.emplace_back(std::string(entry.name), entry.cookie);
    return true;
  }
  const size_t max_entries;
  bool attributes_right = true;
  std::vector<std::pair<std::string, Cookie>> entries;
};

/// Every name with its cookie, read in pages; cookies must ascend.
std::map<std::string, Cookie> ReadAll(FileSystem& fs, size_t page_entries) {
  std::map<std::string, Cookie> all;
  ReadDirectoryRequest request;
  request.expected_entries = static_cast<uint32_t>(page_entries);
  ReadDirectoryReply reply;
  while (!reply.end) {
    Page page(page_entries);
    reply = {};
    REQUIRE(fs.ReadDirectory(kSuperuserContext, kRootFileNumber, request, page, reply).ok());
    REQUIRE(page.attributes_right);
    REQUIRE((reply.end || !page.entries.empty()));
    for (const auto& [name, cookie] : page.entries) {
      REQUIRE(cookie > request.after);
      REQUIRE(all.emplace(name, cookie).second);
      request.after = cookie;
    }
  }
  return all;
}

uint64_t OneHash(std::string_view) noexcept {
  return 77;
}
uint64_t FewHashes(std::string_view name) noexcept {
  return 1 + static_cast<uint64_t>(name.back()) % 40 * 10 + name.size() % 3;
}

}  // namespace

TEST_CASE("supplied cookies: every name comes once, whatever the page size") {
  for (const size_t page : {1, 7, 64, 100, 1000}) {
    const auto fs = SupplyCookies(std::make_unique<ManyNames>(300, 1000));
    CHECK(ReadAll(*fs, page).size() == 300);
  }
}

TEST_CASE("supplied cookies: a directory larger than what is kept is read in several passes") {
  auto inner = std::make_unique<ManyNames>(10'000, 100'000);
  ManyNames& many = *inner;
  const auto fs = SupplyCookies(std::move(inner));
  CHECK(ReadAll(*fs, 100'000).size() == 10'000);
  CHECK(many.scans == 3);
}

TEST_CASE("supplied cookies: a file system that answers in batches is read to its end") {
  const auto fs = SupplyCookies(std::make_unique<ManyNames>(1000, 13));
  CHECK(ReadAll(*fs, 50).size() == 1000);
}

TEST_CASE("supplied cookies: a name keeps its cookie in another instance and among other names") {
  const auto few = ReadAll(*SupplyCookies(std::make_unique<ManyNames>(10, 1000)), 3);
  const auto many = ReadAll(*SupplyCookies(std::make_unique<ManyNames>(500, 1000)), 100);
  for (const auto& [name, cookie] : few) CHECK(many.at(name) == cookie);
}

TEST_CASE("supplied cookies: the hash is part of the wire and stays what it is") {
  CHECK(fs::CookieHashOf("readme") == 0x6c890a95cb915e);
  CHECK(fs::CookieHashOf("") == 0x56ee380b0bac26);
}

TEST_CASE("supplied cookies: a page may end between names of one hash") {
  for (const size_t page : {1, 2, 63, 64, 65, 200}) {
    const auto fs = fs::SupplyCookiesByHash(std::make_unique<ManyNames>(200, 1000), OneHash);
    CHECK(ReadAll(*fs, page).size() == 200);
  }
}

TEST_CASE("supplied cookies: many names of few hashes come once each") {
  for (const size_t page : {1, 10, 100}) {
    const auto fs = fs::SupplyCookiesByHash(std::make_unique<ManyNames>(1200, 77), FewHashes);
    CHECK(ReadAll(*fs, page).size() == 1200);
  }
}

TEST_CASE("supplied cookies: more names of one hash than there are places is an error, not a loss") {
  const auto fs = fs::SupplyCookiesByHash(std::make_unique<ManyNames>(300, 1000), OneHash);
  Page page(1000);
  ReadDirectoryReply reply;
  CHECK(fs->ReadDirectory(kSuperuserContext, kRootFileNumber, {}, page, reply).code() == ErrorCode::kResourceExhausted);
}

TEST_CASE("supplied cookies: the traits say that there are cookies now") {
  CHECK(SupplyCookies(std::make_unique<ManyNames>(1, 1))->traits().persistent_cookies);
}

TEST_CASE("read-only: nothing changes, reading goes on") {
  auto notes = std::make_unique<NoteFiles>();
  CreateRequest request;
  request.directory = kRootFileNumber;
  request.name = "a";
  CreateReply created;
  REQUIRE(notes->Create(kSuperuserContext, request, created).ok());
  const FileNumber file = created.file.number;
  const auto fs = ReadOnly(std::move(notes));
  CHECK(fs->traits().read_only);
  const CallContext& context = kSuperuserContext;
  WriteRequest write;
  write.file = file;
  WriteReply written;
  CommitReply committed;
  SetAttributesReply set;
  MakeReply made;
  LinkReply linked;
  RemoveReply removed;
  RenameReply renamed;
  RemoveRequest remove;
  remove.directory = kRootFileNumber;
  remove.name = "a";
  request.name = "b";
  const Status answers[] = {
      fs->Create(context, request, created),
      fs->Write(context, write, written),
      fs->Commit(context, file, 0, 0, committed),
      fs->SetAttributes(context, file, {}, set),
      fs->MakeDirectory(context, kRootFileNumber, "d", {}, made),
      fs->MakeSymlink(context, kRootFileNumber, "d", "t", {}, made),
      fs->MakeNode(context, kRootFileNumber, "d", FileType::kFifo, {}, {}, made),
      fs->Link(context, file, kRootFileNumber, "l", linked),
      fs->Remove(context, remove, removed),
      fs->Rename(context, {}, renamed),
      fs->Allocate(context, file, 0, 1, set),
      fs->Deallocate(context, file, 0, 1, set),
      fs->Clone(context, file, 0, file, 0, 1, set),
      fs->SetExtendedAttribute(context, file, "user.a", "x", false, false, set),
      fs->RemoveExtendedAttribute(context, file, "user.a", set),
  };
  for (const Status& answer : answers) CHECK(answer.code() == ErrorCode::kReadOnly);
  ReadReply read;
  CHECK(fs->Read(context, file, 0, 10, read).ok());
}

TEST_CASE("read-only: what exists can be opened, also by a create") {
  auto notes = std::make_unique<NoteFiles>();
  CreateRequest request;
  request.directory = kRootFileNumber;
  request.name = "a";
  request.disposition = CreateDisposition::kOpenIf;
  CreateReply created;
  REQUIRE(notes->Create(kSuperuserContext, request, created).ok());
  const auto fs = ReadOnly(std::move(notes));
  CreateReply opened;
  REQUIRE(fs->Create(kSuperuserContext, request, opened).ok());
  CHECK(opened.outcome == CreateOutcome::kOpened);
  CHECK(opened.file.number == created.file.number);
}
