#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/log.h"
#include "dittofs/metadata_service.h"
#include "metadata/block_leases.h"
#include "metadata/entry_cache.h"
#include "metadata/extent_cache.h"
#include "metadata/gate.h"
#include "metadata/inode_cache.h"
#include "metadata/numbers.h"
#include "metadata/permissions.h"

namespace dittofs {
namespace metadata {
struct DroppedLink;
}

/// What the files of this folder share. The operations themselves are members of MetadataService, one family per file.
struct MetadataService::Impl {
  explicit Impl(const MetadataServiceOptions& service_options);

  /// A name in a directory, with the hash that caches and gates go by.
  struct Name {
    Name(const Impl& impl, FileNumber in, std::string_view spelled)
        : directory(in), text(spelled), hash(metadata::HashName(impl.name_seed, in, spelled)) {}
    uint64_t gate() const noexcept { return metadata::NameGate(hash); }
    FileNumber directory;
    std::string_view text;
    uint64_t hash;
  };

  // Reading. Each tells `context` before it goes to the store.

  /// From cache or store; kStale if there is no such file.
  Status LoadInode(const CallContext& context, FileNumber file, InodeRecord& inode);
  /// The same, and how much of its size is durable.
  Status LoadFile(const CallContext& context, FileNumber file, InodeRecord& seen, uint64_t& durable_size_bytes);
  /// The attributes, without a copy in between.
  Status LoadAttributes(const CallContext& context, FileNumber file, Attributes& attributes);
  /// From cache or store; kNotFound.
  Status FindEntry(const CallContext& context, const Name& name, EntryRecord& entry);
  /// Past the cache.
  Status View(const CallContext& context, FunctionRef<Status(MetadataReader&)> fn);

  // Changing.

  /// One transaction at the share's durability. kTryLater if it kept conflicting.
  Status Commit(const CallContext& context, FunctionRef<Status(MetadataTransaction&)> fn);
  struct Maker;
  /// What MakeEntry() makes.
  struct MakeRequest {
    FileType type = FileType::kDirectory;
    const AttributeChanges* initial = nullptr;
    DeviceNumber device;
    std::string_view target;
  };
  /// MakeDirectory, MakeSymlink and MakeNode.
  Status MakeEntry(const CallContext& context, FileNumber directory, std::string_view name, const MakeRequest& request,
                   MakeReply& reply);
  /// kInvalidArgument if `to_directory` is `moved` or below it. With kMoveGate held.
  Status CheckNoCycle(const CallContext& context, FileNumber moved, FileNumber to_directory);
  /// After the commit of WriteDroppedLink(): caches, usage and observer.
  void FinishDroppedLink(const metadata::DroppedLink& dropped);
  /// The body of SetAttributes(), with the file's gate held exclusively and `seen` just loaded. `pair` is filled also
  /// on failure.
  Status ChangeAttributes(const CallContext& context, const InodeRecord& seen, uint64_t durable_size_bytes,
                          const AttributeChanges& changes, ChangePair& pair);
  /// Runs `change` and counts it as a change of the file's attributes, if the caller may write them.
  Status ChangeExtendedAttribute(const CallContext& context, FileNumber file,
                                 FunctionRef<Status(MetadataTransaction&)> change, ChangePair& pair);
  /// Takes setuid and setgid away before somebody's write is seen. Durable at once: they must not come back.
  Status ClearPrivileges(const CallContext& context, FileNumber file);
  /// `replacement` becomes the content of [offset, offset + length), with the file's gate held exclusively.
  Status ChangeContent(const CallContext& context, const InodeRecord& seen, uint64_t durable_size_bytes,
                       uint64_t offset, uint64_t length, std::span<const Extent> replacement, bool grows,
                       ChangePair& pair);
  /// kQuotaExceeded if the share has a quota that `more` does not fit in.
  Status CheckQuota(const UsageRecord& more) const noexcept;
  void AddUsage(const UsageRecord& delta) noexcept;
  /// After a commit of a name operation: what the directory is now, for cache and caller.
  void StoreDirectoryChange(const DirectoryChange& change, ChangePair& pair);
  /// After a commit that failed and may or may not have happened.
  void ForgetName(const Name& name);
  Timestamp Now() const { return environment.clock->Now(); }

  MetadataServiceOptions options;
  Environment environment;
  base::Logger log;
  MetadataStore& store;
  const bool may_block;
  const uint64_t name_seed;
  ShareRecord share;
  ContentObserver* observer = nullptr;

  metadata::GateTable gates;
  metadata::InodeCache inodes;
  metadata::EntryCache entries;
  metadata::ExtentCache extents;
  metadata::NumberSource numbers;
  metadata::BlockLeases leases;
  // The share's usage as committed by this service; kept exact because it is the only one that writes.
  std::atomic<int64_t> used_bytes{0};
  std::atomic<int64_t> used_files{0};

  base::Mutex collection_mutex;  // rank: leaf
  BlockId last_taken GUARDED_BY(collection_mutex);
  bool has_last_taken GUARDED_BY(collection_mutex) = false;
};

}  // namespace dittofs
