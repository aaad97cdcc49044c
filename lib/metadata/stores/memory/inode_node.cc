#include "metadata/stores/memory/inode_node.h"

#include <cstring>
#include <new>

namespace dittofs::memory_store {
namespace {

constexpr int64_t kMaxSeconds = (int64_t{1} << 33) - 1;
constexpr int64_t kMinSeconds = -(int64_t{1} << 33);

bool Packs(const Timestamp& time) noexcept {
  return time.seconds >= kMinSeconds && time.seconds <= kMaxSeconds && time.nanoseconds < (1u << 30);
}
uint64_t Pack(const Timestamp& time) noexcept {
  return static_cast<uint64_t>(time.seconds) << 30 | time.nanoseconds;
}
Timestamp Unpack(uint64_t packed) noexcept {
  return Timestamp{static_cast<int64_t>(packed) >> 30, static_cast<uint32_t>(packed & ((1u << 30) - 1))};
}

template <typename T>
void Append(std::byte*& to, const T& value) noexcept {
  std::memcpy(to, &value, sizeof value);
  to += sizeof value;
}
template <typename T>
void Take(const std::byte*& from, T& value) noexcept {
  std::memcpy(&value, from, sizeof value);
  from += sizeof value;
}

}  // namespace

uint8_t InodeNode::ShapeOf(const InodeRecord& record) noexcept {
  uint8_t shape = 0;
  if (record.type == FileType::kDirectory || record.parent || record.entry_count != 0) shape |= kDirectory;
  if (record.device != DeviceNumber{}) shape |= kDevice;
  if (record.has_create_verifier || record.create_verifier.value != 0) shape |= kVerifier;
  if (!Packs(record.atime) || !Packs(record.mtime) || !Packs(record.ctime) || !Packs(record.btime)) {
    shape |= kWideTimes;
  }
  return shape;
}

size_t InodeNode::TailBytes(uint8_t shape) noexcept {
  return ((shape & kDirectory) ? 16u : 0u) + ((shape & kDevice) ? sizeof(DeviceNumber) : 0u) +
         ((shape & kVerifier) ? 9u : 0u) + ((shape & kWideTimes) ? 4 * sizeof(Timestamp) : 0u);
}

InodeNode* InodeNode::New(const InodeRecord& record) {
  const uint8_t shape = ShapeOf(record);
  auto* node = new (::operator new(sizeof(InodeNode) + TailBytes(shape))) InodeNode;
  node->shape_ = shape;
  node->Assign(record);
  return node;
}

void InodeNode::Delete(InodeNode* node) noexcept {
  node->~InodeNode();
  ::operator delete(node);
}

void InodeNode::Assign(const InodeRecord& record) noexcept {
  size_ = record.size_bytes;
  used_ = record.used_bytes;
  change_ = record.change;
  times_[0] = Pack(record.atime);
  times_[1] = Pack(record.mtime);
  times_[2] = Pack(record.ctime);
  times_[3] = Pack(record.btime);
  mode_ = record.mode;
  uid_ = record.uid;
  gid_ = record.gid;
  link_count_ = record.link_count;
  flags_ = record.flags;
  type_ = record.type;
  std::byte* to = tail();
  if (shape_ & kDirectory) {
    Append(to, record.parent.value);
    Append(to, record.entry_count);
  }
  if (shape_ & kDevice) Append(to, record.device);
  if (shape_ & kVerifier) {
    Append(to, record.create_verifier.value);
    Append(to, static_cast<uint8_t>(record.has_create_verifier));
  }
  if (shape_ & kWideTimes) {
    for (const Timestamp& time : {record.atime, record.mtime, record.ctime, record.btime}) Append(to, time);
  }
}

void InodeNode::Load(FileNumber number, InodeRecord& record) const noexcept {
  record = InodeRecord{};
  record.number = number;
  record.type = type_;
  record.mode = mode_;
  record.uid = uid_;
  record.gid = gid_;
  record.link_count = link_count_;
  record.size_bytes = size_;
  record.used_bytes = used_;
  record.change = change_;
  record.flags = flags_;
  record.atime = Unpack(times_[0]);
  record.mtime = Unpack(times_[1]);
  record.ctime = Unpack(times_[2]);
  record.btime = Unpack(times_[3]);
  if (shape_ == 0) return;
  const std::byte* from = tail();
  if (shape_ & kDirectory) {
    Take(from, record.parent.value);
    Take(from, record.entry_count);
  }
  if (shape_ & kDevice) Take(from, record.device);
  if (shape_ & kVerifier) {
    uint8_t present;
    Take(from, record.create_verifier.value);
    Take(from, present);
    record.has_create_verifier = present != 0;
  }
  if (shape_ & kWideTimes) {
    for (Timestamp* time : {&record.atime, &record.mtime, &record.ctime, &record.btime}) Take(from, *time);
  }
}

}  // namespace dittofs::memory_store
