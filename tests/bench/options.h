#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "wire.h"

namespace dittofs::bench {

enum class Stability : uint32_t { kUnstable = 0, kDataSync = 1, kFileSync = 2 };    // RFC 1813 §3.3.7
enum class CreateMode : uint32_t { kUnchecked = 0, kGuarded = 1, kExclusive = 2 };  // RFC 1813 §3.3.8

/// The command line; the defaults are those of the help text.
struct Options {
  std::string workload;
  bool echo = false;
  std::string host = "127.0.0.1";
  uint16_t port = 12049;
  uint16_t mount_port = 0;  // 0: as port
  std::string export_path = "/export";
  std::string directory;  // empty: a fresh name
  Caller caller;
  size_t connections = 16;
  size_t depth = 1;
  double seconds = 5;
  uint64_t operations = 0;     // 0: until `seconds` are over
  double warmup_seconds = -1;  // negative: what suits the workload
  uint64_t size_bytes = 4096;
  uint64_t file_size_bytes = 16u << 20;
  size_t files = 0;  // 0: what suits the workload
  size_t directories = 1;
  bool sequential = false;
  Stability stability = Stability::kUnstable;
  CreateMode create_mode = CreateMode::kUnchecked;
  int server_pid = 0;
  size_t idle_connections = 0;
  bool allow_errors = false;
  bool spin = false;
  uint64_t seed = 1;
  std::string label;
};

/// Throws std::runtime_error with a sentence for the user. `--help` prints the help and exits.
Options ParseOptions(int argc, char** argv);

}  // namespace dittofs::bench
