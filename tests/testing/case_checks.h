#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "dittofs/status.h"
#include "dittofs/testing/report.h"

namespace dittofs::testing {

/// Thrown by the checks below and caught by MakeCase() only.
struct CaseFailure {
  std::string text;
};
struct CaseSkip {
  std::string reason;
};

/// "file:line: text" of the caller.
std::string AtLocation(std::string_view text, const std::source_location& where);

inline void Expect(bool condition, std::string_view text,
                   const std::source_location& where = std::source_location::current()) {
  if (!condition) throw CaseFailure{AtLocation(text, where)};
}
inline void ExpectOk(const Status& status, std::string_view doing,
                     const std::source_location& where = std::source_location::current()) {
  if (!status.ok()) throw CaseFailure{AtLocation(std::string(doing) + " answered " + status.ToString(), where)};
}
void ExpectCode(const Status& status, ErrorCode code, std::string_view doing,
                const std::source_location& where = std::source_location::current());
template <typename T>
T Take(Result<T> result, std::string_view doing, const std::source_location& where = std::source_location::current()) {
  ExpectOk(result.status(), doing, where);
  return *std::move(result);
}

/// A case from a body that throws the above. Other exceptions are failures too.
SuiteCase MakeCase(std::string name, std::function<void()> body);

}  // namespace dittofs::testing
