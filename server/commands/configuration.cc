#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "commands/commands.h"
#include "config/schema.h"
#include "text.h"

namespace dittofs::server {
namespace {

constexpr char kDefaultFile[] = "dittofs.conf";

}  // namespace

int RunInit(const CommandLine& line) {
  const std::string file = line.output.empty() ? kDefaultFile : line.output;
  std::error_code error;
  const std::filesystem::path absolute = (std::filesystem::current_path(error) / file).lexically_normal();
  const std::string data_directory = line.data_directory.value_or((absolute.parent_path() / "dittofs-data").string());
  if (data_directory.find_first_of("\"\\\n") != std::string::npos) {
    PrintError("--data-directory must not have quotes, backslashes or line ends");
    return kUsage;
  }
  const std::string text = Schema().Template(data_directory);
  if (file == "-") {
    std::fputs(text.c_str(), stdout);
    return kSuccess;
  }
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (line.force ? O_TRUNC : O_EXCL);
  const int descriptor = ::open(file.c_str(), flags, 0644);
  if (descriptor < 0) {
    PrintError(errno == EEXIST ? Cat(file, " exists already; --force replaces it")
                               : Cat("can't write ", file, ": ", std::strerror(errno)));
    return errno == EEXIST ? kUsage : kFailure;
  }
  const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (::close(descriptor) != 0 || !written) {
    PrintError(Cat("can't write ", file, ": ", std::strerror(errno)));
    return kFailure;
  }
  std::fputs(Cat("wrote ", file, "; start the server with\n  dittofs start --config ", file, '\n').c_str(), stdout);
  return kSuccess;
}

int RunConfigShow(const CommandLine& line) {
  const std::optional<Document> document = LoadConfiguration(line);
  if (!document) return kUsage;
  std::fputs(EffectiveText(*document).c_str(), stdout);
  return kSuccess;
}

int RunConfigValidate(const CommandLine& line) {
  const std::optional<Document> document = LoadConfiguration(line);
  if (!document) return kUsage;
  std::fputs(Cat(document->file, " is good: ", document->config.shares_size(),
                 document->config.shares_size() == 1 ? " share\n" : " shares\n")
                 .c_str(),
             stdout);
  return kSuccess;
}

int RunConfigSchema(const CommandLine& line) {
  const Schema schema;
  std::fputs((line.markdown ? schema.Markdown() : schema.Table()).c_str(), stdout);
  return kSuccess;
}

}  // namespace dittofs::server
