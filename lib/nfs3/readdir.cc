#include <algorithm>
#include <optional>
#include <span>
#include <type_traits>

#include "nfs3/procedures.h"

namespace dittofs::nfs3 {
namespace {

// The file systems give no "." and ".."; these are their cookies in every directory (<dittofs/ids.h>).
constexpr cookie3 kSelfCookie = 1;
constexpr cookie3 kParentCookie = 2;

/// Of a resok: what precedes the entries (status excluded), and the end of the list with eof.
constexpr size_t kBytesBeforeEntries = (4 + kFattr3Bytes) + NFS3_COOKIEVERFSIZE;
constexpr size_t kBytesAfterEntries = 4 + 4;
constexpr size_t kStatusBytes = 4;

/// About what an entry takes, for read-ahead.
template <typename Entry>
constexpr uint32_t kUsualEntryBytes = std::is_same_v<Entry, entryplus3> ? 200 : 40;

/// Writes entries to the place in the reply where they will stay, until either bound is reached.
template <typename Entry>
class EntryWriter final : public DirectorySink {
 public:
  /// `names_bytes` bounds what a READDIR of the same entries would take (dircount, RFC 1813 §3.3.17).
  EntryWriter(const Request& request, std::span<std::byte> room, size_t names_bytes) noexcept
      : request_(request),
        share_(request.share_id()),
        begin_(room.data()),
        at_(room.data()),
        limit_(room.data() + room.size()),
        names_bytes_left_(names_bytes) {}

  /// "." and "..", as far as they come after `cookie`. The parent is known after the listing: see SetParent().
  void AddDots(cookie3 cookie) {
    if (cookie < kSelfCookie) Put(Dot(kSelfCookie, request_.file()));
    if (cookie < kParentCookie) {
      std::byte* const at = at_;
      if (Put(Dot(kParentCookie, request_.file()))) parent_at_ = at;
    }
  }
  bool wants_parent() const noexcept { return parent_at_ != nullptr; }
  void SetParent(FileNumber parent) noexcept { PutAt(parent_at_, Dot(kParentCookie, parent)); }

  bool Add(const DirectoryEntry& from) override {
    Entry entry;
    entry.fileid = from.number.value;
    entry.name.text = from.name;
    entry.cookie = from.cookie.value;
    if constexpr (std::is_same_v<Entry, entryplus3>) {
      if (from.attributes != nullptr) ToPostOpAttr(share_, *from.attributes, entry.name_attributes);
      const FileHandle handle = request_.MakeHandle(from.number);
      entry.name_handle = nfs_fh3{std::as_bytes(handle.bytes())};
      return Put(entry);
    } else {
      return Put(entry);
    }
  }

  bool full() const noexcept { return full_; }
  size_t count() const noexcept { return count_; }
  std::span<const std::byte> written() const noexcept { return {begin_, at_}; }

 private:
  static Entry Dot(cookie3 cookie, FileNumber number) noexcept {
    Entry entry;
    entry.fileid = number.value;
    entry.name.text = cookie == kSelfCookie ? "." : "..";
    entry.cookie = cookie;
    return entry;
  }
  bool Put(const Entry& entry) noexcept {
    const size_t names_bytes = 4 + 8 + xdr::SizeOf(entry.name) + 8;
    if (full_ || names_bytes > names_bytes_left_ || 4 + xdr::SizeOf(entry) > static_cast<size_t>(limit_ - at_)) {
      full_ = true;
      return false;
    }
    names_bytes_left_ -= names_bytes;
    at_ = PutAt(at_, entry);
    ++count_;
    return true;
  }
  static std::byte* PutAt(std::byte* at, const Entry& entry) noexcept { return xdr::Put(xdr::Put(at, true), entry); }

  const Request& request_;
  const ShareId share_;
  std::byte* const begin_;
  std::byte* at_;
  std::byte* const limit_;
  std::byte* parent_at_ = nullptr;  ///< Where the entry ".." lies.
  size_t names_bytes_left_;
  size_t count_ = 0;
  bool full_ = false;
};

/// READDIR and READDIRPLUS differ in their entries only. `max_bytes` bounds the resok.
template <typename Entry, typename Args, typename Ok>
nfsstat3 List(Request& request, const Args& args, size_t max_bytes, size_t names_bytes, Ok& ok,
              post_op_attr& fail_attributes) {
  // Cookies last as long as their entries, so listings need no verifier: ours is 0. Another one came from elsewhere.
  if (args.cookie != 0 && args.cookieverf != cookieverf3{}) return NFS3ERR_BAD_COOKIE;
  constexpr size_t kFixedBytes = kBytesBeforeEntries + kBytesAfterEntries;
  if (max_bytes < kFixedBytes) return NFS3ERR_TOOSMALL;
  const size_t room_bytes = std::min<size_t>(max_bytes, request.limits().max_directory_bytes) - kFixedBytes;
  const std::span<std::byte> room = request.reply()
                                        .Peek(kStatusBytes + kFixedBytes + room_bytes)
                                        .subspan(kStatusBytes + kBytesBeforeEntries, room_bytes);

  EntryWriter<Entry> entries(request, room, names_bytes);
  entries.AddDots(args.cookie);
  ReadDirectoryRequest listing;
  listing.after.value = args.cookie <= kParentCookie ? 0 : args.cookie;
  if (std::is_same_v<Entry, entryplus3>) listing.entry_attributes = kFattr3Mask;
  listing.expected_entries = static_cast<uint32_t>(room_bytes / kUsualEntryBytes<Entry>);
  ReadDirectoryReply reply;
  const Status status = request.files().ReadDirectory(request.context(), request.file(), listing, entries, reply);
  if (!status.ok()) {
    request.Convert(reply.directory, fail_attributes);
    return ToStatus(status.code());
  }
  if (entries.wants_parent()) {
    if (!reply.parent) {
      LookupReply parent;
      if (request.files().Lookup(request.context(), request.file(), "..", AttributeMask::kIdentity, parent).ok()) {
        reply.parent = parent.file.number;
      }
    }
    if (reply.parent) entries.SetParent(reply.parent);
  }
  if (entries.count() == 0 && entries.full()) {
    request.Convert(reply.directory, fail_attributes);
    return NFS3ERR_TOOSMALL;
  }
  request.Convert(reply.directory, ok.dir_attributes);
  ok.reply.entries = xdr::List<Entry>::Encoded(entries.written(), entries.count());
  ok.reply.eof = reply.end && !entries.full();
  return NFS3_OK;
}

}  // namespace

// RFC 1813 §3.3.16.
nfsstat3 READDIR::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  return List<entry3>(request, args, args.count, args.count, ok, fail.dir_attributes);
}

// RFC 1813 §3.3.17.
nfsstat3 READDIRPLUS::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  return List<entryplus3>(request, args, args.maxcount, args.dircount, ok, fail.dir_attributes);
}

}  // namespace dittofs::nfs3
