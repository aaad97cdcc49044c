#pragma once

#include "dittofs/status.h"

namespace dittofs::server {

/// Takes the process into the background while its caller waits for news: what the server prints until Detach() still
/// reaches the caller, and the caller's exit status is the one told here.
class Background {
 public:
  /// Forks twice. Returns in the server only; the caller waits for Finish() or Detach() and exits. Before any thread.
  static Result<Background> Enter();
  ~Background();
  Background(Background&& other) noexcept;
  Background& operator=(Background&&) = delete;

  /// The server is ready: standard output and error go to `log_descriptor` from now on, and the caller exits with 0.
  Status Detach(int log_descriptor);
  /// It is not going to be: the caller exits with `exit_status`.
  void Finish(int exit_status) noexcept;

 private:
  explicit Background(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace dittofs::server
