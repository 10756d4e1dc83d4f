//! `list`.

use serde_json::json;
use sim_scenarios::{Part, SCENARIOS};

use crate::support::{NODES, VARIANTS, raftsim};

#[test]
fn the_list_names_every_scenario_and_every_node() {
    let stdout = raftsim("list").exits(0);
    let (table, nodes) = stdout.split_once("\n\n").unwrap();
    let lines: Vec<&str> = table.lines().collect();
    let listed: Vec<_> =
        lines[1..].iter().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(listed, SCENARIOS.iter().map(|info| info.name).collect::<Vec<_>>());
    for (line, info) in lines[1..].iter().zip(SCENARIOS) {
        let words: Vec<_> = line.split_whitespace().take(3).collect();
        assert_eq!(words, [info.name, info.part.name(), &info.servers.to_string()]);
        assert!(line.trim_end().ends_with(info.about), "{line}");
        assert!(line.contains(info.mirrors.unwrap_or("(ours)")), "{line}");
    }
    let known = format!("nodes: {} (the first is the default)\n", NODES.join(", "));
    let (first, variants) = nodes.split_at(known.len());
    assert_eq!(first, known);
    let named: Vec<&str> =
        variants.lines().map(|line| line.split_once(": ").expect("a name and a text").0).collect();
    let more: &[&str] = match (cfg!(feature = "wasm"), cfg!(feature = "go")) {
        (false, _) => &[],
        (true, false) => &["wasm:FILE"],
        (true, true) => &["wasm:FILE", "go:DIR"],
    };
    assert_eq!(named, [&VARIANTS[..], &["mutant:NAME", "exec:COMMAND"], more].concat());
}

#[test]
fn a_part_of_the_lab_lists_the_scenarios_that_run_runs_of_it() {
    for part in Part::ALL {
        let listed = raftsim(&format!("list --lab {} --json", part.name())).json(0);
        let named = listed.iter().filter_map(|it| it["scenario"].as_str());
        let of_part = SCENARIOS.iter().filter(|info| info.part == part);
        assert_eq!(named.collect::<Vec<_>>(), of_part.map(|info| info.name).collect::<Vec<_>>());
        assert_eq!(listed.iter().filter(|it| it["node"].is_string()).count(), NODES.len());
    }
    let table = raftsim("list --lab 3a").exits(0);
    assert!(table.contains("\n reelection_3a "), "{table}");
    assert!(!table.contains("basic_agree_3b"), "{table}");
}

#[test]
fn the_list_as_json_is_an_object_for_each_scenario_and_each_node() {
    let scenarios = SCENARIOS.iter().map(|info| {
        json!({
            "scenario": info.name,
            "lab": info.part.name(),
            "servers": info.servers,
            "about": info.about,
            "mirrors": info.mirrors,
        })
    });
    let nodes = NODES.iter().map(|&node| {
        let is_of = |variant: &&&str| variant.split(':').next() == Some(node);
        let variants: Vec<_> = VARIANTS.iter().filter(is_of).collect();
        json!({ "node": node, "is_default": node == NODES[0], "variants": variants })
    });
    assert_eq!(raftsim("list --json").json(0), scenarios.chain(nodes).collect::<Vec<_>>());
}
