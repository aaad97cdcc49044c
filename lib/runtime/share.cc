#include "runtime/share_impl.h"

namespace dittofs {

Share::Share(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Share::~Share() = default;

ShareId Share::id() const noexcept {
  return impl_->id;
}
const std::string& Share::name() const noexcept {
  return impl_->name;
}
FileSystem& Share::file_system() const noexcept {
  return *impl_->files.file_system;
}
ShareOptions Share::options() const {
  base::MutexLock lock(impl_->mutex);
  return impl_->policies.back()->options();
}
bool Share::removed() const noexcept {
  return impl_->policy.load(std::memory_order_acquire) == nullptr;
}
ClientDecision Share::Decide(const ClientAddress& client) const noexcept {
  const runtime::SharePolicy* policy = impl_->policy.load(std::memory_order_acquire);
  return policy ? policy->Decide(client) : ClientDecision{};
}
state::ShareState& Share::state() const noexcept {
  return impl_->held;
}

}  // namespace dittofs
