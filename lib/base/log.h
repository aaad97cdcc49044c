#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "dittofs/environment.h"

namespace dittofs::base {

/// A named value of a log line, formatted when the line is wanted.
struct Field {
  std::string_view name;
  std::string value;
  template <typename T>
  Field(std::string_view field_name, const T& field_value) : name(field_name), value(fmt::format("{}", field_value)) {}
};

/// What every class that logs keeps: the sink and its area. Cheap to copy. Thread-safe.
class Logger {
 public:
  Logger() = default;
  Logger(LogSink* sink, std::string_view area) : sink_(sink), area_(area) {}
  bool enabled(LogLevel level) const noexcept { return sink_ != nullptr && level >= sink_->level(); }
  void Write(LogLevel level, std::string_view message, std::initializer_list<Field> fields = {}) const;
  void Debug(std::string_view message, std::initializer_list<Field> fields = {}) const {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, std::initializer_list<Field> fields = {}) const {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warning(std::string_view message, std::initializer_list<Field> fields = {}) const {
    Write(LogLevel::kWarning, message, fields);
  }
  void Error(std::string_view message, std::initializer_list<Field> fields = {}) const {
    Write(LogLevel::kError, message, fields);
  }

 private:
  LogSink* sink_ = nullptr;
  std::string_view area_;
};

}  // namespace dittofs::base
