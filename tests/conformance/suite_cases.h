#pragma once

#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "dittofs/testing/report.h"

namespace dittofs::conformance {

/// One case of a suite as a Catch2 test case of its own, so that counts are honest and one can be run by name.
class SuiteCaseInvoker final : public Catch::ITestInvoker {
 public:
  explicit SuiteCaseInvoker(testing::SuiteCase one) : case_(std::move(one)) {}
  void invoke() const override {
    const testing::CaseResult result = case_.run();
    if (!result.skip_reason.empty()) WARN("not applicable: " << result.skip_reason);
    INFO(result.failure);
    CHECK(result.passed());
  }

 private:
  const testing::SuiteCase case_;
};

/// Registers `cases` as test cases "`subject`: name". For initializers of static objects.
inline bool RegisterSuite(const std::string& subject, std::vector<testing::SuiteCase> cases) {
  for (testing::SuiteCase& one : cases) {
    const std::string name = subject + ": " + one.name;
#if __has_include(<catch2/catch_all.hpp>)
    Catch::AutoReg(Catch::Detail::make_unique<SuiteCaseInvoker>(std::move(one)), CATCH_INTERNAL_LINEINFO, "",
                   Catch::NameAndTags{name, "[conformance]"});
#else
    // The registry keeps the invoker and frees it.
    Catch::AutoReg(new SuiteCaseInvoker(std::move(one)), CATCH_INTERNAL_LINEINFO, "",
                   Catch::NameAndTags{name, "[conformance]"});
#endif
  }
  return true;
}

}  // namespace dittofs::conformance
