#include "fs/supply_cookies.h"

#include <algorithm>
#include <queue>
#include <string>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "base/siphash.h"
#include "fs/forwarding.h"

namespace dittofs {
namespace {

/// A cookie is a 55-bit hash of the name and, below it, the entry's place among names of the same hash (by name), so
/// that a page may end between two of them. Part of the wire: clients hold cookies across restarts.
constexpr int kPlaceBits = 8;
constexpr uint64_t kMaxPlaces = uint64_t{1} << kPlaceBits;
constexpr base::SipHashKey kCookieKey = {'d', 'i', 't', 't', 'o', 'f', 's', ' ',
                                         'c', 'o', 'o', 'k', 'i', 'e', ' ', '1'};

/// How many entries are sorted at a time; a page that takes more costs another pass over the directory.
constexpr size_t kMinKeptEntries = 64;
constexpr size_t kMaxKeptEntries = 4096;

using NameHash = uint64_t (*)(std::string_view) noexcept;

struct KeptEntry {
  uint64_t hash = 0;
  std::string name;
  FileNumber number;
  bool has_attributes = false;
  Attributes attributes;

  friend bool operator<(const KeptEntry& a, const KeptEntry& b) noexcept {
    return std::tie(a.hash, a.name) < std::tie(b.hash, b.name);
  }
};

/// Keeps the first `max_entries` entries at or above `from_hash`, whatever order they come in.
class SmallestEntries final : public DirectorySink {
 public:
  SmallestEntries(NameHash hash, uint64_t from_hash, size_t max_entries)
      : hash_(hash), from_hash_(from_hash), max_entries_(max_entries) {}

  bool Add(const DirectoryEntry& entry) override {
    last_cookie_ = entry.cookie;
    const uint64_t hash = hash_(entry.name);
    if (hash < from_hash_) return true;
    if (kept_.size() == max_entries_) {
      left_out_ = true;
      const KeptEntry& largest = kept_.top();
      if (std::tuple(hash, entry.name) >= std::tuple(largest.hash, std::string_view(largest.name))) return true;
      kept_.pop();
    }
    KeptEntry kept{hash, std::string(entry.name), entry.number, entry.attributes != nullptr, {}};
    if (entry.attributes) kept.attributes = *entry.attributes;
    kept_.push(std::move(kept));
    return true;
  }

  /// Sorted; empties this.
  std::vector<KeptEntry> Take() {
    std::vector<KeptEntry> entries;
    entries.reserve(kept_.size());
    for (; !kept_.empty(); kept_.pop()) entries.push_back(kept_.top());
    std::reverse(entries.begin(), entries.end());
    return entries;
  }
  bool left_out() const noexcept { return left_out_; }
  Cookie last_cookie() const noexcept { return last_cookie_; }

 private:
  const NameHash hash_;
  const uint64_t from_hash_;
  const size_t max_entries_;
  std::priority_queue<KeptEntry> kept_;  // the largest on top
  bool left_out_ = false;
  Cookie last_cookie_;
};

class CookieSupplyingFileSystem final : public fs::ForwardingFileSystem {
 public:
  CookieSupplyingFileSystem(std::unique_ptr<FileSystem> inner, NameHash hash)
      : ForwardingFileSystem(std::move(inner)), hash_(hash) {
    own_traits().persistent_cookies = true;
  }

  Status ReadDirectory(const CallContext& context, FileNumber directory, const ReadDirectoryRequest& request,
                       DirectorySink& sink, ReadDirectoryReply& reply) override {
    size_t keep = std::clamp<size_t>(request.expected_entries, kMinKeptEntries, kMaxKeptEntries);
    uint64_t after = request.after.value;
    while (true) {
      SmallestEntries smallest(hash_, after >> kPlaceBits, keep);
      DITTOFS_RETURN_IF_ERROR(ReadAll(context, directory, request.entry_attributes, smallest, reply));
      const std::vector<KeptEntry> entries = smallest.Take();
      bool taken_any = false;
      for (size_t i = 0, place = 0; i < entries.size(); ++i) {
        place = i > 0 && entries[i].hash == entries[i - 1].hash ? place + 1 : 0;
        if (place >= kMaxPlaces) return Status(ErrorCode::kResourceExhausted, "too many names with one hash");
        const uint64_t cookie = entries[i].hash << kPlaceBits | place;
        if (cookie <= after) continue;
        const KeptEntry& entry = entries[i];
        if (!sink.Add({entry.name, entry.number, Cookie{cookie}, entry.has_attributes ? &entry.attributes : nullptr})) {
          reply.end = false;
          return {};
        }
        after = cookie;
        taken_any = true;
      }
      reply.end = !smallest.left_out();
      if (reply.end) return {};
      // All that was kept lies at or before the resume point: names of one hash, more of them than were kept.
      if (!taken_any) keep = std::min(keep * 2, kMaxKeptEntries);
    }
  }

 private:
  /// Every entry of the directory, in as many calls as the inner file system wants.
  Status ReadAll(const CallContext& context, FileNumber directory, AttributeMask entry_attributes,
                 SmallestEntries& smallest, ReadDirectoryReply& reply) {
    ReadDirectoryRequest all;
    all.entry_attributes = entry_attributes;
    while (true) {
      reply.end = false;
      DITTOFS_RETURN_IF_ERROR(inner().ReadDirectory(context, directory, all, smallest, reply));
      // The sink takes everything, so a call that stops without an end must go on at a cookie of its own.
      if (reply.end || smallest.last_cookie() <= all.after) return {};
      all.after = smallest.last_cookie();
    }
  }

  const NameHash hash_;
};

}  // namespace

namespace fs {

uint64_t CookieHashOf(std::string_view name) noexcept {
  const auto bytes = base::AsBytes(name);
  const auto hash = base::SipHash128(kCookieKey, {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  return std::max<uint64_t>(base::LoadLittleEndian<uint64_t>(hash.data()) >> (kPlaceBits + 1), 1);
}

std::unique_ptr<FileSystem> SupplyCookiesByHash(std::unique_ptr<FileSystem> inner, NameHash hash) {
  return std::make_unique<CookieSupplyingFileSystem>(std::move(inner), hash);
}

}  // namespace fs

std::unique_ptr<FileSystem> SupplyCookies(std::unique_ptr<FileSystem> inner) {
  return fs::SupplyCookiesByHash(std::move(inner), fs::CookieHashOf);
}

}  // namespace dittofs
