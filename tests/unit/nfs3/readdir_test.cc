#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "nfs3_fixture.h"

namespace dittofs::nfs3 {
namespace {

struct Page {
  std::vector<std::string> names;
  uint64_t last_cookie = 0;
  bool eof = false;
};

template <typename Result>
Page ToPage(const Result& result) {
  Page page;
  REQUIRE(result.status == NFS3_OK);
  result.resok.reply.entries.ForEach([&](const auto& entry) {
    page.names.emplace_back(entry.name.text);
    page.last_cookie = entry.cookie;
  });
  page.eof = result.resok.reply.eof;
  return page;
}

class ReadDirectoryFixture : public Nfs3Fixture {
 public:
  void Fill(int count) {
    for (int i = 0; i < count; ++i) {
      files->entries.emplace_back(fmt::format("name-{}", i), Cookie{static_cast<uint64_t>(3 + 2 * i)});
    }
  }
  READDIR3res List(uint64_t cookie, uint32_t count) { return Call<READDIR>({Handle(1), cookie, {}, count}); }
  READDIRPLUS3res ListPlus(uint64_t cookie, uint32_t dircount, uint32_t maxcount) {
    return Call<READDIRPLUS>({Handle(1), cookie, {}, dircount, maxcount});
  }
  /// Bytes of the resok of the last reply.
  size_t reply_size() const { return reply_bytes.back().size() - 4; }
};

TEST_CASE_METHOD(ReadDirectoryFixture, "READDIR begins with \".\" and \"..\"", "[nfs3]") {
  Fill(2);
  files->parent.number = {77};
  const auto result = List(0, 4096);
  std::vector<entry3> entries;
  result.resok.reply.entries.ForEach([&](const entry3& entry) { entries.push_back(entry); });
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].name.text == ".");
  CHECK(entries[0].fileid == 1);
  CHECK(entries[0].cookie == 1);
  CHECK(entries[1].name.text == "..");
  CHECK(entries[1].fileid == 77);
  CHECK(entries[1].cookie == 2);
  CHECK(entries[2].name.text == "name-0");
  CHECK(entries[2].fileid == 103);
  CHECK(entries[2].cookie == 3);
  CHECK(result.resok.reply.eof);
  CHECK(result.resok.dir_attributes->fileid == 1);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "the parent that a listing does not know is looked up", "[nfs3]") {
  files->parent.number = {};
  class Rootless : public testing::FakeFileSystem {
   public:
    Status ReadDirectory(const CallContext&, FileNumber, const ReadDirectoryRequest&, DirectorySink&,
                         ReadDirectoryReply& reply) override {
      reply.end = true;
      return {};
    }
  };
  ShareOptions options;
  options.name = "/rootless";
  auto made = std::make_unique<Rootless>();
  made->parent.number = {42};
  const auto share = runtime->AddShare(options, std::move(made));
  const auto result = Call<READDIR>({Handle((*share)->id(), 9), 0, {}, 4096});
  uint64_t parent = 0;
  result.resok.reply.entries.ForEach([&](const entry3& entry) { parent = entry.fileid; });
  CHECK(parent == 42);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "an empty directory has its two entries and ends", "[nfs3]") {
  const Page page = ToPage(List(0, 4096));
  CHECK(page.names == std::vector<std::string>{".", ".."});
  CHECK(page.eof);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "a listing resumes after \".\", after \"..\" and after an entry", "[nfs3]") {
  Fill(2);
  CHECK(ToPage(List(1, 4096)).names == std::vector<std::string>{"..", "name-0", "name-1"});
  CHECK(ToPage(List(2, 4096)).names == std::vector<std::string>{"name-0", "name-1"});
  CHECK(last_call() == "ReadDirectory 1 after 0");
  CHECK(ToPage(List(3, 4096)).names == std::vector<std::string>{"name-1"});
  CHECK(last_call() == "ReadDirectory 1 after 3");
  const Page page = ToPage(List(5, 4096));
  CHECK(page.names.empty());
  CHECK(page.eof);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "pages of every size hold what fits, and every name comes once", "[nfs3]") {
  Fill(40);
  for (uint32_t count = 160; count < 700; ++count) {
    std::vector<std::string> names;
    Page page;
    do {
      page = ToPage(List(page.last_cookie, count));
      if (reply_size() > count) FAIL_CHECK(reply_size() << " bytes for a count of " << count);
      names.insert(names.end(), page.names.begin(), page.names.end());
      REQUIRE((page.eof || !page.names.empty()));
    } while (!page.eof);
    if (names.size() != 42 || std::set(names.begin(), names.end()).size() != 42) FAIL_CHECK("count " << count);
  }
}

TEST_CASE_METHOD(ReadDirectoryFixture, "READDIRPLUS pages of every size hold what fits", "[nfs3]") {
  Fill(20);
  for (uint32_t maxcount = 300; maxcount < 1200; maxcount += 3) {
    std::vector<std::string> names;
    Page page;
    do {
      page = ToPage(ListPlus(page.last_cookie, 4096, maxcount));
      if (reply_size() > maxcount) FAIL_CHECK(reply_size() << " bytes for a maxcount of " << maxcount);
      names.insert(names.end(), page.names.begin(), page.names.end());
      REQUIRE((page.eof || !page.names.empty()));
    } while (!page.eof);
    if (names.size() != 22 || std::set(names.begin(), names.end()).size() != 22) FAIL_CHECK("maxcount " << maxcount);
  }
}

TEST_CASE_METHOD(ReadDirectoryFixture, "a page is filled to the last byte that its count allows", "[nfs3]") {
  Fill(1);
  List(0, 4096);
  const auto whole = static_cast<uint32_t>(reply_size());
  CHECK(ToPage(List(0, whole)).names.size() == 3);
  CHECK(ToPage(List(0, whole - 1)).names.size() == 2);
  CHECK_FALSE(ToPage(List(0, whole - 1)).eof);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "a count that holds no entry is TOOSMALL", "[nfs3]") {
  Fill(1);
  for (const uint32_t count : {0u, 3u, 103u, 104u, 131u}) {
    const auto result = List(0, count);
    CHECK(result.status == NFS3ERR_TOOSMALL);
  }
  CHECK(List(0, 132).status == NFS3_OK);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "a page that holds \".\" only is not the end of an empty directory", "[nfs3]") {
  const Page page = ToPage(List(0, 132));
  CHECK(page.names == std::vector<std::string>{"."});
  CHECK_FALSE(page.eof);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "dircount bounds the names, maxcount everything", "[nfs3]") {
  Fill(10);
  // "." and ".." take 4 + 8 + 4 + 4 + 8 = 28 bytes each, "name-0" 32.
  CHECK(ToPage(ListPlus(0, 56, 65536)).names.size() == 2);
  CHECK(ToPage(ListPlus(0, 87, 65536)).names.size() == 2);
  CHECK(ToPage(ListPlus(0, 88, 65536)).names.size() == 3);
  CHECK(ListPlus(0, 27, 65536).status == NFS3ERR_TOOSMALL);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "READDIRPLUS answers attributes and handles in one pass", "[nfs3]") {
  Fill(1);
  const auto result = ListPlus(2, 4096, 65536);
  CHECK(files->calls.size() == 1);
  CHECK(Wants(files->listing.entry_attributes, AttributeMask::kTimes));
  size_t count = 0;
  result.resok.reply.entries.ForEach([&](const entryplus3& entry) {
    ++count;
    REQUIRE(entry.name_attributes);
    CHECK(entry.name_attributes->fileid == 103);
    CHECK(entry.name_attributes->fsid == id.value);
    REQUIRE(entry.name_handle);
    CHECK(base::AsText(entry.name_handle->bytes) == base::AsText(Handle(103).bytes));
  });
  CHECK(count == 1);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "entries without known attributes still have handles", "[nfs3]") {
  Fill(1);
  files->attributes_of_entries = false;
  ListPlus(2, 4096, 65536).resok.reply.entries.ForEach([&](const entryplus3& entry) {
    CHECK_FALSE(entry.name_attributes);
    CHECK(entry.name_handle);
  });
}

TEST_CASE_METHOD(ReadDirectoryFixture, "READDIR wants no attributes of the entries", "[nfs3]") {
  List(0, 4096);
  CHECK(files->listing.entry_attributes == AttributeMask::kNone);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "a listing is right when the directory's attributes are unknown", "[nfs3]") {
  Fill(3);
  files->directory.valid = AttributeMask::kNone;
  const auto result = List(0, 4096);
  CHECK_FALSE(result.resok.dir_attributes);
  CHECK(ToPage(result).names.size() == 5);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "a request for megabytes is answered with a page", "[nfs3]") {
  limits.max_directory_bytes = 4096;
  Fill(1000);
  const Page page = ToPage(List(0, 0xffffffff));
  CHECK(reply_size() <= 4096);
  CHECK(page.names.size() > 90);
  CHECK_FALSE(page.eof);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "a cookie verifier that is not ours goes with no cookie", "[nfs3]") {
  const cookieverf3 foreign = {std::byte{1}};
  CHECK(Call<READDIR>({Handle(1), 3, foreign, 4096}).status == NFS3ERR_BAD_COOKIE);
  CHECK(Call<READDIR>({Handle(1), 0, foreign, 4096}).status == NFS3_OK);
}

TEST_CASE_METHOD(ReadDirectoryFixture, "a failed listing answers the directory as it is", "[nfs3]") {
  files->status = ErrorCode::kAccessDenied;
  const auto result = ListPlus(0, 4096, 65536);
  CHECK(result.status == NFS3ERR_ACCES);
  CHECK(result.resfail.dir_attributes->fileid == 1);
}

}  // namespace
}  // namespace dittofs::nfs3
