#include <thread>

#include "catch.h"
#include "fakes.h"

namespace dittofs::runtime {
namespace {

using testing::AddEmptyShare;
using testing::Client;
using testing::MakeRuntime;

// These cases mean most under the thread sanitizer.

TEST_CASE("Handles resolve while shares come, change and go") {
  const auto runtime = MakeRuntime();
  Share* stable = AddEmptyShare(*runtime, "/stable").value();
  const FileHandle stable_handle = runtime->MakeHandle(stable->id(), FileNumber{3});
  const ShareId passing_id = AddEmptyShare(*runtime, "/passing").value()->id();
  const FileHandle passing_handle = runtime->MakeHandle(passing_id, FileNumber{4});
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};

  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      const ClientAddress client = Client("192.0.2.1");
      while (!done) {
        Share* share = nullptr;
        FileNumber file;
        if (!runtime->ResolveHandle(stable_handle.bytes(), &share, &file).ok() || share != stable) ++wrong;
        if (!stable->Decide(client).allowed) ++wrong;
        const Status passing = runtime->ResolveHandle(passing_handle.bytes(), &share, &file);
        if (passing.ok()) {
          if (share->id() != passing_id || file != FileNumber{4}) ++wrong;
          (void)share->Decide(client);
          Attributes attributes;
          (void)share->file_system().GetAttributes(kSuperuserContext, kRootFileNumber, AttributeMask::kAll, attributes);
        } else if (passing.code() != ErrorCode::kStale) {
          ++wrong;
        }
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    ShareOptions options = stable->options();
    options.read_only = i % 2 == 0;
    options.clients = {{"192.0.2.0/24", {}, {}}};
    if (!runtime->UpdateShare(options).ok()) ++wrong;
    if (!runtime->RemoveShare("/passing").ok()) ++wrong;
    if (!AddEmptyShare(*runtime, "/passing").ok()) ++wrong;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}

TEST_CASE("Of many threads that add one name, one succeeds") {
  const auto runtime = MakeRuntime();
  std::atomic<int> added{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      if (AddEmptyShare(*runtime, "/a").ok()) ++added;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(added == 1);
}

TEST_CASE("Start, Stop and endpoints may be called from many threads") {
  const auto runtime = MakeRuntime();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      (void)runtime->Start();
      (void)runtime->endpoints();
      (void)runtime->Stop();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(runtime->Start() == ErrorCode::kCancelled);
}

}  // namespace
}  // namespace dittofs::runtime
