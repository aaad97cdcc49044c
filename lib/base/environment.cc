#include "dittofs/environment.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace dittofs {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp Now() override {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return {now.tv_sec, static_cast<uint32_t>(now.tv_nsec)};
  }
  uint64_t MonotonicNanoseconds() override {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
  }
};

class SystemRandom final : public Random {
 public:
  void Fill(std::span<std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
      // Can't fail for good on a kernel that has the call; going on without randomness would be worse than ending.
      if (got < 0 && errno != EINTR) std::abort();
      if (got > 0) bytes = bytes.subspan(static_cast<size_t>(got));
    }
  }
};

}  // namespace

const Environment& SystemEnvironment() {
  static SystemClock clock;
  static SystemRandom random;
  static const std::unique_ptr<LogSink> log = MakeLogSink(STDERR_FILENO, LogFormat::kText, LogLevel::kWarning, &clock);
  static const Environment environment{&clock, &random, log.get()};
  return environment;
}

Environment WithDefaults(Environment environment) {
  const Environment& defaults = SystemEnvironment();
  if (!environment.clock) environment.clock = defaults.clock;
  if (!environment.random) environment.random = defaults.random;
  if (!environment.log) environment.log = defaults.log;
  return environment;
}

}  // namespace dittofs
