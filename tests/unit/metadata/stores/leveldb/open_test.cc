#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "catch.h"
#include "metadata/stores/leveldb/database.h"
#include "metadata/stores/leveldb/row_keys.h"
#include "metadata/stores/leveldb/row_values.h"
#include "store_fixture.h"

namespace dittofs::leveldb_store {
namespace {

bool Mentions(const Status& status, std::string_view text) {
  return status.message().find(text) != std::string_view::npos;
}

/// A closed store with files 100..109, and 300..309 if `two_sessions`: the former then lie in a table.
void Fill(StoreFixture& fixture, bool two_sessions = false) {
  fixture.Open();
  for (uint64_t i = 100; i < 110; ++i) REQUIRE(fixture.Create(i, CommitDurability::kDurable).ok());
  fixture.Close();
  if (!two_sessions) return;
  fixture.Open();
  for (uint64_t i = 300; i < 310; ++i) REQUIRE(fixture.Create(i, CommitDurability::kDurable).ok());
  fixture.Close();
}

void ExpectCorruption(StoreFixture& fixture, std::string_view mention) {
  const Status status = fixture.TryOpen();
  INFO(status.ToString());
  CHECK(status == ErrorCode::kCorruption);
  CHECK(Mentions(status, mention));
  CHECK(Mentions(status, "backup"));
  CHECK(Mentions(status, fixture.directory()));
}

TEST_CASE("leveldb open: a new directory is made") {
  StoreFixture fixture;
  CHECK(fixture.TryOpen().ok());
  CHECK(fixture.store->Describe() == "leveldb:" + fixture.directory());
}

TEST_CASE("leveldb open: the parent of the directory must exist") {
  StoreFixture fixture;
  LevelDbMetadataStoreOptions options = fixture.options();
  options.directory += "/a/b";
  CHECK(OpenStore(options, &fixture.env).code() == ErrorCode::kNotFound);
}

TEST_CASE("leveldb open: a file in the directory's place is refused") {
  StoreFixture fixture;
  WriteBytes(fixture.directory(), "text");
  CHECK(fixture.TryOpen() == ErrorCode::kNotDirectory);
}

TEST_CASE("leveldb open: a directory that can't be written is access denied") {
  StoreFixture fixture;
  std::filesystem::create_directory(fixture.directory());
  std::filesystem::permissions(fixture.directory(), std::filesystem::perms::owner_read);
  const bool root = ::geteuid() == 0;
  if (root) {
    std::filesystem::permissions(std::filesystem::path(fixture.directory()).parent_path(), std::filesystem::perms::all);
    REQUIRE(::seteuid(65534) == 0);
  }
  const Status status = fixture.TryOpen();
  if (root) REQUIRE(::seteuid(0) == 0);
  CHECK(status == ErrorCode::kAccessDenied);
}

TEST_CASE("leveldb open: a store that is open already says by whom") {
  StoreFixture fixture;
  fixture.Open();
  const auto second = OpenStore(fixture.options(), &fixture.env);
  CHECK(second.code() == ErrorCode::kAlreadyInUse);
  CHECK(Mentions(second.status(), std::to_string(::getpid())));
}

TEST_CASE("leveldb open: a database that another program holds is in use") {
  StoreFixture fixture;
  Fill(fixture);
  fixture.EditRows([&](leveldb::DB&) { CHECK(fixture.TryOpen() == ErrorCode::kAlreadyInUse); });
}

TEST_CASE("leveldb open: a closed store can be opened again") {
  StoreFixture fixture;
  Fill(fixture);
  fixture.Open();
  CHECK(fixture.Look(105).ok());
}

TEST_CASE("leveldb open: CURRENT missing is corruption and no new store") {
  StoreFixture fixture;
  Fill(fixture);
  std::filesystem::remove(fixture.Path("CURRENT"));
  ExpectCorruption(fixture, "CURRENT");
  CHECK_FALSE(std::filesystem::exists(fixture.Path("CURRENT")));
}

TEST_CASE("leveldb open: CURRENT damaged is corruption") {
  StoreFixture fixture;
  Fill(fixture);
  for (const std::string_view content : {"", "MANIFEST-999999\n", "MANIFEST-000002", "\n"}) {
    WriteBytes(fixture.Path("CURRENT"), content);
    ExpectCorruption(fixture, "");
  }
}

TEST_CASE("leveldb open: every damaged byte of MANIFEST is corruption") {
  StoreFixture fixture;
  Fill(fixture, true);
  const std::string manifest = fixture.Files("MANIFEST-000004").empty() ? "" : fixture.Path("MANIFEST-000004");
  REQUIRE_FALSE(manifest.empty());
  const std::string good = ReadBytes(manifest);
  const std::string current = ReadBytes(fixture.Path("CURRENT"));
  for (size_t at = 0; at < good.size(); ++at) {
    FlipByte(manifest, at);
    const Status status = fixture.TryOpen();
    INFO("byte " << at << " of " << good.size() << ": " << status.ToString());
    CHECK(status == ErrorCode::kCorruption);
    fixture.Close();
    WriteBytes(manifest, good);
    WriteBytes(fixture.Path("CURRENT"), current);
  }
}

TEST_CASE("leveldb open: MANIFEST missing is corruption") {
  StoreFixture fixture;
  Fill(fixture);
  for (const std::string& manifest : fixture.Files("MANIFEST-000002")) std::filesystem::remove(manifest);
  ExpectCorruption(fixture, "");
}

TEST_CASE("leveldb open: a damaged byte anywhere in the log is corruption, but for the last commit's length") {
  StoreFixture fixture;
  Fill(fixture);
  const std::vector<std::string> logs = fixture.Files(".log");
  REQUIRE(logs.size() == 1);
  const std::string good = ReadBytes(logs[0]);
  // Every byte of every record's header (checksum 4, length 2, type 1), and some of what it holds.
  std::vector<size_t> places;
  size_t last_record = 0;
  for (size_t at = 0; at < good.size();) {
    last_record = at;
    const size_t end = at + 7 + base::LoadLittleEndian<uint16_t>(good.data() + at + 4);
    for (size_t place = at; place < end; place += place < at + 7 ? 1 : 211) places.push_back(place);
    at = end;
  }
  for (const size_t at : places) {
    // A length that reaches beyond the end is what an interrupted write looks like; nothing can tell them apart.
    if (at == last_record + 4 || at == last_record + 5) continue;
    FlipByte(logs[0], at);
    const Status status = fixture.TryOpen();
    INFO("byte " << at << " of " << good.size());
    CHECK(status == ErrorCode::kCorruption);
    if (status.ok()) break;
    WriteBytes(logs[0], good);
  }
  fixture.Open();
  CHECK(fixture.Look(109).ok());
}

TEST_CASE("leveldb open: a run of zeros in the log is corruption") {
  StoreFixture fixture;
  Fill(fixture);
  const std::string log = fixture.Files(".log").at(0);
  std::string bytes = ReadBytes(log);
  const size_t second = 7u + base::LoadLittleEndian<uint16_t>(bytes.data() + 4);
  std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(second), 40, '\0');
  WriteBytes(log, bytes);
  ExpectCorruption(fixture, "log");
}

TEST_CASE("leveldb open: a log that ends in the middle of a commit loses that commit only") {
  StoreFixture fixture;
  Fill(fixture);
  const std::string log = fixture.Files(".log").at(0);
  std::filesystem::resize_file(log, std::filesystem::file_size(log) - 1);
  fixture.Open();
  CHECK(fixture.Look(108).ok());
  CHECK(fixture.Look(109) == ErrorCode::kNotFound);
}

TEST_CASE("leveldb open: a missing log is corruption") {
  StoreFixture fixture;
  Fill(fixture);
  for (const std::string& log : fixture.Files(".log")) std::filesystem::remove(log);
  ExpectCorruption(fixture, "log is missing");
}

TEST_CASE("leveldb open: an emptied log of a young store is not taken for a new store") {
  StoreFixture fixture;
  Fill(fixture);
  for (const std::string& log : fixture.Files(".log")) WriteBytes(log, "");
  ExpectCorruption(fixture, "rows are gone");
}

TEST_CASE("leveldb open: a missing table is corruption") {
  StoreFixture fixture;
  Fill(fixture, true);
  REQUIRE(fixture.Files(".ldb").size() == 1);
  std::filesystem::remove(fixture.Files(".ldb")[0]);
  ExpectCorruption(fixture, "missing");
}

TEST_CASE("leveldb open: a damaged table is corruption, at open or at the read that meets it") {
  StoreFixture fixture;
  Fill(fixture, true);
  const std::string table = fixture.Files(".ldb").at(0);
  const std::string good = ReadBytes(table);
  for (size_t at = 0; at < good.size(); at += 13) {
    FlipByte(table, at);
    Status status = fixture.TryOpen();
    if (status.ok()) {
      for (uint64_t number = 100; status.ok() && number < 110; ++number) status = fixture.Look(number);
      std::vector<std::string> names;
      if (status.ok()) status = fixture.List(true, &names);
      // Bytes that nothing depends on (the padding of the footer, the filter) may go unnoticed: nothing may be lost.
      if (status.ok()) CHECK(names.size() == 20);
    }
    INFO("byte " << at << " of " << good.size() << ": " << status.ToString());
    CHECK((status.ok() || status == ErrorCode::kCorruption));
    fixture.Close();
    if (ReadBytes(table).size() == good.size()) WriteBytes(table, good);
  }
}

TEST_CASE("leveldb open: a newer format in the file FORMAT is refused and says what to do") {
  StoreFixture fixture;
  Fill(fixture);
  WriteBytes(fixture.Path("FORMAT"), "dittofs-metadata 2 whatever a later version writes\n");
  const Status status = fixture.TryOpen();
  CHECK(status == ErrorCode::kUnknownFormat);
  CHECK(Mentions(status, "newer"));
  CHECK(Mentions(status, "format 2"));
}

TEST_CASE("leveldb open: a newer format in the format row is refused") {
  StoreFixture fixture;
  Fill(fixture);
  std::filesystem::remove(fixture.Path("FORMAT"));
  fixture.EditRows([](leveldb::DB& db) {
    FormatRow row;
    row.format = kMetadataFormatVersion + 1;
    const RowKey key(ShareId{0}, RowKind::kFormat);
    REQUIRE(db.Put({}, ToSlice(key.bytes()), ToSlice(row.Encode())).ok());
  });
  CHECK(fixture.TryOpen() == ErrorCode::kUnknownFormat);
}

TEST_CASE("leveldb open: a damaged file FORMAT is corruption") {
  StoreFixture fixture;
  Fill(fixture);
  const std::string good = ReadBytes(fixture.Path("FORMAT"));
  for (const std::string& content :
       {std::string(), good.substr(0, 10), good.substr(0, good.size() - 1), good + "x", "x" + good}) {
    WriteBytes(fixture.Path("FORMAT"), content);
    ExpectCorruption(fixture, "FORMAT");
  }
}

TEST_CASE("leveldb open: a file FORMAT of another store is corruption") {
  StoreFixture fixture;
  Fill(fixture);
  WriteBytes(fixture.Path("FORMAT"), "dittofs-metadata 1 0123456789abcdef\n");
  ExpectCorruption(fixture, "another store");
}

TEST_CASE("leveldb open: a missing file FORMAT is made again") {
  StoreFixture fixture;
  Fill(fixture);
  const std::string good = ReadBytes(fixture.Path("FORMAT"));
  std::filesystem::remove(fixture.Path("FORMAT"));
  fixture.Open();
  CHECK(ReadBytes(fixture.Path("FORMAT")) == good);
}

TEST_CASE("leveldb open: the format row gone is corruption") {
  StoreFixture fixture;
  Fill(fixture);
  fixture.EditRows(
      [](leveldb::DB& db) { REQUIRE(db.Delete({}, ToSlice(RowKey(ShareId{0}, RowKind::kFormat).bytes())).ok()); });
  ExpectCorruption(fixture, "rows are gone");
}

TEST_CASE("leveldb open: a LevelDB of another program is refused") {
  StoreFixture fixture;
  std::filesystem::create_directory(fixture.directory());
  leveldb::Options options;
  options.create_if_missing = true;
  leveldb::DB* db = nullptr;
  REQUIRE(leveldb::DB::Open(options, fixture.directory(), &db).ok());
  REQUIRE(db->Put({}, "key", "value").ok());
  delete db;
  CHECK(fixture.TryOpen() == ErrorCode::kUnknownFormat);
}

TEST_CASE("leveldb open: a store that was interrupted while it was made is finished") {
  StoreFixture fixture;
  std::filesystem::create_directory(fixture.directory());
  leveldb::Options options;
  options.create_if_missing = true;
  leveldb::DB* db = nullptr;
  REQUIRE(leveldb::DB::Open(options, fixture.directory(), &db).ok());
  delete db;
  CHECK(fixture.TryOpen().ok());
}

TEST_CASE("leveldb: a table that vanishes while the store is open is an error and not an absent file") {
  StoreFixture fixture;
  Fill(fixture, true);
  fixture.Open();
  fixture.Close();
  REQUIRE(fixture.TryOpen().ok());
  // The table with the later files was not needed to open the store.
  std::vector<std::string> tables = fixture.Files(".ldb");
  std::sort(tables.begin(), tables.end());
  REQUIRE(tables.size() >= 2);
  std::filesystem::remove(tables[1]);
  for (int i = 0; i < 2; ++i) {
    const Status status = fixture.Look(305);
    INFO(status.ToString());
    CHECK((status == ErrorCode::kIo || status == ErrorCode::kCorruption));
  }
}

}  // namespace
}  // namespace dittofs::leveldb_store
