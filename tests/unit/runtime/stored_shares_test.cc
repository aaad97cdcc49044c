#include "catch.h"
#include "dittofs/stores/filesystem.h"
#include "dittofs/stores/memory.h"
#include "fakes.h"

namespace dittofs::runtime {
namespace {

using testing::Client;
using testing::MakeRuntime;
using testing::TemporaryDirectory;

ShareOptions Named(std::string name) {
  ShareOptions options;
  options.name = std::move(name);
  return options;
}

StoredShareOptions Over(std::string metadata_store, std::string block_store) {
  StoredShareOptions options;
  options.metadata_store = std::move(metadata_store);
  options.block_store = std::move(block_store);
  options.durability = Durability::kMemory;
  return options;
}

/// A Runtime with memory stores m1, m2 and b1, b2.
std::unique_ptr<Runtime> MakeStoredRuntime() {
  auto runtime = MakeRuntime();
  for (const char* name : {"m1", "m2"}) REQUIRE(runtime->AddMetadataStore(name, MakeMemoryMetadataStore()).ok());
  for (const char* name : {"b1", "b2"}) REQUIRE(runtime->AddBlockStore(name, MakeMemoryBlockStore()).ok());
  return runtime;
}

/// Memory that claims to be durable, so that a share may promise kLocal without a disk.
class PretendDurable final : public MetadataStore {
 public:
  const MetadataStoreTraits& traits() const noexcept override { return traits_; }
  std::string Describe() const override { return "pretended"; }
  Result<ShareRecord> OpenShare(ShareId share, std::string_view name, uint64_t scope, Timestamp now) override {
    return inner_->OpenShare(share, name, scope, now);
  }
  Result<std::vector<ShareId>> ListShares() override { return inner_->ListShares(); }
  Status View(ShareId share, FunctionRef<Status(MetadataReader&)> fn) override { return inner_->View(share, fn); }
  Status Update(ShareId share, CommitDurability durability, FunctionRef<Status(MetadataTransaction&)> fn) override {
    return inner_->Update(share, durability, fn);
  }
  Status Sync() override { return inner_->Sync(); }
  Result<uint64_t> AllocateNumbers(ShareId share, uint32_t count) override {
    return inner_->AllocateNumbers(share, count);
  }

 private:
  const std::unique_ptr<MetadataStore> inner_ = MakeMemoryMetadataStore();
  const MetadataStoreTraits traits_{inner_->traits().may_block, true, false};
};

/// Makes a file with `content` in the root of `share`.
FileNumber MakeFile(Share& share, std::string_view name, std::string_view content) {
  FileSystem& files = share.file_system();
  CreateRequest create;
  create.directory = files.root();
  create.name = name;
  create.initial.mode = 0644;
  CreateReply created;
  REQUIRE(files.Create(kSuperuserContext, create, created).ok());
  WriteRequest write;
  write.file = created.file.number;
  write.content.Append(Buffer::Copy(std::as_bytes(std::span(content))));
  WriteReply written;
  REQUIRE(files.Write(kSuperuserContext, write, written).ok());
  return created.file.number;
}

std::string Content(Share& share, FileNumber file) {
  ReadReply reply;
  const Status status = share.file_system().Read(kSuperuserContext, file, 0, 4096, reply);
  if (!status.ok()) return status.ToString();
  std::string content(reply.content.size_bytes(), '\0');
  reply.content.chain().CopyTo(reinterpret_cast<std::byte*>(content.data()));
  return content;
}

bool HasEntry(Share& share, std::string_view name) {
  LookupReply reply;
  return share.file_system()
      .Lookup(kSuperuserContext, share.file_system().root(), name, AttributeMask::kIdentity, reply)
      .ok();
}

TEST_CASE("A share over named stores keeps files") {
  const auto runtime = MakeStoredRuntime();
  Share* share = runtime->AddStoredShare(Named("/a"), Over("m1", "b1")).value();
  CHECK(Content(*share, MakeFile(*share, "f", "hello")) == "hello");
}

TEST_CASE("Each share uses the stores it names, not the first ones") {
  const auto runtime = MakeRuntime();
  auto first = MakeMemoryBlockStore();
  auto second = MakeMemoryBlockStore();
  BlockStore* first_store = first.get();
  BlockStore* second_store = second.get();
  for (const char* name : {"m1", "m2"}) REQUIRE(runtime->AddMetadataStore(name, MakeMemoryMetadataStore()).ok());
  REQUIRE(runtime->AddBlockStore("b1", std::move(first)).ok());
  REQUIRE(runtime->AddBlockStore("b2", std::move(second)).ok());
  Share* a = runtime->AddStoredShare(Named("/a"), Over("m1", "b1")).value();
  Share* b = runtime->AddStoredShare(Named("/b"), Over("m2", "b2")).value();
  MakeFile(*b, "only-b", std::string(100000, 'b'));
  CHECK(HasEntry(*b, "only-b"));
  CHECK_FALSE(HasEntry(*a, "only-b"));
  REQUIRE(runtime->RemoveShare("/b").ok());  // Stores what was written.
  const auto objects = [](BlockStore& store) {
    size_t count = 0;
    REQUIRE(store.List("", [&](const StoredObject&) { return ++count, true; }).ok());
    return count;
  };
  CHECK(objects(*first_store) == 0);
  CHECK(objects(*second_store) > 0);
}

TEST_CASE("Two shares over the same stores don't see each other's files") {
  const auto runtime = MakeStoredRuntime();
  Share* a = runtime->AddStoredShare(Named("/a"), Over("m1", "b1")).value();
  Share* b = runtime->AddStoredShare(Named("/b"), Over("m1", "b1")).value();
  MakeFile(*a, "f", "a's");
  CHECK_FALSE(HasEntry(*b, "f"));
  CHECK(Content(*b, MakeFile(*b, "f", "b's")) == "b's");
}

TEST_CASE("A share over stores that nobody added is refused by the name of the store") {
  const auto runtime = MakeStoredRuntime();
  const auto no_metadata = runtime->AddStoredShare(Named("/a"), Over("m9", "b1"));
  CHECK(no_metadata.code() == ErrorCode::kNotFound);
  CHECK(no_metadata.status().message().find("m9") != std::string_view::npos);
  const auto no_blocks = runtime->AddStoredShare(Named("/a"), Over("m1", "b9"));
  CHECK(no_blocks.code() == ErrorCode::kNotFound);
  CHECK(no_blocks.status().message().find("b9") != std::string_view::npos);
  CHECK(runtime->FindShare("/a") == nullptr);
}

TEST_CASE("The names of stores are taken once") {
  const auto runtime = MakeStoredRuntime();
  CHECK(runtime->AddMetadataStore("m1", MakeMemoryMetadataStore()) == ErrorCode::kExists);
  CHECK(runtime->AddBlockStore("b1", MakeMemoryBlockStore()) == ErrorCode::kExists);
}

TEST_CASE("A store wants a name, and a name a store") {
  const auto runtime = MakeRuntime();
  CHECK(runtime->AddMetadataStore("", MakeMemoryMetadataStore()) == ErrorCode::kInvalidArgument);
  CHECK(runtime->AddBlockStore("b", nullptr) == ErrorCode::kInvalidArgument);
}

TEST_CASE("Local durability over stores that end with the process is refused") {
  const auto runtime = MakeStoredRuntime();
  StoredShareOptions stored = Over("m1", "b1");
  stored.durability = Durability::kLocal;
  const auto share = runtime->AddStoredShare(Named("/a"), stored);
  CHECK(share.code() == ErrorCode::kInvalidArgument);
  CHECK(share.status().message().find("m1") != std::string_view::npos);
}

TEST_CASE("A stored share that was removed comes back with its files and handles") {
  const auto runtime = MakeStoredRuntime();
  Share* share = runtime->AddStoredShare(Named("/a"), Over("m1", "b1")).value();
  const FileNumber file = MakeFile(*share, "f", "hello");
  const FileHandle handle = runtime->MakeHandle(share->id(), file);
  REQUIRE(runtime->RemoveShare("/a").ok());
  ShareOptions changed = Named("/a");
  changed.read_only = true;
  Share* again = runtime->AddStoredShare(changed, Over("m1", "b1")).value();
  CHECK(again->Decide(Client("192.0.2.1")).read_only);
  Share* found = nullptr;
  FileNumber number;
  REQUIRE(runtime->ResolveHandle(handle.bytes(), &found, &number).ok());
  CHECK(found == again);
  CHECK(Content(*found, number) == "hello");
}

TEST_CASE("A removed share does not come back over another block store") {
  const auto runtime = MakeStoredRuntime();
  REQUIRE(runtime->AddStoredShare(Named("/a"), Over("m1", "b1")).ok());
  REQUIRE(runtime->RemoveShare("/a").ok());
  CHECK(runtime->AddStoredShare(Named("/a"), Over("m1", "b2")).code() == ErrorCode::kInvalidArgument);
}

TEST_CASE("Stopping stores what was written") {
  TemporaryDirectory directory;
  FilesystemBlockStoreOptions block_options;
  block_options.directory = directory.path() + "/blocks";
  auto blocks = OpenFilesystemBlockStore(block_options);
  REQUIRE(blocks.ok());
  BlockStore* store = blocks->get();
  const auto runtime = MakeRuntime();
  REQUIRE(runtime->AddMetadataStore("m", std::make_unique<PretendDurable>()).ok());
  REQUIRE(runtime->AddBlockStore("b", std::move(*blocks)).ok());
  StoredShareOptions stored = Over("m", "b");
  stored.durability = Durability::kLocal;
  Share* share = runtime->AddStoredShare(Named("/a"), stored).value();
  MakeFile(*share, "f", std::string(1 << 20, 'x'));
  REQUIRE(runtime->Stop().ok());
  size_t objects = 0;
  REQUIRE(store->List("", [&](const StoredObject&) { return ++objects, true; }).ok());
  CHECK(objects > 0);
}

TEST_CASE("The top directory of a new share has the mode and owner asked for") {
  const auto runtime = MakeStoredRuntime();
  StoredShareOptions stored = Over("m1", "b1");
  stored.root_mode = 01777;
  stored.root_uid = 12;
  stored.root_gid = 34;
  Share* share = runtime->AddStoredShare(Named("/a"), stored).value();
  Attributes root;
  REQUIRE(share->file_system()
              .GetAttributes(kSuperuserContext, share->file_system().root(), AttributeMask::kAll, root)
              .ok());
  CHECK(root.mode == 01777);
  CHECK(root.uid == 12);
  CHECK(root.gid == 34);
}

}  // namespace
}  // namespace dittofs::runtime
