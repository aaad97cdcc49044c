#!/bin/bash
# From a clean clone to a running NFS server with a few files in it.
usage() {
  cat <<'TEXT'
usage: server/quickstart.sh [options]

For Debian 12 and its relatives, as root, with sudo, or as any user if the packages are there. Installs what the server
needs and is missing, builds it below build-release/, starts `dittofs export` in the background, puts a few files there
over NFS, and prints what to try next. Running it again changes nothing that is good already.

  --port N     NFS and MOUNT port (default 12049)
  --data DIR   where the demo's files are kept (default build-release/demo)
  --stop       stop the demo server; its files stay
  --help       this text

Exit status: 0 done, 1 something failed (the message says what), 2 wrong usage.
TEXT
}

set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
build=$top/build-release
program=$build/server/dittofs
data=$build/demo
port=12049
stop=
while [ $# -gt 0 ]; do
  case $1 in
    --port | --data)
      [ $# -ge 2 ] || { echo "quickstart: $1 wants a value" >&2; exit 2; }
      if [ "$1" = --port ]; then port=$2; else data=$2; fi
      shift ;;
    --port=*) port=${1#*=} ;;
    --data=*) data=${1#*=} ;;
    --stop) stop=yes ;;
    --help | -h) usage; exit 0 ;;
    *) echo "quickstart: unknown option $1; see --help" >&2; exit 2 ;;
  esac
  shift
done
if ! [[ $port =~ ^[0-9]{1,5}$ ]] || [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then
  echo "quickstart: --port wants a number from 1 to 65535" >&2
  exit 2
fi
case $data in /*) ;; *) data=$PWD/$data ;; esac
for name in "${!DITTOFS_@}"; do unset "$name"; done  # Would override the demo's settings.

log=$build/quickstart.log
step() { echo "== $*"; }
die() {
  echo "quickstart: $*" >&2
  exit 1
}
# quietly WHAT COMMAND...: its output goes to the log, of which a failure shows the end.
quietly() {
  local what=$1
  shift
  "$@" >>"$log" 2>&1 </dev/null && return
  tail -n 25 "$log" >&2
  die "$what failed; everything it said is in $log"
}

if [ -n "$stop" ]; then
  [ -x "$program" ] || { echo "nothing was built, so nothing runs"; exit 0; }
  "$program" status "$data" >/dev/null 2>&1
  [ $? != 3 ] || { echo "no demo server is running"; exit 0; }
  exec "$program" stop "$data"
fi

mkdir -p "$build" || die "can't make $build"
: >"$log" || die "can't write $log"

# What the server needs to be built and to run, and libnfs-utils to put the first files there.
packages=(g++ meson ninja-build pkgconf libfmt-dev libssl-dev libabsl-dev libleveldb-dev libprotobuf-dev
  protobuf-compiler libcli11-dev libnfs-utils)
step "packages"
if command -v dpkg-query >/dev/null; then
  missing=()
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "   installing ${missing[*]}"
    as_root=
    if [ "$(id -u)" != 0 ]; then
      command -v sudo >/dev/null || die "not root and no sudo; have these installed: ${missing[*]}"
      sudo -v || die "sudo was refused; have these installed: ${missing[*]}"
      as_root=sudo
    fi
    quietly "apt-get update" $as_root apt-get update -q
    quietly "apt-get install" $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends "${missing[@]}"
  fi
else
  echo "   not a Debian system: make sure that the equivalents of these are there: ${packages[*]}"
fi

step "build"
if [ ! -f "$build/build.ninja" ]; then
  # From a directory of its own in any case: a half-configured one would stay in the way.
  rm -rf "$build/meson-private" "$build/meson-info"
  quietly "meson setup" meson setup "$build" "$top" -Dbuildtype=release -Dtests=false -Dserver=enabled -Dleveldb=enabled \
    -Dwerror=false
fi
# A compiler takes up to a gigabyte.
jobs=$(nproc)
memory_gib=$(awk '/^MemTotal:/ { print int($2 / 1048576) }' /proc/meminfo)
[ "$memory_gib" -ge "$jobs" ] || jobs=$((memory_gib > 1 ? memory_gib : 1))
quietly "the build" ninja -C "$build" -j "$jobs" server/dittofs

step "server"
url() { echo "nfs://127.0.0.1/export/${1:-}?nfsport=$port&mountport=$port"; }
running_port() { "$program" status "$data" 2>/dev/null | sed -n 's/^endpoint *nfs tcp .* port //p' | head -n 1; }
if [ -n "$(running_port)" ]; then
  # A server of an older build, or on another port, makes room.
  if [ "$(running_port)" != "$port" ] || [ "$program" -nt "$data/dittofs.pid" ]; then
    quietly "stopping the running server" "$program" stop "$data"
  fi
fi
if [ -z "$(running_port)" ]; then
  started=$("$program" export "$data" --port "$port" --daemon 2>&1) || die "the server did not start: ${started#dittofs: }"
  echo "$started" >>"$log"
fi
quietly "waiting for the server" "$program" status "$data" --wait 10

step "files"
# put NAME: standard input becomes a file of the share, unless there is one of that name.
put() {
  local file=$build/quickstart.put
  cat >"$file"
  nfs-ls "$(url)" 2>>"$log" | grep -q " $1\$" || quietly "nfs-cp" nfs-cp "$file" "$(url "$1")"
  rm -f "$file"
}
if command -v nfs-cp >/dev/null && command -v nfs-ls >/dev/null; then
  echo "Hello from user space." | put hello.txt
  put readme.md <"$top/README.md"
  head -c 1048576 /dev/zero | tr '\0' 'x' | put one-mebibyte.txt
  [ "$(nfs-cat "$(url hello.txt)" 2>>"$log")" = "Hello from user space." ] || die "the first file does not read back; see $log"
else
  echo "   libnfs-utils is not there: the share stays empty"
fi

cat <<TEXT

dittofs serves 127.0.0.1:/export on port $port; its files are kept in $data.

Look at it without privileges:
  nfs-ls '$(url)'
  nfs-cat '$(url hello.txt)'

Mount it (as root, with the package nfs-common):
  mount -t nfs -o vers=3,tcp,port=$port,mountport=$port,nolock 127.0.0.1:/export /mnt

The server:
  $program status $data
  $program export --help
  $0 --stop
TEXT
