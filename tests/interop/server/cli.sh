#!/bin/bash
# Commands that need no server, and what the others say without one.
. "$(dirname "$0")/tap.sh"

run "$dittofs" --help
check "--help ends with 0" ended 0
for command in export start stop reload status init "config show" "config validate" "config schema" completion; do
  # shellcheck disable=SC2086
  run "$dittofs" $command --help
  check "$command --help ends with 0" ended 0
done
run "$dittofs" version
check "version prints name and version" grep -qE '^dittofs [0-9]+\.[0-9]+\.[0-9]+$' out
run "$dittofs"
check "no command is a usage error" ended_and_complained 2 "a command is missing"
run "$dittofs" statsu
check "an unknown command is a usage error with a guess" ended_and_complained 2 "did you mean status?"
run "$dittofs" export --squash sometimes "$scratch/x"
check "a wrong value of a flag is a usage error" ended_and_complained 2 "sometimes"
run "$dittofs" export --port 70000 "$scratch/x"
check "a port out of range is a usage error" ended 2
check "a usage error makes nothing" test ! -e "$scratch/x"
run "$dittofs" start --daemon --foreground --config x
check "--daemon and --foreground exclude each other" ended 2

run "$dittofs" init "$scratch/d.conf"
check "init writes a configuration" test -s "$scratch/d.conf"
run "$dittofs" config validate --config "$scratch/d.conf"
check "what init wrote is good" ended 0
cp d.conf before
run "$dittofs" init "$scratch/d.conf"
check "init does not replace a file" ended_and_complained 2 "exists already"
check "the file stays as it was" cmp -s d.conf before
run "$dittofs" init --force --data-directory /elsewhere "$scratch/d.conf"
check "init --force does" grep -q '^data_directory: "/elsewhere"' d.conf
run "$dittofs" init -
check "init - prints" said "data_directory:"

echo 'nfs { prot: 1 }' >bad.conf
run "$dittofs" config validate --config bad.conf
check "a wrong configuration ends with 2" ended 2
check "it is reported as file:line:column: field" grep -qE '^bad\.conf:1:7: prot: there is no such field here, did you mean port\?; allowed: ' err
check "in one line" test "$(wc -l <err)" = 1
run "$dittofs" config validate --config absent.conf
check "a configuration that is not there ends with 2" ended_and_complained 2 "absent.conf: can't be read: No such file"
run "$dittofs" config validate --config "$scratch"
check "a directory is no configuration" ended_and_complained 2 "is a directory"
run "$dittofs" config validate
check "no configuration at all says what to give" ended_and_complained 2 "--config FILE"
cp d.conf variable.conf
run env DITTOFS_CONFIG="$scratch/variable.conf" "$dittofs" config validate
check "DITTOFS_CONFIG names the configuration" said "variable.conf is good"

memory_config show /a
run env DITTOFS_NFS_PORT=77 DITTOFS_LOG_LEVEL=debug "$dittofs" config show --config show.conf --set log.level=error
check "config show prints what is in force" said "port: 77"
check "config show prints defaults" said "max_read_bytes: 1048576"
check "flags count more than the environment" said "level: error"
cp out shown.conf
run "$dittofs" config validate --config shown.conf
check "what config show prints is good" ended 0
run env DITTOFS_NFS_PROT=1 "$dittofs" config validate --config show.conf
check "a wrong variable ends with 2" ended_and_complained 2 "did you mean DITTOFS_NFS_PORT?"
run "$dittofs" config validate --config show.conf --set nfs.port
check "--set without a value is a usage error" ended 2

run "$dittofs" config schema
check "config schema lists fields" grep -q '^nfs.port .*12049 .*0..65535' out
run "$dittofs" config schema --markdown
check "docs/configuration.md is what the schema says" cmp -s out "$sources/docs/configuration.md"

run "$dittofs" start --config bad.conf
check "start with a wrong configuration ends with 2" ended 2
run "$dittofs" start --config bad.conf --daemon
check "start --daemon too" ended_and_complained 2 "bad.conf:1:7"
sed 's|nfs {|nfs { max_threads: 1|' show.conf >bounds.conf
run "$dittofs" start --config bounds.conf
check "start with a value out of bounds ends with 2" ended_and_complained 2 "nfs.max_threads: is 1; allowed: 2..4096"
check "nothing was made" test ! -e show
run "$dittofs" start --config show.conf --data-directory '' --daemon
check "the background needs a data directory" ended_and_complained 2 "data_directory"

for command in stop reload status; do
  run "$dittofs" $command "$scratch/nowhere"
  check "$command without a server ends with 3" ended_and_complained 3 "no server is running"
  run "$dittofs" $command
  check "$command of nothing in particular is a usage error" ended 2
done

run "$dittofs" completion bash
check "the bash completion is bash" bash -n out
cp out completion.bash
complete_words() { # complete_words WORD...: what bash would offer for the last one
  bash -c '. ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dittofs; echo "${COMPREPLY[*]}"' - dittofs "$@"
}
check "it completes commands" test "$(complete_words sta)" = "start status"
check "it completes inner commands" test "$(complete_words config v)" = "validate"
check "it completes flags" test "$(complete_words export --sq)" = "--squash"
check "it completes values" test "$(complete_words export --squash r)" = "root"
run "$dittofs" completion zsh
check "the zsh completion names its command" grep -qx '#compdef dittofs' out
if command -v zsh >/dev/null; then check "it is zsh" zsh -n out; else skip "it is zsh" "zsh is not installed"; fi
run "$dittofs" completion fish
check "the fish completion completes flags" grep -q -- "-l squash" out
if command -v fish >/dev/null; then check "it is fish" fish -n out; else skip "it is fish" "fish is not installed"; fi
run "$dittofs" completion csh
check "another shell is a usage error" ended 2

run "$dittofs" manual
cp out dittofs.1
check "the manual has every command" test "$(grep -c '^\.SS "dittofs ' dittofs.1)" -ge 11
if command -v groff >/dev/null; then
  groff -man -Tascii -ww dittofs.1 >out 2>err
  check "the manual is formatted without a warning" test ! -s err
else
  skip "the manual is formatted without a warning" "groff is not installed"
fi
"$dittofs" config schema >/dev/full 2>err
status=$?
check "output that can't be written is a failure" ended 1
finish
