#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dittofs/runtime.h"
#include "runtime/address.h"
#include "runtime/host_names.h"

namespace dittofs::runtime {

inline constexpr size_t kMaxClientRules = 1024;  ///< Of one share.

/// The options of a share in the form that requests ask: immutable after Compile(), except that host names follow
/// their addresses. Thread-safe.
class SharePolicy {
 public:
  /// Checks `options` (kInvalidArgument says which is wrong) and looks up host names. `hosts` must outlive the policy.
  static Result<std::unique_ptr<SharePolicy>> Compile(ShareOptions options, HostNames& hosts);
  ~SharePolicy();
  SharePolicy(const SharePolicy&) = delete;
  SharePolicy& operator=(const SharePolicy&) = delete;

  const ShareOptions& options() const noexcept { return options_; }
  /// First match counts. No lock, no allocation.
  ClientDecision Decide(const ClientAddress& client) const noexcept;
  /// Stops keeping host names fresh for this policy: nobody asks it any more, or only requests under way.
  void Retire();

 private:
  struct Rule {
    // Which clients: everybody, those in `prefix`, or those with an address of `host`.
    std::optional<AddressPrefix> prefix;
    const HostAddresses* host = nullptr;
    ClientDecision decision;
  };

  SharePolicy(ShareOptions options, HostNames& hosts) : options_(std::move(options)), hosts_(hosts) {}

  const ShareOptions options_;
  HostNames& hosts_;
  bool retired_ = false;
  ClientDecision everybody_;  ///< Without client rules.
  std::vector<Rule> rules_;
};

/// kOk, or what is wrong with `name` as the name of a share.
Status CheckShareName(std::string_view name);
/// The id of a share whose options give none: from its name, so that handles survive restarts. Part of the format.
ShareId DeriveShareId(std::string_view name) noexcept;

}  // namespace dittofs::runtime
