// Seeded histories of several owners on a few files, against a model that knows every byte of a tiny file by itself.
// DITTOFS_HISTORIES and DITTOFS_SEED in the environment choose how many and from where; a failure prints its seed.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "catch.h"
#include "state/lock_table.h"

namespace dittofs::state {
namespace {

constexpr size_t kBytes = 8;  // positions 0..6 and "everything behind"
constexpr uint64_t kOwners = 5;
constexpr uint64_t kFiles = 2;

uint64_t SettingOr(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct ModelRequest {
  uint64_t owner;
  size_t first, last;
  LockKind kind;
};

/// Per byte and owner: nothing, shared or exclusive. Waiting requests in a list. POSIX rules.
class Model {
 public:
  static bool Meets(const ModelRequest& a, const ModelRequest& b) {
    return a.owner != b.owner && a.first <= b.last && b.first <= a.last &&
           (a.kind == LockKind::kExclusive || b.kind == LockKind::kExclusive);
  }
  bool Conflict(const ModelRequest& request) const {
    for (size_t byte = request.first; byte <= request.last; ++byte) {
      for (uint64_t owner = 1; owner <= kOwners; ++owner) {
        const int held = held_[byte][owner];
        if (owner != request.owner && held != 0 && (held == 2 || request.kind == LockKind::kExclusive)) return true;
      }
    }
    return false;
  }
  bool HoldsSome(const ModelRequest& request) const {
    for (size_t byte = request.first; byte <= request.last; ++byte) {
      if (held_[byte][request.owner] != 0) return true;
    }
    return false;
  }
  bool Blocked(const ModelRequest& request, size_t earlier) const {
    if (Conflict(request)) return true;
    if (HoldsSome(request)) return false;
    for (size_t i = 0; i < earlier; ++i) {
      if (Meets(waiting[i], request)) return true;
    }
    return false;
  }
  void Set(const ModelRequest& request, int value) {
    for (size_t byte = request.first; byte <= request.last; ++byte) held_[byte][request.owner] = value;
  }
  void Grant(const ModelRequest& request) { Set(request, request.kind == LockKind::kExclusive ? 2 : 1); }
  /// Owners of the requests that are granted now, in order.
  std::vector<uint64_t> Advance() {
    std::vector<uint64_t> granted;
    for (size_t i = 0; i < waiting.size();) {
      if (Blocked(waiting[i], i)) {
        ++i;
        continue;
      }
      const ModelRequest request = waiting[i];
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
      Grant(request);
      granted.push_back(request.owner);
      i = 0;
    }
    return granted;
  }
  int held(size_t byte, uint64_t owner) const { return held_[byte][owner]; }
  std::deque<ModelRequest> waiting;

 private:
  std::array<std::array<int, kOwners + 1>, kBytes> held_{};
};

class Sink final : public GrantSink {
 public:
  void LockGranted(const LockGrant& grant) override { owners.push_back(grant.lock.owner.value); }
  std::vector<uint64_t> owners;
};

RangeLock ToLock(const ModelRequest& request) {
  const uint64_t last = request.last == kBytes - 1 ? UINT64_MAX : request.last;
  return {{request.first, last, false},
          request.kind,
          LockRules::kPosix,
          OwnerId{request.owner},
          ClientId{static_cast<uint32_t>(request.owner)}};
}

/// "" or what went wrong.
std::string RunHistory(uint64_t seed) {
  std::mt19937_64 random(seed);
  LockTable table;
  std::array<Model, kFiles> models;
  auto sink = std::make_shared<Sink>();
  for (int step = 0; step < 40; ++step) {
    const size_t file = random() % kFiles;
    Model& model = models[file];
    ModelRequest request{1 + random() % kOwners, random() % kBytes, 0,
                         random() % 2 ? LockKind::kExclusive : LockKind::kShared};
    request.last = request.first + random() % (kBytes - request.first);
    std::vector<uint64_t> expected;
    sink->owners.clear();
    const uint64_t action = random() % 10;
    if (action < 3) {  // try
      LockRequest wanted{FileNumber{file + 1}, ToLock(request), false, false, 0, sink};
      const bool granted = table.Lock(wanted).outcome == LockOutcome::kGranted;
      if (granted == model.Conflict(request)) return "try-lock disagrees at step " + std::to_string(step);
      if (granted) {
        model.Grant(request);
        expected = model.Advance();
      }
    } else if (action < 6) {  // wait; an owner waits once at most
      const auto waits = [&](const Model& other) {
        return std::any_of(other.waiting.begin(), other.waiting.end(),
                           [&](const ModelRequest& w) { return w.owner == request.owner; });
      };
      if (waits(models[0]) || waits(models[1])) continue;
      LockRequest wanted{FileNumber{file + 1}, ToLock(request), false, true, request.owner, sink};
      const LockOutcome outcome = table.Lock(wanted).outcome;
      const bool blocked = model.Blocked(request, model.waiting.size());
      if ((outcome == LockOutcome::kGranted) == blocked) return "wait disagrees at step " + std::to_string(step);
      if (outcome == LockOutcome::kGranted) {
        model.Grant(request);
        expected = model.Advance();
      } else if (outcome == LockOutcome::kWaiting) {
        model.waiting.push_back(request);
      }
    } else if (action < 8) {  // unlock
      table.Unlock(FileNumber{file + 1}, OwnerId{request.owner}, ToLock(request).range);
      model.Set(request, 0);
      expected = model.Advance();
    } else if (action == 8) {  // cancel
      if (model.waiting.empty()) continue;
      const size_t which = random() % model.waiting.size();
      const ModelRequest cancelled = model.waiting[which];
      if (table.CancelMatching(FileNumber{file + 1}, ToLock(cancelled)) != 1) return "cancel found nothing";
      model.waiting.erase(model.waiting.begin() + static_cast<std::ptrdiff_t>(which));
      expected = model.Advance();
    } else {  // a client goes
      table.ReleaseClient(ClientId{static_cast<uint32_t>(request.owner)});
      std::vector<uint64_t> all;
      for (Model& each : models) {
        std::erase_if(each.waiting, [&](const ModelRequest& w) { return w.owner == request.owner; });
        each.Set({request.owner, 0, kBytes - 1, LockKind::kShared}, 0);
        for (const uint64_t owner : each.Advance()) all.push_back(owner);
      }
      std::sort(all.begin(), all.end());
      std::sort(sink->owners.begin(), sink->owners.end());
      if (all != sink->owners) return "grants after a client went disagree at step " + std::to_string(step);
      continue;
    }
    if (expected != sink->owners) return "grants disagree at step " + std::to_string(step);
  }
  size_t waiting = 0;
  for (size_t file = 0; file < kFiles; ++file) {
    waiting += models[file].waiting.size();
    for (size_t byte = 0; byte < kBytes; ++byte) {
      for (uint64_t owner = 1; owner <= kOwners; ++owner) {
        int held = 0;
        for (const LockTable::HeldLock& lock : table.List({}, FileNumber{file + 1}, 1000)) {
          if (lock.waiting || lock.lock.owner.value != owner) continue;
          if (lock.lock.range.first <= byte && byte <= lock.lock.range.last) {
            held = lock.lock.kind == LockKind::kExclusive ? 2 : 1;
          }
        }
        if (held != models[file].held(byte, owner)) return "held bytes disagree at the end";
      }
    }
  }
  if (waiting != table.waiter_count()) return "waiting requests disagree at the end";
  for (uint32_t client = 1; client <= kOwners; ++client) table.ReleaseClient(ClientId{client});
  if (table.lock_count() != 0 || table.waiter_count() != 0) return "something is left when everybody has gone";
  return "";
}

}  // namespace

TEST_CASE("Lock histories agree with the model") {
  const uint64_t first = SettingOr("DITTOFS_SEED", 1);
  const uint64_t count = SettingOr("DITTOFS_HISTORIES", 3000);
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const std::string failure = RunHistory(seed);
    if (!failure.empty()) FAIL("seed " << seed << ": " << failure);
  }
  SUCCEED();
}

TEST_CASE("Threads that lock, wait and unlock: never two holders, nobody waits for ever, nothing is left") {
  class Wake final : public GrantSink {
   public:
    void LockGranted(const LockGrant& grant) override {
      std::lock_guard hold(mutex);
      granted[grant.token % granted.size()] = true;
      condition.notify_all();
    }
    void WaitFor(uint64_t token) {
      std::unique_lock hold(mutex);
      condition.wait(hold, [&] { return granted[token % granted.size()]; });
      granted[token % granted.size()] = false;
    }
    std::mutex mutex;
    std::condition_variable condition;
    std::array<bool, 8> granted{};
  };
  LockTable table;
  auto wake = std::make_shared<Wake>();
  std::array<std::atomic<int>, 4> inside{};
  std::atomic<int> violations{0};
  const auto work = [&](uint64_t owner) {
    std::mt19937_64 random(owner);
    for (int round = 0; round < 500; ++round) {
      const size_t byte = random() % inside.size();
      LockRequest request{
          FileNumber{1}, {{byte, byte, false}, LockKind::kExclusive, LockRules::kPosix, OwnerId{owner}, ClientId{1}},
          false,         true,
          owner,         wake};
      const LockOutcome outcome = table.Lock(request).outcome;
      if (outcome == LockOutcome::kWaiting) {
        wake->WaitFor(owner);
      } else if (outcome != LockOutcome::kGranted) {
        ++violations;
        continue;
      }
      if (inside[byte].fetch_add(1) != 0) ++violations;
      inside[byte].fetch_sub(1);
      table.Unlock(FileNumber{1}, OwnerId{owner}, {byte, byte, false});
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t owner = 1; owner <= 6; ++owner) threads.emplace_back(work, owner);
  for (std::thread& thread : threads) thread.join();
  CHECK(violations == 0);
  CHECK(table.lock_count() == 0);
  CHECK(table.waiter_count() == 0);
}

}  // namespace dittofs::state
