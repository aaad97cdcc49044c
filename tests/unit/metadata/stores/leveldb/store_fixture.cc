#include "store_fixture.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.h"

namespace dittofs::leveldb_store {

void RecordingLog::Write(LogLevel level, std::string_view, std::string_view, std::span<const LogField>) {
  const std::lock_guard lock(mutex_);
  errors_ += level == LogLevel::kError ? 1 : 0;
}

size_t RecordingLog::errors() {
  const std::lock_guard lock(mutex_);
  return errors_;
}

StoreFixture::StoreFixture() {
  const std::filesystem::path parent =
      ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
  std::string pattern = (parent / "dittofs-leveldb-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  directory_ = pattern;
}

StoreFixture::~StoreFixture() {
  store.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

LevelDbMetadataStoreOptions StoreFixture::options() {
  LevelDbMetadataStoreOptions options;
  options.directory = directory();
  options.write_buffer_bytes = write_buffer_bytes;
  options.cache_bytes = 1 << 20;
  options.environment.log = &log;
  return options;
}

Status StoreFixture::TryOpen() {
  Result<std::unique_ptr<MetadataStore>> opened = OpenStore(options(), &env);
  if (!opened.ok()) return opened.status();
  store = *std::move(opened);
  return {};
}

void StoreFixture::Open() {
  const Status opened = TryOpen();
  INFO(opened.ToString());
  REQUIRE(opened.ok());
  REQUIRE(store->OpenShare(kShare, "share", 1, {}).ok());
  REQUIRE(store
              ->Update(kShare, CommitDurability::kDurable,
                       [](MetadataTransaction& transaction) {
                         InodeRecord root;
                         if (transaction.GetInode(kRoot, root).ok()) return Status();
                         root.number = kRoot;
                         root.type = FileType::kDirectory;
                         root.link_count = 2;
                         transaction.PutInode(root);
                         return Status();
                       })
              .ok());
}

std::vector<std::string> StoreFixture::Files(std::string_view suffix) const {
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(directory())) {
    if (file.path().string().ends_with(suffix)) files.push_back(file.path().string());
  }
  return files;
}

void StoreFixture::EditRows(const std::function<void(leveldb::DB&)>& edit) {
  REQUIRE(store == nullptr);
  leveldb::DB* db = nullptr;
  REQUIRE(leveldb::DB::Open(leveldb::Options(), directory(), &db).ok());
  const std::unique_ptr<leveldb::DB> owned(db);
  edit(*owned);
}

Status StoreFixture::Create(uint64_t number, CommitDurability durability, std::string_view padding) {
  return store->Update(kShare, durability, [&](MetadataTransaction& transaction) -> Status {
    const std::string name = "file" + std::to_string(number) + std::string(padding);
    InodeRecord parent;
    DITTOFS_RETURN_IF_ERROR(transaction.GetInode(kRoot, parent));
    EntryRecord entry;
    const Status found = transaction.GetEntry(kRoot, name, entry);
    if (found.ok()) return ErrorCode::kExists;
    if (!(found == ErrorCode::kNotFound)) return found;
    InodeRecord inode;
    inode.number = FileNumber{number};
    transaction.PutInode(inode);
    transaction.PutEntry(kRoot, name, name, {inode.number, FileType::kRegular, Cookie{number}});
    transaction.ChangeDirectory(kRoot, {1, 0, {}}, nullptr);
    transaction.AddUsage({0, 1});
    return {};
  });
}

Status StoreFixture::Look(uint64_t number) {
  return store->View(kShare, [&](MetadataReader& reader) {
    InodeRecord inode;
    return reader.GetInode(FileNumber{number}, inode);
  });
}

Status StoreFixture::List(bool with_inodes, std::vector<std::string>* names) {
  return store->View(kShare, [&](MetadataReader& reader) {
    if (names != nullptr) names->clear();
    return reader.ListEntries(kRoot, Cookie{}, with_inodes, [&](const MetadataEntry& entry) {
      if (names != nullptr) names->emplace_back(entry.name);
      return true;
    });
  });
}

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void WriteBytes(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void FlipByte(const std::string& path, uint64_t at) {
  std::string bytes = ReadBytes(path);
  REQUIRE(at < bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
  WriteBytes(path, bytes);
}

}  // namespace dittofs::leveldb_store
