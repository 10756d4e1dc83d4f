#!/usr/bin/env bash
# Each kept plan shows the fault that the guide tells of: it breaks its property, in the same run.
set -euo pipefail
bin=$(realpath "$1")
cd "$(dirname "$0")"
for plan in */plans/*.toml; do
    status=0
    output=$("$bin/${plan%%/*}" replay "$plan" --quiet) || status=$?
    property=$(sed -n 's/^breaks = "\(.*\)"$/\1/p' "$plan")
    echo "$plan: $property"
    [[ $status == 1 ]] && grep -qF " $property (" <<< "$output" && grep -q '^the same run' <<< "$output" || {
        echo "$output" >&2
        exit 1
    }
done
