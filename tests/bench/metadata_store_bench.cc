// What a metadata store costs by itself: create transactions, listings with inodes, lookups, removals, memory per file.
//   metadata_store_bench memory|leveldb:DIRECTORY [files=N] [threads=N] [directories=N] [buffered]
// Prints one line per phase: CPU and wall-clock time per operation, operations per second.
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "dittofs/stores/leveldb.h"
#include "dittofs/stores/memory.h"

namespace {

using dittofs::Cookie;
using dittofs::FileNumber;
using dittofs::FileType;
using dittofs::InodeRecord;
using dittofs::Status;

constexpr dittofs::ShareId kShare{1};
constexpr size_t kPageEntries = 1000;

struct Arguments {
  std::string store;
  uint64_t files = 100000;
  uint64_t threads = 1;
  uint64_t directories = 1;
  dittofs::CommitDurability durability = dittofs::CommitDurability::kDurable;
};

[[noreturn]] void Fail(std::string_view doing, const Status& status) {
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(doing.size()), doing.data(), status.ToString().c_str());
  std::exit(1);
}
void MustBeOk(std::string_view doing, const Status& status) {
  if (!status.ok()) Fail(doing, status);
}

double CpuSeconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t size = 0;
  uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void Measure(std::string_view phase, uint64_t operations, const std::function<void()>& run) {
  const double cpu = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  run();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto count = static_cast<double>(operations);
  std::printf("%-24.*s %9.0f /s  wall %7.3f us  cpu %7.3f us\n", static_cast<int>(phase.size()), phase.data(),
              count / wall, wall / count * 1e6, (CpuSeconds() - cpu) / count * 1e6);
  std::fflush(stdout);
}

void OnThreads(uint64_t threads, const std::function<void(uint64_t)>& fn) {
  std::vector<std::thread> running;
  for (uint64_t i = 0; i < threads; ++i) running.emplace_back([&fn, i] { fn(i); });
  for (std::thread& thread : running) thread.join();
}

FileNumber DirectoryOf(const Arguments& arguments, uint64_t file) {
  return FileNumber{1 + file % arguments.directories};
}

std::string NameOf(uint64_t file) {
  return "file" + std::to_string(100000000 + file);
}

void CreateOne(dittofs::MetadataStore& store, const Arguments& arguments, uint64_t file) {
  const auto number = store.AllocateNumbers(kShare, 1);
  if (!number.ok()) Fail("AllocateNumbers", number.status());
  const FileNumber directory = DirectoryOf(arguments, file);
  const std::string name = NameOf(file);
  InodeRecord inode;
  inode.number = FileNumber{*number};
  inode.mode = 0644;
  inode.link_count = 1;
  inode.atime = inode.mtime = inode.ctime = inode.btime = {1700000000, static_cast<uint32_t>(file % 1000000000)};
  inode.change = 1;
  dittofs::DirectoryChange change;
  MustBeOk("create", store.Update(kShare, arguments.durability, [&](dittofs::MetadataTransaction& transaction) {
    InodeRecord parent;
    DITTOFS_RETURN_IF_ERROR(transaction.GetInode(directory, parent));
    dittofs::EntryRecord entry;
    const Status found = transaction.GetEntry(directory, name, entry);
    if (!(found == dittofs::ErrorCode::kNotFound)) return found;
    transaction.PutInode(inode);
    transaction.PutEntry(directory, name, name, {inode.number, FileType::kRegular, Cookie{*number}});
    transaction.ChangeDirectory(directory, {1, 0, inode.ctime}, &change);
    transaction.AddUsage({0, 1});
    return Status();
  }));
}

void RemoveOne(dittofs::MetadataStore& store, const Arguments& arguments, uint64_t file) {
  const FileNumber directory = DirectoryOf(arguments, file);
  const std::string name = NameOf(file);
  dittofs::DirectoryChange change;
  MustBeOk("remove", store.Update(kShare, arguments.durability, [&](dittofs::MetadataTransaction& transaction) {
    dittofs::EntryRecord entry;
    InodeRecord inode;
    DITTOFS_RETURN_IF_ERROR(transaction.GetEntry(directory, name, entry));
    DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(entry.child, inode));
    transaction.DeleteEntry(directory, name, name, entry);
    transaction.DeleteInode(entry.child);
    transaction.ChangeDirectory(directory, {-1, 0, {1700000001, 0}}, &change);
    transaction.AddUsage({0, -1});
    return Status();
  }));
}

uint64_t ListAll(dittofs::MetadataStore& store, FileNumber directory) {
  uint64_t listed = 0;
  uint64_t bytes = 0;
  Cookie after;
  for (size_t count = kPageEntries; count == kPageEntries;) {
    const Cookie from = after;
    MustBeOk("list", store.View(kShare, [&](dittofs::MetadataReader& reader) {
      count = 0;
      after = from;
      return reader.ListEntries(directory, from, true, [&](const dittofs::MetadataEntry& entry) {
        after = entry.entry.cookie;
        bytes += entry.inode->size_bytes + entry.name.size();
        return ++count < kPageEntries;
      });
    }));
    listed += count;
  }
  return bytes == 0 ? 0 : listed;
}

void Run(const Arguments& arguments) {
  std::unique_ptr<dittofs::MetadataStore> store;
  if (arguments.store == "memory") {
    store = dittofs::MakeMemoryMetadataStore();
  } else {
    dittofs::LevelDbMetadataStoreOptions options;
    options.directory = arguments.store.substr(arguments.store.find(':') + 1);
    auto opened = dittofs::OpenLevelDbMetadataStore(options);
    if (!opened.ok()) Fail("open", opened.status());
    store = *std::move(opened);
  }
  MustBeOk("OpenShare", store->OpenShare(kShare, "bench", 1, {}).status());
  for (uint64_t i = 0; i < arguments.directories; ++i) {
    MustBeOk("root", store->Update(kShare, arguments.durability, [&](dittofs::MetadataTransaction& transaction) {
      InodeRecord root;
      root.number = FileNumber{1 + i};
      root.type = FileType::kDirectory;
      root.link_count = 2;
      transaction.PutInode(root);
      return Status();
    }));
  }
  const uint64_t per_thread = arguments.files / arguments.threads;
  const uint64_t files = per_thread * arguments.threads;
  const uint64_t before = ResidentBytes();
  Measure("create", files, [&] {
    OnThreads(arguments.threads, [&](uint64_t thread) {
      for (uint64_t i = 0; i < per_thread; ++i) CreateOne(*store, arguments, i * arguments.threads + thread);
    });
  });
  std::printf("%-24s %9.1f bytes\n", "resident per file",
              static_cast<double>(ResidentBytes() - before) / static_cast<double>(files));
  for (const std::string_view round : {"list with inodes", "list again"}) {
    Measure(round, files, [&] {
      uint64_t listed = 0;
      for (uint64_t i = 0; i < arguments.directories; ++i) listed += ListAll(*store, FileNumber{1 + i});
      if (listed != files) Fail("list", Status(dittofs::ErrorCode::kInternal, "entries are missing"));
    });
  }
  Measure("lookup and inode", files, [&] {
    OnThreads(arguments.threads, [&](uint64_t thread) {
      for (uint64_t i = 0; i < per_thread; ++i) {
        const uint64_t file = (i * 7919) % per_thread * arguments.threads + thread;
        const std::string name = NameOf(file);
        MustBeOk("lookup", store->View(kShare, [&](dittofs::MetadataReader& reader) {
          dittofs::EntryRecord entry;
          InodeRecord inode;
          DITTOFS_RETURN_IF_ERROR(reader.GetEntry(DirectoryOf(arguments, file), name, entry));
          return reader.GetInode(entry.child, inode);
        }));
      }
    });
  });
  Measure("remove", files, [&] {
    OnThreads(arguments.threads, [&](uint64_t thread) {
      for (uint64_t i = 0; i < per_thread; ++i) RemoveOne(*store, arguments, i * arguments.threads + thread);
    });
  });
}

}  // namespace

int main(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = values[i];
    const size_t equals = argument.find('=');
    if (argument == "buffered") {
      arguments.durability = dittofs::CommitDurability::kBuffered;
    } else if (equals == std::string_view::npos) {
      arguments.store = argument;
    } else {
      uint64_t number = 0;
      std::from_chars(argument.data() + equals + 1, argument.data() + argument.size(), number);
      const std::string_view name = argument.substr(0, equals);
      if (name == "files") arguments.files = number;
      if (name == "threads") arguments.threads = number;
      if (name == "directories") arguments.directories = number;
    }
  }
  const bool known = arguments.store == "memory" || arguments.store.starts_with("leveldb:");
  if (!known || arguments.files < arguments.threads || arguments.threads == 0 || arguments.directories == 0) {
    std::fprintf(stderr, "%s memory|leveldb:DIRECTORY [files=N] [threads=N] [directories=N] [buffered]\n", values[0]);
    return 2;
  }
  Run(arguments);
  return 0;
}
