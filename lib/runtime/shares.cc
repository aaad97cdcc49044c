#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/runtime_impl.h"
#include "runtime/share_impl.h"

namespace dittofs {
namespace {

/// `files` with what its traits say it lacks.
std::unique_ptr<FileSystem> Complete(std::unique_ptr<FileSystem> files) {
  if (!files->traits().persistent_cookies) files = SupplyCookies(std::move(files));
  if (files->traits().read_only) files = ReadOnly(std::move(files));
  // Outermost, so that who may not look is told that, and not what the file system can't do.
  if (!files->traits().checks_permissions) files = EnforcePosixPermissions(std::move(files));
  return files;
}

}  // namespace

Share* Runtime::Impl::FindByName(std::string_view name) const {
  base::MutexLock lock(names_mutex);
  const auto at = by_name.find(name);
  return at == by_name.end() ? nullptr : at->second;
}

std::vector<Share*> Runtime::Impl::Exported() const {
  base::MutexLock lock(names_mutex);
  std::vector<Share*> exported;
  exported.reserve(by_name.size());
  for (const auto& [name, share] : by_name) exported.push_back(share);
  return exported;
}

Result<Share*> Runtime::Impl::AddShare(ShareOptions options, std::optional<StoredShareOptions> stored,
                                       FunctionRef<Result<ShareFiles>(ShareId)> make_files) {
  DITTOFS_RETURN_IF_ERROR(runtime::CheckShareName(options.name));
  const std::string name = options.name;
  const bool id_is_derived = !options.id;
  if (id_is_derived) options.id = runtime::DeriveShareId(name);
  const ShareId id = options.id;

  base::MutexLock lock(admin_mutex);
  const std::vector<Share*> exported = Exported();
  if (exported.size() >= runtime::kMaxShares) {
    return Status(ErrorCode::kResourceExhausted, fmt::format("{} shares are the most", runtime::kMaxShares));
  }
  for (const Share* other : exported) {
    if (other->name() == name) return Status(ErrorCode::kExists, fmt::format("a share \"{}\" exists already", name));
    if (other->id() == id) {
      return Status(ErrorCode::kExists,
                    fmt::format("share \"{}\" {} id {}, which share \"{}\" has already; give one of them another id",
                                name, id_is_derived ? "gets by its name the" : "has the", id.value, other->name()));
    }
  }
  Result<std::unique_ptr<runtime::SharePolicy>> policy = runtime::SharePolicy::Compile(std::move(options), host_names);
  if (!policy.ok()) return policy.status();

  // A share over the same stores that was removed comes back as it was: two file systems over one share's rows would
  // not see each other's caches.
  const auto same = stored ? std::find_if(shares.begin(), shares.end(),
                                          [&](const std::unique_ptr<Share>& other) {
                                            const Share::Impl& there = *other->impl_;
                                            return there.id == id && there.name == name && there.stored &&
                                                   there.stored->metadata_store == stored->metadata_store;
                                          })
                           : shares.end();
  Share* share = nullptr;
  if (same != shares.end()) {
    if ((*same)->impl_->stored->block_store != stored->block_store) {
      return Status(ErrorCode::kInvalidArgument,
                    fmt::format("share \"{}\" was removed from block store \"{}\" and can't come back over \"{}\"",
                                name, (*same)->impl_->stored->block_store, stored->block_store));
    }
    share = same->get();
    share->impl_->Publish(std::move(*policy));
  } else {
    if (shares.size() >= runtime::kMaxRetainedShares) {
      return Status(ErrorCode::kResourceExhausted,
                    fmt::format("{} shares were added and removed, which is the most without a restart",
                                runtime::kMaxRetainedShares));
    }
    Result<ShareFiles> files = make_files(id);
    if (!files.ok()) return files.status().WithContext(fmt::format("share \"{}\"", name));
    auto impl = std::make_unique<Share::Impl>(id, std::move(*policy), std::move(*files), *environment.clock, *state);
    impl->stored = std::move(stored);
    shares.push_back(std::unique_ptr<Share>(new Share(std::move(impl))));
    share = shares.back().get();
  }
  by_id.Insert(*share);
  {
    base::MutexLock names_lock(names_mutex);
    by_name.emplace(name, share);
  }
  log.Info("Share added", {{"share", name}, {"id", id.value}});
  return share;
}

Result<Share*> Runtime::AddShare(ShareOptions options, std::unique_ptr<FileSystem> file_system) {
  if (!file_system) return Status(ErrorCode::kInvalidArgument, "a share needs a file system");
  return impl_->AddShare(std::move(options), std::nullopt, [&](ShareId) -> Result<ShareFiles> {
    ShareFiles files;
    files.file_system = Complete(std::move(file_system));
    return files;
  });
}

Status Runtime::UpdateShare(ShareOptions options) {
  base::MutexLock lock(impl_->admin_mutex);
  Share* share = impl_->FindByName(options.name);
  if (share == nullptr) {
    return Status(ErrorCode::kNotFound, fmt::format("there is no share \"{}\"", options.name));
  }
  if (!options.id) options.id = share->id();
  if (options.id != share->id()) {
    return Status(ErrorCode::kInvalidArgument,
                  fmt::format("share \"{}\" has the id {}, which can't change", options.name, share->id().value));
  }
  Result<std::unique_ptr<runtime::SharePolicy>> policy =
      runtime::SharePolicy::Compile(std::move(options), impl_->host_names);
  if (!policy.ok()) return policy.status();
  share->impl_->Publish(std::move(*policy));
  impl_->log.Info("Share changed", {{"share", share->name()}});
  return {};
}

Status Runtime::RemoveShare(std::string_view name) {
  base::MutexLock lock(impl_->admin_mutex);
  Share* share = impl_->FindByName(name);
  if (share == nullptr) return Status(ErrorCode::kNotFound, fmt::format("there is no share \"{}\"", name));
  share->impl_->Close();
  {
    base::MutexLock names_lock(impl_->names_mutex);
    impl_->by_name.erase(share->name());
  }
  impl_->log.Info("Share removed", {{"share", share->name()}});
  constexpr uint32_t kFlushDeadlineMs = 10000;
  return share->impl_->files.stored ? share->impl_->files.stored->FlushAll(kFlushDeadlineMs) : Status();
}

Share* Runtime::FindShare(std::string_view name) const {
  return impl_->FindByName(name);
}

Share* Runtime::FindShareByPath(std::string_view path, std::string_view* rest) const {
  // Names are '/' and components without a trailing '/', so every candidate ends where a '/' or the path ends.
  for (size_t end = path.size(); end > 0; end = path.rfind('/', end - 1)) {
    if (Share* share = impl_->FindByName(path.substr(0, end))) {
      const size_t start = path.find_first_not_of('/', end);
      *rest = start == std::string_view::npos ? std::string_view() : path.substr(start);
      return share;
    }
    if (path.rfind('/', end - 1) == std::string_view::npos) break;
  }
  return nullptr;
}

void Runtime::ForEachShare(FunctionRef<void(Share&)> visit) const {
  for (Share* share : impl_->Exported()) visit(*share);
}

}  // namespace dittofs
