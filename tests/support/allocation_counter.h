#pragma once

// Counts what goes to the heap: include it in one file of a test executable. Sanitizers bring an operator new of their
// own; with them DITTOFS_COUNTS_ALLOCATIONS is 0 and nothing is counted.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DITTOFS_COUNTS_ALLOCATIONS 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DITTOFS_COUNTS_ALLOCATIONS 0
#endif
#ifndef DITTOFS_COUNTS_ALLOCATIONS
#define DITTOFS_COUNTS_ALLOCATIONS 1
#endif

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace dittofs::testing {

inline std::atomic<uint64_t> allocations{0};  ///< Of all threads.
inline std::atomic<uint64_t> allocated_bytes{0};
inline thread_local uint64_t thread_allocations = 0;

inline void* CountedAllocate(size_t size_bytes) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  allocated_bytes.fetch_add(size_bytes, std::memory_order_relaxed);
  ++thread_allocations;
  return std::malloc(size_bytes == 0 ? 1 : size_bytes);
}

}  // namespace dittofs::testing

#if DITTOFS_COUNTS_ALLOCATIONS
// Once these are inlined, g++ sees memory of operator new given to free(), and not that both are ours.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(size_t size_bytes) {
  void* memory = dittofs::testing::CountedAllocate(size_bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(size_t size_bytes, const std::nothrow_t&) noexcept {
  return dittofs::testing::CountedAllocate(size_bytes);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
#endif
