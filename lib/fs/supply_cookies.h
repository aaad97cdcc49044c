#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "dittofs/file_system.h"

namespace dittofs::fs {

/// The 55 upper bits of a name's cookie, never 0. Clients hold cookies across restarts: it stays what it is.
uint64_t CookieHashOf(std::string_view name) noexcept;

/// SupplyCookies() with another hash of at most 55 bits, never 0: tests choose one under which names collide.
std::unique_ptr<FileSystem> SupplyCookiesByHash(std::unique_ptr<FileSystem> inner,
                                                uint64_t (*hash)(std::string_view) noexcept);

}  // namespace dittofs::fs
