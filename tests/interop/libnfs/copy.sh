#!/bin/bash
# copy.sh SERVER TREE_COPY: libnfs copies a real tree into the server and back, across SIGKILL. Prints TAP.
#
# Environment: COPY_TREE    what is copied (default: /usr/include)
#              COPY_STORES  where the server keeps it (default: memory leveldb)
set -u
server=$1 tree_copy=$2
[ -x "$server" ] || { echo "1..0 # SKIP the reference server was not built"; exit 0; }
command -v nfs-cp >/dev/null || { echo "1..0 # SKIP libnfs-utils is not installed"; exit 0; }
. "$(dirname "$0")/../dittofs-server.sh"
tree=${COPY_TREE:-/usr/include}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/dittofs-libnfs.XXXXXX") || exit 2
trap 'kill -9 "$server_process" 2>/dev/null; rm -rf "$scratch"' EXIT
server_process=
count=0 failed=0
say() { # say STATUS NAME
  count=$((count + 1))
  if [ "$1" = 0 ]; then echo "ok $count - $2"; else
    echo "not ok $count - $2"
    failed=1
    tail -n 20 "$scratch/log" 2>/dev/null | sed 's/^/#   /'
    tail -n 10 "$scratch/server.log" 2>/dev/null | sed 's/^/# server: /'
  fi
}
start() { # start KIND: the server over $scratch/data, on a free port the first time and on the same one afterwards
  (dittofs_server "$server" "$1" "$scratch/data" 127.0.0.1 "${port:-0}") >"$scratch/server.log" 2>&1 &
  server_process=$!
  disown
  port=$(dittofs_port "$server_process")
}
kill_server() {
  kill -9 "$server_process"
  while kill -0 "$server_process" 2>/dev/null; do sleep 0.02; done
}
url() { echo "nfs://127.0.0.1$dittofs_export${1:-}?nfsport=$port&mountport=$port&version=3"; }

for kind in ${COPY_STORES:-memory leveldb}; do
  rm -rf "$scratch/data"
  mkdir "$scratch/data"
  port=
  start "$kind"
  say $? "$kind: the server starts"
  [ -n "$port" ] || break
  "$tree_copy" put "$tree" "$(url)" >"$scratch/log" 2>&1
  say $? "$kind: a tree is copied in"
  "$tree_copy" compare "$tree" "$(url)" >"$scratch/log" 2>&1
  say $? "$kind: it is identical"
  head -c 5000000 /dev/urandom >"$scratch/blob"
  nfs-cp "$scratch/blob" "$(url /blob)" >"$scratch/log" 2>&1 && nfs-cat "$(url /blob)" 2>>"$scratch/log" | cmp - "$scratch/blob"
  say $? "$kind: nfs-cp and nfs-cat"
  nfs-ls "$(url)" >"$scratch/listing" 2>"$scratch/log" && grep -q ' blob$' "$scratch/listing"
  say $? "$kind: nfs-ls"
  if [ "$kind" != memory ]; then
    mkfifo "$scratch/go"
    "$tree_copy" hold "$tree" "$(url)" <"$scratch/go" >"$scratch/held" 2>"$scratch/log" &
    holder=$!
    exec 6>"$scratch/go"
    until grep -q holding "$scratch/held" 2>/dev/null || ! kill -0 $holder 2>/dev/null; do sleep 0.02; done
    kill_server
    start "$kind"
    say $? "$kind: it starts again after SIGKILL"
    echo >&6
    exec 6>&-
    wait $holder
    say $? "$kind: handles from before go on"
    rm "$scratch/go"
    rm "$scratch/blob.back" 2>/dev/null
    nfs-cp "$(url /blob)" "$scratch/blob.back" >"$scratch/log" 2>&1 && cmp "$scratch/blob.back" "$scratch/blob" >>"$scratch/log" 2>&1
    say $? "$kind: nfs-cp back"
    "$tree_copy" compare "$tree" "$(url)" >"$scratch/log" 2>&1
    say $? "$kind: the tree is still identical"
  fi
  kill -TERM "$server_process" && while kill -0 "$server_process" 2>/dev/null; do sleep 0.02; done
  say $? "$kind: it stops when asked"
done
echo "1..$count"
exit $failed
