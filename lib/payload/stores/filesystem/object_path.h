#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dittofs {

/// Where the object of a key lives below "objects/". Folders are named like the key's components and the file like the
/// last one with '+' behind (a character no key has), so that "a" and "a/b" can both be objects. A component longer
/// than a file name may be is cut into folders that end in '~'.
struct ObjectPath {
  std::vector<std::string> folders;
  std::string file;
};
ObjectPath ObjectPathOf(std::string_view key);

/// The way back, one name at a time: what entering the folder `name` or finding the file `name` adds to the key.
/// False: not a name that ObjectPathOf() makes.
bool AppendFolderToKey(std::string_view name, std::string& key);
bool AppendFileToKey(std::string_view name, std::string& key);

}  // namespace dittofs
