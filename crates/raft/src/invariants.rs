//! What is true of a server at the end of every step: the invariants that [`Raft`] lists, asserted.

use raftsim_node::{Index, Time};

use crate::raft::Raft;
use crate::role::Role;

impl Raft {
    /// Panics if the step that ends at `now` has broken an invariant.
    ///
    /// Every step pays for this, so the cost is the same whatever the length of the log: the log
    /// and the snapshot are compared only by the index at which they end, and one branch decides.
    #[allow(clippy::needless_bitwise_bool, reason = "a branch for each condition costs more")]
    #[inline]
    pub(crate) fn check_invariants(&self, now: Time) {
        let vote = self.vote();
        let base = self.log.base_index();
        let needs_no_vote = self.needs_no_vote();
        let holds = (self.written == vote)
            & self.log.ends_at(self.written_through)
            & (base == self.snapshot_index())
            & (self.last_applied >= base)
            & (self.last_applied == self.commit_index)
            & (needs_no_vote | vote.is_for(self.boot.id))
            & (self.next_due().since(now) <= self.longest_wait);
        if !holds {
            self.report_broken_invariant(now);
        }
    }

    /// Whether the server's part asks for no vote for itself.
    #[inline]
    fn needs_no_vote(&self) -> bool {
        matches!(self.role, Role::Follower { .. } | Role::PreCandidate { .. })
    }

    /// The last index that the snapshot stands for; 0 without one.
    #[inline]
    fn snapshot_index(&self) -> Index {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.index)
    }

    /// Says which invariant does not hold.
    #[cold]
    fn report_broken_invariant(&self, now: Time) -> ! {
        let vote = self.vote();
        let base = self.log.base_index();
        assert!(self.written.current_term == vote.current_term, "the term is written");
        assert!(self.written == vote, "the vote is written");
        assert!(self.log.ends_at(self.written_through), "the log is written");
        match &self.snapshot {
            None => assert!(base == 0, "without a snapshot the log is whole"),
            Some(it) => assert!(base == it.index, "the log begins after the snapshot"),
        }
        assert!(self.last_applied >= base, "what the snapshot stands for is applied");
        assert!(self.last_applied == self.commit_index, "what is committed is applied");
        assert!(
            self.needs_no_vote() | vote.is_for(self.boot.id),
            "a candidate or leader has voted for itself"
        );
        assert!(self.next_due().since(now) <= self.longest_wait, "a timer runs");
        unreachable!("an invariant does not hold")
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use raftsim_node::{Boot, Event, Node, NodeId, ProposalId, Role as Part, Snapshot, Time};

    use super::*;
    use crate::config::Config;
    use crate::disk::Disk;
    use crate::log::Entry;

    /// n1 among `servers` servers, once its first election timer has ended; and that moment.
    fn stood_for_election(servers: u8, pre_vote: bool) -> (Raft, Time) {
        let voters: Arc<[NodeId]> = (1..=servers).map(NodeId::new).collect();
        let boot = Boot::new(NodeId::new(1), voters, 42);
        let config = Config { pre_vote, ..Config::default() };
        let mut raft = Raft::boot(&config, &boot, &Disk::default(), Time::ZERO);
        let now = raft.next_due();
        raft.step(Event::Timeout, now);
        (raft, now)
    }

    /// The leader of a cluster of one, with one entry in its snapshot and one in its log.
    fn leader() -> (Raft, Time) {
        let (mut raft, now) = stood_for_election(1, false);
        for id in [1, 2].map(ProposalId) {
            raft.step(Event::Propose { id, command: "x".into() }, now);
        }
        raft.step(Event::Compact { through: 1, snapshot: "x".into() }, now);
        assert_eq!((raft.status().role, raft.last_applied), (Part::Leader, 2));
        (raft, now)
    }

    fn candidate() -> (Raft, Time) {
        let (raft, now) = stood_for_election(3, false);
        assert_eq!(raft.status().role, Part::Candidate);
        (raft, now)
    }

    fn pre_candidate() -> (Raft, Time) {
        let (raft, now) = stood_for_election(3, true);
        assert_eq!(raft.status().role, Part::PreCandidate);
        (raft, now)
    }

    fn follower() -> (Raft, Time) {
        let (mut raft, now) = candidate();
        raft.become_follower(None, now);
        (raft, now)
    }

    /// What the check says once `damage` is done to `server`, of which it said nothing before.
    fn alarm(
        (mut raft, now): (Raft, Time),
        damage: impl FnOnce(&mut Raft),
    ) -> Option<&'static str> {
        raft.check_invariants(now);
        damage(&mut raft);
        let checked = catch_unwind(AssertUnwindSafe(|| raft.check_invariants(now)));
        checked.err().map(|payload| *payload.downcast_ref().expect("a message without arguments"))
    }

    #[test]
    fn a_term_vote_or_log_that_is_not_written_is_noticed() {
        let entry = Entry { term: 1, command: "y".into() };
        assert_eq!(alarm(follower(), |raft| raft.current_term += 1), Some("the term is written"));
        assert_eq!(alarm(follower(), |raft| raft.voted_for = None), Some("the vote is written"));
        assert_eq!(
            alarm(leader(), |raft| raft.log.replace_from(3, &[entry])),
            Some("the log is written")
        );
        assert_eq!(
            alarm(leader(), |raft| raft.log.replace_from(2, &[])),
            Some("the log is written")
        );
    }

    #[test]
    fn a_snapshot_that_does_not_end_where_the_log_begins_is_noticed() {
        let snapshot = |index| Some(Snapshot::new(index, 1, "x".into()));
        assert_eq!(
            alarm(leader(), |raft| raft.snapshot = None),
            Some("without a snapshot the log is whole")
        );
        for index in [0, 2] {
            assert_eq!(
                alarm(leader(), |raft| raft.snapshot = snapshot(index)),
                Some("the log begins after the snapshot")
            );
        }
    }

    #[test]
    fn an_entry_that_is_committed_and_not_applied_is_noticed() {
        assert_eq!(
            alarm(leader(), |raft| raft.last_applied = 0),
            Some("what the snapshot stands for is applied")
        );
        assert_eq!(
            alarm(leader(), |raft| raft.last_applied = 1),
            Some("what is committed is applied")
        );
        assert_eq!(
            alarm(leader(), |raft| raft.commit_index += 1),
            Some("what is committed is applied")
        );
    }

    #[test]
    fn a_candidate_or_leader_that_voted_for_another_is_noticed() {
        for server in [candidate(), leader()] {
            for vote in [None, Some(NodeId::new(2))] {
                let damage = |raft: &mut Raft| {
                    raft.voted_for = vote;
                    raft.written = raft.vote();
                };
                assert_eq!(
                    alarm(server.clone(), damage),
                    Some("a candidate or leader has voted for itself")
                );
                assert_eq!(alarm(follower(), damage), None);
                assert_eq!(alarm(pre_candidate(), damage), None);
            }
        }
    }

    #[test]
    fn a_timer_that_does_not_run_is_noticed_in_every_role() {
        for server in [follower(), pre_candidate(), candidate(), leader()] {
            let damage = |raft: &mut Raft| match &mut raft.role {
                Role::Follower { election_deadline: due, .. }
                | Role::PreCandidate { retry_due: due, .. }
                | Role::Candidate { retry_due: due, .. }
                | Role::Leader { heartbeat_due: due, .. } => *due = Time::MAX,
            };
            assert_eq!(alarm(server, damage), Some("a timer runs"));
        }
    }

    #[test]
    fn every_step_ends_with_the_check() {
        let (mut raft, now) = candidate();
        raft.voted_for = None;
        // It is not due, and does nothing.
        let stepped = catch_unwind(AssertUnwindSafe(|| raft.step(Event::Timeout, now)));
        assert_eq!(stepped.unwrap_err().downcast_ref(), Some(&"the vote is written"));
    }
}
