// A read of cached bytes allocates nothing: counted, not believed.
#include "allocation_counter.h"
#if DITTOFS_COUNTS_ALLOCATIONS

#include "catch.h"
#include "fixture.h"

namespace {

using namespace dittofs;        // NOLINT: a test
using namespace dittofs::test;  // NOLINT: a test

}  // namespace

TEST_CASE("allocations: a 4 KiB read of a cached block makes none") {
  PayloadFixture f;
  REQUIRE(f.Write(0, Pattern(1 << 20)).ok());
  REQUIRE(f.Flush().ok());
  const Extent extent = f.metadata->extents()[0];
  std::vector<std::byte> room(4096);
  const auto read = [&](uint64_t offset) {
    ReadContent content(room);
    return f.service
        ->Read(
            kSuperuserContext, kFile, offset, 4096,
            [&](std::vector<Extent>& extents) {
              extents.push_back(extent);
              return Status();
            },
            content)
        .ok();
  };
  REQUIRE(read(0));
  const size_t before = testing::allocations;
  bool all = true;
  for (uint64_t i = 0; i < 1000; ++i) all = read((i * 37 % 256) * 4096) && all;
  CHECK(testing::allocations == before);
  CHECK(all);
}

TEST_CASE("allocations: a sequential 4 KiB write makes few") {
  PayloadFixture f;
  const std::string page = Pattern(4096);
  REQUIRE(f.Write(0, page).ok());
  const size_t before = testing::allocations;
  for (uint64_t i = 1; i < 1024; ++i) (void)f.Write(i * 4096, page).ok();
  CHECK(testing::allocations - before < 100);
}

#endif  // !HAS_SANITIZER
