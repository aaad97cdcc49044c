#!/bin/bash
usage() {
  cat <<'TEXT'
usage: guest.sh [options] --home DIR -- SHELL-COMMAND

Boots a real Linux kernel as a process (User-mode Linux), runs the command in it as root and ends with its exit status
(125: the guest died or its time was up). The guest sees the host's file tree read-only, DIR at /run/lab, and memory
file systems on /tmp, /run, /mnt and /var/tmp. What the command printed is in DIR/output, the kernel's words in
DIR/console.

  --kernel installed|FOLDER  the distribution's user-mode-linux (default), or a folder made by kernels.sh
  --namespace NAME           network namespace that holds the tap devices (see lab.sh)
  --slot N                   tap device guestN, address 10.78.N.2, the host is 10.78.N.1 (default 0)
  --shared DIR               host folder that all guests see at /run/shared (default: DIR of --home)
  --timeout SECONDS          (default 300)
  --memory SIZE              (default 1G)
  --append WORDS             more words for the kernel's command line
TEXT
}

set -u
here=$(cd "$(dirname "$0")" && pwd)
kernel=installed namespace=lab slot=0 shared= timeout=300 memory=1G append= home=
while [ $# -gt 0 ]; do
  case $1 in
    --kernel) kernel=$2; shift ;;
    --namespace) namespace=$2; shift ;;
    --slot) slot=$2; shift ;;
    --shared) shared=$2; shift ;;
    --timeout) timeout=$2; shift ;;
    --memory) memory=$2; shift ;;
    --append) append=$2; shift ;;
    --home) home=$2; shift ;;
    --help|-h) usage; exit 0 ;;
    --) shift; break ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ -n "$home" ] && [ $# -eq 1 ] || { usage >&2; exit 2; }

if [ "$kernel" = installed ]; then
  program=/usr/bin/linux.uml modules=/usr/lib/uml/modules words=
else
  program=$kernel/linux.uml modules=$kernel/modules words="seccomp=on noreboot"  # twice as fast as ptrace
fi
mkdir -p "$home" || exit 2
home=$(cd "$home" && pwd)
rm -rf "$home/status" "$home/output" "$home/console" "$home/uml"
printf '%s\n' "$1" >"$home/script"
cat >"$home/settings" <<TEXT
guest_shared='${shared:-$home}'
guest_modules='$modules'
guest_address='10.78.$slot.2'
server_address='10.78.$slot.1'
guest_slot='$slot'
TEXT

# $words and $append hold several words each.
# shellcheck disable=SC2086
timeout --kill-after=5 "$timeout" ip netns exec "$namespace" "$program" \
  "mem=$memory" rootfstype=hostfs rootflags=/ ro "init=$here/guest-init.sh" \
  "vec0:transport=tap,ifname=guest$slot,depth=128,gro=1" con=null con0=null,fd:1 quiet panic=-1 \
  "uml_dir=$home/uml" $words "LAB_HOME=$home" $append </dev/null >"$home/console" 2>&1
ended=$?
[ -f "$home/output" ] && cat "$home/output"
if [ ! -f "$home/status" ]; then
  echo "# the guest left no exit status (its kernel ended with $ended); its last words:"
  tail -n 8 "$home/console" | sed 's/^/#   /'
  exit 125
fi
exit "$(cat "$home/status")"
