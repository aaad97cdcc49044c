#!/bin/bash
# Ours, nfs-ganesha and the raw echo, measured in turn in one run. Prints a Markdown table.
usage() {
  cat <<'TEXT'
usage: tests/bench/compare.sh --build DIRECTORY [options]

DIRECTORY is a release build with the load generators:
  meson setup DIRECTORY --buildtype=release -Dbench=true && ninja -C DIRECTORY

  --servers LIST     echo,ours-memory,ganesha-mem,ours-leveldb,ganesha-vfs (the default: all) or external
  --rows LIST        names of rows, or beginnings of names; default: all (--list prints them)
  --rounds N         5; each row of each server once per round, servers in turn
  --seconds S        2; measured time of one run
  --idle N           also: memory of N idle connections (nfs-ganesha takes 10,000 at most, hence 9,900)
  --scratch DIR      where servers keep their files; default below /var/tmp, removed at the end. Should be ext4.
  --output FILE      keep the lines of JSON
  --ours-options S   further options of bench_server, e.g. "--event-loops 1"
  --external S       "PID PORT MOUNTPORT EXPORT" of a running server, measured as "external"; no isolation then
  --cpus S,L         0,1: processor of the servers, processor of the load
  --list             print the rows and exit
  --help             this text

As root, everything runs in network, mount and process namespaces of its own: no port, rpcbind or server of the machine
is touched, and nothing is left running.
TEXT
}

set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/rows.sh"
. "$here/servers.sh"

build='' servers=echo,ours-memory,ganesha-mem,ours-leveldb,ganesha-vfs rows='' rounds=5 seconds=2 scratch='' output=''
ours_options='' external='' cpus=0,1 first_port=14000 idle=0
arguments=("$@")
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$(cd "${2:?}" && pwd); shift ;;
    --servers) servers=${2:?}; shift ;;
    --rows) rows=${2:?}; shift ;;
    --rounds) rounds=${2:?}; shift ;;
    --seconds) seconds=${2:?}; shift ;;
    --idle) idle=${2:?}; shift ;;
    --scratch) scratch=${2:?}; shift ;;
    --output) output=${2:?}; shift ;;
    --ours-options) ours_options=${2?}; shift ;;
    --external) external=${2:?}; servers=$servers,external; shift ;;
    --cpus) cpus=${2:?}; shift ;;
    --list) bench_rows | cut -d'|' -f1; exit 0 ;;
    --help|-h) usage; exit 0 ;;
    *) echo "compare.sh: unknown option $1; see --help" >&2; exit 2 ;;
  esac
  shift
done
if [ ! -x "$build/tests/bench/nfs_load" ]; then
  echo "compare.sh: --build must name a build with -Dbench=true (no $build/tests/bench/nfs_load)" >&2
  exit 2
fi
cpu_server=${cpus%,*} cpu_load=${cpus#*,}

if [ -z "${BENCH_ISOLATED:-}" ] && [ -z "$external" ] && [ "$(id -u)" = 0 ] &&
    unshare --net --mount --pid --fork --mount-proc true 2>/dev/null; then
  BENCH_ISOLATED=yes exec unshare --net --mount --pid --fork --mount-proc --kill-child "$0" "${arguments[@]}"
fi
if [ -n "${BENCH_ISOLATED:-}" ]; then
  ip link set lo up || exit 2
  mount -t tmpfs tmpfs /run || exit 2  # rpcbind's socket
fi

made_scratch=
if [ -z "$scratch" ]; then
  scratch=$(mktemp -d /var/tmp/dittofs-compare.XXXXXX) || exit 2
  made_scratch=yes
fi
[ -n "$output" ] || output=$scratch/lines.json
: >"$output" || exit 2
finish() {
  stop_servers
  if [ -n "$made_scratch" ]; then rm -rf "$scratch"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM
ulimit -n "$(ulimit -Hn)"

running=()
IFS=, read -ra wanted <<<"$servers"
for kind in "${wanted[@]}"; do
  if "start_${kind//-/_}"; then
    running+=("$kind")
  else
    echo "compare.sh: SKIP $kind: $skip_reason" >&2
  fi
done

row_is_wanted() {
  local name=$1 beginning
  [ -n "$rows" ] || return 0
  for beginning in ${rows//,/ }; do
    [[ $name == "$beginning"* ]] && return 0
  done
  return 1
}

# measure SERVER ROUND NAME CONNECTIONS DEPTH UNIT OPTIONS...
measure() {
  local kind=$1 round=$2 name=$3 connections=$4 depth=$5 unit=$6
  shift 6
  local options=("$@") directory=$name
  if [ "${options[-1]}" = fresh ]; then
    unset 'options[-1]'
    directory=$name-$round
  fi
  # shellcheck disable=SC2086  # server_args are words
  taskset -c "$cpu_load" timeout $((120 + ${seconds%.*})) "$build/tests/bench/nfs_load" ${server_args[$kind]} \
    "${options[@]}" --connections "$connections" --depth "$depth" --seconds "$seconds" --dir "$directory" \
    --server-pid "${server_pid[$kind]}" --label "$kind|$name|$unit" >"$scratch/run.out" 2>"$scratch/run.err"
  local status=$?
  if [ $status -ne 0 ]; then
    echo "compare.sh: $name on $kind, round $round: exit status $status: $(head -n 3 "$scratch/run.err" "$scratch/run.out" | tr '\n' ' ')" >&2
    return 1
  fi
  grep '^{' "$scratch/run.out" >>"$output"
}

failures=0
# First, while no server has memory left over from other work.
for kind in "${running[@]}"; do
  [ "$idle" -gt 0 ] || break
  measure "$kind" 1 idle 4 4 operation --workload getattr --idle "$idle" || failures=$((failures + 1))
done
for ((round = 1; round <= rounds; round++)); do
  while IFS='|' read -r name connections depth unit options; do
    row_is_wanted "$name" || continue
    for kind in "${running[@]}"; do
      # shellcheck disable=SC2086  # options are words
      measure "$kind" "$round" "$name" "$connections" "$depth" "$unit" $options || failures=$((failures + 1))
    done
  done < <(bench_rows)
  echo "compare.sh: round $round of $rounds done, load average $(cut -d' ' -f1-3 /proc/loadavg)" >&2
done
python3 "$here/summarize.py" "$output" || failures=$((failures + 1))
[ $failures -eq 0 ]
