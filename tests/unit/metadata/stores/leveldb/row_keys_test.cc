#include "metadata/stores/leveldb/row_keys.h"

#include <string>

#include "catch.h"

namespace dittofs::leveldb_store {
namespace {

constexpr ShareId kShare{0x01020304};

std::string Bytes(const RowKey& key) {
  return std::string(key.bytes());
}
std::string operator""_b(const char* text, size_t size) {
  return std::string(text, size);
}

TEST_CASE("leveldb keys: every kind has the documented bytes") {
  BlockId block;
  block.sha256.fill(0xab);
  CHECK(Bytes(RowKey(ShareId{0}, RowKind::kFormat)) == "\0\0\0\0F"_b);
  CHECK(Bytes(RowKey::OfShare(kShare)) == "\0\0\0\0S\1\2\3\4"_b);
  CHECK(Bytes(RowKey(kShare, RowKind::kInode, 0x1112131415161718)) == "\1\2\3\4I\x11\x12\x13\x14\x15\x16\x17\x18"_b);
  CHECK(Bytes(RowKey(kShare, RowKind::kEntry, 1, "name")) == "\1\2\3\4E\0\0\0\0\0\0\0\1name"_b);
  CHECK(Bytes(RowKey(kShare, RowKind::kCookie, 1, 258)) == "\1\2\3\4C\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1\2"_b);
  CHECK(Bytes(RowKey::OfFolded(kShare, FileNumber{1}, "abc", Cookie{2})) ==
        "\1\2\3\4D\0\0\0\0\0\0\0\1\0\3abc\0\0\0\0\0\0\0\2"_b);
  CHECK(Bytes(RowKey(kShare, RowKind::kExtent, 1, 4096)) == "\1\2\3\4X\0\0\0\0\0\0\0\1\0\0\0\0\0\0\x10\0"_b);
  CHECK(Bytes(RowKey(kShare, RowKind::kBlock, block)) == "\1\2\3\4B"_b + std::string(32, '\xab'));
  CHECK(Bytes(RowKey(kShare, RowKind::kExtendedAttribute, 1, "user.a")) == "\1\2\3\4A\0\0\0\0\0\0\0\1user.a"_b);
  CHECK(Bytes(RowKey(kShare, RowKind::kUsage)) == "\1\2\3\4G"_b);
}

TEST_CASE("leveldb keys: numbers sort as numbers") {
  CHECK(Bytes(RowKey(kShare, RowKind::kInode, 255)) < Bytes(RowKey(kShare, RowKind::kInode, 256)));
  CHECK(Bytes(RowKey(kShare, RowKind::kInode, 256)) < Bytes(RowKey(kShare, RowKind::kInode, UINT64_MAX)));
}

TEST_CASE("leveldb keys: folded names of different length do not share a prefix") {
  const std::string first = Bytes(RowKey::OfFolded(kShare, FileNumber{1}, "ab"));
  const std::string second = Bytes(RowKey::OfFolded(kShare, FileNumber{1}, "abc", Cookie{1}));
  CHECK_FALSE(second.starts_with(first));
}

TEST_CASE("leveldb keys: long names do not end at the inline part") {
  const std::string name(4096, 'n');
  CHECK(Bytes(RowKey(kShare, RowKind::kEntry, 1, name)).ends_with(name));
  CHECK(Bytes(RowKey(kShare, RowKind::kEntry, 1, name)).size() == 13 + 4096);
}

TEST_CASE("leveldb keys: keys of the wrong length are not well formed") {
  const std::string inode = Bytes(RowKey(kShare, RowKind::kInode, 42));
  CHECK(WellFormed(inode));
  CHECK_FALSE(WellFormed(inode.substr(0, 12)));
  CHECK_FALSE(WellFormed(inode + "x"));
  CHECK_FALSE(WellFormed(""));
  CHECK_FALSE(WellFormed("\0\0\0\0?"_b));
  CHECK_FALSE(WellFormed(Bytes(RowKey(kShare, RowKind::kEntry, 1, ""))));
  std::string folded = Bytes(RowKey::OfFolded(kShare, FileNumber{1}, "abc", Cookie{2}));
  CHECK(WellFormed(folded));
  folded[14] = 4;
  CHECK_FALSE(WellFormed(folded));
}

TEST_CASE("leveldb keys: a key says in words what it is") {
  CHECK(DescribeKey(Bytes(RowKey(ShareId{7}, RowKind::kInode, 42))) == "inode 42 of share 7");
  CHECK(DescribeKey(Bytes(RowKey(ShareId{7}, RowKind::kEntry, 1, "a\xff"))) ==
        "entry \"a\\xff\" in directory 1 of share 7");
  CHECK(DescribeKey("abc") == "unknown row 616263");
}

}  // namespace
}  // namespace dittofs::leveldb_store
