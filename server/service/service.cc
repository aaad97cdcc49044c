#include "service/service.h"

#include "config/library_options.h"
#include "dittofs/nfs.h"
#include "dittofs/stores/filesystem.h"
#include "dittofs/stores/leveldb.h"
#include "dittofs/stores/memory.h"
#include "text.h"

namespace dittofs::server {
namespace {

/// `status` with a sentence on what somebody at a keyboard can do about it, where the code allows one.
Status WithAdvice(const Status& status, std::string_view subject, std::string_view advice) {
  if (status.ok()) return status;
  std::string text = Cat(subject, ": ", status.message().empty() ? ErrorName(status.code()) : status.message());
  if (!advice.empty()) text += Cat(". ", advice);
  return Status(status.code(), std::move(text));
}

std::string_view DirectoryAdvice(ErrorCode code) {
  switch (code) {
    case ErrorCode::kAlreadyInUse:
      return "Another server has it open: stop that one, or give this one a directory of its own";
    case ErrorCode::kAccessDenied:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kReadOnly:
      return "Run as a user who may write there, or choose another directory";
    case ErrorCode::kNotFound:
      return "Its parent must exist: make that first, or correct the path";
    case ErrorCode::kNotDirectory:
      return "Move that file away, or choose another directory";
    case ErrorCode::kNoSpace:
      return "Make room on that disk";
    case ErrorCode::kUnknownFormat:
      return "Run the version of dittofs that wrote it, or choose another directory";
    case ErrorCode::kCorruption:
      return "Nothing was changed: restore it from a backup, or choose another directory";
    default:
      return {};
  }
}

std::string_view AdapterAdvice(ErrorCode code) {
  switch (code) {
    case ErrorCode::kAlreadyInUse:
      return "Stop what listens there (ss -ltnp shows it), or choose another port with --port or nfs.port";
    case ErrorCode::kAccessDenied:
    case ErrorCode::kPermissionDenied:
      return "Ports below 1024 need privileges: choose a higher one, or run as root";
    default:
      return {};
  }
}

}  // namespace

Result<std::unique_ptr<Service>> Service::Start(const config::Config& config, LogOutput& log) {
  std::unique_ptr<Service> service(new Service(config, log));
  RuntimeOptions options;
  options.data_directory = config.data_directory();
  options.environment.log = &log.sink();
  options.cache_bytes = config.cache().clean_bytes();
  options.max_dirty_bytes = config.cache().dirty_bytes();
  Result<std::unique_ptr<Runtime>> runtime = Runtime::Create(options);
  if (!runtime.ok()) {
    const bool explained = runtime.code() == ErrorCode::kPermissionDenied;  // The handle key's; it names the command.
    return WithAdvice(runtime.status(), "can't use the data directory " + config.data_directory(),
                      explained ? std::string_view() : DirectoryAdvice(runtime.code()));
  }
  service->runtime_ = std::move(*runtime);
  for (const config::MetadataStore& store : config.metadata_stores()) {
    DITTOFS_RETURN_IF_ERROR(service->AddMetadataStore(store));
  }
  for (const config::BlockStore& store : config.block_stores()) {
    DITTOFS_RETURN_IF_ERROR(service->AddBlockStore(store));
  }
  for (const config::Share& share : config.shares()) DITTOFS_RETURN_IF_ERROR(service->AddShare(share));

  Result<std::unique_ptr<ProtocolAdapter>> nfs = MakeNfsAdapter(NfsOptionsOf(config.nfs()));
  if (!nfs.ok()) return WithAdvice(nfs.status(), "nfs", {});
  DITTOFS_RETURN_IF_ERROR(service->runtime_->AddAdapter(std::move(*nfs)));
  const Status started = service->runtime_->Start();
  if (!started.ok()) return WithAdvice(started, "can't start", AdapterAdvice(started.code()));
  return service;
}

Status Service::AddMetadataStore(const config::MetadataStore& store) {
  if (store.has_memory()) {
    return runtime_->AddMetadataStore(store.name(), MakeMemoryMetadataStore({store.memory().max_bytes()}));
  }
  LevelDbMetadataStoreOptions options;
  options.directory = store.leveldb().directory();
  options.cache_bytes = store.leveldb().cache_bytes();
  options.write_buffer_bytes = store.leveldb().write_buffer_bytes();
  options.environment.log = &log_.sink();
  Result<std::unique_ptr<MetadataStore>> opened = OpenLevelDbMetadataStore(options);
  if (!opened.ok()) {
    return WithAdvice(opened.status(), Cat("can't open metadata store \"", store.name(), "\" in ", options.directory),
                      DirectoryAdvice(opened.code()));
  }
  return runtime_->AddMetadataStore(store.name(), std::move(*opened));
}

Status Service::AddBlockStore(const config::BlockStore& store) {
  if (store.has_memory()) {
    return runtime_->AddBlockStore(store.name(), MakeMemoryBlockStore({store.memory().max_bytes()}));
  }
  FilesystemBlockStoreOptions options;
  options.directory = store.filesystem().directory();
  options.sync = store.filesystem().sync();
  options.environment.log = &log_.sink();
  Result<std::unique_ptr<BlockStore>> opened = OpenFilesystemBlockStore(options);
  if (!opened.ok()) {
    return WithAdvice(opened.status(), Cat("can't open block store \"", store.name(), "\" in ", options.directory),
                      DirectoryAdvice(opened.code()));
  }
  return runtime_->AddBlockStore(store.name(), std::move(*opened));
}

Status Service::AddShare(const config::Share& share) {
  const Result<Share*> added = runtime_->AddStoredShare(ShareOptionsOf(share), StoredShareOptionsOf(share));
  return WithAdvice(added.status(), Cat("can't export share \"", share.name(), '"'), DirectoryAdvice(added.code()));
}

}  // namespace dittofs::server
