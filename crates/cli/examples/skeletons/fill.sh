#!/usr/bin/env bash
# Fills the holes of a skeleton's files, in place: `fill.sh src/*.rs`. The code of each hole is in the
# folder `fills`, as the tests of raftsim put it there. What you have filled yourself stays.
set -euo pipefail
fills=$(cd "$(dirname "$0")" && pwd)/fills
for file in "$@"; do
    filled=$(awk -v file="$file" '
        FILENAME != file && FNR == 1 { name = "" }
        FILENAME != file && /^\/\/ / { name = substr($0, 4); next }
        FILENAME != file { if (name != "") code[name] = code[name] $0 "\n"; next }
        /\/\/ Until no hole is left\.$/ { next }
        match($0, /^ *todo!\("/) {
            hole = substr($0, RLENGTH + 1)
            sub(/"\).*$/, "", hole)
            if (!(hole in code)) {
                print "fill.sh: " file ": the hole `" hole "` has no fill" > "/dev/stderr"
                exit 1
            }
            indent = $0
            sub(/todo!.*/, "", indent)
            text = code[hole]
            sub(/\n+$/, "", text)
            many = split(text, lines, "\n")
            for (at = 1; at <= many; at++) print (lines[at] == "" ? "" : indent lines[at])
            next
        }
        { print }
    ' "$fills"/*.fill "$file")
    printf '%s\n' "$filled" > "$file"
done
