#!/bin/bash
# A Linux kernel mounts a share over NFSv3: POSIX behaviour, and a real tree copied in and out without a difference.
. "$(dirname "$0")/lab.sh"
lab_open
for kind in ${LAB_STORES:-memory leveldb}; do
  server_start "$kind" && lab_say ok "$kind: the server starts" || lab_say failed "$kind: the server starts"
  cp "$lab_home/posix-checks.sh" "$lab/shared/"
  guest_run "$kind" "${LAB_TIMEOUT:-1500}" "
check 'mount' mount3 $server_export /mnt/a || exit 1
. /run/shared/posix-checks.sh
mkdir /mnt/a/posix
posix_checks /mnt/a/posix
check 'copy a tree in' cp -r ${LAB_TREE:-/usr/include} /mnt/a/in
check 'umount' umount /mnt/a
check 'mount again' mount3 $server_export /mnt/a
check 'the tree is identical' diff -r --no-dereference ${LAB_TREE:-/usr/include} /mnt/a/in
check 'remove the tree' rm -r /mnt/a/in
check 'umount at the end' umount /mnt/a
"
  server_kill
  rm -rf "$lab/data" "$lab"/shared/request.* "$lab"/shared/answer.*
  mkdir "$lab/data"
done
lab_close
