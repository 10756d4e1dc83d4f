//! Whether a sweep judged what it should have judged.

use raftsim_explore::Judged;
use raftsim_plan::Conditions;
use raftsim_sim::Property;
use sim_scenarios::Checks;
use sim_scenarios::terminal::complain;

use super::{Swept, UNIMPLEMENTED};
use crate::command::args::RunArgs;
use crate::command::nodes::NodeEntry;

/// Whether each property was judged that should have been: every scenario was run, and the node
/// exposes what the oracles need. Reports those that were not. A shard without seeds judges none.
pub(super) fn exercised(args: &RunArgs, node: &NodeEntry, results: &[Swept]) -> bool {
    let unexercised = unexercised(args, node, results);
    for property in &unexercised {
        let node = node.name();
        complain(format_args!(
            "error: the oracle of `{property}` was never exercised, although {node} exposes what \
             the oracle needs: these runs prove nothing about this property"
        ));
    }
    unexercised.is_empty()
}

/// The properties that no run judged, although every scenario was run and the node exposes what
/// their oracles need. A shard without seeds reports none, and neither does a node that implements
/// only a part of the lab.
fn unexercised(args: &RunArgs, node: &NodeEntry, results: &[Swept]) -> Vec<Property> {
    let is_other = args.on.conditions() != Conditions::default();
    if !args.names.is_empty() || args.lab.is_some() || args.checks == Checks::Lab || is_other {
        return vec![];
    }
    if results.iter().any(|swept| swept.tally.as_ref().err() == Some(&UNIMPLEMENTED)) {
        return vec![];
    }
    let tallies = || results.iter().filter_map(|swept| swept.tally.as_ref().ok());
    if tallies().all(|tally| tally.seeds == 0) {
        return vec![];
    }
    let mut sum = Judged::default();
    tallies().for_each(|tally| sum.add(tally.judged));
    sum.unexercised(node.shown()).collect()
}
