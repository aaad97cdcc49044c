#include <algorithm>
#include <span>

#include "nfs3/procedures.h"

namespace dittofs::nfs3 {
namespace {

/// What precedes the data on the wire: status, attributes, count, eof and the data's length.
constexpr size_t kBytesBeforeData = 4 + (4 + kFattr3Bytes) + 4 + 4 + 4;
constexpr size_t kMaxPaddingBytes = 3;

/// Where the data of a READ will lie in the reply if it is small, so that it is read into place. A large read lends its
/// buffers instead; for it only room that is there anyway is offered (the file may turn out to be small).
std::span<std::byte> RoomForData(xdr::Writer& reply, uint32_t count) {
  constexpr size_t kOverhead = kBytesBeforeData + kMaxPaddingBytes;
  if (count > ReadContent::kLendThresholdBytes) {
    if (reply.room() <= kOverhead) return {};
    const size_t room = std::min(reply.room() - kOverhead, ReadContent::kLendThresholdBytes);
    return reply.Peek(kOverhead + room).subspan(kBytesBeforeData, room);
  }
  return reply.Peek(kOverhead + count).subspan(kBytesBeforeData, count);
}

}  // namespace

// RFC 1813 §3.3.6.
nfsstat3 READ::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  const uint32_t count = std::min(args.count, request.limits().max_read_bytes);
  ReadReply reply;
  reply.content = ReadContent(RoomForData(request.reply(), count));
  const Status status = request.files().Read(request.context(), request.file(), args.offset, count, reply);
  if (!status.ok()) {
    request.Convert(reply.file, fail.file_attributes);
    return ToStatus(status.code());
  }
  // More than was asked for would overrun the client's buffer.
  if (reply.content.size_bytes() > count) return NFS3ERR_SERVERFAULT;
  request.Convert(reply.file, ok.file_attributes);
  ok.count = static_cast<count3>(reply.content.size_bytes());
  ok.eof = reply.end_of_file;
  ok.data.chain = reply.content.chain();
  return NFS3_OK;
}

}  // namespace dittofs::nfs3
