#!/bin/bash
# record.sh COMMAND...: runs one test for tests/run.sh and keeps what it printed, its cases (TEST_CASES_FILE) and its
# exit status in TEST_RESULTS_DIR, where count_cases.sh finds them. Passes output and status on.
record=$(mktemp -d "$TEST_RESULTS_DIR/$(basename "$1").XXXXXX") || exit 2
printf '%s\n' "$*" >"$record/command"
export TEST_CASES_FILE=$record/cases
{
  "$@" 2>&1 >&3 3>&- | tee "$record/errors" >&2
  echo "${PIPESTATUS[0]}" >"$record/status"
} 3>&1 | tee "$record/output"
exit "$(cat "$record/status")"
