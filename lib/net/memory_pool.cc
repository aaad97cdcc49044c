#include "net/memory_pool.h"

#include <new>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace dittofs::net {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kMaxKeptPieces = 256;

}  // namespace

namespace {
class Piece;
}  // namespace

/// The unused pieces, latest last.
class MemoryPool::Shelf {
 public:
  explicit Shelf(uint64_t max_kept_bytes) : max_kept_bytes_(max_kept_bytes) { pieces_.reserve(kMaxKeptPieces); }
  ~Shelf() { Empty(); }

  Piece* Find(size_t size_bytes) EXCLUDES(mutex_);
  /// False: full, the piece is still the caller's.
  bool Keep(Piece* piece) noexcept EXCLUDES(mutex_);
  /// Gives everything back, and keeps nothing from now on.
  void Empty() noexcept EXCLUDES(mutex_);
  uint64_t kept_bytes() const noexcept EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    return kept_bytes_;
  }

 private:
  mutable base::Mutex mutex_;  // rank: leaf
  uint64_t max_kept_bytes_ GUARDED_BY(mutex_);
  uint64_t kept_bytes_ GUARDED_BY(mutex_) = 0;
  std::vector<Piece*> pieces_ GUARDED_BY(mutex_);
};

namespace {

/// Header and bytes in one allocation.
class Piece final : public BufferOwner {
 public:
  static Piece* Make(size_t capacity_bytes) {
    void* memory = ::operator new(kHeaderBytes + capacity_bytes);
    return new (memory) Piece(capacity_bytes);
  }
  static void Free(Piece* piece) noexcept {
    piece->~Piece();
    ::operator delete(static_cast<void*>(piece));
  }
  size_t capacity_bytes() const noexcept { return capacity_bytes_; }
  std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(this) + kHeaderBytes; }
  void set_home(std::shared_ptr<MemoryPool::Shelf> home) noexcept { home_ = std::move(home); }

 private:
  static constexpr size_t kHeaderBytes = 64;
  explicit Piece(size_t capacity_bytes) noexcept : capacity_bytes_(capacity_bytes) {}
  void Destroy() noexcept override {
    const std::shared_ptr<MemoryPool::Shelf> home = std::move(home_);
    if (!home->Keep(this)) Free(this);
  }

  const size_t capacity_bytes_;
  std::shared_ptr<MemoryPool::Shelf> home_;
};

}  // namespace

Piece* MemoryPool::Shelf::Find(size_t size_bytes) {
  base::MutexLock lock(mutex_);
  for (size_t i = pieces_.size(); i-- > 0;) {
    const size_t capacity_bytes = pieces_[i]->capacity_bytes();
    // What holds it long must not waste much of it.
    if (capacity_bytes < size_bytes || capacity_bytes > size_bytes + size_bytes / 8 + kPageBytes) continue;
    Piece* piece = pieces_[i];
    pieces_[i] = pieces_.back();
    pieces_.pop_back();
    kept_bytes_ -= capacity_bytes;
    return piece;
  }
  return nullptr;
}

bool MemoryPool::Shelf::Keep(Piece* piece) noexcept {
  base::MutexLock lock(mutex_);
  if (pieces_.size() == kMaxKeptPieces || piece->capacity_bytes() > max_kept_bytes_ - kept_bytes_) return false;
  kept_bytes_ += piece->capacity_bytes();
  pieces_.push_back(piece);
  return true;
}

void MemoryPool::Shelf::Empty() noexcept {
  base::MutexLock lock(mutex_);
  for (Piece* piece : pieces_) Piece::Free(piece);
  pieces_.clear();
  kept_bytes_ = 0;
  max_kept_bytes_ = 0;
}

MemoryPool::MemoryPool(uint64_t max_kept_bytes) : shelf_(std::make_shared<Shelf>(max_kept_bytes)) {}
MemoryPool::~MemoryPool() {
  shelf_->Empty();
}

Buffer MemoryPool::Take(size_t size_bytes, std::byte** writable) {
  Piece* piece = shelf_->Find(size_bytes);
  if (piece != nullptr) {
    piece->AddReference();  // it came here with its last one
  } else {
    piece = Piece::Make((size_bytes + kPageBytes - 1) / kPageBytes * kPageBytes);
  }
  piece->set_home(shelf_);
  *writable = piece->bytes();
  return Buffer::Adopt(piece, {piece->bytes(), size_bytes});
}

uint64_t MemoryPool::kept_bytes() const noexcept {
  return shelf_->kept_bytes();
}

}  // namespace dittofs::net
