//! What each record is to the oracles.

use raftsim_node::{Node, Time};
use raftsim_sim::{Cluster, Failure, Record, Seen, Watch, What};

use super::Oracles;
use crate::durable::Vouched;

impl<N: Node> Watch<N> for Oracles {
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    fn observe(
        &mut self,
        cluster: &Cluster<N>,
        record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        let server = || record.node.expect("a record of this kind names a server");
        let time = record.time;
        match record.what {
            What::Received { from, .. } => self.quorum.delivered(time, from, server()),
            What::Persisted { touched, .. } => return self.written(cluster, server(), touched),
            What::Applied { index, term, command } => {
                self.log.applied(time, server(), index, (term, command))?;
                return self.only_proposed.applied(time, server(), index, command);
            }
            What::Restored { index, term, snapshot } => {
                return self.log.restored(time, server(), index, term, snapshot);
            }
            What::Proposed { id, command } => {
                self.only_proposed.proposed(command);
                self.log.proposed(server(), id);
            }
            What::Accepted { id, index, term } => {
                self.accepted = true;
                self.only_proposed.accepted(id, index);
                return self.log.accepted(time, server(), id, (index, term));
            }
            What::Rejected { id, leader } => {
                let terms = self.log.rejected(server(), id);
                if let Some(leader) = leader {
                    return self.named.refuses(time, server(), terms, leader);
                }
            }
            What::Compacted { through, snapshot } => self.log.compacted(through, snapshot),
            What::Booted(status) => {
                if !self.begun {
                    self.begin(cluster);
                }
                self.changed(time);
                return self.booted(cluster, server(), status);
            }
            What::Crashed => self.crashed(time, server()),
            What::Fault(fault) => self.fault(cluster, time, fault),
            What::Sent { to, fate, is_given, message, .. } => {
                if is_given && !fate.is_prompt() {
                    self.disturbed(time.saturating_add(fate.lasts()));
                }
                let vouched = cluster.in_node(server(), || Vouched::by(message));
                return self.vouched(time, server(), to, vouched);
            }
            What::Became(status) => {
                let before = self.statuses[server().slot()];
                let is_as_before = status.term == before.term
                    && status.role == before.role
                    && status.leader == before.leader;
                if !is_as_before {
                    self.log.becomes(server(), status);
                    return self.named.becomes(time, server(), status);
                }
            }
            What::Settled => return self.settled(cluster, server()),
            What::Suspended => self.suspended(time, server()),
            What::Resumed => self.resumed(cluster, server()),
            What::Missed { .. }
            | What::Timeout
            | What::CallFailed { .. }
            | What::Noted(_)
            | What::Printed(_)
            | What::Marked { .. } => {}
        }
        Ok(())
    }

    #[inline]
    fn alarm(&self) -> Time {
        self.next
    }

    fn ring(&mut self, cluster: &Cluster<N>) -> Result<(), Failure> {
        let now = cluster.now();
        if self.quorum.alarm() <= now {
            self.quorum.ring(now, cluster.ids())?;
        }
        if self.leader_liveness.alarm() <= now {
            let judged = self.leader_liveness.judged();
            self.leader_liveness.ring(now, &self.topology(cluster))?;
            if self.leader_liveness.judged() > judged {
                self.leader_stays.watches();
            }
        }
        self.rearm();
        Ok(())
    }
}
