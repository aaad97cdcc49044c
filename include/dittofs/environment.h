#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "dittofs/attributes.h"
#include "dittofs/export.h"

namespace dittofs {

// What the host program lends the library. The library has no globals: whoever makes a Runtime, a service or a store
// hands these in, and they must outlive it. All of them are called from many threads at once (thread-safe).

/// Time. Tests hand in one that stands still.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time, for file times and logs.
  virtual Timestamp Now() = 0;
  /// Nanoseconds since some fixed point, never going back; for timeouts.
  virtual uint64_t MonotonicNanoseconds() = 0;
};

/// Unpredictable bytes (keys, verifiers). Tests hand in a seeded one.
class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(std::span<std::byte> bytes) = 0;
  uint64_t Next64() {
    uint64_t value = 0;
    Fill(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
};

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };

/// One named value of a log line. Both are borrowed for the call.
struct LogField {
  std::string_view name;
  std::string_view value;
};

/// Where log lines go. Write() may be called from any thread, also from those that serve requests: don't wait long.
class LogSink {
 public:
  virtual ~LogSink() = default;
  /// The least level wanted; lines below it are not even formatted. May change while running.
  virtual LogLevel level() const noexcept = 0;
  /// `area` is a folder of the library ("nfs3", "metadata"); `message` a sentence without the values.
  virtual void Write(LogLevel level, std::string_view area, std::string_view message,
                     std::span<const LogField> fields) = 0;
};

/// The world as seen by the library. Null members mean the defaults of SystemEnvironment().
struct Environment {
  Clock* clock = nullptr;
  Random* random = nullptr;
  LogSink* log = nullptr;
};

/// System clock, the kernel's random numbers, and warnings and errors as text on standard error. Static storage.
DITTOFS_EXPORT const Environment& SystemEnvironment();
/// `environment` with every null member replaced by the one of SystemEnvironment().
DITTOFS_EXPORT Environment WithDefaults(Environment environment);

enum class LogFormat : uint8_t { kText, kJson };
/// A log sink that writes one line per record to `file_descriptor` (not closed), in one write() call. Thread-safe.
DITTOFS_EXPORT std::unique_ptr<LogSink> MakeLogSink(int file_descriptor, LogFormat format, LogLevel level,
                                                    Clock* clock = nullptr);
/// Changes the level of a sink made by MakeLogSink(). Thread-safe.
DITTOFS_EXPORT void SetLogLevel(LogSink& sink, LogLevel level) noexcept;

}  // namespace dittofs
