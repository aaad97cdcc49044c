#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "catch.h"
#include "store_fixture.h"

namespace dittofs::leveldb_store {
namespace {

void RunThreads(int count, const std::function<void(int)>& fn) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&fn, i] { fn(i); });
  for (std::thread& thread : threads) thread.join();
}

/// Holds the first sync of the log until it is released or goes. Later syncs pass.
class HeldSync {
 public:
  explicit HeldSync(FaultyEnv& env) {
    env.OnLogSync([gate = gate_] {
      std::unique_lock lock(gate->mutex);
      if (gate->reached) return;
      gate->reached = true;
      gate->changed.notify_all();
      gate->changed.wait(lock, [&] { return gate->released; });
    });
  }
  ~HeldSync() { Release(); }
  void WaitUntilReached() {
    std::unique_lock lock(gate_->mutex);
    gate_->changed.wait(lock, [this] { return gate_->reached; });
  }
  void Release() {
    const std::lock_guard lock(gate_->mutex);
    gate_->released = true;
    gate_->changed.notify_all();
  }

 private:
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool reached = false;
    bool released = false;
  };
  // Shared with the sync that is held, which may still be leaving the gate when this object goes.
  const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

TEST_CASE("leveldb group commit: 64 threads that create durably need far fewer syncs than creates") {
  StoreFixture fixture;
  fixture.Open();
  // As slow as a disk: others queue meanwhile.
  fixture.env.OnLogSync([] { std::this_thread::sleep_for(std::chrono::microseconds(300)); });
  const uint64_t before = fixture.env.log_syncs();
  std::atomic<int> failed{0};
  RunThreads(64, [&](int thread) {
    for (int i = 0; i < 10; ++i) {
      const auto number = static_cast<uint64_t>(100 + thread * 10 + i);
      if (!fixture.Create(number, CommitDurability::kDurable).ok()) ++failed;
    }
  });
  CHECK(failed == 0);
  CHECK(fixture.env.log_syncs() - before < 640 / 4);
  std::vector<std::string> names;
  REQUIRE(fixture.List(true, &names).ok());
  CHECK(names.size() == 640);
}

TEST_CASE("leveldb group commit: a commit is seen when it is durable, not before") {
  StoreFixture fixture;
  fixture.Open();
  std::thread creator;
  {
    HeldSync held(fixture.env);
    creator = std::thread([&] { (void)fixture.Create(100, CommitDurability::kDurable); });
    held.WaitUntilReached();
    CHECK(fixture.Look(100) == ErrorCode::kNotFound);
    std::vector<std::string> names;
    CHECK(fixture.List(false, &names).ok());
    CHECK(names.empty());
  }
  creator.join();
  fixture.env.OnLogSync(nullptr);
  CHECK(fixture.Look(100).ok());
}

TEST_CASE("leveldb group commit: who reads what a pending commit changes waits for it and runs again") {
  StoreFixture fixture;
  fixture.Open();
  std::thread creator;
  std::thread second;
  Status status;
  {
    HeldSync held(fixture.env);
    creator = std::thread([&] { (void)fixture.Create(100, CommitDurability::kDurable); });
    held.WaitUntilReached();
    second = std::thread([&] { status = fixture.Create(100, CommitDurability::kDurable); });
  }
  creator.join();
  second.join();
  CHECK(status == ErrorCode::kExists);
}

TEST_CASE("leveldb group commit: a failed sync fails every member of the group") {
  StoreFixture fixture;
  fixture.Open();
  std::atomic<int> io_errors{0};
  std::atomic<int> others{0};
  fixture.env.FailLogSyncs(true);
  RunThreads(16, [&](int thread) {
    const Status status = fixture.Create(static_cast<uint64_t>(100 + thread), CommitDurability::kDurable);
    ++(status == ErrorCode::kIo ? io_errors : others);
  });
  CHECK(io_errors == 16);
  CHECK(others == 0);
  CHECK(fixture.log.errors() == 1);
}

TEST_CASE("leveldb group commit: one member's corruption is not the others'") {
  StoreFixture fixture;
  fixture.Open();
  std::atomic<int> corrupt{0};
  std::atomic<int> fine{0};
  RunThreads(16, [&](int thread) {
    if (thread % 2 == 0) {
      if (fixture.Create(static_cast<uint64_t>(100 + thread), CommitDurability::kDurable).ok()) ++fine;
      return;
    }
    const Status status =
        fixture.store->Update(kShare, CommitDurability::kDurable, [&](MetadataTransaction& transaction) {
          BlockId block;
          block.sha256.fill(static_cast<uint8_t>(thread));
          transaction.PutBlock(block, 1, BlockState::kStored);
          transaction.AddBlockReferences(block, -1);
          return Status();
        });
    if (status == ErrorCode::kCorruption) ++corrupt;
  });
  CHECK(corrupt == 8);
  CHECK(fine == 8);
}

TEST_CASE("leveldb group commit: a transaction that always loses runs alone at last") {
  StoreFixture fixture;
  fixture.Open();
  REQUIRE(fixture.Create(100).ok());
  int runs = 0;
  const auto grow = [](MetadataTransaction& transaction) -> Status {
    InodeRecord inode;
    DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(FileNumber{100}, inode));
    ++inode.size_bytes;
    transaction.PutInode(inode);
    return {};
  };
  const Status status =
      fixture.store->Update(kShare, CommitDurability::kBuffered, [&](MetadataTransaction& transaction) -> Status {
        DITTOFS_RETURN_IF_ERROR(grow(transaction));
        // Somebody else is always faster, as long as anybody else may commit at all.
        if (++runs <= 6) {
          std::thread other([&] { (void)fixture.store->Update(kShare, CommitDurability::kBuffered, grow); });
          other.join();
        }
        return {};
      });
  CHECK(status.ok());
  CHECK(runs == 7);
  InodeRecord inode;
  REQUIRE(fixture.store->View(kShare, [&](MetadataReader& reader) { return reader.GetInode(FileNumber{100}, inode); })
              .ok());
  CHECK(inode.size_bytes == 7);
}

TEST_CASE("leveldb group commit: numbers can be allocated by a transaction that runs alone") {
  StoreFixture fixture;
  fixture.Open();
  int runs = 0;
  const Status status =
      fixture.store->Update(kShare, CommitDurability::kBuffered, [&](MetadataTransaction& transaction) -> Status {
        const auto number = fixture.store->AllocateNumbers(kShare, 100000);
        if (!number.ok()) return number.status();
        if (++runs <= 6) transaction.ChangeDirectory(FileNumber{999}, {1, 0, {}}, nullptr);  // a conflict
        InodeRecord inode;
        inode.number = FileNumber{*number};
        transaction.PutInode(inode);
        return {};
      });
  CHECK(status.ok());
  CHECK(runs == 7);
}

TEST_CASE("leveldb group commit: what fn throws comes out, and others go on") {
  StoreFixture fixture;
  fixture.Open();
  int runs = 0;
  CHECK_THROWS_AS(fixture.store->Update(kShare, CommitDurability::kBuffered,
                                        [&](MetadataTransaction& transaction) -> Status {
                                          if (++runs > 6) throw std::runtime_error("in the run alone");
                                          transaction.ChangeDirectory(FileNumber{999}, {1, 0, {}}, nullptr);
                                          return {};
                                        }),
                  std::runtime_error);
  CHECK(fixture.Create(100).ok());
}

}  // namespace
}  // namespace dittofs::leveldb_store
