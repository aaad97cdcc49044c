#pragma once

#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "dittofs/runtime.h"

namespace dittofs::runtime::testing {

/// Seeded: the same bytes in every run.
class CountingRandom final : public Random {
 public:
  void Fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(next_.fetch_add(1));
  }

 private:
  std::atomic<uint8_t> next_{1};
};

/// Time that moves only when told.
class ManualClock final : public Clock {
 public:
  Timestamp Now() override { return {1'600'000'000, 0}; }
  uint64_t MonotonicNanoseconds() override { return now_.load(); }
  void Advance(uint64_t milliseconds) { now_.fetch_add(milliseconds * 1'000'000); }

 private:
  std::atomic<uint64_t> now_{1};
};

/// Keeps the messages.
class RecordingLog final : public LogSink {
 public:
  LogLevel level() const noexcept override { return LogLevel::kInfo; }
  void Write(LogLevel level, std::string_view, std::string_view message, std::span<const LogField>) override {
    base::MutexLock lock(mutex_);
    if (level >= LogLevel::kWarning) warnings_.emplace_back(message);
  }
  std::vector<std::string> warnings() {
    base::MutexLock lock(mutex_);
    return warnings_;
  }

 private:
  base::Mutex mutex_;
  std::vector<std::string> warnings_ GUARDED_BY(mutex_);
};

/// An empty root directory.
class EmptyFileSystem : public FileSystem {
 public:
  explicit EmptyFileSystem(FileSystemTraits traits = {}) : traits_(traits) {}
  const FileSystemTraits& traits() const noexcept override { return traits_; }
  Status GetAttributes(const CallContext&, FileNumber file, AttributeMask, Attributes& attributes) override {
    if (file != kRootFileNumber) return ErrorCode::kStale;
    attributes.valid = AttributeMask::kAll;
    attributes.type = FileType::kDirectory;
    attributes.mode = 0700;
    attributes.number = file;
    return {};
  }
  Status Lookup(const CallContext&, FileNumber, std::string_view, AttributeMask, LookupReply&) override {
    return ErrorCode::kNotFound;
  }
  Status ReadDirectory(const CallContext&, FileNumber, const ReadDirectoryRequest&, DirectorySink&,
                       ReadDirectoryReply& reply) override {
    reply.end = true;
    return {};
  }
  Status Read(const CallContext&, FileNumber, uint64_t, uint32_t, ReadReply&) override {
    return ErrorCode::kIsDirectory;
  }

 private:
  FileSystemTraits traits_;
};

/// A directory of its own, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = std::filesystem::temp_directory_path() / "dittofs-runtime-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline ClientAddress Client(std::string_view ip, uint16_t port = 700) {
  ClientAddress address = ParseAddress(ip).value();
  address.port = port;
  return address;
}

inline std::unique_ptr<Runtime> MakeRuntime() {
  RuntimeOptions options;
  options.handle_key.emplace();
  return std::move(Runtime::Create(options)).value();
}

inline Result<Share*> AddEmptyShare(Runtime& runtime, std::string name) {
  ShareOptions options;
  options.name = std::move(name);
  return runtime.AddShare(options, std::make_unique<EmptyFileSystem>());
}

}  // namespace dittofs::runtime::testing
