#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"

namespace dittofs::metadata {

/// What every node of a ClockShard starts with.
struct ClockLinks {
  uint64_t hash = 0;
  ClockLinks* chain = nullptr;      ///< Next in the bucket.
  ClockLinks* ring_next = nullptr;  ///< The ring that the hand goes round.
  ClockLinks* ring_previous = nullptr;
  uint32_t size_bytes = 0;  ///< What the node counts for the budget.
  bool referenced = false;  ///< Found since the hand came by.
  bool pinned = false;      ///< Never evicted.
};

/// One part of a cache: a hash table of nodes within a byte budget. A hit sets a bit; what goes is found by a hand that
/// goes round and gives every node that was found meanwhile a second chance. The owner locks, allocates and deletes.
///
/// Fills from a store race with changes. So a change bumps the version of its key's stripe after its commit, and a fill
/// is only taken if the version is still what it was before the store was read.
///
/// `Node` derives from ClockLinks; `Node::Delete(Node*)` frees one. Thread-bound (to the holder of the lock).
template <typename Node>
class ClockShard {
 public:
  static constexpr size_t kVersionStripes = 64;

  explicit ClockShard(size_t budget_bytes) : budget_bytes_(budget_bytes), buckets_(16) {}
  ~ClockShard() {
    for (ClockLinks* bucket : buckets_) {
      while (bucket) {
        ClockLinks* next = bucket->chain;
        Node::Delete(static_cast<Node*>(bucket));
        bucket = next;
      }
    }
  }
  ClockShard(const ClockShard&) = delete;
  ClockShard& operator=(const ClockShard&) = delete;

  template <typename Matches>
  Node* Find(uint64_t hash, Matches matches) noexcept {
    for (ClockLinks* link = buckets_[hash & (buckets_.size() - 1)]; link; link = link->chain) {
      if (link->hash != hash) continue;
      auto* node = static_cast<Node*>(link);
      if (!matches(*node)) continue;
      link->referenced = true;
      return node;
    }
    return nullptr;
  }

  /// Takes over `node`, whose hash and size are set, then evicts down to the budget.
  void Insert(Node* node) {
    if (count_ >= buckets_.size()) Grow();
    ClockLinks*& bucket = buckets_[node->hash & (buckets_.size() - 1)];
    node->chain = bucket;
    bucket = node;
    if (!hand_) {
      node->ring_next = node->ring_previous = node;
      hand_ = node;
    } else {
      node->ring_next = hand_;
      node->ring_previous = hand_->ring_previous;
      node->ring_previous->ring_next = node;
      hand_->ring_previous = node;
    }
    ++count_;
    used_bytes_ += node->size_bytes;
    Evict(node);
  }

  void Erase(Node* node) noexcept {
    Unlink(node);
    Node::Delete(node);
  }

  /// The node's size_bytes became `size_bytes`.
  void Resize(Node* node, size_t size_bytes) noexcept {
    used_bytes_ += size_bytes;
    used_bytes_ -= node->size_bytes;
    node->size_bytes = static_cast<uint32_t>(size_bytes);
    Evict(node);
  }

  uint32_t version(uint64_t hash) const noexcept { return versions_[VersionStripe(hash)]; }
  void BumpVersion(uint64_t hash) noexcept { ++versions_[VersionStripe(hash)]; }

  size_t count() const noexcept { return count_; }
  size_t used_bytes() const noexcept { return used_bytes_; }
  size_t budget_bytes() const noexcept { return budget_bytes_; }

 private:
  static size_t VersionStripe(uint64_t hash) noexcept { return (hash >> 40) % kVersionStripes; }

  // Two rounds at most: the first takes away second chances, the second evicts. Pinned nodes may exceed the budget;
  // their number has a bound of its own.
  void Evict(const Node* keep) noexcept {
    size_t steps = 2 * count_;
    while (used_bytes_ > budget_bytes_ && steps-- > 0 && count_ > 1) {
      ClockLinks* candidate = hand_;
      hand_ = hand_->ring_next;
      if (candidate == keep || candidate->pinned) continue;
      if (candidate->referenced) {
        candidate->referenced = false;
        continue;
      }
      Erase(static_cast<Node*>(candidate));
    }
  }

  void Unlink(Node* node) noexcept {
    ClockLinks** link = &buckets_[node->hash & (buckets_.size() - 1)];
    while (*link != node) link = &(*link)->chain;
    *link = node->chain;
    if (node->ring_next == node) {
      hand_ = nullptr;
    } else {
      if (hand_ == node) hand_ = node->ring_next;
      node->ring_next->ring_previous = node->ring_previous;
      node->ring_previous->ring_next = node->ring_next;
    }
    --count_;
    used_bytes_ -= node->size_bytes;
  }

  void Grow() {
    std::vector<ClockLinks*> larger(buckets_.size() * 2);
    for (ClockLinks* bucket : buckets_) {
      while (bucket) {
        ClockLinks* next = bucket->chain;
        ClockLinks*& target = larger[bucket->hash & (larger.size() - 1)];
        bucket->chain = target;
        target = bucket;
        bucket = next;
      }
    }
    buckets_.swap(larger);
  }

  size_t budget_bytes_;
  std::vector<ClockLinks*> buckets_;
  ClockLinks* hand_ = nullptr;
  size_t count_ = 0;
  size_t used_bytes_ = 0;
  std::array<uint32_t, kVersionStripes> versions_{};
};

}  // namespace dittofs::metadata
