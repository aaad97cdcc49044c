// tidy TOP: holds the tree below TOP against the rules of the house. Prints TAP, one case per rule.
#include <cstdio>

#include "rules.h"

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: tidy TOP\n");
    return 2;
  }
  const tidy::Tree tree = tidy::ReadTree(arguments[1]);
  std::printf("1..%zu\n", tidy::Rules().size());
  size_t number = 0;
  bool failed = false;
  for (const tidy::Rule& rule : tidy::Rules()) {
    tidy::Findings findings;
    rule.check(tree, findings);
    failed = failed || !findings.empty();
    std::printf("%sok %zu - %.*s: %.*s\n", findings.empty() ? "" : "not ", ++number, static_cast<int>(rule.name.size()),
                rule.name.data(), static_cast<int>(rule.promise.size()), rule.promise.data());
    for (const std::string& finding : findings) std::printf("#   %s\n", finding.c_str());
  }
  for (const std::string& line : tidy::LongFiles(tree)) std::printf("# is it one idea? %s\n", line.c_str());
  return failed ? 1 : 0;
}
