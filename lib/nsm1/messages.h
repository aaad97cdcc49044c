#pragma once

#include <cstdint>

#include "xdr/fields.h"

// The messages of the Network Status Monitor, version 1, spelled as The Open Group's XNFS (C702 chapter 11) spells
// them.
namespace dittofs::nsm1 {

inline constexpr uint32_t kProgram = 100024;
inline constexpr uint32_t kVersion = 1;
inline constexpr size_t SM_MAXSTRLEN = 1024;

using sm_string = xdr::String<SM_MAXSTRLEN>;

struct sm_name {
  sm_string mon_name;
  static constexpr auto kFields = xdr::Fields(&sm_name::mon_name);
};
struct my_id {
  sm_string my_name;
  uint32_t my_prog = 0;
  uint32_t my_vers = 0;
  uint32_t my_proc = 0;
  static constexpr auto kFields = xdr::Fields(&my_id::my_name, &my_id::my_prog, &my_id::my_vers, &my_id::my_proc);
};
struct mon_id {
  sm_string mon_name;
  my_id id;
  static constexpr auto kFields = xdr::Fields(&mon_id::mon_name, &mon_id::id);
};
struct mon {
  mon_id id;
  xdr::FixedOpaque<16> priv{};
  static constexpr auto kFields = xdr::Fields(&mon::id, &mon::priv);
};
struct stat_chge {
  sm_string mon_name;
  uint32_t state = 0;
  static constexpr auto kFields = xdr::Fields(&stat_chge::mon_name, &stat_chge::state);
};

enum class sm_res : uint32_t { stat_succ = 0, stat_fail = 1 };
struct sm_stat_res {
  sm_res res_stat{};
  uint32_t state = 0;
  static constexpr auto kFields = xdr::Fields(&sm_stat_res::res_stat, &sm_stat_res::state);
};
struct sm_stat {
  uint32_t state = 0;
  static constexpr auto kFields = xdr::Fields(&sm_stat::state);
};

}  // namespace dittofs::nsm1
