#!/usr/bin/env bash
# Runs one stage of the build and notes how long it took, so that `mvn verify` can end with a table:
#     cmake/stage.sh run "native tests" COMMAND...
#     cmake/stage.sh begin                 forgets the stages of the build before; stops when there is no JDK to build with
#     cmake/stage.sh report                prints them, and what JUnit's reports say of the Java tests
set -eu
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
notes=$root/build/stages.txt

line() { printf '%-40s %8.1f s   %s\n' "$1" "$2" "${3-}"; }

case $1 in
    begin)
        . "$root/cmake/launch.sh"
        need_jdk
        mkdir -p "$root/build"
        date +%s.%N >"$notes"
        touch "$root/build/java.started"
        # Reports of an earlier build would be counted again.
        find "$root/bindings" "$root/java" -path '*/target/surefire-reports/*' -delete 2>/dev/null || true
        ;;
    run)
        name=$2
        shift 2
        start=$(date +%s.%N)
        "$@" || { code=$?; echo "stage '$name' failed (exit code $code)" >&2; exit "$code"; }
        echo "$name|$(echo "$start $(date +%s.%N)" | awk '{print $2 - $1}')" >>"$notes"
        ;;
    report)
        echo "time per stage"
        tail -n +2 "$notes" | while IFS='|' read -r name seconds; do line "$name" "$seconds"; done
        for folder in "$root"/bindings/target/surefire-reports "$root"/java/*/target/surefire-reports; do
            compgen -G "$folder/TEST-*.xml" >/dev/null || continue
            sed -n 's/.*<testsuite .*/&/p' "$folder"/TEST-*.xml | grep -oE ' (time|tests|skipped)="[0-9.]+"' | tr -d '"' | tr = ' ' |
                awk '{sum[$1] += $2} END {print sum["time"], sum["tests"], sum["skipped"]}' | {
                    read -r seconds tests skipped
                    line "JUnit, $(basename "${folder%/target/*}")" "$seconds" "$tests tests, $skipped skipped"
                }
        done
        line "everything until here" "$(echo "$(head -1 "$notes") $(date +%s.%N)" | awk '{print $2 - $1}')"
        ;;
esac
