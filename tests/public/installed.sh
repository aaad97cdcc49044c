#!/bin/bash
# installed.sh SOURCE BUILD: installs the build into a folder of its own, builds every example there with nothing but a
# compiler and pkg-config, and uses it as its readers would. Prints TAP.
set -u
source=$1 build=$2
count=0 failed=0
say() {
  count=$((count + 1))
  if [ "$1" = 0 ]; then echo "ok $count - $2"; else
    echo "not ok $count - $2"
    failed=1
    [ -f "$outside/log" ] && tail -n 30 "$outside/log" | sed 's/^/#   /'
  fi
}
outside=$(mktemp -d "${TMPDIR:-/tmp}/dittofs-installed.XXXXXX") || exit 2
program=
close() {
  [ -z "$program" ] || kill -9 "$program" 2>/dev/null
  rm -rf "$outside"
}
trap close EXIT
trap '' PIPE
cd "$outside" || exit 2

DESTDIR=$outside/root meson install -C "$build" --no-rebuild --quiet >log 2>&1
status=$?
say $status "meson install"
[ $status = 0 ] || { echo "1..$count"; exit 1; }
pc=$(dirname "$(find root -name dittofs.pc | head -n 1)")
export PKG_CONFIG_PATH=$outside/$pc PKG_CONFIG_SYSROOT_DIR=$outside/root
libraries=$outside/$(dirname "$pc")
export LD_LIBRARY_PATH=$libraries
[ -f "$outside/$pc/dittofs-testing.pc" ]
say $? "pkg-config finds dittofs and dittofs-testing"

for example in "$source"/examples/*.cc; do
  name=$(basename "$example" .cc)
  cp "$example" .
  module=dittofs
  grep -q 'dittofs/testing/' "$example" && module="dittofs dittofs-testing"
  # shellcheck disable=SC2046,SC2086
  ${CXX:-g++} -std=c++20 -Wall -Werror -O1 "$name.cc" $(pkg-config --cflags --libs $module) -o "$name" >log 2>&1
  say $? "$name builds against the installation"
done
# The program in README.md, as it stands there.
awk '/^    #include <dittofs\/nfs.h>/ { on = 1 } on && !/^(    |$)/ { exit } on { sub(/^    /, ""); print } on && /^}/ { exit }' \
  "$source/README.md" >readme.cc
# shellcheck disable=SC2046
${CXX:-g++} -std=c++20 -Wall -Werror readme.cc $(pkg-config --cflags --libs dittofs) -o readme >log 2>&1
say $? "the program in README.md builds ($(wc -l <readme.cc) lines)"
nm -DC --defined-only "$libraries/libdittofs.so" | grep -v ' dittofs::' | grep -vE ' (typeinfo|vtable|VTT|guard|_init|_fini)|std::' >log
[ ! -s log ]
say $? "the library exports nothing but dittofs::"

# start NAME ARGUMENTS...: runs an example with its standard input held open, and learns its port from its first line.
start() {
  [ -x "./$1" ] || return 1
  rm -f input
  mkfifo input
  "./$@" <input >output 2>log &
  program=$!
  exec 7>input
  port=
  for _ in $(seq 200); do
    port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' output)
    [ -z "$port" ] || return 0
    kill -0 $program 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}
# finish: end of input; the example's own exit status.
finish() {
  exec 7>&-
  wait "$program"
  local status=$?
  program=
  return $status
}
url() { echo "nfs://127.0.0.1$1?nfsport=$port&mountport=$port&version=3"; }
holds() { [ "$(nfs-cat "$(url "$1")" 2>log)" = "$2" ]; }

if [ -x custom_block_store ]; then
  ./custom_block_store >log 2>&1
  say $? "custom_block_store passes the conformance suite"
fi

tree_copy=$build/tests/interop/libnfs/tree_copy
if [ ! -x "$tree_copy" ] || ! command -v nfs-cat >/dev/null; then
  echo "ok $((++count)) - examples over NFS # SKIP libnfs-dev or libnfs-utils is not installed"
else
  start export_app_data 0
  say $? "export_app_data starts"
  holds /desk/report.txt "orders so far: 2"
  say $? "export_app_data: a file made when it is read"
  nfs-ls "$(url /desk/orders)" 2>log | grep -c . | grep -qx 2
  say $? "export_app_data: a folder made when it is listed"
  echo "5 plums" >&7
  for _ in $(seq 100); do holds /desk/orders/3 "5 plums" && break; sleep 0.05; done
  holds /desk/orders/3 "5 plums"
  say $? "export_app_data: an object that came in while it ran"
  echo "closed today" | tee notice.txt >report.txt
  "$tree_copy" overwrite notice.txt "$(url /desk)" >log 2>&1 && holds /desk/notice.txt "closed today"
  say $? "export_app_data: a file that users write"
  ! "$tree_copy" overwrite report.txt "$(url /desk)" >log 2>&1 && holds /desk/report.txt "orders so far: 3"
  say $? "export_app_data: a file that they don't"
  finish
  say $? "export_app_data ends well"

  mkdir share
  start embed_stored_share "$outside/share" 0
  say $? "embed_stored_share starts"
  nfs-cp notice.txt "$(url /files/kept)" >log 2>&1 && holds /files/kept "closed today"
  say $? "embed_stored_share keeps a file"
  kill -9 "$program"
  wait "$program" 2>/dev/null
  exec 7>&-
  start embed_stored_share "$outside/share" 0 && holds /files/kept "closed today"
  say $? "embed_stored_share still has it after SIGKILL"
  finish
  say $? "embed_stored_share ends well"
fi
echo "1..$count"
exit $failed
