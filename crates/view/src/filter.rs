//! Filters: which lines of a run to show.

use raftsim_node::{NodeId, Time};
use raftsim_sim::{Row, RowTopic};

/// Which lines of a run to show. The default shows all. A line must meet every condition.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Show only lines about these servers and about the world; all lines if empty.
    pub servers: Vec<NodeId>,
    /// Show only these topics; all topics if empty.
    pub topics: Vec<RowTopic>,
    /// Show nothing before this time.
    pub since: Time,
    /// Show nothing after this time.
    pub until: Time,
}

impl Default for Filter {
    fn default() -> Self {
        Self { servers: vec![], topics: vec![], since: Time::ZERO, until: Time::MAX }
    }
}

impl Filter {
    /// Whether to show a line.
    pub fn shows(&self, row: &Row) -> bool {
        self.selects(row.time, row.node, row.topic)
    }

    /// Whether to show what happened to this server, or to the world, at this time.
    pub fn selects(&self, time: Time, node: Option<NodeId>, topic: RowTopic) -> bool {
        let about = node.is_none_or(|node| self.servers.contains(&node));
        let server = self.servers.is_empty() || about;
        let topic = self.topics.is_empty() || self.topics.contains(&topic);
        server && topic && (self.since..=self.until).contains(&time)
    }
}
