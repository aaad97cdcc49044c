#include "base/bytes.h"
#include "nfs3_fixture.h"

namespace dittofs::nfs3 {
namespace {

using Source = AttributeChanges::TimeSource;

/// `wcc` is the fake's pair: what was before, and `after`.
void CheckWcc(const wcc_data& wcc, uint64_t after) {
  REQUIRE(wcc.before);
  CHECK(wcc.before->size == 4096);
  CHECK(wcc.before->mtime.seconds == 100);
  CHECK(wcc.before->ctime.seconds == 200);
  REQUIRE(wcc.after);
  CHECK(wcc.after->fileid == after);
}

TEST_CASE_METHOD(Nfs3Fixture, "NULL answers nothing", "[nfs3]") {
  CHECK(CallBytes(0, {}) == onc_rpc::AcceptStatus::kSuccess);
  CHECK(reply_bytes.back().empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "a procedure beyond COMMIT is unavailable", "[nfs3]") {
  CHECK(CallBytes(22, {}) == onc_rpc::AcceptStatus::kProcedureUnavailable);
  CHECK(program().procedure(3, 22) == nullptr);
  CHECK(program().procedure(3, 0xffffffff) == nullptr);
}

TEST_CASE_METHOD(Nfs3Fixture, "calls that must not be done twice are protected against replay", "[nfs3]") {
  std::string names;
  for (uint32_t number = 0; number < 22; ++number) {
    if (const auto* traits = program().procedure(3, number); traits->replay_protected)
      names += " " + std::string(traits->name);
  }
  CHECK(names == " SETATTR CREATE MKDIR SYMLINK MKNOD REMOVE RMDIR RENAME LINK");
}

TEST_CASE_METHOD(Nfs3Fixture, "GETATTR answers every attribute", "[nfs3]") {
  files->file.device = {8, 1};
  files->file.mode = 04755;
  const auto result = Call<GETATTR>({Handle(5)});
  REQUIRE(result.status == NFS3_OK);
  const fattr3& attributes = result.resok.obj_attributes;
  CHECK(attributes.type == ftype3::NF3REG);
  CHECK(attributes.mode == 04755);
  CHECK(attributes.nlink == 1);
  CHECK(attributes.uid == 1000);
  CHECK(attributes.gid == 100);
  CHECK(attributes.size == 7);
  CHECK(attributes.used == 4096);
  CHECK(attributes.rdev.specdata1 == 8);
  CHECK(attributes.rdev.specdata2 == 1);
  CHECK(attributes.fsid == id.value);
  CHECK(attributes.fileid == 5);
  CHECK(attributes.atime.seconds == 1700000001);
  CHECK(attributes.mtime.seconds == 1700000002);
  CHECK(attributes.ctime.nseconds == 3);
}

TEST_CASE_METHOD(Nfs3Fixture, "times before 1970 and after 2106 are clamped to what 32 bits hold", "[nfs3]") {
  files->file.mtime = {-5, 7};
  files->file.ctime = {int64_t{1} << 33, 7};
  const fattr3 attributes = Call<GETATTR>({Handle(5)}).resok.obj_attributes;
  CHECK(attributes.mtime.seconds == 0);
  CHECK(attributes.mtime.nseconds == 0);
  CHECK(attributes.ctime.seconds == 0xffffffff);
}

TEST_CASE_METHOD(Nfs3Fixture, "SETATTR passes on what is set and nothing else", "[nfs3]") {
  SETATTR3args args{Handle(5)};
  args.new_attributes.mode = 0100644;  // with the type, as some clients send it
  args.new_attributes.size = 12;
  args.new_attributes.mtime = {time_how::SET_TO_CLIENT_TIME, {11, 22}};
  const auto result = Call<SETATTR>(args);
  CHECK(last_call() == "SetAttributes 5");
  CHECK(files->changes.mode == 0644);
  CHECK_FALSE(files->changes.uid);
  CHECK_FALSE(files->changes.gid);
  CHECK(files->changes.size_bytes == 12);
  CHECK(files->changes.atime_source == Source::kKeep);
  CHECK(files->changes.mtime_source == Source::kClient);
  CHECK(files->changes.mtime == Timestamp{11, 22});
  CHECK_FALSE(files->changes.expected_ctime);
  CheckWcc(result.resok.obj_wcc, 5);
}

TEST_CASE_METHOD(Nfs3Fixture, "SETATTR hands its guard to the operation", "[nfs3]") {
  files->status = ErrorCode::kNotSynchronized;
  SETATTR3args args{Handle(5)};
  args.guard = nfstime3{9, 8};
  const auto result = Call<SETATTR>(args);
  CHECK(files->changes.expected_ctime == Timestamp{9, 8});
  CHECK(result.status == NFS3ERR_NOT_SYNC);
  CHECK_FALSE(result.resfail.obj_wcc.before);
  CHECK(result.resfail.obj_wcc.after);
}

TEST_CASE_METHOD(Nfs3Fixture, "a client's time of a thousand million nanoseconds is INVAL", "[nfs3]") {
  SETATTR3args args{Handle(5)};
  args.new_attributes.atime = {time_how::SET_TO_CLIENT_TIME, {11, 1'000'000'000}};
  CHECK(Call<SETATTR>(args).status == NFS3ERR_INVAL);
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "LOOKUP answers the handle and both attributes", "[nfs3]") {
  const auto result = Call<LOOKUP>({{Handle(1), {"name"}}});
  REQUIRE(result.status == NFS3_OK);
  CHECK(last_call() == "Lookup 1 name");
  CHECK(base::AsText(result.resok.object.bytes) == base::AsText(Handle(5).bytes));
  CHECK(result.resok.obj_attributes->fileid == 5);
  CHECK(result.resok.dir_attributes->fileid == 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "LOOKUP that finds nothing still answers the directory", "[nfs3]") {
  files->status = ErrorCode::kNotFound;
  const auto result = Call<LOOKUP>({{Handle(1), {"name"}}});
  CHECK(result.status == NFS3ERR_NOENT);
  CHECK(result.resfail.dir_attributes->fileid == 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "LOOKUP of \".\" is the directory itself, without asking for the name", "[nfs3]") {
  const auto result = Call<LOOKUP>({{Handle(1), {"."}}});
  REQUIRE(result.status == NFS3_OK);
  CHECK(last_call() == "GetAttributes 1");
  CHECK(base::AsText(result.resok.object.bytes) == base::AsText(Handle(1).bytes));
}

TEST_CASE_METHOD(Nfs3Fixture, "LOOKUP of \".\" in a file is NOTDIR", "[nfs3]") {
  CHECK(Call<LOOKUP>({{Handle(5), {"."}}}).status == NFS3ERR_NOTDIR);
}

TEST_CASE_METHOD(Nfs3Fixture, "LOOKUP of \"..\" is the parent", "[nfs3]") {
  files->parent.number = {77};
  const auto result = Call<LOOKUP>({{Handle(1), {".."}}});
  CHECK(last_call() == "Lookup 1 ..");
  CHECK(base::AsText(result.resok.object.bytes) == base::AsText(Handle(77).bytes));
}

TEST_CASE_METHOD(Nfs3Fixture, "ACCESS asks for the bits that exist and answers those granted", "[nfs3]") {
  files->granted = AccessMask::kRead | AccessMask::kExecute;
  const auto result = Call<ACCESS>({Handle(5), 0xffffffdf});
  CHECK(last_call() == "CheckAccess 5 0x1f");
  CHECK(result.resok.access == ACCESS3_READ);
  CHECK(result.resok.obj_attributes->fileid == 5);
}

TEST_CASE_METHOD(Nfs3Fixture, "READLINK answers the target", "[nfs3]") {
  files->target = "../some\xff/bytes";
  const auto result = Call<READLINK>({Handle(5)});
  CHECK(result.resok.path.text == "../some\xff/bytes");
  CHECK(result.resok.symlink_attributes);
}

TEST_CASE_METHOD(Nfs3Fixture, "READLINK of anything else is INVAL", "[nfs3]") {
  files->status = ErrorCode::kWrongType;
  const auto result = Call<READLINK>({Handle(5)});
  CHECK(result.status == NFS3ERR_INVAL);
  CHECK(result.resfail.symlink_attributes);
}

TEST_CASE_METHOD(Nfs3Fixture, "CREATE UNCHECKED opens or creates, and truncates only if a size is given", "[nfs3]") {
  CREATE3args args{{Handle(1), {"new"}}, {createmode3::UNCHECKED, {.mode = 0600}}};
  CHECK(Call<CREATE>(args).status == NFS3_OK);
  CHECK(last_call() == "Create 1 new disposition 0 verifier 0x0");
  CHECK(files->changes.mode == 0600);
  args.how.obj_attributes.size = 0;
  CHECK(Call<CREATE>(args).status == NFS3_OK);
  CHECK(last_call() == "Create 1 new disposition 2 verifier 0x0");
}

TEST_CASE_METHOD(Nfs3Fixture, "CREATE GUARDED creates or fails", "[nfs3]") {
  files->status = ErrorCode::kExists;
  const auto result = Call<CREATE>({{Handle(1), {"new"}}, {createmode3::GUARDED}});
  CHECK(last_call() == "Create 1 new disposition 1 verifier 0x0");
  CHECK(result.status == NFS3ERR_EXIST);
  CHECK(result.resfail.dir_wcc.after->fileid == 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "CREATE EXCLUSIVE passes the verifier, 0 included", "[nfs3]") {
  CREATE3args args{{Handle(1), {"new"}}, {createmode3::EXCLUSIVE}};
  CHECK(Call<CREATE>(args).status == NFS3_OK);
  CHECK(last_call() == "Create 1 new disposition 5 verifier 0x0");
  base::StoreBigEndian(args.how.verf.data(), uint64_t{0x0102030405060708});
  CHECK(Call<CREATE>(args).status == NFS3_OK);
  CHECK(last_call() == "Create 1 new disposition 5 verifier 0x102030405060708");
}

TEST_CASE_METHOD(Nfs3Fixture, "CREATE answers handle, attributes and the directory's change", "[nfs3]") {
  const auto result = Call<CREATE>({{Handle(1), {"new"}}});
  REQUIRE(result.resok.obj);
  CHECK(base::AsText(result.resok.obj->bytes) == base::AsText(Handle(5).bytes));
  CHECK(result.resok.obj_attributes->fileid == 5);
  CheckWcc(result.resok.dir_wcc, 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "MKDIR makes a directory with the mode asked for", "[nfs3]") {
  const auto result = Call<MKDIR>({{Handle(1), {"sub"}}, {.mode = 0700}});
  CHECK(last_call() == "MakeDirectory 1 sub");
  CHECK(files->changes.mode == 0700);
  CheckWcc(result.resok.dir_wcc, 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "SYMLINK makes a link with that target", "[nfs3]") {
  const auto result = Call<SYMLINK>({{Handle(1), {"link"}}, {{}, {"../there"}}});
  CHECK(last_call() == "MakeSymlink 1 link -> ../there");
  CHECK(result.resok.obj);
  CheckWcc(result.resok.dir_wcc, 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "SYMLINK refuses targets that can't be", "[nfs3]") {
  CHECK(Call<SYMLINK>({{Handle(1), {"link"}}, {{}, {""}}}).status == NFS3ERR_ACCES);
  CHECK(Call<SYMLINK>({{Handle(1), {"link"}}, {{}, {std::string_view("a\0b", 3)}}}).status == NFS3ERR_ACCES);
  CHECK(Call<SYMLINK>({{Handle(1), {"link"}}, {{}, {std::string(4097, 'a')}}}).status == NFS3ERR_NAMETOOLONG);
  CHECK(files->calls.empty());
  CHECK(Call<SYMLINK>({{Handle(1), {"link"}}, {{}, {std::string(4096, 'a')}}}).status == NFS3_OK);
}

TEST_CASE_METHOD(Nfs3Fixture, "MKNOD makes devices with their numbers", "[nfs3]") {
  MKNOD3args args{{Handle(1), {"node"}}, {ftype3::NF3CHR, {{.mode = 0600}, {8, 1}}}};
  CHECK(Call<MKNOD>(args).status == NFS3_OK);
  CHECK(last_call() == "MakeNode 1 node type 4 device 8:1");
  CHECK(files->changes.mode == 0600);
  args.what.type = ftype3::NF3BLK;
  CHECK(Call<MKNOD>(args).status == NFS3_OK);
  CHECK(last_call() == "MakeNode 1 node type 3 device 8:1");
}

TEST_CASE_METHOD(Nfs3Fixture, "MKNOD makes sockets and FIFOs", "[nfs3]") {
  CHECK(Call<MKNOD>({{Handle(1), {"s"}}, {ftype3::NF3SOCK}}).status == NFS3_OK);
  CHECK(last_call() == "MakeNode 1 s type 6 device 0:0");
  CHECK(Call<MKNOD>({{Handle(1), {"f"}}, {ftype3::NF3FIFO, {}, {.mode = 0640}}}).status == NFS3_OK);
  CHECK(last_call() == "MakeNode 1 f type 7 device 0:0");
  CHECK(files->changes.mode == 0640);
}

TEST_CASE_METHOD(Nfs3Fixture, "MKNOD of what has a procedure of its own is BADTYPE", "[nfs3]") {
  for (const ftype3 type : {ftype3::NF3REG, ftype3::NF3DIR, ftype3::NF3LNK}) {
    CHECK(Call<MKNOD>({{Handle(1), {"node"}}, {type}}).status == NFS3ERR_BADTYPE);
  }
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "REMOVE and RMDIR remove their own kind", "[nfs3]") {
  const auto removed = Call<REMOVE>({{Handle(1), {"gone"}}});
  CHECK(last_call() == "Remove 1 gone kind 0");
  CheckWcc(removed.resok.dir_wcc, 1);
  const auto directory = Call<RMDIR>({{Handle(1), {"gone"}}});
  CHECK(last_call() == "Remove 1 gone kind 1");
  CheckWcc(directory.resok.dir_wcc, 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "RENAME answers each directory in its own field", "[nfs3]") {
  files->parent.number = {9};
  const auto result = Call<RENAME>({{Handle(1), {"old"}}, {Handle(9), {"new"}}});
  CHECK(last_call() == "Rename 1 old to 9 new");
  CheckWcc(result.resok.fromdir_wcc, 1);
  CheckWcc(result.resok.todir_wcc, 9);
}

TEST_CASE_METHOD(Nfs3Fixture, "RENAME and LINK into another share are XDEV", "[nfs3]") {
  ShareOptions options;
  options.name = "/other";
  Share(options);
  const nfs_fh3 elsewhere = Handle(runtime->FindShare("/other")->id(), 1);
  CHECK(Call<RENAME>({{Handle(1), {"old"}}, {elsewhere, {"new"}}}).status == NFS3ERR_XDEV);
  CHECK(Call<LINK>({Handle(5), {elsewhere, {"new"}}}).status == NFS3ERR_XDEV);
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "RENAME and LINK check their second handle", "[nfs3]") {
  CHECK(Call<RENAME>({{Handle(1), {"old"}}, {{}, {"new"}}}).status == NFS3ERR_BADHANDLE);
  CHECK(Call<LINK>({Handle(5), {{}, {"new"}}}).status == NFS3ERR_BADHANDLE);
  CHECK(files->calls.empty());
}

TEST_CASE_METHOD(Nfs3Fixture, "LINK answers the file and the directory's change", "[nfs3]") {
  const auto result = Call<LINK>({Handle(5), {Handle(1), {"second"}}});
  CHECK(last_call() == "Link 5 in 1 second");
  CHECK(result.resok.file_attributes->fileid == 5);
  CheckWcc(result.resok.linkdir_wcc, 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "FSSTAT answers the file system's counts", "[nfs3]") {
  files->statistics = {1, 2, 3, 4, 5, 6, files->directory};
  const auto result = Call<FSSTAT>({Handle(1)});
  CHECK(result.resok.tbytes == 1);
  CHECK(result.resok.fbytes == 2);
  CHECK(result.resok.abytes == 3);
  CHECK(result.resok.tfiles == 4);
  CHECK(result.resok.ffiles == 5);
  CHECK(result.resok.afiles == 6);
  CHECK(result.resok.obj_attributes->fileid == 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "FSSTAT of a file gives no attributes rather than the root's", "[nfs3]") {
  files->statistics.root = files->directory;
  const auto result = Call<FSSTAT>({Handle(5)});
  CHECK(result.status == NFS3_OK);
  CHECK_FALSE(result.resok.obj_attributes);
}

TEST_CASE_METHOD(Nfs3Fixture, "FSINFO answers the limits and what the file system can do", "[nfs3]") {
  limits.max_read_bytes = 65536;
  limits.max_write_bytes = 32768;
  files->traits_.hard_links = false;
  files->traits_.time_granularity = {0, 100};
  files->traits_.max_file_size_bytes = 1u << 20;
  const auto result = Call<FSINFO>({Handle(1)});
  CHECK(result.resok.rtmax == 65536);
  CHECK(result.resok.rtpref == 65536);
  CHECK(result.resok.wtmax == 32768);
  CHECK(result.resok.wtpref == 32768);
  CHECK(result.resok.maxfilesize == 1u << 20);
  CHECK(result.resok.time_delta.nseconds == 100);
  CHECK(result.resok.properties == (FSF3_SYMLINK | FSF3_HOMOGENEOUS | FSF3_CANSETTIME));
  CHECK(result.resok.obj_attributes->fileid == 1);
}

TEST_CASE_METHOD(Nfs3Fixture, "PATHCONF answers the traits", "[nfs3]") {
  files->traits_.max_link_count = 100;
  files->traits_.max_name_bytes = 200;
  files->traits_.case_insensitive = true;
  const auto result = Call<PATHCONF>({Handle(1)});
  CHECK(result.resok.linkmax == 100);
  CHECK(result.resok.name_max == 200);
  CHECK(result.resok.no_trunc);
  CHECK(result.resok.chown_restricted);
  CHECK(result.resok.case_insensitive);
  CHECK(result.resok.case_preserving);
}

TEST_CASE_METHOD(Nfs3Fixture, "a refusal is the procedure's own failure arm", "[nfs3]") {
  testing::WireBuffer buffer;
  CHECK(Refuse(RENAME::kNumber, NFS3ERR_JUKEBOX, buffer.writer()));
  RENAME3res result;
  xdr::Reader reader(buffer.bytes());
  xdr::Decode(reader, result);
  CHECK(reader.Finished());
  CHECK(result.status == NFS3ERR_JUKEBOX);
  CHECK_FALSE(Refuse(0, NFS3ERR_JUKEBOX, buffer.writer()));
  CHECK_FALSE(Refuse(22, NFS3ERR_JUKEBOX, buffer.writer()));
}

}  // namespace
}  // namespace dittofs::nfs3
