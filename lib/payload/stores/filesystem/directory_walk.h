#pragma once

#include <string_view>

#include "dittofs/function_ref.h"
#include "dittofs/status.h"

namespace dittofs {

/// Gives every name in the folder (a descriptor of its own is opened) except "." and "..", with its d_type, until
/// `visit` answers false. kNotFound if the folder was removed meanwhile.
Status ForEachName(int folder, FunctionRef<bool(std::string_view name, unsigned char type)> visit);

}  // namespace dittofs
