#include "runtime/address.h"

#include "catch.h"
#include "fakes.h"

namespace dittofs::runtime {
namespace {

using testing::Client;

bool Matches(std::string_view pattern, std::string_view client) {
  return ParsePrefix(pattern).value().value().Contains(Client(client).ip);
}

TEST_CASE("An IPv4 address is kept as an IPv4-mapped one and printed as IPv4") {
  CHECK(FormatAddress(Client("192.0.2.7")) == "192.0.2.7");
  CHECK(FormatAddress(Client("::ffff:192.0.2.7")) == "192.0.2.7");
  CHECK(FormatAddress(Client("192.0.2.7", 2049), true) == "192.0.2.7:2049");
}

TEST_CASE("An IPv6 address is printed in its short form, in brackets with a port") {
  CHECK(FormatAddress(Client("2001:DB8:0:0::1")) == "2001:db8::1");
  CHECK(FormatAddress(Client("2001:db8::1", 2049), true) == "[2001:db8::1]:2049");
}

TEST_CASE("What is no numeric address is an invalid argument") {
  for (const char* text :
       {"", "host", "1.2.3", "1.2.3.4.5", "1.2.3.4/8", "fe80::1%eth0", "[::1]", "1.2.3.256", " ::1"}) {
    INFO(text);
    CHECK(ParseAddress(text).code() == ErrorCode::kInvalidArgument);
  }
  CHECK_FALSE(ParseAddress(std::string_view("1.2.3.4\0", 8)).ok());
}

TEST_CASE("An IPv4 block holds its addresses and no others") {
  CHECK(Matches("192.0.2.0/24", "192.0.2.0"));
  CHECK(Matches("192.0.2.0/24", "192.0.2.255"));
  CHECK_FALSE(Matches("192.0.2.0/24", "192.0.3.0"));
  CHECK_FALSE(Matches("192.0.2.0/24", "192.0.1.255"));
  CHECK(Matches("192.0.2.128/25", "192.0.2.200"));
  CHECK_FALSE(Matches("192.0.2.128/25", "192.0.2.127"));
  CHECK(Matches("192.0.2.7/32", "192.0.2.7"));
  CHECK_FALSE(Matches("192.0.2.7/32", "192.0.2.6"));
}

TEST_CASE("0.0.0.0/0 is all of IPv4 and nothing of IPv6") {
  CHECK(Matches("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(Matches("0.0.0.0/0", "2001:db8::1"));
}

TEST_CASE("An IPv6 block holds its addresses and no others") {
  CHECK(Matches("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK_FALSE(Matches("2001:db8::/32", "2001:db9::1"));
  CHECK(Matches("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(Matches("2001:db8::/33", "2001:db8:8000::1"));
}

TEST_CASE("Host bits in a block are ignored") {
  CHECK(ParsePrefix("192.0.2.77/24").value() == ParsePrefix("192.0.2.0/24").value());
}

TEST_CASE("A block with an impossible length is an invalid argument") {
  for (const char* text :
       {"192.0.2.0/33", "::/129", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/8x", "host/24", "/24", "192.0.2.0/24/8"}) {
    INFO(text);
    CHECK(ParsePrefix(text).code() == ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("Host names are told from mistyped addresses") {
  for (const char* name : {"localhost", "a.example.com", "host-1", "build_01", "10.in-addr.arpa", "3com"}) {
    INFO(name);
    CHECK(IsHostName(name));
  }
  for (const char* name :
       {"", ".", "a..b", "-a", "a-", "192.0.2", "300.1.1.1", "*.example.com", "a b", "a.", "2001:db8::zz"}) {
    INFO(name);
    CHECK_FALSE(IsHostName(name));
  }
  CHECK_FALSE(IsHostName(std::string(64, 'a')));
  CHECK(IsHostName(std::string(63, 'a')));
}

}  // namespace
}  // namespace dittofs::runtime
