#include "runtime/share_policy.h"

#include "catch.h"
#include "fakes.h"

namespace dittofs::runtime {
namespace {

using testing::Client;

class NoResolver final : public HostResolver {
 public:
  Result<std::vector<IpAddress>> Resolve(const std::string& name) override {
    if (name == "known.example") return std::vector<IpAddress>{Client("198.51.100.5").ip};
    return Status(ErrorCode::kUnavailable, "unknown");
  }
};

struct Policies {
  ShareOptions options = [] {
    ShareOptions share;
    share.name = "/export";
    return share;
  }();
  HostNames hosts{std::make_unique<NoResolver>(), base::Logger()};

  void Allow(std::string pattern, std::optional<bool> read_only = {}, std::optional<Squash> squash = {}) {
    options.clients.push_back({std::move(pattern), read_only, squash});
  }
  Result<std::unique_ptr<SharePolicy>> Compile() { return SharePolicy::Compile(options, hosts); }
  ClientDecision Decide(std::string_view client, uint16_t port = 700) {
    return Compile().value()->Decide(Client(client, port));
  }
};

TEST_CASE("Without client rules everybody is admitted as the share says") {
  Policies world;
  world.options.squash = Squash::kNone;
  world.options.anonymous_uid = 7;
  const ClientDecision decision = world.Decide("192.0.2.1");
  CHECK(decision.allowed);
  CHECK_FALSE(decision.read_only);
  CHECK(decision.squash == Squash::kNone);
  CHECK(decision.anonymous_uid == 7);
  CHECK(decision.allow_auth_none);
}

TEST_CASE("With client rules only matching clients are admitted") {
  Policies world;
  world.Allow("192.0.2.0/24");
  CHECK(world.Decide("192.0.2.1").allowed);
  CHECK_FALSE(world.Decide("198.51.100.1").allowed);
  CHECK_FALSE(world.Decide("2001:db8::1").allowed);
}

TEST_CASE("The first matching rule counts") {
  Policies world;
  world.Allow("192.0.2.1", true, Squash::kAll);
  world.Allow("192.0.2.0/24", false, Squash::kNone);
  world.Allow("*", true);
  CHECK(world.Decide("192.0.2.1").read_only);
  CHECK(world.Decide("192.0.2.1").squash == Squash::kAll);
  CHECK_FALSE(world.Decide("192.0.2.2").read_only);
  CHECK(world.Decide("203.0.113.1").read_only);
}

TEST_CASE("A rule without settings of its own takes the share's") {
  Policies world;
  world.options.read_only = true;
  world.options.squash = Squash::kAll;
  world.Allow("*");
  CHECK(world.Decide("192.0.2.1").read_only);
  CHECK(world.Decide("192.0.2.1").squash == Squash::kAll);
}

TEST_CASE("A rule may let one client write to a read-only share") {
  Policies world;
  world.options.read_only = true;
  world.Allow("192.0.2.1", false);
  world.Allow("*");
  CHECK_FALSE(world.Decide("192.0.2.1").read_only);
  CHECK(world.Decide("192.0.2.2").read_only);
}

TEST_CASE("A host name admits its addresses") {
  Policies world;
  world.Allow("known.example");
  CHECK(world.Decide("198.51.100.5").allowed);
  CHECK_FALSE(world.Decide("198.51.100.6").allowed);
}

TEST_CASE("A host name that can't be looked up does not keep the share from being added") {
  Policies world;
  world.Allow("unknown.example");
  world.Allow("192.0.2.1");
  CHECK(world.Decide("192.0.2.1").allowed);
  CHECK_FALSE(world.Decide("198.51.100.5").allowed);
}

TEST_CASE("A share for privileged ports refuses source ports from 1024 on") {
  Policies world;
  world.options.require_privileged_port = true;
  CHECK(world.Decide("192.0.2.1", 1023).allowed);
  CHECK_FALSE(world.Decide("192.0.2.1", 1024).allowed);
}

TEST_CASE("A wrong client pattern is named in the error") {
  Policies world;
  world.Allow("192.0.2.0/40");
  const auto compiled = world.Compile();
  CHECK(compiled.code() == ErrorCode::kInvalidArgument);
  CHECK(compiled.status().message().find("192.0.2.0/40") != std::string_view::npos);
}

TEST_CASE("Client patterns that are nothing known are invalid") {
  for (const char* pattern : {"", "*.example.com", "192.0.2", "@group", "a b"}) {
    Policies world;
    world.Allow(pattern);
    INFO(pattern);
    CHECK(world.Compile().code() == ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("More client rules than the bound are refused") {
  Policies world;
  for (size_t i = 0; i < kMaxClientRules; ++i) world.Allow("*");
  CHECK(world.Compile().ok());
  world.Allow("*");
  CHECK(world.Compile().code() == ErrorCode::kInvalidArgument);
}

TEST_CASE("Share names are absolute paths in whole components") {
  for (const char* name : {"/a", "/export", "/srv/nfs/a.b", "/with space", "/\xc3\xa9t\xc3\xa9"}) {
    INFO(name);
    CHECK(CheckShareName(name).ok());
  }
  for (const char* name : {"", "/", "a", "a/b", "//a", "/a/", "/a//b", "/./a", "/a/..", "/a\n", "/\x7f"}) {
    INFO(name);
    CHECK(CheckShareName(name) == ErrorCode::kInvalidArgument);
  }
  CHECK(CheckShareName("/" + std::string(255, 'a')).ok());
  CHECK(CheckShareName("/" + std::string(256, 'a')) == ErrorCode::kInvalidArgument);
}

TEST_CASE("The id derived from a share's name never changes") {
  // Handles hold it: another value would make every client's handles stale.
  CHECK(DeriveShareId("/export").value == 504928148u);
}

TEST_CASE("No squash leaves the caller as it is") {
  const std::array<uint32_t, 2> groups = {0, 5};
  ClientDecision decision{true, false, true, Squash::kNone, 10, 20};
  const Identity caller = ApplySquash(decision, Identity{0, 0, groups}, {});
  CHECK(caller.uid == 0);
  CHECK(caller.gid == 0);
  CHECK(caller.groups.data() == groups.data());
}

TEST_CASE("Root squash makes uid 0 and gid 0 anonymous") {
  ClientDecision decision{true, false, true, Squash::kRoot, 10, 20};
  const Identity caller = ApplySquash(decision, Identity{0, 0, {}}, {});
  CHECK(caller.uid == 10);
  CHECK(caller.gid == 20);
}

TEST_CASE("Root squash leaves other users alone, without a copy of their groups") {
  const std::array<uint32_t, 2> groups = {4, 5};
  ClientDecision decision{true, false, true, Squash::kRoot, 10, 20};
  const Identity caller = ApplySquash(decision, Identity{1000, 4294967294u, groups}, {});
  CHECK(caller.uid == 1000);
  CHECK(caller.gid == 4294967294u);
  CHECK(caller.groups.data() == groups.data());
}

TEST_CASE("Root squash takes group 0 from among the supplementary groups") {
  const std::array<uint32_t, 3> groups = {4, 0, 5};
  std::array<uint32_t, 16> scratch{};
  ClientDecision decision{true, false, true, Squash::kRoot, 10, 20};
  const Identity caller = ApplySquash(decision, Identity{1000, 1000, groups}, scratch);
  CHECK(std::vector<uint32_t>(caller.groups.begin(), caller.groups.end()) == std::vector<uint32_t>{4, 20, 5});
  CHECK_FALSE(caller.in_group(0));
}

TEST_CASE("Too little scratch loses groups but never keeps root's") {
  const std::array<uint32_t, 3> groups = {4, 0, 5};
  std::array<uint32_t, 2> scratch{};
  ClientDecision decision{true, false, true, Squash::kRoot, 10, 20};
  const Identity caller = ApplySquash(decision, Identity{1000, 1000, groups}, scratch);
  CHECK(std::vector<uint32_t>(caller.groups.begin(), caller.groups.end()) == std::vector<uint32_t>{4, 20});
}

TEST_CASE("Squashing all leaves nothing of the caller") {
  const std::array<uint32_t, 2> groups = {4, 5};
  ClientDecision decision{true, false, true, Squash::kAll, 10, 20};
  const Identity caller = ApplySquash(decision, Identity{1000, 1000, groups}, {});
  CHECK(caller.uid == 10);
  CHECK(caller.gid == 20);
  CHECK(caller.groups.empty());
}

}  // namespace
}  // namespace dittofs::runtime
