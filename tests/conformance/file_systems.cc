#include "application_files.h"
#include "dittofs/runtime.h"
#include "dittofs/stores/filesystem.h"
#include "dittofs/stores/memory.h"
#include "dittofs/testing/file_system_suite.h"
#include "scratch_directory.h"
#include "suite_cases.h"

namespace {

using namespace dittofs;  // NOLINT: a test

/// A share as protocols see it, with all that the Runtime adds.
class SharePlace : public testing::FileSystemPlace {
 public:
  Result<FileSystem*> Open() override {
    RuntimeOptions options;
    options.cache_bytes = 16u << 20;
    options.max_dirty_bytes = 16u << 20;
    Result<std::unique_ptr<Runtime>> runtime = Runtime::Create(options);
    if (!runtime.ok()) return runtime.status();
    runtime_ = *std::move(runtime);
    const Result<Share*> share = AddShare(*runtime_);
    if (!share.ok()) return share.status();
    DITTOFS_RETURN_IF_ERROR(runtime_->Start());
    return &(*share)->file_system();
  }
  void Close() override {
    if (runtime_) (void)runtime_->Stop().ok();
    runtime_.reset();
  }

 protected:
  virtual Result<Share*> AddShare(Runtime& runtime) = 0;
  static ShareOptions Options() {
    ShareOptions options;
    options.name = "/export";
    return options;
  }

 private:
  std::unique_ptr<Runtime> runtime_;
};

class MemoryShare final : public SharePlace {
 public:
  ~MemoryShare() override { Close(); }
  Result<Share*> AddShare(Runtime& runtime) override {
    DITTOFS_RETURN_IF_ERROR(runtime.AddMetadataStore("names", MakeMemoryMetadataStore()));
    DITTOFS_RETURN_IF_ERROR(runtime.AddBlockStore("bytes", MakeMemoryBlockStore()));
    StoredShareOptions stored;
    stored.metadata_store = "names";
    stored.block_store = "bytes";
    stored.durability = Durability::kMemory;
    stored.flush_after_ms = 20;
    return runtime.AddStoredShare(Options(), stored);
  }
};

class ReportShare final : public SharePlace {
 public:
  ~ReportShare() override { Close(); }
  Result<Share*> AddShare(Runtime& runtime) override {
    return runtime.AddShare(Options(), std::make_unique<test::ReportFiles>());
  }
};

class NoteShare final : public SharePlace {
 public:
  ~NoteShare() override { Close(); }
  Result<Share*> AddShare(Runtime& runtime) override {
    return runtime.AddShare(Options(), std::make_unique<test::NoteFiles>());
  }
};

const bool kMemory = conformance::RegisterSuite(
    "share in memory", testing::FileSystemCases([] { return std::make_unique<MemoryShare>(); }));
const bool kReport = conformance::RegisterSuite(
    "application's read-only files", testing::FileSystemCases([] { return std::make_unique<ReportShare>(); }));
const bool kNotes = conformance::RegisterSuite("application's writable files",
                                               testing::FileSystemCases([] { return std::make_unique<NoteShare>(); }));

}  // namespace
