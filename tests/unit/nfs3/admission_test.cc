#include <array>

#include "nfs3_fixture.h"

namespace dittofs::nfs3 {
namespace {

ShareOptions Options() {
  ShareOptions options;
  options.name = "/export";
  options.squash = Squash::kNone;
  return options;
}

TEST_CASE_METHOD(Nfs3Fixture, "a handle of another length is BADHANDLE", "[nfs3]") {
  const std::array<std::byte, 8> bytes{};
  CHECK(Call<GETATTR>({{bytes}}).status == NFS3ERR_BADHANDLE);
  CHECK(Call<GETATTR>({}).status == NFS3ERR_BADHANDLE);
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "a handle with one bit changed is BADHANDLE, whichever it is", "[nfs3]") {
  const nfs_fh3 good = Handle(5);
  for (size_t bit = 0; bit < good.bytes.size() * 8; ++bit) {
    std::vector<std::byte> bytes(good.bytes.begin(), good.bytes.end());
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    if (Call<GETATTR>({{bytes}}).status != NFS3ERR_BADHANDLE) FAIL_CHECK("bit " << bit);
  }
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "handles of a removed share are STALE", "[nfs3]") {
  const nfs_fh3 handle = Handle(5);
  REQUIRE(runtime->RemoveShare("/export").ok());
  CHECK(Call<GETATTR>({handle}).status == NFS3ERR_STALE);
}

TEST_CASE_METHOD(Nfs3Fixture, "a client that no rule admits gets ACCES", "[nfs3]") {
  ShareOptions options = Options();
  options.clients = {{"198.51.100.0/24", {}, {}}};
  Share(options);
  CHECK(Call<GETATTR>({Handle(5)}).status == NFS3ERR_ACCES);
  CHECK(files->calls.empty());
  call.client = *ParseAddress("198.51.100.9");
  CHECK(Call<GETATTR>({Handle(5)}).status == NFS3_OK);
}

TEST_CASE_METHOD(Nfs3Fixture, "a share that wants privileged ports admits no others", "[nfs3]") {
  ShareOptions options = Options();
  options.require_privileged_port = true;
  Share(options);
  call.client.port = 1024;
  CHECK(Call<GETATTR>({Handle(5)}).status == NFS3ERR_ACCES);
  call.client.port = 1023;
  CHECK(Call<GETATTR>({Handle(5)}).status == NFS3_OK);
}

TEST_CASE_METHOD(Nfs3Fixture, "a read-only client may read and gets ROFS for changes", "[nfs3]") {
  ShareOptions options = Options();
  options.clients = {{"192.0.2.7", true, {}}};
  Share(options);
  CHECK(Call<READ>({Handle(5), 0, 10}).status == NFS3_OK);
  CHECK(Call<WRITE>({Handle(5), 0, 0}).status == NFS3ERR_ROFS);
  CHECK(Call<SETATTR>({Handle(5)}).status == NFS3ERR_ROFS);
  CHECK(Call<REMOVE>({{Handle(1), {"a"}}}).status == NFS3ERR_ROFS);
  CHECK(Call<COMMIT>({Handle(5)}).status == NFS3ERR_ROFS);
  CHECK(files->calls == std::vector<std::string>{"Read 5 0+10"});
}

TEST_CASE_METHOD(Nfs3Fixture, "ACCESS grants a read-only client no changes", "[nfs3]") {
  ShareOptions options = Options();
  options.read_only = true;
  Share(options);
  files->granted = static_cast<AccessMask>(0x3f);
  CHECK(Call<ACCESS>({Handle(5), 0x3f}).resok.access == (ACCESS3_READ | ACCESS3_LOOKUP | ACCESS3_EXECUTE));
}

TEST_CASE_METHOD(Nfs3Fixture, "AUTH_NONE reads as the anonymous user", "[nfs3]") {
  call.flavor = onc_rpc::AuthFlavor::kNone;
  call.credentials = {0, 0, {}};
  ShareOptions options = Options();
  options.anonymous_uid = 4711;
  options.anonymous_gid = 4712;
  Share(options);
  CHECK(Call<READ>({Handle(5), 0, 10}).status == NFS3_OK);
  CHECK(files->caller.uid == 4711);
  CHECK(files->caller.gid == 4712);
}

TEST_CASE_METHOD(Nfs3Fixture, "AUTH_NONE changes nothing", "[nfs3]") {
  call.flavor = onc_rpc::AuthFlavor::kNone;
  CHECK(Call<WRITE>({Handle(5), 0, 0}).status == NFS3ERR_ACCES);
  CHECK(Call<MKDIR>({{Handle(1), {"a"}}}).status == NFS3ERR_ACCES);
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "without allow_auth_none, AUTH_NONE learns about the file system only", "[nfs3]") {
  call.flavor = onc_rpc::AuthFlavor::kNone;
  ShareOptions options = Options();
  options.allow_auth_none = false;
  Share(options);
  CHECK(Call<GETATTR>({Handle(5)}).status == NFS3ERR_ACCES);
  CHECK(Call<READ>({Handle(5), 0, 10}).status == NFS3ERR_ACCES);
  CHECK(Call<FSINFO>({Handle(1)}).status == NFS3_OK);
}

TEST_CASE_METHOD(Nfs3Fixture, "credentials arrive as sent, all 32 bits of them", "[nfs3]") {
  const std::array<uint32_t, 16> groups = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xffffffff};
  call.credentials = {0xfffffffe, 0x80000000, groups};
  CHECK(Call<GETATTR>({Handle(5)}).status == NFS3_OK);
  CHECK(files->caller.uid == 0xfffffffe);
  CHECK(files->caller.gid == 0x80000000);
  CHECK(files->groups == std::vector<uint32_t>(groups.begin(), groups.end()));
}

TEST_CASE_METHOD(Nfs3Fixture, "root is squashed where the share says so, its group in the list too", "[nfs3]") {
  ShareOptions options = Options();
  options.squash = Squash::kRoot;
  Share(options);
  const std::array<uint32_t, 2> groups = {0, 20};
  call.credentials = {0, 0, groups};
  CHECK(Call<GETATTR>({Handle(5)}).status == NFS3_OK);
  CHECK(files->caller.uid == kNobodyUserId);
  CHECK(files->caller.gid == kNobodyGroupId);
  CHECK_FALSE(files->caller.in_group(0));
  CHECK(files->caller.in_group(20));
}

TEST_CASE_METHOD(Nfs3Fixture, "a file system that may block is announced before its operation", "[nfs3]") {
  Call<GETATTR>({Handle(5)});
  CHECK(hook.count == 0);
  files->traits_.may_block = true;
  Call<GETATTR>({Handle(5)});
  CHECK(hook.count == 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "two shares have files of the same numbers and different fsids", "[nfs3]") {
  ShareOptions options = Options();
  options.name = "/other";
  testing::FakeFileSystem& other = Share(options);
  other.file.size_bytes = 99;
  const ShareId other_id = runtime->FindShare("/other")->id();
  const fattr3 here = Call<GETATTR>({Handle(5)}).resok.obj_attributes;
  const fattr3 there = Call<GETATTR>({Handle(other_id, 5)}).resok.obj_attributes;
  CHECK(here.size == 7);
  CHECK(there.size == 99);
  CHECK(here.fileid == there.fileid);
  CHECK(here.fsid != there.fsid);
}

}  // namespace
}  // namespace dittofs::nfs3
