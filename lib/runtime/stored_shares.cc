#include <fmt/format.h>

#include <utility>

#include "runtime/runtime_impl.h"

namespace dittofs {

Status Runtime::AddMetadataStore(std::string name, std::unique_ptr<MetadataStore> store) {
  if (name.empty() || !store) return Status(ErrorCode::kInvalidArgument, "a metadata store needs a name");
  base::MutexLock lock(impl_->admin_mutex);
  const auto [at, added] = impl_->metadata_stores.try_emplace(name, std::move(store));
  if (!added) return Status(ErrorCode::kExists, fmt::format("a metadata store \"{}\" exists already", name));
  return {};
}

Status Runtime::AddBlockStore(std::string name, std::unique_ptr<BlockStore> store) {
  if (name.empty() || !store) return Status(ErrorCode::kInvalidArgument, "a block store needs a name");
  base::MutexLock lock(impl_->admin_mutex);
  const auto [at, added] = impl_->block_stores.try_emplace(name);
  if (!added) return Status(ErrorCode::kExists, fmt::format("a block store \"{}\" exists already", name));
  PayloadServiceOptions options;
  options.store = store.get();
  options.environment = impl_->environment;
  options.cache_bytes = impl_->cache_bytes;
  options.max_dirty_bytes = impl_->max_dirty_bytes;
  Result<std::unique_ptr<PayloadService>> payload = PayloadService::Create(options);
  if (!payload.ok()) {
    impl_->block_stores.erase(at);
    return payload.status().WithContext(fmt::format("block store \"{}\"", name));
  }
  at->second.store = std::move(store);
  at->second.payload = std::move(*payload);
  return {};
}

Result<Share*> Runtime::AddStoredShare(ShareOptions options, const StoredShareOptions& stored) {
  const std::string name = options.name;
  return impl_->AddShare(std::move(options), stored, [&](ShareId id) {
    impl_->admin_mutex.AssertHeld();
    return impl_->OpenStoredFiles(id, name, stored);
  });
}

Result<ShareFiles> Runtime::Impl::OpenStoredFiles(ShareId id, const std::string& name,
                                                  const StoredShareOptions& stored) {
  const auto metadata_store = metadata_stores.find(stored.metadata_store);
  if (metadata_store == metadata_stores.end()) {
    return Status(ErrorCode::kNotFound, fmt::format("there is no metadata store \"{}\"", stored.metadata_store));
  }
  const auto block_store = block_stores.find(stored.block_store);
  if (block_store == block_stores.end()) {
    return Status(ErrorCode::kNotFound, fmt::format("there is no block store \"{}\"", stored.block_store));
  }
  const bool durable = stored.durability == Durability::kLocal;
  // A promise that a store can't keep is refused here, not broken later.
  if (durable && !metadata_store->second->traits().durable) {
    return Status(ErrorCode::kInvalidArgument,
                  fmt::format("durability is local, but metadata store \"{}\" ({}) does not survive the process",
                              stored.metadata_store, metadata_store->second->Describe()));
  }
  if (durable && !block_store->second.store->traits().durable) {
    return Status(ErrorCode::kInvalidArgument,
                  fmt::format("durability is local, but block store \"{}\" ({}) does not survive power loss",
                              stored.block_store, block_store->second.store->Describe()));
  }

  MetadataServiceOptions metadata_options;
  metadata_options.store = metadata_store->second.get();
  metadata_options.share = id;
  metadata_options.share_name = name;
  metadata_options.environment = environment;
  metadata_options.cache_bytes = stored.metadata_cache_bytes;
  metadata_options.quota_bytes = stored.quota_bytes;
  metadata_options.quota_files = stored.quota_files;
  metadata_options.root_mode = stored.root_mode;
  metadata_options.root_uid = stored.root_uid;
  metadata_options.root_gid = stored.root_gid;
  metadata_options.durability = durable ? CommitDurability::kDurable : CommitDurability::kBuffered;
  Result<std::unique_ptr<MetadataService>> metadata = MetadataService::Create(metadata_options);
  if (!metadata.ok()) return metadata.status();

  StoredFileSystemOptions file_options;
  file_options.environment = environment;
  file_options.durable = durable;
  file_options.flush_after_ms = stored.flush_after_ms;
  file_options.quota_bytes = stored.quota_bytes;
  file_options.quota_files = stored.quota_files;
  std::unique_ptr<StoredFileSystem> files =
      MakeStoredFileSystem(**metadata, *block_store->second.payload, file_options);
  ShareFiles share_files;
  share_files.metadata = std::move(*metadata);
  share_files.stored = files.get();
  share_files.file_system = std::move(files);
  return share_files;
}

}  // namespace dittofs
