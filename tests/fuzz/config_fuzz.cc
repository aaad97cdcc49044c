#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"

// A configuration file, and after a line "%%" lines NAME=VALUE as environment variables. Nothing may crash, every
// problem must say where it is and what is wrong in one line, and what is good must load again, with its defaults
// written out, as the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dittofs::server;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Overrides overrides;
  constexpr std::string_view kSeparator = "\n%%\n";
  if (const size_t at = text.find(kSeparator); at != std::string_view::npos) {
    std::string_view rest = text.substr(at + kSeparator.size());
    text = text.substr(0, at);
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      const size_t equals = line.find('=');
      if (equals != std::string_view::npos) {
        overrides.environment.emplace_back(line.substr(0, equals), line.substr(equals + 1));
        overrides.flags.push_back({std::string(line.substr(0, equals)), std::string(line.substr(equals + 1)), ""});
      }
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    // Names of flags and variables differ: a line is meant as one of them.
    std::erase_if(overrides.flags, [](const auto& flag) { return flag.path.starts_with("DITTOFS_"); });
  }
  const auto load = [](std::string_view from, const Overrides& with, std::vector<Problem>& problems) {
    Document document;
    ParseText(from, "f", document, problems);
    if (problems.empty()) ApplyOverrides(with, document, problems);
    if (problems.empty()) Validate("/cwd", document, problems);
    return document;
  };
  std::vector<Problem> problems;
  const Document document = load(text, overrides, problems);
  for (const Problem& problem : problems) {
    if (problem.where.empty() || problem.what.empty()) std::abort();
  }
  if (!problems.empty()) return 0;
  const std::string shown = EffectiveText(document);
  const Document again = load(shown, {}, problems);
  if (!problems.empty()) std::abort();
  std::string_view without_comments = shown;
  while (without_comments.starts_with("# ")) without_comments.remove_prefix(without_comments.find('\n') + 1);
  if (EffectiveText(again) != without_comments) std::abort();
  return 0;
}
