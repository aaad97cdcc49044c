#include <string>
#include <type_traits>
#include <vector>

#include "golden/golden.h"
#include "nfs3_fixture.h"

namespace dittofs::nfs3 {
namespace {

/// The golden arguments of every procedure, with handles that this server accepts.
std::vector<std::pair<uint32_t, std::vector<std::byte>>> GoodArguments(Nfs3Fixture& fixture) {
  std::vector<std::pair<uint32_t, std::vector<std::byte>>> all;
  for (uint32_t number = 1; number < 22; ++number) {
    std::string name(fixture.program().procedure(3, number)->name);
    for (char& c : name) c = static_cast<char>(c + 32);
    for (auto& [section, bytes] : golden::Load("nfs3_" + name)) {
      if (section.substr(0, 4) != "args") continue;
      // The golden handles are 32 bytes that count up from 0 or 32; ours are as long.
      for (size_t at = 0; at + 36 <= bytes.size(); at += 4) {
        const bool first =
            bytes[at + 3] == std::byte{32} && bytes[at + 4] == std::byte{0} && bytes[at + 5] == std::byte{1};
        const bool second =
            bytes[at + 3] == std::byte{32} && bytes[at + 4] == std::byte{32} && bytes[at + 5] == std::byte{33};
        if (!first && !second) continue;
        const nfs_fh3 handle = fixture.Handle(1);
        REQUIRE(handle.bytes.size() == 32);
        std::copy(handle.bytes.begin(), handle.bytes.end(), bytes.begin() + static_cast<ptrdiff_t>(at) + 4);
      }
      all.emplace_back(number, bytes);
    }
  }
  return all;
}

TEST_CASE_METHOD(Nfs3Fixture, "golden arguments of every procedure reach the file system or its checks", "[nfs3]") {
  for (const auto& [number, bytes] : GoodArguments(*this)) {
    INFO(program().procedure(3, number)->name);
    CHECK(CallBytes(number, bytes) == onc_rpc::AcceptStatus::kSuccess);
    CHECK(reply_bytes.back().size() >= 4);
  }
  CHECK(files->calls.size() >= 21);
}

TEST_CASE_METHOD(Nfs3Fixture, "arguments cut anywhere are GARBAGE_ARGS and do nothing", "[nfs3]") {
  for (const auto& [number, bytes] : GoodArguments(*this)) {
    for (size_t length = 0; length < bytes.size(); ++length) {
      const std::vector<std::byte> part(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length));
      if (CallBytes(number, part) != onc_rpc::AcceptStatus::kGarbageArguments || !reply_bytes.back().empty()) {
        FAIL_CHECK(program().procedure(3, number)->name << " with " << length << " bytes");
      }
    }
  }
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "arguments with anything after them are GARBAGE_ARGS and do nothing", "[nfs3]") {
  for (auto [number, bytes] : GoodArguments(*this)) {
    for (int extra = 1; extra <= 8; ++extra) {
      bytes.push_back(std::byte{0});
      if (CallBytes(number, bytes) != onc_rpc::AcceptStatus::kGarbageArguments || !reply_bytes.back().empty()) {
        FAIL_CHECK(program().procedure(3, number)->name << " and " << extra << " bytes");
      }
    }
  }
  CHECK(CallBytes(0, std::vector<std::byte>(4)) == onc_rpc::AcceptStatus::kGarbageArguments);
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "lengths that announce more than there is do nothing", "[nfs3]") {
  for (const auto& [number, bytes] : GoodArguments(*this)) {
    for (const uint32_t length : {33u, 65u, 0x7fffffffu, 0xfffffffcu, 0xffffffffu}) {
      std::vector<std::byte> changed = bytes;
      base::StoreBigEndian(changed.data(), length);  // every procedure's first argument is a handle
      // 33 bytes of handle is a handle of a wrong length where the rest still decodes.
      const onc_rpc::AcceptStatus status = CallBytes(number, changed);
      if (status == onc_rpc::AcceptStatus::kSuccess) {
        if (length != 33) FAIL_CHECK(program().procedure(3, number)->name << " with length " << length);
        CHECK(base::LoadBigEndian<uint32_t>(reply_bytes.back().data()) == 10001);
      }
    }
  }
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "enumerations beyond their values are GARBAGE_ARGS", "[nfs3]") {
  WRITE3args write{Handle(5)};
  write.stable = static_cast<stable_how>(3);
  CHECK(CallBytes(WRITE::kNumber, testing::Encoded(write)) == onc_rpc::AcceptStatus::kGarbageArguments);
  MKNOD3args node{{Handle(1), {"n"}}};
  for (const uint32_t type : {0u, 8u, 0xffffffffu}) {
    node.what.type = static_cast<ftype3>(type);
    CHECK(CallBytes(MKNOD::kNumber, testing::Encoded(node)) == onc_rpc::AcceptStatus::kGarbageArguments);
  }
  SETATTR3args set{Handle(5)};
  set.new_attributes.atime.set_it = static_cast<time_how>(3);
  CHECK(CallBytes(SETATTR::kNumber, testing::Encoded(set)) == onc_rpc::AcceptStatus::kGarbageArguments);
  CREATE3args create{{Handle(1), {"n"}}};
  create.how.mode = static_cast<createmode3>(3);
  CHECK(CallBytes(CREATE::kNumber, testing::Encoded(create)) == onc_rpc::AcceptStatus::kGarbageArguments);
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "a boolean of 2 is GARBAGE_ARGS", "[nfs3]") {
  std::vector<std::byte> bytes = testing::Encoded(SETATTR3args{Handle(5)});
  bytes.back() = std::byte{2};  // the guard's check
  CHECK(CallBytes(SETATTR::kNumber, bytes) == onc_rpc::AcceptStatus::kGarbageArguments);
}

/// Every procedure that takes a name, called with `name`: the statuses in the order LOOKUP CREATE MKDIR SYMLINK MKNOD
/// REMOVE RMDIR RENAME RENAME LINK.
std::vector<nfsstat3> CallWithName(Nfs3Fixture& fixture, std::string_view name) {
  const diropargs3 entry{fixture.Handle(1), {name}};
  const diropargs3 good{fixture.Handle(1), {"good"}};
  return {fixture.Call<LOOKUP>({entry}).status,
          fixture.Call<CREATE>({entry}).status,
          fixture.Call<MKDIR>({entry}).status,
          fixture.Call<SYMLINK>({entry, {{}, {"target"}}}).status,
          fixture.Call<MKNOD>({entry, {ftype3::NF3FIFO}}).status,
          fixture.Call<REMOVE>({entry}).status,
          fixture.Call<RMDIR>({entry}).status,
          fixture.Call<RENAME>({entry, good}).status,
          fixture.Call<RENAME>({good, entry}).status,
          fixture.Call<LINK>({fixture.Handle(5), entry}).status};
}

TEST_CASE_METHOD(Nfs3Fixture, "names that can't be are ACCES everywhere", "[nfs3]") {
  for (const std::string_view name : {std::string_view(""), std::string_view("a/b"), std::string_view("/"),
                                      std::string_view("a\0b", 3), std::string_view("\0", 1)}) {
    CHECK(CallWithName(*this, name) == std::vector<nfsstat3>(10, NFS3ERR_ACCES));
  }
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "names of more than 255 bytes are NAMETOOLONG everywhere", "[nfs3]") {
  CHECK(CallWithName(*this, std::string(256, 'n')) == std::vector<nfsstat3>(10, NFS3ERR_NAMETOOLONG));
  CHECK(CallWithName(*this, std::string(100'000, 'n')) == std::vector<nfsstat3>(10, NFS3ERR_NAMETOOLONG));
  CHECK(files->calls.empty());
  CHECK(CallWithName(*this, std::string(255, 'n')) == std::vector<nfsstat3>(10, NFS3_OK));
}

TEST_CASE_METHOD(Nfs3Fixture, "names are bytes: no encoding is wrong", "[nfs3]") {
  CHECK(CallWithName(*this, "\xff\xfe\x80 \n\x01") == std::vector<nfsstat3>(10, NFS3_OK));
  CHECK(files->calls.front() == "Lookup 1 \xff\xfe\x80 \n\x01");
}

TEST_CASE_METHOD(Nfs3Fixture, "\".\" and \"..\" can't be made, removed, renamed or linked", "[nfs3]") {
  const auto statuses = [&](std::string_view name) {
    std::vector<nfsstat3> all = CallWithName(*this, name);
    all.erase(all.begin());  // LOOKUP may
    return all;
  };
  CHECK(statuses(".") == std::vector<nfsstat3>{NFS3ERR_EXIST, NFS3ERR_EXIST, NFS3ERR_EXIST, NFS3ERR_EXIST,
                                               NFS3ERR_ISDIR, NFS3ERR_INVAL, NFS3ERR_INVAL, NFS3ERR_INVAL,
                                               NFS3ERR_EXIST});
  CHECK(statuses("..") == std::vector<nfsstat3>{NFS3ERR_EXIST, NFS3ERR_EXIST, NFS3ERR_EXIST, NFS3ERR_EXIST,
                                                NFS3ERR_ISDIR, NFS3ERR_EXIST, NFS3ERR_INVAL, NFS3ERR_INVAL,
                                                NFS3ERR_EXIST});
}

constexpr uint8_t kLastErrorCode = static_cast<uint8_t>(ErrorCode::kInternal);

template <typename P>
void CheckEveryFailure(Nfs3Fixture& fixture, std::span<const std::byte> arguments) {
  for (uint8_t code = 1; code <= kLastErrorCode; ++code) {
    fixture.files->status = static_cast<ErrorCode>(code);
    CHECK(fixture.CallBytes(P::kNumber, arguments) == onc_rpc::AcceptStatus::kSuccess);
    Res<typename P::Ok, typename P::Fail> result;
    xdr::Reader reader(fixture.reply_bytes.back());
    xdr::Decode(reader, result);
    const bool counts_nothing = std::is_same_v<P, FSSTAT> && result.status == NFS3_OK;
    if (!reader.Finished() || !((kCommonStatuses | P::kStatuses).Contains(result.status) || counts_nothing)) {
      FAIL_CHECK(P::kName << " answers " << static_cast<uint32_t>(result.status) << " for "
                          << ErrorName(static_cast<ErrorCode>(code)));
    }
  }
}

template <typename... P>
void CheckEveryProcedure(std::type_identity<std::tuple<NULLPROC, P...>>, Nfs3Fixture& fixture) {
  for (const auto& [number, bytes] : GoodArguments(fixture)) {
    ((number == P::kNumber ? CheckEveryFailure<P>(fixture, bytes) : void()), ...);
  }
}

TEST_CASE_METHOD(Nfs3Fixture, "whatever a file system answers, a procedure says only what it may", "[nfs3]") {
  CheckEveryProcedure(std::type_identity<Procedures>(), *this);
}

TEST_CASE("no failure becomes a success, none of them is unknown", "[nfs3]") {
  for (uint8_t code = 1; code <= kLastErrorCode; ++code) CHECK(ToStatus(static_cast<ErrorCode>(code)) != NFS3_OK);
  CHECK(ToStatus(ErrorCode::kOk) == NFS3_OK);
}

TEST_CASE("what nothing is known about is asked for again, never absent", "[nfs3]") {
  CHECK(ToStatus(ErrorCode::kUnavailable) == NFS3ERR_JUKEBOX);
  CHECK(ToStatus(ErrorCode::kTryLater) == NFS3ERR_JUKEBOX);
  CHECK(ToStatus(ErrorCode::kCorruption) == NFS3ERR_IO);
}

}  // namespace
}  // namespace dittofs::nfs3
