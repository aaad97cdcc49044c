#include "dittofs/runtime.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/handle.h"
#include "runtime/runtime_impl.h"
#include "runtime/share_impl.h"

namespace dittofs {

Runtime::Impl::Impl(const RuntimeOptions& options, const Environment& with_defaults)
    : environment(with_defaults),
      log(environment.log, "runtime"),
      instance_verifier{environment.random->Next64()},
      cache_bytes(options.cache_bytes),
      max_dirty_bytes(options.max_dirty_bytes),
      host_names(runtime::MakeSystemResolver(), base::Logger(environment.log, "runtime")) {}

Result<std::unique_ptr<Runtime>> Runtime::Create(RuntimeOptions options) {
  auto impl = std::make_unique<Impl>(options, WithDefaults(options.environment));
  if (!options.data_directory.empty()) {
    Result<runtime::DataDirectory> directory = runtime::DataDirectory::Open(options.data_directory);
    if (!directory.ok()) return directory.status();
    impl->data_directory.emplace(std::move(*directory));
  }
  impl->data_directory_path = options.data_directory;
  std::unique_ptr<state::ReclaimStore> reclaim = state::MakeReclaimMemory();
  if (impl->data_directory) {
    Result<std::unique_ptr<state::ReclaimStore>> file = state::OpenReclaimFile(options.data_directory + "/reclaim");
    if (!file.ok()) return file.status();
    reclaim = std::move(*file);
  }
  impl->state = std::make_unique<state::ServerState>(*impl->environment.clock, std::move(reclaim));
  if (options.handle_key) {
    impl->handle_key = *options.handle_key;
  } else if (impl->data_directory) {
    Result<base::SipHashKey> key = impl->data_directory->LoadHandleKey(*impl->environment.random);
    if (!key.ok()) return key.status();
    impl->handle_key = *key;
  } else {
    impl->environment.random->Fill(std::as_writable_bytes(std::span(impl->handle_key)));
  }
  return std::unique_ptr<Runtime>(new Runtime(std::move(impl)));
}

Runtime::Runtime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Runtime::~Runtime() {
  constexpr uint32_t kDeadlineMs = 10000;
  if (Status stopped = Stop(kDeadlineMs); !stopped.ok()) {
    impl_->log.Error("Some written bytes could not be stored before the end", {{"error", stopped.ToString()}});
  }
}

const Environment& Runtime::environment() const noexcept {
  return impl_->environment;
}

state::ServerState& Runtime::state() const noexcept {
  return *impl_->state;
}

const std::string& Runtime::data_directory() const noexcept {
  return impl_->data_directory_path;
}

Verifier Runtime::instance_verifier() const noexcept {
  return impl_->instance_verifier;
}

FileHandle Runtime::MakeHandle(ShareId share, FileNumber file) const noexcept {
  return runtime::EncodeHandle(impl_->handle_key, {share, file});
}

Status Runtime::ResolveHandle(std::span<const uint8_t> bytes, Share** share, FileNumber* file) const noexcept {
  const std::optional<runtime::HandleContent> content = runtime::DecodeHandle(impl_->handle_key, bytes);
  if (!content) return ErrorCode::kBadHandle;
  Share* found = impl_->by_id.Find(content->share);
  if (found == nullptr || found->removed()) return ErrorCode::kStale;
  *share = found;
  *file = content->file;
  return {};
}

}  // namespace dittofs
