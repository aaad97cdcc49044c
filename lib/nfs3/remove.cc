#include "nfs3/procedures.h"

namespace dittofs::nfs3 {
namespace {

nfsstat3 Remove(Request& request, std::string_view name, RemoveKind kind, wcc_data& ok, wcc_data& fail) {
  const RemoveRequest remove{request.file(), name, kind, {}};
  RemoveReply reply;
  const Status status = request.files().Remove(request.context(), remove, reply);
  request.Convert(reply.directory, status.ok() ? ok : fail);
  return ToStatus(status.code());
}

}  // namespace

// RFC 1813 §3.3.12.
nfsstat3 REMOVE::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  const std::string_view name = args.object.name.text;
  if (const nfsstat3 checked = request.CheckEntryName(name, NFS3ERR_ISDIR); checked != NFS3_OK) return checked;
  return Remove(request, name, RemoveKind::kAnyButDirectory, ok.dir_wcc, fail.dir_wcc);
}

// RFC 1813 §3.3.13.
nfsstat3 RMDIR::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  const std::string_view name = args.object.name.text;
  const nfsstat3 for_dots = name == "." ? NFS3ERR_INVAL : NFS3ERR_EXIST;
  if (const nfsstat3 checked = request.CheckEntryName(name, for_dots); checked != NFS3_OK) return checked;
  return Remove(request, name, RemoveKind::kDirectory, ok.dir_wcc, fail.dir_wcc);
}

// RFC 1813 §3.3.14.
nfsstat3 RENAME::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  for (const std::string_view name : {args.from.name.text, args.to.name.text}) {
    if (const nfsstat3 checked = request.CheckEntryName(name, NFS3ERR_INVAL); checked != NFS3_OK) return checked;
  }
  RenameRequest rename{request.file(), args.from.name.text, {}, args.to.name.text};
  if (const nfsstat3 found = request.ResolveSecond(args.to.dir, &rename.to_directory); found != NFS3_OK) return found;
  RenameReply reply;
  const Status status = request.files().Rename(request.context(), rename, reply);
  request.Convert(reply.from_directory, status.ok() ? ok.fromdir_wcc : fail.fromdir_wcc);
  request.Convert(reply.to_directory, status.ok() ? ok.todir_wcc : fail.todir_wcc);
  return ToStatus(status.code());
}

// RFC 1813 §3.3.15.
nfsstat3 LINK::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  const std::string_view name = args.link.name.text;
  if (const nfsstat3 checked = request.CheckEntryName(name, NFS3ERR_EXIST); checked != NFS3_OK) return checked;
  FileNumber directory;
  if (const nfsstat3 found = request.ResolveSecond(args.link.dir, &directory); found != NFS3_OK) return found;
  LinkReply reply;
  const Status status = request.files().Link(request.context(), request.file(), directory, name, reply);
  request.Convert(reply.file, status.ok() ? ok.file_attributes : fail.file_attributes);
  request.Convert(reply.directory, status.ok() ? ok.linkdir_wcc : fail.linkdir_wcc);
  return ToStatus(status.code());
}

}  // namespace dittofs::nfs3
