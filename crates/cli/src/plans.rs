//! Plans in files: read, checked against what there is, written.

use std::fs;
use std::io;
use std::path::Path;

use raftsim_explore::plan::{Expect, Plan, Subject};
use sim_scenarios::ScenarioInfo;

use crate::bad::Bad;
use crate::nodes::NodeEntry;
use crate::run::{find_node, find_scenario};

/// A plan, the node that it is played on, and how many servers it has.
pub(crate) struct Read<'a> {
    pub(crate) plan: Plan,
    pub(crate) node: &'a NodeEntry,
    pub(crate) servers: u8,
}

/// Whether this means a file, and not a scenario.
pub(crate) fn is_file(name: &str) -> bool {
    let path = Path::new(name);
    path.is_file() || path.components().count() > 1 || path.extension().is_some()
}

/// Reads a plan. It is played on its own node, or on another if one is named.
pub(crate) fn read<'a>(
    file: &str,
    node: Option<&str>,
    nodes: &'a [NodeEntry],
) -> Result<Read<'a>, Bad> {
    let text = fs::read(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Bad::NoFile(file.to_owned()),
        _ => Bad::File { file: file.to_owned(), error },
    })?;
    let bad = |problem: String| Bad::Plan { file: file.to_owned(), problem };
    let text = String::from_utf8(text).map_err(|_| bad("it is not UTF-8 text".to_owned()))?;
    let mut plan: Plan = text.parse().map_err(|error| bad(format!("{error}")))?;
    if let Some(node) = node {
        node.clone_into(&mut plan.node);
    }
    let node = match node {
        Some(name) => find_node(Some(name), nodes)?,
        None => find_node(Some(&plan.node), nodes).map_err(|error| bad(error.to_string()))?,
    };
    let servers = match &plan.subject {
        Subject::Scenario { name, .. } => {
            let info = find_scenario(name).map_err(|error| bad(error.to_string()))?;
            if !node.takes(info) {
                return Err(bad(not_claimed(node, info)));
            }
            info.servers
        }
        Subject::Cluster(schedule) => schedule.servers,
    };
    let strange = plan.fates.keys().find(|name| name.from.max(name.to).number() > servers);
    if let Some(name) = strange {
        return Err(bad(format!("there are servers n1 to n{servers}, and no message {name}")));
    }
    Ok(Read { plan, node, servers })
}

/// The plan that runs a scenario's seed as a sweep does.
pub(crate) fn of_scenario(
    info: &ScenarioInfo,
    seed: u64,
    calm: bool,
    node: &NodeEntry,
) -> Result<Plan, Bad> {
    if !node.takes(info) {
        return Err(Bad::Usage(not_claimed(node, info)));
    }
    Ok(Plan {
        expect: Expect::Guards("every property".to_owned()),
        node: node.name().to_owned(),
        seed,
        digest: None,
        closed: false,
        subject: Subject::Scenario { name: info.name.to_owned(), calm },
        fates: std::collections::BTreeMap::new(),
    })
}

pub(crate) fn not_claimed(node: &NodeEntry, info: &ScenarioInfo) -> String {
    format!("{} does not claim what {} checks: not claimed", node.name(), info.name)
}

/// Writes a plan to a file.
pub(crate) fn write(plan: &Plan, file: &Path) -> Result<(), Bad> {
    fs::write(file, plan.to_string())
        .map_err(|error| Bad::File { file: file.display().to_string(), error })
}
