// What requests ask of the Runtime allocates nothing: counted, not believed.
#include "allocation_counter.h"
#if DITTOFS_COUNTS_ALLOCATIONS

#include "catch.h"
#include "fakes.h"

namespace dittofs::runtime {
namespace {

TEST_CASE("Making and resolving handles and deciding about clients allocate nothing") {
  const auto runtime = testing::MakeRuntime();
  ShareOptions options;
  options.name = "/a";
  for (int i = 0; i < 100; ++i) options.clients.push_back({"192.0.2.0/24", {}, {}});
  options.clients.push_back({"localhost", {}, {}});
  options.clients.push_back({"*", {}, {}});
  Share* share = runtime->AddShare(options, std::make_unique<testing::EmptyFileSystem>()).value();
  const ClientAddress client = testing::Client("2001:db8::1");
  FileHandle forged = runtime->MakeHandle(share->id(), FileNumber{5});
  forged.storage[20] ^= 1;
  const std::array<uint32_t, 3> groups = {1, 0, 2};
  std::array<uint32_t, 16> scratch;

  const size_t before = dittofs::testing::thread_allocations;
  const FileHandle handle = runtime->MakeHandle(share->id(), FileNumber{5});
  Share* found = nullptr;
  FileNumber file;
  const Status good = runtime->ResolveHandle(handle.bytes(), &found, &file);
  const Status bad = runtime->ResolveHandle(forged.bytes(), &found, &file);
  const Status stale = runtime->ResolveHandle(runtime->MakeHandle(ShareId{1}, file).bytes(), &found, &file);
  const ClientDecision decision = share->Decide(client);
  const Identity caller = ApplySquash(decision, Identity{0, 0, groups}, scratch);
  const size_t after = dittofs::testing::thread_allocations;

  CHECK(after == before);
  CHECK(good.ok());
  CHECK(bad == ErrorCode::kBadHandle);
  CHECK(stale == ErrorCode::kStale);
  CHECK(decision.allowed);
  CHECK(caller.uid == kNobodyUserId);
}

}  // namespace
}  // namespace dittofs::runtime

#endif
