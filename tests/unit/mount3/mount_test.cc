#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "catch.h"
#include "dittofs/runtime.h"
#include "fake_file_system.h"
#include "mount3/procedures.h"
#include "mount3/program.h"
#include "wire_buffer.h"

namespace dittofs::mount3 {
namespace {

/// A tree of names: "a" and "b" are directories 11 and 12, "f" a file, "l" a symbolic link; everything else is absent.
class NamedTree final : public testing::FakeFileSystem {
 public:
  Status Lookup(const CallContext& context, FileNumber number, std::string_view name, AttributeMask,
                LookupReply& reply) override {
    seen = context.caller;
    walked += fmt::format("{}:{} ", number.value, name);
    if (!status.ok()) return status;
    if (name == "..") reply.file = MakeAttributes(1, FileType::kDirectory);
    if (name == "a") reply.file = MakeAttributes(11, FileType::kDirectory);
    if (name == "b") reply.file = MakeAttributes(12, FileType::kDirectory);
    if (name == "f") reply.file = MakeAttributes(13, FileType::kRegular);
    if (name == "l") reply.file = MakeAttributes(14, FileType::kSymlink);
    return reply.file.number ? Status() : Status(ErrorCode::kNotFound);
  }
  std::string walked;
  Identity seen;
};

class MountFixture {
 public:
  MountFixture() {
    runtime = std::move(Runtime::Create({})).value();
    ShareOptions options;
    options.name = "/export";
    auto tree = std::make_unique<NamedTree>();
    files = tree.get();
    id = (*runtime->AddShare(options, std::move(tree)))->id();
    program = std::make_unique<MountProgram>(*runtime);
  }

  onc_rpc::AcceptStatus CallBytes(uint32_t procedure, std::span<const std::byte> arguments) {
    call.procedure = procedure;
    call.arguments = arguments;
    testing::WireBuffer buffer;
    const auto status = program->Run(call, buffer.writer());
    reply.assign(buffer.bytes().begin(), buffer.bytes().end());
    return status;
  }
  template <typename Result, typename Args>
  Result Call(uint32_t procedure, const Args& args) {
    REQUIRE(CallBytes(procedure, testing::Encoded(args)) == onc_rpc::AcceptStatus::kSuccess);
    Result result;
    xdr::Reader reader(reply);
    xdr::Decode(reader, result);
    REQUIRE(reader.Finished());
    return result;
  }
  mountres3 Mount(std::string_view path) { return Call<mountres3>(1, MNT3args{{path}}); }
  /// DUMP as "host:directory " of each entry.
  std::string Dump() {
    std::string text;
    Call<mountlist>(2, xdr::Void{}).entries.ForEach([&](const mountbody& entry) {
      text.append(entry.ml_hostname.text).append(":").append(entry.ml_directory.text).append(" ");
    });
    return text;
  }

  std::unique_ptr<Runtime> runtime;
  NamedTree* files;
  ShareId id;
  std::unique_ptr<MountProgram> program;
  onc_rpc::Call call{.program = kProgram, .version = 3, .client = *ParseAddress("192.0.2.7")};
  std::vector<std::byte> reply;
};

/// The file that a handle means.
uint64_t FileOf(const MountFixture& fixture, const mountres3& result) {
  Share* share = nullptr;
  FileNumber file;
  const auto bytes = result.resok.fhandle.bytes;
  REQUIRE(fixture.runtime->ResolveHandle({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, &share, &file)
              .ok());
  return file.value;
}

TEST_CASE_METHOD(MountFixture, "MNT of a share answers its root and the flavors", "[mount3]") {
  const mountres3 result = Mount("/export");
  REQUIRE(result.status == mountstat3::MNT3_OK);
  CHECK(FileOf(*this, result) == 1);
  std::vector<uint32_t> flavors;
  result.resok.auth_flavors.ForEach([&](uint32_t flavor) { flavors.push_back(flavor); });
  CHECK(flavors == std::vector<uint32_t>{1, 0});
}

TEST_CASE_METHOD(MountFixture, "MNT offers AUTH_NONE only where the share does", "[mount3]") {
  ShareOptions options;
  options.name = "/export";
  options.allow_auth_none = false;
  REQUIRE(runtime->UpdateShare(options).ok());
  CHECK(Mount("/export").resok.auth_flavors.size() == 1);
}

TEST_CASE_METHOD(MountFixture, "MNT takes a path with more slashes than needed", "[mount3]") {
  CHECK(FileOf(*this, Mount("//export//a///b/")) == 12);
  CHECK(FileOf(*this, Mount("export/.")) == 1);
}

TEST_CASE_METHOD(MountFixture, "MNT walks down to a directory, whoever may search there", "[mount3]") {
  const mountres3 result = Mount("/export/a/b");
  CHECK(FileOf(*this, result) == 12);
  CHECK(files->walked == "1:a 11:b ");
  CHECK(files->seen.is_root());
}

TEST_CASE_METHOD(MountFixture, "MNT with \"..\" stays in the share", "[mount3]") {
  CHECK(FileOf(*this, Mount("/export/../../a")) == 11);
}

TEST_CASE_METHOD(MountFixture, "MNT of what is absent is NOENT", "[mount3]") {
  CHECK(Mount("/absent").status == mountstat3::MNT3ERR_NOENT);
  CHECK(Mount("/exports").status == mountstat3::MNT3ERR_NOENT);
  CHECK(Mount("").status == mountstat3::MNT3ERR_NOENT);
  CHECK(Mount("/").status == mountstat3::MNT3ERR_NOENT);
  CHECK(Mount("/export/a/absent").status == mountstat3::MNT3ERR_NOENT);
}

TEST_CASE_METHOD(MountFixture, "MNT of a file is NOTDIR, and a symbolic link is not followed", "[mount3]") {
  CHECK(Mount("/export/f").status == mountstat3::MNT3ERR_NOTDIR);
  CHECK(Mount("/export/l").status == mountstat3::MNT3ERR_NOTDIR);
  CHECK(Mount("/export/l/a").status == mountstat3::MNT3ERR_NOTDIR);
}

TEST_CASE_METHOD(MountFixture, "MNT refuses names that can't be", "[mount3]") {
  CHECK(Mount("/export/" + std::string(256, 'n')).status == mountstat3::MNT3ERR_NAMETOOLONG);
  CHECK(Mount(std::string("/export/a\0b", 11)).status == mountstat3::MNT3ERR_INVAL);
  CHECK(files->walked.empty());
}

TEST_CASE_METHOD(MountFixture, "MNT by a client that no rule admits is ACCES, and tells nothing of the tree",
                 "[mount3]") {
  ShareOptions options;
  options.name = "/export";
  options.clients = {{"198.51.100.1", {}, {}}};
  REQUIRE(runtime->UpdateShare(options).ok());
  CHECK(Mount("/export").status == mountstat3::MNT3ERR_ACCES);
  CHECK(Mount("/export/absent").status == mountstat3::MNT3ERR_ACCES);
  CHECK(files->walked.empty());
  CHECK(Dump().empty());
}

TEST_CASE_METHOD(MountFixture, "MNT that could not find out is not NOENT", "[mount3]") {
  files->status = ErrorCode::kUnavailable;
  CHECK(Mount("/export/a").status == mountstat3::MNT3ERR_IO);
}

TEST_CASE_METHOD(MountFixture, "MNT of a path of more than 1024 bytes is GARBAGE_ARGS", "[mount3]") {
  CHECK(CallBytes(1, testing::Encoded(xdr::String<>{std::string(1025, 'p')})) ==
        onc_rpc::AcceptStatus::kGarbageArguments);
  CHECK(CallBytes(1, testing::Encoded(xdr::String<>{std::string(1024, 'p')})) == onc_rpc::AcceptStatus::kSuccess);
}

TEST_CASE_METHOD(MountFixture, "arguments where there should be none are GARBAGE_ARGS", "[mount3]") {
  const std::vector<std::byte> word(4);
  for (const uint32_t procedure : {0u, 2u, 4u, 5u}) {
    CHECK(CallBytes(procedure, word) == onc_rpc::AcceptStatus::kGarbageArguments);
    CHECK(reply.empty());
  }
}

TEST_CASE_METHOD(MountFixture, "DUMP lists mounts, UMNT and UMNTALL take them off", "[mount3]") {
  Mount("/export");
  Mount("/export/a");
  Mount("/export");
  CHECK(Dump() == "192.0.2.7:/export/a 192.0.2.7:/export ");
  call.client = *ParseAddress("2001:db8::1");
  Mount("/export");
  Call<xdr::Void>(3, UMNT3args{{"/export/"}});
  CHECK(Dump() == "192.0.2.7:/export/a 192.0.2.7:/export ");
  call.client = *ParseAddress("192.0.2.7");
  Call<xdr::Void>(3, UMNT3args{{"/export"}});
  CHECK(Dump() == "192.0.2.7:/export/a ");
  Mount("/export");
  Call<xdr::Void>(4, xdr::Void{});
  CHECK(Dump().empty());
}

TEST_CASE("the list of mounts is bounded, the oldest entry goes first", "[mount3]") {
  MountList list;
  for (size_t i = 0; i < MountList::kMaxEntries + 5; ++i) list.Add("host", std::to_string(i));
  const auto entries = list.entries();
  REQUIRE(entries.size() == MountList::kMaxEntries);
  CHECK(entries.front().directory == "5");
}

TEST_CASE_METHOD(MountFixture, "DUMP over UDP ends where a datagram would, over TCP it is whole", "[mount3]") {
  constexpr int kMounts = 100;
  for (int i = 0; i < kMounts; ++i) {
    std::string path = "/export";
    for (int step = 0; step < 100; ++step) path += "/a/..";
    for (int step = 0; step < i; ++step) path += "/.";  // another path every time
    REQUIRE(Mount(path).status == mountstat3::MNT3_OK);
  }
  CHECK(Call<mountlist>(2, xdr::Void{}).entries.size() == kMounts);
  call.transport = onc_rpc::Transport::kUdp;
  const size_t over_udp = Call<mountlist>(2, xdr::Void{}).entries.size();
  CHECK(over_udp < kMounts);
  CHECK(over_udp > 20);
  CHECK(reply.size() <= 32 * 1024);
}

TEST_CASE_METHOD(MountFixture, "EXPORT lists the shares by name with their clients", "[mount3]") {
  ShareOptions options;
  options.name = "/another";
  options.clients = {{"192.0.2.0/24", true, {}}, {"198.51.100.1", {}, {}}};
  REQUIRE(runtime->AddShare(options, std::make_unique<NamedTree>()).ok());
  std::string text;
  Call<exports>(5, xdr::Void{}).entries.ForEach([&](const exportnode& node) {
    text.append(node.ex_dir.text).append("(");
    node.ex_groups.ForEach([&](const groupnode& group) { text.append(group.gr_name.text).append(","); });
    text.append(") ");
  });
  CHECK(text == "/another(192.0.2.0/24,198.51.100.1,) /export() ");
}

TEST_CASE_METHOD(MountFixture, "EXPORT leaves out removed shares", "[mount3]") {
  REQUIRE(runtime->RemoveShare("/export").ok());
  CHECK(Call<exports>(5, xdr::Void{}).entries.empty());
  CHECK(Mount("/export").status == mountstat3::MNT3ERR_NOENT);
}

TEST_CASE_METHOD(MountFixture, "versions 1 and 2 have everything but MNT", "[mount3]") {
  for (const uint32_t version : {1u, 2u}) {
    CHECK(program->procedure(version, 0) != nullptr);
    CHECK(program->procedure(version, 1) == nullptr);
    for (uint32_t procedure = 2; procedure < 6; ++procedure) CHECK(program->procedure(version, procedure) != nullptr);
  }
  CHECK(program->procedure(3, 1)->name == "MNT");
  CHECK(program->procedure(3, 6) == nullptr);
  call.version = 1;
  CHECK(CallBytes(1, testing::Encoded(MNT3args{{"/export"}})) == onc_rpc::AcceptStatus::kProcedureUnavailable);
}

}  // namespace
}  // namespace dittofs::mount3
