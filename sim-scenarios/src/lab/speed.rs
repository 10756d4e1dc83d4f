//! How soon commands are applied, one after the other.

use raftsim_node::{Duration, Index, Node};
use raftsim_sim::{Fact, Failure, property};

use crate::lab::Lab;

impl<N: Node> Lab<N> {
    /// Has `count` commands accepted, each once the one before is applied on some server. `start`
    /// proposes the command of a number, from 1 on, and returns the index at which it was accepted.
    /// Returns whether all were; the first that is not ends it.
    ///
    /// # Errors
    /// If that takes longer than `most`; and those of `start`.
    pub(crate) fn one_by_one(
        &mut self,
        count: u64,
        most: Duration,
        mut start: impl FnMut(&mut Self, u64) -> Result<Option<Index>, Failure>,
    ) -> Result<bool, Failure> {
        let end = self.cluster().now() + most;
        for command in 1..=count {
            let Some(index) = start(self, command)? else { return Ok(false) };
            while self.n_committed(index) == 0 {
                if !self.world().advance(end)? {
                    let first =
                        format!("within {most} {count} commands are applied, one after the other");
                    let facts = [first, format!("{} were", command - 1)].map(Fact::new);
                    return Err(self.missed(property::SPEED, facts));
                }
            }
        }
        Ok(true)
    }
}
