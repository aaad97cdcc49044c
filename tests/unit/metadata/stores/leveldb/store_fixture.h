#pragma once

#include <leveldb/db.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dittofs/metadata_store.h"
#include "dittofs/stores/leveldb.h"
#include "faulty_env.h"
#include "metadata/stores/leveldb/open_store.h"

namespace dittofs::leveldb_store {

inline constexpr ShareId kShare{7};
inline constexpr FileNumber kRoot{1};

/// Keeps what was logged.
class RecordingLog final : public LogSink {
 public:
  LogLevel level() const noexcept override { return LogLevel::kInfo; }
  void Write(LogLevel level, std::string_view area, std::string_view message,
             std::span<const LogField> fields) override;
  size_t errors();

 private:
  std::mutex mutex_;
  size_t errors_ = 0;
};

/// A directory of its own, in which a store over a FaultyEnv is opened and closed.
class StoreFixture {
 public:
  StoreFixture();
  ~StoreFixture();

  std::string directory() const { return directory_ + "/store"; }
  std::string Path(std::string_view name) const { return directory() + "/" + std::string(name); }
  LevelDbMetadataStoreOptions options();
  Status TryOpen();
  /// Opens the store with its share and root directory.
  void Open();
  void Close() { store.reset(); }
  /// Files of the closed or open store whose names end so.
  std::vector<std::string> Files(std::string_view suffix) const;
  /// Changes rows of the closed store behind its back.
  void EditRows(const std::function<void(leveldb::DB&)>& edit);

  Status Create(uint64_t number, CommitDurability durability = CommitDurability::kBuffered,
                std::string_view padding = {});
  Status Look(uint64_t number);
  /// What ListEntries() of the root answers; `names` receives what it visited.
  Status List(bool with_inodes, std::vector<std::string>* names = nullptr);

  uint64_t write_buffer_bytes = 4u << 20;
  FaultyEnv env;
  RecordingLog log;
  std::unique_ptr<MetadataStore> store;

 private:
  std::string directory_;
};

void FlipByte(const std::string& path, uint64_t at);
std::string ReadBytes(const std::string& path);
void WriteBytes(const std::string& path, std::string_view bytes);

}  // namespace dittofs::leveldb_store
