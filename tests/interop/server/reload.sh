#!/bin/bash
# SIGHUP: what changes while running, what waits for a restart, and what happens with a wrong configuration.
. "$(dirname "$0")/tap.sh"
has_client || { echo "1..0 # SKIP libnfs-utils is not installed"; exit 0; }

# reload: and wait until the server has read its configuration again.
reload() {
  local before
  before=$(grep -cE 'Configuration read again|configuration is wrong' c.err)
  run "$dittofs" reload c
  wait_for more_than "$before"
}
more_than() { [ "$(grep -cE 'Configuration read again|configuration is wrong' c.err)" -gt "$1" ]; }
logged() { grep -qE -- "$1" c.err; }
lists() { # lists SHARE
  run nfs-ls "$(url "$1")"
  ended 0
}

memory_config c /a /b
serve c "$dittofs" start --config c.conf
put one /a/f
check "a file is written" reads /a/f one

memory_config c /a /c
check "reload is heard" reload
check "a share that was added can be mounted" lists /c
check "a share that was removed can't" not lists /b
check "a share that stayed keeps its files" reads /a/f one
run "$dittofs" status c
check "status follows" grep -q '^share  */c$' out

memory_config c /a /b /c
reload
check "a share that comes back can be mounted" lists /b

sed -i '/"\/a"/s/squash: none/squash: none read_only: true/' c.conf
reload
check "a share that became read-only can't be written" not put two /a/g
check "and still be read" reads /a/f one
sed -i '/"\/a"/s/read_only: true/clients { pattern: "192.0.2.1" }/' c.conf
reload
check "a share for other clients can't be mounted" not lists /a
sed -i '/"\/a"/s/clients {[^}]*}//' c.conf
reload
put three /a/h
check "a share that everybody may write again can be written" reads /a/h three

echo 'log { level: debug }' >>c.conf
sed -i 's/port: 0/port: 0 max_connections: 77/' c.conf
reload
check "a change that waits for a restart is logged" logged 'needs a restart.* field=nfs.max_connections'
sed -i '/"\/c"/s/squash: none/squash: none quota_files: 5/' c.conf
reload
check "a change of a share that waits for a restart is logged" logged 'needs a restart.* share=/c field=quota_files'
check "and nothing else of it is lost" lists /c

echo 'metadata_stores { name: "m2" memory {} }' >>c.conf
echo 'shares { name: "/d" metadata_store: "m2" block_store: "b" durability: memory squash: none }' >>c.conf
reload
check "a share over a store that was added can be mounted" lists /d

cp c.conf good.conf
echo 'nfs { prot: 1 }' >>c.conf
reload
check "a wrong configuration is logged with its place" logged 'configuration is wrong.* problem=.*c.conf:[0-9]+:[0-9]+: '
check "and changes nothing" lists /d
rm c.conf
reload
check "one that is gone changes nothing either" lists /d
cp good.conf c.conf

# Rotation of the log.
run "$dittofs" stop c
wait "$server"
sed -i "s|log { level: debug }|log { file: \"$scratch/log\" }|" c.conf
serve c "$dittofs" start --config c.conf
mv log log.1
run "$dittofs" reload c
check "the log file is opened again" wait_for grep -q 'Configuration read again' log
check "and the old one ends there" not grep -q 'Configuration read again' log.1
run "$dittofs" stop c
check "stop ends with 0" ended 0
finish
