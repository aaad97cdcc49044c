#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

#include "mount3/messages.h"
#include "nfs3/messages.h"
#include "portmap2/messages.h"
#include "support/wire_buffer.h"

// Any bytes as any message of NFSv3, MOUNT and the port mapper: what decodes must encode, and encode to the same bytes
// when it is decoded again. The first byte chooses the message, in this order; seeds depend on it.
namespace {

using namespace dittofs;
using namespace dittofs::nfs3;
using namespace dittofs::mount3;
using namespace dittofs::portmap2;

using Messages =
    std::tuple<GETATTR3args, GETATTR3res, SETATTR3args, SETATTR3res, LOOKUP3args, LOOKUP3res, ACCESS3args, ACCESS3res,
               READLINK3args, READLINK3res, READ3args, READ3res, WRITE3args, WRITE3res, CREATE3args, CREATE3res,
               MKDIR3args, SYMLINK3args, MKNOD3args, REMOVE3args, REMOVE3res, RENAME3args, RENAME3res, LINK3args,
               LINK3res, READDIR3args, READDIR3res, READDIRPLUS3args, READDIRPLUS3res, FSSTAT3res, FSINFO3res,
               PATHCONF3res, COMMIT3args, COMMIT3res, MNT3args, mountres3, mountlist, exports, mapping, pmaplist, rpcb,
               rpcblist, rpcb_entry_list, uint_res, bool_res, string_res>;

template <typename Message>
void Check(std::span<const std::byte> bytes) {
  Message message;
  xdr::Reader reader(bytes);
  xdr::Decode(reader, message);
  if (!reader.Finished()) return;
  // Not always `bytes`: padding may hold anything when it is read, and is zero when it is written.
  const std::vector<std::byte> first = testing::Encoded(message);
  if (first.size() != bytes.size()) std::abort();
  Message again;
  xdr::Reader second(first);
  xdr::Decode(second, again);
  if (!second.Finished() || testing::Encoded(again) != first) std::abort();
}

template <typename... T>
void CheckNumber(std::type_identity<std::tuple<T...>>, size_t number, std::span<const std::byte> bytes) {
  size_t next = 0;
  ((next++ == number ? Check<T>(bytes) : void()), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  CheckNumber(std::type_identity<Messages>(), data[0] % std::tuple_size_v<Messages>,
              std::as_bytes(std::span(data, size).subspan(1)));
  return 0;
}
