#!/bin/bash
# Load that others wrote, on a share that a Linux kernel mounts over NFSv3: fio with verification, stress-ng's file
# system stressors, dbench. Each that is not installed is skipped.
. "$(dirname "$0")/lab.sh"
lab_open
seconds=${LAB_SECONDS:-20}
tools=
for tool in fio stress-ng dbench; do
  if command -v $tool >/dev/null; then tools+=" $tool"; else lab_say ok "$tool # SKIP not installed"; fi
done
for kind in ${LAB_STORES:-leveldb}; do
  server_start "$kind" && lab_say ok "$kind: the server starts" || lab_say failed "$kind: the server starts"
  guest_run "$kind" "${LAB_TIMEOUT:-1800}" '
check "mount" mount3 '"$server_export"' /mnt/a || exit 1
mkdir /mnt/a/work && cd /mnt/a/work
case "'"$tools"'" in *fio*)
  check "fio: random and sequential writes verify" fio --name=mixed --directory=/mnt/a/work --size=48m --numjobs=2 \
    --rw=randrw --bsrange=512-128k --verify=crc32c --verify_fatal=1 --ioengine=psync --fsync=64 --group_reporting --minimal
  check "fio: O_DIRECT writes verify" fio --name=direct --directory=/mnt/a/work --size=32m --rw=randwrite --bs=4k \
    --direct=1 --verify=crc32c --verify_fatal=1 --ioengine=psync --minimal
  rm -f mixed* direct* ;;
esac
case "'"$tools"'" in *stress-ng*)
  for stressor in access chmod chown dentry dir fallocate filename fstat getdent hdd link rename seek symlink touch utime; do
    check "stress-ng: $stressor" stress-ng --temp-path /mnt/a/work --$stressor 1 -t 3 --verify --quiet
  done ;;
esac
case "'"$tools"'" in *dbench*)
  check "dbench: 4 clients" dbench -D /mnt/a/work -t '"$seconds"' 4 ;;
esac
cd /
check "nothing is left behind" rm -r /mnt/a/work
check "umount" umount /mnt/a
'
  server_kill
done
lab_close
