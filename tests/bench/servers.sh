# Servers for compare.sh. start_KIND sets server_pid[KIND], server_args[KIND] (for nfs_load) and returns 1 with a reason in
# `skip_reason` if it cannot be had here. Sourced; needs scratch, build, cpu_server, first_port.

declare -A server_pid server_args
skip_reason=

# In the background only: replaces the subshell, so that $! is the server.
pinned() { exec taskset -c "$cpu_server" "$@"; }

# wait_for_port PORT PID LOG: until something accepts, at most 30 s.
wait_for_port() {
  local i
  for ((i = 0; i < 300; i++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
    if ! kill -0 "$2" 2>/dev/null; then break; fi
    sleep 0.1
  done
  skip_reason="did not serve on port $1; its log ends: $(tail -n 3 "$3" 2>/dev/null | cut -c 1-300)"
  return 1
}

start_echo() {
  local port=$first_port
  pinned "$build/tests/bench/echo_control" "$port" >"$scratch/echo.log" 2>&1 &
  server_pid[echo]=$!
  server_args[echo]="--echo --port $port"
  wait_for_port "$port" "${server_pid[echo]}" "$scratch/echo.log"
}

# start_ours KIND STORE PORT
start_ours() {
  local kind=$1 store=$2 port=$3
  mkdir -p "$scratch/$kind"
  if [ ! -x "$build/tests/bench/bench_server" ]; then
    skip_reason="no $build/tests/bench/bench_server"
    return 1
  fi
  # shellcheck disable=SC2086  # options are words
  pinned "$build/tests/bench/bench_server" "$store" --port "$port" --data "$scratch/$kind" $ours_options \
    >"$scratch/$kind.log" 2>&1 &
  server_pid[$kind]=$!
  server_args[$kind]="--port $port --export /export"
  wait_for_port "$port" "${server_pid[$kind]}" "$scratch/$kind.log"
}
start_ours_memory() { start_ours ours-memory memory $((first_port + 10)); }
start_ours_leveldb() { start_ours ours-leveldb leveldb $((first_port + 20)); }

# A server that is already running: EXTERNAL="PID PORT MOUNTPORT EXPORT".
start_external() {
  local words
  read -ra words <<<"$external"
  if [ ${#words[@]} -ne 4 ]; then
    skip_reason="--external wants \"PID PORT MOUNTPORT EXPORT\""
    return 1
  fi
  external_pid=${words[0]}
  server_pid[external]=$external_pid
  server_args[external]="--port ${words[1]} --mountport ${words[2]} --export ${words[3]}"
}

# start_ganesha KIND FSAL PORT PATH EXTRA
start_ganesha() {
  local kind=$1 fsal=$2 port=$3 path=$4 extra=$5
  if ! command -v ganesha.nfsd >/dev/null; then
    skip_reason="nfs-ganesha is not installed (apt-get install nfs-ganesha nfs-ganesha-vfs nfs-ganesha-mem rpcbind)"
    return 1
  fi
  if ! ls /usr/lib/*/ganesha/libfsal"${fsal,,}".so >/dev/null 2>&1; then
    skip_reason="nfs-ganesha's backend $fsal is not installed (apt-get install nfs-ganesha-${fsal,,})"
    return 1
  fi
  if ! start_rpcbind; then return 1; fi
  mkdir -p "$scratch/$kind" "$scratch/$kind-recovery"
  cat >"$scratch/$kind.conf" <<CONF
NFS_CORE_PARAM {
  NFS_Port = $port;
  MNT_Port = $((port + 1));
  Enable_NLM = false;
  Enable_RQUOTA = false;
  Protocols = 3;
  RPC_Max_Connections = 10000;
}
NFSV4 { RecoveryBackend = fs; Graceless = true; }
NFS_KRB5 { Active_krb5 = false; }
$extra
EXPORT {
  Export_Id = 1;
  Path = $path;
  Pseudo = /export;
  Access_Type = RW;
  Squash = none;
  SecType = sys, none;
  Protocols = 3;
  Transports = TCP;
  FSAL { Name = $fsal; }
}
LOG { Default_Log_Level = EVENT; }
CONF
  pinned ganesha.nfsd -F -f "$scratch/$kind.conf" -L "$scratch/$kind.log" -p "$scratch/$kind.pid" -N EVENT \
    >"$scratch/$kind.out" 2>&1 &
  server_pid[$kind]=$!
  server_args[$kind]="--port $port --mountport $((port + 1)) --export $path"
  wait_for_port "$((port + 1))" "${server_pid[$kind]}" "$scratch/$kind.log"
}
start_ganesha_mem() { start_ganesha ganesha-mem MEM $((first_port + 30)) /export 'MEM { Inode_Size = 1114112; }'; }
start_ganesha_vfs() { start_ganesha ganesha-vfs VFS $((first_port + 40)) "$scratch/ganesha-vfs" ''; }

start_rpcbind() {
  if (exec 3<>/dev/tcp/127.0.0.1/111) 2>/dev/null; then return 0; fi
  if ! command -v rpcbind >/dev/null; then
    skip_reason="rpcbind is not installed, and nfs-ganesha does not start without"
    return 1
  fi
  mkdir -p /run/rpcbind
  rpcbind -f -w >"$scratch/rpcbind.log" 2>&1 &
  server_pid[rpcbind]=$!
  wait_for_port 111 "${server_pid[rpcbind]}" "$scratch/rpcbind.log"
}

stop_servers() {
  local kind
  for kind in "${!server_pid[@]}"; do
    if [ "$kind" != external ]; then kill "${server_pid[$kind]}" 2>/dev/null; fi
  done
  for kind in "${!server_pid[@]}"; do
    if [ "$kind" != external ]; then wait "${server_pid[$kind]}" 2>/dev/null; fi
  done
}
