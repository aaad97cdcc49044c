// Bytes of regular files.
#include <algorithm>
#include <random>

#include "file_system_subject.h"

namespace dittofs::testing {
namespace {

std::string Pattern(size_t size, uint32_t seed) {
  std::string text(size, '\0');
  uint32_t x = seed * 2654435761u + 1;
  for (char& c : text) {
    x = x * 1664525u + 1013904223u;
    c = static_cast<char>(x >> 24);
  }
  return text;
}

void AddWriteCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWritingCase(cases, factory, "written bytes are read at once, and the size with them", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    const WriteReply reply = s.Write(file, 0, "content");
    Expect(!reply.file.after.present() || reply.file.after.size_bytes == 7, "the reply has another size");
    Expect(s.Get(file).size_bytes == 7, "another size");
    Expect(s.ReadAll(file) == "content", "other bytes");
  });
  AddWritingCase(cases, factory, "a write shows the file before and after it", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    s.Write(file, 0, "first");
    const Attributes before = s.Get(file);
    const WriteReply reply = s.Write(file, 5, "second");
    if (!reply.file.before) throw CaseSkip{"before is not known"};
    Expect(reply.file.before->size_bytes == before.size_bytes && reply.file.before->change == before.change,
           "before is another state");
    Expect(reply.file.after.size_bytes == 11 && reply.file.after.change > before.change, "after is another state");
  });
  AddWritingCase(cases, factory, "what was skipped reads as zeros", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    s.Write(file, 100, "x");
    Expect(s.ReadAll(file) == std::string(100, '\0') + "x", "other bytes");
  });
  AddWritingCase(cases, factory, "a write of nothing changes nothing", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    WriteReply reply;
    ExpectOk(s.TryWrite(file, 1000, "", reply), "Write");
    Expect(s.Get(file).size_bytes == 0, "the size changed");
  });
  AddWritingCase(cases, factory, "a sparse file may be larger than any disk", [](FileSystemSubject& s) {
    if (!s.traits().sparse) throw CaseSkip{"traits().sparse is false"};
    const uint64_t far = std::min<uint64_t>(s.traits().max_file_size_bytes - 10, uint64_t{1} << 50);
    const FileNumber file = s.Create(s.root(), "a");
    s.Write(file, far, "end");
    Expect(s.Get(file).size_bytes == far + 3, "another size");
    Expect(s.Read(file, far - 2, 10) == std::string("\0\0end", 5), "other bytes");
    Expect(s.Get(file).used_bytes < 1 << 20, "the hole takes space");
  });
  AddWritingCase(cases, factory, "a write beyond the largest file is refused", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    WriteReply reply;
    ExpectCode(s.TryWrite(file, s.traits().max_file_size_bytes, "x", reply), ErrorCode::kFileTooLarge, "Write");
    ExpectCode(s.TryWrite(file, UINT64_MAX, "x", reply), ErrorCode::kFileTooLarge, "Write");
    Expect(s.Get(file).size_bytes == 0, "the size changed");
  });
  AddWritingCase(cases, factory, "a directory can't be written", [](FileSystemSubject& s) {
    const FileNumber directory = s.MakeDirectory(s.root(), "d");
    WriteReply reply;
    Expect(!s.TryWrite(directory, 0, "x", reply).ok(), "Write succeeded");
  });
  AddWritingCase(cases, factory, "a write is at least as stable as asked, and a commit has the same verifier",
                 [](FileSystemSubject& s) {
                   const FileNumber file = s.Create(s.root(), "a");
                   for (const Stability asked : {Stability::kFileSync, Stability::kDataSync, Stability::kUnstable}) {
                     const WriteReply reply = s.Write(file, 0, "content", asked);
                     Expect(reply.stability >= asked, "less stable than asked");
                     Expect(s.Commit(file).verifier == reply.verifier, "another verifier");
                   }
                 });
  AddWritingCase(cases, factory, "9 MiB in 1 MiB writes come back, before and after a commit",
                 [](FileSystemSubject& s) {
                   const FileNumber file = s.Create(s.root(), "a");
                   const std::string content = Pattern(9 << 20, 1);
                   for (size_t at = 0; at < content.size(); at += 1 << 20)
                     s.Write(file, at, content.substr(at, 1 << 20));
                   Expect(s.ReadAll(file) == content, "other bytes before the commit");
                   s.Commit(file);
                   Expect(s.ReadAll(file) == content, "other bytes after it");
                   Expect(s.Read(file, (4 << 20) - 5, 10) == content.substr((4 << 20) - 5, 10), "other bytes at 4 MiB");
                 });
}

void AddSizeCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWritingCase(cases, factory, "a file that is cut and grown again reads zeros", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    for (const bool committed : {false, true}) {
      s.Write(file, 0, "0123456789");
      if (committed) s.Commit(file);
      s.Truncate(file, 3);
      Expect(s.ReadAll(file) == "012", "cut wrong");
      s.Truncate(file, 6);
      Expect(s.ReadAll(file) == std::string("012\0\0\0", 6), "old bytes came back");
      s.Truncate(file, 0);
      s.Write(file, 5, "x");
      Expect(s.ReadAll(file) == std::string("\0\0\0\0\0x", 6), "old bytes came back");
    }
  });
  AddWritingCase(cases, factory, "a size beyond the largest is refused", [](FileSystemSubject& s) {
    if (s.traits().max_file_size_bytes == UINT64_MAX) throw CaseSkip{"traits().max_file_size_bytes has no end"};
    const FileNumber file = s.Create(s.root(), "a");
    AttributeChanges changes;
    changes.size_bytes = s.traits().max_file_size_bytes + 1;
    ExpectCode(s.TrySet(file, changes), ErrorCode::kFileTooLarge, "SetAttributes");
  });
  AddWritingCase(cases, factory, "a directory has no size to set", [](FileSystemSubject& s) {
    const FileNumber directory = s.MakeDirectory(s.root(), "d");
    AttributeChanges changes;
    changes.size_bytes = 0;
    Expect(!s.TrySet(directory, changes).ok(), "SetAttributes succeeded");
  });
  AddWritingCase(cases, factory, "hundreds of random operations against an array of bytes", [](FileSystemSubject& s) {
    std::mt19937 engine(20240607);
    const auto random = [&] { return static_cast<uint32_t>(engine()); };
    const FileNumber file = s.Create(s.root(), "a");
    std::string model;
    for (int step = 0; step < 600; ++step) {
      const uint32_t offset = random() % 300'000;
      const uint32_t length = random() % 20'000;
      switch (random() % 8) {
        case 0:
          model.resize(offset);
          s.Truncate(file, offset);
          break;
        case 1:
          s.Commit(file);
          break;
        case 2:
        case 3: {
          const std::string expected = offset < model.size() ? model.substr(offset, length) : std::string();
          Expect(s.Read(file, offset, length) == expected, "other bytes in step " + std::to_string(step));
          break;
        }
        default: {
          const std::string text = Pattern(length + 1, random());
          if (model.size() < offset + text.size()) model.resize(offset + text.size());
          model.replace(offset, text.size(), text);
          s.Write(file, offset, text, random() % 8 == 0 ? Stability::kFileSync : Stability::kUnstable);
        }
      }
    }
    Expect(s.Get(file).size_bytes == model.size(), "another size");
    Expect(s.ReadAll(file) == model, "other bytes in the end");
  });
}

void AddHoleCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWritingCase(cases, factory, "a deallocated range is zeros and the size stays", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    for (const bool committed : {false, true}) {
      s.Write(file, 0, "0123456789");
      if (committed) s.Commit(file);
      SetAttributesReply reply;
      const Status status = s.fs().Deallocate(kRootCaller, file, 2, 3, reply);
      FileSystemSubject::Need(status, "Deallocate");
      ExpectOk(status, "Deallocate");
      Expect(s.ReadAll(file) == std::string("01\0\0\0"
                                            "56789",
                                            10),
             "other bytes");
      ExpectOk(s.fs().Deallocate(kRootCaller, file, 8, 1000, reply), "Deallocate over the end");
      Expect(s.Get(file).size_bytes == 10, "the size changed");
    }
  });
  AddWritingCase(cases, factory, "seeking finds content and holes", [](FileSystemSubject& s) {
    const FileNumber file = s.Create(s.root(), "a");
    s.Write(file, 1 << 20, std::string(1 << 20, 'x'));
    s.Truncate(file, 8 << 20);
    for (const bool committed : {false, true}) {
      if (committed) s.Commit(file);
      SeekReply reply;
      const Status status = s.fs().Seek(kRootCaller, file, 0, SeekTarget::kContent, reply);
      FileSystemSubject::Need(status, "Seek");
      ExpectOk(status, "Seek");
      // A file system may call holes content, never content a hole.
      Expect(reply.offset <= 1 << 20 && !reply.end_of_file, "content begins too late");
      ExpectOk(s.fs().Seek(kRootCaller, file, 1 << 20, SeekTarget::kHole, reply), "Seek");
      Expect(reply.offset >= 2 << 20, "a hole inside of the content");
      ExpectOk(s.fs().Seek(kRootCaller, file, (1 << 20) + 5, SeekTarget::kContent, reply), "Seek");
      Expect(reply.offset == (1 << 20) + 5, "content is not found where it is");
    }
  });
  AddWritingCase(cases, factory, "a clone has the bytes of its source and is changed alone", [](FileSystemSubject& s) {
    const FileNumber from = s.Create(s.root(), "from");
    const FileNumber to = s.Create(s.root(), "to");
    s.Write(from, 0, Pattern(100'000, 1));
    SetAttributesReply reply;
    const Status status = s.fs().Clone(kRootCaller, from, 0, to, 0, 100'000, reply);
    FileSystemSubject::Need(status, "Clone");
    ExpectOk(status, "Clone");
    Expect(s.ReadAll(to) == Pattern(100'000, 1), "other bytes");
    s.Write(to, 0, "changed");
    Expect(s.ReadAll(from) == Pattern(100'000, 1), "the source changed");
    s.Remove(s.root(), "from");
    Expect(s.ReadAll(to) == "changed" + Pattern(100'000, 1).substr(7), "the clone went with its source");
  });
  AddWritingCase(cases, factory, "names and committed content are there when it is opened again",
                 [](FileSystemSubject& s) {
                   if (!s.keeps_files()) throw CaseSkip{"the place keeps no files"};
                   const FileNumber directory = s.MakeDirectory(s.root(), "d");
                   const FileNumber file = s.Create(directory, "a");
                   const std::string content = Pattern(5 << 20, 7);
                   s.Write(file, 0, content);
                   const Verifier before = s.Commit(file).verifier;
                   const Attributes attributes = s.Get(file);
                   s.Reopen();
                   Expect(s.Find(directory, "a") == file, "another number");
                   Expect(s.ReadAll(file) == content, "other bytes");
                   Expect(s.Get(file).mtime == attributes.mtime && s.Get(file).mode == attributes.mode, "attributes");
                   Expect(s.Write(file, 0, "x").verifier != before, "the same write verifier");
                 });
}

}  // namespace

void AddFileContentCases(std::vector<SuiteCase>& cases, const FileSystemFactory& factory) {
  AddWriteCases(cases, factory);
  AddSizeCases(cases, factory);
  AddHoleCases(cases, factory);
}

}  // namespace dittofs::testing
