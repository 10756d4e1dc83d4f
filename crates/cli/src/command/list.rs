//! `list`: every scenario and every node.

use serde::Serialize;
use sim_scenarios::{SCENARIOS, ScenarioInfo};

use crate::command::Exit;
use crate::command::args::ListArgs;
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out::{self, json, table};

#[derive(Serialize)]
#[serde(untagged)]
enum Listed<'a> {
    Scenario {
        scenario: &'a str,
        lab: &'a str,
        servers: u8,
        about: &'a str,
        mirrors: Option<&'a str>,
    },
    Node {
        node: &'a str,
        is_default: bool,
        variants: Vec<String>,
    },
}

pub(crate) fn list(args: &ListArgs, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let in_part = |info: &&ScenarioInfo| args.lab.is_none_or(|part| part == info.part);
    let scenarios = || SCENARIOS.iter().filter(in_part);
    if args.json {
        for info in scenarios() {
            json(&Listed::Scenario {
                scenario: info.name,
                lab: info.part.name(),
                servers: info.servers,
                about: info.about,
                mirrors: info.mirrors,
            })?;
        }
        for (place, node) in nodes.iter().enumerate() {
            let variants = names_of_variants(node).map(|(name, _)| name).collect();
            json(&Listed::Node { node: node.name(), is_default: place == 0, variants })?;
        }
        return Ok(Exit::Passed);
    }
    let mut table = table(["scenario", "lab", "servers", "mirrors", "what it checks"]);
    for info in scenarios() {
        let mirrors = info.mirrors.unwrap_or("(ours)");
        let servers = info.servers.to_string();
        table.add_row([info.name, info.part.name(), &servers, mirrors, info.about]);
    }
    out::line(&table.trim_fmt())?;
    let names: Vec<&str> = nodes.iter().map(NodeEntry::name).collect();
    out::line(&format!("\nnodes: {} (the first is the default)", names.join(", ")))?;
    for (name, about) in nodes.iter().flat_map(names_of_variants) {
        out::line(&format!("{name}: {about}"))?;
    }
    if cfg!(feature = "specimens") {
        out::line("mutant:NAME: the control Raft with one of the bugs that `bugs` lists")?;
    }
    if cfg!(feature = "exec") {
        out::line(
            "exec:COMMAND: a program in any language, which talks JSON, one process a server",
        )?;
    }
    if cfg!(feature = "wasm") {
        out::line("wasm:FILE: a program of WASI that talks the same way")?;
    }
    if cfg!(feature = "go") {
        out::line("go:DIR: a Go package of the labs")?;
    }
    Ok(Exit::Passed)
}

/// The names of a node's variants, and what each does.
fn names_of_variants(node: &NodeEntry) -> impl Iterator<Item = (String, &'static str)> {
    node.variants()
        .iter()
        .map(|variant| (format!("{}:{}", node.name(), variant.form), variant.about))
}
