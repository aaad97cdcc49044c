# Sourced by the scripts of this folder: the reference server with one share, kept in memory or on the disk.
dittofs_export=/export

# dittofs_server PROGRAM KIND FOLDER ADDRESS PORT [MORE]: becomes the server. KIND: memory or leveldb; FOLDER: where it
# keeps its files; ADDRESS: numeric, empty for all; PORT: 0 for any; MORE: further text for the nfs section.
dittofs_server() {
  local metadata="leveldb {}" blocks="filesystem {}" durability=local address=
  [ -z "$4" ] || address="addresses: \"$4\""
  [ "$2" = memory ] && metadata="memory {}" blocks="memory {}" durability=memory
  cat >"$3/dittofs.conf" <<TEXT
data_directory: "$3/server"
log { level: info }
metadata_stores { name: "names" $metadata }
block_stores { name: "content" $blocks }
shares {
  name: "$dittofs_export" metadata_store: "names" block_store: "content" durability: $durability squash: none
  root_mode: 0777
}
nfs { $address port: $5 ${6:-} }
TEXT
  exec "$1" start --config "$3/dittofs.conf"
}

# dittofs_port PID: waits until that process listens over TCP, ten seconds at most, and prints its port.
dittofs_port() {
  local port
  for _ in $(seq 200); do
    port=$(ss -Hltnp 2>/dev/null | grep "pid=$1," | awk '{ sub(/.*:/, "", $4); print $4 }' | grep -vx 111 | head -n 1)
    [ -z "$port" ] || { echo "$port"; return 0; }
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}
