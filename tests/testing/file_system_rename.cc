#include "file_system_subject.h"

namespace dittofs::testing {

void AddRenameCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWritingCase(cases, factory, "a renamed file keeps number and content", [](FileSystemSubject& subject) {
    const FileNumber directory = subject.MakeDirectory(subject.root(), "d");
    const FileNumber file = subject.Create(subject.root(), "a");
    subject.Write(file, 0, "content");
    subject.Rename(subject.root(), "a", directory, "b");
    Expect(!subject.Find(subject.root(), "a"), "the old name is still there");
    Expect(subject.Find(directory, "b") == file, "the new name means another file");
    Expect(subject.ReadAll(file) == "content", "other content");
    Expect(subject.List(subject.root()).size() == 1 && subject.List(directory).size() == 1, "the listing is wrong");
  });
  AddWritingCase(cases, factory, "renaming what does not exist is kNotFound", [](FileSystemSubject& subject) {
    RenameReply reply;
    ExpectCode(subject.TryRename(subject.root(), "a", subject.root(), "b", reply), ErrorCode::kNotFound, "Rename");
  });
  AddWritingCase(cases, factory, "a file that has the new name is replaced", [](FileSystemSubject& subject) {
    const FileNumber file = subject.Create(subject.root(), "a");
    const FileNumber old_file = subject.Create(subject.root(), "b");
    RenameReply reply;
    ExpectOk(subject.TryRename(subject.root(), "a", subject.root(), "b", reply), "Rename");
    Expect(subject.Find(subject.root(), "b") == file, "another file");
    ExpectCode(subject.Look(old_file), ErrorCode::kStale, "GetAttributes of the replaced file");
    Expect(!reply.replaced.present() || reply.replaced.number == old_file, "another file was replaced");
  });
  AddWritingCase(cases, factory, "nothing is replaced if it may not be", [](FileSystemSubject& subject) {
    subject.Create(subject.root(), "a");
    const FileNumber old_file = subject.Create(subject.root(), "b");
    RenameRequest request;
    request.from_directory = request.to_directory = subject.root();
    request.from_name = "a";
    request.to_name = "b";
    request.may_replace = false;
    RenameReply reply;
    const Status status = subject.fs().Rename(kRootCaller, request, reply);
    FileSystemSubject::Need(status, "Rename");
    ExpectCode(status, ErrorCode::kExists, "Rename");
    Expect(subject.Find(subject.root(), "b") == old_file, "it was replaced");
  });
  AddWritingCase(cases, factory, "renaming a file to itself changes nothing", [](FileSystemSubject& subject) {
    const FileNumber file = subject.Create(subject.root(), "a");
    subject.Rename(subject.root(), "a", subject.root(), "a");
    Expect(subject.Find(subject.root(), "a") == file, "it is gone");
  });
  AddWritingCase(cases, factory, "renaming between two names of one file does nothing", [](FileSystemSubject& subject) {
    if (!subject.traits().hard_links) throw CaseSkip{"traits().hard_links is false"};
    const FileNumber file = subject.Create(subject.root(), "a");
    LinkReply linked;
    ExpectOk(subject.fs().Link(kRootCaller, file, subject.root(), "b", linked), "Link");
    subject.Rename(subject.root(), "a", subject.root(), "b");
    Expect(subject.Find(subject.root(), "a") == file && subject.Find(subject.root(), "b") == file, "a name is gone");
    Expect(subject.Get(file).link_count == 2, "another link count");
  });
  AddWritingCase(cases, factory, "files and directories do not replace each other", [](FileSystemSubject& subject) {
    subject.Create(subject.root(), "file");
    subject.MakeDirectory(subject.root(), "directory");
    RenameReply reply;
    ExpectCode(subject.TryRename(subject.root(), "file", subject.root(), "directory", reply), ErrorCode::kIsDirectory,
               "a file over a directory");
    ExpectCode(subject.TryRename(subject.root(), "directory", subject.root(), "file", reply), ErrorCode::kNotDirectory,
               "a directory over a file");
  });
  AddWritingCase(cases, factory, "a directory replaces an empty one only", [](FileSystemSubject& subject) {
    subject.MakeDirectory(subject.root(), "a");
    const FileNumber target = subject.MakeDirectory(subject.root(), "b");
    subject.Create(target, "entry");
    RenameReply reply;
    ExpectCode(subject.TryRename(subject.root(), "a", subject.root(), "b", reply), ErrorCode::kNotEmpty, "Rename");
    subject.Remove(target, "entry");
    ExpectOk(subject.TryRename(subject.root(), "a", subject.root(), "b", reply), "Rename");
    ExpectCode(subject.Look(target), ErrorCode::kStale, "GetAttributes of the replaced directory");
  });
  AddWritingCase(cases, factory, "a moved directory has another parent, and both count right",
                 [](FileSystemSubject& subject) {
                   const FileNumber from = subject.MakeDirectory(subject.root(), "from");
                   const FileNumber to = subject.MakeDirectory(subject.root(), "to");
                   const FileNumber moved = subject.MakeDirectory(from, "m");
                   subject.Rename(from, "m", to, "m");
                   Expect(subject.Find(moved, "..") == to, "another parent");
                   Expect(subject.Get(from).link_count == 2, "the old parent's link count");
                   Expect(subject.Get(to).link_count == 3, "the new parent's link count");
                 });
  AddWritingCase(cases, factory, "a directory can't be moved below itself", [](FileSystemSubject& subject) {
    const FileNumber outer = subject.MakeDirectory(subject.root(), "outer");
    const FileNumber inner = subject.MakeDirectory(outer, "inner");
    RenameReply reply;
    ExpectCode(subject.TryRename(subject.root(), "outer", inner, "x", reply), ErrorCode::kInvalidArgument, "Rename");
    ExpectCode(subject.TryRename(subject.root(), "outer", outer, "x", reply), ErrorCode::kInvalidArgument, "Rename");
    Expect(subject.Find(subject.root(), "outer") == outer, "it moved");
  });
  AddWritingCase(cases, factory, "only the expected file is renamed", [](FileSystemSubject& subject) {
    const FileNumber file = subject.Create(subject.root(), "a");
    RenameRequest request;
    request.from_directory = request.to_directory = subject.root();
    request.from_name = "a";
    request.to_name = "b";
    request.expected = FileNumber{file.value + 1000};
    RenameReply reply;
    const Status status = subject.fs().Rename(kRootCaller, request, reply);
    FileSystemSubject::Need(status, "Rename");
    ExpectCode(status, ErrorCode::kNotFound, "Rename of another file");
    Expect(subject.Find(subject.root(), "a") == file, "it was renamed");
  });
}

}  // namespace dittofs::testing
