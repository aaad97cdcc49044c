#include "state/reclaim.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <utility>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/files.h"
#include "base/mutex.h"

namespace dittofs::state {
namespace {

using Key = std::pair<std::string, std::string>;  // protocol, key
using Clients = std::map<Key, ReclaimClient>;

// The file: kMagic, then records of
//   4 bytes  length of the rest behind the checksum, little endian
//   4 bytes  CRC-32C of it
//   1 byte   kRemember or kForget
//   four strings, each 2 bytes of length and the bytes: protocol, key, address, server
constexpr std::string_view kMagic = "dittofs reclaim 1\n";
constexpr size_t kRecordHeaderBytes = 8;
constexpr size_t kMaxTextBytes = 1024;
constexpr size_t kMaxFileBytes = size_t{256} << 20;
constexpr char kRemember = 'R';
constexpr char kForget = 'F';

void AppendText(std::string& to, std::string_view text) {
  char length[2];
  base::StoreLittleEndian(length, static_cast<uint16_t>(text.size()));
  to.append(length, sizeof length).append(text);
}

std::string MakeRecord(char type, const ReclaimClient& client) {
  std::string body(1, type);
  AppendText(body, client.protocol);
  AppendText(body, client.key);
  AppendText(body, client.address);
  AppendText(body, client.server);
  char header[kRecordHeaderBytes];
  base::StoreLittleEndian(header, static_cast<uint32_t>(body.size()));
  base::StoreLittleEndian(header + 4, base::Crc32c(base::AsBytes(body)));
  return std::string(header, sizeof header) + body;
}

bool TakeText(std::string_view& from, std::string& text) {
  if (from.size() < 2) return false;
  const size_t length = base::LoadLittleEndian<uint16_t>(from.data());
  if (length > kMaxTextBytes || length > from.size() - 2) return false;
  text.assign(from.substr(2, length));
  from.remove_prefix(2 + length);
  return true;
}

void Apply(Clients& clients, char type, ReclaimClient client) {
  Key key{client.protocol, client.key};
  if (type == kForget) {
    clients.erase(key);
  } else {
    clients.insert_or_assign(std::move(key), std::move(client));
  }
}

Status Parse(std::string_view content, const std::string& path, Clients& clients) {
  if (content.empty()) return {};
  if (!content.starts_with(kMagic)) {
    return Status(ErrorCode::kUnknownFormat,
                  fmt::format("{} is not a reclaim journal of this version; move it away to start without the locks of "
                              "the last run",
                              path));
  }
  content.remove_prefix(kMagic.size());
  while (!content.empty()) {
    // What an interrupted append leaves behind: fewer bytes than announced.
    if (content.size() < kRecordHeaderBytes) return {};
    const uint32_t length = base::LoadLittleEndian<uint32_t>(content.data());
    const uint32_t checksum = base::LoadLittleEndian<uint32_t>(content.data() + 4);
    if (length > content.size() - kRecordHeaderBytes) return {};
    std::string_view body = content.substr(kRecordHeaderBytes, length);
    const bool last = content.size() == kRecordHeaderBytes + length;
    ReclaimClient client;
    const bool sound = !body.empty() && base::Crc32c(base::AsBytes(body)) == checksum;
    if (!sound && last) return {};
    const char type = sound ? body.front() : '\0';
    if (sound) body.remove_prefix(1);
    if (!sound || (type != kRemember && type != kForget) || !TakeText(body, client.protocol) ||
        !TakeText(body, client.key) || !TakeText(body, client.address) || !TakeText(body, client.server) ||
        !body.empty()) {
      return Status(ErrorCode::kCorruption,
                    fmt::format("{} is damaged; move it away to start without the locks of the last run", path));
    }
    Apply(clients, type, std::move(client));
    content.remove_prefix(kRecordHeaderBytes + length);
  }
  return {};
}

Status CheckTexts(const ReclaimClient& client) {
  if (client.protocol.size() > kMaxTextBytes || client.key.size() > kMaxTextBytes ||
      client.address.size() > kMaxTextBytes || client.server.size() > kMaxTextBytes) {
    return ErrorCode::kInvalidArgument;
  }
  return {};
}

class ReclaimMemory : public ReclaimStore {
 public:
  Result<std::vector<ReclaimClient>> List() override {
    base::MutexLock hold(mutex_);
    std::vector<ReclaimClient> list;
    list.reserve(clients_.size());
    for (const auto& [key, client] : clients_) list.push_back(client);
    return list;
  }
  Status Remember(const ReclaimClient& client) override {
    DITTOFS_RETURN_IF_ERROR(CheckTexts(client));
    base::MutexLock hold(mutex_);
    const auto found = clients_.find(Key{client.protocol, client.key});
    if (found != clients_.end() && found->second == client) return {};
    if (found == clients_.end() && clients_.size() >= kMaxReclaimClients) return ErrorCode::kResourceExhausted;
    DITTOFS_RETURN_IF_ERROR(Append(kRemember, client));
    Apply(clients_, kRemember, client);
    return {};
  }
  Status Forget(std::string_view protocol, std::string_view key) override {
    base::MutexLock hold(mutex_);
    const auto found = clients_.find(Key{protocol, key});
    if (found == clients_.end()) return {};
    DITTOFS_RETURN_IF_ERROR(Append(kForget, found->second));
    clients_.erase(found);
    return {};
  }

 protected:
  virtual Status Append(char, const ReclaimClient&) REQUIRES(mutex_) { return {}; }
  // Held across the append: records must stand in the order in which they were decided. Rank: state journal.
  base::Mutex mutex_;
  Clients clients_ GUARDED_BY(mutex_);
};

class ReclaimFile final : public ReclaimMemory {
 public:
  static Result<std::unique_ptr<ReclaimStore>> Open(const std::string& path) {
    Clients clients;
    Result<std::string> content = base::ReadSmallFile(path, kMaxFileBytes);
    if (!content.ok() && content.code() != ErrorCode::kNotFound) return content.status();
    if (content.ok()) DITTOFS_RETURN_IF_ERROR(Parse(*content, path, clients));
    auto journal = std::unique_ptr<ReclaimFile>(new ReclaimFile(path));
    base::MutexLock hold(journal->mutex_);
    journal->clients_ = std::move(clients);
    DITTOFS_RETURN_IF_ERROR(journal->Rewrite());
    return std::unique_ptr<ReclaimStore>(std::move(journal));
  }

 private:
  explicit ReclaimFile(std::string path) : path_(std::move(path)) {}

  Status Rewrite() REQUIRES(mutex_) {
    std::string content(kMagic);
    for (const auto& [key, client] : clients_) content += MakeRecord(kRemember, client);
    DITTOFS_RETURN_IF_ERROR(base::ReplaceFileDurably(path_, content));
    Result<base::FileDescriptor> file = base::OpenFile(path_, O_WRONLY | O_APPEND);
    if (!file.ok()) return file.status();
    file_ = std::move(*file);
    appended_ = 0;
    return {};
  }
  Status Append(char type, const ReclaimClient& client) override REQUIRES(mutex_) {
    if (!file_.valid() || appended_ > 1024 + 2 * clients_.size()) DITTOFS_RETURN_IF_ERROR(Rewrite());
    Status status = base::WriteFully(file_.get(), base::AsBytes(MakeRecord(type, client)), path_);
    if (status.ok() && ::fdatasync(file_.get()) != 0) status = base::StatusOfErrno(errno, "fdatasync", path_);
    // What the file now ends with is not known: the next append writes it anew.
    if (!status.ok()) file_.Close();
    ++appended_;
    return status;
  }

  const std::string path_;
  base::FileDescriptor file_ GUARDED_BY(mutex_);
  size_t appended_ GUARDED_BY(mutex_) = 0;
};

}  // namespace

Result<std::unique_ptr<ReclaimStore>> OpenReclaimFile(const std::string& path) {
  return ReclaimFile::Open(path);
}
std::unique_ptr<ReclaimStore> MakeReclaimMemory() {
  return std::make_unique<ReclaimMemory>();
}

}  // namespace dittofs::state
