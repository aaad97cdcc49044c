#pragma once

#include "config/dittofs.pb.h"
#include "dittofs/nfs.h"
#include "dittofs/runtime.h"

namespace dittofs::server {

// The configuration's messages as the library's options. Pure.

LogLevel LevelOf(const config::Log& log);
LogFormat FormatOf(const config::Log& log);
ShareOptions ShareOptionsOf(const config::Share& share);
StoredShareOptions StoredShareOptionsOf(const config::Share& share);
NfsOptions NfsOptionsOf(const config::Nfs& nfs);

}  // namespace dittofs::server
