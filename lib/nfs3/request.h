#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "dittofs/file_system.h"
#include "dittofs/runtime.h"
#include "nfs3/convert.h"
#include "nfs3/status.h"
#include "onc_rpc/program.h"

namespace dittofs::nfs3 {

/// Sizes that FSINFO announces and the procedures keep.
struct Limits {
  uint32_t max_read_bytes = 1u << 20;   ///< rtmax; longer READs are answered short.
  uint32_t max_write_bytes = 1u << 20;  ///< wtmax; longer WRITEs are done in part.
  /// dtpref, and the largest page of a directory: longer requests get this much.
  uint32_t max_directory_bytes = 64u << 10;
};

/// What a procedure does, for admission.
enum class Role : uint8_t {
  kQuery,   ///< About the file system: also where AUTH_NONE may not read (RFC 2623 §2.3.2).
  kRead,    ///< Reads.
  kChange,  ///< Changes something: never for AUTH_NONE, never for read-only clients.
};

/// One NFS call on its way: who asks, for which file of which share, and what answers borrow until they are written.
/// Thread-bound.
class Request {
 public:
  Request(const Runtime& runtime, const Limits& limits, const onc_rpc::Call& call, xdr::Writer& reply) noexcept
      : runtime_(runtime), limits_(limits), call_(call), reply_(reply) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  /// Finds the file that `handle` means and decides whether this client may do `role` there. Everything below is valid
  /// after NFS3_OK only.
  nfsstat3 Admit(const nfs_fh3& handle, Role role) noexcept;
  /// Finds the second file of a call that names two. NFS3ERR_XDEV if it lies in another share.
  nfsstat3 ResolveSecond(const nfs_fh3& handle, FileNumber* file) const noexcept;

  const Limits& limits() const noexcept { return limits_; }
  const onc_rpc::Call& call() const noexcept { return call_; }
  /// For results that are written in place, ahead of what precedes them on the wire.
  xdr::Writer& reply() const noexcept { return reply_; }
  FileSystem& files() const noexcept { return *files_; }
  FileNumber file() const noexcept { return file_; }
  const CallContext& context() const noexcept { return context_; }
  ShareId share_id() const noexcept { return share_->id(); }
  /// The client or the file system takes no changes.
  bool read_only() const noexcept { return decision_.read_only || files_->traits().read_only; }

  /// Whether `name` may name a directory entry; `for_dots` answers "." and "..". RFC 1813 §3.2.
  nfsstat3 CheckEntryName(std::string_view name, nfsstat3 for_dots) const noexcept;

  FileHandle MakeHandle(FileNumber file) const noexcept { return runtime_.MakeHandle(share_->id(), file); }
  /// A handle for the one object of an answer; lies in this request.
  nfs_fh3 Handle(FileNumber file) noexcept {
    handle_ = MakeHandle(file);
    return {std::as_bytes(handle_.bytes())};
  }
  /// Room for a text that an answer borrows.
  std::string& text() noexcept { return text_; }

  void Convert(const Attributes& from, post_op_attr& to) const noexcept { ToPostOpAttr(share_->id(), from, to); }
  void Convert(const ChangePair& from, wcc_data& to) const noexcept { ToWccData(share_->id(), from, to); }

 private:
  /// Supplementary groups of AUTH_SYS (RFC 5531 appendix A).
  static constexpr size_t kMaxGroups = 16;

  const Runtime& runtime_;
  const Limits& limits_;
  const onc_rpc::Call& call_;
  xdr::Writer& reply_;
  Share* share_ = nullptr;
  FileSystem* files_ = nullptr;
  FileNumber file_;
  ClientDecision decision_;
  CallContext context_;
  FileHandle handle_;
  std::string text_;
  std::array<uint32_t, kMaxGroups> groups_;
};

}  // namespace dittofs::nfs3
