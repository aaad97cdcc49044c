#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace dittofs::testing {

// Conformance suites are lists of named cases, bound to no test framework: run them from any of them or from a main().

/// How one case ended. Neither `failure` nor `skip_reason`: it passed.
struct CaseResult {
  std::string name;
  std::string failure;      ///< What was expected, what was found, and where.
  std::string skip_reason;  ///< The declared trait that makes the case meaningless here.
  bool passed() const noexcept { return failure.empty(); }
};

/// One behaviour that every implementation owes. `run` never throws, may be called again, and fills everything but the
/// name of its result.
struct SuiteCase {
  std::string name;
  std::function<CaseResult()> run;
};

struct SuiteReport {
  std::vector<CaseResult> results;

  bool passed() const noexcept { return failures() == 0; }
  size_t failures() const noexcept {
    size_t count = 0;
    for (const CaseResult& result : results) count += result.passed() ? 0 : 1;
    return count;
  }
  /// "passed 40, failed 1, skipped 2", then every failure and every reason to skip on a line of its own.
  std::string ToString() const;
};

/// Runs every case in order. `reporter`, if any, is told each result as it comes.
SuiteReport RunCases(const std::vector<SuiteCase>& cases, const std::function<void(const CaseResult&)>& reporter = {});

}  // namespace dittofs::testing
