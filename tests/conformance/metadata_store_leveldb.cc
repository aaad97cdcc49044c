#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "dittofs/stores/leveldb.h"
#include "dittofs/testing/metadata_store_suite.h"
#include "suite_cases.h"

namespace {

class LevelDbPlace final : public dittofs::testing::MetadataStorePlace {
 public:
  LevelDbPlace() {
    // In memory if possible: the suite opens some hundred stores, and what syncs are worth is tested elsewhere.
    const bool in_memory = std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0;
    const std::filesystem::path parent = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "dittofs-conformance-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) directory_ = pattern;
  }
  ~LevelDbPlace() override {
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  }
  dittofs::Result<std::unique_ptr<dittofs::MetadataStore>> Open() override {
    dittofs::LevelDbMetadataStoreOptions options;
    options.directory = directory_ + "/store";
    options.write_buffer_bytes = 256 << 10;  // so that logs rotate and tables are made within a case
    options.cache_bytes = 1 << 20;
    return dittofs::OpenLevelDbMetadataStore(options);
  }

 private:
  std::string directory_;
};

const bool kRegistered = dittofs::conformance::RegisterSuite(
    "leveldb metadata store", dittofs::testing::MetadataStoreCases([] { return std::make_unique<LevelDbPlace>(); }));

}  // namespace
