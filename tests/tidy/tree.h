#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidy {

/// A source tree in memory: path relative to its top ("lib/base/log.h") -> content. Tests make one by hand.
struct Tree {
  std::map<std::string, std::string> files;
  std::vector<std::string> top_level;  ///< Names of the entries of the top folder, hidden ones included.
};

/// Reads every source file below `top`. Left out: what is never committed (build folders, caches, .git).
Tree ReadTree(const std::string& top);

/// One #include line.
struct Include {
  std::string target;  ///< What stands between the quotes or brackets.
  bool angle = false;
  size_t line = 0;  ///< From 1.
};
std::vector<Include> FindIncludes(std::string_view content);

std::vector<std::string_view> SplitLines(std::string_view text);
/// Words between blanks and tabs.
std::vector<std::string> SplitWords(std::string_view text);
bool IsSource(std::string_view path);  ///< C++: .cc or .h
std::string FolderOf(std::string_view path);
std::string FileNameOf(std::string_view path);
std::string StemOf(std::string_view path);  ///< File name without its last extension.

}  // namespace tidy
