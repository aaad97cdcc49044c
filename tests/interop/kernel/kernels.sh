#!/bin/bash
# kernels.sh FOLDER SUITE...: fetches the user-mode-linux of newer Debian suites (trixie, forky, …) beside the
# distribution's own, for guest.sh --kernel FOLDER/SUITE. The packages come from this machine's own mirror, checked by
# apt; its list of sources stays as it is. Each kernel brings the C library that it was built for.
set -eu
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$1"
top=$(cd "$1" && pwd)
shift
command -v patchelf >/dev/null || { echo "kernels.sh: the package patchelf is missing" >&2; exit 1; }
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
mirror=${mirror%/}

for suite in "$@"; do
  work=$top/.$suite
  rm -rf "$work" "${top:?}/$suite"
  mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/kernel" "$work/c-library" "$top/$suite"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
  apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o Dir::State::status=/dev/null
    -o APT::Sandbox::User=root)
  "${apt[@]}" update
  (cd "$work" && "${apt[@]}" download user-mode-linux libc6)
  dpkg-deb -x "$work"/user-mode-linux_*.deb "$work/kernel"
  dpkg-deb -x "$work"/libc6_*.deb "$work/c-library"
  mv "$work/kernel/usr/bin/linux.uml" "$top/$suite/linux.uml"
  mv "$work/kernel/usr/lib/uml/modules" "$top/$suite/modules"
  mkdir "$top/$suite/c-library"
  cp -a "$work"/c-library/usr/lib/x86_64-linux-gnu/*.so* "$top/$suite/c-library/"
  patchelf --set-interpreter "$top/$suite/c-library/ld-linux-x86-64.so.2" --set-rpath "$top/$suite/c-library" \
    "$top/$suite/linux.uml"
  rm -rf "$work"
  echo "$suite: Linux $("$top/$suite/linux.uml" --version), for guest.sh --kernel $top/$suite"
done
