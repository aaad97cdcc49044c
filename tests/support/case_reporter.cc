// Writes every test case of a Catch2 program to the file that TEST_CASES_FILE names, as TAP: tests/run.sh counts cases,
// not programs. "begin NAME" goes before each one, so that a crash still tells which case it was.
#include <cstdio>
#include <cstdlib>
#include <string>

#define CATCH_CONFIG_EXTERNAL_INTERFACES  // Catch2 2: show the listener classes
#include "catch.h"

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

namespace {

// Catch2 2 keeps the test's description by value, 3 by pointer.
const std::string& NameOf(const Catch::TestCaseInfo& test) {
  return test.name;
}
[[maybe_unused]] const std::string& NameOf(const Catch::TestCaseInfo* test) {
  return test->name;
}

class CaseReporter final : public ListenerBase {
 public:
  using ListenerBase::ListenerBase;
  ~CaseReporter() override {
    if (file_) std::fclose(file_);
  }

  void testRunStarting(const Catch::TestRunInfo& run) override {
    ListenerBase::testRunStarting(run);
    if (const char* path = std::getenv("TEST_CASES_FILE")) file_ = std::fopen(path, "a");
  }
  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    ListenerBase::testCaseStarting(test);
    Line("begin ", test.name);
  }
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    ListenerBase::testCaseEnded(stats);
    Line(stats.totals.testCases.failed > 0 ? "not ok - " : "ok - ", NameOf(stats.testInfo));
  }

 private:
  void Line(const char* verdict, const std::string& name) {
    if (!file_) return;
    std::fprintf(file_, "%s%s\n", verdict, name.c_str());
    std::fflush(file_);
  }

  std::FILE* file_ = nullptr;
};

CATCH_REGISTER_LISTENER(CaseReporter)

}  // namespace
