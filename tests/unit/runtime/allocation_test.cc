// What requests ask of the Runtime allocates nothing: counted, not believed. Left out under sanitizers, which have an
// operator new of their own.
#if defined(__has_feature)
#define HAS_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#endif
#if !HAS_SANITIZER

#include <cstdlib>
#include <new>

#include "catch.h"
#include "fakes.h"

namespace {

thread_local size_t allocations = 0;

}  // namespace

void* operator new(size_t size) {
  ++allocations;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

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

  const size_t before = allocations;
  const FileHandle handle = runtime->MakeHandle(share->id(), FileNumber{5});
  Share* found = nullptr;
  FileNumber file;
  const Status good = runtime->ResolveHandle(handle.bytes(), &found, &file);
  const Status bad = runtime->ResolveHandle(forged.bytes(), &found, &file);
  const Status stale = runtime->ResolveHandle(runtime->MakeHandle(ShareId{1}, file).bytes(), &found, &file);
  const ClientDecision decision = share->Decide(client);
  const Identity caller = ApplySquash(decision, Identity{0, 0, groups}, scratch);
  const size_t after = allocations;

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
