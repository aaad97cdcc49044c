#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catch.h"
#include "dittofs/runtime.h"
#include "fake_file_system.h"
#include "nfs3/procedures.h"
#include "nfs3/program.h"
#include "wire_buffer.h"

namespace dittofs::nfs3 {

/// Counts how often an operation announced to block.
class CountingHook final : public BlockingHook {
 public:
  void WillBlock() noexcept override { ++count; }
  int count = 0;
};

/// NFS version 3 over one share with a FakeFileSystem, called as the RPC layer calls it: bytes in, bytes out.
class Nfs3Fixture {
 public:
  Nfs3Fixture() {
    auto made = Runtime::Create({});
    REQUIRE(made.ok());
    runtime = *std::move(made);
    ShareOptions options;
    options.name = "/export";
    options.squash = Squash::kNone;
    Share(options);
  }

  /// Another share, or the same one with other options, and its file system.
  testing::FakeFileSystem& Share(const ShareOptions& options) {
    if (runtime->FindShare(options.name) != nullptr) {
      REQUIRE(runtime->UpdateShare(options).ok());
      return *files;
    }
    auto fake = std::make_unique<testing::FakeFileSystem>();
    testing::FakeFileSystem& added = *fake;
    const auto share = runtime->AddShare(options, std::move(fake));
    REQUIRE(share.ok());
    if (files == nullptr) {
      files = &added;
      id = (*share)->id();
    }
    return added;
  }

  nfs_fh3 Handle(uint64_t number) { return Handle(id, number); }
  nfs_fh3 Handle(ShareId share, uint64_t number) {
    handles_.push_back(runtime->MakeHandle(share, {number}));
    return {std::as_bytes(handles_.back().bytes())};
  }

  /// The call with those argument bytes; what was written is in `reply_bytes`.
  onc_rpc::AcceptStatus CallBytes(uint32_t procedure, std::span<const std::byte> arguments) {
    call.procedure = procedure;
    call.arguments = arguments;
    testing::WireBuffer buffer(chunk_bytes);
    const onc_rpc::AcceptStatus status = program().Run(call, buffer.writer());
    const auto bytes = buffer.bytes();
    reply_bytes.emplace_back(bytes.begin(), bytes.end());
    splices = buffer.splices();
    return status;
  }
  /// Valid as long as this fixture.
  template <typename P>
  Res<typename P::Ok, typename P::Fail> Call(const typename P::Args& args) {
    const std::vector<std::byte> arguments = testing::Encoded(args);
    REQUIRE(CallBytes(P::kNumber, arguments) == onc_rpc::AcceptStatus::kSuccess);
    Res<typename P::Ok, typename P::Fail> result;
    xdr::Reader reader(reply_bytes.back());
    xdr::Decode(reader, result);
    REQUIRE(reader.Finished());
    return result;
  }
  NfsProgram& program() {
    if (!program_) program_.emplace(*runtime, limits);
    return *program_;
  }
  std::string last_call() const { return files->calls.empty() ? "" : files->calls.back(); }

  std::unique_ptr<Runtime> runtime;
  testing::FakeFileSystem* files = nullptr;
  ShareId id;
  Limits limits;
  CountingHook hook;
  onc_rpc::Call call{.program = kProgram,
                     .version = kVersion,
                     .flavor = onc_rpc::AuthFlavor::kSys,
                     .credentials = {1000, 100, {}},
                     .client = *ParseAddress("192.0.2.7"),
                     .blocking = &hook};
  size_t chunk_bytes = 64;
  size_t splices = 0;
  std::deque<std::vector<std::byte>> reply_bytes;

 private:
  std::deque<FileHandle> handles_;
  std::optional<NfsProgram> program_;
};

}  // namespace dittofs::nfs3
