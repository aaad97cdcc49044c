#include <algorithm>

#include "base/bytes.h"
#include "nfs3/procedures.h"

namespace dittofs::nfs3 {
namespace {

static_assert(static_cast<uint32_t>(Stability::kUnstable) == static_cast<uint32_t>(stable_how::UNSTABLE) &&
              static_cast<uint32_t>(Stability::kDataSync) == static_cast<uint32_t>(stable_how::DATA_SYNC) &&
              static_cast<uint32_t>(Stability::kFileSync) == static_cast<uint32_t>(stable_how::FILE_SYNC));

/// The first `size_bytes` of the call's data: kept without a copy where the record has memory of its own.
Buffer ContentOf(const onc_rpc::Call& call, const xdr::Opaque<>& data, size_t size_bytes) {
  if (!call.record.owned()) return Buffer::Borrow(data.bytes.first(size_bytes));
  return call.record.Slice(static_cast<size_t>(data.bytes.data() - call.record.data()), size_bytes);
}

void ToVerifier(Verifier from, writeverf3& to) {
  base::StoreBigEndian(to.data(), from.value);
}

}  // namespace

// RFC 1813 §3.3.7.
nfsstat3 WRITE::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  if (args.count != args.data.bytes.size()) return NFS3ERR_INVAL;
  const uint32_t count = std::min(args.count, request.limits().max_write_bytes);
  if (!base::InRange(args.offset, count, request.files().traits().max_file_size_bytes)) return NFS3ERR_FBIG;
  WriteRequest write{request.file(), args.offset, BufferChain(ContentOf(request.call(), args.data, count)),
                     static_cast<Stability>(args.stable)};
  WriteReply reply;
  const Status status = request.files().Write(request.context(), write, reply);
  request.Convert(reply.file, status.ok() ? ok.file_wcc : fail.file_wcc);
  ok.count = static_cast<count3>(reply.count_bytes);
  ok.committed = static_cast<stable_how>(reply.stability);
  ToVerifier(reply.verifier, ok.verf);
  return ToStatus(status.code());
}

// RFC 1813 §3.3.21.
nfsstat3 COMMIT::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  // A range that wraps ends with the file, as a count of 0 does.
  const uint64_t length = args.offset > UINT64_MAX - args.count ? 0 : args.count;
  CommitReply reply;
  const Status status = request.files().Commit(request.context(), request.file(), args.offset, length, reply);
  request.Convert(reply.file, status.ok() ? ok.file_wcc : fail.file_wcc);
  ToVerifier(reply.verifier, ok.verf);
  return ToStatus(status.code());
}

}  // namespace dittofs::nfs3
