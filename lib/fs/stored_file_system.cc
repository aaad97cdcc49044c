#include "fs/stored_file_system.h"

#include <algorithm>

#include "fs/stored_impl.h"
#include "metadata/permissions.h"

namespace dittofs {
namespace fs {
namespace {

/// What a share without a bound says it holds: a petabyte, and files to match.
constexpr uint64_t kUnboundedBytes = uint64_t{1} << 50;
constexpr uint64_t kUnboundedFiles = uint64_t{1} << 32;

FileSystemTraits MakeTraits() {
  FileSystemTraits traits;
  traits.read_only = false;
  traits.may_block = false;
  traits.hard_links = true;
  traits.symlinks = true;
  traits.special_files = true;
  traits.sparse = true;
  traits.extended_attributes = true;
  traits.persistent_cookies = true;
  traits.checks_permissions = true;
  traits.max_file_size_bytes = metadata::kMaxFileBytes;
  traits.max_link_count = metadata::kMaxFileLinks;
  return traits;
}

uint64_t Positive(int64_t value) noexcept {
  return value > 0 ? static_cast<uint64_t>(value) : 0;
}

}  // namespace

StoredFiles::StoredFiles(MetadataService& metadata, PayloadService& payload, const StoredFileSystemOptions& options)
    : metadata_(metadata),
      payload_(payload),
      options_(options),
      environment_(WithDefaults(options.environment)),
      log_(environment_.log, "fs"),
      block_scope_(metadata.share().block_scope),
      traits_(MakeTraits()),
      verifier_(*environment_.random) {
  metadata_.SetContentObserver(this);
  payload_.AddPressureListener(*this);
  if (!options_.background_threads) return;
  flusher_ = std::thread([this] { RunFlusher(); });
  collector_ = std::thread([this] { RunCollector(); });
}

StoredFiles::~StoredFiles() {
  StopThreads();
  payload_.RemovePressureListener(*this);
  metadata_.SetContentObserver(nullptr);
  // The payload service may serve other shares: bytes that nobody will flush any more must not take their room.
  while (true) {
    std::vector<ContentId> files;
    payload_.ListDirty(block_scope_, 0, 4096, files);
    if (files.empty()) return;
    for (const ContentId file : files) payload_.Discard(file, 0, UINT64_MAX);
  }
}

Status StoredFiles::GetAttributes(const CallContext& context, FileNumber file, AttributeMask wanted,
                                  Attributes& attributes) {
  return metadata_.GetAttributes(context, file, wanted, attributes);
}
Status StoredFiles::Lookup(const CallContext& context, FileNumber directory, std::string_view name,
                           AttributeMask wanted, LookupReply& reply) {
  return metadata_.Lookup(context, directory, name, wanted, reply);
}
Status StoredFiles::ReadDirectory(const CallContext& context, FileNumber directory, const ReadDirectoryRequest& request,
                                  DirectorySink& sink, ReadDirectoryReply& reply) {
  return metadata_.ReadDirectory(context, directory, request, sink, reply);
}
Status StoredFiles::CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted,
                                CheckAccessReply& reply) {
  return metadata_.CheckAccess(context, file, wanted, reply);
}
Status StoredFiles::ReadSymlink(const CallContext& context, FileNumber file, std::string& target,
                                Attributes& attributes) {
  return metadata_.ReadSymlink(context, file, target, attributes);
}
Status StoredFiles::MakeDirectory(const CallContext& context, FileNumber directory, std::string_view name,
                                  const AttributeChanges& initial, MakeReply& reply) {
  return metadata_.MakeDirectory(context, directory, name, initial, reply);
}
Status StoredFiles::MakeSymlink(const CallContext& context, FileNumber directory, std::string_view name,
                                std::string_view target, const AttributeChanges& initial, MakeReply& reply) {
  return metadata_.MakeSymlink(context, directory, name, target, initial, reply);
}
Status StoredFiles::MakeNode(const CallContext& context, FileNumber directory, std::string_view name, FileType type,
                             DeviceNumber device, const AttributeChanges& initial, MakeReply& reply) {
  return metadata_.MakeNode(context, directory, name, type, device, initial, reply);
}
Status StoredFiles::Link(const CallContext& context, FileNumber file, FileNumber directory, std::string_view name,
                         LinkReply& reply) {
  return metadata_.Link(context, file, directory, name, reply);
}
Status StoredFiles::Remove(const CallContext& context, const RemoveRequest& request, RemoveReply& reply) {
  return metadata_.Remove(context, request, reply);
}
Status StoredFiles::Rename(const CallContext& context, const RenameRequest& request, RenameReply& reply) {
  return metadata_.Rename(context, request, reply);
}
Status StoredFiles::GetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                         std::string& value) {
  return metadata_.GetExtendedAttribute(context, file, name, value);
}
Status StoredFiles::SetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                         std::string_view value, bool must_create, bool must_replace,
                                         SetAttributesReply& reply) {
  return metadata_.SetExtendedAttribute(context, file, name, value, must_create, must_replace, reply);
}
Status StoredFiles::ListExtendedAttributes(const CallContext& context, FileNumber file, std::string& names) {
  return metadata_.ListExtendedAttributes(context, file, names);
}
Status StoredFiles::RemoveExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                            SetAttributesReply& reply) {
  return metadata_.RemoveExtendedAttribute(context, file, name, reply);
}

Status StoredFiles::GetStatistics(const CallContext& context, FileSystemStatistics& statistics) {
  DITTOFS_RETURN_IF_ERROR(metadata_.GetAttributes(context, root(), AttributeMask::kAll, statistics.root));
  const Result<UsageRecord> usage = metadata_.GetUsage(context);
  if (!usage.ok()) return usage.status();
  const uint64_t used_bytes = Positive(usage->bytes);
  const uint64_t used_files = Positive(usage->files);
  statistics.total_bytes = options_.quota_bytes != 0 ? options_.quota_bytes : std::max(kUnboundedBytes, used_bytes);
  statistics.free_bytes = statistics.total_bytes - std::min(statistics.total_bytes, used_bytes);
  statistics.available_bytes = statistics.free_bytes;
  // The disk below bounds a share without a quota, and one whose quota is larger than the disk.
  const Result<BlockStoreCapacity> capacity = payload_.Capacity();
  if (capacity.ok()) {
    if (options_.quota_bytes == 0) statistics.total_bytes = capacity->total_bytes;
    statistics.free_bytes = std::min(statistics.free_bytes, capacity->free_bytes);
    statistics.available_bytes = std::min(statistics.available_bytes, capacity->available_bytes);
  }
  statistics.total_files = options_.quota_files != 0 ? options_.quota_files : std::max(kUnboundedFiles, used_files);
  statistics.free_files = statistics.total_files - std::min(statistics.total_files, used_files);
  statistics.available_files = statistics.free_files;
  return {};
}

}  // namespace fs

std::unique_ptr<StoredFileSystem> MakeStoredFileSystem(MetadataService& metadata, PayloadService& payload,
                                                       const StoredFileSystemOptions& options) {
  return std::make_unique<fs::StoredFiles>(metadata, payload, options);
}

}  // namespace dittofs
