#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dittofs/file_system.h"

namespace dittofs::fs {

/// A file system that hands every operation to another one: what decorators derive from.
class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(std::unique_ptr<FileSystem> inner)
      : inner_(std::move(inner)), traits_(inner_->traits()) {}

  const FileSystemTraits& traits() const noexcept override { return traits_; }
  FileNumber root() const noexcept override { return inner_->root(); }

  Status GetAttributes(const CallContext& context, FileNumber file, AttributeMask wanted,
                       Attributes& attributes) override {
    return inner_->GetAttributes(context, file, wanted, attributes);
  }
  Status Lookup(const CallContext& context, FileNumber directory, std::string_view name, AttributeMask wanted,
                LookupReply& reply) override {
    return inner_->Lookup(context, directory, name, wanted, reply);
  }
  Status ReadDirectory(const CallContext& context, FileNumber directory, const ReadDirectoryRequest& request,
                       DirectorySink& sink, ReadDirectoryReply& reply) override {
    return inner_->ReadDirectory(context, directory, request, sink, reply);
  }
  Status Read(const CallContext& context, FileNumber file, uint64_t offset, uint32_t length,
              ReadReply& reply) override {
    return inner_->Read(context, file, offset, length, reply);
  }
  Status CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted, CheckAccessReply& reply) override {
    return inner_->CheckAccess(context, file, wanted, reply);
  }
  Status ReadSymlink(const CallContext& context, FileNumber file, std::string& target,
                     Attributes& attributes) override {
    return inner_->ReadSymlink(context, file, target, attributes);
  }
  Status SetAttributes(const CallContext& context, FileNumber file, const AttributeChanges& changes,
                       SetAttributesReply& reply) override {
    return inner_->SetAttributes(context, file, changes, reply);
  }
  Status Create(const CallContext& context, const CreateRequest& request, CreateReply& reply) override {
    return inner_->Create(context, request, reply);
  }
  Status MakeDirectory(const CallContext& context, FileNumber directory, std::string_view name,
                       const AttributeChanges& initial, MakeReply& reply) override {
    return inner_->MakeDirectory(context, directory, name, initial, reply);
  }
  Status MakeSymlink(const CallContext& context, FileNumber directory, std::string_view name, std::string_view target,
                     const AttributeChanges& initial, MakeReply& reply) override {
    return inner_->MakeSymlink(context, directory, name, target, initial, reply);
  }
  Status MakeNode(const CallContext& context, FileNumber directory, std::string_view name, FileType type,
                  DeviceNumber device, const AttributeChanges& initial, MakeReply& reply) override {
    return inner_->MakeNode(context, directory, name, type, device, initial, reply);
  }
  Status Link(const CallContext& context, FileNumber file, FileNumber directory, std::string_view name,
              LinkReply& reply) override {
    return inner_->Link(context, file, directory, name, reply);
  }
  Status Remove(const CallContext& context, const RemoveRequest& request, RemoveReply& reply) override {
    return inner_->Remove(context, request, reply);
  }
  Status Rename(const CallContext& context, const RenameRequest& request, RenameReply& reply) override {
    return inner_->Rename(context, request, reply);
  }
  Status Write(const CallContext& context, WriteRequest& request, WriteReply& reply) override {
    return inner_->Write(context, request, reply);
  }
  Status Commit(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                CommitReply& reply) override {
    return inner_->Commit(context, file, offset, length, reply);
  }
  Status Allocate(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                  SetAttributesReply& reply) override {
    return inner_->Allocate(context, file, offset, length, reply);
  }
  Status Deallocate(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                    SetAttributesReply& reply) override {
    return inner_->Deallocate(context, file, offset, length, reply);
  }
  Status Seek(const CallContext& context, FileNumber file, uint64_t offset, SeekTarget target,
              SeekReply& reply) override {
    return inner_->Seek(context, file, offset, target, reply);
  }
  Status Clone(const CallContext& context, FileNumber from, uint64_t from_offset, FileNumber to, uint64_t to_offset,
               uint64_t length, SetAttributesReply& reply) override {
    return inner_->Clone(context, from, from_offset, to, to_offset, length, reply);
  }
  Status GetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                              std::string& value) override {
    return inner_->GetExtendedAttribute(context, file, name, value);
  }
  Status SetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                              std::string_view value, bool must_create, bool must_replace,
                              SetAttributesReply& reply) override {
    return inner_->SetExtendedAttribute(context, file, name, value, must_create, must_replace, reply);
  }
  Status ListExtendedAttributes(const CallContext& context, FileNumber file, std::string& names) override {
    return inner_->ListExtendedAttributes(context, file, names);
  }
  Status RemoveExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                 SetAttributesReply& reply) override {
    return inner_->RemoveExtendedAttribute(context, file, name, reply);
  }
  Status GetStatistics(const CallContext& context, FileSystemStatistics& statistics) override {
    return inner_->GetStatistics(context, statistics);
  }

 protected:
  FileSystem& inner() const noexcept { return *inner_; }
  /// What the decorator changes of the inner traits.
  FileSystemTraits& own_traits() noexcept { return traits_; }

 private:
  const std::unique_ptr<FileSystem> inner_;
  FileSystemTraits traits_;
};

}  // namespace dittofs::fs
