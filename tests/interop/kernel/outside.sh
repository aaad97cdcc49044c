#!/bin/bash
usage() {
  cat <<'TEXT'
usage: LAB_SERVER=PROGRAM outside.sh pjdfstest|cthon04|fsx|command PATH [WORDS...]

Runs a suite that others wrote, and that you have built, on a share that a Linux kernel mounts over NFSv3. PATH is its
folder on this machine (fsx: the program). Nothing of it is part of this project.

  pjdfstest PATH [TESTS]   PATH holds pjdfstest (the program) and tests/; TESTS: folders below tests/ (default: all)
  cthon04 PATH [SUITES]    PATH holds basic/, general/, special/, lock/; SUITES of them (default: basic special)
  fsx PROGRAM [OPERATIONS] file-system exerciser, in three modes of input and output (default: 20000 operations)
  command PATH WORDS...    any command, run in the mounted folder

LAB_STORES (memory, leveldb), LAB_KERNEL, LAB_KEEP and LAB_TIMEOUT as in lab.sh.
TEXT
}
case ${1:-} in --help|-h) usage; exit 0 ;; esac
[ $# -ge 2 ] || { usage >&2; exit 2; }
suite=$1 path=$(readlink -f "$2")
shift 2
[ -e "$path" ] || { echo "outside.sh: there is no $path" >&2; exit 2; }
. "$(dirname "$0")/lab.sh"
lab_open

# The guest sees the host's /tmp and /run as empty memory file systems, and runs programs from the host's tree slowly:
# what it needs goes into its own folder first.
rm -rf "$lab/shared/suite"
cp -rL "$path" "$lab/shared/suite"
prepare='cp -r /run/shared/suite /tmp/suite; chmod -R a+rX /tmp/suite; mkdir /mnt/a/work; chmod 777 /mnt/a/work; cd /mnt/a/work'
case $suite in
  pjdfstest)
    steps="tests='${*:-}'; [ -n \"\$tests\" ] || tests=\$(ls /tmp/suite/tests)
for t in \$tests; do [ -d /tmp/suite/tests/\$t ] || continue; check \"pjdfstest \$t\" sh -c \"prove -r /tmp/suite/tests/\$t 2>&1 | tee /run/lab/prove.\$t | tail -n 60; ! grep -q ^Result:.FAIL /run/lab/prove.\$t\"; done" ;;
  cthon04)
    steps="for t in ${*:-basic special}; do check \"cthon04 \$t\" sh -c \"cd /tmp/suite/\$t && NFSTESTDIR=/mnt/a/work/\$t && export NFSTESTDIR && mkdir \\\$NFSTESTDIR && sh ./runtests\"; done" ;;
  fsx)
    steps="for mode in '' '-R -W' '-Z -r 512 -w 512 -t 512'; do check \"fsx \$mode\" /tmp/suite -q -N ${1:-20000} -l 4000000 -S 1 \$mode file; done" ;;
  command)
    steps="check '$*' sh -c '$*'" ;;
  *) usage >&2; exit 2 ;;
esac
for kind in ${LAB_STORES:-memory}; do
  server_start "$kind" && lab_say ok "$kind: the server starts" || lab_say failed "$kind: the server starts"
  guest_run "$kind" "${LAB_TIMEOUT:-1800}" "check 'mount' mount3 $server_export /mnt/a || exit 1
$prepare
$steps
cd /
check 'umount' umount /mnt/a"
  server_kill
done
lab_close
