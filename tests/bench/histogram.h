#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace dittofs::bench {

/// Counts of durations in buckets of 1/32 of their power of two: every percentile is right to about 3 %.
class Histogram {
 public:
  void Add(uint64_t duration_ns) noexcept {
    ++buckets_[BucketOf(duration_ns)];
    ++count_;
    max_ns_ = std::max(max_ns_, duration_ns);
  }
  void Clear() noexcept { *this = Histogram(); }
  uint64_t count() const noexcept { return count_; }
  uint64_t max_ns() const noexcept { return max_ns_; }
  /// The smallest bucket bound that `fraction` (0..1) of all durations do not exceed; 0 without any.
  uint64_t PercentileNs(double fraction) const noexcept {
    const auto wanted = static_cast<uint64_t>(fraction * static_cast<double>(count_));
    uint64_t seen = 0;
    for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      seen += buckets_[bucket];
      if (seen > wanted) return std::min(UpperBoundOf(bucket), max_ns_);
    }
    return max_ns_;
  }

 private:
  static constexpr int kSubBits = 5;
  static size_t BucketOf(uint64_t value) noexcept {
    const int octave = std::max(0, static_cast<int>(std::bit_width(value)) - kSubBits - 1);
    return (static_cast<size_t>(octave) << kSubBits) + static_cast<size_t>(value >> octave);
  }
  static uint64_t UpperBoundOf(size_t bucket) noexcept {
    if (bucket < (2u << kSubBits)) return bucket;
    const size_t octave = (bucket >> kSubBits) - 1;
    const uint64_t mantissa = bucket - (octave << kSubBits);
    return ((mantissa + 1) << octave) - 1;
  }

  std::array<uint64_t, 61 << kSubBits> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ns_ = 0;
};

}  // namespace dittofs::bench
