// The library as a load generator meets it: one share called /export over the stores asked for, everything on that
// users have on. Prints "port N" when it serves; ends with SIGTERM or SIGINT.
//
//   bench_server memory|leveldb [--port P] [--data DIRECTORY] [--event-loops N] [--squash-root]

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "dittofs/nfs.h"
#include "dittofs/runtime.h"
#include "dittofs/stores/filesystem.h"
#include "dittofs/stores/leveldb.h"
#include "dittofs/stores/memory.h"

namespace {

using dittofs::Status;

struct Arguments {
  std::string store;
  uint16_t port = 0;
  std::string data;
  uint32_t event_loops = 0;
  bool squash_root = false;
};

void Require(const Status& status, const char* what) {
  if (status.ok()) return;
  const std::string text = status.ToString();
  std::fprintf(stderr, "bench_server: %s: %s\n", what, text.c_str());
  std::exit(1);
}

template <typename T>
T Require(dittofs::Result<T> result, const char* what) {
  Require(result.status(), what);
  return std::move(result).value();
}

Arguments Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (word == "--port") {
      arguments.port = static_cast<uint16_t>(std::atoi(value()));
    } else if (word == "--data") {
      arguments.data = value();
    } else if (word == "--event-loops") {
      arguments.event_loops = static_cast<uint32_t>(std::atoi(value()));
    } else if (word == "--squash-root") {
      arguments.squash_root = true;
    } else {
      arguments.store = word;
    }
  }
  if (arguments.store != "memory" && (arguments.store != "leveldb" || arguments.data.empty())) {
    std::fprintf(
        stderr, "usage: bench_server memory|leveldb [--port P] [--data DIRECTORY] [--event-loops N] [--squash-root]\n");
    std::exit(2);
  }
  return arguments;
}

void AddStores(dittofs::Runtime& runtime, const Arguments& arguments) {
  if (arguments.store == "memory") {
    Require(runtime.AddMetadataStore("metadata", dittofs::MakeMemoryMetadataStore()), "metadata store");
    Require(runtime.AddBlockStore("blocks", dittofs::MakeMemoryBlockStore()), "block store");
    return;
  }
  dittofs::LevelDbMetadataStoreOptions metadata;
  metadata.directory = arguments.data + "/metadata";
  Require(runtime.AddMetadataStore("metadata", Require(dittofs::OpenLevelDbMetadataStore(metadata), "LevelDB")),
          "metadata store");
  dittofs::FilesystemBlockStoreOptions blocks;
  blocks.directory = arguments.data + "/blocks";
  Require(runtime.AddBlockStore("blocks", Require(dittofs::OpenFilesystemBlockStore(blocks), "blocks")), "block store");
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = Parse(argc, argv);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);  // before any thread is made

  dittofs::RuntimeOptions options;
  if (!arguments.data.empty()) options.data_directory = arguments.data + "/runtime";
  const auto runtime = Require(dittofs::Runtime::Create(options), "runtime");
  AddStores(*runtime, arguments);
  dittofs::ShareOptions share;
  share.name = "/export";
  share.squash = arguments.squash_root ? dittofs::Squash::kRoot : dittofs::Squash::kNone;
  dittofs::StoredShareOptions stored;
  stored.metadata_store = "metadata";
  stored.block_store = "blocks";
  stored.durability = arguments.store == "memory" ? dittofs::Durability::kMemory : dittofs::Durability::kLocal;
  stored.root_mode = 0777;
  Require(runtime->AddStoredShare(share, stored).status(), "share");
  dittofs::NfsOptions nfs;
  nfs.addresses = {"127.0.0.1"};
  nfs.port = arguments.port;
  nfs.event_loops = arguments.event_loops;
  Require(runtime->AddAdapter(Require(dittofs::MakeNfsAdapter(nfs), "NFS")), "adapter");
  Require(runtime->Start(), "start");
  for (const dittofs::Endpoint& endpoint : runtime->endpoints()) {
    if (endpoint.protocol == "nfs" && endpoint.transport == "tcp") std::printf("port %d\n", endpoint.port);
  }
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  Require(runtime->Stop(), "stop");
}
