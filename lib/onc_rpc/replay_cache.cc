#include "onc_rpc/replay_cache.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "base/bytes.h"
#include "base/mutex.h"

namespace dittofs::onc_rpc {
namespace {

__extension__ using Wide = unsigned __int128;

/// Room that one reply takes on average, its entry included; decides how many entries there are.
constexpr size_t kAverageReplyBytes = 256;

/// The halves of a full product, folded: every input bit reaches every output bit.
uint64_t Fold(uint64_t a, uint64_t b) noexcept {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}
constexpr uint64_t kOdd1 = 0x9e37'79b9'7f4a'7c15;
constexpr uint64_t kOdd2 = 0xd6e8'feb8'6659'fd93;

uint64_t HashOf(const ReplayKey& key, uint64_t seed) noexcept {
  const uint64_t host = base::LoadLittleEndian<uint64_t>(key.client.data()) * kOdd2 ^
                        base::LoadLittleEndian<uint64_t>(key.client.data() + 8);
  return Fold(Fold(host ^ seed, kOdd1) ^ (uint64_t{key.xid} << 32 | key.procedure), kOdd2 ^ seed);
}

}  // namespace

class ReplayCache::Shard {
 public:
  explicit Shard(uint64_t max_bytes) {
    base::MutexLock lock(mutex_);
    const size_t count = std::max<size_t>(max_bytes / (sizeof(Entry) + 3 * sizeof(uint32_t) + kAverageReplyBytes), 8);
    ring_bytes_ = std::max<size_t>(count * kAverageReplyBytes, 2 * kMaxReplyBytes);
    // Left uninitialised on purpose: what is never used is never touched.
    ring_.reset(new std::byte[ring_bytes_]);
    entries_.reset(static_cast<Entry*>(::operator new(count * sizeof(Entry))));
    order_.reset(new uint32_t[count]);
    entry_count_ = static_cast<uint32_t>(count);
    size_t buckets = 8;
    while (buckets < count) buckets *= 2;
    buckets_.assign(buckets, Ticket::kNone);
  }

  Verdict Begin(const ReplayKey& key, uint64_t hash, uint64_t now_ns, uint32_t* index,
                FunctionRef<std::byte*(size_t)> room) EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    for (uint32_t i = BucketOf(hash); i != Ticket::kNone; i = entries_[i].next) {
      Entry& entry = entries_[i];
      if (entry.hash != hash || !(entry.key == key)) continue;
      if (!entry.finished) return Verdict::kInProgress;
      if (now_ns > entry.finished_ns + kReplayLifetimeNs) {
        // Stays in line to be evicted, but is found no more.
        Unlink(i);
        break;
      }
      std::memcpy(room(entry.reply_bytes), ring_.get() + entry.start % ring_bytes_, entry.reply_bytes);
      return Verdict::kAnswered;
    }
    const uint32_t i = TakeEntry();
    *index = i;
    if (i == Ticket::kNone) return Verdict::kExecute;
    Entry& entry = entries_[i];
    entry.key = key;
    entry.hash = hash;
    entry.finished = false;
    entry.linked = true;
    uint32_t& bucket = BucketOf(hash);
    entry.next = bucket;
    bucket = i;
    return Verdict::kExecute;
  }

  void Finish(uint32_t index, uint64_t now_ns, size_t reply_bytes, FunctionRef<void(std::byte*)> copy) noexcept
      EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    uint64_t start = head_;
    // A reply does not wrap around the ring's end.
    if (start % ring_bytes_ + reply_bytes > ring_bytes_) start += ring_bytes_ - start % ring_bytes_;
    while (order_count_ > 0 && entries_[order_[order_first_]].start + ring_bytes_ < start + reply_bytes) Evict();
    head_ = start + reply_bytes;
    Entry& entry = entries_[index];
    entry.start = start;
    entry.reply_bytes = static_cast<uint32_t>(reply_bytes);
    entry.finished_ns = now_ns;
    entry.finished = true;
    copy(ring_.get() + start % ring_bytes_);
    order_[(order_first_ + order_count_++) % entry_count_] = index;
  }

  void Abandon(uint32_t index) noexcept EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    Unlink(index);
    Free(index);
  }

 private:
  struct Entry {
    ReplayKey key;
    uint64_t hash;
    uint64_t start;  // in the ring, counted on without wrapping
    uint64_t finished_ns;
    uint32_t reply_bytes;
    uint32_t next;  // in its bucket, or in the free list
    bool finished;
    bool linked;  // in its bucket
  };

  struct ReleaseMemory {
    void operator()(Entry* entries) const noexcept { ::operator delete(entries); }
  };

  uint32_t& BucketOf(uint64_t hash) noexcept REQUIRES(mutex_) { return buckets_[hash & (buckets_.size() - 1)]; }
  uint32_t TakeEntry() noexcept REQUIRES(mutex_) {
    if (free_ == Ticket::kNone && used_ < entry_count_) {
      new (&entries_.get()[used_]) Entry;
      return used_++;
    }
    if (free_ == Ticket::kNone && order_count_ > 0) Evict();
    const uint32_t index = free_;
    if (index != Ticket::kNone) free_ = entries_[index].next;
    return index;
  }
  void Free(uint32_t index) noexcept REQUIRES(mutex_) {
    entries_[index].next = free_;
    free_ = index;
  }
  void Evict() noexcept REQUIRES(mutex_) {
    const uint32_t index = order_[order_first_];
    order_first_ = (order_first_ + 1) % entry_count_;
    --order_count_;
    Unlink(index);
    Free(index);
  }
  void Unlink(uint32_t index) noexcept REQUIRES(mutex_) {
    Entry& entry = entries_[index];
    if (!entry.linked) return;
    uint32_t* link = &BucketOf(entry.hash);
    while (*link != index) link = &entries_[*link].next;
    *link = entry.next;
    entry.linked = false;
  }

  base::Mutex mutex_;  // rank: leaf; the reply is copied under it
  std::unique_ptr<std::byte[]> ring_ GUARDED_BY(mutex_);
  size_t ring_bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t head_ GUARDED_BY(mutex_) = 0;
  std::unique_ptr<Entry[], ReleaseMemory> entries_ GUARDED_BY(mutex_);  // trivial to destroy
  std::vector<uint32_t> buckets_ GUARDED_BY(mutex_);
  std::unique_ptr<uint32_t[]> order_ GUARDED_BY(mutex_);  // a ring of finished entries, the oldest first
  uint32_t entry_count_ GUARDED_BY(mutex_) = 0;
  uint32_t used_ GUARDED_BY(mutex_) = 0;  // entries that were ever taken
  uint32_t free_ GUARDED_BY(mutex_) = Ticket::kNone;
  uint32_t order_first_ GUARDED_BY(mutex_) = 0;
  uint32_t order_count_ GUARDED_BY(mutex_) = 0;
};

ReplayCache::ReplayCache(uint64_t max_bytes, uint64_t seed) : seed_(seed) {
  for (auto& shard : shards_) shard = std::make_unique<Shard>(max_bytes / kShards);
}
ReplayCache::~ReplayCache() = default;

uint64_t ReplayCache::Checksum(std::span<const std::byte> arguments) const noexcept {
  uint64_t sum = seed_ ^ arguments.size();
  while (arguments.size() >= 8) {
    sum = Fold(sum ^ base::LoadLittleEndian<uint64_t>(arguments.data()), kOdd1);
    arguments = arguments.subspan(8);
  }
  uint64_t rest = 0;
  if (!arguments.empty()) std::memcpy(&rest, arguments.data(), arguments.size());
  return Fold(sum ^ rest, kOdd2);
}

ReplayCache::Verdict ReplayCache::Begin(const ReplayKey& key, uint64_t now_ns, Ticket* ticket,
                                        FunctionRef<std::byte*(size_t)> room) {
  const uint64_t hash = HashOf(key, seed_);
  ticket->shard = static_cast<uint32_t>(hash >> 60) % kShards;
  ticket->entry = Ticket::kNone;
  return shards_[ticket->shard]->Begin(key, hash, now_ns, &ticket->entry, room);
}

void ReplayCache::Finish(const Ticket& ticket, uint64_t now_ns, size_t reply_bytes,
                         FunctionRef<void(std::byte*)> copy) noexcept {
  if (reply_bytes > kMaxReplyBytes) return Abandon(ticket);
  if (ticket.entry != Ticket::kNone) shards_[ticket.shard]->Finish(ticket.entry, now_ns, reply_bytes, copy);
}

void ReplayCache::Abandon(const Ticket& ticket) noexcept {
  if (ticket.entry != Ticket::kNone) shards_[ticket.shard]->Abandon(ticket.entry);
}

}  // namespace dittofs::onc_rpc
