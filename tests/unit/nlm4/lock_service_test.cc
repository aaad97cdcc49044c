#include "nlm4/lock_service.h"

#include <condition_variable>
#include <mutex>

#include "catch.h"

namespace dittofs::nlm4 {
namespace {

using enum nlm4_stats;

/// Files 1 to 99 exist and are empty.
class Files final : public FileSystem {
 public:
  const FileSystemTraits& traits() const noexcept override { return traits_; }
  Status GetAttributes(const CallContext&, FileNumber file, AttributeMask, Attributes& attributes) override {
    if (file.value > 99) return ErrorCode::kStale;
    attributes.valid = AttributeMask::kAll;
    attributes.number = file;
    return {};
  }
  Status Lookup(const CallContext&, FileNumber, std::string_view, AttributeMask, LookupReply&) override {
    return ErrorCode::kNotFound;
  }
  Status ReadDirectory(const CallContext&, FileNumber, const ReadDirectoryRequest&, DirectorySink&,
                       ReadDirectoryReply& reply) override {
    reply.end = true;
    return {};
  }
  Status Read(const CallContext&, FileNumber, uint64_t, uint32_t, ReadReply& reply) override {
    reply.end_of_file = true;
    return {};
  }

 private:
  FileSystemTraits traits_{.read_only = false, .persistent_cookies = true, .checks_permissions = true};
};

onc_rpc::PeerCallsOptions NobodyAnswers() {
  onc_rpc::PeerCallsOptions options;
  options.timeout_ms = 200;
  options.portmap_port = 1;  // nobody listens there
  return options;
}

struct Fixture {
  Fixture() {
    ShareOptions share;
    share.name = "/export";
    share.squash = Squash::kNone;
    exported = runtime->AddShare(share, std::make_unique<Files>()).value();
    handle = runtime->MakeHandle(exported->id(), FileNumber{7});
    LockServiceOptions options;
    options.grant_attempts = 2;
    options.grant_retry_ms = 1;
    service = std::make_shared<LockService>(*runtime, calls, options);
  }
  ~Fixture() { calls.Stop(); }

  onc_rpc::Call From(std::string_view address) const {
    onc_rpc::Call call;
    call.version = 4;
    call.flavor = onc_rpc::AuthFlavor::kSys;
    call.client = ParseAddress(address).value();
    call.server = ParseAddress("127.0.0.1").value();
    return call;
  }
  LockArguments Lock(std::string_view host, uint32_t svid, uint64_t offset, uint64_t length, bool exclusive = true) {
    return {host, std::as_bytes(handle.bytes()), {}, svid, offset, length, exclusive};
  }

  std::unique_ptr<Runtime> runtime = Runtime::Create().value();
  Share* exported = nullptr;
  FileHandle handle;
  onc_rpc::PeerCalls calls{NobodyAnswers()};
  std::shared_ptr<LockService> service;
};

const char kAlice[] = "127.0.0.2";
const char kBob[] = "127.0.0.3";

}  // namespace

TEST_CASE("TEST names the holder as NLM spells it") {
  Fixture f;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 5, 10, 20), {}) == NLM4_GRANTED);
  LockService::Holder holder;
  CHECK(f.service->Test(f.From(kBob), f.Lock("bob", 5, 15, 1), holder) == NLM4_DENIED);
  CHECK(holder.exclusive);
  CHECK(holder.svid == 5);
  CHECK(holder.l_offset == 10);
  CHECK(holder.l_len == 20);
  CHECK(f.service->Test(f.From(kBob), f.Lock("bob", 5, 30, 0), holder) == NLM4_GRANTED);
  CHECK(f.service->Test(f.From(kAlice), f.Lock("alice", 5, 15, 1), holder) == NLM4_GRANTED);
}

TEST_CASE("Two processes of one host exclude each other") {
  Fixture f;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_GRANTED);
  CHECK(f.service->Lock(f.From(kAlice), f.Lock("alice", 2, 0, 0), {}) == NLM4_DENIED);
}

TEST_CASE("Nobody unlocks what a host of the same name holds from another address") {
  Fixture f;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_GRANTED);
  CHECK(f.service->Unlock(f.From(kBob), f.Lock("alice", 1, 0, 0)) == NLM4_GRANTED);
  f.service->FreeAll(f.From(kBob), "alice");
  f.service->HostRestarted("alice", kBob, 3);
  CHECK(f.exported->state().locks.lock_count() == 1);
}

TEST_CASE("A host that has restarted loses what it held, and only that") {
  Fixture f;
  LockService::LockMode mode;
  mode.nsm_state = 3;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 1), mode) == NLM4_GRANTED);
  REQUIRE(f.service->Lock(f.From(kBob), f.Lock("bob", 1, 1, 1), mode) == NLM4_GRANTED);
  f.service->HostRestarted("alice", kAlice, 3);  // an old notification, repeated
  CHECK(f.exported->state().locks.lock_count() == 2);
  f.service->HostRestarted("alice.example.org", kAlice, 5);
  CHECK(f.exported->state().locks.lock_count() == 1);
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 1), {}) == NLM4_GRANTED);
  f.service->HostRestarted("alice", kAlice, 5);  // repeated: the new lock stays
  CHECK(f.exported->state().locks.lock_count() == 2);
}

TEST_CASE("FREE_ALL frees locks and share reservations") {
  Fixture f;
  nlm4_share share;
  share.caller_name.text = "alice";
  share.fh.bytes = std::as_bytes(f.handle.bytes());
  share.mode = fsh4_mode::fsm_DRW;
  share.access = fsh4_access::fsa_RW;
  REQUIRE(f.service->Share(f.From(kAlice), share, false) == NLM4_GRANTED);
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_GRANTED);
  nlm4_share other = share;
  other.caller_name.text = "bob";
  CHECK(f.service->Share(f.From(kBob), other, false) == NLM4_DENIED);
  f.service->FreeAll(f.From(kAlice), "alice");
  CHECK(f.exported->state().locks.lock_count() == 0);
  CHECK(f.service->Share(f.From(kBob), other, false) == NLM4_GRANTED);
  CHECK(f.service->Unshare(f.From(kBob), other) == NLM4_GRANTED);
  CHECK(f.exported->state().opens.open_count() == 0);
}

TEST_CASE("A waiting client that does not answer holds nobody up for ever") {
  Fixture f;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_GRANTED);
  REQUIRE(f.service->Lock(f.From(kBob), f.Lock("bob", 1, 0, 0), {.block = true}) == NLM4_BLOCKED);

  // Behind the one that vanished waits one of ours.
  struct Next final : state::GrantSink {
    void LockGranted(const state::LockGrant&) override {
      std::lock_guard hold(mutex);
      granted = true;
      changed.notify_all();
    }
    std::mutex mutex;
    std::condition_variable changed;
    bool granted = false;
  };
  auto next = std::make_shared<Next>();
  state::LockRequest request;
  request.file = FileNumber{7};
  request.lock = {{0, UINT64_MAX, false},
                  state::LockKind::kExclusive,
                  state::LockRules::kPosix,
                  state::OwnerId{1},
                  state::ClientId{99}};
  request.wait = true;
  request.sink = next;
  REQUIRE(f.exported->state().locks.Lock(request).outcome == state::LockOutcome::kWaiting);

  CHECK(f.service->Unlock(f.From(kAlice), f.Lock("alice", 1, 0, 0)) == NLM4_GRANTED);
  std::unique_lock hold(next->mutex);
  next->changed.wait(hold, [&] { return next->granted; });
  CHECK(next->granted);
}

TEST_CASE("A client that asks again while it is being told keeps the lock") {
  Fixture f;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_GRANTED);
  REQUIRE(f.service->Lock(f.From(kBob), f.Lock("bob", 1, 0, 0), {.block = true}) == NLM4_BLOCKED);
  REQUIRE(f.service->Lock(f.From(kBob), f.Lock("bob", 1, 0, 0), {.block = true}) == NLM4_BLOCKED);
  f.calls.Stop();  // no call-back gets through any more, and what waits is cancelled
  CHECK(f.service->Cancel(f.From(kBob), f.Lock("bob", 1, 0, 0)) == NLM4_GRANTED);
  CHECK(f.service->Cancel(f.From(kBob), f.Lock("bob", 1, 0, 0)) == NLM4_DENIED);
  CHECK(f.exported->state().locks.waiter_count() == 0);
}

TEST_CASE("What can't be locked is refused with its reason") {
  Fixture f;
  const FileHandle gone = f.runtime->MakeHandle(f.exported->id(), FileNumber{100});
  LockArguments stale = f.Lock("alice", 1, 0, 0);
  stale.fh = std::as_bytes(gone.bytes());
  CHECK(f.service->Lock(f.From(kAlice), stale, {}) == NLM4_STALE_FH);
  LockArguments forged = f.Lock("alice", 1, 0, 0);
  forged.fh = forged.fh.first(10);
  CHECK(f.service->Lock(f.From(kAlice), forged, {}) == NLM4_STALE_FH);
  CHECK(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, UINT64_MAX, 2), {}) == NLM4_FBIG);
  ShareOptions share = f.exported->options();
  share.read_only = true;
  REQUIRE(f.runtime->UpdateShare(share).ok());
  CHECK(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_ROFS);
  CHECK(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0, false), {}) == NLM4_GRANTED);
  share.clients = {{kBob, {}, {}}};
  REQUIRE(f.runtime->UpdateShare(share).ok());
  CHECK(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0, false), {}) == NLM4_DENIED_NOLOCKS);
}

TEST_CASE("In the grace period only reclaims; afterwards no reclaims") {
  Fixture f;
  f.runtime->state().grace.Begin(60000);
  LockService::Holder holder;
  CHECK(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_DENIED_GRACE_PERIOD);
  CHECK(f.service->Test(f.From(kAlice), f.Lock("alice", 1, 0, 0), holder) == NLM4_DENIED_GRACE_PERIOD);
  CHECK(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {.reclaim = true}) == NLM4_GRANTED);
  f.runtime->state().grace.End();
  CHECK(f.service->Lock(f.From(kAlice), f.Lock("alice", 2, 0, 0), {.reclaim = true}) == NLM4_DENIED_GRACE_PERIOD);
}

TEST_CASE("A host is remembered before its first lock and forgotten when it holds nothing") {
  Fixture f;
  state::ReclaimStore& reclaim = *f.runtime->state().reclaim;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_GRANTED);
  const auto known = reclaim.List().value();
  REQUIRE(known.size() == 1);
  CHECK(known[0].address == kAlice);
  CHECK(known[0].server == "127.0.0.1");
  f.service->ForgetIdleHosts();
  CHECK(reclaim.List().value().size() == 1);
  f.service->Unlock(f.From(kAlice), f.Lock("alice", 1, 0, 0));
  f.service->ForgetIdleHosts();
  CHECK(reclaim.List().value().empty());
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_GRANTED);
  CHECK(reclaim.List().value().size() == 1);
}

TEST_CASE("An unmonitored lock is not written down") {
  Fixture f;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {.monitored = false}) == NLM4_GRANTED);
  CHECK(f.runtime->state().reclaim->List().value().empty());
}

TEST_CASE("10,000 waiting requests of one client are bounded, another client still gets its own") {
  Fixture f;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 0), {}) == NLM4_GRANTED);
  size_t blocked = 0;
  size_t refused = 0;
  for (uint32_t svid = 0; svid < 10000; ++svid) {
    const nlm4_stats stat = f.service->Lock(f.From(kBob), f.Lock("bob", svid, svid, 1, false), {.block = true});
    blocked += stat == NLM4_BLOCKED ? 1 : 0;
    refused += stat == NLM4_DENIED_NOLOCKS ? 1 : 0;
  }
  CHECK(blocked == 1024);
  CHECK(refused == 10000 - 1024);
  CHECK(f.service->Lock(f.From("127.0.0.4"), f.Lock("carol", 1, 50000, 1), {.block = true}) == NLM4_BLOCKED);
}

TEST_CASE("The operator sees locks by client and can release them") {
  Fixture f;
  REQUIRE(f.service->Lock(f.From(kAlice), f.Lock("alice", 1, 0, 10), {}) == NLM4_GRANTED);
  REQUIRE(f.service->Lock(f.From(kBob), f.Lock("bob", 1, 20, 0, false), {}) == NLM4_GRANTED);
  const auto all = f.runtime->ListLocks({}, 100);
  CHECK(all.size() == 2);
  const auto bobs = f.runtime->ListLocks({.client = kBob}, 100);
  REQUIRE(bobs.size() == 1);
  CHECK(bobs[0].client == "bob");
  CHECK(bobs[0].offset == 20);
  CHECK(bobs[0].length == 0);
  CHECK_FALSE(bobs[0].exclusive);
  CHECK(f.runtime->ReleaseLocks({.client = "alice"}) == 1);
  CHECK(f.runtime->ListLocks({}, 100).size() == 1);
}

}  // namespace dittofs::nlm4
