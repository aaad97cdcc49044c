#!/bin/sh
# embed.sh INPUT OUTPUT NAME: a header with the bytes of INPUT as an array.
set -eu
{
  echo '#pragma once'
  echo "inline constexpr unsigned char $3[] = {"
  od -An -v -t u1 "$1" | sed 's/[0-9][0-9]*/&,/g'
  echo '};'
} >"$2"
