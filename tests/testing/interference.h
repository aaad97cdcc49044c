#pragma once

#include <chrono>
#include <functional>
#include <future>

#include "metadata_store_subject.h"

namespace dittofs::testing {

/// Another thread's commit in the middle of a transaction, in its first run only. A store that locks what it reads lets
/// the other wait: then it comes afterwards, which is as good an order.
class Interference {
 public:
  Interference(Subject& subject, std::function<Status(MetadataTransaction&)> fn)
      : subject_(subject), fn_(std::move(fn)) {}
  ~Interference() {
    if (other_.valid()) other_.wait();
  }
  void operator()() {
    ++runs_;
    if (runs_ != 1) return;
    other_ = std::async(std::launch::async, [this] {
      return subject_.TryCommit([this](MetadataTransaction& transaction) { return fn_(transaction); });
    });
    came_between_ = other_.wait_for(std::chrono::seconds(1)) == std::future_status::ready;
  }
  /// Waits for the other; its commit must have succeeded.
  void Finish() {
    Expect(other_.valid(), "the transaction did not run");
    ExpectOk(other_.get(), "the other thread's Update");
  }
  int runs() const noexcept { return runs_; }
  bool came_between() const noexcept { return came_between_; }

 private:
  Subject& subject_;
  std::function<Status(MetadataTransaction&)> fn_;
  std::future<Status> other_;
  int runs_ = 0;
  bool came_between_ = false;
};

/// Adds `bytes` to the size of a file.
inline Status Grow(MetadataTransaction& transaction, FileNumber number, uint64_t bytes) {
  InodeRecord inode;
  DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(number, inode));
  inode.size_bytes += bytes;
  transaction.PutInode(inode);
  return {};
}

}  // namespace dittofs::testing
