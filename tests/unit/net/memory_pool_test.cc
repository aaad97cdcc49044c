#include "net/memory_pool.h"

#include <cstring>

#include "catch.h"

namespace dittofs::net {
namespace {

TEST_CASE("net memory pool: what is given back is given out again") {
  MemoryPool pool(1 << 20);
  std::byte* first = nullptr;
  {
    const Buffer buffer = pool.Take(100'000, &first);
  }
  std::byte* second = nullptr;
  const Buffer buffer = pool.Take(100'000, &second);
  CHECK(first == second);
  CHECK(buffer.size() == 100'000);
  CHECK(buffer.owner()->unique());
}

TEST_CASE("net memory pool: a piece in use is not given out again") {
  MemoryPool pool(1 << 20);
  std::byte* first = nullptr;
  const Buffer buffer = pool.Take(100'000, &first);
  std::byte* second = nullptr;
  const Buffer other = pool.Take(100'000, &second);
  CHECK(first != second);
}

TEST_CASE("net memory pool: much larger pieces are not wasted on small needs") {
  MemoryPool pool(1 << 22);
  std::byte* large = nullptr;
  {
    const Buffer buffer = pool.Take(1'000'000, &large);
  }
  std::byte* small = nullptr;
  const Buffer buffer = pool.Take(100'000, &small);
  CHECK(large != small);
  CHECK(pool.kept_bytes() >= 1'000'000);
}

TEST_CASE("net memory pool: no more than max_kept_bytes are kept") {
  MemoryPool pool(300'000);
  std::byte* bytes = nullptr;
  {
    const Buffer first = pool.Take(200'000, &bytes);
    const Buffer second = pool.Take(200'000, &bytes);
  }
  CHECK(pool.kept_bytes() > 0);
  CHECK(pool.kept_bytes() <= 300'000);
}

TEST_CASE("net memory pool: pieces may outlive the pool") {
  Buffer buffer;
  {
    MemoryPool pool(1 << 20);
    std::byte* bytes = nullptr;
    buffer = pool.Take(5000, &bytes);
    std::memset(bytes, 7, 5000);
  }
  CHECK(buffer.data()[4999] == std::byte{7});
}

}  // namespace
}  // namespace dittofs::net
