#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "dittofs/runtime.h"
#include "dittofs/stores/memory.h"
#include "mount3/program.h"
#include "nfs3/procedures.h"
#include "nfs3/program.h"
#include "onc_rpc/server.h"
#include "unit/onc_rpc/rpc_peer.h"
#include "wire_buffer.h"

namespace dittofs::nfs {

/// Everything from the socket to the stores: a stored share in memory behind NFS and MOUNT, and a client on a
/// socketpair.
class WholeStack {
 public:
  WholeStack() {
    runtime = std::move(Runtime::Create({})).value();
    REQUIRE(runtime->AddMetadataStore("metadata", MakeMemoryMetadataStore()).ok());
    REQUIRE(runtime->AddBlockStore("blocks", MakeMemoryBlockStore()).ok());
    ShareOptions options;
    options.name = "/export";
    options.squash = Squash::kNone;
    StoredShareOptions stored;
    stored.metadata_store = "metadata";
    stored.block_store = "blocks";
    stored.durability = Durability::kMemory;
    REQUIRE(runtime->AddStoredShare(options, stored).ok());
    REQUIRE(runtime->Start().ok());
    nfs = std::make_unique<nfs3::NfsProgram>(*runtime, nfs3::Limits{});
    mount = std::make_unique<mount3::MountProgram>(*runtime);
    onc_rpc::ServerOptions server_options;
    server_options.event_loops = 1;
    server_options.max_threads = 4;
    server = std::move(onc_rpc::Server::Create(server_options)).value();
    REQUIRE(server->Start().ok());
    peer = std::make_unique<onc_rpc::testing::Peer>(onc_rpc::testing::Connect(*server, {nfs.get(), mount.get()}));
  }
  ~WholeStack() {
    server->Stop(1000);
    CHECK(runtime->Stop().ok());
  }

  /// The words before the result, and the result.
  std::vector<std::byte> CallBytes(uint32_t program, uint32_t version, uint32_t procedure,
                                   std::span<const std::byte> arguments) {
    onc_rpc::testing::Wire wire;
    wire.Word(++xid).Word(0).Word(2).Word(program).Word(version).Word(procedure);
    // AUTH_SYS: stamp, machine name, uid, gid, no groups. Then no verifier.
    wire.Word(1).Word(28).Word(0).Opaque("client").Word(uid).Word(gid).Word(0).Word(0).Word(0).Bytes(arguments);
    peer->Send(onc_rpc::testing::Record(wire));
    std::vector<std::byte> reply = peer->ReceiveRecord();
    REQUIRE(reply.size() >= 24);
    CHECK(base::LoadBigEndian<uint32_t>(reply.data()) == xid);
    return reply;
  }
  template <typename P>
  nfs3::Res<typename P::Ok, typename P::Fail> Call(const typename P::Args& args) {
    replies.push_back(CallBytes(nfs3::kProgram, 3, P::kNumber, testing::Encoded(args)));
    CHECK(AcceptOf(replies.back()) == 0);
    nfs3::Res<typename P::Ok, typename P::Fail> result;
    xdr::Reader reader(std::span(replies.back()).subspan(24));
    xdr::Decode(reader, result);
    REQUIRE(reader.Finished());
    return result;
  }
  static uint32_t AcceptOf(std::span<const std::byte> reply) {
    return base::LoadBigEndian<uint32_t>(reply.data() + 20);
  }

  nfs3::nfs_fh3 Root() {
    replies.push_back(CallBytes(mount3::kProgram, 3, 1, testing::Encoded(mount3::MNT3args{{"/export"}})));
    mount3::mountres3 result;
    xdr::Reader reader(std::span(replies.back()).subspan(24));
    xdr::Decode(reader, result);
    REQUIRE(result.status == mount3::mountstat3::MNT3_OK);
    return result.resok.fhandle;
  }
  nfs3::nfs_fh3 MakeFile(nfs3::nfs_fh3 directory, std::string_view name, uint32_t mode = 0644) {
    const auto made = Call<nfs3::CREATE>({{directory, {name}}, {nfs3::createmode3::GUARDED, {.mode = mode}}});
    REQUIRE(made.status == nfs3::NFS3_OK);
    return *made.resok.obj;
  }
  nfs3::nfs_fh3 MakeDirectory(nfs3::nfs_fh3 directory, std::string_view name, uint32_t mode = 0755) {
    const auto made = Call<nfs3::MKDIR>({{directory, {name}}, {.mode = mode}});
    REQUIRE(made.status == nfs3::NFS3_OK);
    return *made.resok.obj;
  }
  nfs3::WRITE3res Write(nfs3::nfs_fh3 file, uint64_t offset, std::string_view content,
                        nfs3::stable_how stable = nfs3::stable_how::UNSTABLE) {
    return Call<nfs3::WRITE>({file, offset, static_cast<uint32_t>(content.size()), stable, {base::AsBytes(content)}});
  }
  std::string Read(nfs3::nfs_fh3 file, uint64_t offset, uint32_t count) {
    const auto result = Call<nfs3::READ>({file, offset, count});
    REQUIRE(result.status == nfs3::NFS3_OK);
    std::string text(result.resok.data.chain.size_bytes(), '\0');
    result.resok.data.chain.CopyTo(reinterpret_cast<std::byte*>(text.data()));
    return text;
  }

  std::unique_ptr<Runtime> runtime;
  std::unique_ptr<nfs3::NfsProgram> nfs;
  std::unique_ptr<mount3::MountProgram> mount;
  std::unique_ptr<onc_rpc::Server> server;
  std::unique_ptr<onc_rpc::testing::Peer> peer;
  uint32_t xid = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::deque<std::vector<std::byte>> replies;  // what results point into
};

}  // namespace dittofs::nfs
