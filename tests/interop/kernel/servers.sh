# Sourced by lab.sh: the servers that guests can talk to. Each is started inside the namespace, with its files below
# $lab/data, and exports $server_export on $server_port.
. "$lab_home/../dittofs-server.sh"
server_port=12049 server_mount_port=12049 server_export=$dittofs_export

# server_start KIND [WORDS...]: KIND is memory or leveldb (where the server keeps files); waits until it listens.
server_start() {
  server_kind=$1
  shift
  server_words=("$@")
  server_resume
}

# server_resume: starts it (again) over the same files.
server_resume() {
  if [ "$LAB_SERVER" = ganesha ]; then ganesha_start; else dittofs_start; fi
  server_wait
}

# server_wait: until the port is open, ten seconds at most.
server_wait() {
  local tries=0
  until ip netns exec "$lab_namespace" ss -Hltn "sport = :$server_port" | grep -q .; do
    tries=$((tries + 1))
    if [ $tries -gt 200 ] || ! kill -0 "$(cat "$lab/server.pid")" 2>/dev/null; then
      echo "# the server does not listen on port $server_port; its last words:"
      tail -n 20 "$lab/server.log" | sed 's/^/# server: /'
      return 1
    fi
    sleep 0.05
  done
}

server_kill() {
  local pid
  pid=$(cat "$lab/server.pid" 2>/dev/null) || return 0
  kill -9 "$pid"
  server_gone "$pid"
}

# server_stop: asks it to end and waits.
server_stop() {
  local pid
  pid=$(cat "$lab/server.pid") || return 1
  kill -TERM "$pid" && server_gone "$pid"
}

server_gone() {
  while kill -0 "$1" 2>/dev/null && [ "$(awk '{ print $3 }' "/proc/$1/stat" 2>/dev/null)" != Z ]; do sleep 0.02; done
  rm -f "$lab/server.pid"
}

# With a portmapper, so that guests may also mount with locks.
dittofs_start() {
  (
    # shellcheck disable=SC2034
    declare -f dittofs_server >"$lab/dittofs-server.sh"
    printf 'dittofs_export=%s\ndittofs_server "$@"\n' "$dittofs_export" >>"$lab/dittofs-server.sh"
    exec ip netns exec "$lab_namespace" bash "$lab/dittofs-server.sh" "$LAB_SERVER" "$server_kind" "$lab/data" "" \
      "$server_port" "portmapper: true ${server_words[*]:-}"
  ) >>"$lab/server.log" 2>&1 &
  echo $! >"$lab/server.pid"
  disown
}

ganesha_start() {
  server_port=22049 server_mount_port=22050
  mkdir -p "$lab/data/tree" "$lab/data/recovery" /run/ganesha
  if [ ! -f "$lab/rpcbind.pid" ]; then
    ip netns exec "$lab_namespace" rpcbind -f -w >"$lab/rpcbind.log" 2>&1 &
    echo $! >"$lab/rpcbind.pid"
    disown
  fi
  cat >"$lab/ganesha.conf" <<TEXT
NFS_CORE_PARAM { NFS_Port = $server_port; MNT_Port = $server_mount_port; Protocols = 3; Enable_NLM = false;
                 Enable_RQUOTA = false; }
NFSv4 { Graceless = true; RecoveryBackend = fs; }
MDCACHE { Dir_Chunk = 0; }
EXPORT { Export_Id = 1; Path = $lab/data/tree; Pseudo = $server_export; Access_Type = RW; Squash = None;
         Protocols = 3; SecType = sys; Attr_Expiration_Time = 0; FSAL { Name = VFS; } }
TEXT
  server_export=$lab/data/tree
  ip netns exec "$lab_namespace" ganesha.nfsd -F -f "$lab/ganesha.conf" -L "$lab/server.log" -p "$lab/ganesha.pid" \
    >"$lab/ganesha.out" 2>&1 &
  echo $! >"$lab/server.pid"
  disown
}
