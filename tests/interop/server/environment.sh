#!/bin/bash
# A bad environment: each message says what is wrong and what to do, the exit status is 1, and nothing serves.
. "$(dirname "$0")/tap.sh"

# disk_config NAME: a configuration over a disk.
disk_config() {
  cat >"$1.conf" <<TEXT
data_directory: "$scratch/$1"
metadata_stores { name: "m" leveldb {} }
block_stores { name: "b" filesystem {} }
shares { name: "/a" metadata_store: "m" block_store: "b" squash: none }
nfs { addresses: "127.0.0.1" port: 0 grace_period_s: 0 }
TEXT
}
refuses() { # refuses WORDS...: the last run ended with 1, said each of these, and left no process id
  local word
  ended 1 || return 1
  for word in "$@"; do complained "$word" || return 1; done
}

memory_config m /a
serve m "$dittofs" start --config m.conf
check "a server is there to be in the way" ended 0
memory_config other /a
run "$dittofs" start --config other.conf --port "$port"
check "a port in use: which, and what to do" refuses "$port" "another port"
check "nothing stays behind that looks like a server" test ! -e other/dittofs.pid
run "$dittofs" stop m

disk_config d
serve d "$dittofs" start --config d.conf
sed "s|data_directory: .*|data_directory: \"$scratch/d2\"|; s|leveldb {}|leveldb { directory: \"$scratch/d/metadata-m\" }|" d.conf >d2.conf
run "$dittofs" start --config d2.conf
check "a store that another process has open: which, and what to do" refuses "metadata store \"m\"" "$scratch/d/metadata-m" "stop that one"
run "$dittofs" stop d
check "the first one stops cleanly" ended 0

chmod 644 d/handle-key
run "$dittofs" start --config d.conf
check "a handle key that others may read: the command that mends it" refuses "chmod 600 $scratch/d/handle-key"
chmod 600 d/handle-key
cp d/handle-key key
printf '\002' | dd of=d/handle-key bs=1 seek=7 conv=notrunc 2>/dev/null
run "$dittofs" start --config d.conf
check "a handle key of a newer format" refuses "format 2" "run the version that wrote it"
head -c 20 key >d/handle-key
run "$dittofs" start --config d.conf
check "a handle key that was cut off" refuses "has 20 bytes instead of 32" "restore it"
cp key d/handle-key

cp -r d/metadata-m whole
echo garbage >d/metadata-m/CURRENT
run "$dittofs" start --config d.conf
check "a damaged database" refuses "metadata store \"m\"" "$scratch/d/metadata-m"
rm -rf d/metadata-m
cp -r whole d/metadata-m
serve d "$dittofs" start --config d.conf
check "with everything back in place it starts" ended 0
run "$dittofs" stop d

disk_config deep
sed -i "s|$scratch/deep|$scratch/absent/deep|" deep.conf
run "$dittofs" start --config deep.conf
check "a data directory without a parent" refuses "$scratch/absent/deep" "parent"
disk_config file
echo >file
run "$dittofs" start --config file.conf
check "a file where the data directory should be" refuses "$scratch/file" "not a directory"
disk_config blocks
mkdir -p blocks/blocks-b
echo other >blocks/blocks-b/notes.txt
run "$dittofs" start --config blocks.conf
check "a block store in a directory of other things" refuses "block store \"b\"" "blocks-b"
check "which stay as they were" test "$(ls blocks/blocks-b)" = notes.txt

as_nobody=
if [ "$(id -u)" != 0 ]; then
  as_nobody=env
elif command -v setpriv >/dev/null && setpriv --reuid 65534 --regid 65534 --clear-groups "$dittofs" version >/dev/null 2>&1; then
  as_nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
fi
if [ -n "$as_nobody" ]; then
  chmod 755 "$scratch"
  mkdir closed
  chmod 555 closed
  disk_config closed
  sed -i "s|$scratch/closed\"|$scratch/closed/data\"|" closed.conf
  # shellcheck disable=SC2086
  run $as_nobody "$dittofs" start --config closed.conf
  check "a directory that can't be written" refuses "$scratch/closed/data: Permission denied" "may write there"
  memory_config low /a
  sed -i '/data_directory/d; s/port: 0/port: 1/' low.conf
  # shellcheck disable=SC2086
  run $as_nobody "$dittofs" start --config low.conf
  if [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 1 ]; then
    check "a port that needs privileges" refuses "below 1024"
  else
    skip "a port that needs privileges" "this system lets everybody use port 1"
  fi
else
  skip "a directory that can't be written" "can't become another user"
  skip "a port that needs privileges" "can't become another user"
fi
finish
