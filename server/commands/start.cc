#include <filesystem>

#include "commands/commands.h"
#include "commands/serve.h"
#include "text.h"

namespace dittofs::server {
namespace {

constexpr char kStoreName[] = "export";
constexpr char kMetadataDirectory[] = "metadata";
constexpr char kBlockDirectory[] = "blocks";
constexpr char kKeyFile[] = "handle-key";  // docs/formats/data-directory.md

/// Whether `directory` may become or already is the home of a quick export: absent, empty or one of ours.
bool IsUsable(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) return true;  // Absent; anything else the Runtime reports.
  if (std::filesystem::exists(directory / kKeyFile, error)) return true;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name != "lost+found" && name != "lock") return false;
  }
  return true;
}

config::Squash SquashOf(const std::string& word) {
  config::Squash squash = config::root;
  config::Squash_Parse(word, &squash);  // One of its words: the command line checked.
  return squash;
}

/// The configuration that a quick export stands for.
Document MakeExport(const CommandLine& line) {
  Document document;
  document.file = "dittofs export";
  config::Config& config = document.config;
  config::MetadataStore& metadata = *config.add_metadata_stores();
  metadata.set_name(kStoreName);
  metadata.mutable_leveldb()->set_directory(kMetadataDirectory);
  config::BlockStore& blocks = *config.add_block_stores();
  blocks.set_name(kStoreName);
  blocks.mutable_filesystem()->set_directory(kBlockDirectory);
  config::Share& share = *config.add_shares();
  share.set_name(line.share_name);
  share.set_metadata_store(kStoreName);
  share.set_block_store(kStoreName);
  share.set_read_only(line.read_only);
  share.set_squash(SquashOf(line.squash));
  document.origins["shares[0].name"] = "--name";
  for (size_t i = 0; i < line.clients.size(); ++i) {
    share.add_clients()->set_pattern(line.clients[i]);
    document.origins[Cat("shares[0].clients[", i, "].pattern")] = "--client";
  }
  return document;
}

/// `path` for a shell.
std::string Quoted(const std::string& path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
  if (!path.empty() && path.find_first_not_of(kPlain) == std::string::npos) return path;
  std::string quoted = "'";
  for (const char c : path) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

int RunExport(const CommandLine& line) {
  if (!IsUsable(line.directory)) {
    PrintError(Cat(line.directory,
                   " holds other files. dittofs keeps its own database and blocks in DIRECTORY, it does "
                   "not show files that are there: name a new or an empty directory"));
    return kUsage;
  }
  ServePlan plan;
  plan.document = MakeExport(line);
  std::vector<Problem> problems;
  Overrides overrides = OverridesOf(line);
  overrides.flags.push_back({"data_directory", line.directory, "DIRECTORY"});
  ApplyOverrides(overrides, plan.document, problems);
  std::error_code error;
  if (problems.empty()) Validate(std::filesystem::current_path(error).string(), plan.document, problems);
  if (!problems.empty()) return PrintProblems(problems);
  plan.background = line.background;
  plan.stop_command = "dittofs stop " + Quoted(plan.document.config.data_directory());
  if (line.clients.empty() && plan.document.config.nfs().addresses_size() == 0 && line.squash == "none" &&
      !line.read_only) {
    plan.note = "note: whoever reaches the port may change everything; limit it with --bind 127.0.0.1 or --client\n";
  }
  return Serve(std::move(plan));
}

int RunStart(const CommandLine& line) {
  std::optional<Document> document = LoadConfiguration(line);
  if (!document) return kUsage;
  ServePlan plan;
  plan.document = std::move(*document);
  std::error_code error;
  const std::filesystem::path working_directory = std::filesystem::current_path(error);
  plan.config_file = (working_directory / plan.document.file).lexically_normal().string();
  plan.background = line.background;
  plan.stop_command = "dittofs stop " + Quoted(plan.document.config.data_directory());
  // The working directory changes in the background; relative paths mean what they meant at the start.
  plan.reload = [file = plan.config_file, overrides = OverridesOf(line),
                 directory = working_directory.string()](std::vector<Problem>& found) -> std::optional<Document> {
    Document again = LoadFile(file, overrides, found, directory);
    if (!found.empty()) return std::nullopt;
    return again;
  };
  return Serve(std::move(plan));
}

}  // namespace dittofs::server
