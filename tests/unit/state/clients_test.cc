#include "state/clients.h"

#include "catch.h"

namespace dittofs::state {

TEST_CASE("A client is its protocol, name and address together") {
  ClientRegistry clients;
  const ClientName alice{"nlm", "alice", "192.0.2.1"};
  const auto id = clients.Register(alice);
  REQUIRE(id.has_value());
  CHECK(clients.Register(alice) == id);
  CHECK(clients.Register({"nlm", "alice", "192.0.2.2"}) != id);
  CHECK(clients.Find({"nfs4", "alice", "192.0.2.1"}) == ClientId{});
  CHECK(clients.NameOf(*id) == alice);
  CHECK(clients.AtAddress("nlm", "192.0.2.1").size() == 1);
  clients.Forget(*id);
  CHECK(clients.Find(alice) == ClientId{});
  CHECK_FALSE(clients.NameOf(*id).has_value());
}

TEST_CASE("Beyond the bound nobody new gets in, who is known stays") {
  ClientRegistry clients(1);
  const ClientName alice{"nlm", "alice", "192.0.2.1"};
  REQUIRE(clients.Register(alice).has_value());
  CHECK_FALSE(clients.Register({"nlm", "bob", "192.0.2.1"}).has_value());
  CHECK(clients.Register(alice).has_value());
}

}  // namespace dittofs::state
