#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/dittofs.pb.h"

namespace dittofs::server {

/// One thing that is wrong with a configuration, for one line of text.
struct Problem {
  std::string where;    ///< "file:line:column", an environment variable or a flag.
  std::string field;    ///< Its path, "shares[0].name"; empty if the text does not get that far.
  std::string what;     ///< "there is no such field", …
  std::string allowed;  ///< What would be right; empty if that is clear.
  std::string ToString() const;
};

/// A configuration, and where each of its values comes from.
struct Document {
  config::Config config;
  std::string file;                            ///< As the user named it.
  std::map<std::string, std::string> origins;  ///< By path; what is absent has its default.
  std::vector<std::string> overridden;         ///< Paths that environment or flags set.

  /// Where `path` was set, or the nearest message around it that was.
  std::string Where(std::string_view path) const;
};

/// The outside that a configuration may be overridden from.
struct Overrides {
  /// Name and value of every environment variable; those that begin with DITTOFS_ count.
  std::vector<std::pair<std::string, std::string>> environment;
  struct Flag {
    std::string path;   ///< `nfs.port`
    std::string value;  ///< `2049`
    std::string name;   ///< For messages; empty: "--set" and the path.
  };
  std::vector<Flag> flags;  ///< In the order given; last wins.
};
/// This process's environment.
std::vector<std::pair<std::string, std::string>> ProcessEnvironment();

inline constexpr size_t kMaxConfigBytes = 1 << 20;

/// Reads protobuf text. `file` is its name for messages. Adds to `problems`; `document` then holds what could be read.
void ParseText(std::string_view text, const std::string& file, Document& document, std::vector<Problem>& problems);
/// Environment first, then flags.
void ApplyOverrides(const Overrides& overrides, Document& document, std::vector<Problem>& problems);
/// Bounds, names, references: everything that can be said without touching the machine. Also makes `data_directory`
/// and what lies below it absolute, starting at `working_directory`.
void Validate(const std::string& working_directory, Document& document, std::vector<Problem>& problems);

/// All of it, from a file. Relative paths in it start at `working_directory`; empty: the process's. The result is good
/// if `problems` stays empty.
Document LoadFile(const std::string& file, const Overrides& overrides, std::vector<Problem>& problems,
                  const std::string& working_directory = {});

/// The configuration as text that could be loaded again, every default filled in; comments name what was overridden.
std::string EffectiveText(const Document& document);

/// The name of the environment variable that overrides `path`: DITTOFS_NFS_PORT for nfs.port.
std::string VariableName(std::string_view path);
/// Every path that environment and flags can set, in the order of the schema.
std::vector<std::string> OverridablePaths();

}  // namespace dittofs::server
