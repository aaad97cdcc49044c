#!/bin/sh
# format.sh TOP: every C++ file of the tree looks as clang-format would write it. Prints TAP, one case per folder.
set -u
cd "$1" || exit 2
formatter=$(command -v clang-format-19) || { echo "1..0 # SKIP clang-format-19 is not installed"; exit 0; }
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
count=0 failed=0
for folder in include lib server examples tests; do
  [ -d "$folder" ] || continue
  count=$((count + 1))
  find "$folder" \( -name '*.cc' -o -name '*.h' \) -print0 |
    xargs -0 -r -n 40 -P 2 "$formatter" --dry-run --Werror --style=file 2>"$scratch/log"
  if grep -q 'error:' "$scratch/log"; then
    failed=1
    echo "not ok $count - format: $folder"
    grep 'error:' "$scratch/log" | sed 's/:[0-9]*:[0-9]*: error:.*//; s/^/#   clang-format-19 -i /' | sort -u
  else
    echo "ok $count - format: $folder"
  fi
done
echo "1..$count"
exit $failed
