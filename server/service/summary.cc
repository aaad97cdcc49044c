#include "service/summary.h"

#include <unistd.h>

#include "text.h"

namespace dittofs::server {
namespace {

using Endpoint = config::RunState::Endpoint;

std::string StoreText(const config::Config& config, const config::Share& share) {
  std::string text = "?";
  for (const config::MetadataStore& store : config.metadata_stores()) {
    if (store.name() == share.metadata_store()) text = store.has_memory() ? "memory" : store.leveldb().directory();
  }
  for (const config::BlockStore& store : config.block_stores()) {
    if (store.name() == share.block_store())
      text += " + " + (store.has_memory() ? "memory" : store.filesystem().directory());
  }
  return text;
}

std::string ShareText(const config::Config& config, const config::Share& share) {
  std::string text = share.read_only() ? "read-only" : "read-write";
  switch (share.squash()) {
    case config::none:
      text += ", users as they are";
      break;
    case config::root:
      text += ", root squashed";
      break;
    case config::all:
      text += ", everybody anonymous";
      break;
  }
  if (share.clients_size() == 0) {
    text += ", any client";
  } else {
    std::vector<std::string> patterns;
    for (const config::Client& client : share.clients()) patterns.push_back(client.pattern());
    text += ", clients " + Join(patterns, " ");
  }
  return Cat(text, ", kept in ", StoreText(config, share));
}

/// The address by which this machine reaches `endpoint`.
std::string LocalAddress(const Endpoint& endpoint) {
  if (endpoint.address() == "0.0.0.0" || endpoint.address() == "::") return "127.0.0.1";
  return endpoint.address();
}

std::string EndpointText(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.address().find(':') != std::string::npos;
  return Cat(endpoint.protocol(), " on ", is_ipv6 ? "[" : "", endpoint.address(), is_ipv6 ? "]" : "", ":",
             endpoint.port(), "/", endpoint.transport());
}

}  // namespace

std::string Summary(const config::Config& config, const config::RunState& state, const std::string& stop_command) {
  std::string text = Cat("dittofs ", state.version(), " is ready, process ", state.pid(), '\n');
  for (const config::Share& share : config.shares())
    text += Cat("  ", share.name(), "  ", ShareText(config, share), '\n');
  if (config.shares_size() == 0) text += "  no share is declared\n";
  const Endpoint* nfs = nullptr;
  uint32_t mount_port = 0;
  std::vector<std::string> endpoints;
  for (const Endpoint& endpoint : state.endpoints()) {
    endpoints.push_back(EndpointText(endpoint));
    if (endpoint.protocol() == "nfs" && nfs == nullptr) nfs = &endpoint;
    if (endpoint.protocol() == "mount" && endpoint.transport() == "tcp") mount_port = endpoint.port();
  }
  text += Cat("  ", Join(endpoints, ", "), '\n');
  if (nfs != nullptr && config.shares_size() > 0) {
    const std::string& share = config.shares(0).name();
    const std::string address = LocalAddress(*nfs);
    const bool is_ipv6 = address.find(':') != std::string::npos;
    const std::string host = is_ipv6 ? Cat('[', address, ']') : address;
    if (mount_port == 0) mount_port = nfs->port();
    text +=
        Cat("try\n  mount -t nfs -o vers=3,tcp,port=", nfs->port(), ",mountport=", mount_port, ",nolock ", host, ":",
            share, " /mnt\n  nfs-ls 'nfs://", host, share, "/?nfsport=", nfs->port(), "&mountport=", mount_port, "'\n");
  }
  return Cat(text, "stop with\n  ", stop_command, '\n');
}

}  // namespace dittofs::server
