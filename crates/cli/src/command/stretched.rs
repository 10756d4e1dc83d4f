//! The lab's limits for a node that claims to need longer for an election than the lab allows: the
//! limits are stretched, and the command says so once, before it sweeps.

use raftsim_node::Claims;
use sim_scenarios::limits_times;
use sim_scenarios::terminal::complain;

use crate::command::nodes::NodeEntry;

/// Stands after the name of each scenario whose limits are stretched.
const MARK: &str = "*";

/// How many times as long as the lab's the limits of a node's scenarios are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretched(u64);

impl Stretched {
    /// As the node's claims have it.
    pub(crate) fn of(claims: &Claims) -> Self {
        Self(limits_times(claims))
    }

    /// The factor; 1 if the limits are the lab's own.
    pub(crate) fn times(self) -> u64 {
        self.0
    }

    /// A scenario's name as the table prints it.
    pub(crate) fn marked(self, name: &str) -> String {
        format!("{name}{}", if self.0 > 1 { MARK } else { "" })
    }

    /// Says on stderr that the limits are stretched, if they are.
    pub(crate) fn announce(self, node: &NodeEntry) {
        if self.0 == 1 {
            return;
        }
        let (name, times) = (node.name(), self.0);
        let (within, lab) = (node.claims().elects_within, Claims::ELECTS_WITHIN);
        complain(format_args!(
            "{name} claims to elect a leader within {within}, where the lab allows {lab}: every \
             limit of the lab is {times} times as long here (the scenarios marked {MARK})"
        ));
    }
}
