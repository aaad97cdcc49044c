# Sourced inside a guest. posix_checks FOLDER: what any program expects of a POSIX file tree, in a folder of a mounted
# share. One case per promise; all of them hold on a local file system.
posix_checks() {
  cd "$1" || return 1

  check "a file reads back what was written" sh -c 'echo hello >a && [ "$(cat a)" = hello ]'
  check "append adds at the end" sh -c 'echo one >ap; echo two >>ap; [ "$(cat ap)" = "one
two" ]'
  check "truncate to zero and back up reads zeros" sh -c \
    'printf xxxxxxxx >t; : >t; truncate -s 8 t; [ "$(od -An -tx1 t | tr -d " ")" = 0000000000000000 ]'
  check "a hole beyond 4 GiB reads zeros, and its end is there" sh -c \
    'printf end | dd of=big bs=1 seek=5000000000 conv=notrunc 2>/dev/null; [ "$(stat -c %s big)" = 5000000003 ] &&
     [ "$(tail -c 3 big)" = end ] && [ "$(dd if=big bs=1 skip=4999999990 count=10 2>/dev/null | tr -d "\000")" = "" ]'
  check "O_DIRECT writes and reads" sh -c \
    'dd if=/usr/bin/busybox of=direct bs=64k count=8 oflag=direct 2>/dev/null &&
     dd if=direct iflag=direct bs=64k 2>/dev/null | cmp -n 524288 - /usr/bin/busybox'
  check "O_SYNC writes" sh -c 'dd if=/usr/bin/busybox of=sync bs=32k count=8 oflag=sync 2>/dev/null'
  check "O_EXCL refuses a second creation" sh -c \
    'rm -f ex; set -C; echo 1 >ex; ! (echo 2 >ex) 2>/dev/null && [ "$(cat ex)" = 1 ]'
  check "rename replaces its target" sh -c 'echo new >r1; echo old >r2; mv r1 r2; [ "$(cat r2)" = new ] && [ ! -e r1 ]'
  check "rename of a directory keeps its content" sh -c 'mkdir -p d1/sub; echo x >d1/sub/f; mv d1 d2; [ "$(cat d2/sub/f)" = x ]'
  check "a hard link shares content and is counted" sh -c \
    'echo l >h1; ln h1 h2; [ "$(stat -c %h h1)" = 2 ] && [ "$(stat -c %i h1)" = "$(stat -c %i h2)" ] &&
     rm h1 && [ "$(cat h2)" = l ] && [ "$(stat -c %h h2)" = 1 ]'
  check "a symlink keeps its target as it is" sh -c 'ln -s ../some/where s; [ "$(readlink s)" = ../some/where ]'
  check "a FIFO and a device node have their types" sh -c \
    'mkfifo p; mknod c c 1 3; [ "$(stat -c %F p)" = fifo ] && [ "$(stat -c %F:%t:%T c)" = "character special file:1:3" ]'
  check "an open file that was removed can still be read" sh -c 'echo gone >o; exec 3<o; rm o; [ ! -e o ] && [ "$(cat <&3)" = gone ]'
  check "chmod, chown and the special bits stay" sh -c \
    'echo >m; chown 1234:5678 m; chmod 6751 m; [ "$(stat -c %u:%g:%a m)" = 1234:5678:6751 ]'
  check "times set by the client stay, to the nanosecond" sh -c \
    'touch -d "2001-02-03 04:05:06.123456789 UTC" m; [ "$(stat -c %.9Y m)" = 981173106.123456789 ]'
  check "a directory counts its sub-directories" sh -c 'mkdir -p n/1 n/2 n/3; [ "$(stat -c %h n)" = 5 ]; rmdir n/2; [ "$(stat -c %h n)" = 4 ]'
  check "rmdir refuses a directory with entries" fails "not empty" rmdir n
  check "a name of 255 bytes works" sh -c 'n=$(printf "%0255d" 0); echo x >"$n" && [ "$(cat "$n")" = x ]'
  check "a name of 256 bytes is refused" fails "too long" touch "$(printf '%0256d' 0)"
  check "names may hold any byte but slash and NUL" sh -c \
    'printf x >"$(printf "a b\\n\\t\\377*?")" && [ "$(ls | grep -c "a b")" = 1 ]'
  check "one's own file without permission bits stays closed to others" sh -c \
    'echo secret >closed; chmod 600 closed; chmod 755 .; ! setpriv --reuid=1001 --regid=1001 --clear-groups cat closed'
  check "a supplementary group opens a file" sh -c \
    'echo g >group; chown 0:2002 group; chmod 640 group
     [ "$(setpriv --reuid=1001 --regid=1001 --groups=2002 cat group)" = g ]'
  check "the sticky bit protects other people's files" sh -c \
    'mkdir st; chmod 1777 st; echo x >st/f; chmod 666 st/f; ! setpriv --reuid=1001 --regid=1001 --clear-groups rm -f st/f'
  check "3000 names are listed once each" sh -c \
    'mkdir many; cd many; seq 3000 | xargs touch; [ "$(ls -U | sort -u | wc -l)" = 3000 ] && [ "$(ls -U | wc -l)" = 3000 ]'
  check "a listing survives the removal of what it lists" sh -c 'rm -r many && [ ! -e many ]'
  check "df tells a size" sh -c '[ "$(df -P . | awk "NR == 2 { print (\$2 > 0) }")" = 1 ]'
  cd /
}
