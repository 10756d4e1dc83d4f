#!/usr/bin/env bash
# A crate of one's own, made by the lines of the guide's page "Bring your own Raft" in a new folder, as
# a user makes it: its tests are green; a mistake makes them red, and what they print replays the run;
# and what does not compile says what is wrong.
set -euo pipefail
raftsim=$(cd "$(dirname "$0")/../../.." && pwd)
page=$raftsim/crates/cli/guide/bring_your_own.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

wrong() {
    echo "own-raft: $1" >&2
    exit 1
}

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$raftsim/target/own-raft}

# The lines of the page's blocks of shell, up to the one that begins the next section.
block() {
    sed -n '/^## A crate$/,/^## How/p' "$page" | awk -v wanted="$1" '
        /^```sh$/ { block++; inside = 1; next } /^```$/ { inside = 0 } inside && block == wanted'
}
lines=$(block 1)
[[ $(tail -1 <<< "$lines") == "cargo test" ]] || wrong "the page's lines do not end with the tests"
bash -euxo pipefail -c "${lines//\~\/raftsim/$raftsim}"
cd my-raft

# Its own command, without what was not asked for.
command="cargo run --quiet --features raftsim/command --"
$command run --lab 3A --seeds 200
$command fuzz --implements 3A --runs 200
# That with the crate's own scenario and kept plan.
$command run old_leader_follows --seeds 20
$command replay tests/regressions --still-breaks
! $command --help | grep '^  bugs ' || wrong "the command has \`bugs\`"
# Of one node it is not said that the first is the default.
$command list | grep -qx "nodes: my-raft" || wrong "\`list\` names the nodes otherwise"

# The vote for a server is given to every other one too.
sed -i 's/ && self.saved.voted_for.is_none_or.*/;/' src/lib.rs
red=$(cargo test 2>&1) && wrong "the wrong Raft passes"
replay=$(sed -n 's/^or: //p' <<< "$red" | head -1)
status=0
replayed=$(bash -xc "$replay") || status=$?
[[ $status == 1 ]] || wrong "the line that replays a red run ends with status $status"
grep '^FAIL: ' <<< "$replayed"
# What the command itself prints works here, too.
printed=$($command run --lab 3A --seeds 20) && wrong "the wrong Raft passes \`run\`"
shrink=$(sed -n 's/^  shrink it: //p' <<< "$printed" | head -1)
[[ $shrink == "cargo run --features raftsim/command -- shrink "* ]] || wrong "cargo is not asked: $shrink"
status=0
shrunk=$(bash -xc "$shrink") || status=$?
[[ $status == 1 ]] || wrong "the line that shrinks a run ends with status $status"
grep '^breaks = ' <<< "$shrunk" || wrong "the line that shrinks a run does not"

# A suite that names something twice.
sed -i.whole 's/\.invariant(LED_ONCE, LedOnce::default)/&&/' src/suite.rs
status=0
said=$($command list 2>&1) || status=$?
[[ $status == 2 && $said == "error: the suite: "*" is an invariant of the suite already"*" at src/suite.rs:"* ]] ||
    wrong "this is not said of a suite with a name twice: $said"
mv src/suite.rs.whole src/suite.rs

# What does not compile.
fails() {
    echo "$1" > tests/wrong.rs
    errors=$(cargo test --no-run --test wrong 2>&1) && wrong "this compiles: $1"
    grep -F "$2" <<< "$errors" || wrong "this error does not say \"$2\": $errors"
    ! grep -E "raftsim_(specimens|testkit|raft)" <<< "$errors" || wrong "this error names other Rafts: $errors"
}
none=", or none of them for the whole lab"
fails 'struct My; raftsim::labs!(My, 3A);' "error[E0277]: \`My\` is no Raft server for raftsim"
[[ $(grep -c '^error\[' <<< "$errors") == 1 ]] || wrong "more than one error: $errors"
fails 'struct My; raftsim::fuzz!(My);' "error[E0277]: \`My\` is no Raft server for raftsim"
fails 'raftsim::labs!(my_raft::MyRaft, 4A);' "error: \`4A\` is no part of the lab: name 3A, 3B, 3C or 3D$none"
fails 'raftsim::fuzz!(my_raft::MyRaft, all);' "error: \`all\` is no part of the lab: name 3A, 3B, 3C or 3D$none"
fails 'raftsim::labs!(my_raft::MyRaft, 3E);' "is no part of the lab: name 3A, 3B, 3C or 3D$none"
fails 'raftsim::labs!(my_raft::MyRaft, with suite, []);' "error: \`labs!\` lists no scenario: name all of the suite's"
for call in 'labs!()' 'labs!(my_raft::MyRaft, with suite, 3A)' 'labs!(my_raft::MyRaft, 3A, with suite, [one])' \
    'labs!(my_raft::MyRaft, [one])' 'labs!(my_raft::MyRaft, with || suite())' 'fuzz!(my_raft::MyRaft, with suite, 3A)' \
    'regressions!(my_raft::MyRaft)' 'regressions!(my_raft::MyRaft, with suite, "plans")'; do
    fails "raftsim::$call;" "is none of its forms: \`${call%%(*}("
    [[ $(grep -c '^error' <<< "$errors") == 2 ]] || wrong "more than one error: $errors"
done
fails 'raftsim::labs!(my_raft::MyRaft, 3A, with my_raft::suite());' \
    'error: `with` takes the path of a function, and not a call of it'
fails 'raftsim::labs!(my_raft::MyRaft, with);' 'error: `with` needs the path of a function'
rm tests/wrong.rs

# The skeleton in its place: it compiles, and is red at a hole.
examples=$raftsim/crates/cli/examples
eval "$(block 3)"
red=$(cargo test 2>&1) && wrong "a skeleton with holes passes"
grep -m 1 'not yet implemented: 3A: stand for election at src/lib.rs:' <<< "$red" || wrong "no hole is named: $red"
