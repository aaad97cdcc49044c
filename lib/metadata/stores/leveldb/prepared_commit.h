#pragma once

#include <leveldb/write_batch.h>

#include <atomic>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "metadata/stores/leveldb/database.h"
#include "metadata/stores/leveldb/leveldb_reader.h"
#include "metadata/transaction/write_set.h"

namespace dittofs::leveldb_store {

/// A share while the store is open.
struct OpenShareState {
  explicit OpenShareState(ShareId id) : share(id) {}

  const ShareId share;
  /// False as long as no file of the share has an extended attribute: removals then need not look for them.
  std::atomic<bool> may_have_attributes{true};

  base::Mutex numbers_mutex;  ///< Guards the next two. Held while a range is made durable. Rank: before LevelDB's own.
  uint64_t next_number GUARDED_BY(numbers_mutex) = 0;
  uint64_t end_of_numbers GUARDED_BY(numbers_mutex) = 0;

  /// A directory as of the newest accepted transaction.
  struct DirectoryState {
    bool present = false;
    bool changed = false;  ///< Differs from its row: to be written with the group.
    InodeRecord record;
  };
  struct BlockChange {
    bool was_present = false;
    bool was_unreferenced = false;
    bool present = false;
    BlockRecord record;
  };
  // The rest belongs to whoever leads a group (GroupCommit); leaders follow each other.
  /// Rows that deltas merge into; kept over groups, bounded by kMaxDirectories.
  std::unordered_map<FileNumber, DirectoryState> directories;
  std::vector<FileNumber> changed_directories;
  std::unordered_map<BlockId, BlockChange> blocks;  ///< Of this group.
  UsageRecord usage;
  bool usage_known = false;
  bool usage_changed = false;
  bool in_group = false;
};

/// A transaction ready to be validated: everything that needs no other transaction's result is encoded already, on the
/// caller's own thread.
struct PreparedCommit {
  const metadata::WriteSet* writes = nullptr;
  std::vector<LevelDbReader::VersionRead> reads;
  std::vector<VersionStripe*> identity_changes;  ///< Subjects that change.
  std::vector<VersionStripe*> content_changes;   ///< Subjects that only deltas merge into.
  leveldb::WriteBatch rows;
  bool has_rows = false;
};

/// Encodes `writes`. kConflict: a directory to be deleted has entries. The reader is the one of the same run.
Status PrepareCommit(const Database& database, OpenShareState& share, const metadata::WriteSet& writes,
                     LevelDbReader& reader, PreparedCommit& prepared);

}  // namespace dittofs::leveldb_store
