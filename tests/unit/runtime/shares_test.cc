#include "catch.h"
#include "fakes.h"
#include "runtime/share_table.h"

namespace dittofs::runtime {
namespace {

using testing::AddEmptyShare;
using testing::Client;
using testing::EmptyFileSystem;
using testing::MakeRuntime;
using testing::TemporaryDirectory;

TEST_CASE("A handle leads back to its share and file") {
  const auto runtime = MakeRuntime();
  Share* share = AddEmptyShare(*runtime, "/a").value();
  const FileHandle handle = runtime->MakeHandle(share->id(), FileNumber{77});
  Share* found = nullptr;
  FileNumber file;
  REQUIRE(runtime->ResolveHandle(handle.bytes(), &found, &file).ok());
  CHECK(found == share);
  CHECK(file == FileNumber{77});
}

TEST_CASE("A forged handle is bad, one of a share that never was is stale") {
  const auto runtime = MakeRuntime();
  Share* found = nullptr;
  FileNumber file;
  FileHandle handle = runtime->MakeHandle(ShareId{99}, FileNumber{1});
  CHECK(runtime->ResolveHandle(handle.bytes(), &found, &file) == ErrorCode::kStale);
  handle.storage[31] ^= 1;
  CHECK(runtime->ResolveHandle(handle.bytes(), &found, &file) == ErrorCode::kBadHandle);
}

TEST_CASE("Handles survive a restart with the same data directory") {
  TemporaryDirectory parent;
  RuntimeOptions options;
  options.data_directory = parent.path() + "/state";
  FileHandle handle;
  {
    const auto runtime = std::move(Runtime::Create(options)).value();
    handle = runtime->MakeHandle(AddEmptyShare(*runtime, "/a").value()->id(), FileNumber{5});
  }
  const auto runtime = std::move(Runtime::Create(options)).value();
  REQUIRE(AddEmptyShare(*runtime, "/a").ok());
  Share* share = nullptr;
  FileNumber file;
  CHECK(runtime->ResolveHandle(handle.bytes(), &share, &file).ok());
  CHECK(file == FileNumber{5});
}

TEST_CASE("Without a data directory handles end with their Runtime") {
  const auto first = std::move(Runtime::Create()).value();
  const auto second = std::move(Runtime::Create()).value();
  Share* share = nullptr;
  FileNumber file;
  CHECK(second->ResolveHandle(first->MakeHandle(ShareId{1}, FileNumber{1}).bytes(), &share, &file) ==
        ErrorCode::kBadHandle);
}

TEST_CASE("Two Runtimes have different instance verifiers") {
  CHECK(MakeRuntime()->instance_verifier() != MakeRuntime()->instance_verifier());
}

FileSystem& Added(Runtime& runtime, FileSystemTraits traits) {
  ShareOptions options;
  options.name = "/a";
  return runtime.AddShare(options, std::make_unique<EmptyFileSystem>(traits)).value()->file_system();
}

TEST_CASE("A file system that checks no permissions gets them checked") {
  // The root of EmptyFileSystem belongs to user 0 and has mode 0700.
  const auto runtime = MakeRuntime();
  FileSystem& files = Added(*runtime, {});
  LookupReply reply;
  const CallContext stranger{Identity{1000, 1000, {}}, nullptr};
  CHECK(files.traits().checks_permissions);
  CHECK(files.Lookup(stranger, kRootFileNumber, "x", AttributeMask::kNone, reply) == ErrorCode::kAccessDenied);
  CHECK(files.Lookup(kSuperuserContext, kRootFileNumber, "x", AttributeMask::kNone, reply) == ErrorCode::kNotFound);
}

TEST_CASE("A file system that checks permissions itself is left alone") {
  const auto runtime = MakeRuntime();
  FileSystemTraits traits;
  traits.checks_permissions = true;
  FileSystem& files = Added(*runtime, traits);
  LookupReply reply;
  const CallContext stranger{Identity{1000, 1000, {}}, nullptr};
  CHECK(files.Lookup(stranger, kRootFileNumber, "x", AttributeMask::kNone, reply) == ErrorCode::kNotFound);
}

TEST_CASE("A file system without cookies gets them supplied") {
  const auto runtime = MakeRuntime();
  CHECK(Added(*runtime, {}).traits().persistent_cookies);
}

TEST_CASE("A read-only file system answers every change with read-only") {
  const auto runtime = MakeRuntime();
  FileSystem& files = Added(*runtime, {});
  MakeReply reply;
  CHECK(files.MakeDirectory(kSuperuserContext, kRootFileNumber, "d", {}, reply) == ErrorCode::kReadOnly);
}

TEST_CASE("A share's name is taken once") {
  const auto runtime = MakeRuntime();
  REQUIRE(AddEmptyShare(*runtime, "/a").ok());
  CHECK(AddEmptyShare(*runtime, "/a").code() == ErrorCode::kExists);
}

TEST_CASE("A share's id is taken once, and the error names who has it") {
  const auto runtime = MakeRuntime();
  ShareOptions options;
  options.name = "/a";
  options.id = ShareId{7};
  REQUIRE(runtime->AddShare(options, std::make_unique<EmptyFileSystem>()).ok());
  options.name = "/b";
  const auto second = runtime->AddShare(options, std::make_unique<EmptyFileSystem>());
  CHECK(second.code() == ErrorCode::kExists);
  CHECK(second.status().message().find("\"/a\"") != std::string_view::npos);
}

TEST_CASE("A share without a file system is refused") {
  ShareOptions options;
  options.name = "/a";
  CHECK(MakeRuntime()->AddShare(options, nullptr).code() == ErrorCode::kInvalidArgument);
}

TEST_CASE("A removed share admits nobody and its handles are stale") {
  const auto runtime = MakeRuntime();
  Share* share = AddEmptyShare(*runtime, "/a").value();
  const FileHandle handle = runtime->MakeHandle(share->id(), kRootFileNumber);
  REQUIRE(runtime->RemoveShare("/a").ok());
  CHECK(share->removed());
  CHECK_FALSE(share->Decide(Client("192.0.2.1")).allowed);
  CHECK(runtime->FindShare("/a") == nullptr);
  Share* found = nullptr;
  FileNumber file;
  CHECK(runtime->ResolveHandle(handle.bytes(), &found, &file) == ErrorCode::kStale);
}

TEST_CASE("A share added again under its name is found by its old handles") {
  const auto runtime = MakeRuntime();
  const FileHandle handle = runtime->MakeHandle(AddEmptyShare(*runtime, "/a").value()->id(), kRootFileNumber);
  REQUIRE(runtime->RemoveShare("/a").ok());
  Share* again = AddEmptyShare(*runtime, "/a").value();
  Share* found = nullptr;
  FileNumber file;
  REQUIRE(runtime->ResolveHandle(handle.bytes(), &found, &file).ok());
  CHECK(found == again);
}

TEST_CASE("Removing or changing a share that is not there is an error") {
  const auto runtime = MakeRuntime();
  CHECK(runtime->RemoveShare("/a") == ErrorCode::kNotFound);
  ShareOptions options;
  options.name = "/a";
  CHECK(runtime->UpdateShare(options) == ErrorCode::kNotFound);
}

TEST_CASE("A changed share decides by its new options at once") {
  const auto runtime = MakeRuntime();
  Share* share = AddEmptyShare(*runtime, "/a").value();
  ShareOptions options = share->options();
  options.read_only = true;
  options.clients.push_back({"192.0.2.1", {}, {}});
  REQUIRE(runtime->UpdateShare(options).ok());
  CHECK(share->Decide(Client("192.0.2.1")).read_only);
  CHECK_FALSE(share->Decide(Client("192.0.2.2")).allowed);
  CHECK(share->options().read_only);
}

TEST_CASE("A wrong change leaves the share as it was") {
  const auto runtime = MakeRuntime();
  Share* share = AddEmptyShare(*runtime, "/a").value();
  ShareOptions options = share->options();
  options.clients.push_back({"192.0.2.0/77", {}, {}});
  CHECK(runtime->UpdateShare(options) == ErrorCode::kInvalidArgument);
  CHECK(share->Decide(Client("192.0.2.1")).allowed);
}

TEST_CASE("A share's id can't change") {
  const auto runtime = MakeRuntime();
  ShareOptions options = AddEmptyShare(*runtime, "/a").value()->options();
  options.id.value += 1;
  CHECK(runtime->UpdateShare(options) == ErrorCode::kInvalidArgument);
}

TEST_CASE("The longest share that holds a path in whole components is found") {
  const auto runtime = MakeRuntime();
  Share* outer = AddEmptyShare(*runtime, "/srv").value();
  Share* inner = AddEmptyShare(*runtime, "/srv/data").value();
  const auto find = [&](std::string_view path) {
    std::string_view rest = "unset";
    Share* share = runtime->FindShareByPath(path, &rest);
    return std::pair(share, std::string(rest));
  };
  CHECK(find("/srv/data/x/y") == std::pair(inner, std::string("x/y")));
  CHECK(find("/srv/data") == std::pair(inner, std::string()));
  CHECK(find("/srv/data/") == std::pair(inner, std::string()));
  CHECK(find("/srv/database") == std::pair(outer, std::string("database")));
  CHECK(find("/srv//data") == std::pair(outer, std::string("data")));
  CHECK(find("/srvx").first == nullptr);
  CHECK(find("/").first == nullptr);
  CHECK(find("").first == nullptr);
  CHECK(find("srv").first == nullptr);
}

TEST_CASE("Every exported share is visited, removed ones are not") {
  const auto runtime = MakeRuntime();
  for (const char* name : {"/c", "/a", "/b"}) REQUIRE(AddEmptyShare(*runtime, name).ok());
  REQUIRE(runtime->RemoveShare("/b").ok());
  std::vector<std::string> names;
  runtime->ForEachShare([&](Share& share) { names.push_back(share.name()); });
  CHECK(names == std::vector<std::string>{"/a", "/c"});
}

TEST_CASE("As many shares as the bound allows are found, and not one more is added") {
  const auto runtime = MakeRuntime();
  ShareOptions options;
  for (uint32_t i = 1; i <= kMaxShares; ++i) {
    options.name = "/s" + std::to_string(i);
    options.id = ShareId{i};
    REQUIRE(runtime->AddShare(options, std::make_unique<EmptyFileSystem>()).ok());
  }
  bool all_found = true;
  for (uint32_t i = 1; i <= kMaxShares; ++i) {
    Share* share = nullptr;
    FileNumber file;
    const FileHandle handle = runtime->MakeHandle(ShareId{i}, kRootFileNumber);
    all_found = all_found && runtime->ResolveHandle(handle.bytes(), &share, &file).ok() && share->id() == ShareId{i};
  }
  CHECK(all_found);
  options.name = "/more";
  options.id = ShareId{kMaxShares + 1};
  CHECK(runtime->AddShare(options, std::make_unique<EmptyFileSystem>()).code() == ErrorCode::kResourceExhausted);
  REQUIRE(runtime->RemoveShare("/s5").ok());
  CHECK(runtime->AddShare(options, std::make_unique<EmptyFileSystem>()).ok());
}

TEST_CASE("The table of shares never fills up with removed ones") {
  const auto runtime = MakeRuntime();
  ShareOptions options;
  options.name = "/a";
  for (uint32_t i = 1; i <= 3 * kMaxShares; ++i) {
    options.id = ShareId{i * 0x10001};
    REQUIRE(runtime->AddShare(options, std::make_unique<EmptyFileSystem>()).ok());
    Share* share = nullptr;
    FileNumber file;
    REQUIRE(runtime->ResolveHandle(runtime->MakeHandle(options.id, kRootFileNumber).bytes(), &share, &file).ok());
    REQUIRE(runtime->RemoveShare("/a").ok());
  }
}

}  // namespace
}  // namespace dittofs::runtime
