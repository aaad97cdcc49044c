#include "tree.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace tidy {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileBytes = 4u << 20;  // larger ones are not source

bool NeverCommitted(const std::string& name) {
  return name == ".git" || name == ".ccache" || name == ".cache" || name == "packagecache" ||
         name == "compile_commands.json" || name.starts_with("build") || name.ends_with(".swp");
}

}  // namespace

Tree ReadTree(const std::string& top) {
  Tree tree;
  for (const fs::directory_entry& entry : fs::directory_iterator(top)) {
    const std::string name = entry.path().filename().string();
    if (NeverCommitted(name)) continue;
    tree.top_level.push_back(name);
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      tree.files[name] = std::string(std::istreambuf_iterator<char>(in), {});
      continue;
    }
    if (!entry.is_directory()) continue;
    for (fs::recursive_directory_iterator i(entry.path()), end; i != end; ++i) {
      const std::string below = i->path().filename().string();
      if (i->is_directory() && (below == "packagecache" || below == ".git")) i.disable_recursion_pending();
      if (!i->is_regular_file() || below.ends_with(".swp") || i->file_size() > kMaxFileBytes) continue;
      std::ifstream in(i->path(), std::ios::binary);
      tree.files[fs::relative(i->path(), top).string()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
  }
  return tree;
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = text.find_first_not_of(" \t"); at != std::string_view::npos;) {
    const size_t end = text.find_first_of(" \t", at);
    words.emplace_back(text.substr(at, end == std::string_view::npos ? end : end - at));
    at = text.find_first_not_of(" \t", end);
  }
  return words;
}

std::vector<Include> FindIncludes(std::string_view content) {
  std::vector<Include> includes;
  size_t number = 0;
  for (std::string_view line : SplitLines(content)) {
    ++number;
    size_t at = line.find_first_not_of(" \t");
    if (at == std::string_view::npos || line[at] != '#') continue;
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string_view::npos || !line.substr(at).starts_with("include")) continue;
    const size_t open = line.find_first_of("\"<", at);
    if (open == std::string_view::npos) continue;
    const bool angle = line[open] == '<';
    const size_t close = line.find(angle ? '>' : '"', open + 1);
    if (close == std::string_view::npos) continue;
    includes.push_back({std::string(line.substr(open + 1, close - open - 1)), angle, number});
  }
  return includes;
}

bool IsSource(std::string_view path) {
  return path.ends_with(".cc") || path.ends_with(".h");
}

std::string FolderOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash));
}

std::string FileNameOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string StemOf(std::string_view path) {
  const std::string name = FileNameOf(path);
  return name.substr(0, name.rfind('.'));
}

}  // namespace tidy
