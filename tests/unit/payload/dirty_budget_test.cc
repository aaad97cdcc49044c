#include <atomic>
#include <thread>

#include "catch.h"
#include "fixture.h"

namespace {

using namespace dittofs;        // NOLINT: a test
using namespace dittofs::test;  // NOLINT: a test

struct Listener final : PressureListener {
  std::atomic<int> calls{0};
  void OnPressure() noexcept override { ++calls; }
};

PayloadServiceOptions Small(uint32_t wait_ms) {
  PayloadServiceOptions options;
  options.max_dirty_bytes = 100'000;
  options.max_write_wait_ms = wait_ms;
  return options;
}

}  // namespace

TEST_CASE("dirty budget: a writer that finds no room in time is told so, and nothing is lost") {
  PayloadFixture f(Small(20));
  const std::string content = Pattern(90'000);
  REQUIRE(f.Write(0, content).ok());
  CHECK(f.Write(90'000, content).code() == ErrorCode::kNoSpace);
  CHECK(f.ReadText(0, 90'000) == content);
  REQUIRE(f.Flush().ok());
  CHECK(f.Write(90'000, content).ok());
}

TEST_CASE("dirty budget: a writer waits until a flush makes room") {
  PayloadFixture f(Small(60'000));
  REQUIRE(f.Write(0, Pattern(90'000)).ok());
  struct Hook final : BlockingHook {
    std::atomic<bool> waits{false};
    void WillBlock() noexcept override { waits = true; }
  } hook;
  std::thread writer([&] {
    const std::string content = Pattern(90'000, 2);
    const CallContext context{kSuperuser, &hook};
    CHECK(f.service->Write(context, kFile, 90'000, BufferChain(Buffer::Borrow(base::AsBytes(content)))).ok());
  });
  while (!hook.waits) std::this_thread::yield();
  REQUIRE(f.Flush().ok());
  writer.join();
  CHECK(f.ReadText(90'000, 90'000) == Pattern(90'000, 2));
}

TEST_CASE("dirty budget: what could never fit is refused at once") {
  PayloadFixture f(Small(60'000));
  CHECK(f.Write(0, Pattern(100'001)).code() == ErrorCode::kTooSmall);
}

TEST_CASE("dirty budget: overwriting the same bytes takes no more room") {
  PayloadFixture f(Small(20));
  for (uint32_t i = 0; i < 100; ++i) REQUIRE(f.Write(0, Pattern(40'000, i)).ok());
  CHECK(f.service->statistics().dirty_bytes < 50'000);
}

TEST_CASE("dirty budget: many tiny writes count for more than their bytes") {
  PayloadFixture f(Small(5));
  Status status;
  uint64_t written = 0;
  for (; status.ok() && written < 10'000; ++written) status = f.Write(written * 100, "x");
  CHECK(status.code() == ErrorCode::kNoSpace);
  CHECK(written < 1000);
}

TEST_CASE("dirty budget: listeners hear when half is dirty and when writers wait") {
  PayloadFixture f(Small(5));
  Listener listener;
  f.service->AddPressureListener(listener);
  REQUIRE(f.Write(0, Pattern(40'000)).ok());
  CHECK(listener.calls == 0);
  CHECK_FALSE(f.service->UnderPressure());
  REQUIRE(f.Write(40'000, Pattern(40'000)).ok());
  CHECK(listener.calls == 1);
  CHECK(f.service->UnderPressure());
  CHECK(f.Write(80'000, Pattern(40'000)).code() == ErrorCode::kNoSpace);
  CHECK(listener.calls > 1);
  const int before = listener.calls;
  f.service->RemovePressureListener(listener);
  CHECK(f.Write(80'000, Pattern(40'000)).code() == ErrorCode::kNoSpace);
  CHECK(listener.calls == before);
}

TEST_CASE("dirty budget: discarded bytes give their room back") {
  PayloadFixture f(Small(5));
  REQUIRE(f.Write(0, Pattern(90'000)).ok());
  f.service->Discard(kFile, 0, UINT64_MAX);
  CHECK(f.service->statistics().dirty_bytes == 0);
  CHECK(f.Write(0, Pattern(90'000)).ok());
}
