#!/bin/sh
# Process 1 of a guest (see guest.sh). Its root is the host's file tree, read-only; LAB_HOME comes from the kernel's
# command line and is the host folder of this guest: settings, script and the host's requests go in, output comes out.
PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
export PATH HOME LANG
unset LD_LIBRARY_PATH LD_PRELOAD
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
for folder in /run /tmp /mnt /var/tmp; do mount -t tmpfs tmpfs $folder; done
chmod 1777 /tmp /var/tmp
mkdir -p /run/lab /run/shared /run/lock /run/rpcbind
mount -t hostfs -o "$LAB_HOME" none /run/lab
. /run/lab/settings
mount -t hostfs -o "$guest_shared" none /run/shared
mount -t hostfs -o "$guest_modules" none /lib/modules
exec >/run/lab/output 2>&1
ip link set lo up
ip address add "$guest_address/24" dev vec0
ip link set vec0 up
hostname guest
cd /run/lab || exit 1
# A session of its own: what the script leaves behind must not keep it.
setsid sh /run/lab/script </dev/null
echo $? >/run/lab/status.new
mv /run/lab/status.new /run/lab/status
sync
exec busybox poweroff -f
