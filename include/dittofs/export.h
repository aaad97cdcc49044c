#pragma once

/// DITTOFS_EXPORT marks what libdittofs exports; everything else in the shared library is hidden.
#if defined(__GNUC__)
#define DITTOFS_EXPORT __attribute__((visibility("default")))
#else
#define DITTOFS_EXPORT
#endif
