// An application's own live objects as files. Nothing is copied to a disk: folders and contents are made when somebody
// looks at them.
//
//   g++ -std=c++20 export_app_data.cc $(pkg-config --cflags --libs dittofs) -o export_app_data
//   ./export_app_data 12049 &
//   mount -t nfs -o vers=3,tcp,port=12049,mountport=12049,nolock localhost:/desk /mnt
//   cat /mnt/report.txt; ls /mnt/orders; echo closed today >/mnt/notice.txt
#include <dittofs/nfs.h>
#include <dittofs/runtime.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

using namespace dittofs;

// The application's data: orders that come in while it runs, and a notice that users may write.
struct Desk {
  std::mutex mutex;
  std::vector<std::string> orders = {"3 apples", "1 pear"};
  std::string notice = "welcome\n";
  Timestamp changed = SystemEnvironment().clock->Now();
};

// The data as a file tree: four operations to read it, three more because one file is writable. File numbers name the
// objects: they must be unique and never be given to another object.
class DeskFiles final : public FileSystem {
 public:
  explicit DeskFiles(Desk& desk) : desk_(desk) { traits_.read_only = traits_.may_block = false; }
  const FileSystemTraits& traits() const noexcept override { return traits_; }

  Status GetAttributes(const CallContext&, FileNumber file, AttributeMask, Attributes& attributes) override {
    const std::lock_guard lock(desk_.mutex);
    return Describe(file, attributes);
  }
  Status Lookup(const CallContext&, FileNumber folder, std::string_view name, AttributeMask,
                LookupReply& reply) override {
    const std::lock_guard lock(desk_.mutex);
    if (name == "..") return Describe(kRootFileNumber, reply.file);  // no folder here is deeper
    for (const auto& [entry, number] : Entries(folder)) {
      if (entry == name) return Describe(number, reply.file);
    }
    return ErrorCode::kNotFound;
  }
  Status ReadDirectory(const CallContext&, FileNumber folder, const ReadDirectoryRequest& request, DirectorySink& sink,
                       ReadDirectoryReply& reply) override {
    const std::lock_guard lock(desk_.mutex);
    reply.parent = kRootFileNumber;
    for (const auto& [name, number] : Entries(folder)) {  // file numbers grow in a folder: they do as cookies
      const Cookie cookie{number.value};
      if (cookie > request.after && !sink.Add({name, number, cookie})) return {};
    }
    reply.end = true;
    return Describe(folder, reply.directory);
  }
  Status Read(const CallContext&, FileNumber file, uint64_t offset, uint32_t length, ReadReply& reply) override {
    const std::lock_guard lock(desk_.mutex);
    const std::string text = Text(file);
    const std::string part = offset < text.size() ? text.substr(offset, length) : "";
    reply.content.Append(std::as_bytes(std::span(part)));
    reply.end_of_file = offset + part.size() >= text.size();
    return Describe(file, reply.file);
  }
  Status Write(const CallContext&, WriteRequest& request, WriteReply& reply) override {
    const std::lock_guard lock(desk_.mutex);
    if (request.file != kNotice) return ErrorCode::kAccessDenied;
    const uint64_t end = request.offset + request.content.size_bytes();
    if (end > 4096) return ErrorCode::kFileTooLarge;  // whatever users send, this is what we keep
    if (desk_.notice.size() < end) desk_.notice.resize(end);
    request.content.CopyTo(reinterpret_cast<std::byte*>(desk_.notice.data() + request.offset));
    desk_.changed = SystemEnvironment().clock->Now();
    reply.count_bytes = request.content.size_bytes();
    reply.stability = Stability::kFileSync;  // as safe as it will ever be
    return Describe(kNotice, reply.file.after);
  }
  Status SetAttributes(const CallContext&, FileNumber file, const AttributeChanges& changes,
                       SetAttributesReply& reply) override {  // "echo x >notice.txt" first cuts it to nothing
    const std::lock_guard lock(desk_.mutex);
    if (file != kNotice || changes.mode || changes.uid || changes.gid) return ErrorCode::kPermissionDenied;
    if (changes.size_bytes > 4096u) return ErrorCode::kFileTooLarge;
    if (changes.size_bytes) desk_.notice.resize(*changes.size_bytes);
    desk_.changed = SystemEnvironment().clock->Now();
    return Describe(file, reply.file.after);
  }
  Status Create(const CallContext& context, const CreateRequest& request, CreateReply& reply) override {
    // Nobody adds files here, but some clients "create" what exists in order to open it.
    LookupReply found;
    const Status status = Lookup(context, request.directory, request.name, AttributeMask::kAll, found);
    if (!status.ok()) return ErrorCode::kAccessDenied;
    if (request.disposition == CreateDisposition::kMustCreate || request.disposition == CreateDisposition::kExclusive) {
      return ErrorCode::kExists;
    }
    reply.outcome = CreateOutcome::kOpened;
    reply.file = found.file;
    SetAttributesReply cut;
    if (!request.initial.size_bytes) return {};
    return SetAttributes(context, found.file.number, {.size_bytes = request.initial.size_bytes}, cut);
  }

 private:
  static constexpr FileNumber kReport{16}, kNotice{17}, kOrders{18};
  static constexpr uint64_t kFirstOrder = 100;

  std::vector<std::pair<std::string, FileNumber>> Entries(FileNumber folder) const {
    if (folder == kRootFileNumber) return {{"report.txt", kReport}, {"notice.txt", kNotice}, {"orders", kOrders}};
    std::vector<std::pair<std::string, FileNumber>> entries;
    for (size_t i = 0; i < desk_.orders.size(); ++i) entries.push_back({std::to_string(i + 1), {kFirstOrder + i}});
    return entries;
  }
  std::string Text(FileNumber file) const {
    if (file == kReport) return "orders so far: " + std::to_string(desk_.orders.size()) + "\n";
    if (file == kNotice) return desk_.notice;
    return desk_.orders[file.value - kFirstOrder] + "\n";
  }
  Status Describe(FileNumber file, Attributes& attributes) const {
    const bool folder = file == kRootFileNumber || file == kOrders;
    const bool order = file.value >= kFirstOrder && file.value - kFirstOrder < desk_.orders.size();
    if (!folder && !order && file != kReport && file != kNotice) return ErrorCode::kStale;
    attributes.valid = AttributeMask::kAll;
    attributes.number = file;
    attributes.type = folder ? FileType::kDirectory : FileType::kRegular;
    attributes.mode = folder ? 0755 : file == kNotice ? 0666 : 0444;
    attributes.size_bytes = attributes.used_bytes = folder ? 0 : Text(file).size();
    attributes.change = static_cast<uint64_t>(desk_.changed.seconds) * 1'000'000'000 + desk_.changed.nanoseconds;
    attributes.mtime = attributes.ctime = attributes.atime = desk_.changed;  // clients cache by these
    return {};
  }

  Desk& desk_;
  FileSystemTraits traits_;
};

int main(int argument_count, char** arguments) {
  Desk desk;
  NfsOptions nfs;
  nfs.port = static_cast<uint16_t>(argument_count > 1 ? std::atoi(arguments[1]) : kDefaultNfsPort);
  auto runtime = Runtime::Create();
  if (!runtime) return std::fprintf(stderr, "%s\n", runtime.status().ToString().c_str()), 1;
  auto share = (*runtime)->AddShare({.name = "/desk"}, std::make_unique<DeskFiles>(desk));
  auto adapter = MakeNfsAdapter(nfs);
  if (!share || !adapter) return 1;
  Status status = (*runtime)->AddAdapter(std::move(*adapter));
  if (status.ok()) status = (*runtime)->Start();
  if (!status.ok()) return std::fprintf(stderr, "%s\n", status.ToString().c_str()), 1;
  std::printf("/desk on port %u; a line is an order, end of input stops\n", (*runtime)->endpoints().front().port);
  std::fflush(stdout);
  for (char line[256]; std::fgets(line, sizeof line, stdin);) {  // the application goes on with its own work
    const std::lock_guard lock(desk.mutex);
    desk.orders.emplace_back(std::string_view(line).substr(0, std::string_view(line).find('\n')));
    desk.changed = SystemEnvironment().clock->Now();
  }
  return (*runtime)->Stop().ok() ? 0 : 1;
}
