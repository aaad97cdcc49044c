#include "net/address.h"

#include "catch.h"
#include "net/socket.h"

namespace dittofs::net {
namespace {

TEST_CASE("net address: numeric addresses are parsed and written back") {
  for (const char* text : {"192.0.2.7", "0.0.0.0", "2001:db8::1", "::1", "::"}) {
    const auto address = ParseNumericAddress(text, 2049);
    REQUIRE(address.ok());
    CHECK(HostText(*address) == text);
    CHECK(address->port == 2049);
  }
}

TEST_CASE("net address: IPv4 is mapped, however it is written") {
  CHECK(ParseNumericAddress("192.0.2.7", 1)->is_ipv4());
  CHECK(ParseNumericAddress("::ffff:192.0.2.7", 1).value() == ParseNumericAddress("192.0.2.7", 1).value());
  CHECK_FALSE(ParseNumericAddress("::1", 1)->is_ipv4());
}

TEST_CASE("net address: with a port, IPv6 gets brackets") {
  CHECK(HostPortText(ParseNumericAddress("192.0.2.7", 111).value()) == "192.0.2.7:111");
  CHECK(HostPortText(ParseNumericAddress("::1", 111).value()) == "[::1]:111");
}

TEST_CASE("net address: what is not numeric is refused") {
  for (const char* text : {"", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::1::", "1.2.3.4:5"}) {
    CHECK(ParseNumericAddress(text, 1).code() == ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("net address: to the kernel and back") {
  for (const char* text : {"192.0.2.7", "2001:db8::1"}) {
    const Address address = ParseNumericAddress(text, 4242).value();
    sockaddr_storage kernel_address;
    AddressToKernel(address, address.is_ipv4() ? AF_INET : AF_INET6, &kernel_address);
    CHECK(AddressFromKernel(kernel_address) == address);
    AddressToKernel(address, AF_INET6, &kernel_address);
    CHECK(AddressFromKernel(kernel_address) == address);
  }
}

TEST_CASE("net socket: TCP and UDP of all addresses get one free port") {
  const std::vector<std::string> addresses{"127.0.0.1", "127.0.0.2"};
  const std::vector<Transport> transports{Transport::kTcp, Transport::kUdp};
  const auto sockets = BindAll(addresses, 0, transports);
  REQUIRE(sockets.ok());
  REQUIRE(sockets->size() == 4);
  for (const BoundSocket& socket : *sockets) {
    CHECK(socket.address.port != 0);
    CHECK(socket.address.port == sockets->front().address.port);
  }
}

TEST_CASE("net socket: an address in use is named with port and transport") {
  const auto first = Bind(Transport::kUdp, ParseNumericAddress("127.0.0.1", 0).value()).value();
  const auto second = Bind(Transport::kUdp, first.address);
  REQUIRE(second.code() == ErrorCode::kAlreadyInUse);
  CHECK(second.status().message() == "udp address " + HostPortText(first.address) + ": Address already in use");
}

TEST_CASE("net socket: no addresses mean IPv4, too") {
  const std::vector<Transport> transports{Transport::kTcp};
  const auto sockets = BindAll({}, 0, transports);
  REQUIRE(sockets.ok());
  REQUIRE(sockets->size() == 1);
  // Somebody else's wildcard socket of IPv4 would clash.
  CHECK(Bind(Transport::kTcp, ParseNumericAddress("0.0.0.0", sockets->front().address.port).value()).code() ==
        ErrorCode::kAlreadyInUse);
}

}  // namespace
}  // namespace dittofs::net
