#include "dittofs/testing/report.h"

#include <exception>

#include "case_checks.h"

namespace dittofs::testing {

std::string AtLocation(std::string_view text, const std::source_location& where) {
  std::string_view file = where.file_name();
  file.remove_prefix(file.rfind('/') + 1);
  return std::string(file) + ":" + std::to_string(where.line()) + ": " + std::string(text);
}

void ExpectCode(const Status& status, ErrorCode code, std::string_view doing, const std::source_location& where) {
  if (status == code) return;
  throw CaseFailure{AtLocation(std::string(doing) + " answered \"" + (status.ok() ? "ok" : status.ToString()) +
                                   "\" instead of \"" + std::string(ErrorName(code)) + "\"",
                               where)};
}

SuiteCase MakeCase(std::string name, std::function<void()> body) {
  SuiteCase made;
  made.name = name;
  made.run = [name = std::move(name), body = std::move(body)] {
    CaseResult result;
    result.name = name;
    try {
      body();
    } catch (const CaseFailure& failure) {
      result.failure = failure.text;
    } catch (const CaseSkip& skip) {
      result.skip_reason = skip.reason;
    } catch (const std::exception& exception) {
      result.failure = std::string("threw ") + exception.what();
    }
    return result;
  };
  return made;
}

SuiteReport RunCases(const std::vector<SuiteCase>& cases, const std::function<void(const CaseResult&)>& reporter) {
  SuiteReport report;
  for (const SuiteCase& one : cases) {
    CaseResult result = one.run();
    result.name = one.name;
    if (reporter) reporter(result);
    report.results.push_back(std::move(result));
  }
  return report;
}

std::string SuiteReport::ToString() const {
  size_t skipped = 0;
  std::string lines;
  for (const CaseResult& result : results) {
    if (!result.passed()) lines += "\nfailed: " + result.name + ": " + result.failure;
    if (result.passed() && !result.skip_reason.empty()) {
      ++skipped;
      lines += "\nskipped: " + result.name + ": " + result.skip_reason;
    }
  }
  const size_t failed = failures();
  return "passed " + std::to_string(results.size() - failed - skipped) + ", failed " + std::to_string(failed) +
         ", skipped " + std::to_string(skipped) + lines;
}

}  // namespace dittofs::testing
