#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "dittofs/runtime.h"
#include "nfs3/procedures.h"
#include "nfs3/program.h"
#include "support/fake_file_system.h"
#include "support/wire_buffer.h"

// Any bytes as the arguments of any NFSv3 procedure, on a share of a file system that answers any ErrorCode. The first
// byte is the procedure, the second the ErrorCode; then follow the arguments. Whatever they are: garbage is called so
// before anything happens, and every other answer is a result that decodes and says only what the procedure may say.
namespace {

using namespace dittofs;
using namespace dittofs::nfs3;

class Server {
 public:
  Server() {
    runtime_ = std::move(Runtime::Create({})).value();
    ShareOptions options;
    options.name = "/export";
    auto files = std::make_unique<testing::FakeFileSystem>();
    files_ = files.get();
    for (uint64_t i = 0; i < 40; ++i) files->entries.emplace_back(std::string(i * 7 % 256 + 1, 'n'), Cookie{3 + i});
    id_ = (*runtime_->AddShare(options, std::move(files)))->id();
    program_ = std::make_unique<NfsProgram>(*runtime_, Limits{});
  }

  void Run(uint32_t procedure, ErrorCode code, std::vector<std::byte> arguments) {
    // Nobody guesses a handle: one of the right length at the front, where all but LINK's and RENAME's second stand, is
    // made good.
    if (arguments.size() >= 36 && base::LoadBigEndian<uint32_t>(arguments.data()) == 32) {
      const FileHandle handle = runtime_->MakeHandle(id_, {1});
      std::memcpy(arguments.data() + 4, handle.storage.data(), 32);
    }
    files_->status = code;
    files_->calls.clear();
    onc_rpc::Call call;
    call.program = kProgram;
    call.version = kVersion;
    call.procedure = procedure;
    call.flavor = onc_rpc::AuthFlavor::kSys;
    call.arguments = arguments;
    testing::WireBuffer buffer;
    const onc_rpc::AcceptStatus status = program_->Run(call, buffer.writer());
    if (status == onc_rpc::AcceptStatus::kSuccess) {
      CheckReply(std::type_identity<Procedures>(), procedure, buffer.bytes());
    } else if (!buffer.bytes().empty() || !files_->calls.empty()) {
      std::abort();
    }
  }

 private:
  template <typename P>
  static void CheckResult(std::span<const std::byte> bytes) {
    if constexpr (std::is_same_v<P, NULLPROC>) {
      if (!bytes.empty()) std::abort();
    } else {
      Res<typename P::Ok, typename P::Fail> result;
      xdr::Reader reader(bytes);
      xdr::Decode(reader, result);
      if (!reader.Finished()) std::abort();
      if (result.status != NFS3_OK && !(kCommonStatuses | P::kStatuses).Contains(result.status)) std::abort();
    }
  }
  template <typename... P>
  static void CheckReply(std::type_identity<std::tuple<P...>>, uint32_t procedure, std::span<const std::byte> bytes) {
    ((P::kNumber == procedure ? CheckResult<P>(bytes) : void()), ...);
  }

  std::unique_ptr<Runtime> runtime_;
  testing::FakeFileSystem* files_ = nullptr;
  ShareId id_;
  std::unique_ptr<NfsProgram> program_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Server server;
  if (size < 2) return 0;
  constexpr uint8_t kErrorCodes = static_cast<uint8_t>(ErrorCode::kInternal) + 1;
  const auto arguments = std::as_bytes(std::span(data, size).subspan(2));
  server.Run(data[0] % 22, static_cast<ErrorCode>(data[1] % kErrorCodes), {arguments.begin(), arguments.end()});
  return 0;
}
