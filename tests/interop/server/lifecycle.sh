#!/bin/bash
# Starting, running and stopping: in the foreground, in the background, and after a crash.
. "$(dirname "$0")/tap.sh"

gone() { ! kill -0 "$1" 2>/dev/null; }

# Quick export.
serve q "$dittofs" export "$scratch/q" --port 0 --bind 127.0.0.1
check "export becomes ready" ended 0
check "it prints how to mount" grep -q "mount -t nfs -o vers=3,tcp,port=$port,mountport=$port,nolock 127.0.0.1:/export" q.out
check "it prints how to list" grep -qF "nfs-ls 'nfs://127.0.0.1/export/?nfsport=$port&mountport=$port'" q.out
check "status names share and endpoint" grep -q '^share  */export$' out
run "$dittofs" status q --json
check "status --json says ready" grep -q '"ready":true.*"shares":\["/export"\]' out
if has_client; then
  run sh -c "$(grep nfs-ls q.out)"
  check "the printed command works" ended 0
  check "root may make files" put hello /export/f
  check "files are read back" reads /export/f hello
fi
run "$dittofs" export "$scratch/q" --port 0
check "a second server of one directory is refused with the first one's process" ended_and_complained 1 "pid $server"
run "$dittofs" stop q
check "stop ends with 0" ended 0
wait "$server"
status=$?
check "the server ends with 0" ended 0
check "no process id is left behind" test ! -e q/dittofs.pid
check "no state is left behind" test ! -e q/dittofs.state
run "$dittofs" status q
check "status says so with 3" ended 3
serve q "$dittofs" export "$scratch/q" --port 0 --bind 127.0.0.1
if has_client; then check "files survive a restart" reads /export/f hello; fi
{ kill -9 "$server"; wait "$server"; } 2>/dev/null
run "$dittofs" status q
check "status of a killed server ends with 3" ended 3
serve q "$dittofs" export "$scratch/q" --port 0 --bind 127.0.0.1
check "it starts again after SIGKILL" ended 0
if has_client; then check "files survive SIGKILL" reads /export/f hello; fi
kill -INT "$server"
wait "$server"
status=$?
check "SIGINT ends it with 0" ended 0
serve q "$dittofs" export "$scratch/q" --port 0 --bind 127.0.0.1 --read-only
if has_client; then
  check "a read-only export can be read" reads /export/f hello
  check "and not written" not put more /export/g
fi
run "$dittofs" stop --now q
check "stop --now ends with 0" ended 0
wait "$server"
if command -v script >/dev/null; then
  serve q script -qec "'$dittofs' export '$scratch/q' --port 0 --bind 127.0.0.1" /dev/null
  pid=$(cat q/dittofs.pid)
  servers+=("$pid")
  { kill -9 "$server"; wait "$server"; } 2>/dev/null
  check "a server in the foreground ends with its terminal" wait_for gone "$pid"
  status=
else
  skip "a server in the foreground ends with its terminal" "script(1) is not installed"
fi
run "$dittofs" export "$scratch/q" --port 0 --client nonsense/99
check "a wrong client is a usage error that names the flag" ended_and_complained 2 "--client: shares[0].clients[0].pattern"
run "$dittofs" export "$scratch/q" --port 0 --bind localhost
check "a wrong address names its flag" ended_and_complained 2 "--bind: nfs.addresses[0]"
run env DITTOFS_DATA_DIRECTORY="$scratch/elsewhere" DITTOFS_NFS_PORT=0 "$dittofs" export "$scratch/q2" --daemon
check "the directory given counts more than the environment" test -e q2/dittofs.pid
run "$dittofs" stop q2
mkdir photos && echo picture >photos/one.jpg
run "$dittofs" export photos --port 0
check "a directory with other files is refused" ended_and_complained 2 "holds other files"
check "and stays as it was" test "$(ls -A photos)" = one.jpg

# From a configuration.
memory_config c /a /b
serve c "$dittofs" start --config c.conf
check "start becomes ready" ended 0
check "every share is there" test "$(grep -c '^share ' out)" = 2
run "$dittofs" status --config c.conf
check "status finds the server by its configuration" ended 0
kill -TERM "$server"
wait "$server"
status=$?
check "SIGTERM ends it with 0" ended 0
run "$dittofs" start --config c.conf --set shares.name=x
check "--set of what is in a list is a usage error" ended 2

# In the background.
exec 9>caller-file
run "$dittofs" start --config c.conf --daemon
exec 9>&-
check "start --daemon ends with 0 once ready" ended 0
check "it prints the summary to the caller" said "dittofs stop $scratch/c"
background=$(cat c/dittofs.pid)
servers+=("$background")
run "$dittofs" status c
check "it answers at once" ended 0
check "it has left the session of its caller" test "$(ps -o sid= -p "$background" | tr -d ' ')" != "$(ps -o sid= -p $$ | tr -d ' ')"
check "its working directory is /" test "$(readlink "/proc/$background/cwd")" = /
check "it keeps nothing of the caller's open" test -z "$(find "/proc/$background/fd" -lname "$scratch/out" -o -lname "$scratch/err" -o -lname "$scratch/caller-file")"
check "it logs to its data directory" grep -q 'server: Ready' c/dittofs.log
run "$dittofs" start --config c.conf --daemon
check "a second one is refused, and the caller told" ended_and_complained 1 "pid $background"
run "$dittofs" start --config c.conf --daemon --set data_directory="$scratch/c2" --port "$(sed -n 's/^ *port: //p' c/dittofs.state | head -n 1)"
check "a port in use is told to the caller of the background" ended_and_complained 1 "can't start: nfs:"
check "and nothing keeps running" test ! -e c2/dittofs.pid
run "$dittofs" stop c
check "stop ends the background" ended 0
check "its log says so" grep -q 'server: Stopped' c/dittofs.log
run "$dittofs" stop c
check "stopping it twice ends with 3" ended 3
finish
