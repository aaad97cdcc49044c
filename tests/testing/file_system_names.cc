// Making, finding and removing names.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "file_system_subject.h"

namespace dittofs::testing {
namespace {

void AddCreateCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWritingCase(cases, factory, "a new file is empty, found and listed", [](FileSystemSubject& subject) {
    CreateReply reply;
    ExpectOk(subject.TryCreate(subject.root(), "a", CreateDisposition::kMustCreate, reply, kRootCaller, 0640),
             "Create");
    Expect(reply.outcome == CreateOutcome::kCreated, "another outcome");
    Expect(reply.file.type == FileType::kRegular && reply.file.size_bytes == 0, "not an empty file");
    Expect(reply.file.mode == 0640, "another mode");
    Expect(subject.Find(subject.root(), "a") == reply.file.number, "another number is found");
    const auto listed = subject.List(subject.root());
    Expect(listed.size() == 1 && listed[0].name == "a", "it is not listed");
  });
  AddWritingCase(cases, factory, "making a file changes its directory, which the reply shows",
                 [](FileSystemSubject& subject) {
                   const Attributes before = subject.Get(subject.root());
                   CreateReply reply;
                   ExpectOk(subject.TryCreate(subject.root(), "a", CreateDisposition::kMustCreate, reply), "Create");
                   const Attributes after = subject.Get(subject.root());
                   Expect(after.change > before.change, "the directory's change did not grow");
                   if (!reply.directory.before) return;  // allowed: not known
                   Expect(reply.directory.before->change == before.change, "before is another state");
                   Expect(reply.directory.after.change == after.change, "after is another state");
                 });
  AddWritingCase(cases, factory, "kMustCreate of what exists is kExists", [](FileSystemSubject& subject) {
    const FileNumber file = subject.Create(subject.root(), "a");
    CreateReply reply;
    ExpectCode(subject.TryCreate(subject.root(), "a", CreateDisposition::kMustCreate, reply), ErrorCode::kExists,
               "Create");
    Expect(subject.Find(subject.root(), "a") == file, "another file has the name");
  });
  AddWritingCase(cases, factory, "kOpenIf opens what exists and leaves it as it is", [](FileSystemSubject& subject) {
    const FileNumber file = subject.Create(subject.root(), "a");
    subject.Write(file, 0, "content");
    CreateReply reply;
    ExpectOk(subject.TryCreate(subject.root(), "a", CreateDisposition::kOpenIf, reply, kRootCaller, 0600), "Create");
    Expect(reply.outcome == CreateOutcome::kOpened && reply.file.number == file, "not opened");
    Expect(subject.ReadAll(file) == "content", "its content changed");
    Expect(subject.Get(file).mode == 0644, "its mode changed");
    ExpectOk(subject.TryCreate(subject.root(), "b", CreateDisposition::kOpenIf, reply), "Create");
    Expect(reply.outcome == CreateOutcome::kCreated, "not created");
  });
  AddWritingCase(cases, factory, "kOverwriteIf empties what exists and keeps the file", [](FileSystemSubject& subject) {
    const FileNumber file = subject.Create(subject.root(), "a");
    subject.Write(file, 0, "content");
    CreateReply reply;
    const Status status = subject.TryCreate(subject.root(), "a", CreateDisposition::kOverwriteIf, reply);
    ExpectOk(status, "Create");
    Expect(reply.outcome == CreateOutcome::kOverwritten && reply.file.number == file, "not overwritten");
    Expect(reply.file.size_bytes == 0 && subject.ReadAll(file).empty(), "its content is still there");
  });
  AddWritingCase(cases, factory, "kOverwrite of nothing is kNotFound", [](FileSystemSubject& subject) {
    CreateReply reply;
    ExpectCode(subject.TryCreate(subject.root(), "a", CreateDisposition::kOverwrite, reply), ErrorCode::kNotFound,
               "Create");
    Expect(!subject.Find(subject.root(), "a"), "it was made");
  });
  AddWritingCase(cases, factory, "an exclusive create repeated with its verifier is the same create",
                 [](FileSystemSubject& subject) {
                   for (const uint64_t verifier : {uint64_t{0x1122334455667788}, uint64_t{0}}) {
                     const std::string name = "v" + std::to_string(verifier);
                     CreateRequest request;
                     request.directory = subject.root();
                     request.name = name;
                     request.disposition = CreateDisposition::kExclusive;
                     request.verifier = Verifier{verifier};
                     CreateReply first;
                     const Status status = subject.fs().Create(kRootCaller, request, first);
                     FileSystemSubject::Need(status, "an exclusive Create");
                     ExpectOk(status, "the first Create");
                     CreateReply second;
                     ExpectOk(subject.fs().Create(kRootCaller, request, second), "the same Create again");
                     Expect(first.file.number == second.file.number, "another file");
                     request.verifier = Verifier{verifier + 1};
                     ExpectCode(subject.fs().Create(kRootCaller, request, second), ErrorCode::kExists,
                                "Create with another verifier");
                   }
                 });
  AddWritingCase(cases, factory, "of several who create one name exactly one does", [](FileSystemSubject& subject) {
    subject.Remove(subject.root(), (subject.Create(subject.root(), "probe"), "probe"));
    for (int round = 0; round < 10; ++round) {
      const std::string name = "n" + std::to_string(round);
      std::atomic<int> created{0};
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
          CreateRequest request;
          request.directory = subject.root();
          request.name = name;
          CreateReply reply;
          created += subject.fs().Create(kRootCaller, request, reply).ok() ? 1 : 0;
        });
      }
      for (std::thread& thread : threads) thread.join();
      Expect(created == 1, std::to_string(created) + " of 4 succeeded");
    }
  });
}

void AddSpellingCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWritingCase(cases, factory, "names that can't be are refused", [](FileSystemSubject& subject) {
    CreateReply reply;
    const auto create = [&](std::string_view name) {
      return subject.TryCreate(subject.root(), name, CreateDisposition::kMustCreate, reply);
    };
    ExpectCode(create(""), ErrorCode::kInvalidArgument, "an empty name");
    ExpectCode(create("."), ErrorCode::kExists, "\".\"");
    ExpectCode(create(".."), ErrorCode::kExists, "\"..\"");
    ExpectCode(create("a/b"), ErrorCode::kInvalidArgument, "a name with '/'");
    ExpectCode(create(std::string_view("a\0b", 3)), ErrorCode::kInvalidArgument, "a name with NUL");
    ExpectCode(create(std::string(subject.traits().max_name_bytes + 1, 'x')), ErrorCode::kNameTooLong, "a long name");
    Expect(subject.List(subject.root()).empty(), "something was made");
  });
  AddWritingCase(cases, factory, "names keep every byte, and the longest is taken", [](FileSystemSubject& subject) {
    const std::vector<std::string> names = {
        " ", "\x01", "\xff\xfe", "ä", "a\nb", "...", "con", std::string(subject.traits().max_name_bytes, 'x')};
    for (const std::string& name : names) {
      const FileNumber file = subject.Create(subject.root(), name);
      Expect(subject.Find(subject.root(), name) == file, "not found: " + name);
    }
    std::set<std::string> listed;
    for (const ListedEntry& entry : subject.List(subject.root())) listed.insert(entry.name);
    Expect(listed == std::set<std::string>(names.begin(), names.end()), "other names are listed");
  });
  AddWritingCase(cases, factory, "case matters, or not, as the traits say", [](FileSystemSubject& subject) {
    const FileNumber file = subject.Create(subject.root(), "Name");
    const FileNumber other = subject.Find(subject.root(), "nAME");
    if (subject.traits().case_insensitive) {
      Expect(other == file, "another spelling is not found");
    } else {
      Expect(!other, "another spelling is found");
    }
  });
}

void AddRemoveCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWritingCase(cases, factory, "a removed file is gone, and its number is not used again",
                 [](FileSystemSubject& subject) {
                   const FileNumber file = subject.Create(subject.root(), "a");
                   subject.Remove(subject.root(), "a");
                   Expect(!subject.Find(subject.root(), "a"), "it is still found");
                   Expect(subject.List(subject.root()).empty(), "it is still listed");
                   ExpectCode(subject.Look(file), ErrorCode::kStale, "GetAttributes");
                   Expect(subject.Create(subject.root(), "a") != file, "its number was used again");
                 });
  AddWritingCase(cases, factory, "removing what does not exist is kNotFound", [](FileSystemSubject& subject) {
    ExpectCode(subject.TryRemove(subject.root(), "a"), ErrorCode::kNotFound, "Remove");
    ExpectCode(subject.TryRemove(subject.root(), "a", RemoveKind::kDirectory), ErrorCode::kNotFound, "Remove");
  });
  AddWritingCase(cases, factory, "files and directories are removed in their own ways", [](FileSystemSubject& subject) {
    subject.Create(subject.root(), "file");
    subject.MakeDirectory(subject.root(), "directory");
    ExpectCode(subject.TryRemove(subject.root(), "file", RemoveKind::kDirectory), ErrorCode::kNotDirectory,
               "removing a file as a directory");
    ExpectCode(subject.TryRemove(subject.root(), "directory"), ErrorCode::kIsDirectory,
               "removing a directory as a file");
    subject.Remove(subject.root(), "directory", RemoveKind::kDirectory);
    subject.Remove(subject.root(), "file");
  });
  AddWritingCase(cases, factory, "a directory with entries can't be removed", [](FileSystemSubject& subject) {
    const FileNumber directory = subject.MakeDirectory(subject.root(), "directory");
    subject.Create(directory, "a");
    ExpectCode(subject.TryRemove(subject.root(), "directory", RemoveKind::kDirectory), ErrorCode::kNotEmpty, "Remove");
    subject.Remove(directory, "a");
    subject.Remove(subject.root(), "directory", RemoveKind::kDirectory);
    ExpectCode(subject.Look(directory), ErrorCode::kStale, "GetAttributes");
  });
  AddWritingCase(cases, factory, "only the expected file is removed", [](FileSystemSubject& subject) {
    const FileNumber file = subject.Create(subject.root(), "a");
    RemoveRequest request;
    request.directory = subject.root();
    request.name = "a";
    request.expected = FileNumber{file.value + 1000};
    RemoveReply reply;
    const Status status = subject.fs().Remove(kRootCaller, request, reply);
    FileSystemSubject::Need(status, "Remove");
    ExpectCode(status, ErrorCode::kNotFound, "Remove of another file");
    request.expected = file;
    ExpectOk(subject.fs().Remove(kRootCaller, request, reply), "Remove");
  });
}

void AddTypeCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWritingCase(cases, factory, "directories count their sub-directories and know their parent",
                 [](FileSystemSubject& subject) {
                   const uint32_t before = subject.Get(subject.root()).link_count;
                   const FileNumber directory = subject.MakeDirectory(subject.root(), "d");
                   Expect(subject.Get(directory).link_count == 2, "a new directory has another link count");
                   Expect(subject.Get(subject.root()).link_count == before + 1, "the parent's count did not grow");
                   Expect(subject.Find(directory, "..") == subject.root(), "another parent");
                   subject.Create(directory, "file");
                   Expect(subject.Get(directory).link_count == 2, "a file counted");
                   subject.Remove(directory, "file");
                   subject.Remove(subject.root(), "d", RemoveKind::kDirectory);
                   Expect(subject.Get(subject.root()).link_count == before, "the parent's count did not shrink");
                 });
  AddWritingCase(cases, factory, "a directory is not made twice", [](FileSystemSubject& subject) {
    subject.MakeDirectory(subject.root(), "d");
    MakeReply reply;
    ExpectCode(subject.fs().MakeDirectory(kRootCaller, subject.root(), "d", {}, reply), ErrorCode::kExists,
               "MakeDirectory");
  });
  AddWritingCase(cases, factory, "a symlink keeps its target, whatever it is", [](FileSystemSubject& subject) {
    if (!subject.traits().symlinks) throw CaseSkip{"traits().symlinks is false"};
    const std::vector<std::string> targets = {"a", "../x//y/", "\xff not a path", std::string(1000, 't')};
    for (size_t i = 0; i < targets.size(); ++i) {
      MakeReply reply;
      ExpectOk(subject.fs().MakeSymlink(kRootCaller, subject.root(), "l" + std::to_string(i), targets[i], {}, reply),
               "MakeSymlink");
      Expect(reply.file.type == FileType::kSymlink && reply.file.size_bytes == targets[i].size(), "other attributes");
      std::string target;
      Attributes attributes;
      ExpectOk(subject.fs().ReadSymlink(kRootCaller, reply.file.number, target, attributes), "ReadSymlink");
      Expect(target == targets[i], "another target");
    }
    std::string target;
    Attributes attributes;
    const FileNumber file = subject.Create(subject.root(), "file");
    Expect(!subject.fs().ReadSymlink(kRootCaller, file, target, attributes).ok(), "a file was read as a symlink");
  });
  AddWritingCase(cases, factory, "special files keep type and device number", [](FileSystemSubject& subject) {
    if (!subject.traits().special_files) throw CaseSkip{"traits().special_files is false"};
    int i = 0;
    for (const FileType type :
         {FileType::kFifo, FileType::kSocket, FileType::kBlockDevice, FileType::kCharacterDevice}) {
      MakeReply reply;
      ExpectOk(subject.fs().MakeNode(kRootCaller, subject.root(), "n" + std::to_string(i++), type, {7, 9}, {}, reply),
               "MakeNode");
      const Attributes attributes = subject.Get(reply.file.number);
      Expect(attributes.type == type, "another type");
      const bool is_device = type == FileType::kBlockDevice || type == FileType::kCharacterDevice;
      Expect(!is_device || attributes.device == DeviceNumber{7, 9}, "another device number");
    }
  });
  AddWritingCase(
      cases, factory, "hard links are names of one file, which ends with the last", [](FileSystemSubject& s) {
        if (!s.traits().hard_links) throw CaseSkip{"traits().hard_links is false"};
        const FileNumber file = s.Create(s.root(), "a");
        const FileNumber directory = s.MakeDirectory(s.root(), "d");
        s.Write(file, 0, "content");
        LinkReply reply;
        ExpectOk(s.fs().Link(kRootCaller, file, directory, "b", reply), "Link");
        Expect(reply.file.link_count == 2 && s.Get(file).link_count == 2, "another link count");
        Expect(s.Find(directory, "b") == file, "another file");
        ExpectCode(s.fs().Link(kRootCaller, file, directory, "b", reply), ErrorCode::kExists,
                   "Link to a name that exists");
        Expect(!s.fs().Link(kRootCaller, directory, s.root(), "dd", reply).ok(), "a directory was linked");
        s.Remove(s.root(), "a");
        Expect(s.Get(file).link_count == 1 && s.ReadAll(file) == "content", "the file went with its first name");
        s.Remove(directory, "b");
        ExpectCode(s.Look(file), ErrorCode::kStale, "GetAttributes");
      });
}

void AddLargeDirectoryCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWritingCase(cases, factory, "what stays is listed exactly once, while other names come and go",
                 [](FileSystemSubject& subject) {
                   if (!subject.traits().persistent_cookies) throw CaseSkip{"traits().persistent_cookies is false"};
                   constexpr int kFiles = 200;
                   for (int i = 0; i < kFiles; ++i) {
                     subject.Create(subject.root(), "stay" + std::to_string(i));
                     subject.Create(subject.root(), "go" + std::to_string(i));
                   }
                   std::multiset<std::string> seen;
                   Cookie after;
                   bool end = false;
                   for (int round = 0; !end; ++round) {
                     for (const ListedEntry& entry : subject.ListPage(subject.root(), after, 7, end)) {
                       if (entry.name.starts_with("stay")) seen.insert(entry.name);
                       after = entry.cookie;
                     }
                     if (round < kFiles) {
                       subject.Remove(subject.root(), "go" + std::to_string(round));
                       if (round < 100) subject.Create(subject.root(), "come" + std::to_string(round));
                     }
                     Expect(round < 3 * kFiles, "the listing does not end");
                   }
                   Expect(seen.size() == kFiles, std::to_string(seen.size()) + " entries were seen");
                   Expect(std::set<std::string>(seen.begin(), seen.end()).size() == kFiles, "one was seen twice");
                 });
  AddWritingCase(cases, factory, "an entry keeps its cookie as long as it has its name",
                 [](FileSystemSubject& subject) {
                   if (!subject.traits().persistent_cookies) throw CaseSkip{"traits().persistent_cookies is false"};
                   for (int i = 0; i < 20; ++i) subject.Create(subject.root(), "f" + std::to_string(i));
                   std::map<std::string, Cookie> before;
                   for (const ListedEntry& entry : subject.List(subject.root())) before[entry.name] = entry.cookie;
                   for (int i = 0; i < 20; i += 2) subject.Remove(subject.root(), "f" + std::to_string(i));
                   if (subject.keeps_files()) subject.Reopen();
                   for (const ListedEntry& entry : subject.List(subject.root())) {
                     Expect(before[entry.name] == entry.cookie, "another cookie: " + entry.name);
                   }
                 });
}

}  // namespace

void AddNameCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddCreateCases(cases, factory);
  AddSpellingCases(cases, factory);
  AddRemoveCases(cases, factory);
  AddTypeCases(cases, factory);
  AddLargeDirectoryCases(cases, factory);
}

}  // namespace dittofs::testing
