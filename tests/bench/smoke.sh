#!/bin/bash
# smoke.sh NFS_LOAD ECHO_CONTROL: every workload's messages go through the echo, and the load notices a wrong server. TAP.
set -u
load=$1
log=$(mktemp) || exit 1
"$2" 0 >"$log" &
server=$!
trap 'kill $server; rm -f "$log"' EXIT
for ((i = 0; i < 100; i++)); do
  port=$(sed -n 's/^port //p' "$log")
  [ -n "$port" ] && break
  sleep 0.05
done
number=0
check() {  # WANTED_STATUS NAME OPTIONS...
  local wanted=$1 name=$2
  shift 2
  number=$((number + 1))
  timeout 20 "$load" --port "$port" --connections 2 --depth 4 --operations 500 "$@" >/dev/null 2>&1
  if [ $? = "$wanted" ]; then echo "ok $number - $name"; else echo "not ok $number - $name"; fi
}
for workload in null getattr lookup access create remove readdirplus read write commit small-file; do
  check 0 "$workload as echo" --echo --workload $workload
done
check 0 "read of 1 MiB as echo" --echo --workload read --size 1M
check 0 "write of 1 MiB as echo" --echo --workload write --size 1M
check 2 "what the echo answers is no reply to MNT" --workload null
check 2 "an unknown workload is refused" --echo --workload nothing
echo "1..$number"
