#include "fixture.h"
#include "tree_checker.h"

namespace dittofs {
namespace {

using Source = AttributeChanges::TimeSource;

// Notes what it is told.
class RecordingObserver final : public ContentObserver {
 public:
  Status WillTruncate(const CallContext&, FileNumber, uint64_t size_bytes) override {
    truncations.push_back(size_bytes);
    return answer;
  }
  void DidRemove(FileNumber file) noexcept override { removed.push_back(file); }
  void DidDropContent(FileNumber, uint64_t from, uint64_t to) noexcept override { dropped.emplace_back(from, to); }

  Status answer;
  std::vector<uint64_t> truncations;
  std::vector<FileNumber> removed;
  std::vector<std::pair<uint64_t, uint64_t>> dropped;
};

}  // namespace

TEST_CASE("who may change owner and group") {
  // alice is 1000:100 with group 200; the file is hers.
  struct Row {
    int who;  // 0 root, 1 alice, 2 bob
    int uid;  // -1 = not set
    int gid;
    ErrorCode expected;
  };
  const Row rows[] = {
      {0, 5, 6, ErrorCode::kOk},
      {1, 5, -1, ErrorCode::kPermissionDenied},
      {1, 1000, -1, ErrorCode::kOk},
      {1, -1, 200, ErrorCode::kOk},
      {1, 1000, 200, ErrorCode::kOk},
      {1, -1, 100, ErrorCode::kOk},
      {1, -1, 300, ErrorCode::kPermissionDenied},
      {1, 5, 200, ErrorCode::kPermissionDenied},
      {2, 1001, -1, ErrorCode::kPermissionDenied},
      {2, 1000, -1, ErrorCode::kPermissionDenied},
      {2, -1, 200, ErrorCode::kPermissionDenied},
      {2, -1, 100, ErrorCode::kPermissionDenied},
  };
  ServiceFixture f;
  const CallContext* callers[] = {&static_cast<const CallContext&>(f.root), &static_cast<const CallContext&>(f.alice),
                                  &static_cast<const CallContext&>(f.bob)};
  int i = 0;
  for (const Row& row : rows) {
    const FileNumber file = f.NewFile("f" + std::to_string(i++), 0666, kRootFileNumber, f.alice);
    AttributeChanges changes;
    if (row.uid >= 0) changes.uid = static_cast<uint32_t>(row.uid);
    if (row.gid >= 0) changes.gid = static_cast<uint32_t>(row.gid);
    INFO("row " << i - 1);
    CHECK(f.Set(*callers[row.who], file, changes) == row.expected);
    const Attributes after = f.Get(file);
    const bool changed = row.expected == ErrorCode::kOk;
    CHECK(after.uid == (changed && row.uid >= 0 ? static_cast<uint32_t>(row.uid) : 1000));
    CHECK(after.gid == (changed && row.gid >= 0 ? static_cast<uint32_t>(row.gid) : 100));
  }
}

TEST_CASE("chown takes setuid, and setgid where the group may execute, but not from directories") {
  ServiceFixture f;
  struct Row {
    uint32_t before;
    uint32_t after;
  };
  for (const Row& row : {Row{06755, 0755}, Row{06745, 02745}, Row{04644, 0644}, Row{02710, 0710}, Row{01777, 01777}}) {
    for (const bool by_root : {true, false}) {
      const std::string name = std::to_string(row.before) + (by_root ? "r" : "a");
      const FileNumber file = f.NewFile(name, 0644, kRootFileNumber, f.alice);
      REQUIRE(f.SetMode(f.alice, file, row.before) == ErrorCode::kOk);
      AttributeChanges changes;
      changes.gid = 200;
      REQUIRE(f.Set(by_root ? f.root : f.alice, file, changes) == ErrorCode::kOk);
      CHECK(f.Get(file).mode == row.after);
    }
  }
  const FileNumber directory = f.NewDirectory("d", 0755, kRootFileNumber, f.alice);
  REQUIRE(f.SetMode(f.alice, directory, 06755) == ErrorCode::kOk);
  REQUIRE(f.SetOwner(f.alice, directory, 1000, 200) == ErrorCode::kOk);
  CHECK(f.Get(directory).mode == 06755);
}

TEST_CASE("chmod is for the owner and root, and keeps setgid only in a group of the caller") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a", 0777, kRootFileNumber, f.alice);
  CHECK(f.SetMode(f.bob, file, 0700) == ErrorCode::kPermissionDenied);
  CHECK(f.SetMode(f.alice, file, 02755) == ErrorCode::kOk);
  CHECK(f.Get(file).mode == 02755);
  REQUIRE(f.SetOwner(f.root, file, 1000, 300) == ErrorCode::kOk);
  CHECK(f.SetMode(f.alice, file, 06755) == ErrorCode::kOk);
  CHECK(f.Get(file).mode == 04755);
  CHECK(f.SetMode(f.root, file, 06755) == ErrorCode::kOk);
  CHECK(f.Get(file).mode == 06755);
  const FileNumber directory = f.NewDirectory("d", 0755, kRootFileNumber, f.alice);
  REQUIRE(f.SetOwner(f.root, directory, 1000, 300) == ErrorCode::kOk);
  CHECK(f.SetMode(f.alice, directory, 02755) == ErrorCode::kOk);
  CHECK(f.Get(directory).mode == 0755);
}

TEST_CASE("who may set times") {
  struct Row {
    uint32_t mode;
    Source source;
    bool owner;
    ErrorCode expected;
  };
  const Row rows[] = {
      {0444, Source::kServer, true, ErrorCode::kOk},
      {0444, Source::kClient, true, ErrorCode::kOk},
      {0444, Source::kServer, false, ErrorCode::kAccessDenied},
      {0666, Source::kServer, false, ErrorCode::kOk},
      {0666, Source::kClient, false, ErrorCode::kPermissionDenied},
  };
  ServiceFixture f;
  int i = 0;
  for (const Row& row : rows) {
    const FileNumber file = f.NewFile("f" + std::to_string(i++), row.mode, kRootFileNumber, f.alice);
    AttributeChanges changes;
    changes.atime_source = changes.mtime_source = row.source;
    changes.atime = {100, 999'999'999};
    changes.mtime = {-5, 7};
    INFO("row " << i - 1);
    CHECK(f.Set(row.owner ? f.alice : f.bob, file, changes) == row.expected);
    if (row.expected == ErrorCode::kOk && row.source == Source::kClient) {
      CHECK(f.Get(file).atime == Timestamp{100, 999'999'999});
      CHECK(f.Get(file).mtime == Timestamp{-5, 7});
    }
  }
}

TEST_CASE("setting attributes moves ctime and change, and mtime only if asked") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a");
  const Attributes before = f.Get(file);
  ChangePair pair;
  AttributeChanges changes;
  changes.mode = 0600;
  REQUIRE(f.Set(f.root, file, changes, &pair) == ErrorCode::kOk);
  CHECK(pair.before->change == before.change);
  CHECK(pair.before->ctime == before.ctime);
  CHECK(pair.after.ctime > before.ctime);
  CHECK(pair.after.mtime == before.mtime);
  CHECK(pair.after.change > before.change);
}

TEST_CASE("setting nothing changes nothing") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a");
  const Attributes before = f.Get(file);
  ChangePair pair;
  REQUIRE(f.Set(f.bob, file, {}, &pair) == ErrorCode::kOk);
  CHECK(f.Get(file).change == before.change);
  CHECK(pair.before->change == pair.after.change);
}

TEST_CASE("the guard compares ctime") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a");
  AttributeChanges changes;
  changes.mode = 0600;
  changes.expected_ctime = Timestamp{1, 1};
  ChangePair pair;
  CHECK(f.Set(f.root, file, changes, &pair) == ErrorCode::kNotSynchronized);
  CHECK_FALSE(pair.before.has_value());
  CHECK(pair.after.mode == 0644);
  changes.expected_ctime = f.Get(file).ctime;
  CHECK(f.Set(f.root, file, changes) == ErrorCode::kOk);
}

TEST_CASE("sizes are set by whoever may write, the owner always") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a", 0444, kRootFileNumber, f.alice);
  CHECK(f.SetSize(f.bob, file, 10) == ErrorCode::kAccessDenied);
  CHECK(f.SetSize(f.alice, file, 10) == ErrorCode::kOk);
  CHECK(f.Get(file).size_bytes == 10);
  CHECK(f.SetSize(f.root, file, uint64_t{1} << 63) == ErrorCode::kFileTooLarge);
  CHECK(f.SetSize(f.root, kRootFileNumber, 1) == ErrorCode::kIsDirectory);
  MakeReply fifo;
  REQUIRE(f.service->MakeNode(f.root, kRootFileNumber, "p", FileType::kFifo, {}, {}, fifo).ok());
  CHECK(f.SetSize(f.root, fifo.file.number, 1) == ErrorCode::kWrongType);
}

TEST_CASE("a new size moves mtime and ctime, and takes setuid from others than root") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a", 0644, kRootFileNumber, f.alice);
  REQUIRE(f.SetMode(f.alice, file, 04755) == ErrorCode::kOk);
  const Attributes before = f.Get(file);
  REQUIRE(f.SetSize(f.root, file, 10) == ErrorCode::kOk);
  CHECK(f.Get(file).mtime > before.mtime);
  CHECK(f.Get(file).ctime > before.ctime);
  CHECK(f.Get(file).mode == 04755);
  REQUIRE(f.SetSize(f.alice, file, 20) == ErrorCode::kOk);
  CHECK(f.Get(file).mode == 0755);
}

TEST_CASE("the observer hears of truncation before and after, and may stop it") {
  ServiceFixture f;
  RecordingObserver observer;
  f.service->SetContentObserver(&observer);
  const FileNumber file = f.NewFile("a");
  REQUIRE(f.SetSize(f.root, file, 100) == ErrorCode::kOk);
  CHECK(observer.truncations.empty());
  REQUIRE(f.SetSize(f.root, file, 40) == ErrorCode::kOk);
  CHECK(observer.truncations == std::vector<uint64_t>{40});
  REQUIRE(observer.dropped.size() == 1);
  CHECK(observer.dropped[0] == std::pair<uint64_t, uint64_t>(40, UINT64_MAX));
  observer.answer = ErrorCode::kIo;
  CHECK(f.SetSize(f.root, file, 1) == ErrorCode::kIo);
  CHECK(f.Get(file).size_bytes == 40);
  CHECK(observer.dropped.size() == 1);
  REQUIRE(f.Link(f.root, file, kRootFileNumber, "b") == ErrorCode::kOk);
  REQUIRE(f.Remove(f.root, kRootFileNumber, "a") == ErrorCode::kOk);
  CHECK(observer.removed.empty());
  REQUIRE(f.Remove(f.root, kRootFileNumber, "b") == ErrorCode::kOk);
  CHECK(observer.removed == std::vector<FileNumber>{file});
}

TEST_CASE("access follows the first class that matches") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a", 0, kRootFileNumber, f.alice);
  struct Row {
    uint32_t mode;
    int who;
    AccessMask expected;
  };
  const AccessMask all = AccessMask::kRead | AccessMask::kLookup | AccessMask::kModify | AccessMask::kExtend |
                         AccessMask::kDelete | AccessMask::kExecute;
  const AccessMask write = AccessMask::kModify | AccessMask::kExtend;
  const Caller member(1005, 555, {100});
  const CallContext* callers[] = {&static_cast<const CallContext&>(f.root), &static_cast<const CallContext&>(f.alice),
                                  &static_cast<const CallContext&>(member), &static_cast<const CallContext&>(f.bob)};
  const Row rows[] = {
      {0400, 1, AccessMask::kRead},
      {0077, 1, AccessMask::kNone},
      {0020, 2, write},
      {0707, 2, AccessMask::kNone},
      {0001, 3, AccessMask::kExecute},
      {0770, 3, AccessMask::kNone},
      {0000, 0, AccessMask::kRead | write},
      {0001, 0, AccessMask::kRead | write | AccessMask::kExecute},
  };
  for (const Row& row : rows) {
    REQUIRE(f.SetMode(f.root, file, row.mode) == ErrorCode::kOk);
    CheckAccessReply reply;
    REQUIRE(f.service->CheckAccess(*callers[row.who], file, all, reply).ok());
    INFO("mode " << row.mode << " caller " << row.who);
    CHECK(reply.granted == row.expected);
  }
}

TEST_CASE("reading and writing: the owner always, others by mode, execution reads") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a", 0, kRootFileNumber, f.alice);
  Attributes attributes;
  CHECK(f.service->AuthorizeRead(f.alice, file, attributes).ok());
  CHECK(f.service->AuthorizeWrite(f.alice, file, 0, 1).ok());
  CHECK(f.service->AuthorizeRead(f.bob, file, attributes).code() == ErrorCode::kAccessDenied);
  CHECK(f.service->AuthorizeWrite(f.bob, file, 0, 1).code() == ErrorCode::kAccessDenied);
  REQUIRE(f.SetMode(f.root, file, 0001) == ErrorCode::kOk);
  CHECK(f.service->AuthorizeRead(f.bob, file, attributes).ok());
  REQUIRE(f.SetMode(f.root, file, 0002) == ErrorCode::kOk);
  CHECK(f.service->AuthorizeWrite(f.bob, file, 0, 1).ok());
  CHECK(f.service->AuthorizeWrite(f.bob, file, UINT64_MAX, 1).code() == ErrorCode::kFileTooLarge);
  CHECK(f.service->AuthorizeRead(f.root, kRootFileNumber, attributes).code() == ErrorCode::kIsDirectory);
}

TEST_CASE("extended attributes come and go") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a", 0644, kRootFileNumber, f.alice);
  SetAttributesReply reply;
  const Attributes before = f.Get(file);
  REQUIRE(f.service->SetExtendedAttribute(f.alice, file, "user.x", "one", true, false, reply).ok());
  CHECK(reply.file.after.ctime > before.ctime);
  CHECK(f.service->SetExtendedAttribute(f.alice, file, "user.x", "two", true, false, reply).code() ==
        ErrorCode::kExists);
  CHECK(f.service->SetExtendedAttribute(f.alice, file, "user.y", "two", false, true, reply).code() ==
        ErrorCode::kNoAttribute);
  CHECK(f.service->SetExtendedAttribute(f.bob, file, "user.x", "two", false, false, reply).code() ==
        ErrorCode::kAccessDenied);
  std::string value;
  REQUIRE(f.service->GetExtendedAttribute(f.bob, file, "user.x", value).ok());
  CHECK(value == "one");
  std::string names;
  REQUIRE(f.service->ListExtendedAttributes(f.bob, file, names).ok());
  CHECK(names == std::string("user.x\0", 7));
  REQUIRE(f.service->RemoveExtendedAttribute(f.alice, file, "user.x", reply).ok());
  CHECK(f.service->GetExtendedAttribute(f.alice, file, "user.x", value).code() == ErrorCode::kNoAttribute);
  CHECK(f.service->RemoveExtendedAttribute(f.alice, file, "user.x", reply).code() == ErrorCode::kNoAttribute);
  CHECK(f.service->SetExtendedAttribute(f.alice, file, std::string(256, 'n'), "", false, false, reply).code() ==
        ErrorCode::kNameTooLong);
}

}  // namespace dittofs
