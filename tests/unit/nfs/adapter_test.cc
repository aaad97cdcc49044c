#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "dittofs/nfs.h"
#include "dittofs/runtime.h"
#include "fake_file_system.h"
#include "mount3/messages.h"
#include "nfs/registrations.h"
#include "nfs3/messages.h"
#include "onc_rpc/client.h"
#include "portmap2/messages.h"
#include "wire_buffer.h"

namespace dittofs {
namespace {

NfsOptions Loopback() {
  NfsOptions options;
  options.addresses = {"127.0.0.1"};
  options.port = 0;
  options.event_loops = 1;
  options.max_threads = 4;
  options.locks = false;
  return options;
}

std::string Refusal(const NfsOptions& options) {
  const auto made = MakeNfsAdapter(options);
  return made.ok() ? "" : std::string(made.status().message());
}

TEST_CASE("options out of bounds are refused by name", "[nfs]") {
  NfsOptions options;
  CHECK(Refusal(options).empty());
  options.max_read_bytes = 4097;
  CHECK(Refusal(options) == "NfsOptions::max_read_bytes must be a multiple of 4096 up to 4 MiB");
  options = {};
  options.max_write_bytes = 8u << 20;
  CHECK(Refusal(options) == "NfsOptions::max_write_bytes must be a multiple of 4096 up to 4 MiB");
  options = {};
  options.max_write_bytes = 0;
  CHECK_FALSE(Refusal(options).empty());
  options = {};
  options.addresses = {"localhost"};
  CHECK(Refusal(options) == "NfsOptions::addresses has \"localhost\", no address");
  options = {};
  options.max_threads = 0;
  CHECK_FALSE(Refusal(options).empty());
  options = {};
  options.event_loops = 5;
  options.max_threads = 4;
  CHECK_FALSE(Refusal(options).empty());
  options = {};
  options.max_connections = 0;
  CHECK_FALSE(Refusal(options).empty());
  options = {};
  options.max_requests_per_connection = 0;
  CHECK_FALSE(Refusal(options).empty());
  options = {};
  options.portmapper = true;
  options.portmapper_port = options.port;
  CHECK_FALSE(Refusal(options).empty());
  options = {};
  options.portmapper = options.register_with_rpcbind = true;
  CHECK_FALSE(Refusal(options).empty());
}

class AdapterFixture {
 public:
  AdapterFixture() {
    runtime = std::move(Runtime::Create({})).value();
    ShareOptions options;
    options.name = "/export";
    REQUIRE(runtime->AddShare(options, std::make_unique<testing::FakeFileSystem>()).ok());
  }
  ~AdapterFixture() { CHECK(runtime->Stop(1000).ok()); }

  void Serve(const NfsOptions& options) {
    REQUIRE(runtime->AddAdapter(std::move(MakeNfsAdapter(options)).value()).ok());
    REQUIRE(runtime->Start().ok());
  }
  uint16_t PortOf(std::string_view protocol, std::string_view transport) {
    for (const Endpoint& endpoint : runtime->endpoints()) {
      if (endpoint.protocol == protocol && endpoint.transport == transport) return endpoint.port;
    }
    return 0;
  }
  template <typename Result, typename Args>
  Result Call(uint16_t port, onc_rpc::Transport transport, uint32_t program, uint32_t version, uint32_t procedure,
              const Args& args) {
    onc_rpc::CallTarget target;
    target.address = "127.0.0.1";
    target.port = port;
    target.transport = transport;
    reply = std::move(onc_rpc::CallOnce(target, program, version, procedure, testing::Encoded(args))).value();
    Result result;
    xdr::Reader reader(reply);
    xdr::Decode(reader, result);
    REQUIRE(reader.Finished());
    return result;
  }

  std::unique_ptr<Runtime> runtime;
  std::vector<std::byte> reply;
};

TEST_CASE_METHOD(AdapterFixture, "NFS and MOUNT share a TCP port, MOUNT has the UDP port of that number", "[nfs]") {
  Serve(Loopback());
  const uint16_t port = PortOf("nfs", "tcp");
  CHECK(port != 0);
  CHECK(PortOf("mount", "tcp") == port);
  CHECK(PortOf("mount", "udp") == port);
  CHECK(PortOf("nfs", "udp") == 0);
  CHECK(PortOf("portmap", "tcp") == 0);
}

TEST_CASE_METHOD(AdapterFixture, "a client finds its way from the port mapper to a file", "[nfs]") {
  NfsOptions options = Loopback();
  options.portmapper = true;
  options.portmapper_port = 0;
  Serve(options);
  constexpr auto kUdp = onc_rpc::Transport::kUdp;
  constexpr auto kTcp = onc_rpc::Transport::kTcp;
  const uint16_t portmapper = PortOf("portmap", "udp");
  const auto mount_port = static_cast<uint16_t>(
      Call<portmap2::uint_res>(portmapper, kUdp, 100000, 2, 3, portmap2::mapping{100005, 3, 17, 0}).value);
  CHECK(mount_port == PortOf("mount", "udp"));
  const auto mounted = Call<mount3::mountres3>(mount_port, kUdp, 100005, 3, 1, mount3::MNT3args{{"/export"}});
  REQUIRE(mounted.status == mount3::mountstat3::MNT3_OK);
  const std::vector<std::byte> root(mounted.resok.fhandle.bytes.begin(), mounted.resok.fhandle.bytes.end());
  const auto nfs_port = static_cast<uint16_t>(
      Call<portmap2::uint_res>(PortOf("portmap", "tcp"), kTcp, 100000, 2, 3, portmap2::mapping{100003, 3, 6, 0}).value);
  const auto attributes = Call<nfs3::GETATTR3res>(nfs_port, kTcp, 100003, 3, 1, nfs3::GETATTR3args{{root}});
  CHECK(attributes.status == nfs3::nfsstat3::NFS3_OK);
  CHECK(attributes.resok.obj_attributes.fileid == 1);
}

TEST_CASE_METHOD(AdapterFixture, "a port that is taken is reported, and nothing stays bound", "[nfs]") {
  Serve(Loopback());
  NfsOptions second = Loopback();
  second.port = PortOf("nfs", "tcp");
  const Status status = runtime->AddAdapter(std::move(MakeNfsAdapter(second)).value());
  CHECK(status == ErrorCode::kAlreadyInUse);
}

TEST_CASE("a wildcard IPv6 socket stands for IPv4 too", "[nfs]") {
  const std::vector<Endpoint> bound = {{"nfs", "tcp", "::", 12049}, {"nfs", "udp", "::", 12049}};
  std::string text;
  for (const auto& entry : nfs::RegistrationsOf(bound, false)) {
    text += std::to_string(entry.program) + "." + std::to_string(entry.version) + " " +
            std::string(portmap2::NetidName(entry.netid)) + "; ";
  }
  CHECK(text ==
        "100003.3 tcp6; 100005.1 tcp6; 100005.2 tcp6; 100005.3 tcp6; "
        "100003.3 tcp; 100005.1 tcp; 100005.2 tcp; 100005.3 tcp; "
        "100005.1 udp6; 100005.2 udp6; 100005.3 udp6; 100005.1 udp; 100005.2 udp; 100005.3 udp; ");
}

TEST_CASE("what listens twice is registered once", "[nfs]") {
  const std::vector<Endpoint> bound = {{"nfs", "tcp", "::", 12049}, {"nfs", "tcp", "0.0.0.0", 12049}};
  CHECK(nfs::RegistrationsOf(bound, false).size() == 8);
}

TEST_CASE("the port mapper stands in its own list", "[nfs]") {
  std::vector<portmap2::Registration> registrations = nfs::RegistrationsOf({{"nfs", "tcp", "127.0.0.1", 12049}}, false);
  nfs::AddPortmapper(111, registrations);
  const auto count = std::count_if(registrations.begin(), registrations.end(), [](const auto& entry) {
    return entry.program == portmap2::kProgram && entry.port == 111 && entry.netid == portmap2::Netid::kTcp;
  });
  CHECK(count == 3);
}

}  // namespace
}  // namespace dittofs
