# Sourced by tests/run.sh. count_cases DIR: counts the cases of every record below DIR (see record.sh), names those that
# failed or were skipped, and prints the closing line. Fails if a case failed or none passed.
#
# A record's cases come from its "cases" file (Catch2), else from TAP in its output, else it counts as one case. A
# record that ended badly without naming a failed case counts as one failed case of its own.
count_cases() {
  find "$1" \( -name command -o -name '*.verdicts' \) | sort | while read -r mark; do
    case $mark in
      *.verdicts) cat "$mark"; continue ;;
    esac
    record=$(dirname "$mark") run=$(basename "$(dirname "$(dirname "$mark")")")
    source=$record/output
    [ -s "$record/cases" ] && source=$record/cases
    awk -v run="$run" -v test="$(basename "$record" | sed 's/\.[^.]*$//')" \
        -v status="$(cat "$record/status" 2>/dev/null || echo unfinished)" '
      function say(verdict, name) { print verdict "\t" run ": " test ": " name; ++count; if (verdict == "fail") ++failed }
      /^begin / { begun = substr($0, 7); next }
      /^(not )?ok( |$)/ {
        verdict = /^not/ ? "fail" : "pass"
        if (toupper($0) ~ /# *SKIP/) verdict = "skip"
        else if (toupper($0) ~ /# *TO[D]O/) verdict = "skip"
        name = $0; sub(/^(not )?ok *[0-9]* *-? */, "", name)
        if (name == begun) begun = ""
        say(verdict, name); next
      }
      /^1\.\.0/ { name = $0; sub(/^1\.\.0 *#? */, "", name); say("skip", name); next }
      /^Bail out!/ { say("fail", $0) }
      END {
        if (begun != "") say("fail", begun " (did not finish)")
        if (status == "77") say("skip", "not possible here")
        else if (status == "unfinished") say("fail", "did not finish")
        else if (status != "0" && !failed) say("fail", "exit status " status)
        else if (count == 0) say("pass", "exit status 0")
      }' "$source"
  done >"$1/verdicts"
  # What the records with a failed case had to say.
  find "$1" -name status | sort | while read -r status; do
    [ "$(cat "$status")" = 0 ] || [ "$(cat "$status")" = 77 ] && continue
    record=$(dirname "$status")
    echo "--- $(cat "$record/command")"
    grep -vE '^ok ' "$record/output" | tail -n 60
    tail -n 60 "$record/errors"
  done
  awk -F'\t' '$1 == "skip" { print "skipped: " $2 }' "$1/verdicts"
  awk -F'\t' '$1 == "fail" { print "FAILED: " $2 }' "$1/verdicts"
  awk -F'\t' '{ ++n[$1] } END {
    printf "%d passed, %d failed", n["pass"], n["fail"]
    if (n["skip"]) printf ", %d skipped", n["skip"]
    printf "\n"
    exit n["fail"] > 0 || n["pass"] == 0 }' "$1/verdicts"
}
