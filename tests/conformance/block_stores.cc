#include "dittofs/stores/filesystem.h"
#include "dittofs/stores/memory.h"
#include "dittofs/testing/block_store_suite.h"
#include "scratch_directory.h"
#include "suite_cases.h"

namespace {

using dittofs::BlockStore;
using dittofs::Result;
using dittofs::testing::BlockStorePlace;

class MemoryPlace final : public BlockStorePlace {
 public:
  Result<std::unique_ptr<BlockStore>> Open() override { return dittofs::MakeMemoryBlockStore(); }
};

class DirectoryPlace final : public BlockStorePlace {
 public:
  Result<std::unique_ptr<BlockStore>> Open() override {
    dittofs::FilesystemBlockStoreOptions options;
    options.directory = scratch_.path() + "/store";
    return dittofs::OpenFilesystemBlockStore(options);
  }

 private:
  dittofs::test::ScratchDirectory scratch_;
};

const bool kMemory = dittofs::conformance::RegisterSuite(
    "memory block store", dittofs::testing::BlockStoreCases([] { return std::make_unique<MemoryPlace>(); }));
const bool kDirectory = dittofs::conformance::RegisterSuite(
    "filesystem block store", dittofs::testing::BlockStoreCases([] { return std::make_unique<DirectoryPlace>(); }));

}  // namespace
