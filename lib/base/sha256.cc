#include "base/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace dittofs::base {

BlockId Sha256(std::span<const std::byte> bytes) {
  BlockId id;
  unsigned int size = 0;
  // Fails only where OpenSSL itself is broken (no default provider): nothing could be named then.
  if (EVP_Digest(bytes.data(), bytes.size(), id.sha256.data(), &size, EVP_sha256(), nullptr) != 1) std::abort();
  return id;
}

}  // namespace dittofs::base
