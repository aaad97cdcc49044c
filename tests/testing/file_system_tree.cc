// What holds for every file system, also one that can't be written to.
#include <algorithm>

#include "file_system_subject.h"

namespace dittofs::testing {
namespace {

constexpr size_t kMaxVisited = 300;

struct Visited {
  FileNumber directory;
  ListedEntry entry;
};

/// Entries of the tree, breadth first, with attributes; a few are made if it can be written to.
std::vector<Visited> Walk(FileSystemSubject& subject) {
  if (!subject.traits().read_only) {
    const FileNumber directory = subject.MakeDirectory(subject.root(), "directory");
    subject.Write(subject.Create(subject.root(), "file"), 0, std::string(10'000, 'x'));
    subject.Write(subject.Create(directory, "below"), 0, "content");
    subject.Create(directory, "empty");
  }
  std::vector<Visited> visited;
  std::vector<FileNumber> directories = {subject.root()};
  for (size_t i = 0; i < directories.size() && visited.size() < kMaxVisited; ++i) {
    for (const ListedEntry& entry : subject.List(directories[i], 50, AttributeMask::kAll)) {
      visited.push_back({directories[i], entry});
      const Attributes attributes = subject.Get(entry.number);
      if (attributes.type == FileType::kDirectory) directories.push_back(entry.number);
    }
  }
  return visited;
}

void AddListingCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddCase(cases, factory, "what is listed is found by its name, with the same number", [](FileSystemSubject& subject) {
    for (const Visited& one : Walk(subject)) {
      Expect(subject.Find(one.directory, one.entry.name) == one.entry.number, "another file: " + one.entry.name);
    }
  });
  AddCase(cases, factory, "attributes in a listing are those of the file", [](FileSystemSubject& subject) {
    for (const Visited& one : Walk(subject)) {
      if (!one.entry.attributes.present()) continue;  // allowed: not known
      const Attributes attributes = subject.Get(one.entry.number);
      Expect(one.entry.attributes.number == attributes.number, "number of " + one.entry.name);
      Expect(one.entry.attributes.type == attributes.type, "type of " + one.entry.name);
      Expect(one.entry.attributes.size_bytes == attributes.size_bytes, "size of " + one.entry.name);
    }
  });
  AddCase(cases, factory, "no entry is listed twice, and neither \".\" nor \"..\" is", [](FileSystemSubject& subject) {
    std::vector<std::pair<FileNumber, std::string>> names;
    for (const Visited& one : Walk(subject)) {
      Expect(one.entry.name != "." && one.entry.name != "..", "\".\" or \"..\" is listed");
      names.emplace_back(one.directory, one.entry.name);
    }
    std::sort(names.begin(), names.end());
    Expect(std::adjacent_find(names.begin(), names.end()) == names.end(), "a name is listed twice");
  });
  AddCase(cases, factory, "pages of one entry give the same listing as large ones", [](FileSystemSubject& subject) {
    const std::vector<Visited> visited = Walk(subject);
    const std::vector<ListedEntry> large = subject.List(subject.root(), 1000);
    const std::vector<ListedEntry> small = subject.List(subject.root(), 1);
    Expect(large.size() == small.size(), "another number of entries");
    for (size_t i = 0; i < large.size(); ++i) {
      Expect(large[i].name == small[i].name && large[i].cookie == small[i].cookie, "another order or cookie");
    }
  });
  AddCase(cases, factory, "a listing goes on after any of its cookies", [](FileSystemSubject& subject) {
    (void)Walk(subject);
    const std::vector<ListedEntry> all = subject.List(subject.root());
    for (size_t i = 0; i < all.size(); ++i) {
      bool end = false;
      const std::vector<ListedEntry> rest = subject.ListPage(subject.root(), all[i].cookie, 1000, end);
      Expect(rest.size() == all.size() - i - 1, "another number of entries is left");
      Expect(end, "the last page does not say so");
      if (!rest.empty()) Expect(rest[0].name == all[i + 1].name, "another entry comes next");
    }
  });
  AddCase(cases, factory, "a sink that takes nothing gets no end unless there is nothing",
          [](FileSystemSubject& subject) {
            (void)Walk(subject);
            const bool is_empty = subject.List(subject.root()).empty();
            bool end = false;
            Expect(subject.ListPage(subject.root(), Cookie{}, 0, end).empty(), "an entry came anyway");
            Expect(end == is_empty, "the end is wrong");
          });
}

void AddLookupCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddCase(cases, factory, "the root is a directory and its own parent", [](FileSystemSubject& subject) {
    const Attributes root = subject.Get(subject.root());
    Expect(root.type == FileType::kDirectory, "the root is no directory");
    Expect(root.number == subject.root(), "the root has another number");
    Expect(subject.Find(subject.root(), "..") == subject.root(), "the root has another parent");
  });
  AddCase(cases, factory, "\"..\" of a directory is the directory that lists it", [](FileSystemSubject& subject) {
    for (const Visited& one : Walk(subject)) {
      if (subject.Get(one.entry.number).type != FileType::kDirectory) continue;
      Expect(subject.Find(one.entry.number, "..") == one.directory, "another parent: " + one.entry.name);
    }
  });
  AddCase(cases, factory, "a name that does not exist is kNotFound", [](FileSystemSubject& subject) {
    LookupReply reply;
    ExpectCode(subject.fs().Lookup(kRootCaller, subject.root(), "no such name", AttributeMask::kAll, reply),
               ErrorCode::kNotFound, "Lookup");
  });
  AddCase(cases, factory, "a number that never was is stale", [](FileSystemSubject& subject) {
    const FileNumber nobody{0x3ffffffffffffff0};
    ExpectCode(subject.Look(nobody), ErrorCode::kStale, "GetAttributes");
    LookupReply found;
    ExpectCode(subject.fs().Lookup(kRootCaller, nobody, "a", AttributeMask::kAll, found), ErrorCode::kStale, "Lookup");
    std::string content;
    ExpectCode(subject.TryRead(nobody, 0, 1, content), ErrorCode::kStale, "Read");
  });
  AddCase(cases, factory, "what is no directory has no entries", [](FileSystemSubject& subject) {
    for (const Visited& one : Walk(subject)) {
      if (subject.Get(one.entry.number).type != FileType::kRegular) continue;
      LookupReply found;
      ExpectCode(subject.fs().Lookup(kRootCaller, one.entry.number, "a", AttributeMask::kAll, found),
                 ErrorCode::kNotDirectory, "Lookup");
      return;
    }
    throw CaseSkip{"there is no regular file"};
  });
  AddCase(cases, factory, "wanted attributes are answered", [](FileSystemSubject& subject) {
    for (const Visited& one : Walk(subject)) {
      for (const AttributeMask wanted : {AttributeMask::kIdentity, AttributeMask::kSize, AttributeMask::kAll}) {
        Attributes attributes;
        ExpectOk(subject.fs().GetAttributes(kRootCaller, one.entry.number, wanted, attributes), "GetAttributes");
        Expect(Wants(attributes.valid, AttributeMask::kIdentity) || !Wants(wanted, AttributeMask::kIdentity),
               "no identity");
        Expect(Wants(attributes.valid, AttributeMask::kSize) || !Wants(wanted, AttributeMask::kSize), "no size");
      }
    }
  });
}

void AddReadCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddCase(cases, factory, "a file read in pieces is the file read at once", [](FileSystemSubject& subject) {
    for (const Visited& one : Walk(subject)) {
      const Attributes attributes = subject.Get(one.entry.number);
      if (attributes.type != FileType::kRegular || attributes.size_bytes > 1 << 20) continue;
      const std::string whole = subject.ReadAll(one.entry.number);
      Expect(whole.size() == attributes.size_bytes, "another size than its attributes say: " + one.entry.name);
      std::string pieces;
      while (pieces.size() < whole.size()) {
        const std::string piece = subject.Read(one.entry.number, pieces.size(), 777);
        Expect(piece.size() == std::min<size_t>(777, whole.size() - pieces.size()), "a short read");
        pieces += piece;
      }
      Expect(pieces == whole, "other bytes: " + one.entry.name);
    }
  });
  AddCase(cases, factory, "the end of a file is said with its last byte and behind it", [](FileSystemSubject& subject) {
    for (const Visited& one : Walk(subject)) {
      const Attributes attributes = subject.Get(one.entry.number);
      if (attributes.type != FileType::kRegular || attributes.size_bytes < 2 || attributes.size_bytes > 1 << 20)
        continue;
      const auto size = static_cast<uint32_t>(attributes.size_bytes);
      std::string content;
      bool end = true;
      ExpectOk(subject.TryRead(one.entry.number, 0, size - 1, content, &end), "Read");
      Expect(!end, "the end before the last byte");
      ExpectOk(subject.TryRead(one.entry.number, 0, size, content, &end), "Read");
      Expect(end && content.size() == size, "no end with the last byte");
      ExpectOk(subject.TryRead(one.entry.number, size, 10, content, &end), "Read at the end");
      Expect(end && content.empty(), "bytes at the end");
      ExpectOk(subject.TryRead(one.entry.number, uint64_t{size} + 1'000'000, 10, content, &end), "Read behind the end");
      Expect(end && content.empty(), "bytes behind the end");
    }
  });
  AddCase(cases, factory, "a directory can't be read like a file", [](FileSystemSubject& subject) {
    std::string content;
    Expect(!subject.TryRead(subject.root(), 0, 10, content).ok(), "Read succeeded");
  });
  AddCase(cases, factory, "bytes are put into the room that the caller provides, behind each other",
          [](FileSystemSubject& subject) {
            for (const Visited& one : Walk(subject)) {
              const Attributes attributes = subject.Get(one.entry.number);
              if (attributes.type != FileType::kRegular || attributes.size_bytes == 0) continue;
              const auto size = static_cast<uint32_t>(std::min<uint64_t>(attributes.size_bytes, 4096));
              std::vector<std::byte> room(4096);
              ReadReply reply;
              reply.content = ReadContent(room);
              ExpectOk(subject.fs().Read(kRootCaller, one.entry.number, 0, size, reply), "Read");
              Expect(reply.content.size_bytes() == size, "another number of bytes");
              std::string content(size, '\0');
              reply.content.chain().CopyTo(reinterpret_cast<std::byte*>(content.data()));
              Expect(content == subject.Read(one.entry.number, 0, size), "other bytes");
            }
          });
}

}  // namespace

void AddTreeCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddLookupCases(cases, factory);
  AddListingCases(cases, factory);
  AddReadCases(cases, factory);
  AddCase(cases, factory, "a read-only file system refuses every change", [](FileSystemSubject& subject) {
    subject.SkipUnlessReadOnly();
    FileSystem& fs = subject.fs();
    const FileNumber root = subject.root();
    const std::vector<ListedEntry> before = subject.List(root);
    CreateReply created;
    ExpectCode(subject.TryCreate(root, "new", CreateDisposition::kMustCreate, created), ErrorCode::kReadOnly, "Create");
    MakeReply made;
    ExpectCode(fs.MakeDirectory(kRootCaller, root, "new", {}, made), ErrorCode::kReadOnly, "MakeDirectory");
    ExpectCode(fs.MakeSymlink(kRootCaller, root, "new", "target", {}, made), ErrorCode::kReadOnly, "MakeSymlink");
    AttributeChanges changes;
    changes.mode = 0777;
    ExpectCode(subject.TrySet(root, changes), ErrorCode::kReadOnly, "SetAttributes");
    if (!before.empty()) {
      ExpectCode(subject.TryRemove(root, before[0].name), ErrorCode::kReadOnly, "Remove");
      RenameReply renamed;
      ExpectCode(subject.TryRename(root, before[0].name, root, "new", renamed), ErrorCode::kReadOnly, "Rename");
      WriteReply written;
      ExpectCode(subject.TryWrite(before[0].number, 0, "x", written), ErrorCode::kReadOnly, "Write");
    }
    CheckAccessReply access;
    ExpectOk(fs.CheckAccess(kRootCaller, root, AccessMask::kModify | AccessMask::kDelete, access), "CheckAccess");
    Expect(access.granted == AccessMask::kNone, "CheckAccess grants changes");
    Expect(subject.List(root).size() == before.size(), "something changed");
  });
}

}  // namespace dittofs::testing
