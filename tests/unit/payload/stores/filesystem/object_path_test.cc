#include "payload/stores/filesystem/object_path.h"

#include "catch.h"

namespace {

using dittofs::ObjectPath;
using dittofs::ObjectPathOf;

std::string Back(const ObjectPath& path) {
  std::string key;
  for (const std::string& folder : path.folders) REQUIRE(dittofs::AppendFolderToKey(folder, key));
  REQUIRE(dittofs::AppendFileToKey(path.file, key));
  return key;
}

}  // namespace

TEST_CASE("object path: folders are the key's components, the file carries a mark") {
  const ObjectPath path = ObjectPathOf("blocks/00/ab/abcd");
  CHECK(path.folders == std::vector<std::string>{"blocks", "00", "ab"});
  CHECK(path.file == "abcd+");
}

TEST_CASE("object path: the key is found again from the names") {
  for (const std::string& key :
       {std::string("a"), std::string("a/b/c"), std::string(512, 'x'), std::string(200, 'x'), std::string(201, 'x'),
        std::string(400, 'x') + "/" + std::string(100, 'y'), std::string(255, 'a') + "/" + std::string(256, 'b')}) {
    CHECK(Back(ObjectPathOf(key)) == key);
  }
}

TEST_CASE("object path: no name is longer than a file system takes") {
  const ObjectPath path = ObjectPathOf(std::string(512, 'x'));
  for (const std::string& folder : path.folders) CHECK(folder.size() <= 255);
  CHECK(path.file.size() <= 255);
}

TEST_CASE("object path: names that no key makes are told apart") {
  std::string key;
  CHECK_FALSE(dittofs::AppendFileToKey("plain", key));
  CHECK_FALSE(dittofs::AppendFileToKey("+", key));
  CHECK_FALSE(dittofs::AppendFolderToKey("object+", key));
}
