#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "dittofs/file_system.h"

namespace dittofs::testing {

/// Answers what the test told it to, and writes down how it was asked: for tests of translation. Thread-compatible.
class FakeFileSystem : public FileSystem {
 public:
  FakeFileSystem() {
    traits_.read_only = false;
    traits_.may_block = false;
    traits_.hard_links = traits_.symlinks = traits_.special_files = true;
    traits_.persistent_cookies = true;
    traits_.checks_permissions = true;
  }

  // What to answer.
  FileSystemTraits traits_;
  Status status;  ///< Of every operation.
  Attributes file = MakeAttributes(5, FileType::kRegular);
  Attributes directory = MakeAttributes(1, FileType::kDirectory);
  Attributes parent = MakeAttributes(1, FileType::kDirectory);
  BeforeAttributes before{4096, {100, 1}, {200, 2}, 7};
  std::string target = "target";
  std::string content = "content";
  bool lend = false;  ///< Reads lend an owned buffer instead of copying.
  bool end_of_file = true;
  AccessMask granted = AccessMask::kRead;
  CreateOutcome outcome = CreateOutcome::kCreated;
  Verifier verifier{0x1122334455667788};
  std::vector<std::pair<std::string, Cookie>> entries;
  bool attributes_of_entries = true;
  FileSystemStatistics statistics;

  // How it was asked.
  std::vector<std::string> calls;
  Identity caller;
  std::vector<uint32_t> groups;
  AttributeChanges changes;
  BufferChain written;
  ReadDirectoryRequest listing;

  static Attributes MakeAttributes(uint64_t number, FileType type) {
    Attributes attributes;
    attributes.valid = AttributeMask::kAll;
    attributes.type = type;
    attributes.mode = type == FileType::kDirectory ? 0755 : 0644;
    attributes.link_count = type == FileType::kDirectory ? 2 : 1;
    attributes.uid = 1000;
    attributes.gid = 100;
    attributes.number = {number};
    attributes.size_bytes = 7;
    attributes.used_bytes = 4096;
    attributes.atime = {1700000001, 1};
    attributes.mtime = {1700000002, 2};
    attributes.ctime = {1700000003, 3};
    return attributes;
  }

  const FileSystemTraits& traits() const noexcept override { return traits_; }
  Status GetAttributes(const CallContext& context, FileNumber number, AttributeMask, Attributes& attributes) override {
    Note(context, "GetAttributes {}", number.value);
    attributes = number == directory.number ? directory : file;
    return status;
  }
  Status Lookup(const CallContext& context, FileNumber number, std::string_view name, AttributeMask,
                LookupReply& reply) override {
    Note(context, "Lookup {} {}", number.value, name);
    reply.directory = directory;
    if (status.ok()) reply.file = name == ".." ? parent : file;
    return status;
  }
  Status ReadDirectory(const CallContext& context, FileNumber number, const ReadDirectoryRequest& request,
                       DirectorySink& sink, ReadDirectoryReply& reply) override {
    Note(context, "ReadDirectory {} after {}", number.value, request.after.value);
    listing = request;
    reply.directory = directory;
    reply.parent = parent.number;
    if (!status.ok()) return status;
    reply.end = true;
    for (const auto& [name, cookie] : entries) {
      if (cookie <= request.after) continue;
      const Attributes attributes = MakeAttributes(cookie.value + 100, FileType::kRegular);
      if (!sink.Add({name, attributes.number, cookie, attributes_of_entries ? &attributes : nullptr})) {
        reply.end = false;
        break;
      }
    }
    return status;
  }
  Status Read(const CallContext& context, FileNumber number, uint64_t offset, uint32_t length,
              ReadReply& reply) override {
    Note(context, "Read {} {}+{}", number.value, offset, length);
    reply.file = file;
    if (!status.ok()) return status;
    reply.end_of_file = end_of_file;
    const auto bytes = base::AsBytes(std::string_view(content));
    lend ? reply.content.Lend(Buffer::Copy(bytes)) : reply.content.Append(bytes);
    return status;
  }
  Status CheckAccess(const CallContext& context, FileNumber number, AccessMask wanted,
                     CheckAccessReply& reply) override {
    Note(context, "CheckAccess {} {:#x}", number.value, static_cast<uint32_t>(wanted));
    reply.granted = granted;
    reply.file = file;
    return status;
  }
  Status ReadSymlink(const CallContext& context, FileNumber number, std::string& to, Attributes& attributes) override {
    Note(context, "ReadSymlink {}", number.value);
    attributes = file;
    if (status.ok()) to = target;
    return status;
  }
  Status SetAttributes(const CallContext& context, FileNumber number, const AttributeChanges& wanted,
                       SetAttributesReply& reply) override {
    Note(context, "SetAttributes {}", number.value);
    changes = wanted;
    reply.file = Pair(file);
    return status;
  }
  Status Create(const CallContext& context, const CreateRequest& request, CreateReply& reply) override {
    Note(context, "Create {} {} disposition {} verifier {:#x}", request.directory.value, request.name,
         static_cast<int>(request.disposition), request.verifier.value);
    changes = request.initial;
    reply.outcome = outcome;
    reply.directory = Pair(directory);
    if (status.ok()) reply.file = file;
    return status;
  }
  Status MakeDirectory(const CallContext& context, FileNumber number, std::string_view name,
                       const AttributeChanges& initial, MakeReply& reply) override {
    Note(context, "MakeDirectory {} {}", number.value, name);
    return Make(initial, reply);
  }
  Status MakeSymlink(const CallContext& context, FileNumber number, std::string_view name, std::string_view to,
                     const AttributeChanges& initial, MakeReply& reply) override {
    Note(context, "MakeSymlink {} {} -> {}", number.value, name, to);
    return Make(initial, reply);
  }
  Status MakeNode(const CallContext& context, FileNumber number, std::string_view name, FileType type,
                  DeviceNumber device, const AttributeChanges& initial, MakeReply& reply) override {
    Note(context, "MakeNode {} {} type {} device {}:{}", number.value, name, static_cast<int>(type), device.major,
         device.minor);
    return Make(initial, reply);
  }
  Status Link(const CallContext& context, FileNumber number, FileNumber in, std::string_view name,
              LinkReply& reply) override {
    Note(context, "Link {} in {} {}", number.value, in.value, name);
    reply.file = file;
    reply.directory = Pair(directory);
    return status;
  }
  Status Remove(const CallContext& context, const RemoveRequest& request, RemoveReply& reply) override {
    Note(context, "Remove {} {} kind {}", request.directory.value, request.name, static_cast<int>(request.kind));
    reply.directory = Pair(directory);
    return status;
  }
  Status Rename(const CallContext& context, const RenameRequest& request, RenameReply& reply) override {
    Note(context, "Rename {} {} to {} {}", request.from_directory.value, request.from_name, request.to_directory.value,
         request.to_name);
    reply.from_directory = Pair(directory);
    reply.to_directory = Pair(parent);
    return status;
  }
  Status Write(const CallContext& context, WriteRequest& request, WriteReply& reply) override {
    Note(context, "Write {} {}+{} stability {}", request.file.value, request.offset, request.content.size_bytes(),
         static_cast<int>(request.stability));
    written = request.content;
    reply.count_bytes = request.content.size_bytes();
    reply.stability = Stability::kFileSync;
    reply.verifier = verifier;
    reply.file = Pair(file);
    return status;
  }
  Status Commit(const CallContext& context, FileNumber number, uint64_t offset, uint64_t length,
                CommitReply& reply) override {
    Note(context, "Commit {} {}+{}", number.value, offset, length);
    reply.verifier = verifier;
    reply.file = Pair(file);
    return status;
  }
  Status GetStatistics(const CallContext& context, FileSystemStatistics& to) override {
    Note(context, "GetStatistics");
    to = statistics;
    return status;
  }

 private:
  template <typename... T>
  void Note(const CallContext& context, fmt::format_string<T...> format, T&&... values) {
    calls.push_back(fmt::format(format, std::forward<T>(values)...));
    groups.assign(context.caller.groups.begin(), context.caller.groups.end());
    caller = {context.caller.uid, context.caller.gid, groups};
  }
  /// After a failure nothing changed, so there is no "before".
  ChangePair Pair(const Attributes& after) const { return {status.ok() ? std::optional(before) : std::nullopt, after}; }
  Status Make(const AttributeChanges& initial, MakeReply& reply) {
    changes = initial;
    reply.directory = Pair(directory);
    if (status.ok()) reply.file = file;
    return status;
  }
};

}  // namespace dittofs::testing
