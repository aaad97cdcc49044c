#!/bin/bash
# Instructions and allocations of the server per operation: figures that do not depend on what else the machine does.
usage() {
  cat <<'TEXT'
usage: tests/bench/counts.sh --build DIRECTORY [options]

Runs bench_server (memory stores) under callgrind with N and then with 3 N operations of each row; the difference is what
2 N operations cost, without start-up and preparation. User space only; the kernel's part is not counted.

  --rows LIST     names of rows or beginnings of names, comma-separated; default: all of counts.sh
  --check FILE    fail if a row needs more than FILE (default tests/bench/counts.baseline) allows, by 5 % for
                  instructions and by 0.05 for allocations
  --write FILE    write such a file
  --server CMD    another server than bench_server; @PORT@ stands for its port
  --help          this text
TEXT
}

set -u
here=$(cd "$(dirname "$0")" && pwd)
build='' rows='' check='' write='' server=''
port=14500
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$(cd "${2:?}" && pwd); shift ;;
    --rows) rows=${2:?}; shift ;;
    --check) check=${2:-$here/counts.baseline}; shift ;;
    --write) write=${2:?}; shift ;;
    --server) server=${2:?}; shift ;;
    --help|-h) usage; exit 0 ;;
    *) echo "counts.sh: unknown option $1; see --help" >&2; exit 2 ;;
  esac
  shift
done
if ! command -v valgrind >/dev/null; then
  echo "counts.sh: SKIP: valgrind is not installed" >&2
  exit 77
fi
[ -n "$server" ] || server="$build/tests/bench/bench_server memory --port @PORT@ --event-loops 1"

# name|operations|options
count_rows() {
  cat <<'ROWS'
null|4000|--workload null
getattr|4000|--workload getattr --files 64
lookup|4000|--workload lookup --files 64
access|4000|--workload access --files 64
read4k|2000|--workload read --size 4K --files 4 --file-size 256K
write4k|2000|--workload write --size 4K --file-size 256K
create|2000|--workload create
remove|2000|--workload remove --files 6000
readdirplus|100|--workload readdirplus --size 32K --files 1000
ROWS
}

scratch=$(mktemp -d) || exit 2
process=
finish() {
  if [ -n "$process" ]; then kill "$process" 2>/dev/null; wait "$process" 2>/dev/null; fi
  rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

# profile NAME OPERATIONS OPTIONS...: one server, one load; leaves $scratch/NAME-OPERATIONS.
profile() {
  local name=$1 operations=$2 out=$scratch/$1-$2
  shift 2
  port=$((port + 1))
  # shellcheck disable=SC2086  # a command of words
  valgrind --tool=callgrind --callgrind-out-file="$out" ${server//@PORT@/$port} >"$scratch/server.log" 2>&1 &
  process=$!
  local i
  for ((i = 0; i < 300; i++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$process" 2>/dev/null || break
    sleep 0.1
  done
  if ! "$build/tests/bench/nfs_load" --port "$port" --connections 2 --depth 8 --operations "$operations" "$@" \
      >"$scratch/load.log" 2>&1; then
    echo "counts.sh: $name: $(tail -n 2 "$scratch/load.log" "$scratch/server.log" | tr '\n' ' ')" >&2
    return 1
  fi
  kill "$process"
  wait "$process"
  process=
  [ -s "$out" ]
}

failures=0
: >"$scratch/result"
while IFS='|' read -r name operations options; do
  if [ -n "$rows" ]; then
    matches=
    for beginning in ${rows//,/ }; do
      if [[ $name == "$beginning"* ]]; then matches=yes; fi
    done
    [ -n "$matches" ] || continue
  fi
  # shellcheck disable=SC2086  # options are words
  if profile "$name" "$operations" $options && profile "$name" $((3 * operations)) $options; then
    python3 "$here/callgrind_cost.py" "$name" $((2 * operations)) "$scratch/$name-$operations" \
      "$scratch/$name-$((3 * operations))" | tee -a "$scratch/result"
  else
    failures=$((failures + 1))
  fi
done < <(count_rows)

if [ -n "$write" ]; then cp "$scratch/result" "$write"; fi
if [ -n "$check" ]; then
  awk 'NR == FNR { instructions[$1] = $2; allocations[$1] = $3; next }
       !($1 in instructions) { print "counts.sh: " $1 " is not in the baseline"; bad = 1; next }
       $2 > instructions[$1] * 1.05 { print "counts.sh: " $1 ": " $2 " instructions, baseline " instructions[$1]; bad = 1 }
       $3 > allocations[$1] + 0.05 { print "counts.sh: " $1 ": " $3 " allocations, baseline " allocations[$1]; bad = 1 }
       END { exit bad }' "$check" "$scratch/result" >&2 || failures=$((failures + 1))
fi
[ $failures -eq 0 ]
