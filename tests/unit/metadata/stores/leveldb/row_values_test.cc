#include "metadata/stores/leveldb/row_values.h"

#include <string>

#include "catch.h"

namespace dittofs::leveldb_store {
namespace {

// The bytes are those of docs/formats/leveldb.md.

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text.push_back(kDigits[static_cast<uint8_t>(c) >> 4]);
    text.push_back(kDigits[static_cast<uint8_t>(c) & 15]);
  }
  return text;
}
template <size_t kSize>
std::string Text(const std::array<char, kSize>& row) {
  return std::string(row.data(), kSize);
}
std::string With(std::string row, size_t at, char value) {
  row.at(at) = value;
  return row;
}

InodeRecord SampleInode() {
  InodeRecord inode;
  inode.number = FileNumber{42};
  inode.type = FileType::kDirectory;
  inode.mode = 0755;
  inode.uid = 1000;
  inode.gid = 100;
  inode.link_count = 3;
  inode.flags = 0xa5;
  inode.size_bytes = 4096;
  inode.used_bytes = 8192;
  inode.change = 7;
  inode.parent = FileNumber{1};
  inode.entry_count = 5;
  inode.create_verifier = Verifier{0x1122334455667788};
  inode.has_create_verifier = true;
  inode.device = {8, 1};
  inode.atime = {1700000000, 1};
  inode.mtime = {-1, 999999999};
  inode.ctime = {0, 2};
  inode.btime = {5, 3};
  return inode;
}

TEST_CASE("leveldb rows: an inode row has the documented bytes") {
  CHECK(Hex(Text(InodeRow::Encode(SampleInode()))) ==
        "01020100ed010000e80300006400000003000000a500000000100000000000000020000000000000070000000000000001000000000000"
        "0005000000000000008877665544332211080000000100000000f1536500000000ffffffffffffffff0000000000000000050000000000"
        "000001000000ffc99a3b0200000003000000");
}

TEST_CASE("leveldb rows: an inode row gives the record back") {
  InodeRecord inode;
  REQUIRE(InodeRow::Decode(FileNumber{42}, Text(InodeRow::Encode(SampleInode())), inode));
  CHECK(inode == SampleInode());
}

TEST_CASE("leveldb rows: an inode row that can't be one is refused") {
  const std::string good = Text(InodeRow::Encode(SampleInode()));
  InodeRecord inode;
  for (size_t size = 0; size < good.size(); ++size) CHECK_FALSE(InodeRow::Decode({}, good.substr(0, size), inode));
  CHECK_FALSE(InodeRow::Decode({}, good + '\0', inode));
  CHECK_FALSE(InodeRow::Decode({}, With(good, InodeRow::kVersionAt, 2), inode));
  CHECK_FALSE(InodeRow::Decode({}, With(good, InodeRow::kTypeAt, 0), inode));
  CHECK_FALSE(InodeRow::Decode({}, With(good, InodeRow::kTypeAt, 8), inode));
  CHECK_FALSE(InodeRow::Decode({}, With(good, InodeRow::kBitsAt, 2), inode));
  CHECK_FALSE(InodeRow::Decode({}, With(good, InodeRow::kNanosecondsAt + 3, '\x7f'), inode));
}

TEST_CASE("leveldb rows: an entry row has the documented bytes") {
  std::string row;
  EntryRow::Append({FileNumber{20}, FileType::kRegular, Cookie{21}}, false, {}, row);
  CHECK(Hex(row) == "0101000014000000000000001500000000000000");
  row.clear();
  EntryRow::Append({FileNumber{20}, FileType::kRegular, Cookie{21}}, true, "name", row);
  CHECK(Hex(row) == "01010100140000000000000015000000000000006e616d65");
}

TEST_CASE("leveldb rows: an entry row gives entry and folded name back") {
  const EntryRecord entry{FileNumber{UINT64_MAX}, FileType::kFifo, Cookie{7}};
  std::string row;
  EntryRow::Append(entry, true, "", row);
  EntryRecord decoded;
  bool has_folded = false;
  std::string_view folded = "unset";
  REQUIRE(EntryRow::Decode(row, decoded, has_folded, folded));
  CHECK(decoded == entry);
  CHECK(has_folded);
  CHECK(folded.empty());
}

TEST_CASE("leveldb rows: an entry row that can't be one is refused") {
  std::string good;
  EntryRow::Append({FileNumber{20}, FileType::kRegular, Cookie{21}}, false, {}, good);
  EntryRecord entry;
  bool has_folded;
  std::string_view folded;
  for (size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(EntryRow::Decode(good.substr(0, size), entry, has_folded, folded));
  }
  CHECK_FALSE(EntryRow::Decode(good + "x", entry, has_folded, folded));
  CHECK_FALSE(EntryRow::Decode(With(good, EntryRow::kVersionAt, 0), entry, has_folded, folded));
  CHECK_FALSE(EntryRow::Decode(With(good, EntryRow::kTypeAt, 9), entry, has_folded, folded));
  CHECK_FALSE(EntryRow::Decode(With(good, EntryRow::kBitsAt + 1, 1), entry, has_folded, folded));
}

TEST_CASE("leveldb rows: a cookie row has the documented bytes and gives the entry back") {
  const EntryRecord entry{FileNumber{20}, FileType::kDirectory, Cookie{9}};
  std::string row;
  CookieRow::Append(entry, "name", row);
  CHECK(Hex(row) == "010214000000000000006e616d65");
  EntryRecord decoded;
  std::string_view name;
  REQUIRE(CookieRow::Decode(Cookie{9}, row, decoded, name));
  CHECK(decoded == entry);
  CHECK(name == "name");
  CHECK_FALSE(CookieRow::Decode(Cookie{9}, row.substr(0, CookieRow::kNameAt), decoded, name));
  CHECK_FALSE(CookieRow::Decode(Cookie{9}, With(row, 0, 3), decoded, name));
}

TEST_CASE("leveldb rows: a text row has the documented bytes and gives the text back") {
  std::string row;
  TextRow::Append("abc", row);
  CHECK(Hex(row) == "01616263");
  std::string_view text;
  REQUIRE(TextRow::Decode(row, text));
  CHECK(text == "abc");
  CHECK_FALSE(TextRow::Decode("", text));
  CHECK_FALSE(
      TextRow::Decode("\x02"
                      "abc",
                      text));
}

TEST_CASE("leveldb rows: an extent row has the documented bytes and gives the extent back") {
  Extent extent{1000, 4096, {}, 5};
  for (size_t i = 0; i < 32; ++i) extent.block.sha256[i] = static_cast<uint8_t>(i);
  const std::string row = Text(ExtentRow::Encode(extent));
  CHECK(Hex(row) == "01000000050000000010000000000000000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  Extent decoded;
  REQUIRE(ExtentRow::Decode(1000, row, decoded));
  CHECK(decoded == extent);
}

TEST_CASE("leveldb rows: an extent of no bytes or beyond the largest offset is refused") {
  Extent extent{0, 4096, {}, 5};
  Extent decoded;
  CHECK_FALSE(ExtentRow::Decode(UINT64_MAX - 4095, Text(ExtentRow::Encode(extent)), decoded));
  CHECK(ExtentRow::Decode(UINT64_MAX - 4096, Text(ExtentRow::Encode(extent)), decoded));
  extent.length = 0;
  CHECK_FALSE(ExtentRow::Decode(0, Text(ExtentRow::Encode(extent)), decoded));
  CHECK_FALSE(ExtentRow::Decode(0, std::string(47, '\1'), decoded));
}

TEST_CASE("leveldb rows: a block row has the documented bytes and gives the record back") {
  const BlockRecord block{4u << 20, BlockState::kDeleting, 3};
  const std::string row = Text(BlockRow::Encode(block));
  CHECK(Hex(row) == "01020000000040000300000000000000");
  BlockRecord decoded;
  REQUIRE(BlockRow::Decode(row, decoded));
  CHECK(decoded == block);
}

TEST_CASE("leveldb rows: a block row with fewer than no references or an unknown state is refused") {
  BlockRecord decoded;
  CHECK_FALSE(BlockRow::Decode(Text(BlockRow::Encode({1, BlockState::kStored, -1})), decoded));
  const std::string good = Text(BlockRow::Encode({1, BlockState::kStored, 1}));
  CHECK_FALSE(BlockRow::Decode(With(good, BlockRow::kStateAt, 0), decoded));
  CHECK_FALSE(BlockRow::Decode(With(good, BlockRow::kStateAt, 3), decoded));
  CHECK_FALSE(BlockRow::Decode(With(good, BlockRow::kZeroAt, 1), decoded));
  CHECK_FALSE(BlockRow::Decode(good.substr(1), decoded));
}

TEST_CASE("leveldb rows: a usage row has the documented bytes and gives the record back") {
  const std::string row = Text(UsageRow::Encode({-2, 7}));
  CHECK(Hex(row) == "01feffffffffffffff0700000000000000");
  UsageRecord decoded;
  REQUIRE(UsageRow::Decode(row, decoded));
  CHECK(decoded.bytes == -2);
  CHECK(decoded.files == 7);
  CHECK_FALSE(UsageRow::Decode(row.substr(0, 16), decoded));
}

TEST_CASE("leveldb rows: a numbers row has the documented bytes and gives the number back") {
  const std::string row = Text(NumbersRow::Encode(65552));
  CHECK(Hex(row) == "011000010000000000");
  uint64_t next = 0;
  REQUIRE(NumbersRow::Decode(row, next));
  CHECK(next == 65552);
  CHECK_FALSE(NumbersRow::Decode(row + "x", next));
}

TEST_CASE("leveldb rows: a share row has the documented bytes and gives the record back") {
  std::string row;
  ShareRow::Append({"home", 0x0102030405060708, {1700000000, 9}}, row);
  CHECK(Hex(row) == "01080706050403020100f153650000000009000000686f6d65");
  ShareRecord decoded;
  REQUIRE(ShareRow::Decode(row, decoded));
  CHECK(decoded.name == "home");
  CHECK(decoded.block_scope == 0x0102030405060708);
  CHECK(decoded.created == Timestamp{1700000000, 9});
  CHECK_FALSE(ShareRow::Decode(row.substr(0, ShareRow::kNameAt - 1), decoded));
}

TEST_CASE("leveldb rows: a format row has the documented bytes; more may follow in newer formats") {
  FormatRow row;
  row.format = 1;
  row.store_id = 0x0102030405060708;
  const std::string bytes = Text(row.Encode());
  CHECK(Hex(bytes) == "646974746f66732d6d65746164617461010000000807060504030201");
  FormatRow decoded;
  REQUIRE(FormatRow::Decode(bytes + "more", decoded));
  CHECK(decoded.format == 1);
  CHECK(decoded.store_id == row.store_id);
  CHECK_FALSE(FormatRow::Decode(With(bytes, 0, 'x'), decoded));
  CHECK_FALSE(FormatRow::Decode(bytes.substr(0, 27), decoded));
}

}  // namespace
}  // namespace dittofs::leveldb_store
