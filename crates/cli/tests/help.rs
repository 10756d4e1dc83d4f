//! Help and versions.

use crate::support::{NODES, VARIANTS, bad_nodes, raftsim};

const RUN: &[&str] = &[
    "[NAME]",
    "--lab",
    "--seeds",
    "--from",
    "--node",
    "--jobs",
    "--shard",
    "--keep-going",
    "--twice",
    "--calm",
    "--checks",
    "--watch",
    "--json",
    "--help",
];
const REPLAY: &[&str] = &[
    "<NAME|FILE>",
    "--seed",
    "--node",
    "--server",
    "--topic",
    "--since",
    "--until",
    "--at",
    "--html",
    "--trace",
    "--mermaid",
    "--records",
    "--log",
    "--calm",
    "--quiet",
    "--json",
    "--help",
];
const SHRINK: &[&str] = &[
    "<NAME|FILE>",
    "--seed",
    "--node",
    "--calm",
    "--output",
    "-o",
    "--budget",
    "--html",
    "--since",
    "--until",
    "--json",
    "--help",
];
const WHY: &[&str] = &[
    "<NAME|FILE>",
    "--seed",
    "--node",
    "--calm",
    "--branches",
    "--moments",
    "--jobs",
    "--html",
    "--json",
    "--help",
];
const DIFF: &[&str] = &["<A>", "[B]", "--node", "--with", "--lines", "--html", "--json", "--help"];
const FUZZ: &[&str] = &[
    "--time",
    "--runs",
    "--from",
    "--node",
    "--servers",
    "--implements",
    "--uniform",
    "--jobs",
    "--keep-going",
    "--output",
    "-o",
    "--budget",
    "--html",
    "--json",
    "--help",
];
const BUGS: &[&str] = &[
    "--bug",
    "--way",
    "go-lab",
    "--full",
    "--budget",
    "--jobs",
    "--json",
    "--markdown",
    "--provenance",
    "--help",
];
const STEP: &[&str] = &["<NAME|FILE>", "--seed", "--node", "--calm", "--help"];
const LIST: &[&str] = &["--json", "--help"];

#[test]
fn help_names_every_option_on_stdout() {
    let cases = [
        ("list", LIST),
        ("run", RUN),
        ("replay", REPLAY),
        ("shrink", SHRINK),
        ("why", WHY),
        ("diff", DIFF),
        ("fuzz", FUZZ),
        ("bugs", BUGS),
        ("step", STEP),
    ];
    let has_step = cfg!(feature = "step");
    for (verb, options) in cases.into_iter().filter(|(verb, _)| has_step || *verb != "step") {
        for ask in [format!("{verb} --help"), format!("{verb} -h"), format!("help {verb}")] {
            let help = raftsim(&ask).exits(0);
            for option in options {
                assert!(help.contains(option), "`{ask}` lacks {option}:\n{help}");
            }
            assert!(help.contains(&format!("Usage: raftsim {verb}")), "{help}");
        }
    }
}

#[test]
fn help_names_every_topic() {
    let help = raftsim("replay --help").exits(0);
    let words: Vec<&str> = help.split(|it: char| !it.is_alphanumeric()).collect();
    for (topic, _) in raftsim_sim::RowTopic::ALL {
        assert!(words.contains(&topic), "no {topic} in {help}");
    }
}

#[test]
fn help_names_the_verbs_the_nodes_and_the_exit_statuses() {
    for ask in ["--help", "-h", "help"] {
        let help = raftsim(ask).exits(0);
        let expected = [
            "  list ",
            "  run ",
            "  replay ",
            "  shrink ",
            "  why ",
            "  diff ",
            "  fuzz ",
            "  bugs ",
            &NODES.join(", "),
            "mutant:NAME",
        ];
        let step = cfg!(feature = "step").then_some("  step ");
        for part in expected.into_iter().chain(step).chain(VARIANTS).chain([
            "0 everything passed",
            "1 something failed",
            "2 bad",
            "101 a bug",
        ]) {
            assert!(help.contains(part), "`{ask}` lacks `{part}`:\n{help}");
        }
    }
    let help = bad_nodes("--help").exits(0);
    assert!(help.contains("Nodes: panics-in-step, "), "{help}");
}

#[test]
fn every_verb_prints_the_version() {
    let version = env!("CARGO_PKG_VERSION");
    for (ask, name) in [
        ("--version", "raftsim"),
        ("-V", "raftsim"),
        ("list --version", "raftsim-list"),
        ("run --version", "raftsim-run"),
        ("replay --version", "raftsim-replay"),
        ("shrink --version", "raftsim-shrink"),
        ("why --version", "raftsim-why"),
        ("diff --version", "raftsim-diff"),
        ("fuzz --version", "raftsim-fuzz"),
    ] {
        assert_eq!(raftsim(ask).exits(0), format!("{name} {version}\n"));
    }
}

#[test]
fn the_help_of_each_verb_lists_the_exit_statuses_that_it_has() {
    for (verb, statuses) in [
        ("run", vec![0, 1, 2, 101, 130, 141]),
        ("fuzz", vec![0, 1, 2, 101, 130]),
        ("replay", vec![0, 1, 2, 101]),
        ("shrink", vec![1, 2, 101]),
        ("why", vec![1, 0, 2, 101, 130]),
        ("diff", vec![0, 1, 2, 101]),
        ("bugs", vec![0, 1, 2, 101, 130, 141]),
    ] {
        let help = raftsim(&format!("{verb} --help")).exits(0);
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, list) = help.split_once("Exit status: ").unwrap();
        let numbers = list.split("; ").map(|entry| entry.split_whitespace().next().unwrap());
        let numbers: Vec<i32> = numbers.map(|number| number.parse().unwrap()).collect();
        assert_eq!(numbers, statuses, "{verb}: {list}");
    }
}
