//! `list`.

use serde_json::json;
use sim_scenarios::{Part, SCENARIOS};

use crate::support::{NODES, raftsim, variants};

#[test]
fn the_list_names_every_scenario_and_every_node() {
    let stdout = raftsim("list").exits(0);
    let (table, rest) = stdout.split_once("\n\n").unwrap();
    let (legend, nodes) = rest.split_once("\n\n").unwrap();
    assert_eq!(
        legend,
        "3 (1..): three servers, or with `--servers` any number from one on\n\
         these run on any network (`--network`): those that mirror a test of the lab"
    );
    let lines: Vec<&str> = table.lines().collect();
    let listed: Vec<_> =
        lines[1..].iter().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(listed, SCENARIOS.iter().map(|info| info.name).collect::<Vec<_>>());
    for (line, info) in lines[1..].iter().zip(SCENARIOS) {
        let words: Vec<_> = line.split_whitespace().take(4).collect();
        assert_eq!(words[..3], [info.name, info.part.name(), &info.servers.to_string()]);
        let from = info.any_from.map(|least| format!("({least}..)"));
        assert_eq!(words[3].starts_with('('), from.is_some() || info.mirrors.is_none(), "{line}");
        assert!(from.is_none_or(|from| words[3] == from), "{line}");
        assert!(line.trim_end().ends_with(info.about), "{line}");
        assert!(line.contains(info.mirrors.unwrap_or("(ours)")), "{line}");
    }
    let known = format!("nodes: {} (the first is the default)\n", NODES.join(", "));
    let (first, others) = nodes.split_at(known.len());
    assert_eq!(first, known);
    let named: Vec<&str> =
        others.lines().map(|line| line.split_once(": ").expect("a name and a text").0).collect();
    let more: &[&str] = match (cfg!(feature = "wasm"), cfg!(feature = "go")) {
        (false, _) => &[],
        (true, false) => &["wasm:FILE"],
        (true, true) => &["wasm:FILE", "go:DIR"],
    };
    let variants = variants();
    let variants: Vec<&str> = variants.iter().map(String::as_str).collect();
    assert_eq!(named, [&variants[..], &["mutant:NAME", "exec:COMMAND"], more].concat());
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
            "servers_from": info.any_from,
            "takes_networks": info.mirrors.is_some(),
            "about": info.about,
            "mirrors": info.mirrors,
        })
    });
    let nodes = NODES.iter().map(|&node| {
        let is_of = |variant: &String| variant.split(':').next() == Some(node);
        let variants: Vec<_> = variants().into_iter().filter(is_of).collect();
        json!({ "node": node, "is_default": node == NODES[0], "variants": variants })
    });
    assert_eq!(raftsim("list --json").json(0), scenarios.chain(nodes).collect::<Vec<_>>());
}
