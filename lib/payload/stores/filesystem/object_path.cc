#include "payload/stores/filesystem/object_path.h"

namespace dittofs {
namespace {

constexpr size_t kMaxPieceBytes = 200;
constexpr char kObjectMark = '+';
constexpr char kContinuedMark = '~';

}  // namespace

ObjectPath ObjectPathOf(std::string_view key) {
  ObjectPath path;
  while (true) {
    const size_t end = key.find('/');
    std::string_view component = key.substr(0, end);
    while (component.size() > kMaxPieceBytes) {
      path.folders.emplace_back(component.substr(0, kMaxPieceBytes)).push_back(kContinuedMark);
      component.remove_prefix(kMaxPieceBytes);
    }
    if (end == key.npos) {
      path.file.assign(component).push_back(kObjectMark);
      return path;
    }
    path.folders.emplace_back(component);
    key.remove_prefix(end + 1);
  }
}

bool AppendFolderToKey(std::string_view name, std::string& key) {
  if (name.empty() || name.back() == kObjectMark) return false;
  if (name.back() == kContinuedMark) {
    key.append(name.substr(0, name.size() - 1));
  } else {
    key.append(name).push_back('/');
  }
  return true;
}

bool AppendFileToKey(std::string_view name, std::string& key) {
  if (name.size() < 2 || name.back() != kObjectMark) return false;
  key.append(name.substr(0, name.size() - 1));
  return true;
}

}  // namespace dittofs
