#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "options.h"

namespace dittofs::bench {

/// Holds connections that have made one NULL call each and then stay silent. They live in processes of their own, so
/// that the limit of open files counts for the server only.
class IdleConnections {
 public:
  /// Opens them; returns when every call is answered. Throws std::runtime_error, e.g. if the server refuses some.
  IdleConnections(const Options& options, size_t count);
  ~IdleConnections() { Close(); }
  IdleConnections(const IdleConnections&) = delete;
  IdleConnections& operator=(const IdleConnections&) = delete;

  /// Closes all of them, and returns when that is done on this side.
  void Close();

 private:
  struct Holder {
    int process;
    int alive;  // the write end of a pipe: the process ends when it is closed
  };
  std::vector<Holder> holders_;
};

}  // namespace dittofs::bench
