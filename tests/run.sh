#!/bin/bash
# Builds libdittofs and runs its tests. The last line is "N passed, N failed[, N skipped]" and counts test cases.
usage() {
  cat <<'TEXT'
usage: tests/run.sh [options]

Installs what is missing (Debian packages; as root or with sudo), builds below build-tests/, runs the tests and ends
with one line, "N passed, N failed" or "N passed, N failed, N skipped", that counts test cases. Failed cases are named
above it. The exit status is 0 only if none failed.

  --quick          only the tests that take less than a minute together
  --full           also the long ones
  --asan           the suite under the address and undefined-behaviour sanitizers (clang), instead of the plain build
  --tsan           the suite under the thread sanitizer (clang), instead of the plain build
  --fuzz SECONDS   every fuzz target for so long (clang), instead of the plain build
  --ci             what continuous integration runs: plain, then the address and thread sanitizers
  --only REGEX     only the tests (meson's names) that match
  --no-install     never install packages; what needs a missing one is skipped
  --help           this text

Environment: JOBS (parallel compilers and tests; default: the number of processors), CCACHE_DIR.
TEXT
}

set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 2
builds=$top/build-tests
# Another checkout of the same tree finds its objects in the compiler cache.
export CCACHE_BASEDIR=$top CCACHE_NOHASHDIR=1
jobs=${JOBS:-$(nproc)}
selection=default runs=() fuzz_seconds=0 install=yes only=
while [ $# -gt 0 ]; do
  case $1 in
    --quick) selection=quick ;;
    --full) selection=full ;;
    --asan) runs+=(asan) ;;
    --tsan) runs+=(tsan) ;;
    --fuzz) runs+=(fuzz); fuzz_seconds=${2:-}; shift
            [[ $fuzz_seconds =~ ^[0-9]+$ ]] || { echo "tests/run.sh: --fuzz wants a number of seconds" >&2; exit 2; } ;;
    --ci) runs+=(plain asan tsan) ;;
    --only) only=${2:-}; shift ;;
    --no-install) install=no ;;
    --help|-h) usage; exit 0 ;;
    *) echo "tests/run.sh: unknown option $1; see --help" >&2; exit 2 ;;
  esac
  shift
done
[ ${#runs[@]} -gt 0 ] || runs=(plain)

. tests/support/packages.sh
. tests/support/count_cases.sh

results=$builds/results
rm -rf "$results"
mkdir -p "$results" || exit 2

# note VERDICT NAME: one case of the runner itself ("pass" or "fail").
note() { printf '%s\t%s\n' "$1" "$2" >>"$results/runner.verdicts"; }

# build RUN: configures and builds build-tests/RUN.
build() {
  local run=$1 options=(-Dwerror=true) compiler=g++
  case $run in
    plain) options+=(-Doptimization=2 -Ddebug=false -Dserver=enabled -Dbench=true) ;;
    asan) compiler=clang++-19
          options+=(-Dbuildtype=debug -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false -Dserver=enabled) ;;
    # The server's threads are the library's; its protobuf would only have to be suppressed.
    tsan) compiler=clang++-19
          options+=(-Dbuildtype=debug -Doptimization=1 -Db_sanitize=thread -Db_lundef=false -Dserver=disabled) ;;
    fuzz) compiler=clang++-19
          options+=(-Dbuildtype=debug -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false -Dserver=enabled
                    -Dfuzz=true) ;;
  esac
  local log=$results/$run.build.log
  if [ ! -f "$builds/$run/build.ninja" ]; then
    local launcher=
    command -v ccache >/dev/null && launcher="ccache "
    local linker=
    command -v mold >/dev/null && linker=mold
    CXX="$launcher$compiler" CXX_LD=$linker meson setup "$builds/$run" "$top" "${options[@]}" >"$log" 2>&1
  fi && ninja -C "$builds/$run" -j "$jobs" >>"$log" 2>&1
}

# run_suite RUN: runs the tests of build-tests/RUN; their cases land in $results/RUN/.
run_suite() {
  local run=$1 which=()
  case $selection in
    quick) which=(--suite quick) ;;
    default) which=(--no-suite long) ;;
  esac
  # A sanitizer says nothing new about the tree's rules or about a client's kernel.
  [ "$run" = plain ] || which+=(--no-suite tidy --no-suite kernel --no-suite installed)
  local names
  mapfile -t names < <(meson test -C "$builds/$run" --list "${which[@]}" 2>/dev/null | sed -n 's/.* \/ //p' |
                       grep -E -- "${only:-.}")
  [ ${#names[@]} -gt 0 ] || { note fail "$run: no test is called like that"; return; }
  mkdir -p "$results/$run"
  TEST_RESULTS_DIR=$results/$run \
  ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 \
  UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
  TSAN_OPTIONS=suppressions=$top/tests/support/tsan.supp:halt_on_error=0:exitcode=66 \
    meson test -C "$builds/$run" --no-rebuild --num-processes "$jobs" --wrapper "$top/tests/support/record.sh" \
    --quiet "${which[@]}" "${names[@]}"
  # A test that is listed but left no record must not go unnoticed.
  local records
  records=$(find "$results/$run" -name command | wc -l)
  [ "$records" -eq ${#names[@]} ] || note fail "$run: ${#names[@]} tests are listed, $records ran"
}

# fuzz: every target for $fuzz_seconds, starting from its seeds.
fuzz() {
  local target name
  for target in "$builds"/fuzz/tests/fuzz/*_fuzz; do
    [ -x "$target" ] || continue
    name=$(basename "$target" _fuzz)
    mkdir -p "$results/fuzz/found/$name"
    echo "fuzz: $name, $fuzz_seconds s"
    if "$target" -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 \
         -artifact_prefix="$results/fuzz/found/" "$results/fuzz/found/$name" "$top/tests/fuzz/corpus/$name" \
         >"$results/fuzz/$name.log" 2>&1; then
      note pass "fuzz: $name"
    else
      note fail "fuzz: $name"
      tail -40 "$results/fuzz/$name.log"
    fi
    grep -E 'stat::number_of_executed_units|stat::average_exec' "$results/fuzz/$name.log"
  done
}

if [ $install = yes ]; then
  install_packages "${runs[@]}" || { note fail "install packages"; count_cases "$results"; exit 1; }
fi
for run in "${runs[@]}"; do
  started=$SECONDS
  if ! build "$run"; then
    grep -E 'error|FAILED|ERROR' -A 6 "$results/$run.build.log" | cut -c 1-300 | head -80
    echo "build of $run failed; the whole log: $results/$run.build.log"
    note fail "$run: build"
    continue
  fi
  note pass "$run: build"
  echo "$run: built in $((SECONDS - started)) s"
  started=$SECONDS
  if [ "$run" = fuzz ]; then fuzz; else run_suite "$run"; fi
  echo "$run: tested in $((SECONDS - started)) s"
done
count_cases "$results"
