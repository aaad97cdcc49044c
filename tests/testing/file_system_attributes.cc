#include "file_system_subject.h"

namespace dittofs::testing {

void AddAttributeCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  using TimeSource = AttributeChanges::TimeSource;
  AddWritingCase(cases, factory, "mode, owner and group are set, and nothing else", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    s.Write(file, 0, "content");
    AttributeChanges changes;
    changes.mode = 0751;
    changes.uid = 4'000'000'000u;
    changes.gid = 77;
    ExpectOk(s.TrySet(file, changes), "SetAttributes");
    const Attributes attributes = s.Get(file);
    Expect(attributes.mode == 0751 && attributes.uid == 4'000'000'000u && attributes.gid == 77, "not set");
    Expect(attributes.type == FileType::kRegular && attributes.size_bytes == 7, "something else changed");
  });
  AddWritingCase(cases, factory, "times of the client are kept to the granularity", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    AttributeChanges changes;
    changes.atime_source = changes.mtime_source = TimeSource::kClient;
    changes.atime = {1'000'000'000, 123'456'789};
    changes.mtime = {-5, 0};
    ExpectOk(s.TrySet(file, changes), "SetAttributes");
    const Attributes attributes = s.Get(file);
    Expect(attributes.atime.seconds == 1'000'000'000, "another atime");
    Expect(s.traits().time_granularity.nanoseconds != 1 || attributes.atime.nanoseconds == 123'456'789,
           "another atime below the second");
    Expect(attributes.mtime == Timestamp{-5, 0}, "another mtime");
  });
  AddWritingCase(cases, factory, "times of the server are now", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    AttributeChanges changes;
    changes.mtime_source = TimeSource::kClient;
    changes.mtime = {1, 0};
    ExpectOk(s.TrySet(file, changes), "SetAttributes");
    changes.mtime_source = TimeSource::kServer;
    ExpectOk(s.TrySet(file, changes), "SetAttributes");
    Expect(s.Get(file).mtime.seconds > 1'600'000'000, "long ago");
  });
  AddWritingCase(cases, factory, "a guard that does not match changes nothing", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    AttributeChanges changes;
    changes.mode = 0600;
    changes.expected_ctime = Timestamp{1, 2};
    ExpectCode(s.TrySet(file, changes), ErrorCode::kNotSynchronized, "SetAttributes");
    Expect(s.Get(file).mode == 0644, "it was changed");
    changes.expected_ctime = s.Get(file).ctime;
    ExpectOk(s.TrySet(file, changes), "SetAttributes with the right guard");
    Expect(s.Get(file).mode == 0600, "it was not changed");
  });
  AddWritingCase(cases, factory, "every change of a file makes its change attribute grow", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    uint64_t last = s.Get(file).change;
    const auto expect_grown = [&](std::string_view what) {
      const uint64_t now = s.Get(file).change;
      Expect(now > last, "it did not grow with " + std::string(what));
      last = now;
    };
    s.Write(file, 0, "x");
    expect_grown("a write");
    s.Write(file, 0, "y");
    expect_grown("a write of the same size");
    s.Truncate(file, 10);
    expect_grown("a truncation");
    AttributeChanges changes;
    changes.mode = 0600;
    ExpectOk(s.TrySet(file, changes), "SetAttributes");
    expect_grown("a mode");
  });
  AddWritingCase(cases, factory, "reading and committing leave the change attribute alone", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    s.Write(file, 0, "x");
    const uint64_t before = s.Get(file).change;
    (void)s.ReadAll(file);
    s.Commit(file);
    Expect(s.Get(file).change == before, "it changed");
  });
  AddWritingCase(cases, factory, "extended attributes are set, read, listed and removed", [](FileSystemSubject& s) {
    if (!s.traits().extended_attributes) throw CaseSkip{"traits().extended_attributes is false"};
    const FileNumber file = s.Create(s.root(), "a");
    SetAttributesReply reply;
    std::string value;
    ExpectCode(s.fs().GetExtendedAttribute(kRootCaller, file, "user.a", value), ErrorCode::kNoAttribute, "Get");
    const std::string binary("v\0\xff", 3);
    ExpectOk(s.fs().SetExtendedAttribute(kRootCaller, file, "user.a", binary, false, false, reply), "Set");
    ExpectOk(s.fs().GetExtendedAttribute(kRootCaller, file, "user.a", value), "Get");
    Expect(value == binary, "another value");
    ExpectCode(s.fs().SetExtendedAttribute(kRootCaller, file, "user.a", "x", true, false, reply), ErrorCode::kExists,
               "Set with must_create");
    ExpectCode(s.fs().SetExtendedAttribute(kRootCaller, file, "user.b", "x", false, true, reply),
               ErrorCode::kNoAttribute, "Set with must_replace");
    std::string names;
    ExpectOk(s.fs().ListExtendedAttributes(kRootCaller, file, names), "List");
    Expect(names == std::string("user.a\0", 7), "other names");
    ExpectOk(s.fs().RemoveExtendedAttribute(kRootCaller, file, "user.a", reply), "Remove");
    ExpectCode(s.fs().RemoveExtendedAttribute(kRootCaller, file, "user.a", reply), ErrorCode::kNoAttribute, "Remove");
  });
  AddCase(cases, factory, "statistics add up", [](FileSystemSubject& s) {
    FileSystemStatistics statistics;
    const Status status = s.fs().GetStatistics(kRootCaller, statistics);
    FileSystemSubject::Need(status, "GetStatistics");
    ExpectOk(status, "GetStatistics");
    Expect(statistics.free_bytes <= statistics.total_bytes, "more is free than there is");
    Expect(statistics.available_bytes <= statistics.free_bytes, "more is available than free");
    Expect(statistics.free_files <= statistics.total_files, "more files are free than there are");
  });
}

namespace {

/// A case that is skipped where nobody checks permissions.
void AddCheckedCase(std::vector<SuiteCase>& cases, const FileSystemFactory& factory, std::string name,
                    FileSystemCaseBody body) {
  cases.push_back(MakeCase(std::move(name), [factory, body] {
    FileSystemSubject subject(factory);
    subject.SkipUnlessWritable();
    if (!subject.traits().checks_permissions) throw CaseSkip{"traits().checks_permissions is false"};
    body(subject);
  }));
}

}  // namespace

void AddPermissionCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddCheckedCase(cases, factory, "a private file is read and written by its owner and root only",
                 [](FileSystemSubject& s) {
                   const FileNumber directory = s.MakePublicDirectory("public");
                   const FileNumber file = s.Create(directory, "a", kAlice, 0600);
                   WriteReply written;
                   std::string content;
                   ExpectOk(s.TryWrite(file, 0, "secret", written, kAlice), "Write by the owner");
                   ExpectOk(s.TryRead(file, 0, 6, content, nullptr, kAlice), "Read by the owner");
                   ExpectCode(s.TryWrite(file, 0, "x", written, kBob), ErrorCode::kAccessDenied, "Write");
                   ExpectCode(s.TryRead(file, 0, 6, content, nullptr, kBob), ErrorCode::kAccessDenied, "Read");
                   Expect(content.empty(), "bytes came with the refusal");
                   Expect(s.ReadAll(file) == "secret", "root does not read it");
                 });
  AddCheckedCase(
      cases, factory, "names are made and removed by who may write to the directory", [](FileSystemSubject& s) {
        CreateReply created;
        ExpectCode(s.TryCreate(s.root(), "a", CreateDisposition::kMustCreate, created, kAlice),
                   ErrorCode::kAccessDenied, "Create");
        MakeReply made;
        ExpectCode(s.fs().MakeDirectory(kAlice, s.root(), "d", {}, made), ErrorCode::kAccessDenied, "MakeDirectory");
        s.Create(s.root(), "roots");
        ExpectCode(s.TryRemove(s.root(), "roots", RemoveKind::kAnyButDirectory, kAlice), ErrorCode::kAccessDenied,
                   "Remove");
        const FileNumber directory = s.MakePublicDirectory("public");
        RenameReply renamed;
        ExpectCode(s.TryRename(s.root(), "roots", directory, "x", renamed, kAlice), ErrorCode::kAccessDenied,
                   "Rename out");
        s.Create(directory, "mine", kAlice);
        ExpectCode(s.TryRename(directory, "mine", s.root(), "x", renamed, kAlice), ErrorCode::kAccessDenied,
                   "Rename into");
        Expect(s.List(s.root()).size() == 2, "something changed");
      });
  AddCheckedCase(cases, factory, "a directory is searched and listed by who may", [](FileSystemSubject& s) {
    const FileNumber directory = s.MakeDirectory(s.root(), "d", kRootCaller, 0700);
    s.Create(directory, "a");
    LookupReply found;
    ExpectCode(s.fs().Lookup(kAlice, directory, "a", AttributeMask::kAll, found), ErrorCode::kAccessDenied, "Lookup");
    ExpectCode(s.fs().Lookup(kAlice, directory, "b", AttributeMask::kAll, found), ErrorCode::kAccessDenied,
               "Lookup of a name that does not exist");
    struct NoSink final : DirectorySink {
      bool Add(const DirectoryEntry&) override { throw CaseFailure{"an entry came with the refusal"}; }
    } sink;
    ReadDirectoryReply listed;
    ExpectCode(s.fs().ReadDirectory(kAlice, directory, {}, sink, listed), ErrorCode::kAccessDenied, "ReadDirectory");
  });
  AddCheckedCase(cases, factory, "groups count, and the first class that matches decides", [](FileSystemSubject& s) {
    const FileNumber directory = s.MakePublicDirectory("public");
    const FileNumber file = s.Create(directory, "a", kAlice, 0604);
    AttributeChanges changes;
    changes.gid = 555;
    ExpectOk(s.TrySet(file, changes), "SetAttributes");
    const uint32_t groups[] = {7, 555};
    const CallContext member{Identity{3000, 3000, groups}, nullptr};
    std::string content;
    ExpectCode(s.TryRead(file, 0, 1, content, nullptr, member), ErrorCode::kAccessDenied,
               "Read by a member of a group that may not, though others may");
    ExpectOk(s.TryRead(file, 0, 1, content, nullptr, kBob), "Read by others");
    changes.mode = 0640;
    ExpectOk(s.TrySet(file, changes), "SetAttributes");
    ExpectOk(s.TryRead(file, 0, 1, content, nullptr, member), "Read by a member");
    ExpectCode(s.TryRead(file, 0, 1, content, nullptr, kBob), ErrorCode::kAccessDenied, "Read by others");
  });
  AddCheckedCase(cases, factory, "in a sticky directory one removes one's own files only", [](FileSystemSubject& s) {
    const FileNumber directory = s.MakeDirectory(s.root(), "tmp", kRootCaller, 01777);
    if (s.Get(directory).mode != 01777) throw CaseSkip{"there is no sticky bit"};
    s.Create(directory, "a", kAlice);
    ExpectCode(s.TryRemove(directory, "a", RemoveKind::kAnyButDirectory, kBob), ErrorCode::kPermissionDenied, "Remove");
    RenameReply renamed;
    ExpectCode(s.TryRename(directory, "a", directory, "b", renamed, kBob), ErrorCode::kPermissionDenied, "Rename");
    s.Create(directory, "bobs", kBob);
    ExpectCode(s.TryRename(directory, "bobs", directory, "a", renamed, kBob), ErrorCode::kPermissionDenied,
               "Rename over another's file");
    ExpectOk(s.TryRemove(directory, "a", RemoveKind::kAnyButDirectory, kAlice), "Remove by the owner");
  });
  AddCheckedCase(cases, factory, "mode, owner and times are the owner's to change", [](FileSystemSubject& s) {
    const FileNumber directory = s.MakePublicDirectory("public");
    const FileNumber file = s.Create(directory, "a", kAlice, 0666);
    AttributeChanges mode;
    mode.mode = 0777;
    ExpectCode(s.TrySet(file, mode, kBob), ErrorCode::kPermissionDenied, "a mode by another");
    ExpectOk(s.TrySet(file, mode, kAlice), "a mode by the owner");
    AttributeChanges owner;
    owner.uid = 2000;
    ExpectCode(s.TrySet(file, owner, kAlice), ErrorCode::kPermissionDenied, "giving the file away");
    ExpectCode(s.TrySet(file, owner, kBob), ErrorCode::kPermissionDenied, "taking the file");
    AttributeChanges group;
    group.gid = 2000;
    ExpectCode(s.TrySet(file, group, kAlice), ErrorCode::kPermissionDenied, "a group of others");
    AttributeChanges times;
    times.mtime_source = AttributeChanges::TimeSource::kClient;
    times.mtime = {1, 0};
    ExpectCode(s.TrySet(file, times, kBob), ErrorCode::kPermissionDenied, "times by another");
    times.mtime_source = AttributeChanges::TimeSource::kServer;
    ExpectOk(s.TrySet(file, times, kBob), "the present time by one who may write");
    Expect(s.Get(file).uid == 1000 && s.Get(file).gid == 1000, "owner or group changed");
  });
  AddCheckedCase(cases, factory, "a write by others than root takes setuid away", [](FileSystemSubject& s) {
    const FileNumber directory = s.MakePublicDirectory("public");
    const FileNumber file = s.Create(directory, "a", kAlice, 0666);
    AttributeChanges changes;
    changes.mode = 06777;
    ExpectOk(s.TrySet(file, changes), "SetAttributes");
    WriteReply written;
    ExpectOk(s.TryWrite(file, 0, "x", written, kBob), "Write");
    Expect((s.Get(file).mode & kModeSetUid) == 0, "setuid is still there");
  });
  AddCheckedCase(cases, factory, "CheckAccess tells what will be allowed", [](FileSystemSubject& s) {
    const FileNumber directory = s.MakePublicDirectory("public");
    const FileNumber file = s.Create(directory, "a", kAlice, 0640);
    const auto granted = [&](const CallContext& caller, FileNumber number, AccessMask wanted) {
      CheckAccessReply reply;
      ExpectOk(s.fs().CheckAccess(caller, number, wanted, reply), "CheckAccess");
      return reply.granted;
    };
    constexpr AccessMask kReadWrite = AccessMask::kRead | AccessMask::kModify | AccessMask::kExtend;
    Expect(granted(kAlice, file, kReadWrite) == kReadWrite, "of the owner");
    Expect(granted(kBob, file, kReadWrite) == AccessMask::kNone, "of others");
    Expect(granted(kRootCaller, file, kReadWrite) == kReadWrite, "of root");
    Expect(granted(kRootCaller, file, AccessMask::kExecute) == AccessMask::kNone, "root executes what nobody may");
    Expect(granted(kBob, s.root(), AccessMask::kLookup | AccessMask::kDelete) == AccessMask::kLookup, "of the root");
    Expect(granted(kAlice, file, AccessMask::kRead) == AccessMask::kRead, "more than asked for");
  });
  AddCheckedCase(cases, factory, "a new file belongs to its maker", [](FileSystemSubject& s) {
    const FileNumber directory = s.MakePublicDirectory("public");
    const Attributes attributes = s.Get(s.Create(directory, "a", kAlice));
    Expect(attributes.uid == 1000 && attributes.gid == 1000, "another owner or group");
    CreateRequest request;
    request.directory = directory;
    request.name = "b";
    request.initial.uid = 0;
    CreateReply reply;
    if (s.fs().Create(kAlice, request, reply).ok()) {
      Expect(s.Get(reply.file.number).uid == 1000, "a file was given away");
    }
  });
}

}  // namespace dittofs::testing
