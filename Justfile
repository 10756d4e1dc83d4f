# Every command that anyone runs. `just --list` tells them.

# What CI runs, all of it.
ci: fmt lint doc test deny run own-raft determinism

# The main job: every scenario, 1,000 seeds each.
run *args:
    cargo run --release -- {{ args }}

# Every test.
test:
    cargo test

# The scenarios over more seeds than usual: `just sweep 100000`.
sweep seeds="100000":
    cargo run --release -- run --seeds {{ seeds }}

fmt:
    cargo fmt --all --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Licenses, sources and duplicate crates. Advisories need a network that CI may lack.
deny:
    command -v cargo-deny >/dev/null || cargo install cargo-deny --locked
    cargo deny check bans licenses sources

# The README's small Raft, as its author would build it: outside the workspace.
[working-directory("crates/cli/examples/bring-your-own")]
own-raft:
    cargo test
    cargo run -- run --lab 3A --seeds 200

# One seed, in debug and in release, recorded or not: one digest.
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

# Not in a target directory that anything else uses: there a mutant's leavings would pass for fresh.
# The second time with a limit for sweeps: cargo-mutants takes its own from the first time's tests.
# Plants bug after bug in our Raft, for its tests to catch or else the sweeps (not for CI: slow).
mutants *args:
    -env -u CARGO_TARGET_DIR cargo mutants -p raftsim-raft {{ args }}
    RAFTSIM_SEEDS=1000 env -u CARGO_TARGET_DIR cargo mutants -p raftsim-raft --iterate --test-package sim-scenarios --minimum-test-timeout 300 {{ args }} -- -- labs::all faults::fuzz --skip fuzzing

# How fast seeds run, and what recording costs.
bench *args:
    cargo bench -p sim-scenarios -- {{ args }}

# Writes the table of digests anew; read the diff, and say in the commit why behaviour moved.
digests:
    RAFTSIM_GOLDEN=write cargo test -p sim-scenarios golden

# Plays the Raft's scripts and writes what they lead to anew; read the diff beside the paper.
golden:
    UPDATE_GOLDENFILES=1 cargo test -p raftsim-raft golden
