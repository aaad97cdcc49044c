#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "dittofs/environment.h"
#include "dittofs/file_system.h"

namespace dittofs::test {

/// Read-only files as an application would export them: the four required operations and nothing more.
class ReportFiles final : public FileSystem {
 public:
  const FileSystemTraits& traits() const noexcept override { return traits_; }
  Status GetAttributes(const CallContext&, FileNumber file, AttributeMask, Attributes& attributes) override {
    const Node* node = Find(file);
    if (!node) return ErrorCode::kStale;
    attributes.valid = AttributeMask::kAll;
    attributes.number = file;
    attributes.type = node->text ? FileType::kRegular : FileType::kDirectory;
    attributes.mode = node->text ? 0444 : 0555;
    attributes.link_count = node->text ? 1 : 3;
    attributes.size_bytes = attributes.used_bytes = node->text ? std::string_view(node->text).size() : 0;
    attributes.change = 1;
    return {};
  }
  Status Lookup(const CallContext& context, FileNumber directory, std::string_view name, AttributeMask wanted,
                LookupReply& reply) override {
    const Node* parent = Find(directory);
    if (!parent) return ErrorCode::kStale;
    if (parent->text) return ErrorCode::kNotDirectory;
    (void)GetAttributes(context, directory, wanted, reply.directory).ok();
    if (name == "..") return GetAttributes(context, FileNumber{parent->parent}, wanted, reply.file);
    for (const Node& node : kNodes) {
      if (node.number != 1 && node.parent == directory.value && node.name == name) {
        return GetAttributes(context, FileNumber{node.number}, wanted, reply.file);
      }
    }
    return ErrorCode::kNotFound;
  }
  Status ReadDirectory(const CallContext& context, FileNumber directory, const ReadDirectoryRequest& request,
                       DirectorySink& sink, ReadDirectoryReply& reply) override {
    const Node* parent = Find(directory);
    if (!parent) return ErrorCode::kStale;
    if (parent->text) return ErrorCode::kNotDirectory;
    reply.parent = FileNumber{parent->parent};
    for (const Node& node : kNodes) {
      if (node.number == 1 || node.parent != directory.value) continue;
      Attributes attributes;
      (void)GetAttributes(context, FileNumber{node.number}, request.entry_attributes, attributes).ok();
      if (!sink.Add({node.name, FileNumber{node.number}, Cookie{}, &attributes})) return {};
    }
    reply.end = true;
    return {};
  }
  Status Read(const CallContext& context, FileNumber file, uint64_t offset, uint32_t length,
              ReadReply& reply) override {
    const Node* node = Find(file);
    if (!node) return ErrorCode::kStale;
    if (!node->text) return ErrorCode::kIsDirectory;
    const std::string_view text(node->text);
    const std::string_view part = offset < text.size() ? text.substr(offset, length) : std::string_view();
    reply.content.Append({reinterpret_cast<const std::byte*>(part.data()), part.size()});
    reply.end_of_file = offset + part.size() >= text.size();
    return GetAttributes(context, file, AttributeMask::kAll, reply.file);
  }

 private:
  struct Node {
    uint64_t number;
    uint64_t parent;
    std::string_view name;
    const char* text;  ///< Null: a directory.
  };
  static constexpr Node kNodes[] = {{1, 1, "", nullptr},
                                    {16, 1, "readme", "read me first\n"},
                                    {17, 1, "reports", nullptr},
                                    {18, 17, "today", "nothing happened\n"},
                                    {19, 17, "yesterday", "even less\n"},
                                    {20, 17, "empty", ""}};
  static const Node* Find(FileNumber file) {
    for (const Node& node : kNodes) {
      if (node.number == file.value) return &node;
    }
    return nullptr;
  }
  FileSystemTraits traits_;
};

/// A writable tree in memory as an application might keep one: no cookies, no permission checks, no links, one lock.
class NoteFiles final : public FileSystem {
 public:
  NoteFiles() {
    traits_.read_only = false;
    traits_.max_file_size_bytes = 64u << 20;
    Node& root = nodes_[1];
    root.attributes = NewAttributes(FileNumber{1}, FileType::kDirectory, 0755);
    root.parent = 1;
  }
  const FileSystemTraits& traits() const noexcept override { return traits_; }

  Status GetAttributes(const CallContext&, FileNumber file, AttributeMask, Attributes& attributes) override {
    std::lock_guard lock(mutex_);
    const Node* node = Find(file);
    if (!node) return ErrorCode::kStale;
    attributes = node->attributes;
    return {};
  }
  Status Lookup(const CallContext&, FileNumber directory, std::string_view name, AttributeMask,
                LookupReply& reply) override {
    std::lock_guard lock(mutex_);
    Node* parent = nullptr;
    DITTOFS_RETURN_IF_ERROR(FindDirectory(directory, &parent));
    reply.directory = parent->attributes;
    if (name == "..") {
      reply.file = nodes_[parent->parent].attributes;
      return {};
    }
    const auto at = parent->entries.find(std::string(name));
    if (at == parent->entries.end()) return ErrorCode::kNotFound;
    reply.file = nodes_[at->second].attributes;
    return {};
  }
  Status ReadDirectory(const CallContext&, FileNumber directory, const ReadDirectoryRequest&, DirectorySink& sink,
                       ReadDirectoryReply& reply) override {
    std::lock_guard lock(mutex_);
    Node* parent = nullptr;
    DITTOFS_RETURN_IF_ERROR(FindDirectory(directory, &parent));
    reply.parent = FileNumber{parent->parent};
    reply.directory = parent->attributes;
    for (const auto& [name, number] : parent->entries) {
      if (!sink.Add({name, FileNumber{number}, Cookie{}, &nodes_[number].attributes})) return {};
    }
    reply.end = true;
    return {};
  }
  Status Read(const CallContext&, FileNumber file, uint64_t offset, uint32_t length, ReadReply& reply) override {
    std::lock_guard lock(mutex_);
    const Node* node = Find(file);
    if (!node) return ErrorCode::kStale;
    if (node->attributes.type != FileType::kRegular) return ErrorCode::kIsDirectory;
    const std::string_view text(node->content);
    const std::string_view part = offset < text.size() ? text.substr(offset, length) : std::string_view();
    reply.content.Append({reinterpret_cast<const std::byte*>(part.data()), part.size()});
    reply.end_of_file = offset + part.size() >= text.size();
    reply.file = node->attributes;
    return {};
  }
  Status SetAttributes(const CallContext&, FileNumber file, const AttributeChanges& changes,
                       SetAttributesReply& reply) override {
    std::lock_guard lock(mutex_);
    Node* node = Find(file);
    if (!node) return ErrorCode::kStale;
    Attributes& attributes = node->attributes;
    if (changes.expected_ctime && *changes.expected_ctime != attributes.ctime) return ErrorCode::kNotSynchronized;
    if (changes.size_bytes && attributes.type != FileType::kRegular) return ErrorCode::kIsDirectory;
    if (changes.size_bytes && *changes.size_bytes > traits_.max_file_size_bytes) return ErrorCode::kFileTooLarge;
    reply.file.before = Before(attributes);
    Apply(changes, *node);
    reply.file.after = attributes;
    return {};
  }
  Status Create(const CallContext& context, const CreateRequest& request, CreateReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckName(request.name));
    std::lock_guard lock(mutex_);
    Node* parent = nullptr;
    DITTOFS_RETURN_IF_ERROR(FindDirectory(request.directory, &parent));
    reply.directory.after = parent->attributes;
    const auto at = parent->entries.find(std::string(request.name));
    const bool overwrites =
        request.disposition == CreateDisposition::kOverwrite || request.disposition == CreateDisposition::kOverwriteIf;
    if (at != parent->entries.end()) {
      Node& node = nodes_[at->second];
      const bool opens = request.disposition == CreateDisposition::kOpenIf || overwrites;
      const bool same = request.disposition == CreateDisposition::kExclusive && node.has_verifier &&
                        node.verifier == request.verifier;
      if (!opens && !same) return ErrorCode::kExists;
      if (overwrites) {
        AttributeChanges cut;
        cut.size_bytes = request.initial.size_bytes.value_or(0);
        Apply(cut, node);
      }
      reply.outcome = overwrites ? CreateOutcome::kOverwritten
                      : same     ? CreateOutcome::kCreated
                                 : CreateOutcome::kOpened;
      reply.file = node.attributes;
      return {};
    }
    if (request.disposition == CreateDisposition::kOverwrite) return ErrorCode::kNotFound;
    Node& node = Add(context, *parent, request.name, FileType::kRegular, request.initial, reply.directory);
    node.verifier = request.verifier;
    node.has_verifier = request.disposition == CreateDisposition::kExclusive;
    reply.outcome = CreateOutcome::kCreated;
    reply.file = node.attributes;
    return {};
  }
  Status MakeDirectory(const CallContext& context, FileNumber directory, std::string_view name,
                       const AttributeChanges& initial, MakeReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckName(name));
    std::lock_guard lock(mutex_);
    Node* parent = nullptr;
    DITTOFS_RETURN_IF_ERROR(FindDirectory(directory, &parent));
    if (parent->entries.contains(std::string(name))) return ErrorCode::kExists;
    Node& node = Add(context, *parent, name, FileType::kDirectory, initial, reply.directory);
    node.parent = directory.value;
    ++parent->attributes.link_count;
    reply.file = node.attributes;
    return {};
  }
  Status Remove(const CallContext&, const RemoveRequest& request, RemoveReply& reply) override {
    std::lock_guard lock(mutex_);
    Node* parent = nullptr;
    DITTOFS_RETURN_IF_ERROR(FindDirectory(request.directory, &parent));
    const auto at = parent->entries.find(std::string(request.name));
    if (at == parent->entries.end()) return ErrorCode::kNotFound;
    if (request.expected && request.expected.value != at->second) return ErrorCode::kNotFound;
    const bool is_directory = nodes_[at->second].attributes.type == FileType::kDirectory;
    if (is_directory && request.kind != RemoveKind::kDirectory) return ErrorCode::kIsDirectory;
    if (!is_directory && request.kind == RemoveKind::kDirectory) return ErrorCode::kNotDirectory;
    if (!nodes_[at->second].entries.empty()) return ErrorCode::kNotEmpty;
    reply.directory.before = Before(parent->attributes);
    Drop(*parent, at->first);
    Touch(parent->attributes);
    reply.directory.after = parent->attributes;
    return {};
  }
  Status Rename(const CallContext&, const RenameRequest& request, RenameReply&) override {
    DITTOFS_RETURN_IF_ERROR(CheckName(request.to_name));
    std::lock_guard lock(mutex_);
    Node* from = nullptr;
    Node* to = nullptr;
    DITTOFS_RETURN_IF_ERROR(FindDirectory(request.from_directory, &from));
    DITTOFS_RETURN_IF_ERROR(FindDirectory(request.to_directory, &to));
    const auto at = from->entries.find(std::string(request.from_name));
    if (at == from->entries.end()) return ErrorCode::kNotFound;
    const uint64_t moved = at->second;
    if (request.expected && request.expected.value != moved) return ErrorCode::kNotFound;
    const bool is_directory = nodes_[moved].attributes.type == FileType::kDirectory;
    for (uint64_t above = request.to_directory.value; is_directory; above = nodes_[above].parent) {
      if (above == moved) return ErrorCode::kInvalidArgument;
      if (above == 1) break;
    }
    const auto old = to->entries.find(std::string(request.to_name));
    if (old != to->entries.end()) {
      if (old->second == moved) return {};
      if (!request.may_replace) return ErrorCode::kExists;
      const Node& replaced = nodes_[old->second];
      const bool replaces_directory = replaced.attributes.type == FileType::kDirectory;
      if (replaces_directory && !is_directory) return ErrorCode::kIsDirectory;
      if (!replaces_directory && is_directory) return ErrorCode::kNotDirectory;
      if (!replaced.entries.empty()) return ErrorCode::kNotEmpty;
      Drop(*to, std::string(request.to_name));
    }
    from->entries.erase(std::string(request.from_name));
    to->entries[std::string(request.to_name)] = moved;
    if (is_directory) {
      nodes_[moved].parent = request.to_directory.value;
      --from->attributes.link_count;
      ++to->attributes.link_count;
    }
    Touch(from->attributes);
    Touch(to->attributes);
    return {};
  }
  Status Write(const CallContext&, WriteRequest& request, WriteReply& reply) override {
    std::lock_guard lock(mutex_);
    Node* node = Find(request.file);
    if (!node) return ErrorCode::kStale;
    if (node->attributes.type != FileType::kRegular) return ErrorCode::kIsDirectory;
    const uint64_t length = request.content.size_bytes();
    if (request.offset > traits_.max_file_size_bytes || length > traits_.max_file_size_bytes - request.offset) {
      return ErrorCode::kFileTooLarge;
    }
    reply.file.before = Before(node->attributes);
    if (length > 0) {
      if (node->content.size() < request.offset + length) node->content.resize(request.offset + length);
      request.content.CopyTo(reinterpret_cast<std::byte*>(node->content.data() + request.offset));
      node->attributes.mode &= ~(kModeSetUid | kModeSetGid);
      node->attributes.size_bytes = node->attributes.used_bytes = node->content.size();
      Touch(node->attributes);
    }
    reply.count_bytes = length;
    reply.stability = Stability::kFileSync;
    reply.file.after = node->attributes;
    return {};
  }
  Status Commit(const CallContext&, FileNumber, uint64_t, uint64_t, CommitReply&) override { return {}; }

 private:
  struct Node {
    Attributes attributes;
    std::string content;
    std::map<std::string, uint64_t> entries;
    uint64_t parent = 0;
    Verifier verifier;
    bool has_verifier = false;
  };

  Attributes NewAttributes(FileNumber number, FileType type, uint32_t mode) {
    Attributes attributes;
    attributes.valid = AttributeMask::kAll;
    attributes.number = number;
    attributes.type = type;
    attributes.mode = mode;
    attributes.link_count = type == FileType::kDirectory ? 2 : 1;
    Touch(attributes);
    attributes.atime = attributes.btime = attributes.mtime;
    return attributes;
  }
  void Touch(Attributes& attributes) {
    attributes.mtime = attributes.ctime = SystemEnvironment().clock->Now();
    attributes.change = ++last_change_;
  }
  static BeforeAttributes Before(const Attributes& attributes) {
    return {attributes.size_bytes, attributes.mtime, attributes.ctime, attributes.change};
  }
  void Apply(const AttributeChanges& changes, Node& node) {
    using TimeSource = AttributeChanges::TimeSource;
    Attributes& attributes = node.attributes;
    const Timestamp mtime = attributes.mtime;
    Touch(attributes);
    const Timestamp now = attributes.ctime;
    if (!changes.size_bytes) attributes.mtime = mtime;
    if (changes.mode) attributes.mode = *changes.mode;
    if (changes.uid) attributes.uid = *changes.uid;
    if (changes.gid) attributes.gid = *changes.gid;
    if (changes.size_bytes) {
      node.content.resize(*changes.size_bytes);
      attributes.size_bytes = attributes.used_bytes = *changes.size_bytes;
    }
    if (changes.atime_source != TimeSource::kKeep) {
      attributes.atime = changes.atime_source == TimeSource::kClient ? changes.atime : now;
    }
    if (changes.mtime_source != TimeSource::kKeep) {
      attributes.mtime = changes.mtime_source == TimeSource::kClient ? changes.mtime : now;
    }
  }
  Node& Add(const CallContext& context, Node& parent, std::string_view name, FileType type,
            const AttributeChanges& initial, ChangePair& pair) {
    pair.before = Before(parent.attributes);
    const uint64_t number = next_number_++;
    Node& node = nodes_[number];
    node.attributes = NewAttributes(FileNumber{number}, type, type == FileType::kDirectory ? 0755 : 0644);
    node.attributes.uid = context.caller.uid;
    node.attributes.gid = context.caller.gid;
    Apply(initial, node);
    parent.entries[std::string(name)] = number;
    Touch(parent.attributes);
    pair.after = parent.attributes;
    return node;
  }
  void Drop(Node& parent, const std::string& name) {
    const uint64_t number = parent.entries[name];
    if (nodes_[number].attributes.type == FileType::kDirectory) --parent.attributes.link_count;
    nodes_.erase(number);
    parent.entries.erase(name);
  }
  Node* Find(FileNumber file) {
    const auto at = nodes_.find(file.value);
    return at == nodes_.end() ? nullptr : &at->second;
  }
  Status FindDirectory(FileNumber file, Node** node) {
    *node = Find(file);
    if (!*node) return ErrorCode::kStale;
    return (*node)->attributes.type == FileType::kDirectory ? ErrorCode::kOk : ErrorCode::kNotDirectory;
  }

  std::mutex mutex_;
  std::map<uint64_t, Node> nodes_;
  uint64_t next_number_ = 16;
  uint64_t last_change_ = 0;
  FileSystemTraits traits_;
};

}  // namespace dittofs::test
