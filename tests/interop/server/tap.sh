# Sourced by the scripts of this folder: NAME.sh DITTOFS SOURCE_DIRECTORY. Each check is a test case, printed as TAP.
dittofs=$(readlink -f "$1") sources=$(readlink -f "$2")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/dittofs-server.XXXXXX") || exit 2
cd "$scratch" || exit 2
servers=()
trap 'for pid in "${servers[@]}"; do kill -9 "$pid" 2>/dev/null; done; rm -rf "$scratch"' EXIT
cases=0 failed=0
unset "${!DITTOFS_@}"

# run COMMAND...: keeps $status and the files out and err.
run() {
  timeout 60 "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  status=$?
}
# check NAME COMMAND...: a case that is good if the command succeeds.
check() {
  local name=$1
  shift
  cases=$((cases + 1))
  if "$@"; then
    echo "ok $cases - $name"
  else
    echo "not ok $cases - $name"
    echo "# failed: $*; last status $status"
    sed 's/^/# out: /' "$scratch/out" | tail -n 15
    sed 's/^/# err: /' "$scratch/err" | tail -n 15
    failed=1
  fi
}
skip() { # skip NAME REASON
  cases=$((cases + 1))
  echo "ok $cases - $1 # SKIP $2"
}
finish() {
  echo "1..$cases"
  exit $failed
}
# For check: about the last run.
ended() { [ "$status" = "$1" ]; }
said() { grep -qF -- "$1" "$scratch/out"; }
complained() { grep -qF -- "$1" "$scratch/err"; }
not() { ! "$@"; }
ended_and_complained() { ended "$1" && complained "$2"; }

# serve NAME COMMAND...: starts a server in the background of this script; its output is in NAME.out and NAME.err,
# $server is its process. Waits until it is ready in data directory NAME, or ends.
serve() {
  local name=$1
  shift
  "$@" >"$scratch/$name.out" 2>"$scratch/$name.err" </dev/null &
  server=$!
  servers+=("$server")
  run "$dittofs" status "$scratch/$name" --wait 20
  [ "$status" = 0 ] || sed 's/^/# server: /' "$scratch/$name.err"
  port=$(sed -n 's/^endpoint *nfs tcp .* port //p' "$scratch/out" | head -n 1)
}
# wait_for COMMAND...: until it succeeds, ten seconds at most.
wait_for() {
  local deadline=$((SECONDS + 10))
  until "$@"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.02
  done
}
url() { echo "nfs://127.0.0.1$1?nfsport=$port&mountport=$port&version=3"; }
has_client() { command -v nfs-cp >/dev/null && command -v nfs-cat >/dev/null && command -v nfs-ls >/dev/null; }
# put TEXT PATH / get PATH: over NFS, to the server on $port.
put() {
  printf '%s\n' "$1" >"$scratch/put.txt"
  run nfs-cp "$scratch/put.txt" "$(url "$2")"
  ended 0
}
get() {
  run nfs-cat "$(url "$1")"
  cat "$scratch/out"
}
reads() { [ "$(get "$1")" = "$2" ]; }
# memory_config NAME [SHARE...]: a configuration with shares in memory, on any port of this machine; NAME is its data
# directory.
memory_config() {
  local name=$1 share
  shift
  {
    echo "data_directory: \"$scratch/$name\""
    echo 'metadata_stores { name: "m" memory {} }'
    echo 'block_stores { name: "b" memory {} }'
    echo 'nfs { addresses: "127.0.0.1" port: 0 grace_period_s: 0 }'
    for share in "$@"; do
      echo "shares { name: \"$share\" metadata_store: \"m\" block_store: \"b\" durability: memory squash: none }"
    done
  } >"$scratch/$name.conf"
}
