// tree_copy: whole trees over NFSv3 with libnfs, a client that is not ours.
//
//   tree_copy put FOLDER URL        copies folders, regular files and symlinks into a new folder "tree" of the share
//   tree_copy compare FOLDER URL    every name, type, symlink target and byte is the same on both sides, and no more
//   tree_copy hold FOLDER URL       opens the regular files of that tree (256 at most), says "holding",
//                                   waits for a line on standard input, then reads all of them through the handles that
//                                   it holds and compares
//   tree_copy overwrite FILE URL    cuts the existing file of the same name in the folder URL and writes FILE into it
//
// Ends with 0, or says what went wrong and ends with 1.
#include <fcntl.h>
#include <nfsc/libnfs.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxHeldFiles = 256;
constexpr char kTop[] = "/tree";

struct ContextDeleter {
  void operator()(nfs_context* context) const { nfs_destroy_context(context); }
};
using Context = std::unique_ptr<nfs_context, ContextDeleter>;

int failures = 0;

void Fail(const std::string& what, nfs_context* context = nullptr) {
  std::fprintf(stderr, "%s%s%s\n", what.c_str(), context ? ": " : "", context ? nfs_get_error(context) : "");
  ++failures;
}

std::string ReadLocal(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

bool ReadOpen(nfs_context* nfs, nfsfh* file, std::string& content) {
  struct nfs_stat_64 status;
  if (nfs_fstat64(nfs, file, &status) != 0) return false;
  content.resize(status.nfs_size);
  for (size_t offset = 0; offset < content.size();) {
    const int got = nfs_pread(nfs, file, offset, content.size() - offset, content.data() + offset);
    if (got <= 0) return false;
    offset += static_cast<size_t>(got);
  }
  return true;
}

void Put(nfs_context* nfs, const fs::path& from, const std::string& to) {
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const std::string target = to + "/" + entry.path().filename().string();
    if (entry.is_symlink()) {
      if (nfs_symlink(nfs, fs::read_symlink(entry.path()).c_str(), target.c_str()) != 0) Fail("symlink " + target, nfs);
    } else if (entry.is_directory()) {
      if (nfs_mkdir2(nfs, target.c_str(), 0755) != 0) Fail("mkdir " + target, nfs);
      Put(nfs, entry.path(), target);
    } else if (entry.is_regular_file()) {
      std::string content = ReadLocal(entry.path());
      nfsfh* file = nullptr;
      if (nfs_creat(nfs, target.c_str(), 0644, &file) != 0) {
        Fail("create " + target, nfs);
        continue;
      }
      for (size_t offset = 0; offset < content.size();) {
        const int put = nfs_pwrite(nfs, file, offset, content.size() - offset, content.data() + offset);
        if (put <= 0) {
          Fail("write " + target, nfs);
          break;
        }
        offset += static_cast<size_t>(put);
      }
      if (nfs_fsync(nfs, file) != 0) Fail("fsync " + target, nfs);
      nfs_close(nfs, file);
    }
  }
}

void Compare(nfs_context* nfs, const fs::path& local, const std::string& remote) {
  std::set<std::string> unseen;
  for (const fs::directory_entry& entry : fs::directory_iterator(local)) unseen.insert(entry.path().filename());
  nfsdir* folder = nullptr;
  if (nfs_opendir(nfs, remote.c_str(), &folder) != 0) return Fail("list " + remote, nfs);
  std::vector<std::string> names;
  while (const nfsdirent* entry = nfs_readdir(nfs, folder)) {
    if (std::strcmp(entry->name, ".") != 0 && std::strcmp(entry->name, "..") != 0) names.emplace_back(entry->name);
  }
  nfs_closedir(nfs, folder);
  for (const std::string& name : names) {
    const std::string there = remote + "/" + name;
    if (unseen.erase(name) != 1) {
      Fail("listed, but not expected (again): " + there);
      continue;
    }
    const fs::path here = local / name;
    struct nfs_stat_64 status;
    if (nfs_lstat64(nfs, there.c_str(), &status) != 0) {
      Fail("stat " + there, nfs);
    } else if (fs::is_symlink(here)) {
      char target[4096] = {};
      if (nfs_readlink(nfs, there.c_str(), target, sizeof target) != 0) Fail("readlink " + there, nfs);
      if (fs::read_symlink(here) != target) Fail("another symlink target: " + there);
    } else if (fs::is_directory(here)) {
      if (!S_ISDIR(status.nfs_mode)) return Fail("not a folder: " + there);
      Compare(nfs, here, there);
    } else {
      nfsfh* file = nullptr;
      std::string content;
      if (nfs_open(nfs, there.c_str(), O_RDONLY, &file) != 0) {
        Fail("open " + there, nfs);
        continue;
      }
      if (!ReadOpen(nfs, file, content)) Fail("read " + there, nfs);
      if (content != ReadLocal(here)) Fail("other content: " + there);
      nfs_close(nfs, file);
    }
  }
  for (const std::string& name : unseen) Fail("missing: " + remote + "/" + name);
}

void Hold(nfs_context* nfs, const fs::path& local) {
  std::vector<std::pair<fs::path, nfsfh*>> held;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(local)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    const std::string there = std::string(kTop) + "/" + fs::relative(entry.path(), local).string();
    nfsfh* file = nullptr;
    if (nfs_open(nfs, there.c_str(), O_RDONLY, &file) != 0) return Fail("open " + there, nfs);
    held.emplace_back(entry.path(), file);
    if (held.size() == kMaxHeldFiles) break;
  }
  std::printf("holding %zu\n", held.size());
  std::fflush(stdout);
  std::getchar();
  for (auto& [path, file] : held) {
    std::string content;
    if (!ReadOpen(nfs, file, content)) Fail("read of a held handle " + path.string(), nfs);
    if (content != ReadLocal(path)) Fail("other content behind a held handle: " + path.string());
    nfs_close(nfs, file);
  }
  std::printf("released %zu\n", held.size());
}

void Overwrite(nfs_context* nfs, const fs::path& local) {
  const std::string there = "/" + local.filename().string();
  nfsfh* file = nullptr;
  if (nfs_open(nfs, there.c_str(), O_WRONLY | O_TRUNC, &file) != 0) return Fail("open " + there, nfs);
  std::string content = ReadLocal(local);
  if (nfs_pwrite(nfs, file, 0, content.size(), content.data()) != static_cast<int>(content.size())) {
    Fail("write " + there, nfs);
  }
  nfs_close(nfs, file);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 4) {
    std::fprintf(stderr, "usage: tree_copy put|compare|hold|overwrite PATH URL\n");
    return 2;
  }
  const std::string action = arguments[1];
  const Context context(nfs_init_context());
  nfs_url* url = nfs_parse_url_dir(context.get(), arguments[3]);
  if (!url || nfs_mount(context.get(), url->server, url->path) != 0) {
    Fail(std::string("mount ") + arguments[3], context.get());
    return 1;
  }
  nfs_destroy_url(url);
  if (action == "put") {
    if (nfs_mkdir2(context.get(), kTop, 0755) != 0) Fail("mkdir", context.get());
    Put(context.get(), arguments[2], kTop);
  } else if (action == "compare") {
    Compare(context.get(), arguments[2], kTop);
  } else if (action == "hold") {
    Hold(context.get(), arguments[2]);
  } else if (action == "overwrite") {
    Overwrite(context.get(), arguments[2]);
  } else {
    Fail("unknown action " + action);
  }
  return failures == 0 ? 0 : 1;
}
