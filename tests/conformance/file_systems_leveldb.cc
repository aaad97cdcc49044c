#include "dittofs/runtime.h"
#include "dittofs/stores/filesystem.h"
#include "dittofs/stores/leveldb.h"
#include "dittofs/testing/file_system_suite.h"
#include "scratch_directory.h"
#include "suite_cases.h"

namespace {

using namespace dittofs;  // NOLINT: a test

/// A durable share: names in LevelDB, bytes in a directory.
class LocalShare final : public testing::FileSystemPlace {
 public:
  ~LocalShare() override { Close(); }
  Result<FileSystem*> Open() override {
    Result<std::unique_ptr<Runtime>> runtime = Runtime::Create();
    if (!runtime.ok()) return runtime.status();
    runtime_ = *std::move(runtime);
    LevelDbMetadataStoreOptions names;
    names.directory = scratch_.path() + "/names";
    Result<std::unique_ptr<MetadataStore>> metadata = OpenLevelDbMetadataStore(names);
    if (!metadata.ok()) return metadata.status();
    DITTOFS_RETURN_IF_ERROR(runtime_->AddMetadataStore("names", *std::move(metadata)));
    FilesystemBlockStoreOptions bytes;
    bytes.directory = scratch_.path() + "/bytes";
    Result<std::unique_ptr<BlockStore>> blocks = OpenFilesystemBlockStore(bytes);
    if (!blocks.ok()) return blocks.status();
    DITTOFS_RETURN_IF_ERROR(runtime_->AddBlockStore("bytes", *std::move(blocks)));
    StoredShareOptions stored;
    stored.metadata_store = "names";
    stored.block_store = "bytes";
    stored.flush_after_ms = 20;
    ShareOptions options;
    options.name = "/export";
    const Result<Share*> share = runtime_->AddStoredShare(options, stored);
    if (!share.ok()) return share.status();
    DITTOFS_RETURN_IF_ERROR(runtime_->Start());
    return &(*share)->file_system();
  }
  void Close() override {
    if (runtime_) (void)runtime_->Stop().ok();
    runtime_.reset();
  }
  bool keeps_files() const override { return true; }

 private:
  test::ScratchDirectory scratch_;
  std::unique_ptr<Runtime> runtime_;
};

const bool kLocal = conformance::RegisterSuite("share in leveldb and a directory",
                                               testing::FileSystemCases([] { return std::make_unique<LocalShare>(); }));

}  // namespace
