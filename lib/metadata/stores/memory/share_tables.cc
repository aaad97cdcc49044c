#include "metadata/stores/memory/share_tables.h"

#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

#include <bit>
#include <cstring>
#include <new>

namespace dittofs::memory_store {

Entry* Entry::New(FileNumber directory, std::string_view name, std::string_view folded, const EntryRecord& record) {
  static_assert(offsetof(Entry, type) + sizeof(FileType) == kNameOffset);
  if (folded == name) folded = {};
  const size_t bytes = kNameOffset + name.size() + folded.size();
  auto* entry = new (::operator new(std::max(bytes, sizeof(Entry)))) Entry;
  entry->directory = directory.value;
  entry->child = record.child.value;
  entry->cookie = record.cookie.value;
  entry->name_bytes = static_cast<uint16_t>(name.size());
  entry->folded_bytes = static_cast<uint16_t>(folded.size());
  entry->type = record.type;
  char* text = reinterpret_cast<char*>(entry) + kNameOffset;
  std::memcpy(text, name.data(), name.size());
  if (!folded.empty()) std::memcpy(text + name.size(), folded.data(), folded.size());
  return entry;
}

void Entry::Delete(Entry* entry) noexcept {
  entry->~Entry();
  ::operator delete(entry);
}

EntryKey::EntryKey(FileNumber of_directory, std::string_view of_name) noexcept
    : directory(of_directory),
      name(of_name),
      hash(absl::HashOf(of_directory.value, absl::string_view(of_name.data(), of_name.size()))) {}

InodeNode* Shard::FindInode(FileNumber number) const noexcept {
  const auto page = pages.find(number.value / InodePage::kNumbers);
  return page == pages.end() ? nullptr : page->second->slots[number.value % InodePage::kNumbers];
}

Entry* Shard::FindEntry(const EntryKey& key) const noexcept {
  const auto found = entries.find(key);
  return found == entries.end() ? nullptr : *found;
}

Directory* Shard::FindDirectory(FileNumber number) const noexcept {
  const auto found = directories.find(number.value);
  return found == directories.end() ? nullptr : found->second.get();
}

const BlockRow* Shard::FindBlock(const BlockId& block) const noexcept {
  const auto found = blocks.find(block);
  return found == blocks.end() ? nullptr : &found->second;
}

size_t ShareTables::ShardOf(FileNumber number) noexcept {
  return (number.value / InodePage::kNumbers * 0x9E3779B97F4A7C15u) >> (64 - kShardBits);
}

ShareTables::~ShareTables() {
  for (Shard& shard : shards) {
    for (auto& [first, page] : shard.pages) {
      for (InodeNode* node : page->slots) {
        if (node != nullptr) InodeNode::Delete(node);
      }
      delete page;
    }
    for (Entry* entry : shard.entries) Entry::Delete(entry);
  }
}

void ShareTables::Lock(ShardMask mask, bool lists) {
  for (ShardMask rest = mask; rest != 0; rest &= rest - 1) shards[std::countr_zero(rest)].mutex.lock();
  if (lists) lists_mutex.lock();
}

void ShareTables::Unlock(ShardMask mask, bool lists) {
  if (lists) lists_mutex.unlock();
  for (ShardMask rest = mask; rest != 0; rest &= rest - 1) shards[std::countr_zero(rest)].mutex.unlock();
}

}  // namespace dittofs::memory_store
