#include <map>
#include <set>

#include "fixture.h"
#include "tree_checker.h"

namespace dittofs {
namespace {

class Listing final : public DirectorySink {
 public:
  explicit Listing(size_t room = SIZE_MAX) : room_(room) {}
  bool Add(const DirectoryEntry& entry) override {
    if (names.size() == room_) return false;
    names.emplace_back(entry.name);
    last = entry.cookie;
    sizes.push_back(entry.attributes ? entry.attributes->size_bytes : UINT64_MAX);
    return true;
  }
  std::vector<std::string> names;
  std::vector<uint64_t> sizes;
  Cookie last;

 private:
  size_t room_;
};

}  // namespace

TEST_CASE("a created file is found with the caller's ownership") {
  ServiceFixture f;
  Attributes made;
  REQUIRE(f.Create(f.alice, kRootFileNumber, "a", 0640, &made) == ErrorCode::kOk);
  Attributes found;
  REQUIRE(f.Find(f.bob, kRootFileNumber, "a", &found) == ErrorCode::kOk);
  CHECK(found.number == made.number);
  CHECK(found.uid == 1000);
  CHECK(found.gid == 100);
  CHECK(found.mode == 0640);
  CHECK(found.link_count == 1);
  CHECK(found.type == FileType::kRegular);
}

TEST_CASE("uid and gid use all 32 bits") {
  ServiceFixture f;
  const Caller high{0xfffffffe, 0xffffffff};
  const FileNumber file = f.NewFile("a", 0600, kRootFileNumber, high);
  CHECK(f.Get(file).uid == 0xfffffffe);
  CHECK(f.Get(file).gid == 0xffffffff);
}

TEST_CASE("a create answers a change pair that the next one continues") {
  ServiceFixture f;
  CreateReply first, second;
  REQUIRE(f.service->Create(f.alice, {kRootFileNumber, "a", CreateDisposition::kMustCreate, {}, {}}, first).ok());
  REQUIRE(f.service->Create(f.alice, {kRootFileNumber, "b", CreateDisposition::kMustCreate, {}, {}}, second).ok());
  REQUIRE(first.directory.before.has_value());
  REQUIRE(second.directory.before.has_value());
  CHECK(first.directory.after.change == first.directory.before->change + 1);
  CHECK(second.directory.before->change == first.directory.after.change);
  CHECK(second.directory.before->mtime == first.directory.after.mtime);
  CHECK(second.directory.after.mtime > first.directory.after.mtime);
}

TEST_CASE("an existing name is EEXIST also where the caller may not write, once he may search") {
  ServiceFixture f;
  const FileNumber directory = f.NewDirectory("d", 0755);
  f.NewFile("a", 0644, directory);
  CHECK(f.Create(f.alice, directory, "a") == ErrorCode::kExists);
  CHECK(f.MakeDirectory(f.alice, directory, "a") == ErrorCode::kExists);
  CHECK(f.Create(f.alice, directory, "b") == ErrorCode::kAccessDenied);
  REQUIRE(f.SetMode(f.root, directory, 0700) == ErrorCode::kOk);
  CHECK(f.Create(f.alice, directory, "a") == ErrorCode::kAccessDenied);
  CHECK(f.Find(f.alice, directory, "a") == ErrorCode::kAccessDenied);
  CHECK(f.Find(f.alice, directory, "none") == ErrorCode::kAccessDenied);
}

TEST_CASE("a failed create still says what the directory looks like") {
  ServiceFixture f;
  f.NewFile("a");
  CreateReply reply;
  CHECK(f.service->Create(f.alice, {kRootFileNumber, "a", CreateDisposition::kMustCreate, {}, {}}, reply).code() ==
        ErrorCode::kExists);
  CHECK_FALSE(reply.directory.before.has_value());
  CHECK(reply.directory.after.present());
  CHECK(reply.directory.after.number == kRootFileNumber);
}

TEST_CASE("names are checked for length and forbidden bytes") {
  ServiceFixture f;
  const std::string longest(255, 'n');
  CHECK(f.Create(f.root, kRootFileNumber, longest) == ErrorCode::kOk);
  CHECK(f.Find(f.root, kRootFileNumber, longest) == ErrorCode::kOk);
  const std::string longer(256, 'n');
  CHECK(f.Create(f.root, kRootFileNumber, longer) == ErrorCode::kNameTooLong);
  CHECK(f.Find(f.root, kRootFileNumber, longer) == ErrorCode::kNameTooLong);
  CHECK(f.Remove(f.root, kRootFileNumber, longer) == ErrorCode::kNameTooLong);
  CHECK(f.Rename(f.root, kRootFileNumber, longest, kRootFileNumber, longer) == ErrorCode::kNameTooLong);
  CHECK(f.Create(f.root, kRootFileNumber, "a/b") == ErrorCode::kInvalidArgument);
  CHECK(f.Create(f.root, kRootFileNumber, std::string_view("a\0b", 3)) == ErrorCode::kInvalidArgument);
  CHECK(f.Create(f.root, kRootFileNumber, "..") == ErrorCode::kExists);
}

TEST_CASE("dot-dot is the parent, and the root's is itself") {
  ServiceFixture f;
  const FileNumber outer = f.NewDirectory("outer");
  const FileNumber inner = f.NewDirectory("inner", 0755, outer);
  Attributes found;
  REQUIRE(f.Find(f.root, inner, "..", &found) == ErrorCode::kOk);
  CHECK(found.number == outer);
  REQUIRE(f.Find(f.root, kRootFileNumber, "..", &found) == ErrorCode::kOk);
  CHECK(found.number == kRootFileNumber);
}

TEST_CASE("names in anything but a directory are ENOTDIR") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a");
  CHECK(f.Find(f.root, file, "x") == ErrorCode::kNotDirectory);
  CHECK(f.Create(f.root, file, "x") == ErrorCode::kNotDirectory);
  CHECK(f.Remove(f.root, file, "x") == ErrorCode::kNotDirectory);
  CHECK(f.Rename(f.root, file, "x", kRootFileNumber, "y") == ErrorCode::kNotDirectory);
  CHECK(f.Link(f.root, file, file, "x") == ErrorCode::kNotDirectory);
}

TEST_CASE("a removed file is stale, and so is a removed directory") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a");
  const FileNumber directory = f.NewDirectory("d");
  REQUIRE(f.Remove(f.root, kRootFileNumber, "a") == ErrorCode::kOk);
  REQUIRE(f.Remove(f.root, kRootFileNumber, "d", RemoveKind::kDirectory) == ErrorCode::kOk);
  Attributes attributes;
  CHECK(f.service->GetAttributes(f.root, file, AttributeMask::kAll, attributes).code() == ErrorCode::kStale);
  CHECK(f.Create(f.root, directory, "x") == ErrorCode::kStale);
  CHECK(f.Find(f.root, kRootFileNumber, "a") == ErrorCode::kNotFound);
  CHECK(CheckTree(*f.options.store, f.options.share, *f.service).empty());
}

TEST_CASE("unlink and rmdir insist on the type") {
  ServiceFixture f;
  f.NewFile("a");
  const FileNumber directory = f.NewDirectory("d");
  f.NewFile("x", 0644, directory);
  CHECK(f.Remove(f.root, kRootFileNumber, "a", RemoveKind::kDirectory) == ErrorCode::kNotDirectory);
  CHECK(f.Remove(f.root, kRootFileNumber, "d") == ErrorCode::kIsDirectory);
  CHECK(f.Remove(f.root, kRootFileNumber, "d", RemoveKind::kDirectory) == ErrorCode::kNotEmpty);
  CHECK(f.Remove(f.root, kRootFileNumber, "none") == ErrorCode::kNotFound);
}

TEST_CASE("remove takes only the expected file") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a");
  RemoveReply reply;
  CHECK(f.service->Remove(f.root, {kRootFileNumber, "a", RemoveKind::kAnyButDirectory, FileNumber{99}}, reply).code() ==
        ErrorCode::kNotFound);
  CHECK(f.service->Remove(f.root, {kRootFileNumber, "a", RemoveKind::kAnyButDirectory, file}, reply).ok());
  CHECK(reply.file.link_count == 0);
}

TEST_CASE("who may remove from a sticky directory") {
  ServiceFixture f;
  struct Row {
    uint32_t directory_uid;
    uint32_t file_uid;
    ErrorCode expected;
  };
  // bob, 1001, removes from a directory that everybody may write to.
  const Row rows[] = {{0, 1000, ErrorCode::kPermissionDenied},
                      {0, 1001, ErrorCode::kOk},
                      {1001, 1000, ErrorCode::kOk},
                      {1000, 1000, ErrorCode::kPermissionDenied}};
  for (const Row& row : rows) {
    for (const bool rename : {false, true}) {
      const std::string name = std::to_string(row.directory_uid) + std::to_string(row.file_uid) + (rename ? "r" : "u");
      const FileNumber directory = f.NewDirectory(name, 01777);
      const FileNumber file = f.NewFile("x", 0666, directory);
      REQUIRE(f.SetOwner(f.root, directory, row.directory_uid, 0) == ErrorCode::kOk);
      REQUIRE(f.SetOwner(f.root, file, row.file_uid, 0) == ErrorCode::kOk);
      INFO(name);
      CHECK((rename ? f.Rename(f.bob, directory, "x", directory, "y") : f.Remove(f.bob, directory, "x")) ==
            row.expected);
      CHECK((rename || row.expected == ErrorCode::kOk || f.Remove(f.root, directory, "x") == ErrorCode::kOk));
    }
  }
}

TEST_CASE("directories count sub-directories as links") {
  ServiceFixture f;
  const FileNumber directory = f.NewDirectory("d");
  CHECK(f.Get(directory).link_count == 2);
  f.NewDirectory("x", 0755, directory);
  f.NewFile("y", 0644, directory);
  CHECK(f.Get(directory).link_count == 3);
  REQUIRE(f.Remove(f.root, directory, "x", RemoveKind::kDirectory) == ErrorCode::kOk);
  CHECK(f.Get(directory).link_count == 2);
}

TEST_CASE("a setgid directory hands down its group, and to directories the bit") {
  ServiceFixture f;
  const FileNumber directory = f.NewDirectory("d", 0777);
  REQUIRE(f.SetOwner(f.root, directory, 0, 300) == ErrorCode::kOk);
  REQUIRE(f.SetMode(f.root, directory, 02777) == ErrorCode::kOk);
  const Attributes file = f.Get(f.NewFile("a", 0644, directory, f.alice));
  CHECK(file.gid == 300);
  CHECK((file.mode & kModeSetGid) == 0);
  const Attributes inner = f.Get(f.NewDirectory("b", 0755, directory, f.alice));
  CHECK(inner.gid == 300);
  CHECK(inner.mode == 02755);
}

TEST_CASE("a new file keeps setgid only in a group of the caller") {
  ServiceFixture f;
  CHECK(f.Get(f.NewFile("own", 02755, kRootFileNumber, f.alice)).mode == 02755);
  const FileNumber directory = f.NewDirectory("d", 0777);
  REQUIRE(f.SetOwner(f.root, directory, 0, 300) == ErrorCode::kOk);
  REQUIRE(f.SetMode(f.root, directory, 02777) == ErrorCode::kOk);
  CHECK(f.Get(f.NewFile("foreign", 02755, directory, f.alice)).mode == 0755);
}

TEST_CASE("devices are made by root only, FIFOs and sockets by anybody") {
  ServiceFixture f;
  MakeReply reply;
  for (const FileType type : {FileType::kBlockDevice, FileType::kCharacterDevice}) {
    const std::string name = "device" + std::to_string(static_cast<int>(type));
    CHECK(f.service->MakeNode(f.alice, kRootFileNumber, name, type, {1, 2}, {}, reply).code() ==
          ErrorCode::kPermissionDenied);
    CHECK(f.service->MakeNode(f.root, kRootFileNumber, name, type, {0xffffffff, 7}, {}, reply).ok());
    CHECK(reply.file.device == DeviceNumber{0xffffffff, 7});
    CHECK(reply.file.type == type);
  }
  for (const FileType type : {FileType::kFifo, FileType::kSocket}) {
    const std::string name = "special" + std::to_string(static_cast<int>(type));
    CHECK(f.service->MakeNode(f.alice, kRootFileNumber, name, type, {}, {}, reply).ok());
    CHECK(reply.file.type == type);
  }
  CHECK(f.service->MakeNode(f.root, kRootFileNumber, "x", FileType::kRegular, {}, {}, reply).code() ==
        ErrorCode::kInvalidArgument);
}

TEST_CASE("symlinks keep their target and its bounds") {
  ServiceFixture f;
  MakeReply reply;
  const std::string longest(4095, 't');
  REQUIRE(f.service->MakeSymlink(f.alice, kRootFileNumber, "l", longest, {}, reply).ok());
  CHECK(reply.file.mode == 0777);
  CHECK(reply.file.size_bytes == 4095);
  std::string target;
  Attributes attributes;
  REQUIRE(f.service->ReadSymlink(f.bob, reply.file.number, target, attributes).ok());
  CHECK(target == longest);
  CHECK(f.service->MakeSymlink(f.alice, kRootFileNumber, "m", longest + "t", {}, reply).code() ==
        ErrorCode::kNameTooLong);
  CHECK(f.service->MakeSymlink(f.alice, kRootFileNumber, "m", "", {}, reply).code() == ErrorCode::kNotFound);
  CHECK(f.service->ReadSymlink(f.bob, kRootFileNumber, target, attributes).code() == ErrorCode::kWrongType);
}

TEST_CASE("exclusive create succeeds again with its verifier, zero included, also after a restart") {
  ServiceFixture f;
  CreateReply reply;
  for (const uint64_t verifier : {uint64_t{0}, uint64_t{77}}) {
    const std::string name = "x" + std::to_string(verifier);
    const CreateRequest request{kRootFileNumber, name, CreateDisposition::kExclusive, {}, Verifier{verifier}};
    REQUIRE(f.service->Create(f.alice, request, reply).ok());
    const FileNumber made = reply.file.number;
    f.Open();
    REQUIRE(f.service->Create(f.alice, request, reply).ok());
    CHECK(reply.file.number == made);
    const CreateRequest other{kRootFileNumber, name, CreateDisposition::kExclusive, {}, Verifier{verifier + 1}};
    CHECK(f.service->Create(f.alice, other, reply).code() == ErrorCode::kExists);
  }
  const CreateRequest plain{kRootFileNumber, "plain", CreateDisposition::kExclusive, {}, Verifier{0}};
  f.NewFile("plain");
  CHECK(f.service->Create(f.alice, plain, reply).code() == ErrorCode::kExists);
}

TEST_CASE("open-if opens what is there and changes nothing") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a", 0600, kRootFileNumber, f.alice);
  const Attributes before = f.Get(file);
  CreateRequest request{kRootFileNumber, "a", CreateDisposition::kOpenIf, {}, {}};
  request.initial.mode = 0777;
  CreateReply reply;
  REQUIRE(f.service->Create(f.bob, request, reply).ok());
  CHECK(reply.outcome == CreateOutcome::kOpened);
  CHECK(reply.file.number == file);
  CHECK(f.Get(file).mode == 0600);
  CHECK(f.Get(file).change == before.change);
  f.NewDirectory("d");
  request.name = "d";
  CHECK(f.service->Create(f.bob, request, reply).code() == ErrorCode::kIsDirectory);
}

TEST_CASE("overwrite truncates for whoever may write") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a", 0644, kRootFileNumber, f.alice);
  REQUIRE(f.SetSize(f.alice, file, 500) == ErrorCode::kOk);
  CreateRequest request{kRootFileNumber, "a", CreateDisposition::kOverwriteIf, {}, {}};
  request.initial.size_bytes = 10;
  CreateReply reply;
  CHECK(f.service->Create(f.bob, request, reply).code() == ErrorCode::kAccessDenied);
  REQUIRE(f.service->Create(f.alice, request, reply).ok());
  CHECK(reply.outcome == CreateOutcome::kOverwritten);
  CHECK(f.Get(file).size_bytes == 10);
  request.name = "none";
  request.disposition = CreateDisposition::kOverwrite;
  CHECK(f.service->Create(f.alice, request, reply).code() == ErrorCode::kNotFound);
}

TEST_CASE("supersede puts a new file in the place of the old one") {
  ServiceFixture f;
  const FileNumber old = f.NewFile("a", 0644, kRootFileNumber, f.alice);
  CreateReply reply;
  REQUIRE(f.service->Create(f.alice, {kRootFileNumber, "a", CreateDisposition::kSupersedeIf, {}, {}}, reply).ok());
  CHECK(reply.outcome == CreateOutcome::kSuperseded);
  CHECK(reply.file.number != old);
  Attributes attributes;
  CHECK(f.service->GetAttributes(f.root, old, AttributeMask::kAll, attributes).code() == ErrorCode::kStale);
  CHECK(CheckTree(*f.options.store, f.options.share, *f.service).empty());
}

TEST_CASE("hard links share the file and count") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a", 0644, kRootFileNumber, f.alice);
  const Attributes before = f.Get(file);
  LinkReply reply;
  REQUIRE(f.service->Link(f.bob, file, kRootFileNumber, "b", reply).ok());
  CHECK(reply.file.link_count == 2);
  CHECK(reply.file.ctime > before.ctime);
  CHECK(reply.file.mtime == before.mtime);
  CHECK(reply.directory.before.has_value());
  CHECK(f.Link(f.bob, file, kRootFileNumber, "b") == ErrorCode::kExists);
  REQUIRE(f.Remove(f.alice, kRootFileNumber, "a") == ErrorCode::kOk);
  CHECK(f.Get(file).link_count == 1);
  CHECK(f.Get(file).ctime > reply.file.ctime);
  CHECK(f.Link(f.bob, f.NewDirectory("d"), kRootFileNumber, "e") == ErrorCode::kPermissionDenied);
  CHECK(f.Link(f.bob, FileNumber{4711}, kRootFileNumber, "e") == ErrorCode::kStale);
}

TEST_CASE("a file has at most 65,000 links") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a");
  REQUIRE(f.options.store
              ->Update(f.options.share, CommitDurability::kDurable,
                       [&](MetadataTransaction& transaction) -> Status {
                         InodeRecord inode;
                         DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(file, inode));
                         inode.link_count = 64999;
                         transaction.PutInode(inode);
                         return {};
                       })
              .ok());
  f.Open();
  CHECK(f.Link(f.root, file, kRootFileNumber, "b") == ErrorCode::kOk);
  CHECK(f.Link(f.root, file, kRootFileNumber, "c") == ErrorCode::kTooManyLinks);
}

TEST_CASE("a listing resumes after its cookie whatever was added or removed") {
  ServiceFixture f;
  std::set<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    f.NewFile("n" + std::to_string(i));
    expected.insert("n" + std::to_string(i));
  }
  std::multiset<std::string> seen;
  ReadDirectoryRequest request;
  request.entry_attributes = AttributeMask::kAll;
  ReadDirectoryReply reply;
  for (int page = 0; !reply.end && page < 100; ++page) {
    Listing listing(7);
    REQUIRE(f.service->ReadDirectory(f.alice, kRootFileNumber, request, listing, reply).ok());
    for (const std::string& name : listing.names) {
      if (name[0] == 'n') seen.insert(name);
    }
    request.after = listing.last;
    REQUIRE(f.Remove(f.root, kRootFileNumber, listing.names.front()) == ErrorCode::kOk);
    f.NewFile("later" + std::to_string(page));
  }
  CHECK(reply.end);
  CHECK(std::set<std::string>(seen.begin(), seen.end()) == expected);
  CHECK(seen.size() == expected.size());
}

TEST_CASE("listing needs read permission and names the parent") {
  ServiceFixture f;
  const FileNumber directory = f.NewDirectory("d", 0711);
  Listing listing;
  ReadDirectoryReply reply;
  CHECK(f.service->ReadDirectory(f.alice, directory, {}, listing, reply).code() == ErrorCode::kAccessDenied);
  CHECK(f.service->ReadDirectory(f.root, directory, {}, listing, reply).ok());
  CHECK(reply.end);
  CHECK(reply.parent == kRootFileNumber);
  CHECK(f.service->ReadDirectory(f.root, f.NewFile("a"), {}, listing, reply).code() == ErrorCode::kNotDirectory);
}

TEST_CASE("a listing shows sizes that are not durable yet") {
  ServiceFixture f;
  const FileNumber file = f.NewFile("a");
  ChangePair pair;
  REQUIRE(f.service->NoteWrite(f.root, file, 0, 777, pair).ok());
  Listing listing;
  ReadDirectoryRequest request;
  request.entry_attributes = AttributeMask::kAll;
  ReadDirectoryReply reply;
  REQUIRE(f.service->ReadDirectory(f.root, kRootFileNumber, request, listing, reply).ok());
  REQUIRE(listing.sizes.size() == 1);
  CHECK(listing.sizes[0] == 777);
}

TEST_CASE("names that fold alike are found without a scan, the exact one first") {
  ServiceFixture f;
  const FileNumber upper = f.NewFile("ÄPFEL.txt");
  std::string stored;
  LookupReply reply;
  REQUIRE(f.service->LookupFolded(f.root, kRootFileNumber, "äpfel.TXT", AttributeMask::kAll, stored, reply).ok());
  CHECK(reply.file.number == upper);
  CHECK(stored == "ÄPFEL.txt");
  const FileNumber lower = f.NewFile("äpfel.txt");
  REQUIRE(f.service->LookupFolded(f.root, kRootFileNumber, "äpfel.txt", AttributeMask::kAll, stored, reply).ok());
  CHECK(reply.file.number == lower);
  REQUIRE(f.Remove(f.root, kRootFileNumber, "äpfel.txt") == ErrorCode::kOk);
  REQUIRE(f.service->LookupFolded(f.root, kRootFileNumber, "äpfel.txt", AttributeMask::kAll, stored, reply).ok());
  CHECK(reply.file.number == upper);
  REQUIRE(f.Remove(f.root, kRootFileNumber, "ÄPFEL.txt") == ErrorCode::kOk);
  CHECK(f.service->LookupFolded(f.root, kRootFileNumber, "äpfel.txt", AttributeMask::kAll, stored, reply).code() ==
        ErrorCode::kNotFound);
}

TEST_CASE("the quota of files is kept") {
  MetadataServiceOptions options;
  options.quota_files = 3;
  ServiceFixture f(options);
  f.NewFile("a");
  f.NewDirectory("b");
  CHECK(f.Create(f.root, kRootFileNumber, "c") == ErrorCode::kQuotaExceeded);
  REQUIRE(f.Remove(f.root, kRootFileNumber, "a") == ErrorCode::kOk);
  CHECK(f.Create(f.root, kRootFileNumber, "c") == ErrorCode::kOk);
}

TEST_CASE("everything is there after a restart, and numbers are not given out twice") {
  ServiceFixture f;
  const FileNumber directory = f.NewDirectory("d", 0711);
  const FileNumber file = f.NewFile("a", 0644, directory, f.root);
  f.Open();
  Attributes found;
  REQUIRE(f.Find(f.alice, directory, "a", &found) == ErrorCode::kOk);
  CHECK(found.number == file);
  CHECK(f.NewFile("b") > file);
  CHECK(f.Get(kRootFileNumber).link_count == 3);
  CHECK(CheckTree(*f.options.store, f.options.share, *f.service).empty());
}

}  // namespace dittofs
