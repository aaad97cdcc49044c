#pragma once

#include <memory>
#include <utility>

#include "dittofs/environment.h"
#include "state/change_notification.h"
#include "state/clients.h"
#include "state/grace.h"
#include "state/leases.h"
#include "state/lock_table.h"
#include "state/reclaim.h"
#include "state/share_reservations.h"

namespace dittofs::state {

/// What all shares of a server have in common: its clients, who may reclaim, and whether it is in grace. Thread-safe.
struct ServerState {
  ServerState(Clock& clock, std::unique_ptr<ReclaimStore> store) : grace(clock), reclaim(std::move(store)) {}
  ClientRegistry clients;
  GracePeriod grace;
  const std::unique_ptr<ReclaimStore> reclaim;
};

/// What clients of all protocols hold in one share. Thread-safe.
struct ShareState {
  ShareState(Clock& clock, const ServerState& server)
      : locks({.grace = &server.grace}), opens({.grace = &server.grace}), leases(clock) {}
  LockTable locks;
  ShareReservations opens;
  LeaseTable leases;
  ChangeHub changes;
};

}  // namespace dittofs::state
