# Sourced by the scripts that run inside a guest (see lab.sh). POSIX shell.
. /run/lab/settings

# check NAME COMMAND...: one TAP case: the command succeeds. What it prints shows only if it fails.
check() {
  check_name=$1
  shift
  "$@" >/tmp/check.log 2>&1
  check_status=$?
  if [ $check_status -eq 0 ]; then
    echo "ok - $check_name"
  else
    echo "not ok - $check_name"
    echo "#   exit status $check_status of: $*"
    head -n 20 /tmp/check.log | sed 's/^/#   /'
    return 1
  fi
}

# fails WORD COMMAND...: the command fails, and its message contains WORD.
fails() {
  fails_word=$1
  shift
  if "$@" >/tmp/fails.log 2>&1; then
    echo "succeeded, but should have failed with: $fails_word"
    return 1
  fi
  cat /tmp/fails.log
  [ -z "$fails_word" ] || grep -q "$fails_word" /tmp/fails.log
}

# equals EXPECTED COMMAND...: what the command prints is EXPECTED.
equals() {
  equals_expected=$1
  shift
  equals_found=$("$@") || return 1
  [ "$equals_found" = "$equals_expected" ] || { echo "expected '$equals_expected', found '$equals_found'"; return 1; }
}

# on_host WORDS...: asks the host to do something (host_action in the test), waits until it is done, answers its status.
on_host() {
  on_host_number=$((${on_host_number:-0} + 1))
  echo "$*" >"/run/shared/request.$guest_slot.new"
  mv "/run/shared/request.$guest_slot.new" "/run/shared/request.$guest_slot.$on_host_number"
  until [ -f "/run/shared/answer.$guest_slot.$on_host_number" ]; do sleep 0.05; done
  return "$(cat "/run/shared/answer.$guest_slot.$on_host_number")"
}

# meet NAME: waits until both guests came to this place.
meet() {
  : >"/run/shared/meet.$1.$guest_slot"
  until [ -f "/run/shared/meet.$1.$((1 - guest_slot))" ]; do sleep 0.05; done
}

# mount3 EXPORT FOLDER [OPTIONS]: mounts over NFSv3 without locks.
mount3() {
  mkdir -p "$2"
  modprobe nfsv3 2>/dev/null
  mount -t nfs -o "vers=3,proto=tcp,mountproto=tcp,port=$port,mountport=$mount_port,nolock,timeo=50${3:+,$3}" \
    "$server_address:$1" "$2"
}
