#include "onc_rpc/port_lookup.h"

#include <charconv>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "onc_rpc/client.h"
#include "xdr/reader.h"

namespace dittofs::onc_rpc {
namespace {

constexpr uint32_t kPortmapProgram = 100000;
constexpr size_t kMaxUniversalAddressBytes = 128;

void AppendUint32(std::vector<std::byte>& to, uint32_t value) {
  to.resize(to.size() + 4);
  base::StoreBigEndian(to.data() + to.size() - 4, value);
}
void AppendString(std::vector<std::byte>& to, std::string_view text) {
  AppendUint32(to, static_cast<uint32_t>(text.size()));
  const std::span<const std::byte> bytes = base::AsBytes(text);
  to.insert(to.end(), bytes.begin(), bytes.end());
  to.resize(to.size() + xdr::Padding(text.size()));
}

/// The port is the last two of the address's components, "h1.….p1.p2" (RFC 5665 §5.2.3.3).
Result<uint16_t> PortOfUniversalAddress(std::string_view address) {
  uint32_t port = 0;
  uint32_t scale = 1;
  for (int component = 0; component < 2; ++component) {
    const size_t dot = address.rfind('.');
    if (dot == std::string_view::npos) return ErrorCode::kIo;
    uint8_t value = 0;
    const char* const end = address.data() + address.size();
    const auto [rest, error] = std::from_chars(address.data() + dot + 1, end, value);
    if (error != std::errc() || rest != end) return ErrorCode::kIo;
    port += value * scale;
    scale = 256;
    address = address.substr(0, dot);
  }
  return static_cast<uint16_t>(port);
}

}  // namespace

Result<uint16_t> LookUpPort(const std::string& address, uint32_t program, uint32_t version, Transport transport,
                            uint32_t timeout_ms, const Environment& environment, uint16_t portmap_port) {
  const bool ipv6 = address.find(':') != std::string::npos;
  CallTarget target;
  target.address = address;
  target.port = portmap_port;
  target.transport = transport;
  target.timeout_ms = timeout_ms;
  std::vector<std::byte> arguments;
  AppendUint32(arguments, program);
  AppendUint32(arguments, version);
  if (ipv6) {
    AppendString(arguments, transport == Transport::kTcp ? "tcp6" : "udp6");
    AppendString(arguments, "");  // any address
    AppendString(arguments, "");  // any owner
  } else {
    AppendUint32(arguments, transport == Transport::kTcp ? 6 : 17);
    AppendUint32(arguments, 0);
  }
  const Result<std::vector<std::byte>> result =
      CallOnce(target, kPortmapProgram, ipv6 ? 4 : 2, 3, arguments, environment);
  if (!result.ok()) return result.status();
  xdr::Reader reader(*result);
  uint32_t port = 0;
  if (ipv6) {
    const std::string_view universal = reader.String(kMaxUniversalAddressBytes);
    if (reader.ok() && !universal.empty()) {
      const Result<uint16_t> parsed = PortOfUniversalAddress(universal);
      if (!parsed.ok()) return parsed.status();
      port = *parsed;
    }
  } else {
    port = reader.Uint32();
  }
  if (!reader.ok() || port > UINT16_MAX) return Status(ErrorCode::kIo, "the portmapper's reply does not parse");
  if (port == 0) return ErrorCode::kNotFound;
  return static_cast<uint16_t>(port);
}

}  // namespace dittofs::onc_rpc
