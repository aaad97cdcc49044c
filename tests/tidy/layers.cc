#include "layers.h"

#include <algorithm>
#include <array>
#include <vector>

namespace tidy {
namespace {

/// The folders of protocols: none may know another.
constexpr std::array<std::string_view, 8> kProtocols = {"nfs3", "nfs4",     "mount3", "nlm4",
                                                        "nsm1", "portmap2", "smb2",   "rest"};

std::string At(const std::string& path, size_t line) {
  return path + ":" + std::to_string(line) + ": ";
}

/// Whether `path` is `folder` or lies below it.
bool Below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// A store is a folder of its own below ".../stores": the stores of one row must not know each other.
std::string StoreOf(const std::string& row, std::string_view path_below_lib) {
  if (!row.ends_with("/stores")) return {};
  const std::string_view rest = path_below_lib.substr(std::min(path_below_lib.size(), row.size() + 1));
  return std::string(rest.substr(0, rest.find('/')));
}

bool HasFolder(const Tree& tree, const std::string& folder) {
  const auto first = tree.files.lower_bound(folder + "/");
  return first != tree.files.end() && first->first.starts_with(folder + "/");
}

bool HasCycle(const LayerTable& table, const std::string& row, std::set<std::string>& done,
              std::vector<std::string>& path) {
  if (std::find(path.begin(), path.end(), row) != path.end()) return true;
  if (done.contains(row)) return false;
  path.push_back(row);
  if (const auto found = table.find(row); found != table.end()) {
    for (const std::string& next : found->second) {
      if (HasCycle(table, next, done, path)) return true;
    }
  }
  path.pop_back();
  done.insert(row);
  return false;
}

}  // namespace

LayerTable ReadLayers(const Tree& tree) {
  LayerTable table;
  const auto file = tree.files.find(std::string(kLayersPath));
  if (file == tree.files.end()) return table;
  for (std::string_view line : SplitLines(file->second)) {
    line = line.substr(0, line.find('#'));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::vector<std::string> names = SplitWords(line.substr(0, colon));
    if (names.size() != 1) continue;
    const std::vector<std::string> targets = SplitWords(line.substr(colon + 1));
    table[names[0]].insert(targets.begin(), targets.end());
  }
  return table;
}

std::string RowOf(const LayerTable& table, std::string_view path_below_lib) {
  std::string best;
  for (const auto& [row, targets] : table) {
    if (Below(path_below_lib, row) && row.size() > best.size()) best = row;
  }
  return best;
}

void CheckLayerEdges(const Tree& tree, Findings& findings) {
  const LayerTable table = ReadLayers(tree);
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("lib/") || !IsSource(path)) continue;
    const std::string below = path.substr(4);
    const std::string from = RowOf(table, below);
    if (from.empty()) {
      findings.push_back(At(path, 1) + "its folder has no row in lib/layers.txt");
      continue;
    }
    for (const Include& include : FindIncludes(content)) {
      if (include.target.starts_with("dittofs/")) continue;
      const std::string to = RowOf(table, include.target);
      if (to.empty()) {
        if (!include.angle) findings.push_back(At(path, include.line) + "\"" + include.target + "\" names no area");
        continue;
      }
      if (include.angle) findings.push_back(At(path, include.line) + "own headers are included in quotes");
      if (to == from ? StoreOf(from, below) != StoreOf(to, include.target) : !table.at(from).contains(to)) {
        findings.push_back(At(path, include.line) + from + " must not include " + to + " (" + include.target + ")");
      }
    }
  }
}

void CheckLayerTable(const Tree& tree, Findings& findings) {
  const LayerTable table = ReadLayers(tree);
  const std::string where(kLayersPath);
  if (table.empty()) findings.push_back(where + ": missing or empty");
  std::set<std::string> done;
  for (const auto& [row, targets] : table) {
    const std::string folder = "lib/" + row;
    if (!HasFolder(tree, folder)) {
      findings.push_back(where + ": " + row + " has no folder");
    }
    for (const std::string& target : targets) {
      if (!table.contains(target)) findings.push_back(where + ": " + row + " lists " + target + ", which has no row");
    }
    std::vector<std::string> path;
    if (HasCycle(table, row, done, path)) findings.push_back(where + ": " + row + " is part of a cycle");
  }
  const auto build = tree.files.find("lib/meson.build");
  if (build == tree.files.end()) return;
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("lib/") || FileNameOf(path) != "meson.build" || path == "lib/meson.build") continue;
    const std::string area = FolderOf(path).substr(4);
    if (build->second.find("'" + area + "'") == std::string::npos) {
      findings.push_back(path + ": lib/meson.build does not list the area " + area);
    }
  }
}

void CheckProtocolsApart(const Tree& tree, Findings& findings) {
  for (const auto& [row, targets] : ReadLayers(tree)) {
    if (std::find(kProtocols.begin(), kProtocols.end(), row) == kProtocols.end()) continue;
    for (const std::string& target : targets) {
      if (std::find(kProtocols.begin(), kProtocols.end(), target) != kProtocols.end()) {
        findings.push_back(std::string(kLayersPath) + ": the protocol " + row + " may not know " + target);
      }
    }
  }
  for (const auto& [path, content] : tree.files) {
    if (!path.starts_with("lib/") || !IsSource(path)) continue;
    for (std::string_view protocol : kProtocols) {
      if (!Below(std::string_view(path).substr(4), protocol)) continue;
      for (const Include& include : FindIncludes(content)) {
        for (std::string_view other : kProtocols) {
          if (other != protocol && include.target.starts_with(std::string(other) + "/")) {
            findings.push_back(At(path, include.line) + std::string(protocol) + " includes " + include.target);
          }
        }
      }
    }
  }
}

void CheckOutsiders(const Tree& tree, Findings& findings) {
  const LayerTable table = ReadLayers(tree);
  for (const auto& [path, content] : tree.files) {
    const bool server = path.starts_with("server/");
    if (!IsSource(path) || (!server && !path.starts_with("examples/") && !path.starts_with("tests/public/"))) continue;
    for (const Include& include : FindIncludes(content)) {
      if (include.target.starts_with("dittofs/")) continue;
      if (!RowOf(table, include.target).empty()) {
        findings.push_back(At(path, include.line) + include.target + " is private; only <dittofs/...> may be included");
        continue;
      }
      if (include.angle) {
        const bool own_words = include.target.starts_with("google/protobuf/") || include.target.starts_with("CLI/");
        if (!server && own_words) findings.push_back(At(path, include.line) + include.target + " is the server's only");
        continue;
      }
      // The server's own: any of its folders, where some headers are generated.
      const bool own = tree.files.contains(FolderOf(path) + "/" + include.target) || include.target == "catch.h" ||
                       (server && HasFolder(tree, "server/" + include.target.substr(0, include.target.find('/')))) ||
                       tree.files.contains("server/" + include.target);
      if (!own) findings.push_back(At(path, include.line) + include.target + " is neither public nor its own");
    }
  }
}

}  // namespace tidy
