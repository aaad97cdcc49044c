#include "metadata/stores/leveldb/database.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <vector>

#include "dittofs/metadata_store.h"
#include "metadata/stores/leveldb/log_check.h"
#include "metadata/stores/leveldb/row_keys.h"
#include "metadata/stores/leveldb/row_values.h"

namespace dittofs::leveldb_store {
namespace {

constexpr size_t kMaxTableBytes = 16u << 20;
constexpr std::string_view kFormatFile = "FORMAT";
constexpr std::string_view kOwnerFile = "OWNER";
constexpr std::string_view kRemedy =
    "restore the directory from a backup, or move it away to begin with an empty store";

/// What a directory holds before LevelDB is let in.
struct Contents {
  bool current = false;
  std::vector<std::string> logs;
  bool tables = false;
  bool format_file = false;
  bool used() const noexcept { return current || !logs.empty() || tables || format_file; }
};

Result<Contents> Survey(leveldb::Env* env, const std::string& directory) {
  std::vector<std::string> names;
  if (const leveldb::Status status = env->GetChildren(directory, &names); !status.ok()) {
    return StatusOf(status, "listing " + directory);
  }
  Contents contents;
  for (const std::string& name : names) {
    contents.current |= name == "CURRENT";
    if (name.ends_with(".log")) contents.logs.push_back(name);
    contents.tables |= name.ends_with(".ldb") || name.ends_with(".sst");
    contents.format_file |= name == kFormatFile;
  }
  return contents;
}

Status Corrupt(const std::string& directory, std::string_view what) {
  return Status(ErrorCode::kCorruption, fmt::format("the metadata store {}: {}; {}", directory, what, kRemedy));
}

Status CheckFormat(const std::string& directory, uint32_t format) {
  if (format == kMetadataFormatVersion) return {};
  if (format > kMetadataFormatVersion) {
    return Status(ErrorCode::kUnknownFormat,
                  fmt::format("the metadata store {} has format {}, this version knows up to {}; "
                              "use the version of dittofs that wrote it, or a newer one",
                              directory, format, kMetadataFormatVersion));
  }
  return Status(ErrorCode::kUnknownFormat,
                fmt::format("the metadata store {} has format {}, which was never released", directory, format));
}

/// The file beside the database that says what it should be, so that a database that lost its rows is not taken for a
/// new one. One line: magic, format, store id.
struct FormatFile {
  uint32_t format = 0;
  uint64_t store_id = 0;
};

Result<FormatFile> ReadFormatFile(const std::string& directory) {
  const std::string path = directory + "/" + std::string(kFormatFile);
  const Result<std::string> text = base::ReadSmallFile(path, 4096);
  if (!text.ok()) return text.status();
  const std::string head = std::string(FormatRow::kMagic) + " ";
  FormatFile file;
  if (text->starts_with(head)) {
    const char* at = text->data() + head.size();
    const char* end = text->data() + text->size();
    const auto format = std::from_chars(at, end, file.format);
    if (format.ec == std::errc() && format.ptr != end && *format.ptr == ' ') {
      if (file.format > kMetadataFormatVersion) return file;  // what follows is theirs to define
      const auto id = std::from_chars(format.ptr + 1, end, file.store_id, 16);
      if (id.ec == std::errc() && id.ptr + 1 == end && *id.ptr == '\n') return file;
    }
  }
  return Corrupt(directory, "its file FORMAT is damaged");
}

Status WriteFormatFile(const std::string& directory, uint64_t store_id) {
  return base::ReplaceFileDurably(directory + "/" + std::string(kFormatFile),
                                  fmt::format("{} {} {:016x}\n", FormatRow::kMagic, kMetadataFormatVersion, store_id));
}

/// LevelDB believes what CURRENT says; it must name a manifest that is there.
Status CheckCurrent(leveldb::Env* env, const std::string& directory) {
  const Result<std::string> text = base::ReadSmallFile(directory + "/CURRENT", 4096);
  if (!text.ok()) return text.status();
  const bool good = text->starts_with("MANIFEST-") && text->ends_with('\n') &&
                    text->find_first_not_of("0123456789", 9) == text->size() - 1 && text->size() > 10;
  if (!good) return Corrupt(directory, "its file CURRENT is damaged");
  const std::string manifest = text->substr(0, text->size() - 1);
  return env->FileExists(directory + "/" + manifest) ? Status()
                                                     : Corrupt(directory, "its file " + manifest + " is missing");
}

Status OpenError(const leveldb::Status& status, const std::string& directory) {
  const std::string text = status.ToString();
  if (text.find("/LOCK") != std::string::npos && text.find("Permission denied") == std::string::npos) {
    return Status(ErrorCode::kAlreadyInUse,
                  fmt::format("the metadata store {} is open in another process ({})", directory, text));
  }
  if (text.find("comparator") != std::string::npos && !status.IsCorruption()) {
    return Status(ErrorCode::kUnknownFormat, fmt::format("{} holds a LevelDB of another program ({}); "
                                                         "choose another directory",
                                                         directory, text));
  }
  if (status.IsCorruption() || status.IsInvalidArgument()) return Corrupt(directory, text);
  return StatusOf(status, "opening the metadata store " + directory);
}

}  // namespace

Status StatusOf(const leveldb::Status& status, std::string_view doing) {
  if (status.ok()) return {};
  if (status.IsNotFound()) return ErrorCode::kNotFound;
  const std::string text = status.ToString();
  ErrorCode code = ErrorCode::kIo;
  if (status.IsCorruption()) {
    code = ErrorCode::kCorruption;
  } else if (text.find("No space left on device") != std::string::npos) {
    code = ErrorCode::kNoSpace;
  } else if (text.find("Permission denied") != std::string::npos) {
    code = ErrorCode::kAccessDenied;
  }
  return Status(code, fmt::format("{}: {}", doing, text));
}

Status CorruptRow(std::string_view key) {
  return Status(ErrorCode::kCorruption, DescribeKey(key) + " does not parse");
}

Status Database::Get(std::string_view key, const leveldb::Snapshot* snapshot, std::string& value) const {
  const leveldb::Status status = db->Get(ReadOptions(snapshot), ToSlice(key), &value);
  if (status.ok()) return {};
  if (status.IsNotFound()) return ErrorCode::kNotFound;
  return StatusOf(status, "reading " + DescribeKey(key));
}

Status Database::AnyRow(std::string_view prefix, bool& any) const {
  const auto rows = NewIterator(nullptr);
  rows->Seek(ToSlice(prefix));
  any = rows->Valid() && rows->key().starts_with(ToSlice(prefix));
  return StatusOf(rows->status(), "reading " + directory);
}

Result<std::unique_ptr<Database>> Database::Open(const LevelDbMetadataStoreOptions& options, leveldb::Env* env) {
  const std::string& directory = options.directory;
  const Environment environment = WithDefaults(options.environment);
  DITTOFS_RETURN_IF_ERROR(base::MakeDirectoryIfAbsent(directory));
  auto database = std::make_unique<Database>(env);
  database->directory = directory;
  database->log = base::Logger(environment.log, "metadata");
  Result<base::FileDescriptor> owner = base::LockFile(directory + "/" + std::string(kOwnerFile));
  if (!owner.ok()) return owner.status().WithContext("the metadata store " + directory + " can't be opened");
  database->owner_lock = *std::move(owner);

  const Result<Contents> contents = Survey(env, directory);
  if (!contents.ok()) return contents.status();
  FormatFile expected;
  if (contents->format_file) {
    const Result<FormatFile> file = ReadFormatFile(directory);
    if (!file.ok()) return file.status();
    expected = *file;
    DITTOFS_RETURN_IF_ERROR(CheckFormat(directory, expected.format));
  }
  if (contents->used() && !contents->current) return Corrupt(directory, "its file CURRENT is missing");
  if (contents->current) DITTOFS_RETURN_IF_ERROR(CheckCurrent(env, directory));
  // LevelDB always keeps a log, and does not notice when the one with the latest commits is gone.
  if (contents->current && contents->format_file && contents->logs.empty()) {
    return Corrupt(directory, "its log is missing");
  }
  for (const std::string& name : contents->logs) {
    const Status checked = CheckLogFile(env, directory + "/" + name);
    if (checked == ErrorCode::kCorruption) return Corrupt(directory, checked.message());
    DITTOFS_RETURN_IF_ERROR(checked);
  }

  database->cache.reset(leveldb::NewLRUCache(options.cache_bytes));
  if (options.bloom_bits_per_key > 0) {
    database->filter.reset(leveldb::NewBloomFilterPolicy(options.bloom_bits_per_key));
  }
  leveldb::Options settings;
  settings.env = &database->env;
  settings.create_if_missing = !contents->used();
  settings.paranoid_checks = true;
  settings.write_buffer_size =
      static_cast<size_t>(std::min<uint64_t>(options.write_buffer_bytes, std::numeric_limits<size_t>::max() / 2));
  settings.max_file_size = kMaxTableBytes;
  settings.block_cache = database->cache.get();
  settings.filter_policy = database->filter.get();
  leveldb::DB* opened = nullptr;
  if (const leveldb::Status status = leveldb::DB::Open(settings, directory, &opened); !status.ok()) {
    return OpenError(status, directory);
  }
  database->db.reset(opened);

  const RowKey key(ShareId{0}, RowKind::kFormat);
  std::string value;
  const Status found = database->Get(key.bytes(), nullptr, value);
  if (found.ok()) {
    FormatRow row;
    if (!FormatRow::Decode(value, row)) return Corrupt(directory, "its format row is damaged");
    DITTOFS_RETURN_IF_ERROR(CheckFormat(directory, row.format));
    if (contents->format_file && row.store_id != expected.store_id) {
      return Corrupt(directory, "its file FORMAT belongs to another store");
    }
    database->store_id = row.store_id;
    if (!contents->format_file) DITTOFS_RETURN_IF_ERROR(WriteFormatFile(directory, row.store_id));
    return database;
  }
  if (!(found == ErrorCode::kNotFound)) return found;
  if (contents->format_file) return Corrupt(directory, "its rows are gone");
  bool any = false;
  DITTOFS_RETURN_IF_ERROR(database->AnyRow("", any));
  if (any) {
    return Status(ErrorCode::kUnknownFormat,
                  fmt::format("{} holds a LevelDB of another program; choose another directory", directory));
  }
  FormatRow row;
  row.format = kMetadataFormatVersion;
  row.store_id = environment.random->Next64();
  leveldb::WriteOptions durable;
  durable.sync = true;
  const leveldb::Status written = database->db->Put(durable, ToSlice(key.bytes()), ToSlice(row.Encode()));
  if (!written.ok()) return StatusOf(written, "writing the metadata store " + directory);
  DITTOFS_RETURN_IF_ERROR(WriteFormatFile(directory, row.store_id));
  database->store_id = row.store_id;
  return database;
}

}  // namespace dittofs::leveldb_store
