#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histogram.h"
#include "options.h"
#include "process_usage.h"
#include "stream.h"
#include "workload.h"

namespace dittofs::bench {

/// What one run measured, between the end of the warm-up and the end of the run.
struct Measurement {
  uint64_t elapsed_ns = 0;
  uint64_t operations = 0;
  uint64_t calls = 0;
  uint64_t failed = 0;  // operations
  Workload::Sums sums;
  std::optional<uint64_t> server_cpu_ns;
  ProcessTicks server_ticks;
  uint64_t client_cpu_ns = 0;
  Histogram latency;                                     // of operations
  std::vector<Histogram> step_latency;                   // of calls, per step; empty if there is but one step
  std::vector<std::pair<uint32_t, uint64_t>> by_status;  // failed operations per NFS status
};

/// Keeps all slots of all connections busy on one thread. Nothing is allocated per operation.
class Engine {
 public:
  Engine(const Options& options, Workload& workload);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Throws WrongReply, or std::runtime_error when a connection breaks or nothing is answered for 10 s.
  Measurement Run();

 private:
  struct Flight {
    Slot slot;
    uint32_t xid = 0;
    bool waiting = false;  // for a reply
    uint64_t operation_began_ns = 0;
    uint64_t call_began_ns = 0;
  };
  struct Connection {
    int socket;
    RecordReader reader;
    SendQueue queue;
    bool wants_writable = false;
  };

  void Issue(Connection& connection, Flight& flight, uint64_t now_ns);
  void Receive(size_t connection_index);
  void Complete(size_t connection_index, std::span<const std::byte> reply, size_t record_bytes, uint64_t now_ns);
  void CountFailure(uint32_t status);
  void Flush(Connection& connection);
  void Watch(size_t connection_index, bool writable, bool fresh);
  void BeginMeasuring(uint64_t now_ns);
  void EndMeasuring(uint64_t now_ns);
  void Wait(int timeout_ms);

  Options options_;
  Workload& workload_;
  std::vector<std::vector<std::byte>> heads_;  // per step
  uint32_t slot_bits_;
  uint32_t sequence_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Flight> flights_;  // those of connection c are [c * depth, (c + 1) * depth)
  std::vector<std::byte> scratch_;
  size_t in_flight_ = 0;
  bool measuring_ = false;
  bool stopping_ = false;
  uint64_t began_ns_ = 0;
  uint64_t last_reply_ns_ = 0;
  Measurement result_;
};

}  // namespace dittofs::bench
