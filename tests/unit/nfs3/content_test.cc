#include <algorithm>

#include "base/bytes.h"
#include "nfs3_fixture.h"

namespace dittofs::nfs3 {
namespace {

std::string TextOf(const BufferChain& chain) {
  std::string text(chain.size_bytes(), '\0');
  chain.CopyTo(reinterpret_cast<std::byte*>(text.data()));
  return text;
}

TEST_CASE_METHOD(Nfs3Fixture, "READ answers the bytes, their count and the end", "[nfs3]") {
  files->content = "12345";
  const auto result = Call<READ>({Handle(5), 70, 100});
  CHECK(last_call() == "Read 5 70+100");
  CHECK(result.resok.count == 5);
  CHECK(result.resok.eof);
  CHECK(TextOf(result.resok.data.chain) == "12345");
  CHECK(result.resok.file_attributes->fileid == 5);
}

TEST_CASE_METHOD(Nfs3Fixture, "READ answers the same with a lent buffer, which is not copied", "[nfs3]") {
  files->content = std::string(100'001, 'x');
  files->lend = true;
  files->end_of_file = false;
  const auto result = Call<READ>({Handle(5), 0, 200'000});
  CHECK(splices == 1);
  CHECK_FALSE(result.resok.eof);
  CHECK(TextOf(result.resok.data.chain) == files->content);
}

TEST_CASE_METHOD(Nfs3Fixture, "READ of any length is right in reply buffers of any size", "[nfs3]") {
  for (chunk_bytes = 1; chunk_bytes < 400; chunk_bytes += 37) {
    for (size_t length = 0; length < 150; length += 7) {
      files->content = std::string(length, 'y');
      for (const bool present : {true, false}) {
        files->file.valid = present ? AttributeMask::kAll : AttributeMask::kNone;
        const auto result = Call<READ>({Handle(5), 0, 150});
        if (TextOf(result.resok.data.chain) != files->content) FAIL_CHECK(chunk_bytes << " " << length);
        CHECK(result.resok.file_attributes.has_value() == present);
      }
    }
  }
}

/// Writes down where its content went.
class Locating final : public testing::FakeFileSystem {
 public:
  Status Read(const CallContext& context, FileNumber number, uint64_t offset, uint32_t length,
              ReadReply& reply) override {
    const Status done = FakeFileSystem::Read(context, number, offset, length, reply);
    if (reply.content.chain().piece_count() > 0) place = reply.content.chain().piece(0).data();
    return done;
  }
  const std::byte* place = nullptr;
};

TEST_CASE_METHOD(Nfs3Fixture, "READ of a small file is read to where it is sent from", "[nfs3]") {
  ShareOptions options;
  options.name = "/located";
  auto made = std::make_unique<Locating>();
  Locating& located = *made;
  const auto share = runtime->AddShare(options, std::move(made));
  REQUIRE(share.ok());
  located.content = std::string(1000, 'z');
  for (const uint32_t count : {1000u, 1u << 20}) {
    testing::WireBuffer buffer(4096);
    buffer.writer().Uint32(0);  // what precedes a result: now there is room
    call.procedure = READ::kNumber;
    const auto arguments = testing::Encoded(READ3args{Handle((*share)->id(), 5), 0, count});
    call.arguments = arguments;
    REQUIRE(program().Run(call, buffer.writer()) == onc_rpc::AcceptStatus::kSuccess);
    CHECK(buffer.splices() == 0);
    CHECK(located.place == buffer.writer().position() - 1000);
  }
}

TEST_CASE_METHOD(Nfs3Fixture, "READ of more than rtmax is answered short", "[nfs3]") {
  limits.max_read_bytes = 4096;
  files->end_of_file = false;
  Call<READ>({Handle(5), 0, 0xffffffff});
  CHECK(last_call() == "Read 5 0+4096");
}

TEST_CASE_METHOD(Nfs3Fixture, "a file system that reads too much is not passed on", "[nfs3]") {
  files->content = "123456";
  CHECK(Call<READ>({Handle(5), 0, 5}).status == NFS3ERR_SERVERFAULT);
}

TEST_CASE_METHOD(Nfs3Fixture, "READ of a directory is INVAL", "[nfs3]") {
  files->status = ErrorCode::kIsDirectory;
  const auto result = Call<READ>({Handle(5), 0, 5});
  CHECK(result.status == NFS3ERR_INVAL);
  CHECK(result.resfail.file_attributes);
}

TEST_CASE_METHOD(Nfs3Fixture, "WRITE passes the bytes and answers count, stability and verifier", "[nfs3]") {
  const auto result = Call<WRITE>({Handle(5), 70, 5, stable_how::DATA_SYNC, {base::AsBytes("12345")}});
  CHECK(last_call() == "Write 5 70+5 stability 1");
  REQUIRE(result.status == NFS3_OK);
  CHECK(result.resok.count == 5);
  CHECK(result.resok.committed == stable_how::FILE_SYNC);
  CHECK(base::LoadBigEndian<uint64_t>(result.resok.verf.data()) == files->verifier.value);
  CHECK(result.resok.file_wcc.before->size == 4096);
  CHECK(result.resok.file_wcc.after->fileid == 5);
}

TEST_CASE_METHOD(Nfs3Fixture, "WRITE out of a record with memory of its own shares that memory", "[nfs3]") {
  const auto arguments = testing::Encoded(WRITE3args{Handle(5), 0, 5, stable_how::UNSTABLE, {base::AsBytes("12345")}});
  std::vector<std::byte> record(100, std::byte{0xee});
  record.insert(record.end(), arguments.begin(), arguments.end());
  call.record = Buffer::Copy(record);
  CHECK(CallBytes(WRITE::kNumber, call.record.bytes().subspan(100)) == onc_rpc::AcceptStatus::kSuccess);
  REQUIRE(files->written.piece_count() == 1);
  CHECK(files->written.piece(0).owner() == call.record.owner());
  CHECK(TextOf(files->written) == "12345");
}

TEST_CASE_METHOD(Nfs3Fixture, "WRITE out of a borrowed record borrows", "[nfs3]") {
  bool owned = true;
  class Watching : public testing::FakeFileSystem {
   public:
    explicit Watching(bool* seen) : seen_(seen) {}
    Status Write(const CallContext& context, WriteRequest& request, WriteReply& reply) override {
      *seen_ = request.content.piece(0).owned();
      return FakeFileSystem::Write(context, request, reply);
    }

   private:
    bool* seen_;
  };
  ShareOptions options;
  options.name = "/watched";
  const auto share = runtime->AddShare(options, std::make_unique<Watching>(&owned));
  REQUIRE(share.ok());
  Call<WRITE>({Handle((*share)->id(), 5), 0, 5, stable_how::UNSTABLE, {base::AsBytes("12345")}});
  CHECK_FALSE(owned);
}

TEST_CASE_METHOD(Nfs3Fixture, "WRITE whose count is not its data's length is INVAL", "[nfs3]") {
  for (const uint32_t count : {0u, 4u, 6u, 0xffffffffu}) {
    CHECK(Call<WRITE>({Handle(5), 0, count, stable_how::UNSTABLE, {base::AsBytes("12345")}}).status == NFS3ERR_INVAL);
  }
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "WRITE of nothing succeeds, with its checks made", "[nfs3]") {
  const auto result = Call<WRITE>({Handle(5), 9, 0});
  CHECK(result.status == NFS3_OK);
  CHECK(result.resok.count == 0);
  CHECK(last_call() == "Write 5 9+0 stability 0");
}

TEST_CASE_METHOD(Nfs3Fixture, "WRITE of more than wtmax is done in part", "[nfs3]") {
  limits.max_write_bytes = 4096;
  const std::string content(5000, 'w');
  const auto result = Call<WRITE>({Handle(5), 0, 5000, stable_how::UNSTABLE, {base::AsBytes(content)}});
  CHECK(result.resok.count == 4096);
}

TEST_CASE_METHOD(Nfs3Fixture, "WRITE beyond the largest file is FBIG, also where offset and count wrap", "[nfs3]") {
  files->traits_.max_file_size_bytes = 100;
  for (const uint64_t offset : {uint64_t{96}, uint64_t{101}, UINT64_MAX, UINT64_MAX - 4}) {
    CHECK(Call<WRITE>({Handle(5), offset, 5, stable_how::UNSTABLE, {base::AsBytes("12345")}}).status == NFS3ERR_FBIG);
  }
  CHECK(files->calls.empty());
  CHECK(Call<WRITE>({Handle(5), 95, 5, stable_how::UNSTABLE, {base::AsBytes("12345")}}).status == NFS3_OK);
}

TEST_CASE_METHOD(Nfs3Fixture, "a failed WRITE answers the file as it is", "[nfs3]") {
  files->status = ErrorCode::kNoSpace;
  const auto result = Call<WRITE>({Handle(5), 0, 5, stable_how::UNSTABLE, {base::AsBytes("12345")}});
  CHECK(result.status == NFS3ERR_NOSPC);
  CHECK_FALSE(result.resfail.file_wcc.before);
  CHECK(result.resfail.file_wcc.after->fileid == 5);
}

TEST_CASE_METHOD(Nfs3Fixture, "COMMIT passes its range and answers the verifier", "[nfs3]") {
  const auto result = Call<COMMIT>({Handle(5), 4096, 100});
  CHECK(last_call() == "Commit 5 4096+100");
  CHECK(base::LoadBigEndian<uint64_t>(result.resok.verf.data()) == files->verifier.value);
  CHECK(result.resok.file_wcc.before);
  CHECK(result.resok.file_wcc.after);
}

TEST_CASE_METHOD(Nfs3Fixture, "COMMIT of a range that wraps ends with the file", "[nfs3]") {
  Call<COMMIT>({Handle(5), UINT64_MAX - 5, 100});
  CHECK(last_call() == fmt::format("Commit 5 {}+0", UINT64_MAX - 5));
}

TEST_CASE_METHOD(Nfs3Fixture, "COMMIT that can't make bytes stable says why", "[nfs3]") {
  files->status = ErrorCode::kNoSpace;
  CHECK(Call<COMMIT>({Handle(5), 0, 0}).status == NFS3ERR_NOSPC);
  files->status = ErrorCode::kIo;
  CHECK(Call<COMMIT>({Handle(5), 0, 0}).status == NFS3ERR_IO);
}

}  // namespace
}  // namespace dittofs::nfs3
