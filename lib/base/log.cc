#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <ctime>
#include <vector>

namespace dittofs {
namespace base {

void Logger::Write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) const {
  if (!enabled(level)) return;
  std::vector<LogField> borrowed;
  borrowed.reserve(fields.size());
  for (const Field& field : fields) borrowed.push_back({field.name, field.value});
  sink_->Write(level, area_, message, borrowed);
}

}  // namespace base

namespace {

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

void AppendQuoted(std::string& line, std::string_view text) {
  line.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        line += "\\\"";
        break;
      case '\\':
        line += "\\\\";
        break;
      case '\n':
        line += "\\n";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
          fmt::format_to(std::back_inserter(line), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          line.push_back(c);
        }
    }
  }
  line.push_back('"');
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (c <= ' ' || c == '"' || c == '\\' || c == '=' || static_cast<unsigned char>(c) >= 0x7f) return true;
  }
  return false;
}

class LineSink final : public LogSink {
 public:
  LineSink(int file_descriptor, LogFormat format, LogLevel level, Clock* clock)
      : file_descriptor_(file_descriptor), format_(format), level_(level), clock_(clock) {}

  LogLevel level() const noexcept override { return level_.load(std::memory_order_relaxed); }
  void set_level(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }

  void Write(LogLevel level, std::string_view area, std::string_view message,
             std::span<const LogField> fields) override {
    if (level < this->level()) return;
    std::string line;
    line.reserve(160);
    AppendTime(line);
    if (format_ == LogFormat::kJson) {
      line += "\",\"level\":\"";
      line += LevelName(level);
      line += "\",\"area\":";
      AppendQuoted(line, area);
      line += ",\"message\":";
      AppendQuoted(line, message);
      for (const LogField& field : fields) {
        line.push_back(',');
        AppendQuoted(line, field.name);
        line.push_back(':');
        AppendQuoted(line, field.value);
      }
      line += "}\n";
    } else {
      fmt::format_to(std::back_inserter(line), " {:<7} {}: {}", LevelName(level), area, message);
      for (const LogField& field : fields) {
        line.push_back(' ');
        line += field.name;
        line.push_back('=');
        if (NeedsQuotes(field.value)) {
          AppendQuoted(line, field.value);
        } else {
          line += field.value;
        }
      }
      line.push_back('\n');
    }
    // A log that can't be written has nowhere to say so.
    [[maybe_unused]] const ssize_t written = ::write(file_descriptor_, line.data(), line.size());
  }

 private:
  void AppendTime(std::string& line) {
    const Timestamp now = clock_->Now();
    const std::time_t seconds = now.seconds;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    fmt::format_to(std::back_inserter(line), "{}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                   format_ == LogFormat::kJson ? "{\"time\":\"" : "", parts.tm_year + 1900, parts.tm_mon + 1,
                   parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.nanoseconds / 1'000'000);
  }

  const int file_descriptor_;
  const LogFormat format_;
  std::atomic<LogLevel> level_;
  Clock* const clock_;
};

}  // namespace

std::unique_ptr<LogSink> MakeLogSink(int file_descriptor, LogFormat format, LogLevel level, Clock* clock) {
  return std::make_unique<LineSink>(file_descriptor, format, level, clock ? clock : SystemEnvironment().clock);
}

void SetLogLevel(LogSink& sink, LogLevel level) noexcept {
  if (auto* line_sink = dynamic_cast<LineSink*>(&sink)) line_sink->set_level(level);
}

}  // namespace dittofs
