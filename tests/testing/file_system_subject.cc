#include "file_system_subject.h"

#include <algorithm>
#include <set>

namespace dittofs::testing {
namespace {

class PageSink final : public DirectorySink {
 public:
  explicit PageSink(size_t max_entries) : max_entries_(max_entries) {}
  bool Add(const DirectoryEntry& entry) override {
    if (entries.size() >= max_entries_) return false;
    entries.push_back(
        {std::string(entry.name), entry.number, entry.cookie, entry.attributes ? *entry.attributes : Attributes()});
    return true;
  }
  std::vector<ListedEntry> entries;

 private:
  const size_t max_entries_;
};

}  // namespace

FileSystemSubject::FileSystemSubject(const FileSystemFactory& factory) : place_(factory()) {
  Expect(place_ != nullptr, "the factory made no place");
  fs_ = Take(place_->Open(), "Open");
}

void FileSystemSubject::Reopen() {
  fs_ = nullptr;
  place_->Close();
  fs_ = Take(place_->Open(), "Open, again");
}

void FileSystemSubject::SkipUnlessWritable() const {
  if (traits().read_only) throw CaseSkip{"traits().read_only"};
}
void FileSystemSubject::SkipUnlessReadOnly() const {
  if (!traits().read_only) throw CaseSkip{"traits().read_only is false"};
}
void FileSystemSubject::Need(const Status& status, std::string_view operation) {
  if (status == ErrorCode::kNotSupported) throw CaseSkip{std::string(operation) + " is not supported"};
}

Status FileSystemSubject::TryCreate(FileNumber directory, std::string_view name, CreateDisposition disposition,
                                    CreateReply& reply, const CallContext& caller, std::optional<uint32_t> mode) {
  CreateRequest request;
  request.directory = directory;
  request.name = name;
  request.disposition = disposition;
  request.initial.mode = mode;
  const Status status = fs_->Create(caller, request, reply);
  Need(status, "Create");
  return status;
}

FileNumber FileSystemSubject::Create(FileNumber directory, std::string_view name, const CallContext& caller,
                                     uint32_t mode) {
  CreateReply reply;
  ExpectOk(TryCreate(directory, name, CreateDisposition::kMustCreate, reply, caller, mode), "Create");
  return reply.file.number;
}

FileNumber FileSystemSubject::MakeDirectory(FileNumber directory, std::string_view name, const CallContext& caller,
                                            uint32_t mode) {
  AttributeChanges initial;
  initial.mode = mode;
  MakeReply reply;
  const Status status = fs_->MakeDirectory(caller, directory, name, initial, reply);
  Need(status, "MakeDirectory");
  ExpectOk(status, "MakeDirectory");
  return reply.file.number;
}

Status FileSystemSubject::TryRemove(FileNumber directory, std::string_view name, RemoveKind kind,
                                    const CallContext& caller) {
  RemoveRequest request;
  request.directory = directory;
  request.name = name;
  request.kind = kind;
  RemoveReply reply;
  const Status status = fs_->Remove(caller, request, reply);
  Need(status, "Remove");
  return status;
}
void FileSystemSubject::Remove(FileNumber directory, std::string_view name, RemoveKind kind) {
  ExpectOk(TryRemove(directory, name, kind), "Remove");
}

Status FileSystemSubject::TryRename(FileNumber from, std::string_view from_name, FileNumber to,
                                    std::string_view to_name, RenameReply& reply, const CallContext& caller) {
  RenameRequest request;
  request.from_directory = from;
  request.from_name = from_name;
  request.to_directory = to;
  request.to_name = to_name;
  const Status status = fs_->Rename(caller, request, reply);
  Need(status, "Rename");
  return status;
}
void FileSystemSubject::Rename(FileNumber from, std::string_view from_name, FileNumber to, std::string_view to_name) {
  RenameReply reply;
  ExpectOk(TryRename(from, from_name, to, to_name, reply), "Rename");
}

Status FileSystemSubject::TryWrite(FileNumber file, uint64_t offset, std::string_view content, WriteReply& reply,
                                   const CallContext& caller, Stability stability) {
  WriteRequest request;
  request.file = file;
  request.offset = offset;
  request.content = BufferChain(Buffer::Borrow({reinterpret_cast<const std::byte*>(content.data()), content.size()}));
  request.stability = stability;
  const Status status = fs_->Write(caller, request, reply);
  Need(status, "Write");
  return status;
}
WriteReply FileSystemSubject::Write(FileNumber file, uint64_t offset, std::string_view content, Stability stability) {
  WriteReply reply;
  ExpectOk(TryWrite(file, offset, content, reply, kRootCaller, stability), "Write");
  Expect(reply.count_bytes == content.size(), "Write took another number of bytes");
  return reply;
}

Status FileSystemSubject::TryRead(FileNumber file, uint64_t offset, uint32_t length, std::string& content,
                                  bool* end_of_file, const CallContext& caller) {
  ReadReply reply;
  const Status status = fs_->Read(caller, file, offset, length, reply);
  content.assign(reply.content.size_bytes(), '\0');
  reply.content.chain().CopyTo(reinterpret_cast<std::byte*>(content.data()));
  if (end_of_file) *end_of_file = reply.end_of_file;
  return status;
}
std::string FileSystemSubject::Read(FileNumber file, uint64_t offset, uint32_t length) {
  std::string content;
  ExpectOk(TryRead(file, offset, length, content), "Read");
  Expect(content.size() <= length, "Read gave more than was asked for");
  return content;
}
std::string FileSystemSubject::ReadAll(FileNumber file) {
  std::string all;
  bool end = false;
  while (!end) {
    std::string part;
    ExpectOk(TryRead(file, all.size(), 1 << 20, part, &end), "Read");
    Expect(end || part.size() == 1 << 20, "a short read that is not at the end");
    all += part;
  }
  return all;
}

CommitReply FileSystemSubject::Commit(FileNumber file) {
  CommitReply reply;
  const Status status = fs_->Commit(kRootCaller, file, 0, 0, reply);
  Need(status, "Commit");
  ExpectOk(status, "Commit");
  return reply;
}

Status FileSystemSubject::TrySet(FileNumber file, const AttributeChanges& changes, const CallContext& caller) {
  SetAttributesReply reply;
  const Status status = fs_->SetAttributes(caller, file, changes, reply);
  Need(status, "SetAttributes");
  return status;
}
void FileSystemSubject::Truncate(FileNumber file, uint64_t size_bytes) {
  AttributeChanges changes;
  changes.size_bytes = size_bytes;
  ExpectOk(TrySet(file, changes), "SetAttributes");
}

Attributes FileSystemSubject::Get(FileNumber file) {
  Attributes attributes;
  ExpectOk(fs_->GetAttributes(kRootCaller, file, AttributeMask::kAll, attributes), "GetAttributes");
  return attributes;
}
Status FileSystemSubject::Look(FileNumber file) {
  Attributes attributes;
  return fs_->GetAttributes(kRootCaller, file, AttributeMask::kAll, attributes);
}

FileNumber FileSystemSubject::Find(FileNumber directory, std::string_view name) {
  LookupReply reply;
  const Status status = fs_->Lookup(kRootCaller, directory, name, AttributeMask::kIdentity, reply);
  if (status == ErrorCode::kNotFound) return {};
  ExpectOk(status, "Lookup");
  return reply.file.number;
}

std::vector<ListedEntry> FileSystemSubject::ListPage(FileNumber directory, Cookie after, size_t max_entries, bool& end,
                                                     AttributeMask attributes) {
  PageSink sink(max_entries);
  ReadDirectoryReply reply;
  ReadDirectoryRequest request;
  request.after = after;
  request.entry_attributes = attributes;
  request.expected_entries = static_cast<uint32_t>(max_entries);
  ExpectOk(fs_->ReadDirectory(kRootCaller, directory, request, sink, reply), "ReadDirectory");
  end = reply.end;
  return sink.entries;
}

std::vector<ListedEntry> FileSystemSubject::List(FileNumber directory, size_t page_entries, AttributeMask attributes) {
  std::vector<ListedEntry> all;
  Cookie after;
  bool end = false;
  while (!end) {
    const std::vector<ListedEntry> page = ListPage(directory, after, page_entries, end, attributes);
    Expect(end || !page.empty(), "a page without an entry that is not the last");
    for (const ListedEntry& entry : page) {
      Expect(entry.cookie > after, "cookies do not ascend");
      Expect(entry.cookie >= kFirstEntryCookie, "a reserved cookie");
      after = entry.cookie;
      all.push_back(entry);
    }
  }
  return all;
}

void AddCase(std::vector<SuiteCase>& cases, const FileSystemFactory& factory, std::string name,
             FileSystemCaseBody body) {
  cases.push_back(MakeCase(std::move(name), [factory, body] {
    FileSystemSubject subject(factory);
    body(subject);
  }));
}

void AddWritingCase(std::vector<SuiteCase>& cases, const FileSystemFactory& factory, std::string name,
                    FileSystemCaseBody body) {
  cases.push_back(MakeCase(std::move(name), [factory, body] {
    FileSystemSubject subject(factory);
    subject.SkipUnlessWritable();
    body(subject);
  }));
}

std::vector<SuiteCase> FileSystemCases(const FileSystemFactory& factory) {
  std::vector<SuiteCase> cases;
  AddTreeCases(cases, factory);
  AddNameCases(cases, factory);
  AddRenameCases(cases, factory);
  AddFileContentCases(cases, factory);
  AddAttributeCases(cases, factory);
  AddPermissionCases(cases, factory);
  return cases;
}

SuiteReport RunFileSystemSuite(const FileSystemFactory& factory,
                               const std::function<void(const CaseResult&)>& reporter) {
  return RunCases(FileSystemCases(factory), reporter);
}

}  // namespace dittofs::testing
