#pragma once

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/log.h"
#include "dittofs/status.h"
#include "dittofs/stores/leveldb.h"
#include "metadata/stores/leveldb/database_env.h"
#include "metadata/stores/leveldb/version_table.h"

namespace dittofs::leveldb_store {

/// LevelDB's answer in our words; `doing` begins the sentence. "Not found" stays kNotFound without a sentence.
Status StatusOf(const leveldb::Status& status, std::string_view doing);
/// The row of `key` is there but can't be what was written.
Status CorruptRow(std::string_view key);

/// A LevelDB in our format, opened and checked, with everything that must outlive it. Thread-safe.
struct Database {
  /// Errors as OpenLevelDbMetadataStore(). `env` must outlive the database.
  static Result<std::unique_ptr<Database>> Open(const LevelDbMetadataStoreOptions& options, leveldb::Env* env);
  explicit Database(leveldb::Env* target) : env(target) {}

  leveldb::ReadOptions ReadOptions(const leveldb::Snapshot* snapshot) const {
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    options.snapshot = snapshot;
    return options;
  }
  /// kNotFound if there is no such row.
  Status Get(std::string_view key, const leveldb::Snapshot* snapshot, std::string& value) const;
  std::unique_ptr<leveldb::Iterator> NewIterator(const leveldb::Snapshot* snapshot) const {
    return std::unique_ptr<leveldb::Iterator>(db->NewIterator(ReadOptions(snapshot)));
  }
  /// Whether any row begins with `prefix`.
  Status AnyRow(std::string_view prefix, bool& any) const;

  std::string directory;
  base::Logger log;
  uint64_t store_id = 0;
  base::FileDescriptor owner_lock;
  DatabaseEnv env;
  VersionTable versions;
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
  std::unique_ptr<leveldb::DB> db;
};

inline leveldb::Slice ToSlice(std::string_view text) {
  return {text.data(), text.size()};
}
template <size_t kSize>
leveldb::Slice ToSlice(const std::array<char, kSize>& row) {
  return {row.data(), kSize};
}
inline std::string_view ToView(const leveldb::Slice& slice) {
  return {slice.data(), slice.size()};
}

}  // namespace dittofs::leveldb_store
