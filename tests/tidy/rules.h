#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tree.h"

namespace tidy {

/// What a rule found: one line per finding, "path:line: what is wrong".
using Findings = std::vector<std::string>;

struct Rule {
  std::string_view name;
  std::string_view promise;  ///< What holds when there is no finding.
  void (*check)(const Tree& tree, Findings& findings);
};

/// Every rule of the house, in the order in which they are reported.
std::span<const Rule> Rules();

/// Not a rule but a question: files of more than 500 lines, longest first, as "path: lines".
Findings LongFiles(const Tree& tree);

}  // namespace tidy
