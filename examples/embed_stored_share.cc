// A file share inside a program, in thirty lines: files live in LevelDB (names, attributes) and in a folder of blocks
// (content); clients mount it over NFS. What a client was told is stored survives power loss.
//
//   g++ -std=c++20 embed_stored_share.cc $(pkg-config --cflags --libs dittofs) -o embed_stored_share
//   ./embed_stored_share /var/lib/my-share 12049
#include <dittofs/nfs.h>
#include <dittofs/runtime.h>
#include <dittofs/stores/filesystem.h>
#include <dittofs/stores/leveldb.h>

#include <cstdio>
#include <cstdlib>

using namespace dittofs;

static int Fail(const Status& status) {
  return std::fprintf(stderr, "%s\n", status.ToString().c_str()), 1;
}

int main(int argument_count, char** arguments) {
  if (argument_count != 3) return std::fprintf(stderr, "usage: embed_stored_share FOLDER PORT\n"), 2;
  const std::string folder = arguments[1];

  // The Runtime keeps its handle key in the folder, so that clients' handles survive a restart, and locks it.
  auto runtime = Runtime::Create({.data_directory = folder});
  if (!runtime) return Fail(runtime.status());

  // Two named stores, which any number of shares may use.
  auto metadata = OpenLevelDbMetadataStore({.directory = folder + "/metadata"});
  if (!metadata) return Fail(metadata.status());
  auto blocks = OpenFilesystemBlockStore({.directory = folder + "/blocks"});
  if (!blocks) return Fail(blocks.status());
  if (Status s = (*runtime)->AddMetadataStore("metadata", std::move(*metadata)); !s.ok()) return Fail(s);
  if (Status s = (*runtime)->AddBlockStore("blocks", std::move(*blocks)); !s.ok()) return Fail(s);

  // One share, writable for everybody. Squash::kRoot (the default) makes clients' root an ordinary stranger.
  auto share = (*runtime)->AddStoredShare({.name = "/files"},
                                          {.metadata_store = "metadata", .block_store = "blocks", .root_mode = 0777});
  if (!share) return Fail(share.status());

  auto nfs = MakeNfsAdapter({.port = static_cast<uint16_t>(std::atoi(arguments[2]))});
  if (!nfs) return Fail(nfs.status());
  if (Status s = (*runtime)->AddAdapter(std::move(*nfs)); !s.ok()) return Fail(s);
  if (Status s = (*runtime)->Start(); !s.ok()) return Fail(s);
  std::printf("/files on port %u; end of input stops\n", (*runtime)->endpoints().front().port);
  std::fflush(stdout);

  while (std::getchar() != EOF) {
  }
  // New connections are refused, requests under way are answered, then everything unstable is made stable.
  Status stopped = (*runtime)->Stop();
  return stopped.ok() ? 0 : Fail(stopped);
}
