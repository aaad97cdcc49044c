#include "catch.h"
#include "dittofs/stores/memory.h"

namespace {

using namespace dittofs;  // NOLINT: a test

}  // namespace

TEST_CASE("memory block store: a full store says so, and takes objects again when others are gone") {
  const auto store = MakeMemoryBlockStore({.max_bytes = 1000});
  const std::vector<std::byte> content(600);
  REQUIRE(store->Put("a", content).ok());
  CHECK(store->Put("b", content).code() == ErrorCode::kNoSpace);
  CHECK(store->Stat("b").code() == ErrorCode::kNotFound);
  REQUIRE(store->Delete("a").ok());
  CHECK(store->Put("b", content).ok());
}

TEST_CASE("memory block store: replacing an object counts the difference") {
  const auto store = MakeMemoryBlockStore({.max_bytes = 1000});
  const std::vector<std::byte> content(900);
  REQUIRE(store->Put("a", content).ok());
  CHECK(store->Put("a", content).ok());
  const Result<BlockStoreCapacity> capacity = store->Capacity();
  REQUIRE(capacity.ok());
  CHECK(capacity->total_bytes == 1000);
  CHECK(capacity->free_bytes == 100);
}
