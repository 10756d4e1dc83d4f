//! Which lines to show.

use raftsim_node::{NodeId, Time};
use raftsim_sim::{Row, RowTopic};

/// Which lines of a run to show; by default all.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Only what is about these servers, and what is about the world; all if empty.
    pub servers: Vec<NodeId>,
    /// Only these topics; all if empty.
    pub topics: Vec<RowTopic>,
    /// Nothing before this.
    pub since: Time,
    /// Nothing after this.
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
        let about = row.node.is_none_or(|node| self.servers.contains(&node));
        let server = self.servers.is_empty() || about;
        let topic = self.topics.is_empty() || self.topics.contains(&row.topic);
        server && topic && (self.since..=self.until).contains(&row.time)
    }
}
