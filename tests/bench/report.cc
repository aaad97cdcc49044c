#include "report.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string>

namespace dittofs::bench {
namespace {

double Micros(double nanoseconds) {
  return nanoseconds / 1000.0;
}

double PerOperation(double value, const Measurement& measurement) {
  return value / static_cast<double>(std::max<uint64_t>(1, measurement.operations));
}

double Rate(uint64_t count, const Measurement& measurement) {
  return static_cast<double>(count) * 1e9 / static_cast<double>(std::max<uint64_t>(1, measurement.elapsed_ns));
}

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    if (static_cast<unsigned char>(c) >= ' ') escaped += c;
  }
  return escaped;
}

void PrintLatency(const char* name, const Histogram& latency) {
  std::printf("  %-10s latency us: p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  max %.1f\n", name,
              Micros(static_cast<double>(latency.PercentileNs(0.5))),
              Micros(static_cast<double>(latency.PercentileNs(0.9))),
              Micros(static_cast<double>(latency.PercentileNs(0.99))),
              Micros(static_cast<double>(latency.PercentileNs(0.999))), Micros(static_cast<double>(latency.max_ns())));
}

void PrintLatencyJson(const Histogram& latency) {
  std::printf("{\"p50_us\":%.2f,\"p90_us\":%.2f,\"p99_us\":%.2f,\"p999_us\":%.2f,\"max_us\":%.2f}",
              Micros(static_cast<double>(latency.PercentileNs(0.5))),
              Micros(static_cast<double>(latency.PercentileNs(0.9))),
              Micros(static_cast<double>(latency.PercentileNs(0.99))),
              Micros(static_cast<double>(latency.PercentileNs(0.999))), Micros(static_cast<double>(latency.max_ns())));
}

double PerIdleConnection(const Options& options, uint64_t bytes, const IdleMemory& idle) {
  return (static_cast<double>(bytes) - static_cast<double>(idle.before)) /
         static_cast<double>(options.idle_connections);
}

}  // namespace

void PrintText(const Options& options, const Workload& workload, const Measurement& measurement,
               const IdleMemory* idle) {
  const double seconds = static_cast<double>(measurement.elapsed_ns) / 1e9;
  std::printf("%s%s %zux%zu: %" PRIu64 " operations in %.2f s, %.0f/s, %" PRIu64 " failed\n", options.workload.c_str(),
              options.echo ? " (echo)" : "", options.connections, options.depth, measurement.operations, seconds,
              Rate(measurement.operations, measurement), measurement.failed);
  for (const auto& [status, count] : measurement.by_status) {
    std::printf("  %" PRIu64 " x %s\n", count, NfsStatusName(status).c_str());
  }
  PrintLatency("operation", measurement.latency);
  for (size_t i = 0; i < measurement.step_latency.size(); ++i) {
    PrintLatency(workload.steps()[i].name, measurement.step_latency[i]);
  }
  if (measurement.server_cpu_ns) {
    const auto cpu_ns = static_cast<double>(*measurement.server_cpu_ns);
    const uint64_t ticks = measurement.server_ticks.user + measurement.server_ticks.system;
    std::printf(
        "  server CPU %.3f us per operation, %.0f %% of one processor, %.0f %% of it in the kernel\n",
        Micros(PerOperation(cpu_ns, measurement)), 100 * cpu_ns / static_cast<double>(measurement.elapsed_ns),
        100 * static_cast<double>(measurement.server_ticks.system) / static_cast<double>(std::max<uint64_t>(1, ticks)));
    if (measurement.sums.entries > 0) {
      std::printf("  server CPU %.3f us per entry\n", Micros(cpu_ns / static_cast<double>(measurement.sums.entries)));
    }
    if (measurement.sums.bytes > 0) {
      std::printf("  server CPU %.1f us per MiB\n",
                  Micros(cpu_ns * 1048576 / static_cast<double>(measurement.sums.bytes)));
    }
  }
  std::printf("  client CPU %.3f us per operation, %.0f %% of one processor\n",
              Micros(PerOperation(static_cast<double>(measurement.client_cpu_ns), measurement)),
              100 * static_cast<double>(measurement.client_cpu_ns) / static_cast<double>(measurement.elapsed_ns));
  if (measurement.sums.bytes > 0) {
    std::printf("  %.1f MiB/s\n", Rate(measurement.sums.bytes, measurement) / 1048576);
  }
  if (measurement.sums.entries > 0) std::printf("  %.0f entries/s\n", Rate(measurement.sums.entries, measurement));
  if (measurement.sums.verifier_changes > 0) {
    std::printf("  %" PRIu64 " changes of the write verifier\n", measurement.sums.verifier_changes);
  }
  if (idle != nullptr) {
    std::printf("  idle connections %zu: server resident MiB before %.1f, open %.1f, under load %.1f, closed %.1f\n",
                options.idle_connections, static_cast<double>(idle->before) / 1048576,
                static_cast<double>(idle->open) / 1048576, static_cast<double>(idle->under_load) / 1048576,
                static_cast<double>(idle->closed) / 1048576);
    std::printf("  %.0f bytes per idle connection, %.0f after they were closed\n",
                PerIdleConnection(options, idle->open, *idle), PerIdleConnection(options, idle->closed, *idle));
  }
}

void PrintJson(const Options& options, const Workload& workload, const Measurement& measurement,
               const IdleMemory* idle) {
  std::printf(
      "{\"label\":\"%s\",\"workload\":\"%s\",\"echo\":%s,\"connections\":%zu,\"depth\":%zu,\"size_bytes\":%" PRIu64
      ",\"elapsed_s\":%.4f,\"operations\":%" PRIu64 ",\"calls\":%" PRIu64 ",\"failed\":%" PRIu64
      ",\"operations_per_s\":%.1f,\"bytes\":%" PRIu64 ",\"entries\":%" PRIu64 ",\"verifier_changes\":%" PRIu64,
      Escaped(options.label).c_str(), Escaped(options.workload).c_str(), options.echo ? "true" : "false",
      options.connections, options.depth, options.size_bytes, static_cast<double>(measurement.elapsed_ns) / 1e9,
      measurement.operations, measurement.calls, measurement.failed, Rate(measurement.operations, measurement),
      measurement.sums.bytes, measurement.sums.entries, measurement.sums.verifier_changes);
  if (measurement.server_cpu_ns) {
    std::printf(",\"server_cpu_us_per_operation\":%.4f,\"server_cpu_ns\":%" PRIu64 ",\"server_user_ticks\":%" PRIu64
                ",\"server_system_ticks\":%" PRIu64,
                Micros(PerOperation(static_cast<double>(*measurement.server_cpu_ns), measurement)),
                *measurement.server_cpu_ns, measurement.server_ticks.user, measurement.server_ticks.system);
  }
  std::printf(",\"client_cpu_us_per_operation\":%.4f,\"latency\":",
              Micros(PerOperation(static_cast<double>(measurement.client_cpu_ns), measurement)));
  PrintLatencyJson(measurement.latency);
  for (size_t i = 0; i < measurement.step_latency.size(); ++i) {
    std::printf("%s\"%s\":", i == 0 ? ",\"steps\":{" : ",",
                options.echo ? std::to_string(i).c_str() : workload.steps()[i].name);
    PrintLatencyJson(measurement.step_latency[i]);
  }
  if (!measurement.step_latency.empty()) std::printf("}");
  if (idle != nullptr) {
    std::printf(",\"idle\":{\"connections\":%zu,\"before_bytes\":%" PRIu64 ",\"open_bytes\":%" PRIu64
                ",\"under_load_bytes\":%" PRIu64 ",\"closed_bytes\":%" PRIu64 ",\"bytes_per_connection\":%.1f}",
                options.idle_connections, idle->before, idle->open, idle->under_load, idle->closed,
                PerIdleConnection(options, idle->open, *idle));
  }
  std::printf("}\n");
}

}  // namespace dittofs::bench
