#include "portmap2/registrar.h"

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/mutex.h"
#include "catch.h"
#include "onc_rpc/server.h"
#include "portmap2/messages.h"
#include "xdr/fields.h"

namespace dittofs::portmap2 {
namespace {

/// A host's rpcbind: takes SET and UNSET of versions 2 and 4 as RFC 1833 words them.
class HostRpcbind final : public onc_rpc::Program {
 public:
  uint32_t number() const noexcept override { return kProgram; }
  uint32_t lowest_version() const noexcept override { return 2; }
  uint32_t highest_version() const noexcept override { return 4; }
  const onc_rpc::ProcedureTraits* procedure(uint32_t, uint32_t procedure) const noexcept override {
    static constexpr onc_rpc::ProcedureTraits kTraits{"SET or UNSET"};
    return procedure == 1 || procedure == 2 ? &kTraits : nullptr;
  }
  onc_rpc::AcceptStatus Run(const onc_rpc::Call& call, xdr::Writer& reply) override {
    xdr::Reader reader(call.arguments);
    std::string text;
    std::string prefix;
    if (call.version == 2) {
      mapping entry;
      xdr::Decode(reader, entry);
      prefix = std::to_string(entry.prog) + "." + std::to_string(entry.vers) + " ";
      text = prefix + std::to_string(entry.prot) + " " + std::to_string(entry.port);
    } else {
      rpcb entry;
      xdr::Decode(reader, entry);
      prefix =
          std::to_string(entry.r_prog) + "." + std::to_string(entry.r_vers) + " " + std::string(entry.r_netid.text);
      text = prefix + " " + std::string(entry.r_addr.text);
    }
    if (!reader.Finished()) return onc_rpc::AcceptStatus::kGarbageArguments;
    base::MutexLock lock(mutex);
    bool done = !refuse;
    if (!refuse && call.procedure == 1) done = entries.insert(text).second;
    if (call.procedure == 2) {
      done = std::erase_if(entries,
                           [&](const std::string& entry) { return entry.substr(0, prefix.size()) == prefix; }) > 0;
    }
    xdr::Encode(reply, bool_res{done});
    return onc_rpc::AcceptStatus::kSuccess;
  }

  base::Mutex mutex;  // rank: leaf
  std::set<std::string> entries GUARDED_BY(mutex);
  bool refuse = false;
};

class RegistrarFixture {
 public:
  RegistrarFixture() {
    onc_rpc::ServerOptions options;
    options.event_loops = 1;
    options.max_threads = 2;
    server = std::move(onc_rpc::Server::Create(options)).value();
    place.port = server->Listen({"rpcbind", {"127.0.0.1"}, 0, {}, {&rpcbind}}).value();
    REQUIRE(server->Start().ok());
  }
  ~RegistrarFixture() { server->Stop(1000); }
  std::set<std::string> entries() {
    base::MutexLock lock(rpcbind.mutex);
    return rpcbind.entries;
  }

  HostRpcbind rpcbind;
  std::unique_ptr<onc_rpc::Server> server;
  RpcbindPlace place;
  const std::vector<Registration> registrations = {
      {100003, 3, Netid::kTcp, 12049}, {100003, 3, Netid::kTcp6, 12049}, {100005, 3, Netid::kUdp, 12049}};
  const std::set<std::string> expected = {"100003.3 6 12049", "100003.3 tcp6 ::.47.17", "100005.3 17 12049"};
};

TEST_CASE_METHOD(RegistrarFixture, "every registration is announced in the version that knows its transport",
                 "[portmap2]") {
  REQUIRE(Register(registrations, place, {}).ok());
  CHECK(entries() == expected);
}

TEST_CASE_METHOD(RegistrarFixture, "what a crashed server left behind is replaced", "[portmap2]") {
  const std::vector<Registration> old = {{100003, 3, Netid::kTcp, 2049}};
  REQUIRE(Register(old, place, {}).ok());
  REQUIRE(Register(registrations, place, {}).ok());
  CHECK(entries() == expected);
}

TEST_CASE_METHOD(RegistrarFixture, "registrations are withdrawn", "[portmap2]") {
  REQUIRE(Register(registrations, place, {}).ok());
  REQUIRE(Unregister(registrations, place, {}).ok());
  CHECK(entries().empty());
}

TEST_CASE_METHOD(RegistrarFixture, "a refusal says what is refused", "[portmap2]") {
  rpcbind.refuse = true;
  const Status status = Register(registrations, place, {});
  CHECK(status == ErrorCode::kAccessDenied);
  CHECK(status.message() == "rpcbind refuses program 100003 version 3 on tcp");
}

TEST_CASE_METHOD(RegistrarFixture, "without an rpcbind the answer is that nobody is there", "[portmap2]") {
  server->Stop(1000);
  place.timeout_ms = 200;
  const Status status = Register(registrations, place, {});
  CHECK((status == ErrorCode::kUnavailable || status == ErrorCode::kTimedOut));
}

}  // namespace
}  // namespace dittofs::portmap2
