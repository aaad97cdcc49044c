#include "metadata/stores/memory/inode_node.h"

#include "catch.h"

namespace dittofs::memory_store {
namespace {

InodeRecord Plain() {
  InodeRecord record;
  record.number = FileNumber{42};
  record.mode = 0644;
  record.uid = 4000000000u;
  record.gid = 7;
  record.link_count = 1;
  record.size_bytes = UINT64_MAX;
  record.used_bytes = 4096;
  record.atime = {1700000000, 999999999};
  record.mtime = {-5, 1};
  record.ctime = {0, 0};
  record.btime = {1, 2};
  record.change = 9;
  record.flags = 3;
  return record;
}

InodeRecord RoundTrip(const InodeRecord& record) {
  InodeNode* node = InodeNode::New(record);
  InodeRecord loaded;
  node->Load(record.number, loaded);
  InodeNode::Delete(node);
  return loaded;
}

TEST_CASE("a packed inode gives back a plain record") {
  CHECK(RoundTrip(Plain()) == Plain());
}

TEST_CASE("a packed inode gives back directory fields, device and verifier") {
  InodeRecord record = Plain();
  record.type = FileType::kDirectory;
  record.parent = FileNumber{1};
  record.entry_count = 77;
  record.device = {8, 1};
  record.create_verifier = Verifier{0};
  record.has_create_verifier = true;
  CHECK(RoundTrip(record) == record);
}

TEST_CASE("a packed inode gives back times that do not pack") {
  InodeRecord record = Plain();
  record.mtime = {INT64_MIN, 0};
  record.btime = {INT64_MAX, 999999999};
  CHECK(RoundTrip(record) == record);
}

TEST_CASE("an inode that gets a verifier needs another allocation") {
  InodeNode* node = InodeNode::New(Plain());
  InodeRecord record = Plain();
  CHECK(node->SameShape(record));
  record.has_create_verifier = true;
  CHECK_FALSE(node->SameShape(record));
  InodeNode::Delete(node);
}

}  // namespace
}  // namespace dittofs::memory_store
