#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dittofs/file_system.h"
#include "dittofs/testing/report.h"

namespace dittofs::testing {

/// Where one file system lives during one case. If it can be written to, it is empty when the place is made and its
/// root belongs to uid 0 with mode 0755; otherwise it may hold anything.
class FileSystemPlace {
 public:
  virtual ~FileSystemPlace() = default;
  /// Opens it; again after Close(). The file system is valid until then.
  virtual Result<FileSystem*> Open() = 0;
  virtual void Close() {}
  /// Whether names and committed content are there when it is opened again.
  virtual bool keeps_files() const { return false; }
};
/// Makes a fresh place. Called once or more per case.
using FileSystemFactory = std::function<std::unique_ptr<FileSystemPlace>()>;

/// What the contract in dittofs/file_system.h demands of every file system, one behaviour per case. What applies is
/// chosen by its traits; an optional operation that answers kNotSupported skips its cases. Hand in the file system as
/// clients will see it: with EnforcePosixPermissions() and SupplyCookies() if it has neither itself.
std::vector<SuiteCase> FileSystemCases(const FileSystemFactory& factory);

/// Runs them all.
SuiteReport RunFileSystemSuite(const FileSystemFactory& factory,
                               const std::function<void(const CaseResult&)>& reporter = {});

}  // namespace dittofs::testing
