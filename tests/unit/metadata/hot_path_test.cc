#include "allocation_counter.h"
#include "fixture.h"

namespace dittofs {
namespace {

class HookCounter final : public BlockingHook {
 public:
  void WillBlock() noexcept override { ++calls; }
  int calls = 0;
};

// The store in memory, saying that it blocks.
class BlockingStore final : public MetadataStore {
 public:
  const MetadataStoreTraits& traits() const noexcept override { return traits_; }
  std::string Describe() const override { return "blocking"; }
  Result<ShareRecord> OpenShare(ShareId share, std::string_view name, uint64_t scope, Timestamp now) override {
    return inner_->OpenShare(share, name, scope, now);
  }
  Result<std::vector<ShareId>> ListShares() override { return inner_->ListShares(); }
  Status View(ShareId share, FunctionRef<Status(MetadataReader&)> fn) override {
    ++views;
    return inner_->View(share, fn);
  }
  Status Update(ShareId share, CommitDurability durability, FunctionRef<Status(MetadataTransaction&)> fn) override {
    ++updates;
    return failure.ok() ? inner_->Update(share, durability, fn) : failure;
  }
  Status Sync() override { return inner_->Sync(); }
  Result<uint64_t> AllocateNumbers(ShareId share, uint32_t count) override {
    return inner_->AllocateNumbers(share, count);
  }

  int views = 0;
  int updates = 0;
  Status failure;

 private:
  std::unique_ptr<MetadataStore> inner_ = MakeMemoryMetadataStore();
  MetadataStoreTraits traits_;
};

struct BlockingFixture {
  BlockingFixture() {
    MetadataServiceOptions options;
    options.store = &store;
    fixture = std::make_unique<ServiceFixture>(options);
  }
  BlockingStore store;
  std::unique_ptr<ServiceFixture> fixture;
};

}  // namespace

TEST_CASE("cached reads of metadata allocate nothing, wait for nothing and read no store") {
  BlockingFixture blocking;
  ServiceFixture& f = *blocking.fixture;
  const FileNumber directory = f.NewDirectory("directory");
  const FileNumber file = f.NewFile("a name of some length.txt", 0644, directory);
  std::vector<Extent> extents;
  extents.reserve(8);
  REQUIRE(f.service->GetExtents(f.root, file, 0, 100, extents).ok());
  HookCounter hook;
  CallContext context;
  context.blocking = &hook;
  Attributes attributes;
  LookupReply lookup;
  CheckAccessReply access;
  REQUIRE(f.service->Lookup(context, directory, "absent", AttributeMask::kAll, lookup).code() == ErrorCode::kNotFound);
  hook.calls = 0;
  blocking.store.views = 0;
  const uint64_t before = testing::thread_allocations;
  const bool ok =
      f.service->GetAttributes(context, file, AttributeMask::kAll, attributes).ok() &&
      f.service->Lookup(context, directory, "a name of some length.txt", AttributeMask::kAll, lookup).ok() &&
      f.service->Lookup(context, directory, "..", AttributeMask::kAll, lookup).ok() &&
      !f.service->Lookup(context, directory, "absent", AttributeMask::kAll, lookup).ok() &&
      f.service->CheckAccess(context, file, AccessMask::kRead, access).ok() &&
      f.service->AuthorizeRead(context, file, attributes).ok() &&
      f.service->AuthorizeWrite(kSuperuserContext, file, 0, 10).ok() &&
      f.service->GetExtents(context, file, 0, 100, extents).ok();
  const uint64_t after = testing::thread_allocations;
  CHECK(ok);
  CHECK(after - before == 0);
  CHECK(hook.calls == 0);
  CHECK(blocking.store.views == 0);
}

TEST_CASE("a miss tells the caller before it reads, and the next look is a hit") {
  BlockingFixture blocking;
  ServiceFixture& f = *blocking.fixture;
  const FileNumber file = f.NewFile("a");
  f.Open();
  HookCounter hook;
  CallContext context;
  context.blocking = &hook;
  Attributes attributes;
  REQUIRE(f.service->GetAttributes(context, file, AttributeMask::kAll, attributes).ok());
  CHECK(hook.calls == 1);
  REQUIRE(f.service->GetAttributes(context, file, AttributeMask::kAll, attributes).ok());
  CHECK(hook.calls == 1);
}

TEST_CASE("a create reads nothing that was looked up before, and commits once") {
  BlockingFixture blocking;
  ServiceFixture& f = *blocking.fixture;
  f.NewFile("first");
  REQUIRE(f.Find(f.root, kRootFileNumber, "second") == ErrorCode::kNotFound);
  blocking.store.views = blocking.store.updates = 0;
  REQUIRE(f.Create(f.root, kRootFileNumber, "second") == ErrorCode::kOk);
  CHECK(blocking.store.views == 0);
  CHECK(blocking.store.updates == 1);
}

TEST_CASE("after a failed commit everything is as before") {
  BlockingFixture blocking;
  ServiceFixture& f = *blocking.fixture;
  const FileNumber file = f.NewFile("a");
  const Attributes before = f.Get(file);
  const Attributes directory = f.Get(kRootFileNumber);
  for (const ErrorCode failure : {ErrorCode::kIo, ErrorCode::kNoSpace, ErrorCode::kUnavailable}) {
    blocking.store.failure = failure;
    CHECK(f.Create(f.root, kRootFileNumber, "b") == failure);
    CHECK(f.Remove(f.root, kRootFileNumber, "a") == failure);
    CHECK(f.SetMode(f.root, file, 0) == failure);
    CHECK(f.Link(f.root, file, kRootFileNumber, "c") == failure);
    CHECK(f.Rename(f.root, kRootFileNumber, "a", kRootFileNumber, "d") == failure);
    blocking.store.failure = Status();
    CHECK(f.Find(f.root, kRootFileNumber, "b") == ErrorCode::kNotFound);
    CHECK(f.Find(f.root, kRootFileNumber, "c") == ErrorCode::kNotFound);
    CHECK(f.Find(f.root, kRootFileNumber, "d") == ErrorCode::kNotFound);
    CHECK(f.Find(f.root, kRootFileNumber, "a") == ErrorCode::kOk);
    CHECK(f.Get(file).change == before.change);
    CHECK(f.Get(kRootFileNumber).change == directory.change);
  }
  blocking.store.failure = ErrorCode::kConflict;
  CHECK(f.Create(f.root, kRootFileNumber, "b") == ErrorCode::kTryLater);
}

}  // namespace dittofs
