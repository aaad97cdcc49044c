#!/bin/bash
# The server is killed with SIGKILL under a mounted Linux client and started again: what fsync acknowledged is there,
# the client goes on with the handles that it holds, and a listing that was under way ends as it should.
. "$(dirname "$0")/lab.sh"
lab_open
for kind in ${LAB_STORES:-leveldb}; do
  server_start "$kind" && lab_say ok "$kind: the server starts" || lab_say failed "$kind: the server starts"
  guest_run "$kind" "${LAB_TIMEOUT:-900}" '
check "mount" mount3 '"$server_export"' /mnt/a || exit 1
cd /mnt/a

# Appends numbered lines, each followed by fsync, and notes outside of the share what was acknowledged.
(
  n=0
  while [ ! -f /tmp/enough ]; do
    n=$((n + 1))
    echo "line $n" | dd of=/mnt/a/journal oflag=append conv=notrunc,fsync status=none && echo $n >/tmp/acknowledged
  done
) &
writer=$!
exec 5>held
echo "before" >&5
mkdir listed
(cd listed && seq 2000 | xargs touch)
for round in 1 2 3; do
  before=$(cat /tmp/acknowledged)
  until [ "$(cat /tmp/acknowledged)" -gt $((before + 20)) ]; do sleep 0.05; done
  check "round $round: the server is killed" on_host kill-server
  acknowledged=$(cat /tmp/acknowledged)
  check "round $round: and starts again" on_host start-server
  seq $acknowledged | sed "s/^/line /" >/tmp/expected
  check "round $round: every acknowledged line is there" sh -c "head -n $acknowledged /mnt/a/journal | cmp - /tmp/expected"
  check "round $round: an open file goes on" sh -c "echo round $round >&5"
  check "round $round: a folder lists each of its 2000 names once" sh -c \
    "[ \$(ls -U /mnt/a/listed | sort | uniq | wc -l) = 2000 ] && [ \$(ls -U /mnt/a/listed | wc -l) = 2000 ]"
  check "round $round: new files can be made" sh -c "mkdir /mnt/a/after$round && echo x >/mnt/a/after$round/f"
done
: >/tmp/enough
wait $writer
exec 5>&-
check "the open file holds all of its lines" equals 4 grep -c . held
last=$(cat /tmp/acknowledged)
seq $last | sed "s/^/line /" >/tmp/expected
cd /
check "umount" umount /mnt/a
check "mount again" mount3 '"$server_export"' /mnt/a
check "the journal is complete and in order" sh -c "head -n $last /mnt/a/journal | cmp - /tmp/expected"

# Unstable writes: the client keeps them until COMMIT, and sends them again when the verifier changed.
dd if=/dev/urandom of=/tmp/blob bs=1M count=24 status=none
(cat /tmp/blob >/mnt/a/blob && sync /mnt/a/blob) &
copier=$!
sleep 0.3
check "the server is killed under unstable writes" on_host kill-server
check "and starts again" on_host start-server
check "the copy ends well" wait $copier
check "umount after it" umount /mnt/a
check "mount after it" mount3 '"$server_export"' /mnt/a
check "the content is identical" cmp /tmp/blob /mnt/a/blob
check "stopped with SIGTERM and started again" on_host stop-server
on_host start-server
check "the content is still identical" cmp /tmp/blob /mnt/a/blob
'
  server_kill
done
lab_close
