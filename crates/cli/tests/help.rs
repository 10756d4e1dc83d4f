//! Help and versions.

use std::collections::BTreeSet;

use crate::support::{NODES, bad_nodes, raftsim};

/// What the help of every verb lists.
const ALL: [&str; 4] = ["-h", "--help", "-V", "--version"];

const RUN: &[&str] = &[
    "[NAME]...",
    "--lab",
    "--seeds",
    "--from",
    "--seeds-from",
    "--node",
    "--blind",
    "--jobs",
    "--shard",
    "--keep-going",
    "--twice",
    "--calm",
    "--checks",
    "--state",
    "--isolate",
    "-o",
    "--output",
    "--expect",
    "--junit",
    #[cfg(feature = "go")]
    "--watch",
    "--servers",
    "--network",
    "--delays",
    "--measure",
    "--profile",
    "--json",
];
const REPLAY: &[&str] = &[
    "<NAME|FILE>",
    "[FILE]...",
    "--still-breaks",
    "--seed",
    "--node",
    "--blind",
    "--servers",
    "--network",
    "--delays",
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
    "--width",
    "--color",
    "--no-pager",
    "--quiet",
    "--junit",
    "--json",
];
const SHRINK: &[&str] = &[
    "<NAME|FILE>",
    "--seed",
    "--node",
    "--blind",
    "--servers",
    "--network",
    "--delays",
    "--calm",
    "--output",
    "-o",
    "--budget",
    "--html",
    "--since",
    "--time",
    "--until",
    "--json",
];
const WHY: &[&str] = &[
    "<NAME|FILE>",
    "--seed",
    "--node",
    "--blind",
    "--servers",
    "--network",
    "--delays",
    "--calm",
    "--branches",
    "--moments",
    "--jobs",
    "--html",
    "--json",
];
const DIFF: &[&str] = &["<A>", "[B]", "--node", "--with", "--lines", "--html", "--color", "--json"];
const FUZZ: &[&str] = &[
    "--time",
    "--runs",
    "--from",
    "--node",
    "--blind",
    "--servers",
    "--implements",
    "--uniform",
    "--crash-points",
    "--jobs",
    "--junit",
    "--keep-going",
    "--state",
    "--isolate",
    "--output",
    "-o",
    "--budget",
    "--html",
    "--json",
];
const BUGS: &[&str] = &[
    "--bug",
    "--way",
    "--full",
    "--budget",
    "--jobs",
    "--state",
    "--json",
    "--markdown",
    "--provenance",
];
const STEP: &[&str] =
    &["<NAME|FILE>", "--seed", "--node", "--blind", "--servers", "--network", "--delays", "--calm"];
const LIST: &[&str] = &["--lab", "--json"];
const COMPLETIONS: &[&str] = &["<SHELL>"];
const MAN: &[&str] = &["[COMMAND]"];

/// The arguments and options that a help lists. Each begins a line, which is indented less than what
/// is said of it.
fn listed(help: &str) -> BTreeSet<&str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines = help.lines().filter(|line| (2..8).contains(&indent(line)));
    lines.flat_map(names).collect()
}

/// What a line of such a list names: an argument, or an option with its short form.
fn names(line: &str) -> Vec<&str> {
    let line = line.trim_start();
    if line.starts_with(['<', '[']) {
        return line.split(' ').take(1).collect();
    }
    let words = line.split([' ', ',', '[']).filter(|word| !word.is_empty());
    words.take_while(|word| word.starts_with('-')).collect()
}

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
        ("completions", COMPLETIONS),
        ("man", MAN),
    ];
    let has_step = cfg!(feature = "step");
    for (verb, options) in cases.into_iter().filter(|(verb, _)| has_step || *verb != "step") {
        for ask in [format!("{verb} --help"), format!("{verb} -h"), format!("help {verb}")] {
            let help = raftsim(&ask).exits(0);
            let expected: BTreeSet<&str> = options.iter().copied().chain(ALL).collect();
            assert_eq!(listed(&help), expected, "`{ask}`:\n{help}");
            assert!(help.contains(&format!("Usage: raftsim {verb}")), "{help}");
        }
    }
}

#[test]
fn help_names_the_go_lab_among_the_ways_to_search() {
    for ask in ["bugs --help", "bugs -h"] {
        assert!(raftsim(ask).exits(0).contains("`go-lab`"), "{ask}");
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
        for part in expected.into_iter().chain(step).chain([
            "raft:VARIANT and control:VARIANT",
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
        ("bugs --version", "raftsim-bugs"),
        #[cfg(feature = "step")]
        ("step --version", "raftsim-step"),
    ] {
        assert_eq!(raftsim(ask).exits(0), format!("{name} {version}\n"));
    }
    // A program of a user's own.
    let (own, of) = ("bad-nodes", format!("(raftsim {version})"));
    assert_eq!(bad_nodes("--version").exits(0), format!("{own} {of}\n"));
    assert_eq!(bad_nodes("run --version").exits(0), format!("{own}-run {of}\n"));
}

#[test]
fn help_calls_the_program_by_its_name_and_speaks_of_what_it_has() {
    let of = |arguments: &str| bad_nodes(arguments).exits(0);
    for verb in ["completions", "man"] {
        for help in [of("--help"), of(&format!("{verb} --help")), of(&format!("man {verb}"))] {
            assert!(!help.contains("`raftsim ") && !help.contains("/raftsim"), "{help}");
        }
    }
    assert!(of("man --help").contains("`bad-nodes man run | man -l -`"));
    assert!(of("completions --help").contains("bash-completion/completions/bad-nodes`"));
    assert!(raftsim("man --help").exits(0).contains("`raftsim man run | man -l -`"));
    assert_eq!(of("run --help").contains("--watch"), cfg!(feature = "go"));
    assert!(!of("shrink --help").contains("fuzz"), "{}", of("shrink --help"));
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
        #[cfg(feature = "step")]
        ("step", vec![0, 2, 101, 130]),
    ] {
        let help = raftsim(&format!("{verb} --help")).exits(0);
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, list) = help.split_once("Exit status: ").unwrap();
        let numbers = list.split("; ").map(|entry| entry.split_whitespace().next().unwrap());
        let numbers: Vec<i32> = numbers.map(|number| number.parse().unwrap()).collect();
        assert_eq!(numbers, statuses, "{verb}: {list}");
    }
}
