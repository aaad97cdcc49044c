#include "nfs3/procedures.h"

namespace dittofs::nfs3 {

// RFC 1813 §3.3.1.
nfsstat3 GETATTR::Run(Request& request, const Args&, Ok& ok, Fail&) {
  Attributes attributes;
  const Status status = request.files().GetAttributes(request.context(), request.file(), kFattr3Mask, attributes);
  if (!status.ok()) return ToStatus(status.code());
  ToFattr3(request.share_id(), attributes, ok.obj_attributes);
  return NFS3_OK;
}

// RFC 1813 §3.3.2.
nfsstat3 SETATTR::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  AttributeChanges changes;
  if (!FromSattr3(args.new_attributes, changes)) return NFS3ERR_INVAL;
  if (args.guard) changes.expected_ctime = FromTime(*args.guard);
  SetAttributesReply reply;
  const Status status = request.files().SetAttributes(request.context(), request.file(), changes, reply);
  request.Convert(reply.file, status.ok() ? ok.obj_wcc : fail.obj_wcc);
  return ToStatus(status.code());
}

}  // namespace dittofs::nfs3
