#pragma once

#include <string>

#include "dittofs/metadata_service.h"

namespace dittofs {

/// Walks all rows of a share and compares every count with what it counts: links, entries, "..", usage, references of
/// blocks, extents against sizes; and what `service` shows with what the store has. Answers the first difference, or an
/// empty string. Nobody may change the share meanwhile.
std::string CheckTree(MetadataStore& store, ShareId share, MetadataService& service);

}  // namespace dittofs
