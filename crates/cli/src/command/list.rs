//! `list`: every scenario and every node.

use serde::Serialize;
use sim_scenarios::ScenarioInfo;

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
        servers_from: Option<u8>,
        takes_networks: bool,
        about: &'a str,
        mirrors: Option<&'a str>,
        /// The nodes whose own scenario it is.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        nodes: Vec<&'a str>,
    },
    Node {
        node: &'a str,
        is_default: bool,
        variants: Vec<String>,
    },
}

pub(crate) fn list(args: &ListArgs, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let in_part = |info: &ScenarioInfo| args.lab.is_none_or(|part| part == info.part);
    let scenarios = || known(nodes).into_iter().filter(in_part);
    if args.json {
        for info in scenarios() {
            json(&Listed::Scenario {
                scenario: info.name,
                lab: info.part.name(),
                servers: info.servers,
                servers_from: info.any_from,
                takes_networks: info.takes_networks(),
                about: info.about,
                mirrors: info.mirrors,
                nodes: owners(&info, nodes).collect(),
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
        let of = owners(&info, nodes).collect::<Vec<_>>().join(", ");
        let mirrors = match info.mirrors {
            Some(test) => test.to_owned(),
            None if info.is_own => format!("({of})"),
            None => "(ours)".to_owned(),
        };
        let from = info.any_from.map_or_else(String::new, |least| format!(" ({least}..)"));
        let servers = format!("{}{from}", info.servers);
        table.add_row([info.name, info.part.name(), &servers, &mirrors, info.about]);
    }
    out::line(&table.trim_fmt())?;
    out::line("\n3 (1..): three servers, or with `--servers` any number from one on")?;
    let others = scenarios().filter(|info| info.mirrors.is_none() && info.takes_networks());
    let others: Vec<&str> = others.map(|info| info.name).collect();
    let ours =
        if others.is_empty() { String::new() } else { format!(", and {}", others.join(", ")) };
    let line = "these run on any network (`--network`): those that mirror a test of the lab";
    out::line(&format!("{line}{ours}"))?;
    out::line(&format!("\nnodes: {}", names_of(nodes)))?;
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

/// The names of these nodes, and which of several is the default.
pub(crate) fn names_of(nodes: &[NodeEntry]) -> String {
    let names: Vec<&str> = nodes.iter().map(NodeEntry::name).collect();
    let default = if names.len() > 1 { " (the first is the default)" } else { "" };
    format!("{}{default}", names.join(", "))
}

/// The scenarios that any of these nodes can run: the built-in ones, then those of the nodes' own.
fn known(nodes: &[NodeEntry]) -> Vec<ScenarioInfo> {
    let mut known: Vec<ScenarioInfo> = vec![];
    for info in nodes.iter().flat_map(NodeEntry::scenarios) {
        if !known.contains(&info) {
            known.push(info);
        }
    }
    known
}

/// The nodes whose own scenario it is.
fn owners<'a>(info: &ScenarioInfo, nodes: &'a [NodeEntry]) -> impl Iterator<Item = &'a str> {
    let info = *info;
    let own = nodes.iter().filter(move |node| info.is_own && node.scenarios().any(|it| it == info));
    own.map(NodeEntry::name)
}

/// The names of a node's variants, and what each does.
fn names_of_variants(node: &NodeEntry) -> impl Iterator<Item = (String, &'static str)> {
    node.variants()
        .iter()
        .map(|variant| (format!("{}:{}", node.name(), variant.form), variant.about))
}
