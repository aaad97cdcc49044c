#!/bin/bash
# Two Linux kernels lock files of one share over NLM: conflict, waiting, hand-over, and a server that was killed.
. "$(dirname "$0")/lab.sh"
lab_open
[ "$LAB_SERVER" != ganesha ] || lab_skip "nfs-ganesha's lock manager needs a status daemon of the host"
command -v rpcbind >/dev/null && command -v rpc.statd >/dev/null || lab_skip "rpcbind or rpc.statd is not installed"
for kind in ${LAB_STORES:-leveldb}; do
  server_start "$kind" "grace_period_s: 4" && lab_say ok "$kind: the server starts" || lab_say failed "$kind: the server starts"
  both='
mkdir -p /var/tmp/statd /run/rpcbind
rpcbind -w
mount -t tmpfs tmpfs /var/lib/nfs && mkdir -p /var/lib/nfs/sm /var/lib/nfs/sm.bak && : >/var/lib/nfs/state
rpc.statd --no-notify || exit 1
mkdir -p /mnt/a
modprobe nfsv3
check "mount with locks" mount -t nfs -o vers=3,proto=tcp,timeo=50,port=$port,mountport=$mount_port \
  $server_address:'"$server_export"' /mnt/a || exit 1
cd /mnt/a
meet mounted
'
  guest_start 0 "${LAB_TIMEOUT:-600}" "$both"'
: >file
exec 9<>file
check "takes an exclusive lock" flock -x -n 9
meet held
meet tried
(meet waiting; sleep 1; flock -u 9) &
wait $!
flock -u 9
meet handed
check "is refused while the other holds it" fails "" flock -x -n 9
meet checked
meet shared-0
check "two shared locks stand beside each other" flock -s -n 9
meet both-shared
check "an exclusive one does not" fails "" flock -x -n file true
flock -u 9
meet released
exec 8<>kept
check "takes a lock before the server is killed" flock -x -n 8
meet before-kill
check "the server is killed" on_host kill-server
check "and starts again" on_host start-server
meet restarted
# The grace period: only those who held locks may have them; the lock comes back by itself.
sleep 6
meet grace-over
meet tried-again
flock -u 8
meet at-end
exec 8<&- 9<&-
cd /
check "umount" umount /mnt/a
'
  guest_start 1 "${LAB_TIMEOUT:-600}" "$both"'
meet held
exec 9<>file
check "is refused" fails "" flock -x -n 9
meet tried
meet waiting
check "waits and gets it" timeout 30 flock -x 9
meet handed
meet checked
flock -u 9
check "takes a shared lock" flock -s -n 9
meet shared-0
meet both-shared
meet released
flock -u 9
meet before-kill
meet restarted
meet grace-over
check "the lock of the other outlived the server" fails "" flock -x -n kept true
meet tried-again
meet at-end
check "and is free when it was given back" flock -x -w 20 kept true
exec 9<&-
cd /
check "umount" umount /mnt/a
'
  guest_finish 0 "$kind first"
  guest_finish 1 "$kind second"
  server_kill
done
lab_close
