#include "wire.h"

namespace dittofs::bench {

std::vector<std::byte> MakeCallHead(uint32_t program, uint32_t procedure, const Caller& caller) {
  std::vector<std::byte> head(128);
  Encoder encoder(head.data());
  encoder.U32(0);  // record mark
  encoder.U32(0);  // xid
  encoder.U32(0);  // CALL
  encoder.U32(2);  // RPC version
  encoder.U32(program);
  encoder.U32(3);  // NFS and MOUNT are both at version 3
  encoder.U32(procedure);
  if (procedure == kNull) {
    encoder.U32(0);  // AUTH_NONE: what clients ping with
    encoder.U32(0);
  } else {
    std::array<std::byte, 64> credential;
    Encoder body(credential.data());  // AUTH_SYS (RFC 5531 appendix A)
    body.U32(0);
    body.Text("bench");
    body.U32(caller.uid);
    body.U32(caller.gid);
    body.U32(0);
    encoder.U32(1);
    encoder.Opaque(std::span(credential).first(body.size()));
  }
  encoder.U32(0);  // verifier: AUTH_NONE
  encoder.U32(0);
  head.resize(encoder.size());
  return head;
}

bool DecodeReplyHead(Decoder& reply, const char** why) noexcept {
  reply.Skip(4);  // xid
  const uint32_t message_type = reply.U32();
  const uint32_t reply_stat = reply.U32();
  if (!reply.ok() || message_type != 1) {
    *why = "not an RPC reply";
    return false;
  }
  if (reply_stat != 0) {
    *why = "call denied (RPC version or credential refused)";
    return false;
  }
  reply.Skip(4);      // verifier flavor
  reply.Opaque(400);  // RFC 5531 §8.2
  switch (reply.U32()) {
    case 0:
      if (reply.ok()) return true;
      *why = "reply ends within its header";
      return false;
    case 1:
      *why = "PROG_UNAVAIL";
      return false;
    case 2:
      *why = "PROG_MISMATCH";
      return false;
    case 3:
      *why = "PROC_UNAVAIL";
      return false;
    case 4:
      *why = "GARBAGE_ARGS";
      return false;
    default:
      *why = "SYSTEM_ERR";
      return false;
  }
}

std::string NfsStatusName(uint32_t status) {
  switch (status) {  // RFC 1813 §2.6
    case 0:
      return "NFS3_OK";
    case 1:
      return "NFS3ERR_PERM";
    case 2:
      return "NFS3ERR_NOENT";
    case 5:
      return "NFS3ERR_IO";
    case 13:
      return "NFS3ERR_ACCES";
    case 17:
      return "NFS3ERR_EXIST";
    case 20:
      return "NFS3ERR_NOTDIR";
    case 22:
      return "NFS3ERR_INVAL";
    case 27:
      return "NFS3ERR_FBIG";
    case 28:
      return "NFS3ERR_NOSPC";
    case 30:
      return "NFS3ERR_ROFS";
    case 70:
      return "NFS3ERR_STALE";
    case 10001:
      return "NFS3ERR_BADHANDLE";
    case 10003:
      return "NFS3ERR_BAD_COOKIE";
    case 10004:
      return "NFS3ERR_NOTSUPP";
    case 10005:
      return "NFS3ERR_TOOSMALL";
    case 10006:
      return "NFS3ERR_SERVERFAULT";
    case 10008:
      return "NFS3ERR_JUKEBOX";
    default:
      return "status " + std::to_string(status);
  }
}

}  // namespace dittofs::bench
