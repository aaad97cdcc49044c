#include "base/posix_access.h"

#include "catch.h"
#include "dittofs/file_system.h"

namespace dittofs {
namespace {

// The smallest file system: a root directory and nothing else.
class EmptyTree final : public FileSystem {
 public:
  const FileSystemTraits& traits() const noexcept override { return traits_; }
  Status GetAttributes(const CallContext&, FileNumber file, AttributeMask, Attributes& attributes) override {
    if (file != kRootFileNumber) return ErrorCode::kStale;
    attributes = {};
    attributes.valid = AttributeMask::kAll;
    attributes.type = FileType::kDirectory;
    attributes.mode = 0777;
    attributes.number = file;
    return {};
  }
  Status Lookup(const CallContext&, FileNumber, std::string_view, AttributeMask, LookupReply&) override {
    return ErrorCode::kNotFound;
  }
  Status ReadDirectory(const CallContext&, FileNumber, const ReadDirectoryRequest&, DirectorySink&,
                       ReadDirectoryReply&) override {
    return {};
  }
  Status Read(const CallContext&, FileNumber, uint64_t, uint32_t, ReadReply&) override {
    return ErrorCode::kIsDirectory;
  }
  FileSystemTraits traits_;
};

constexpr AccessMask kEverything = AccessMask::kRead | AccessMask::kLookup | AccessMask::kModify | AccessMask::kExtend |
                                   AccessMask::kDelete | AccessMask::kExecute;

}  // namespace

TEST_CASE("the first class that matches decides, also when another one could do more") {
  const uint32_t groups[] = {7, 8};
  const Identity owner{1, 2, {}};
  const Identity member{3, 2, {}};
  const Identity supplementary{3, 4, groups};
  const Identity other{5, 5, {}};
  CHECK(base::PosixPermissions(owner, 0077, 1, 2, false) == 0);
  CHECK(base::PosixPermissions(member, 0707, 1, 2, false) == 0);
  CHECK(base::PosixPermissions(supplementary, 0070, 1, 8, false) == 7);
  CHECK(base::PosixPermissions(other, 0770, 1, 2, false) == 0);
  CHECK(base::PosixPermissions(other, 0005, 1, 2, false) == 5);
}

TEST_CASE("uid 0 may do all but execute what nobody may execute") {
  CHECK(base::PosixPermissions(kSuperuser, 0, 1, 2, false) == (base::kMayRead | base::kMayWrite));
  CHECK(base::PosixPermissions(kSuperuser, 0001, 1, 2, false) == 7);
  CHECK(base::PosixPermissions(kSuperuser, 0, 1, 2, true) == 7);
}

TEST_CASE("names of a directory can be changed only where they can be looked up") {
  Attributes directory;
  directory.type = FileType::kDirectory;
  directory.uid = 1;
  const Identity owner{1, 1, {}};
  directory.mode = 0200;
  CHECK(PosixAccess(owner, directory, kEverything) == AccessMask::kNone);
  directory.mode = 0300;
  CHECK(PosixAccess(owner, directory, kEverything) ==
        (AccessMask::kLookup | AccessMask::kModify | AccessMask::kExtend | AccessMask::kDelete));
  CHECK(PosixAccess(owner, directory, AccessMask::kExecute) == AccessMask::kNone);
}

TEST_CASE("lookup and delete mean nothing for files, and only what was asked is granted") {
  Attributes file;
  file.mode = 0777;
  const Identity other{9, 9, {}};
  CHECK(PosixAccess(other, file, kEverything) ==
        (AccessMask::kRead | AccessMask::kModify | AccessMask::kExtend | AccessMask::kExecute));
  CHECK(PosixAccess(other, file, AccessMask::kRead) == AccessMask::kRead);
}

TEST_CASE("names of entries") {
  CHECK(CheckName("a").ok());
  CHECK(CheckName("...").ok());
  CHECK(CheckName("\xff").ok());
  CHECK(CheckName("").code() == ErrorCode::kInvalidArgument);
  CHECK(CheckName(".").code() == ErrorCode::kExists);
  CHECK(CheckName("..").code() == ErrorCode::kExists);
  CHECK(CheckName("a/").code() == ErrorCode::kInvalidArgument);
  CHECK(CheckName(std::string_view("\0", 1)).code() == ErrorCode::kInvalidArgument);
  CHECK(CheckName("abcd", 4).ok());
  CHECK(CheckName("abcde", 4).code() == ErrorCode::kNameTooLong);
}

TEST_CASE("a file system without optional operations is read-only, or says that it can't") {
  EmptyTree tree;
  CreateReply created;
  CHECK(tree.Create(kSuperuserContext, {}, created).code() == ErrorCode::kReadOnly);
  std::string target;
  Attributes attributes;
  CHECK(tree.ReadSymlink(kSuperuserContext, kRootFileNumber, target, attributes).code() == ErrorCode::kNotSupported);
  CheckAccessReply access;
  REQUIRE(tree.CheckAccess(kSuperuserContext, kRootFileNumber, kEverything, access).ok());
  CHECK(access.granted == (AccessMask::kRead | AccessMask::kLookup));
  FileSystemStatistics statistics;
  REQUIRE(tree.GetStatistics(kSuperuserContext, statistics).ok());
  CHECK(statistics.root.number == kRootFileNumber);
  tree.traits_.read_only = false;
  CHECK(tree.Create(kSuperuserContext, {}, created).code() == ErrorCode::kNotSupported);
  REQUIRE(tree.CheckAccess(kSuperuserContext, kRootFileNumber, kEverything, access).ok());
  CHECK(Has(access.granted, AccessMask::kModify));
}

}  // namespace dittofs
