#include "runtime/share_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/siphash.h"

namespace dittofs {
namespace runtime {
namespace {

constexpr size_t kMaxShareNameBytes = 256;
constexpr uint16_t kFirstUnprivilegedPort = 1024;
constexpr std::string_view kEverybody = "*";

Status Invalid(std::string_view name, std::string_view what) {
  return Status(ErrorCode::kInvalidArgument, fmt::format("share \"{}\": {}", name, what));
}

}  // namespace

Status CheckShareName(std::string_view name) {
  if (name.size() < 2 || name.front() != '/') return Invalid(name, "the name must be '/' and at least one more byte");
  if (name.size() > kMaxShareNameBytes) return Invalid(name, "the name is longer than 256 bytes");
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return Invalid(name, "the name has a control character");
  }
  size_t start = 1;
  while (start <= name.size()) {
    const size_t end = std::min(name.find('/', start), name.size());
    const std::string_view component = name.substr(start, end - start);
    if (component.empty()) return Invalid(name, "the name has an empty component or ends with '/'");
    if (component == "." || component == "..") return Invalid(name, "\".\" and \"..\" can't be components of a name");
    start = end + 1;
  }
  return {};
}

ShareId DeriveShareId(std::string_view name) noexcept {
  const auto hash = base::SipHash128(base::SipHashKey{}, {reinterpret_cast<const uint8_t*>(name.data()), name.size()});
  const auto id = base::LoadLittleEndian<uint32_t>(hash.data());
  return ShareId{id == 0 ? 1 : id};
}

Result<std::unique_ptr<SharePolicy>> SharePolicy::Compile(ShareOptions options, HostNames& hosts) {
  DITTOFS_RETURN_IF_ERROR(CheckShareOptions(options));
  std::unique_ptr<SharePolicy> policy(new SharePolicy(std::move(options), hosts));
  const ShareOptions& share = policy->options_;
  ClientDecision& everybody = policy->everybody_;
  everybody.allowed = share.clients.empty();
  everybody.read_only = share.read_only;
  everybody.allow_auth_none = share.allow_auth_none;
  everybody.squash = share.squash;
  everybody.anonymous_uid = share.anonymous_uid;
  everybody.anonymous_gid = share.anonymous_gid;

  for (const ClientRule& client : share.clients) {
    Rule rule;
    rule.decision = everybody;
    rule.decision.allowed = true;
    rule.decision.read_only = client.read_only.value_or(share.read_only);
    rule.decision.squash = client.squash.value_or(share.squash);
    if (client.pattern == kEverybody) {
      // No prefix and no host: matches.
    } else if (const std::optional<AddressPrefix> prefix = *ParsePrefix(client.pattern)) {
      rule.prefix = prefix;
    } else {
      rule.host = hosts.Use(client.pattern);
    }
    policy->rules_.push_back(rule);
  }
  return policy;
}

SharePolicy::~SharePolicy() {
  Retire();
}

void SharePolicy::Retire() {
  if (retired_) return;
  retired_ = true;
  for (const Rule& rule : rules_) {
    if (rule.host) hosts_.Release(rule.host);
  }
}

ClientDecision SharePolicy::Decide(const ClientAddress& client) const noexcept {
  if (options_.require_privileged_port && client.port >= kFirstUnprivilegedPort) return {};
  for (const Rule& rule : rules_) {
    const bool matches = rule.prefix ? rule.prefix->Contains(client.ip)
                         : rule.host ? rule.host->Contains(client.ip)
                                     : true;
    if (matches) return rule.decision;
  }
  return everybody_.allowed ? everybody_ : ClientDecision{};
}

}  // namespace runtime

Status CheckShareOptions(const ShareOptions& options) {
  DITTOFS_RETURN_IF_ERROR(runtime::CheckShareName(options.name));
  if (options.clients.size() > runtime::kMaxClientRules) {
    return runtime::Invalid(
        options.name, fmt::format("{} client rules, the most is {}", options.clients.size(), runtime::kMaxClientRules));
  }
  for (const ClientRule& client : options.clients) {
    if (client.pattern == runtime::kEverybody) continue;
    const Result<std::optional<runtime::AddressPrefix>> prefix = runtime::ParsePrefix(client.pattern);
    if (!prefix.ok()) return runtime::Invalid(options.name, prefix.status().message());
    if (!*prefix && !runtime::IsHostName(client.pattern)) {
      return runtime::Invalid(options.name,
                              fmt::format("client \"{}\" is not \"*\", an address, a block like 192.0.2.0/24 or a "
                                          "host name",
                                          client.pattern));
    }
  }
  return {};
}

Identity ApplySquash(const ClientDecision& decision, const Identity& raw, std::span<uint32_t> scratch) {
  Identity squashed = raw;
  switch (decision.squash) {
    case Squash::kNone:
      return squashed;
    case Squash::kAll:
      return Identity{decision.anonymous_uid, decision.anonymous_gid, {}};
    case Squash::kRoot:
      break;
  }
  if (squashed.uid == kRootUserId) squashed.uid = decision.anonymous_uid;
  if (squashed.gid == 0) squashed.gid = decision.anonymous_gid;
  if (std::find(raw.groups.begin(), raw.groups.end(), 0u) == raw.groups.end()) return squashed;
  // Too little room: fewer groups, never root's.
  const size_t count = std::min(raw.groups.size(), scratch.size());
  std::replace_copy(raw.groups.begin(), raw.groups.begin() + static_cast<ptrdiff_t>(count), scratch.begin(), 0u,
                    decision.anonymous_gid);
  squashed.groups = scratch.first(count);
  return squashed;
}

}  // namespace dittofs
