# Sourced by the tests of this folder: a network namespace with one tap device per guest, the server under test in it,
# guests with a real kernel, TAP out. A test calls lab_open, server_start, guest_run (any number of times), lab_close.
#
# Environment: LAB_SERVER  the dittofs program; "ganesha" runs nfs-ganesha instead, as a known-good peer
#              LAB_KERNEL  installed (default) or a folder made by kernels.sh
#              LAB_KEEP=1  keep the folder with all logs
set -u
lab_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab_cases=0 lab_failed=0

lab_skip() { echo "1..0 # SKIP $*"; exit 0; }

# lab_say VERDICT NAME: one TAP case of the host's side.
lab_say() {
  lab_cases=$((lab_cases + 1))
  if [ "$1" = ok ]; then echo "ok $lab_cases - $2"; else echo "not ok $lab_cases - $2"; lab_failed=$((lab_failed + 1)); fi
}

# lab_open: makes the namespace, or skips the whole test with the reason why it can't run here.
lab_open() {
  [ "$(id -u)" = 0 ] || lab_skip "needs root (network namespace, tap device)"
  [ "${LAB_KERNEL:-installed}" != installed ] || [ -x /usr/bin/linux.uml ] || lab_skip "user-mode-linux is not installed"
  command -v mount.nfs >/dev/null || lab_skip "nfs-common is not installed"
  command -v busybox >/dev/null || lab_skip "busybox is not installed"
  [ -c /dev/net/tun ] || lab_skip "no /dev/net/tun"
  [ "${LAB_SERVER:-}" = ganesha ] || [ -x "${LAB_SERVER:-}" ] || lab_skip "no server program: set LAB_SERVER"
  mkdir -p /lib/modules
  lab=$(mktemp -d "${TMPDIR:-/tmp}/dittofs-lab.XXXXXX") || exit 2
  lab_namespace=dittofs-lab-$$
  mkdir "$lab/shared" "$lab/data"
  chmod 755 "$lab"
  trap lab_close EXIT
  lab_sweep
  if ! ip netns add "$lab_namespace" 2>"$lab/namespace.log"; then lab_skip "no network namespace: $(head -n 1 "$lab/namespace.log")"; fi
  ip -n "$lab_namespace" link set lo up
  for slot in 0 1; do
    ip netns exec "$lab_namespace" ip tuntap add dev "guest$slot" mode tap 2>"$lab/namespace.log" ||
      lab_skip "no tap device: $(head -n 1 "$lab/namespace.log")"
    ip -n "$lab_namespace" address add "10.78.$slot.1/24" dev "guest$slot"
    ip -n "$lab_namespace" link set "guest$slot" up
  done
}

# lab_sweep: takes away what a test that was killed left behind: namespaces whose number names no process any more.
lab_sweep() {
  local left
  for left in $(ip netns list 2>/dev/null | awk '/^dittofs-lab-[0-9]+/ { print $1 }'); do
    kill -0 "${left#dittofs-lab-}" 2>/dev/null && continue
    for pid in $(ip netns pids "$left"); do kill -9 "$pid" 2>/dev/null; done
    ip netns del "$left" 2>/dev/null
  done
}

# lab_close: prints the plan, ends what runs, takes everything away. Also on exit.
lab_close() {
  trap - EXIT
  [ "$lab_cases" -eq 0 ] || echo "1..$lab_cases"
  [ ! -f "$lab/requests.pid" ] || kill "$(cat "$lab/requests.pid")" 2>/dev/null
  for pid in $(ip netns pids "$lab_namespace" 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done
  ip netns del "$lab_namespace" 2>/dev/null
  if [ -n "${LAB_KEEP:-}" ]; then echo "# logs: $lab"; else rm -rf "$lab"; fi
  [ "$lab_failed" -eq 0 ]
  exit $?
}

. "$lab_home/servers.sh"

# lab_requests: carries out what guests ask for with on_host; runs beside them.
lab_requests() {
  while :; do
    for request in "$lab"/shared/request.*.[0-9]*; do
      [ -f "$request" ] || continue
      answer=${request/request./answer.}
      [ ! -f "$answer" ] || continue
      # shellcheck disable=SC2046
      host_action $(cat "$request") >>"$lab/requests.log" 2>&1
      echo $? >"$answer.new"
      mv "$answer.new" "$answer"
    done
    sleep 0.05
  done
}

# host_action WORDS...: what guests may ask for; a test may define its own.
host_action() {
  case $1 in
    kill-server) server_kill ;;
    start-server) server_resume ;;
    stop-server) server_stop ;;
    pause-server) kill -STOP "$(cat "$lab/server.pid")" ;;
    continue-server) kill -CONT "$(cat "$lab/server.pid")" ;;
    *) return 1 ;;
  esac
}

# guest_start SLOT SECONDS SCRIPT: boots a guest that runs the text SCRIPT after guest-lib.sh.
guest_start() {
  local home=$lab/guest$1
  mkdir -p "$home"
  cp "$lab_home/guest-lib.sh" "$home/guest-lib.sh"
  "$lab_home/guest.sh" --kernel "${LAB_KERNEL:-installed}" --namespace "$lab_namespace" --slot "$1" --timeout "$2" \
    --shared "$lab/shared" --home "$home" -- ". /run/lab/guest-lib.sh
port=$server_port mount_port=$server_mount_port
$3" >"$home/printed" 2>&1 &
  echo $! >"$home/pid"
  if [ ! -f "$lab/requests.pid" ]; then
    lab_requests &
    echo $! >"$lab/requests.pid"
  fi
}

# guest_finish SLOT NAME: waits for the guest, passes its TAP cases on and adds one: that it came to its end.
guest_finish() {
  local home=$lab/guest$1 status
  wait "$(cat "$home/pid")"
  status=$?
  while IFS= read -r line; do
    case $line in
      "ok - "*) lab_say ok "$2: ${line#ok - }" ;;
      "not ok - "*) lab_say failed "$2: ${line#not ok - }" ;;
      *) echo "# ${line#\# }" ;;
    esac
  done <"$home/printed"
  if [ $status -eq 0 ]; then lab_say ok "$2: came to its end"; else
    lab_say failed "$2: came to its end (exit status $status)"
    [ ! -f "$lab/server.log" ] || tail -n 8 "$lab/server.log" | sed 's/^/# server: /'
  fi
}

# guest_run NAME SECONDS SCRIPT: both, with one guest.
guest_run() { guest_start 0 "$2" "$3"; guest_finish 0 "$1"; }
