// A block store of your own: objects in a std::map, held against the conformance suite that every store of the library
// passes. Replace the map by whatever keeps bytes under a name.
//
//   g++ -std=c++20 custom_block_store.cc $(pkg-config --cflags --libs dittofs-testing dittofs) -o custom_block_store
//   ./custom_block_store
#include <dittofs/block_store.h>
#include <dittofs/testing/block_store_suite.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

using namespace dittofs;

class MapBlockStore final : public BlockStore {
 public:
  // What the store promises. Ours keeps nothing beyond its life and waits for nobody.
  const BlockStoreTraits& traits() const noexcept override { return traits_; }
  std::string Describe() const override { return "map"; }

  Status Put(std::string_view key, std::span<const std::byte> content) override {
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));  // the rule for keys is the library's
    Object object{{content.begin(), content.end()}, std::time(nullptr)};
    const std::unique_lock lock(mutex_);
    objects_.insert_or_assign(std::string(key), std::move(object));  // all or nothing
    return {};
  }
  Status Get(std::string_view key, uint64_t offset, std::span<std::byte> into, size_t* read_bytes) override {
    *read_bytes = 0;
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    const std::shared_lock lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end()) return ErrorCode::kNotFound;  // proven absent; a failure to find out would be kIo
    const std::vector<std::byte>& bytes = found->second.bytes;
    if (offset >= bytes.size()) return {};
    *read_bytes = std::min<uint64_t>(into.size(), bytes.size() - offset);
    if (*read_bytes > 0) std::memcpy(into.data(), bytes.data() + offset, *read_bytes);
    return {};
  }
  Result<uint64_t> Stat(std::string_view key) override {
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    const std::shared_lock lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end()) return ErrorCode::kNotFound;
    return uint64_t{found->second.bytes.size()};
  }
  Status Delete(std::string_view key) override {
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    const std::unique_lock lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end()) return ErrorCode::kNotFound;
    objects_.erase(found);
    return {};
  }
  Status List(std::string_view prefix, FunctionRef<bool(const StoredObject&)> visit) override {
    // A copy of the names, so that `visit` may call the store.
    std::vector<std::pair<std::string, std::pair<uint64_t, int64_t>>> found;
    {
      const std::shared_lock lock(mutex_);
      for (auto i = objects_.lower_bound(prefix); i != objects_.end() && i->first.starts_with(prefix); ++i) {
        found.push_back({i->first, {i->second.bytes.size(), i->second.modified}});
      }
    }
    for (const auto& [key, facts] : found) {
      if (!visit({key, facts.first, facts.second})) break;
    }
    return {};
  }

 private:
  struct Object {
    std::vector<std::byte> bytes;
    int64_t modified = 0;
  };
  const BlockStoreTraits traits_{.may_block = false, .durable = false};
  std::shared_mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_;
};

// Where the suite makes its stores: each place is empty at first, and gone with the object. A store on a disk would
// make a temporary directory here and open it in Open(), several times over.
class MapPlace final : public testing::BlockStorePlace {
 public:
  Result<std::unique_ptr<BlockStore>> Open() override { return std::unique_ptr<BlockStore>(new MapBlockStore); }
};

int main() {
  const testing::SuiteReport report = testing::RunBlockStoreSuite([] { return std::make_unique<MapPlace>(); });
  std::printf("%s\n", report.ToString().c_str());
  return report.passed() ? 0 : 1;
}
