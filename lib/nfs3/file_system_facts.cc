#include "nfs3/procedures.h"

namespace dittofs::nfs3 {
namespace {

/// A size that clients' transfers should be a multiple of.
constexpr uint32_t kTransferMultipleBytes = 4096;

nfsstat3 GetObjectAttributes(Request& request, post_op_attr& ok, post_op_attr& fail) {
  Attributes attributes;
  const Status status = request.files().GetAttributes(request.context(), request.file(), kFattr3Mask, attributes);
  request.Convert(attributes, status.ok() ? ok : fail);
  return ToStatus(status.code());
}

}  // namespace

// RFC 1813 §3.3.18.
nfsstat3 FSSTAT::Run(Request& request, const Args&, Ok& ok, Fail& fail) {
  FileSystemStatistics statistics;
  const Status status = request.files().GetStatistics(request.context(), statistics);
  // A file system that does not count answers zeros: "unknown" has no word here, and failing would break df.
  if (status == ErrorCode::kNotSupported || status == ErrorCode::kReadOnly) {
    return GetObjectAttributes(request, ok.obj_attributes, fail.obj_attributes);
  }
  // The root's attributes are those of the object only if it is the root; else none are given.
  const bool is_root = request.file() == statistics.root.number;
  if (is_root) request.Convert(statistics.root, status.ok() ? ok.obj_attributes : fail.obj_attributes);
  ok.tbytes = statistics.total_bytes;
  ok.fbytes = statistics.free_bytes;
  ok.abytes = statistics.available_bytes;
  ok.tfiles = statistics.total_files;
  ok.ffiles = statistics.free_files;
  ok.afiles = statistics.available_files;
  return ToStatus(status.code());
}

// RFC 1813 §3.3.19.
nfsstat3 FSINFO::Run(Request& request, const Args&, Ok& ok, Fail& fail) {
  const Limits& limits = request.limits();
  const FileSystemTraits& traits = request.files().traits();
  ok.rtmax = ok.rtpref = limits.max_read_bytes;
  ok.wtmax = ok.wtpref = limits.max_write_bytes;
  ok.rtmult = ok.wtmult = kTransferMultipleBytes;
  ok.dtpref = limits.max_directory_bytes;
  ok.maxfilesize = traits.max_file_size_bytes;
  ok.time_delta = ToTime(traits.time_granularity);
  ok.properties = FSF3_HOMOGENEOUS | FSF3_CANSETTIME;
  if (traits.hard_links) ok.properties |= FSF3_LINK;
  if (traits.symlinks) ok.properties |= FSF3_SYMLINK;
  return GetObjectAttributes(request, ok.obj_attributes, fail.obj_attributes);
}

// RFC 1813 §3.3.20.
nfsstat3 PATHCONF::Run(Request& request, const Args&, Ok& ok, Fail& fail) {
  const FileSystemTraits& traits = request.files().traits();
  ok.linkmax = traits.max_link_count;
  ok.name_max = traits.max_name_bytes;
  ok.no_trunc = true;
  ok.chown_restricted = true;
  ok.case_insensitive = traits.case_insensitive;
  ok.case_preserving = traits.case_preserving;
  return GetObjectAttributes(request, ok.obj_attributes, fail.obj_attributes);
}

}  // namespace dittofs::nfs3
