#include "whole_stack.h"

#include <fmt/format.h>

#include <set>
#include <string>

namespace dittofs::nfs {
namespace {

using namespace nfs3;  // the procedures under test

TEST_CASE_METHOD(WholeStack, "wire: NULL answers an empty result", "[wire]") {
  const auto reply = CallBytes(kProgram, 3, 0, {});
  CHECK(reply.size() == 24);
  CHECK(AcceptOf(reply) == 0);
}

TEST_CASE_METHOD(WholeStack, "wire: NFS versions 2 and 4 are PROG_MISMATCH with 3 to 3", "[wire]") {
  for (const uint32_t version : {2u, 4u}) {
    const auto reply = CallBytes(kProgram, version, 0, {});
    CHECK(AcceptOf(reply) == 2);
    REQUIRE(reply.size() == 32);
    CHECK(base::LoadBigEndian<uint32_t>(reply.data() + 24) == 3);
    CHECK(base::LoadBigEndian<uint32_t>(reply.data() + 28) == 3);
  }
}

TEST_CASE_METHOD(WholeStack, "wire: MOUNT version 4 is PROG_MISMATCH with 1 to 3", "[wire]") {
  const auto reply = CallBytes(mount3::kProgram, 4, 0, {});
  CHECK(AcceptOf(reply) == 2);
  CHECK(base::LoadBigEndian<uint32_t>(reply.data() + 24) == 1);
  CHECK(base::LoadBigEndian<uint32_t>(reply.data() + 28) == 3);
}

TEST_CASE_METHOD(WholeStack, "wire: an unknown program is PROG_UNAVAIL, an unknown procedure PROC_UNAVAIL", "[wire]") {
  CHECK(AcceptOf(CallBytes(100099, 1, 0, {})) == 1);
  CHECK(AcceptOf(CallBytes(kProgram, 3, 22, {})) == 3);
}

TEST_CASE_METHOD(WholeStack, "wire: trailing bytes are GARBAGE_ARGS and the connection goes on", "[wire]") {
  auto arguments = testing::Encoded(GETATTR3args{Root()});
  arguments.resize(arguments.size() + 4);
  CHECK(AcceptOf(CallBytes(kProgram, 3, 1, arguments)) == 4);
  CHECK(Call<GETATTR>({Root()}).status == NFS3_OK);
}

TEST_CASE_METHOD(WholeStack, "wire: a new file has the caller as its owner and the mode asked for", "[wire]") {
  const auto file = MakeFile(Root(), "file", 0640);
  const auto result = Call<GETATTR>({file});
  REQUIRE(result.status == NFS3_OK);
  CHECK(result.resok.obj_attributes.type == ftype3::NF3REG);
  CHECK(result.resok.obj_attributes.mode == 0640);
  CHECK(result.resok.obj_attributes.nlink == 1);
  CHECK(result.resok.obj_attributes.uid == 0);
  CHECK(result.resok.obj_attributes.size == 0);
}

TEST_CASE_METHOD(WholeStack, "wire: SETATTR truncates, and its guard stops a late change", "[wire]") {
  const auto file = MakeFile(Root(), "file");
  REQUIRE(Write(file, 0, "0123456789").status == NFS3_OK);
  const auto before = Call<GETATTR>({file}).resok.obj_attributes;
  SETATTR3args args{file, {.size = 4}, before.ctime};
  const auto done = Call<SETATTR>(args);
  CHECK(done.status == NFS3_OK);
  REQUIRE(done.resok.obj_wcc.before);
  CHECK(done.resok.obj_wcc.before->size == 10);
  CHECK(done.resok.obj_wcc.after->size == 4);
  CHECK(Read(file, 0, 100) == "0123");
  args.new_attributes.size = 0;
  args.guard->nseconds ^= 1;
  CHECK(Call<SETATTR>(args).status == NFS3ERR_NOT_SYNC);
  CHECK(Read(file, 0, 100) == "0123");
}

TEST_CASE_METHOD(WholeStack, "wire: LOOKUP finds files, \".\" and \"..\"", "[wire]") {
  const auto root = Root();
  const auto sub = MakeDirectory(root, "sub");
  const auto file = MakeFile(sub, "file");
  CHECK(base::AsText(Call<LOOKUP>({{sub, {"file"}}}).resok.object.bytes) == base::AsText(file.bytes));
  CHECK(base::AsText(Call<LOOKUP>({{sub, {"."}}}).resok.object.bytes) == base::AsText(sub.bytes));
  CHECK(base::AsText(Call<LOOKUP>({{sub, {".."}}}).resok.object.bytes) == base::AsText(root.bytes));
  CHECK(base::AsText(Call<LOOKUP>({{root, {".."}}}).resok.object.bytes) == base::AsText(root.bytes));
  const auto absent = Call<LOOKUP>({{sub, {"absent"}}});
  CHECK(absent.status == NFS3ERR_NOENT);
  CHECK(absent.resfail.dir_attributes);
  CHECK(Call<LOOKUP>({{file, {"x"}}}).status == NFS3ERR_NOTDIR);
}

TEST_CASE_METHOD(WholeStack, "wire: ACCESS answers what mode and owner allow", "[wire]") {
  const auto file = MakeFile(Root(), "file", 0640);
  uid = 1000;
  gid = 0;
  CHECK(Call<ACCESS>({file, 0x3f}).resok.access == ACCESS3_READ);
  gid = 1000;
  CHECK(Call<ACCESS>({file, 0x3f}).resok.access == 0);
}

TEST_CASE_METHOD(WholeStack, "wire: who may not read gets ACCES from READ", "[wire]") {
  const auto file = MakeFile(Root(), "file", 0600);
  uid = 1000;
  CHECK(Call<READ>({file, 0, 10}).status == NFS3ERR_ACCES);
}

TEST_CASE_METHOD(WholeStack, "wire: READLINK answers what SYMLINK was given", "[wire]") {
  const auto made = Call<SYMLINK>({{Root(), {"link"}}, {{}, {"../to/\xff"}}});
  REQUIRE(made.status == NFS3_OK);
  const auto result = Call<READLINK>({*made.resok.obj});
  CHECK(result.resok.path.text == "../to/\xff");
  CHECK(result.resok.symlink_attributes->type == ftype3::NF3LNK);
  CHECK(Call<READLINK>({Root()}).status == NFS3ERR_INVAL);
}

TEST_CASE_METHOD(WholeStack, "wire: what was written is read, across holes and beyond the end", "[wire]") {
  const auto file = MakeFile(Root(), "file");
  const auto written = Write(file, 5, "world");
  CHECK(written.resok.count == 5);
  CHECK(written.resok.file_wcc.before->size == 0);
  CHECK(written.resok.file_wcc.after->size == 10);
  CHECK(Read(file, 0, 100) == std::string("\0\0\0\0\0world", 10));
  const auto end = Call<READ>({file, 10, 5});
  CHECK(end.resok.eof);
  CHECK(end.resok.count == 0);
  const auto part = Call<READ>({file, 0, 9});
  CHECK_FALSE(part.resok.eof);
  CHECK(part.resok.count == 9);
}

TEST_CASE_METHOD(WholeStack, "wire: a megabyte makes the way there and back", "[wire]") {
  const auto file = MakeFile(Root(), "file");
  std::string content(1u << 20, '\0');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 2654435761u >> 24);
  const auto written = Write(file, 0, content);
  REQUIRE(written.status == NFS3_OK);
  CHECK(written.resok.count == content.size());
  CHECK((Read(file, 0, 1u << 20) == content));
  CHECK((Read(file, 4097, 100'000) == content.substr(4097, 100'000)));
  CHECK(Call<COMMIT>({file, 0, 0}).status == NFS3_OK);
  CHECK((Read(file, 0, 1u << 20) == content));
}

TEST_CASE_METHOD(WholeStack, "wire: WRITE and COMMIT have one verifier", "[wire]") {
  const auto file = MakeFile(Root(), "file");
  const auto written = Write(file, 0, "unstable");
  const auto committed = Call<COMMIT>({file, 0, 0});
  REQUIRE(committed.status == NFS3_OK);
  CHECK(written.resok.verf == committed.resok.verf);
  CHECK(committed.resok.file_wcc.after->size == 8);
}

TEST_CASE_METHOD(WholeStack, "wire: FILE_SYNC is answered as FILE_SYNC", "[wire]") {
  const auto file = MakeFile(Root(), "file");
  CHECK(Write(file, 0, "stable", stable_how::FILE_SYNC).resok.committed == stable_how::FILE_SYNC);
}

TEST_CASE_METHOD(WholeStack, "wire: CREATE knows its three modes", "[wire]") {
  const auto root = Root();
  const auto file = MakeFile(root, "file");
  REQUIRE(Write(file, 0, "content").status == NFS3_OK);
  CHECK(Call<CREATE>({{root, {"file"}}, {createmode3::GUARDED}}).status == NFS3ERR_EXIST);
  const auto opened = Call<CREATE>({{root, {"file"}}, {createmode3::UNCHECKED}});
  CHECK(opened.resok.obj_attributes->size == 7);
  const auto truncated = Call<CREATE>({{root, {"file"}}, {createmode3::UNCHECKED, {.size = 0}}});
  CHECK(truncated.resok.obj_attributes->size == 0);
  CREATE3args exclusive{{root, {"mine"}}, {createmode3::EXCLUSIVE}};
  CHECK(Call<CREATE>(exclusive).status == NFS3_OK);
  CHECK(Call<CREATE>(exclusive).status == NFS3_OK);
  exclusive.how.verf[0] = std::byte{1};
  CHECK(Call<CREATE>(exclusive).status == NFS3ERR_EXIST);
}

TEST_CASE_METHOD(WholeStack, "wire: a retransmitted REMOVE is answered as the first", "[wire]") {
  const auto root = Root();
  MakeFile(root, "file");
  const REMOVE3args args{{root, {"file"}}};
  CHECK(Call<REMOVE>(args).status == NFS3_OK);
  --xid;
  CHECK(Call<REMOVE>(args).status == NFS3_OK);
  CHECK(Call<REMOVE>(args).status == NFS3ERR_NOENT);
}

TEST_CASE_METHOD(WholeStack, "wire: a handle survives a rename and is STALE after the removal", "[wire]") {
  const auto root = Root();
  const auto sub = MakeDirectory(root, "sub");
  const auto file = MakeFile(root, "old");
  const auto renamed = Call<RENAME>({{root, {"old"}}, {sub, {"new"}}});
  REQUIRE(renamed.status == NFS3_OK);
  CHECK(renamed.resok.fromdir_wcc.after->fileid != renamed.resok.todir_wcc.after->fileid);
  CHECK(Call<GETATTR>({file}).status == NFS3_OK);
  CHECK(Call<LOOKUP>({{root, {"old"}}}).status == NFS3ERR_NOENT);
  const auto removed = Call<REMOVE>({{sub, {"new"}}});
  CHECK(removed.status == NFS3_OK);
  CHECK(removed.resok.dir_wcc.before);
  CHECK(removed.resok.dir_wcc.after);
  CHECK(Call<GETATTR>({file}).status == NFS3ERR_STALE);
}

TEST_CASE_METHOD(WholeStack, "wire: MKDIR, RMDIR and the parent's link count", "[wire]") {
  const auto root = Root();
  const auto before = Call<GETATTR>({root}).resok.obj_attributes.nlink;
  const auto sub = MakeDirectory(root, "sub");
  CHECK(Call<GETATTR>({root}).resok.obj_attributes.nlink == before + 1);
  MakeFile(sub, "file");
  CHECK(Call<RMDIR>({{root, {"sub"}}}).status == NFS3ERR_NOTEMPTY);
  CHECK(Call<REMOVE>({{sub, {"file"}}}).status == NFS3_OK);
  CHECK(Call<RMDIR>({{root, {"sub"}}}).status == NFS3_OK);
  CHECK(Call<GETATTR>({root}).resok.obj_attributes.nlink == before);
}

TEST_CASE_METHOD(WholeStack, "wire: MKNOD makes FIFOs and devices", "[wire]") {
  const auto root = Root();
  const auto fifo = Call<MKNOD>({{root, {"fifo"}}, {ftype3::NF3FIFO, {}, {.mode = 0600}}});
  REQUIRE(fifo.status == NFS3_OK);
  CHECK(fifo.resok.obj_attributes->type == ftype3::NF3FIFO);
  const auto device = Call<MKNOD>({{root, {"null"}}, {ftype3::NF3CHR, {{.mode = 0666}, {1, 3}}}});
  REQUIRE(device.status == NFS3_OK);
  CHECK(device.resok.obj_attributes->rdev.specdata1 == 1);
  CHECK(device.resok.obj_attributes->rdev.specdata2 == 3);
}

TEST_CASE_METHOD(WholeStack, "wire: LINK gives a file a second name", "[wire]") {
  const auto root = Root();
  const auto file = MakeFile(root, "first");
  const auto linked = Call<LINK>({file, {root, {"second"}}});
  REQUIRE(linked.status == NFS3_OK);
  CHECK(linked.resok.file_attributes->nlink == 2);
  CHECK(base::AsText(Call<LOOKUP>({{root, {"second"}}}).resok.object.bytes) == base::AsText(file.bytes));
}

TEST_CASE_METHOD(WholeStack, "wire: READDIRPLUS lists every entry once, with handles that work", "[wire]") {
  const auto directory = MakeDirectory(Root(), "many");
  std::set<std::string> expected = {".", ".."};
  for (int i = 0; i < 300; ++i) expected.insert(fmt::format("file-{}", i));
  for (const std::string& name : expected) {
    if (name[0] == 'f') MakeFile(directory, name);
  }
  std::multiset<std::string> seen;
  uint64_t cookie = 0;
  for (bool eof = false; !eof;) {
    const auto page = Call<READDIRPLUS>({directory, cookie, {}, 1024, 4096});
    REQUIRE(page.status == NFS3_OK);
    CHECK(replies.back().size() - 28 <= 4096);
    std::vector<nfs_fh3> handles;
    page.resok.reply.entries.ForEach([&](const entryplus3& entry) {
      seen.emplace(entry.name.text);
      cookie = entry.cookie;
      if (entry.name_handle) handles.push_back(*entry.name_handle);
      if (entry.name.text[0] == 'f') CHECK(entry.name_attributes->fileid == entry.fileid);
    });
    eof = page.resok.reply.eof;
    if (!handles.empty()) CHECK(Call<GETATTR>({handles.back()}).status == NFS3_OK);
  }
  CHECK(seen == std::multiset<std::string>(expected.begin(), expected.end()));
}

TEST_CASE_METHOD(WholeStack, "wire: a listing goes on although what it listed is removed", "[wire]") {
  const auto directory = MakeDirectory(Root(), "many");
  for (int i = 0; i < 100; ++i) MakeFile(directory, fmt::format("file-{}", i));
  uint64_t cookie = 0;
  size_t removed = 0;
  for (bool eof = false; !eof;) {
    const auto page = Call<READDIR>({directory, cookie, {}, 512});
    REQUIRE(page.status == NFS3_OK);
    std::vector<std::string> names;
    page.resok.reply.entries.ForEach([&](const entry3& entry) {
      if (entry.name.text[0] == 'f') names.emplace_back(entry.name.text);
      cookie = entry.cookie;
    });
    eof = page.resok.reply.eof;
    for (const std::string& name : names) {
      if (Call<REMOVE>({{directory, {name}}}).status == NFS3_OK) ++removed;
    }
  }
  CHECK(removed == 100);
}

TEST_CASE_METHOD(WholeStack, "wire: READDIR of a file is NOTDIR", "[wire]") {
  CHECK(Call<READDIR>({MakeFile(Root(), "file"), 0, {}, 4096}).status == NFS3ERR_NOTDIR);
}

TEST_CASE_METHOD(WholeStack, "wire: FSSTAT counts what is used", "[wire]") {
  const auto root = Root();
  const auto before = Call<FSSTAT>({root});
  REQUIRE(before.status == NFS3_OK);
  MakeFile(root, "file");
  const auto after = Call<FSSTAT>({root});
  CHECK(after.resok.tbytes >= after.resok.fbytes);
  CHECK(after.resok.tfiles - after.resok.ffiles == before.resok.tfiles - before.resok.ffiles + 1);
}

TEST_CASE_METHOD(WholeStack, "wire: FSINFO and PATHCONF describe the share", "[wire]") {
  const auto info = Call<FSINFO>({Root()});
  CHECK(info.resok.rtmax == 1u << 20);
  CHECK(info.resok.properties == (FSF3_LINK | FSF3_SYMLINK | FSF3_HOMOGENEOUS | FSF3_CANSETTIME));
  CHECK(info.resok.time_delta.nseconds == 1);
  CHECK(Call<PATHCONF>({Root()}).resok.name_max == 255);
}

TEST_CASE_METHOD(WholeStack, "wire: calls sent together are all answered", "[wire]") {
  const auto root = Root();
  const auto arguments = testing::Encoded(GETATTR3args{root});
  std::vector<std::byte> batch;
  constexpr uint32_t kCalls = 200;
  for (uint32_t i = 0; i < kCalls; ++i) {
    const auto record = onc_rpc::testing::Record(onc_rpc::testing::CallMessage(5000 + i, kProgram, 3, 1, arguments));
    batch.insert(batch.end(), record.begin(), record.end());
  }
  peer->Send(batch);
  std::set<uint32_t> answered;
  for (uint32_t i = 0; i < kCalls; ++i) answered.insert(peer->ReceiveXid());
  CHECK(answered.size() == kCalls);
  CHECK(*answered.begin() == 5000);
}

}  // namespace
}  // namespace dittofs::nfs
