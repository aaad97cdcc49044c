#include "base/bytes.h"
#include "nfs3/procedures.h"

namespace dittofs::nfs3 {
namespace {

/// Fills the answer that CREATE, MKDIR, SYMLINK and MKNOD have in common.
nfsstat3 Answer(Request& request, const Status& status, const Attributes& file, const ChangePair& directory,
                CREATE3resok& ok, CREATE3resfail& fail) {
  request.Convert(directory, status.ok() ? ok.dir_wcc : fail.dir_wcc);
  if (!status.ok()) return ToStatus(status.code());
  if (file.number) ok.obj = request.Handle(file.number);
  request.Convert(file, ok.obj_attributes);
  return NFS3_OK;
}

/// False if the attributes can't be.
bool ToCreateRequest(const createhow3& how, CreateRequest& create) {
  switch (how.mode) {
    case createmode3::UNCHECKED:
      create.disposition = how.obj_attributes.size ? CreateDisposition::kOverwriteIf : CreateDisposition::kOpenIf;
      return FromSattr3(how.obj_attributes, create.initial);
    case createmode3::GUARDED:
      create.disposition = CreateDisposition::kMustCreate;
      return FromSattr3(how.obj_attributes, create.initial);
    case createmode3::EXCLUSIVE:
      create.disposition = CreateDisposition::kExclusive;
      create.verifier.value = base::LoadBigEndian<uint64_t>(how.verf.data());
      return true;
  }
  return false;
}

}  // namespace

// RFC 1813 §3.3.8.
nfsstat3 CREATE::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  const std::string_view name = args.where.name.text;
  if (const nfsstat3 checked = request.CheckEntryName(name, NFS3ERR_EXIST); checked != NFS3_OK) return checked;
  CreateRequest create{request.file(), name};
  if (!ToCreateRequest(args.how, create)) return NFS3ERR_INVAL;
  CreateReply reply;
  const Status status = request.files().Create(request.context(), create, reply);
  return Answer(request, status, reply.file, reply.directory, ok, fail);
}

// RFC 1813 §3.3.9.
nfsstat3 MKDIR::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  const std::string_view name = args.where.name.text;
  if (const nfsstat3 checked = request.CheckEntryName(name, NFS3ERR_EXIST); checked != NFS3_OK) return checked;
  AttributeChanges initial;
  if (!FromSattr3(args.attributes, initial)) return NFS3ERR_INVAL;
  MakeReply reply;
  const Status status = request.files().MakeDirectory(request.context(), request.file(), name, initial, reply);
  return Answer(request, status, reply.file, reply.directory, ok, fail);
}

// RFC 1813 §3.3.10.
nfsstat3 SYMLINK::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  const std::string_view name = args.where.name.text;
  const std::string_view target = args.symlink.symlink_data.text;
  if (const nfsstat3 checked = request.CheckEntryName(name, NFS3ERR_EXIST); checked != NFS3_OK) return checked;
  if (target.size() > kMaxPathBytes) return NFS3ERR_NAMETOOLONG;
  if (target.empty() || target.find('\0') != std::string_view::npos) return NFS3ERR_ACCES;
  AttributeChanges initial;
  if (!FromSattr3(args.symlink.symlink_attributes, initial)) return NFS3ERR_INVAL;
  MakeReply reply;
  const Status status = request.files().MakeSymlink(request.context(), request.file(), name, target, initial, reply);
  return Answer(request, status, reply.file, reply.directory, ok, fail);
}

// RFC 1813 §3.3.11.
nfsstat3 MKNOD::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  const std::string_view name = args.where.name.text;
  if (const nfsstat3 checked = request.CheckEntryName(name, NFS3ERR_EXIST); checked != NFS3_OK) return checked;
  FileType type;
  const sattr3* attributes = &args.what.pipe_attributes;
  switch (args.what.type) {
    case ftype3::NF3CHR:
    case ftype3::NF3BLK:
      type = args.what.type == ftype3::NF3CHR ? FileType::kCharacterDevice : FileType::kBlockDevice;
      attributes = &args.what.device.dev_attributes;
      break;
    case ftype3::NF3SOCK:
      type = FileType::kSocket;
      break;
    case ftype3::NF3FIFO:
      type = FileType::kFifo;
      break;
    default:
      return NFS3ERR_BADTYPE;
  }
  const DeviceNumber device{args.what.device.spec.specdata1, args.what.device.spec.specdata2};
  AttributeChanges initial;
  if (!FromSattr3(*attributes, initial)) return NFS3ERR_INVAL;
  MakeReply reply;
  const Status status = request.files().MakeNode(request.context(), request.file(), name, type, device, initial, reply);
  return Answer(request, status, reply.file, reply.directory, ok, fail);
}

}  // namespace dittofs::nfs3
