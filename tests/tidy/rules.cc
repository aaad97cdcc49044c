#include "rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

#include "layers.h"

namespace tidy {
namespace {

constexpr size_t kMaxFileLines = 1000;
constexpr size_t kLongFileLines = 500;
constexpr size_t kMaxReadmeLines = 60;
constexpr size_t kMaxChangeLineBytes = 300;

/// The top level is fixed.
constexpr std::array<std::string_view, 11> kTopLevel = {
    "meson.build", "meson_options.txt", "README.md", "LICENSE",     "include", "lib",
    "server",      "examples",          "tests",     "subprojects", "docs"};

std::string At(const std::string& path, size_t line) {
  return path + ":" + std::to_string(line) + ": ";
}

/// Files that people read: everything but recorded bytes.
bool IsText(std::string_view path, std::string_view content) {
  if (path.starts_with("tests/fuzz/corpus/") || path.starts_with("tests/golden/")) return false;
  return content.substr(0, 4096).find('\0') == std::string_view::npos;
}

size_t CountLines(std::string_view content) {
  return SplitLines(content).size();
}

bool WordAt(std::string_view line, size_t at, size_t length) {
  const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  return (at == 0 || !part(line[at - 1])) && (at + length >= line.size() || !part(line[at + length]));
}

bool ContainsWord(std::string_view line, std::string_view word) {
  for (size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    if (WordAt(line, at, word.size())) return true;
  }
  return false;
}

void CheckHeadersListed(const Tree& tree, Findings& findings) {
  const std::string list = "include/dittofs/meson.build";
  const auto build = tree.files.find(list);
  if (build == tree.files.end()) {
    findings.push_back(list + ": missing");
    return;
  }
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("include/") || !path.ends_with(".h")) continue;
    const std::string name = path.substr(std::string_view("include/dittofs/").size());
    if (build->second.find("'" + name + "'") == std::string::npos) {
      findings.push_back(path + ": not listed in " + list + ", so it is not installed");
    }
  }
}

void CheckHeadersLean(const Tree& tree, Findings& findings) {
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("include/") || !path.ends_with(".h")) continue;
    for (const Include& include : FindIncludes(content)) {
      const bool standard = include.angle && std::all_of(include.target.begin(), include.target.end(), [](char c) {
                              return std::islower(c) || std::isdigit(c) || c == '_';
                            });
      if (standard || (!include.angle && include.target.starts_with("dittofs/"))) continue;
      findings.push_back(At(path, include.line) + include.target + " is neither <standard> nor \"dittofs/...\"");
    }
  }
}

void CheckPragmaOnce(const Tree& tree, Findings& findings) {
  for (const auto& [path, content] : tree.files) {
    if (path.ends_with(".h") && content.find("#pragma once") == std::string::npos) {
      findings.push_back(path + ":1: no #pragma once");
    }
  }
}

void CheckFolderReadme(const Tree& tree, Findings& findings) {
  std::set<std::string> folders;
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("lib/") || FileNameOf(path) != "meson.build" || path == "lib/meson.build") continue;
    const std::string folder = FolderOf(path);
    const auto first_source = std::find_if(tree.files.lower_bound(folder + "/"), tree.files.end(),
                                           [](const auto& file) { return IsSource(file.first); });
    if (first_source != tree.files.end() && first_source->first.starts_with(folder + "/")) folders.insert(folder);
  }
  for (const std::string& folder : folders) {
    const auto readme = tree.files.find(folder + "/README.md");
    if (readme == tree.files.end()) {
      findings.push_back(folder + ": no README.md (purpose, surface, the three classes to read first)");
    } else if (CountLines(readme->second) > kMaxReadmeLines) {
      findings.push_back(readme->first + ": more than a screen (" + std::to_string(CountLines(readme->second)) +
                         " lines; " + std::to_string(kMaxReadmeLines) + " at most)");
    }
  }
}

void CheckFileLength(const Tree& tree, Findings& findings) {
  for (const auto& [path, content] : tree.files) {
    if (!IsSource(path)) continue;
    const size_t lines = CountLines(content);
    if (lines > kMaxFileLines) findings.push_back(path + ": " + std::to_string(lines) + " lines; split it by idea");
  }
}

void CheckLeftovers(const Tree& tree, Findings& findings) {
  // Written in halves, so that this file does not find itself.
  static const std::array<std::string, 4> kWords = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                                    std::string("HA") + "CK", std::string("XX") + "X"};
  for (const auto& [path, content] : tree.files) {
    if (!IsText(path, content)) continue;
    size_t number = 0;
    for (std::string_view line : SplitLines(content)) {
      ++number;
      for (const std::string& word : kWords) {
        if (ContainsWord(line, word)) findings.push_back(At(path, number) + "says " + word);
      }
    }
  }
}

void CheckMachinePaths(const Tree& tree, Findings& findings) {
  static const std::array<std::string, 4> kPaths = {std::string("/wor") + "k/", std::string("/far") + "m/",
                                                    std::string("/hom") + "e/", std::string("/roo") + "t/"};
  for (const auto& [path, content] : tree.files) {
    if (!IsText(path, content)) continue;
    size_t number = 0;
    for (std::string_view line : SplitLines(content)) {
      ++number;
      for (const std::string& machine : kPaths) {
        for (size_t at = line.find(machine); at != std::string_view::npos; at = line.find(machine, at + 1)) {
          // Only the start of an absolute path: "a/home/b" and "$PREFIX/root/" are relative to something.
          const char before = at == 0 ? ' ' : line[at - 1];
          if (std::isalnum(static_cast<unsigned char>(before)) || before == '/' || before == '.' || before == '}') {
            continue;
          }
          findings.push_back(At(path, number) + "path of one machine: " + machine);
        }
      }
    }
  }
}

void CheckTopLevel(const Tree& tree, Findings& findings) {
  for (const std::string& name : tree.top_level) {
    if (name.starts_with(".") || std::find(kTopLevel.begin(), kTopLevel.end(), name) != kTopLevel.end()) continue;
    findings.push_back(name + ": not one of the entries that the top level may have");
  }
}

void CheckFuzzSeeds(const Tree& tree, Findings& findings) {
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("tests/fuzz/") || !path.ends_with(".cc")) continue;
    if (content.find("LLVMFuzzerTestOneInput(") == std::string::npos || !StemOf(path).ends_with("_fuzz")) continue;
    std::string name = StemOf(path);
    name.resize(name.size() - std::string_view("_fuzz").size());
    const auto build = tree.files.find("tests/fuzz/meson.build");
    if (build == tree.files.end() || build->second.find("'" + name + "'") == std::string::npos) {
      findings.push_back(path + ": not listed in tests/fuzz/meson.build, so nobody runs it");
    }
    const std::string corpus = "tests/fuzz/corpus/" + name + "/";
    const auto first = tree.files.lower_bound(corpus);
    if (first == tree.files.end() || !first->first.starts_with(corpus)) {
      findings.push_back(path + ": no seed in " + corpus);
    }
  }
}

void CheckChanges(const Tree& tree, Findings& findings) {
  constexpr std::string_view kFolder = "docs/changes/";
  static const std::set<std::string> kKinds = {"added", "changed", "fixed", "api"};
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with(kFolder) || path == "docs/changes/README.md") continue;
    const std::string below = path.substr(kFolder.size());
    const std::string kind = FolderOf(below);
    if (!kKinds.contains(kind) || !path.ends_with(".md")) {
      findings.push_back(path + ": must be docs/changes/{added,changed,fixed,api}/NAME.md");
    } else if (CountLines(content) != 1 || content.empty() || content.back() != '\n') {
      findings.push_back(path + ": one line, no more and no less");
    } else if (content.size() > kMaxChangeLineBytes) {
      findings.push_back(path + ": longer than " + std::to_string(kMaxChangeLineBytes) + " bytes");
    }
  }
}

void CheckLocks(const Tree& tree, Findings& findings) {
  // Written in halves, so that this file does not find itself.
  static const std::array<std::string, 3> kRaw = {
      std::string("std::") + "mutex", std::string("std::") + "condition_variable", std::string("absl::") + "Mutex"};
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("lib/") || !IsSource(path) || path == "lib/base/mutex.h") continue;
    size_t number = 0;
    for (std::string_view line : SplitLines(content)) {
      ++number;
      for (const std::string& raw : kRaw) {
        if (ContainsWord(line, raw))
          findings.push_back(At(path, number) + raw + ": use base/mutex.h, which is checked");
      }
    }
  }
}

void CheckLockRanks(const Tree& tree, Findings& findings) {
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("lib/") || !IsSource(path)) continue;
    const std::vector<std::string_view> lines = SplitLines(content);
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::vector<std::string> words = SplitWords(lines[i]);
      const size_t type = !words.empty() && words[0] == "mutable" ? 1 : 0;
      if (words.size() < type + 2 || words[type] != "base::Mutex" || words[type + 1].find(';') == std::string::npos) {
        continue;
      }
      bool ranked = false;
      for (size_t near = i < 3 ? 0 : i - 3; near <= i; ++near) {
        ranked = ranked || lines[near].find("rank") != std::string_view::npos ||
                 lines[near].find("Rank") != std::string_view::npos;
      }
      if (!ranked) findings.push_back(At(path, i + 1) + "a lock without its rank (docs/threading.md)");
    }
  }
}

/// The names in `using Procedures = std::tuple<...>;`, without template arguments.
std::vector<std::string> ProceduresOf(std::string_view content) {
  std::vector<std::string> names;
  const size_t list = content.find("std::tuple<");
  if (list == std::string_view::npos) return names;
  const std::string_view text = content.substr(list + 11, content.find(';', list) - list - 11);
  std::string name;
  size_t depth = 0;
  for (const char c : text) {
    if (c == '<') ++depth;
    if (depth == 0 && (std::isalnum(static_cast<unsigned char>(c)) || c == '_')) {
      name.push_back(static_cast<char>(std::tolower(c)));
    } else if (c == ',' || c == '>') {
      if (depth == 0 && !name.empty()) names.push_back(std::exchange(name, {}));
      if (c == '>' && depth > 0) --depth;
    }
  }
  if (!name.empty()) names.push_back(name);
  return names;
}

void CheckGolden(const Tree& tree, Findings& findings) {
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("lib/") || FileNameOf(path) != "procedures.h") continue;
    const std::string protocol = FileNameOf(FolderOf(path));
    for (std::string name : ProceduresOf(content)) {
      if (name == "asmessage" || name == "asresult") continue;  // the same messages, sent one way
      if (name == "nullproc") name = "null";
      if (const size_t prefix = name.find("proc"); prefix != std::string::npos) name = name.substr(name.find('_') + 1);
      const std::string golden = "tests/golden/" + protocol + "_" + name + ".hex";
      if (!tree.files.contains(golden)) findings.push_back(path + ": no " + golden);
    }
  }
}

constexpr Rule kRules[] = {
    {"layers", "every #include below lib/ is an edge of lib/layers.txt", CheckLayerEdges},
    {"layer-table", "lib/layers.txt, the folders and lib/meson.build agree, without a cycle", CheckLayerTable},
    {"protocols-apart", "no protocol knows another", CheckProtocolsApart},
    {"outsiders", "server, examples and tests/public include public headers only", CheckOutsiders},
    {"headers-listed", "every public header is listed in include/dittofs/meson.build", CheckHeadersListed},
    {"headers-lean", "public headers include the standard library and each other only", CheckHeadersLean},
    {"pragma-once", "every header says #pragma once", CheckPragmaOnce},
    {"folder-readme", "every area of lib/ opens with a README.md of at most a screen", CheckFolderReadme},
    {"file-length", "no source file has more than 1000 lines", CheckFileLength},
    {"leftovers", "nothing is marked as left for later", CheckLeftovers},
    {"machine-paths", "no path of one machine stands in the tree", CheckMachinePaths},
    {"top-level", "the top level holds its fixed entries only", CheckTopLevel},
    {"fuzz-seeds", "every fuzz target has a seed corpus", CheckFuzzSeeds},
    {"golden", "the bytes of every procedure's messages are in tests/golden", CheckGolden},
    {"changes", "docs/changes holds one-line files", CheckChanges},
    {"lock-ranks", "every lock in lib/ says its rank where it is declared", CheckLockRanks},
    {"locks", "locks in lib/ are the annotated ones of base/mutex.h", CheckLocks},
};

}  // namespace

std::span<const Rule> Rules() {
  return kRules;
}

Findings LongFiles(const Tree& tree) {
  std::vector<std::pair<size_t, std::string>> found;
  for (const auto& [path, content] : tree.files) {
    if (IsSource(path) && CountLines(content) > kLongFileLines) found.emplace_back(CountLines(content), path);
  }
  std::sort(found.rbegin(), found.rend());
  Findings lines;
  for (const auto& [count, path] : found) lines.push_back(path + ": " + std::to_string(count) + " lines");
  return lines;
}

}  // namespace tidy
