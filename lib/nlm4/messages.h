#pragma once

#include <cstdint>

#include "xdr/fields.h"

// The messages of the Network Lock Manager, spelled as The Open Group's XNFS (C702 chapters 10 and 14) and RFC 1813
// appendix II spell them. Versions 1 to 3 have 32-bit offsets and lengths (nlm_…), version 4 has 64-bit ones (nlm4_…);
// everything else is the same, so both are one template.
namespace dittofs::nlm4 {

inline constexpr uint32_t kProgram = 100021;
inline constexpr uint32_t kLowestVersion = 1;
inline constexpr uint32_t kVersion = 4;

inline constexpr size_t LM_MAXSTRLEN = 1024;
inline constexpr size_t MAXNETOBJ_SZ = 1024;

using netobj = xdr::Opaque<MAXNETOBJ_SZ>;
using caller_name_t = xdr::String<LM_MAXSTRLEN>;

/// RFC 1813 §II.2.1. Versions 1 to 3 know the first five and NLM4_DEADLCK.
enum class nlm4_stats : uint32_t {
  NLM4_GRANTED = 0,
  NLM4_DENIED = 1,
  NLM4_DENIED_NOLOCKS = 2,
  NLM4_BLOCKED = 3,
  NLM4_DENIED_GRACE_PERIOD = 4,
  NLM4_DEADLCK = 5,
  NLM4_ROFS = 6,
  NLM4_STALE_FH = 7,
  NLM4_FBIG = 8,
  NLM4_FAILED = 9,
};

/// What an open denies to others, and what it does.
enum class fsh4_mode : uint32_t { fsm_DN = 0, fsm_DR = 1, fsm_DW = 2, fsm_DRW = 3 };
constexpr bool IsDefined(fsh4_mode mode) noexcept {
  return static_cast<uint32_t>(mode) <= 3;
}
enum class fsh4_access : uint32_t { fsa_NONE = 0, fsa_R = 1, fsa_W = 2, fsa_RW = 3 };
constexpr bool IsDefined(fsh4_access access) noexcept {
  return static_cast<uint32_t>(access) <= 3;
}

/// nlm_holder, nlm4_holder.
template <typename Offset>
struct holder_of {
  bool exclusive = false;
  uint32_t svid = 0;
  netobj oh;
  Offset l_offset = 0;
  Offset l_len = 0;
  static constexpr auto kFields =
      xdr::Fields(&holder_of::exclusive, &holder_of::svid, &holder_of::oh, &holder_of::l_offset, &holder_of::l_len);
};

/// nlm_lock, nlm4_lock.
template <typename Offset>
struct lock_of {
  caller_name_t caller_name;
  netobj fh;
  netobj oh;
  uint32_t svid = 0;
  Offset l_offset = 0;
  Offset l_len = 0;
  static constexpr auto kFields = xdr::Fields(&lock_of::caller_name, &lock_of::fh, &lock_of::oh, &lock_of::svid,
                                              &lock_of::l_offset, &lock_of::l_len);
};

/// nlm_testargs, nlm4_testargs: also of GRANTED.
template <typename Offset>
struct testargs_of {
  using offset_type = Offset;
  netobj cookie;
  bool exclusive = false;
  lock_of<Offset> alock;
  static constexpr auto kFields = xdr::Fields(&testargs_of::cookie, &testargs_of::exclusive, &testargs_of::alock);
};
template <typename Offset>
struct lockargs_of {
  using offset_type = Offset;
  netobj cookie;
  bool block = false;
  bool exclusive = false;
  lock_of<Offset> alock;
  bool reclaim = false;
  uint32_t state = 0;
  static constexpr auto kFields = xdr::Fields(&lockargs_of::cookie, &lockargs_of::block, &lockargs_of::exclusive,
                                              &lockargs_of::alock, &lockargs_of::reclaim, &lockargs_of::state);
};
template <typename Offset>
struct cancargs_of {
  using offset_type = Offset;
  netobj cookie;
  bool block = false;
  bool exclusive = false;
  lock_of<Offset> alock;
  static constexpr auto kFields =
      xdr::Fields(&cancargs_of::cookie, &cancargs_of::block, &cancargs_of::exclusive, &cancargs_of::alock);
};
template <typename Offset>
struct unlockargs_of {
  using offset_type = Offset;
  netobj cookie;
  lock_of<Offset> alock;
  static constexpr auto kFields = xdr::Fields(&unlockargs_of::cookie, &unlockargs_of::alock);
};

/// nlm_testrply, nlm4_testrply.
template <typename Offset>
struct testrply_of {
  nlm4_stats stat{};
  holder_of<Offset> holder;
  static constexpr auto kUnion =
      xdr::Union(xdr::DefaultVoid{}, &testrply_of::stat, xdr::Case<nlm4_stats::NLM4_DENIED>(&testrply_of::holder));
};
template <typename Offset>
struct testres_of {
  netobj cookie;
  testrply_of<Offset> stat;
  static constexpr auto kFields = xdr::Fields(&testres_of::cookie, &testres_of::stat);
};

using nlm_testargs = testargs_of<uint32_t>;
using nlm_lockargs = lockargs_of<uint32_t>;
using nlm_cancargs = cancargs_of<uint32_t>;
using nlm_unlockargs = unlockargs_of<uint32_t>;
using nlm_testres = testres_of<uint32_t>;
using nlm4_testargs = testargs_of<uint64_t>;
using nlm4_lockargs = lockargs_of<uint64_t>;
using nlm4_cancargs = cancargs_of<uint64_t>;
using nlm4_unlockargs = unlockargs_of<uint64_t>;
using nlm4_testres = testres_of<uint64_t>;

struct nlm4_res {
  netobj cookie;
  nlm4_stats stat{};
  static constexpr auto kFields = xdr::Fields(&nlm4_res::cookie, &nlm4_res::stat);
};

struct nlm4_share {
  caller_name_t caller_name;
  netobj fh;
  netobj oh;
  fsh4_mode mode{};
  fsh4_access access{};
  static constexpr auto kFields =
      xdr::Fields(&nlm4_share::caller_name, &nlm4_share::fh, &nlm4_share::oh, &nlm4_share::mode, &nlm4_share::access);
};
struct nlm4_shareargs {
  netobj cookie;
  nlm4_share share;
  bool reclaim = false;
  static constexpr auto kFields =
      xdr::Fields(&nlm4_shareargs::cookie, &nlm4_shareargs::share, &nlm4_shareargs::reclaim);
};
struct nlm4_shareres {
  netobj cookie;
  nlm4_stats stat{};
  uint32_t sequence = 0;
  static constexpr auto kFields = xdr::Fields(&nlm4_shareres::cookie, &nlm4_shareres::stat, &nlm4_shareres::sequence);
};

/// The argument of FREE_ALL.
struct nlm4_notify {
  caller_name_t name;
  uint32_t state = 0;
  static constexpr auto kFields = xdr::Fields(&nlm4_notify::name, &nlm4_notify::state);
};

}  // namespace dittofs::nlm4
