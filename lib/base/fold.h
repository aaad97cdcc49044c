#pragma once

#include <string>
#include <string_view>

namespace dittofs::base {

/// Appends to `folded` the form of `name` under which names that differ in case only are the same. UTF-8 in, UTF-8 out:
/// Unicode simple case folding (statuses C and S of CaseFolding.txt) for Latin, Greek, Cyrillic, Armenian and
/// full-width letters; every other character, and every byte that is not valid UTF-8, stays as it is. The result is
/// never longer than the name. It is a key of stored indexes: changing it needs a new metadata format version. Pure;
/// thread-safe.
void AppendFoldedName(std::string_view name, std::string& folded);
std::string FoldName(std::string_view name);

}  // namespace dittofs::base
