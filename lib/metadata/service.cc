#include "metadata/service.h"

#include <utility>

namespace dittofs {

using metadata::InodeCache;

namespace {

// How the cache's bytes are shared out: half for inodes, the rest for names and extents.
constexpr uint64_t InodeShare(uint64_t bytes) noexcept {
  return bytes / 2;
}
constexpr uint64_t EntryShare(uint64_t bytes) noexcept {
  return bytes / 8 * 3;
}
constexpr uint64_t ExtentShare(uint64_t bytes) noexcept {
  return bytes / 8;
}

Status MakeRoot(const MetadataServiceOptions& options, Timestamp now, MetadataTransaction& transaction) {
  InodeRecord root;
  const Status found = transaction.GetInodeForUpdate(kRootFileNumber, root);
  if (found.ok() || found.code() != ErrorCode::kNotFound) return found;
  root = InodeRecord();
  root.number = kRootFileNumber;
  root.type = FileType::kDirectory;
  root.mode = options.root_mode & kModeAllBits;
  root.uid = options.root_uid;
  root.gid = options.root_gid;
  root.link_count = 2;
  root.size_bytes = metadata::kDirectoryBytes;
  root.atime = root.mtime = root.ctime = root.btime = now;
  root.change = 1;
  root.parent = kRootFileNumber;
  transaction.PutInode(root);
  transaction.AddUsage({0, 1});
  return {};
}

}  // namespace

MetadataService::Impl::Impl(const MetadataServiceOptions& service_options)
    : options(service_options),
      environment(WithDefaults(service_options.environment)),
      log(environment.log, "metadata"),
      store(*service_options.store),
      may_block(store.traits().may_block),
      name_seed(environment.random->Next64()),
      inodes(InodeShare(service_options.cache_bytes)),
      entries(EntryShare(service_options.cache_bytes)),
      extents(ExtentShare(service_options.cache_bytes)),
      numbers(store, service_options.share) {}

Result<std::unique_ptr<MetadataService>> MetadataService::Create(const MetadataServiceOptions& options) {
  if (!options.store) return Status(ErrorCode::kInvalidArgument, "no metadata store");
  if (!options.share) return Status(ErrorCode::kInvalidArgument, "no share id");
  if (options.store->traits().shared) {
    // The caches are kept exact by being the only writer.
    return Status(ErrorCode::kNotSupported, "metadata stores shared between processes are not supported");
  }
  auto impl = std::make_unique<Impl>(options);
  const Timestamp now = impl->Now();
  Result<ShareRecord> share =
      impl->store.OpenShare(options.share, options.share_name, impl->environment.random->Next64(), now);
  if (!share.ok()) return share.status().WithContext("opening the share");
  impl->share = *std::move(share);
  Status status = impl->store.View(options.share, [](MetadataReader& reader) {
    InodeRecord root;
    return reader.GetInode(kRootFileNumber, root);
  });
  if (status.code() == ErrorCode::kNotFound) {
    status = impl->store.Update(options.share, CommitDurability::kDurable,
                                [&](MetadataTransaction& transaction) { return MakeRoot(options, now, transaction); });
  }
  if (!status.ok()) return status.WithContext("opening the root directory");
  UsageRecord usage;
  status = impl->store.View(options.share, [&](MetadataReader& reader) { return reader.GetUsage(usage); });
  if (!status.ok()) return status.WithContext("reading the share's usage");
  impl->AddUsage(usage);
  return std::unique_ptr<MetadataService>(new MetadataService(std::move(impl)));
}

MetadataService::MetadataService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetadataService::~MetadataService() = default;

void MetadataService::SetContentObserver(ContentObserver* observer) noexcept {
  impl_->observer = observer;
}

const ShareRecord& MetadataService::share() const noexcept {
  return impl_->share;
}

Result<UsageRecord> MetadataService::GetUsage(const CallContext&) {
  return UsageRecord{impl_->used_bytes.load(std::memory_order_relaxed),
                     impl_->used_files.load(std::memory_order_relaxed)};
}

Status MetadataService::Impl::View(const CallContext& context, FunctionRef<Status(MetadataReader&)> fn) {
  if (may_block) context.WillBlock();
  return store.View(options.share, fn);
}

Status MetadataService::Impl::Commit(const CallContext& context, FunctionRef<Status(MetadataTransaction&)> fn) {
  if (may_block) context.WillBlock();
  Status status = store.Update(options.share, options.durability, fn);
  if (status.code() == ErrorCode::kConflict) return ErrorCode::kTryLater;
  return status;
}

Status MetadataService::Impl::LoadInode(const CallContext& context, FileNumber file, InodeRecord& inode) {
  if (inodes.Visit(file, [&inode](const InodeRecord& cached) { inode = cached; })) return {};
  const uint32_t version = inodes.Version(file);
  Status status = View(context, [&](MetadataReader& reader) { return reader.GetInode(file, inode); });
  if (status.code() == ErrorCode::kNotFound) return ErrorCode::kStale;
  if (status.ok()) inodes.Fill(inode, version);
  return status;
}

Status MetadataService::Impl::LoadFile(const CallContext& context, FileNumber file, InodeRecord& seen,
                                       uint64_t& durable_size_bytes) {
  if (inodes.FindPending(file, seen, durable_size_bytes)) return {};
  DITTOFS_RETURN_IF_ERROR(LoadInode(context, file, seen));
  durable_size_bytes = seen.size_bytes;
  return {};
}

Status MetadataService::Impl::LoadAttributes(const CallContext& context, FileNumber file, Attributes& attributes) {
  if (inodes.Visit(file, [&attributes](const InodeRecord& cached) { metadata::ToAttributes(cached, attributes); })) {
    return {};
  }
  InodeRecord inode;
  DITTOFS_RETURN_IF_ERROR(LoadInode(context, file, inode));
  metadata::ToAttributes(inode, attributes);
  return {};
}

Status MetadataService::Impl::FindEntry(const CallContext& context, const Name& name, EntryRecord& entry) {
  switch (entries.Find(name.hash, name.directory, name.text, entry)) {
    case metadata::EntryCache::Answer::kPresent:
      return {};
    case metadata::EntryCache::Answer::kAbsent:
      return ErrorCode::kNotFound;
    case metadata::EntryCache::Answer::kUnknown:
      break;
  }
  const uint32_t version = entries.Version(name.hash);
  Status status =
      View(context, [&](MetadataReader& reader) { return reader.GetEntry(name.directory, name.text, entry); });
  if (status.ok()) {
    entries.Fill(name.hash, name.directory, name.text, &entry, version);
  } else if (status.code() == ErrorCode::kNotFound) {
    entries.Fill(name.hash, name.directory, name.text, nullptr, version);
  }
  return status;
}

Status MetadataService::Impl::CheckQuota(const UsageRecord& more) const noexcept {
  if (options.quota_bytes != 0 && more.bytes > 0 &&
      used_bytes.load(std::memory_order_relaxed) + more.bytes > static_cast<int64_t>(options.quota_bytes)) {
    return ErrorCode::kQuotaExceeded;
  }
  if (options.quota_files != 0 && more.files > 0 &&
      used_files.load(std::memory_order_relaxed) + more.files > static_cast<int64_t>(options.quota_files)) {
    return ErrorCode::kQuotaExceeded;
  }
  return {};
}

void MetadataService::Impl::AddUsage(const UsageRecord& delta) noexcept {
  if (delta.bytes != 0) used_bytes.fetch_add(delta.bytes, std::memory_order_relaxed);
  if (delta.files != 0) used_files.fetch_add(delta.files, std::memory_order_relaxed);
}

void MetadataService::Impl::StoreDirectoryChange(const DirectoryChange& change, ChangePair& pair) {
  inodes.StoreNewer(change.after);
  pair.before = change.before;
  metadata::ToAttributes(change.after, pair.after);
}

void MetadataService::Impl::ForgetName(const Name& name) {
  entries.Forget(name.hash, name.directory, name.text);
  inodes.Forget(name.directory);
}

}  // namespace dittofs
