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
  at->second.store = std::move(store);
  return {};
}

Result<Share*> Runtime::AddStoredShare(ShareOptions options, const StoredShareOptions& stored) {
  (void)options;
  (void)stored;
  return ErrorCode::kNotSupported;
}

}  // namespace dittofs
