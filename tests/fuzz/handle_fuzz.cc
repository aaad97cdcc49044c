#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "runtime/handle.h"

// Any bytes as a handle: nothing but what the key signed may decode, and what decodes encodes to the same bytes again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dittofs;
  using namespace dittofs::runtime;
  static constexpr base::SipHashKey kKey = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

  const std::optional<HandleContent> as_sent = DecodeHandle(kKey, {data, size});
  if (as_sent) {
    const FileHandle again = EncodeHandle(kKey, *as_sent);
    if (again.size_bytes != size || std::memcmp(again.storage.data(), data, size) != 0) std::abort();
  }
  // The fuzzer can't guess a MAC: sign what it sent, so that what lies behind the check is reached too.
  if (size < kHandleSignedBytes) return 0;
  FileHandle handle;
  handle.size_bytes = kHandleBytes;
  std::memcpy(handle.storage.data(), data, kHandleSignedBytes);
  const auto mac = base::SipHash128(kKey, {data, kHandleSignedBytes});
  std::memcpy(handle.storage.data() + kHandleSignedBytes, mac.data(), mac.size());
  const std::optional<HandleContent> signed_content = DecodeHandle(kKey, handle.bytes());
  const bool well_formed = data[0] == kHandleVersion && data[1] == 0 && data[2] == 0 && data[3] == 0;
  if (signed_content.has_value() != well_formed) std::abort();
  if (signed_content && EncodeHandle(kKey, *signed_content) != handle) std::abort();
  return 0;
}
