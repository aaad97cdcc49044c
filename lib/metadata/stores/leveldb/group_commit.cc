#include "metadata/stores/leveldb/group_commit.h"

#include <algorithm>

#include "metadata/stores/leveldb/row_keys.h"
#include "metadata/stores/leveldb/row_values.h"

namespace dittofs::leveldb_store {

Status GroupCommit::Commit(OpenShareState& share, PreparedCommit& prepared, CommitDurability durability) {
  Request request;
  request.share = &share;
  request.prepared = &prepared;
  request.durable = durability == CommitDurability::kDurable;
  return Enqueue(request);
}

Status GroupCommit::CommitAlone(OpenShareState& share, PreparedCommit& prepared, CommitDurability durability,
                                FunctionRef<Status()> prepare) {
  Request request;
  request.share = &share;
  request.prepared = &prepared;
  request.prepare = &prepare;
  request.durable = durability == CommitDurability::kDurable;
  return Enqueue(request);
}

Status GroupCommit::WaitForOthers() {
  Request request;
  return Enqueue(request);
}

Status GroupCommit::Sync() {
  Request request;
  request.durable = true;
  return Enqueue(request);
}

Status GroupCommit::Refusal() {
  const base::MutexLock lock(mutex_);
  return refusal_;
}

Status GroupCommit::Refuse(const Status& cause) {
  const base::MutexLock lock(mutex_);
  if (refusal_.ok()) {
    refusal_ = Status(cause == ErrorCode::kNoSpace ? ErrorCode::kNoSpace : ErrorCode::kIo,
                      "the metadata store " + database_.directory +
                          " refuses writes since one failed; repair the disk and open it again (" +
                          std::string(cause.message()) + ")");
    database_.log.Error("a metadata store could not write and refuses writes until it is opened again",
                        {{"directory", database_.directory}, {"cause", cause.ToString()}});
  }
  return refusal_;
}

Status GroupCommit::Enqueue(Request& request) {
  bool lead;
  {
    const base::MutexLock lock(mutex_);
    lead = queue_.empty();
    if (!lead) request.turn = std::make_shared<Turn>();
    queue_.push_back(&request);
  }
  if (!lead) lead = request.turn->Wait();
  if (lead) {
    const std::vector<Request*> group = TakeGroup(request);
    Lead(group);
    Release(request, group);
  }
  if (request.result.ok()) {
    for (auto& [to, change] : request.changes) *to = change;
  }
  return request.result;
}

std::vector<GroupCommit::Request*> GroupCommit::TakeGroup(const Request& leader) {
  std::vector<Request*> group;
  size_t bytes = 0;
  const base::MutexLock lock(mutex_);
  for (Request* next : queue_) {
    // Who must run alone leads, so that nothing is under way while he reads.
    if (next != &leader && next->prepare != nullptr) break;
    if (next->prepared != nullptr) bytes += next->prepared->rows.ApproximateSize();
    if (!group.empty() && (group.size() == kMaxGroup || bytes > kMaxGroupBytes)) break;
    group.push_back(next);
  }
  return group;
}

void GroupCommit::Release(const Request& leader, const std::vector<Request*>& group) {
  // A member may return, and its request with it, as soon as its turn is set.
  std::vector<std::shared_ptr<Turn>> turns;
  turns.reserve(group.size() + 1);
  {
    const base::MutexLock lock(mutex_);
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(group.size()));
    if (!queue_.empty()) turns.push_back(queue_.front()->turn);
  }
  const bool handed_on = !turns.empty();
  for (const Request* member : group) {
    if (member != &leader) turns.push_back(member->turn);
  }
  for (size_t i = 0; i < turns.size(); ++i) turns[i]->Set(i == 0 && handed_on);
}

void GroupCommit::Lead(const std::vector<Request*>& group) {
  if (Status refusal = Refusal(); !refusal.ok()) {
    for (Request* request : group) request->result = refusal;
    return;
  }
  batch_.Clear();
  batch_has_rows_ = false;
  bool durable = false;
  for (Request* request : group) {
    if (request->prepare != nullptr) request->result = (*request->prepare)();
    if (request->prepared != nullptr && request->result.ok()) request->result = Accept(*request);
    request->accepted = request->result.ok();
    durable |= request->accepted && request->durable;
  }
  EmitMerged();
  Status written;
  if (batch_has_rows_ || (durable && unsynced_)) written = Write(durable);
  Publish();
  for (OpenShareState* share : shares_) share->in_group = false;
  shares_.clear();
  if (written.ok()) return;
  const Status refusal = Refuse(written);
  for (Request* request : group) {
    if (request->accepted) request->result = refusal;
  }
}

Status GroupCommit::Write(bool sync) {
  leveldb::WriteOptions options;
  options.sync = sync;
  const leveldb::Status status = database_.db->Write(options, &batch_);
  if (!status.ok()) return StatusOf(status, "writing");
  if (database_.env.lost_log_sync()) return Status(ErrorCode::kIo, "a log could not be synced");
  unsynced_ = !sync && (unsynced_ || batch_has_rows_);
  return {};
}

Status GroupCommit::CheckReads(const PreparedCommit& prepared) const noexcept {
  for (const LevelDbReader::VersionRead& read : prepared.reads) {
    const uint32_t identity = read.stripe->identity.load(std::memory_order_relaxed);
    if (identity != read.identity || identity % 2 != 0) return ErrorCode::kConflict;
    if (!read.exact) continue;
    const uint32_t content = read.stripe->content.load(std::memory_order_relaxed);
    if (content != read.content || content % 2 != 0) return ErrorCode::kConflict;
  }
  return {};
}

Status GroupCommit::LoadDirectory(OpenShareState& share, FileNumber number, OpenShareState::DirectoryState*& state) {
  const auto [found, made] = share.directories.try_emplace(number);
  state = &found->second;
  if (!made) return {};
  const RowKey key(share.share, RowKind::kInode, number.value);
  std::string value;
  const Status status = database_.Get(key.bytes(), nullptr, value);
  if (status == ErrorCode::kNotFound) return {};
  if (!status.ok() || !InodeRow::Decode(number, value, state->record)) {
    share.directories.erase(found);
    return status.ok() ? CorruptRow(key.bytes()) : status;
  }
  state->present = true;
  return {};
}

Status GroupCommit::LoadBlock(OpenShareState& share, const BlockId& block, OpenShareState::BlockChange*& change) {
  const auto [found, made] = share.blocks.try_emplace(block);
  change = &found->second;
  if (!made) return {};
  const RowKey key(share.share, RowKind::kBlock, block);
  std::string value;
  const Status status = database_.Get(key.bytes(), nullptr, value);
  if (status == ErrorCode::kNotFound) return {};
  if (!status.ok() || !BlockRow::Decode(value, change->record)) {
    share.blocks.erase(found);
    return status.ok() ? CorruptRow(key.bytes()) : status;
  }
  change->present = change->was_present = true;
  change->was_unreferenced = change->record.references == 0;
  return {};
}

Status GroupCommit::LoadUsage(OpenShareState& share) {
  if (share.usage_known) return {};
  const RowKey key(share.share, RowKind::kUsage);
  std::string value;
  const Status status = database_.Get(key.bytes(), nullptr, value);
  if (!status.ok() && !(status == ErrorCode::kNotFound)) return status;
  if (status.ok() && !UsageRow::Decode(value, share.usage)) return CorruptRow(key.bytes());
  share.usage_known = true;
  return {};
}

Status GroupCommit::CheckDirectories(Request& request) {
  const metadata::WriteSet& writes = *request.prepared->writes;
  for (const auto& [number, write] : writes.directories) {
    const metadata::InodeWrite* own = writes.inodes.Find(number);
    if (own != nullptr && own->deleted) return ErrorCode::kConflict;
    const InodeRecord* record = own ? &own->record : nullptr;
    if (record == nullptr) {
      OpenShareState::DirectoryState* state = nullptr;
      DITTOFS_RETURN_IF_ERROR(LoadDirectory(*request.share, number, state));
      if (!state->present) return ErrorCode::kConflict;
      record = &state->record;
    }
    if (static_cast<int64_t>(record->entry_count) + write.delta.entries < 0 ||
        static_cast<int64_t>(record->link_count) + write.delta.links < 0) {
      return Status(ErrorCode::kCorruption, "a directory would count fewer than no entries or links");
    }
  }
  return {};
}

Status GroupCommit::CheckBlocks(Request& request) {
  const metadata::WriteSet& writes = *request.prepared->writes;
  OpenShareState::BlockChange* change = nullptr;
  for (const auto& [block, write] : writes.blocks) DITTOFS_RETURN_IF_ERROR(LoadBlock(*request.share, block, change));
  for (const auto& [block, delta] : writes.block_references) {
    DITTOFS_RETURN_IF_ERROR(LoadBlock(*request.share, block, change));
    const metadata::BlockWrite* own = writes.blocks.Find(block);
    const bool present = own ? !own->deleted : change->present;
    const BlockState state = own ? own->state : change->record.state;
    if (!present || state == BlockState::kDeleting) return ErrorCode::kConflict;
    if ((change->present ? change->record.references : 0) + delta < 0) {
      return Status(ErrorCode::kCorruption, "a block would have fewer than no references");
    }
  }
  return {};
}

Status GroupCommit::Accept(Request& request) {
  PreparedCommit& prepared = *request.prepared;
  OpenShareState& share = *request.share;
  if (!share.in_group) {
    share.in_group = true;
    shares_.push_back(&share);
    if (share.directories.size() > kMaxDirectories) share.directories.clear();
  }
  DITTOFS_RETURN_IF_ERROR(CheckReads(prepared));
  DITTOFS_RETURN_IF_ERROR(CheckDirectories(request));
  DITTOFS_RETURN_IF_ERROR(CheckBlocks(request));
  if (prepared.writes->has_usage) DITTOFS_RETURN_IF_ERROR(LoadUsage(share));

  for (VersionStripe* stripe : prepared.identity_changes) {
    Mark(stripe->identity);
    Mark(stripe->content);
  }
  for (VersionStripe* stripe : prepared.content_changes) Mark(stripe->content);
  if (prepared.has_rows) {
    batch_.Append(prepared.rows);
    batch_has_rows_ = true;
  }
  ApplyDirectories(request);
  ApplyBlocks(request);
  if (prepared.writes->has_usage) {
    share.usage.bytes += prepared.writes->usage.bytes;
    share.usage.files += prepared.writes->usage.files;
    share.usage_changed = true;
  }
  return {};
}

void GroupCommit::Mark(std::atomic<uint32_t>& counter) {
  const uint32_t value = counter.load(std::memory_order_relaxed);
  if (value % 2 != 0) return;  // pending already, for another member of the group
  counter.store(value + 1, std::memory_order_seq_cst);
  pending_.push_back(&counter);
}

void GroupCommit::ApplyDirectories(Request& request) {
  OpenShareState& share = *request.share;
  const metadata::WriteSet& writes = *request.prepared->writes;
  for (const auto& [number, write] : writes.inodes) {
    const auto known = share.directories.find(number);
    if (known == share.directories.end()) {
      if (!write.deleted && write.record.type == FileType::kDirectory) {
        share.directories[number] = {true, false, write.record};
      }
      continue;
    }
    known->second.present = !write.deleted;
    known->second.changed = known->second.changed && !write.deleted;
    if (!write.deleted) known->second.record = write.record;
  }
  for (const auto& [number, write] : writes.directories) {
    const metadata::InodeWrite* own = writes.inodes.Find(number);
    OpenShareState::DirectoryState& state = share.directories[number];
    if (own != nullptr) state = {true, state.changed, own->record};
    InodeRecord& record = state.record;
    const BeforeAttributes before{record.size_bytes, record.mtime, record.ctime, record.change};
    record.entry_count = static_cast<uint64_t>(static_cast<int64_t>(record.entry_count) + write.delta.entries);
    record.link_count = static_cast<uint32_t>(static_cast<int64_t>(record.link_count) + write.delta.links);
    record.mtime = std::max(record.mtime, write.delta.time);
    record.ctime = std::max(record.ctime, write.delta.time);
    ++record.change;
    if (!state.changed) {
      state.changed = true;
      share.changed_directories.push_back(number);
    }
    if (write.change != nullptr) request.changes.emplace_back(write.change, DirectoryChange{before, record});
  }
}

void GroupCommit::ApplyBlocks(Request& request) {
  OpenShareState& share = *request.share;
  const metadata::WriteSet& writes = *request.prepared->writes;
  for (const auto& [block, write] : writes.blocks) {
    OpenShareState::BlockChange& change = share.blocks.find(block)->second;
    if (write.deleted) {
      change.present = false;
      change.record = BlockRecord{};
      continue;
    }
    if (!change.present) change.record.references = 0;
    change.present = true;
    change.record.size_bytes = write.size_bytes;
    change.record.state = write.state;
  }
  for (const auto& [block, delta] : writes.block_references) {
    share.blocks.find(block)->second.record.references += delta;
  }
}

void GroupCommit::EmitMerged() {
  for (OpenShareState* share : shares_) {
    for (const FileNumber number : share->changed_directories) {
      const auto found = share->directories.find(number);
      if (found == share->directories.end() || !found->second.changed) continue;
      found->second.changed = false;
      const RowKey key(share->share, RowKind::kInode, number.value);
      batch_.Put(ToSlice(key.bytes()), ToSlice(InodeRow::Encode(found->second.record)));
      batch_has_rows_ = true;
    }
    share->changed_directories.clear();
    for (const auto& [block, change] : share->blocks) {
      const RowKey key(share->share, RowKind::kBlock, block);
      const RowKey mark(share->share, RowKind::kUnreferenced, block);
      const bool unreferenced = change.present && change.record.references == 0;
      if (change.present) {
        batch_.Put(ToSlice(key.bytes()), ToSlice(BlockRow::Encode(change.record)));
      } else if (change.was_present) {
        batch_.Delete(ToSlice(key.bytes()));
      } else {
        continue;
      }
      batch_has_rows_ = true;
      if (unreferenced && !change.was_unreferenced) batch_.Put(ToSlice(mark.bytes()), ToSlice(MarkRow::Encode()));
      if (!unreferenced && change.was_unreferenced) batch_.Delete(ToSlice(mark.bytes()));
    }
    share->blocks.clear();
    if (share->usage_changed) {
      share->usage_changed = false;
      const RowKey key(share->share, RowKind::kUsage);
      batch_.Put(ToSlice(key.bytes()), ToSlice(UsageRow::Encode(share->usage)));
      batch_has_rows_ = true;
    }
  }
}

void GroupCommit::Publish() {
  for (std::atomic<uint32_t>* counter : pending_) counter->fetch_add(1, std::memory_order_seq_cst);
  pending_.clear();
}

}  // namespace dittofs::leveldb_store
