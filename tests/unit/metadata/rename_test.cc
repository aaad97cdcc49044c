#include "fixture.h"
#include "tree_checker.h"

namespace dittofs {
namespace {

struct RenameFixture : ServiceFixture {
  ~RenameFixture() { CHECK(CheckTree(*options.store, options.share, *service).empty()); }
};

}  // namespace

TEST_CASE("rename moves a file and answers both directories' changes") {
  RenameFixture f;
  const FileNumber from = f.NewDirectory("from");
  const FileNumber to = f.NewDirectory("to");
  const FileNumber file = f.NewFile("a", 0644, from);
  const Attributes before = f.Get(file);
  RenameReply reply;
  REQUIRE(f.Rename(f.root, from, "a", to, "b", &reply) == ErrorCode::kOk);
  CHECK(reply.file.number == file);
  CHECK(reply.file.ctime > before.ctime);
  CHECK(reply.file.mtime == before.mtime);
  REQUIRE(reply.from_directory.before.has_value());
  REQUIRE(reply.to_directory.before.has_value());
  CHECK(reply.from_directory.after.number == from);
  CHECK(reply.to_directory.after.number == to);
  CHECK(reply.to_directory.after.mtime > reply.to_directory.before->mtime);
  CHECK_FALSE(reply.replaced.present());
  CHECK(f.Find(f.root, from, "a") == ErrorCode::kNotFound);
  CHECK(f.Find(f.root, to, "b") == ErrorCode::kOk);
}

TEST_CASE("rename replaces what may be replaced") {
  struct Row {
    const char* from;
    const char* to;
    ErrorCode expected;
  };
  const Row rows[] = {
      {"file", "other", ErrorCode::kOk},
      {"file", "empty", ErrorCode::kIsDirectory},
      {"directory", "file", ErrorCode::kNotDirectory},
      {"directory", "empty", ErrorCode::kOk},
      {"directory", "full", ErrorCode::kNotEmpty},
      {"file", "full", ErrorCode::kIsDirectory},
      {"none", "file", ErrorCode::kNotFound},
  };
  for (const Row& row : rows) {
    for (const bool other_parent : {false, true}) {
      RenameFixture f;
      const FileNumber to = other_parent ? f.NewDirectory("parent") : kRootFileNumber;
      f.NewFile("file");
      f.NewDirectory("directory");
      if (other_parent) f.NewFile("file", 0644, to);
      f.NewFile("other", 0644, to);
      f.NewDirectory("empty", 0755, to);
      f.NewFile("x", 0644, f.NewDirectory("full", 0755, to));
      INFO(row.from << " to " << row.to);
      CHECK(f.Rename(f.root, kRootFileNumber, row.from, to, row.to) == row.expected);
    }
  }
}

TEST_CASE("rename onto another name of the same file does nothing") {
  RenameFixture f;
  const FileNumber file = f.NewFile("a");
  REQUIRE(f.Link(f.root, file, kRootFileNumber, "b") == ErrorCode::kOk);
  const Attributes directory = f.Get(kRootFileNumber);
  RenameReply reply;
  REQUIRE(f.Rename(f.root, kRootFileNumber, "a", kRootFileNumber, "b", &reply) == ErrorCode::kOk);
  CHECK(f.Find(f.root, kRootFileNumber, "a") == ErrorCode::kOk);
  CHECK(f.Find(f.root, kRootFileNumber, "b") == ErrorCode::kOk);
  CHECK(f.Get(kRootFileNumber).change == directory.change);
  REQUIRE(reply.from_directory.before.has_value());
  CHECK(reply.from_directory.before->change == reply.from_directory.after.change);
  CHECK(f.Rename(f.root, kRootFileNumber, "a", kRootFileNumber, "a") == ErrorCode::kOk);
}

TEST_CASE("a directory can't move below itself") {
  RenameFixture f;
  const FileNumber a = f.NewDirectory("a");
  const FileNumber b = f.NewDirectory("b", 0755, a);
  const FileNumber c = f.NewDirectory("c", 0755, b);
  CHECK(f.Rename(f.root, kRootFileNumber, "a", a, "x") == ErrorCode::kInvalidArgument);
  CHECK(f.Rename(f.root, kRootFileNumber, "a", c, "x") == ErrorCode::kInvalidArgument);
  CHECK(f.Rename(f.root, a, "b", b, "c") == ErrorCode::kInvalidArgument);
  CHECK(f.Rename(f.root, b, "c", kRootFileNumber, "a") == ErrorCode::kNotEmpty);
  CHECK(f.Rename(f.root, b, "c", kRootFileNumber, "c") == ErrorCode::kOk);
}

TEST_CASE("a directory's new parent is what dot-dot means") {
  RenameFixture f;
  const FileNumber a = f.NewDirectory("a");
  const FileNumber b = f.NewDirectory("b");
  REQUIRE(f.Rename(f.root, kRootFileNumber, "b", a, "b") == ErrorCode::kOk);
  Attributes parent;
  REQUIRE(f.Find(f.root, b, "..", &parent) == ErrorCode::kOk);
  CHECK(parent.number == a);
  CHECK(f.Get(a).link_count == 3);
  CHECK(f.Get(kRootFileNumber).link_count == 3);
}

TEST_CASE("moving a directory elsewhere needs write permission on it, renaming it does not") {
  RenameFixture f;
  const FileNumber to = f.NewDirectory("to", 0777);
  const FileNumber directory = f.NewDirectory("d", 0755);
  CHECK(f.Rename(f.alice, kRootFileNumber, "d", to, "d") == ErrorCode::kAccessDenied);
  CHECK(f.Rename(f.alice, kRootFileNumber, "d", kRootFileNumber, "e") == ErrorCode::kOk);
  REQUIRE(f.SetMode(f.root, directory, 0777) == ErrorCode::kOk);
  CHECK(f.Rename(f.alice, kRootFileNumber, "e", to, "d") == ErrorCode::kOk);
}

TEST_CASE("rename needs write permission on both directories and search permission first") {
  RenameFixture f;
  struct Row {
    uint32_t from_mode;
    uint32_t to_mode;
    ErrorCode expected;
  };
  const Row rows[] = {
      {0777, 0777, ErrorCode::kOk},           {0755, 0777, ErrorCode::kAccessDenied},
      {0777, 0755, ErrorCode::kAccessDenied}, {0776, 0777, ErrorCode::kAccessDenied},
      {0777, 0776, ErrorCode::kAccessDenied}, {0777, 0773, ErrorCode::kOk},
  };
  int i = 0;
  for (const Row& row : rows) {
    const FileNumber from = f.NewDirectory("from" + std::to_string(i), row.from_mode);
    const FileNumber to = f.NewDirectory("to" + std::to_string(i++), row.to_mode);
    f.NewFile("a", 0644, from);
    INFO(i);
    CHECK(f.Rename(f.alice, from, "a", to, "b") == row.expected);
  }
}

TEST_CASE("rename respects sticky targets, may_replace and the expected file") {
  RenameFixture f;
  const FileNumber sticky = f.NewDirectory("sticky", 01777);
  f.NewFile("target", 0666, sticky, f.alice);
  f.NewFile("a", 0666, kRootFileNumber, f.bob);
  CHECK(f.Rename(f.bob, kRootFileNumber, "a", sticky, "target") == ErrorCode::kPermissionDenied);
  RenameReply reply;
  CHECK(f.service->Rename(f.root, {kRootFileNumber, "a", sticky, "target", false, {}}, reply).code() ==
        ErrorCode::kExists);
  CHECK(f.service->Rename(f.root, {kRootFileNumber, "a", sticky, "target", true, FileNumber{999}}, reply).code() ==
        ErrorCode::kNotFound);
  CHECK(f.service->Rename(f.root, {kRootFileNumber, "a", sticky, "target", true, {}}, reply).ok());
  CHECK(reply.replaced.present());
  CHECK(reply.replaced.link_count == 0);
}

TEST_CASE("replacing one of two names leaves the file one link") {
  RenameFixture f;
  const FileNumber victim = f.NewFile("victim");
  REQUIRE(f.Link(f.root, victim, kRootFileNumber, "other") == ErrorCode::kOk);
  f.NewFile("a");
  const Attributes before = f.Get(victim);
  REQUIRE(f.Rename(f.root, kRootFileNumber, "a", kRootFileNumber, "victim") == ErrorCode::kOk);
  CHECK(f.Get(victim).link_count == 1);
  CHECK(f.Get(victim).ctime > before.ctime);
}

}  // namespace dittofs
