#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "rules.h"
#include "tree.h"

namespace tidy {

/// lib/layers.txt: row -> the rows that it may include.
using LayerTable = std::map<std::string, std::set<std::string>>;

inline constexpr std::string_view kLayersPath = "lib/layers.txt";

LayerTable ReadLayers(const Tree& tree);

/// The row that rules a file or include target below lib/ ("metadata/stores/leveldb/rows.h" -> "metadata/stores");
/// empty if none does.
std::string RowOf(const LayerTable& table, std::string_view path_below_lib);

void CheckLayerEdges(const Tree& tree, Findings& findings);
void CheckLayerTable(const Tree& tree, Findings& findings);
void CheckProtocolsApart(const Tree& tree, Findings& findings);
void CheckOutsiders(const Tree& tree, Findings& findings);

}  // namespace tidy
