#!/bin/bash
# Two Linux kernels mount the same share over NFSv3: what one closes the other sees when it opens (close-to-open).
. "$(dirname "$0")/lab.sh"
lab_open
for kind in ${LAB_STORES:-memory}; do
  server_start "$kind" && lab_say ok "$kind: the server starts" || lab_say failed "$kind: the server starts"
  both='
check "mount" mount3 '"$server_export"' /mnt/a actimeo=0 || exit 1
cd /mnt/a
meet mounted
'
  guest_start 0 "${LAB_TIMEOUT:-600}" "$both"'
echo first >news
meet written
meet read
check "sees the second line of the other" equals "first
second" cat news
for i in $(seq 50); do echo $i >mine.$i; done
meet made
check "sees the files that the other made" sh -c "[ \$(ls theirs.* | wc -l) = 50 ]"
meet seen
check "removes a file that the other holds open" rm held
meet removed
for i in $(seq 100); do echo "a $i" >>log.a; done
check "one of two exclusive creators wins" sh -c "(set -C; echo a >race) 2>/dev/null; grep -qx [ab] race"
meet raced
check "the race has one winner for both" sh -c "cp race /run/shared/race.0"
meet compared
cd /
check "umount" umount /mnt/a
'
  guest_start 1 "${LAB_TIMEOUT:-600}" "$both"'
meet written
check "sees what the other wrote" equals first cat news
echo second >>news
meet read
for i in $(seq 50); do echo $i >theirs.$i; done
meet made
check "sees the files that the other made" sh -c "[ \$(ls mine.* | wc -l) = 50 ]"
echo kept >held
exec 4<held
meet seen
meet removed
check "the name is gone" sh -c "[ ! -e held ]"
check "and a read of the open file fails cleanly or gives its bytes" sh -c "cat <&4 >/tmp/kept 2>&1 || grep -qi stale /tmp/kept"
exec 4<&-
check "one of two exclusive creators wins" sh -c "(set -C; echo b >race) 2>/dev/null; grep -qx [ab] race"
meet raced
meet compared
check "the race has one winner for both" cmp race /run/shared/race.0
cd /
check "umount" umount /mnt/a
'
  guest_finish 0 "$kind first"
  guest_finish 1 "$kind second"
  server_kill
done
lab_close
