#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "metadata/stores/leveldb/log_check.h"
#include "metadata/stores/leveldb/row_keys.h"
#include "metadata/stores/leveldb/row_values.h"

namespace {

using namespace dittofs;
using namespace dittofs::leveldb_store;

void Must(bool condition) {
  if (!condition) std::abort();
}
template <size_t kSize>
bool Same(const std::array<char, kSize>& row, std::string_view value) {
  return std::string_view(row.data(), kSize) == value;
}

/// Whatever decodes encodes to the very same bytes.
void DecodeAll(std::string_view value) {
  std::string again;
  std::string_view text;
  InodeRecord inode;
  if (InodeRow::Decode(FileNumber{1}, value, inode)) Must(Same(InodeRow::Encode(inode), value));
  EntryRecord entry;
  bool has_folded;
  if (EntryRow::Decode(value, entry, has_folded, text)) {
    EntryRow::Append(entry, has_folded, text, again);
    Must(again == value);
  }
  again.clear();
  if (CookieRow::Decode(Cookie{1}, value, entry, text)) {
    CookieRow::Append(entry, text, again);
    Must(again == value);
  }
  again.clear();
  if (TextRow::Decode(value, text)) {
    TextRow::Append(text, again);
    Must(again == value);
  }
  Extent extent;
  if (ExtentRow::Decode(5, value, extent)) {
    Must(Same(ExtentRow::Encode(extent), value));
    Must(extent.length != 0 && extent.offset + extent.length > extent.offset);
  }
  BlockRecord block;
  if (BlockRow::Decode(value, block)) {
    Must(Same(BlockRow::Encode(block), value));
    Must(block.references >= 0);
  }
  UsageRecord usage;
  if (UsageRow::Decode(value, usage)) Must(Same(UsageRow::Encode(usage), value));
  uint64_t next;
  if (NumbersRow::Decode(value, next)) Must(Same(NumbersRow::Encode(next), value));
  again.clear();
  ShareRecord share;
  if (ShareRow::Decode(value, share)) {
    ShareRow::Append(share, again);
    Must(again == value);
  }
  FormatRow format;
  if (FormatRow::Decode(value, format)) Must(Same(format.Encode(), value.substr(0, FormatRow::kSize)));
}

}  // namespace

// Any bytes as a value of every kind of row, as a key, and as a log.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  DecodeAll(bytes);
  Must(!DescribeKey(bytes).empty());
  if (WellFormed(bytes)) Must(KindOf(bytes).has_value());
  (void)CheckLog(bytes, "log");
  return 0;
}
