# Sourced by tests/run.sh. install_packages RUN...: installs what the build and the given runs need, if it is missing.
packages_build="g++ meson ninja-build pkgconf cmake ccache mold libfmt-dev libssl-dev libabsl-dev libleveldb-dev
  libprotobuf-dev protobuf-compiler libcli11-dev catch2"
packages_plain="clang-format-19 libnfs-dev libnfs-utils user-mode-linux nfs-common iproute2 kmod busybox-static"
packages_full="fio stress-ng dbench"
packages_clang="clang-19 libclang-rt-19-dev llvm-19"

install_packages() {
  local wanted="$packages_build" missing=() package run sudo=
  for run in "$@"; do
    case $run in
      plain) wanted+=" $packages_plain" ;;
      *) wanted+=" $packages_clang" ;;
    esac
  done
  [ "${selection:-}" != full ] || wanted+=" $packages_full"
  for package in $wanted; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || sudo=sudo
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}
