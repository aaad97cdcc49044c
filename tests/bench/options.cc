#include "options.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string_view>

#include "workload.h"

namespace dittofs::bench {
namespace {

constexpr const char* kHelp =
    R"(nfs_load: NFSv3 load generator. One thread, C connections with D requests in flight on each.

  --workload W         %s
  --echo               speak to echo_control instead, with the message sizes of the workload
  --server HOST        127.0.0.1
  --port P             12049
  --mountport P        as --port
  --export PATH        /export
  --dir NAME           directory below the export; made if missing, left behind, reused by the same workload.
                       Without it a fresh one.
  --uid U --gid G      0 0
  --connections C      16
  --depth D            1
  --seconds S          5; may be a fraction
  --operations N       stop after N operations instead
  --warmup S           not measured; 0.5, or 0 where operations run out (remove) or are counted (--operations)
  --size BYTES         4096; of a READ, WRITE, or READDIRPLUS reply. Suffixes K, M, G everywhere.
  --file-size BYTES    16M; of the files that are read or written
  --files N            files, or entries of the directory: read 4, write and commit one per request in flight,
                       readdirplus 10000, remove 100000, others 1024
  --directories N      1; create, small-file: spread over so many
  --pattern P          random | sequential
  --stable S           unstable | data | file; of WRITE
  --create-mode M      unchecked | guarded | exclusive
  --server-pid PID     report its CPU time per operation
  --idle N             with --server-pid: hold N idle connections meanwhile and report the server's memory for them
  --spin               poll instead of sleeping (the server's sends need not wake us then)
  --allow-errors       NFS errors are counted but no reason to fail
  --seed N             1; of the random order
  --label TEXT         goes into the JSON line

Prints a table and then one line of JSON. Exit status 1: operations failed; 2: wrong replies, no connection or usage.
)";

uint64_t ParseNumber(std::string_view name, std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view suffix = text.substr(static_cast<size_t>(end - text.data()));
  int shift = 0;
  if (suffix == "K") shift = 10;
  if (suffix == "M") shift = 20;
  if (suffix == "G") shift = 30;
  if (shift != 0) suffix = {};
  if (error != std::errc() || !suffix.empty() || value > (UINT64_MAX >> shift)) {
    throw std::runtime_error(std::string(name) + ": not a number: " + std::string(text));
  }
  return value << shift;
}

double ParseSeconds(std::string_view name, const char* text) {
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  if (*end != 0 || end == text || value < 0) throw std::runtime_error(std::string(name) + ": not seconds: " + text);
  return value;
}

uint32_t ParseChoice(std::string_view name, std::string_view text, std::initializer_list<std::string_view> choices) {
  uint32_t index = 0;
  for (const std::string_view choice : choices) {
    if (choice == text) return index;
    ++index;
  }
  throw std::runtime_error(std::string(name) + ": unknown choice: " + std::string(text));
}

}  // namespace

Options ParseOptions(int argc, char** argv) {
  Options options;
  using Setter = std::function<void(std::string_view, const char*)>;
  const auto number = [](auto& target) -> Setter {
    return [&target](std::string_view name, const char* text) {
      const uint64_t value = ParseNumber(name, text);
      target = static_cast<std::remove_reference_t<decltype(target)>>(value);
      if (static_cast<uint64_t>(target) != value) throw std::runtime_error(std::string(name) + ": too large");
    };
  };
  const auto string = [](std::string& target) -> Setter {
    return [&target](std::string_view, const char* text) { target = text; };
  };
  const auto seconds = [](double& target) -> Setter {
    return [&target](std::string_view name, const char* text) { target = ParseSeconds(name, text); };
  };
  const std::map<std::string_view, Setter> with_value = {
      {"--workload", string(options.workload)},
      {"--server", string(options.host)},
      {"--port", number(options.port)},
      {"--mountport", number(options.mount_port)},
      {"--export", string(options.export_path)},
      {"--dir", string(options.directory)},
      {"--uid", number(options.caller.uid)},
      {"--gid", number(options.caller.gid)},
      {"--connections", number(options.connections)},
      {"--depth", number(options.depth)},
      {"--seconds", seconds(options.seconds)},
      {"--operations", number(options.operations)},
      {"--warmup", seconds(options.warmup_seconds)},
      {"--size", number(options.size_bytes)},
      {"--file-size", number(options.file_size_bytes)},
      {"--files", number(options.files)},
      {"--directories", number(options.directories)},
      {"--server-pid", number(options.server_pid)},
      {"--idle", number(options.idle_connections)},
      {"--seed", number(options.seed)},
      {"--label", string(options.label)},
      {"--pattern",
       [&](auto name, auto text) { options.sequential = ParseChoice(name, text, {"random", "sequential"}) == 1; }},
      {"--stable",
       [&](auto name, auto text) {
         options.stability = Stability{ParseChoice(name, text, {"unstable", "data", "file"})};
       }},
      {"--create-mode",
       [&](auto name, auto text) {
         options.create_mode = CreateMode{ParseChoice(name, text, {"unchecked", "guarded", "exclusive"})};
       }},
  };
  const std::map<std::string_view, bool*> flags = {
      {"--echo", &options.echo}, {"--spin", &options.spin}, {"--allow-errors", &options.allow_errors}};

  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help") {
      std::printf(kHelp, WorkloadNames().c_str());
      std::exit(0);
    }
    if (const auto flag = flags.find(name); flag != flags.end()) {
      *flag->second = true;
      continue;
    }
    const auto setter = with_value.find(name);
    if (setter == with_value.end()) throw std::runtime_error("unknown option " + std::string(name) + " (see --help)");
    if (++i == argc) throw std::runtime_error(std::string(name) + " needs a value");
    setter->second(name, argv[i]);
  }
  if (options.warmup_seconds < 0) {
    options.warmup_seconds = options.workload == "remove" || options.operations != 0 ? 0 : 0.5;
  }
  if (options.mount_port == 0) options.mount_port = options.port;
  if (options.workload.empty()) throw std::runtime_error("--workload is missing (see --help)");
  if (options.connections == 0 || options.depth == 0 || options.connections * options.depth > (1u << 16)) {
    throw std::runtime_error("connections x depth must be 1 to 65536");
  }
  if (options.size_bytes > (64u << 20)) throw std::runtime_error("--size: at most 64M");
  if (options.directories == 0) throw std::runtime_error("--directories: at least 1");
  if (options.idle_connections != 0 && options.server_pid == 0) throw std::runtime_error("--idle needs --server-pid");
  return options;
}

}  // namespace dittofs::bench
