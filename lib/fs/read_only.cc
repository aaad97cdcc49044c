#include "fs/forwarding.h"

namespace dittofs {
namespace {

class ReadOnlyFileSystem final : public fs::ForwardingFileSystem {
 public:
  explicit ReadOnlyFileSystem(std::unique_ptr<FileSystem> inner) : ForwardingFileSystem(std::move(inner)) {
    own_traits().read_only = true;
  }

  Status CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted, CheckAccessReply& reply) override {
    const Status status = inner().CheckAccess(context, file, wanted, reply);
    reply.granted = reply.granted & (AccessMask::kRead | AccessMask::kLookup | AccessMask::kExecute);
    return status;
  }
  Status SetAttributes(const CallContext&, FileNumber, const AttributeChanges&, SetAttributesReply&) override {
    return ErrorCode::kReadOnly;
  }
  /// Opening what exists changes nothing.
  Status Create(const CallContext& context, const CreateRequest& request, CreateReply& reply) override {
    LookupReply found;
    if (request.disposition != CreateDisposition::kOpenIf ||
        !inner().Lookup(context, request.directory, request.name, AttributeMask::kAll, found).ok()) {
      return ErrorCode::kReadOnly;
    }
    reply.outcome = CreateOutcome::kOpened;
    reply.file = found.file;
    reply.directory.after = found.directory;
    return {};
  }
  Status MakeDirectory(const CallContext&, FileNumber, std::string_view, const AttributeChanges&, MakeReply&) override {
    return ErrorCode::kReadOnly;
  }
  Status MakeSymlink(const CallContext&, FileNumber, std::string_view, std::string_view, const AttributeChanges&,
                     MakeReply&) override {
    return ErrorCode::kReadOnly;
  }
  Status MakeNode(const CallContext&, FileNumber, std::string_view, FileType, DeviceNumber, const AttributeChanges&,
                  MakeReply&) override {
    return ErrorCode::kReadOnly;
  }
  Status Link(const CallContext&, FileNumber, FileNumber, std::string_view, LinkReply&) override {
    return ErrorCode::kReadOnly;
  }
  Status Remove(const CallContext&, const RemoveRequest&, RemoveReply&) override { return ErrorCode::kReadOnly; }
  Status Rename(const CallContext&, const RenameRequest&, RenameReply&) override { return ErrorCode::kReadOnly; }
  Status Write(const CallContext&, WriteRequest&, WriteReply&) override { return ErrorCode::kReadOnly; }
  Status Commit(const CallContext&, FileNumber, uint64_t, uint64_t, CommitReply&) override {
    return ErrorCode::kReadOnly;
  }
  Status Allocate(const CallContext&, FileNumber, uint64_t, uint64_t, SetAttributesReply&) override {
    return ErrorCode::kReadOnly;
  }
  Status Deallocate(const CallContext&, FileNumber, uint64_t, uint64_t, SetAttributesReply&) override {
    return ErrorCode::kReadOnly;
  }
  Status Clone(const CallContext&, FileNumber, uint64_t, FileNumber, uint64_t, uint64_t, SetAttributesReply&) override {
    return ErrorCode::kReadOnly;
  }
  Status SetExtendedAttribute(const CallContext&, FileNumber, std::string_view, std::string_view, bool, bool,
                              SetAttributesReply&) override {
    return ErrorCode::kReadOnly;
  }
  Status RemoveExtendedAttribute(const CallContext&, FileNumber, std::string_view, SetAttributesReply&) override {
    return ErrorCode::kReadOnly;
  }
};

}  // namespace

std::unique_ptr<FileSystem> ReadOnly(std::unique_ptr<FileSystem> inner) {
  return std::make_unique<ReadOnlyFileSystem>(std::move(inner));
}

}  // namespace dittofs
