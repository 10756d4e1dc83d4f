//! The recovery phase: after a scenario all faults stop, and the cluster must still be alive.
//!
//! Every server that is down restarts on its disk, one that is paused goes on, no server crashes any
//! more because a crash was armed, disks write at once and clocks run true; every link is mended and reliable, but for the delays that messages take anyway. In the parts of the lab that have a log,
//! every server must then apply one fresh command within a minute, or longer if the lab's limits are
//! stretched (`lab::pace`). (The command is proposed again
//! while it is not applied: a leader from before may accept it and then be deposed.) Every server
//! has then applied the same entries through that command, since a difference ends a run at once.
//! All logs must contain these entries with the same terms, as far as the disks show their logs and
//! have not compacted them. Nothing is demanded of later entries: in a Raft without no-ops a
//! correct follower may keep an older tail.
//!
//! Part 3A demands only a leader: a node that only elects leaders never accepts a command.

use raftsim_node::{Disk, Duration, Index, Node, NodeId, Term, Time, View};
use raftsim_sim::{Fact, Failure, LinkSettings, Rate, guarded, property};

use crate::lab::applied::Applied;
use crate::lab::{Lab, unreadable};
use crate::part::Part;
use crate::play::standing::must_cope;

/// How long agreement may take after the faults have stopped. If only one server of a bare majority
/// has the latest log, each campaign of another may delay it by an election timeout, in a correct
/// Raft that then draws a new timeout. Of 200,000 plans four took longer than the lab's ten
/// seconds.
pub(crate) const CALM: Duration = Duration::from_secs(60);

/// By how much a run's time limit is extended for the recovery phase.
const LASTS: Duration = Duration::from_secs(80);

impl<N: Node> Lab<N> {
    /// The recovery phase after a scenario of this part: stops all faults and checks that the
    /// cluster is still alive.
    pub fn recovery_phase(&mut self, part: Part) -> Result<(), Failure> {
        self.extend_for_recovery();
        self.world().mark("calm", None, 0)?;
        self.stop_faults();
        self.world().set_network(LinkSettings::RELIABLE)?;
        self.ids().try_for_each(|node| self.mend_server(node))?;
        self.start_and_join_all()?;
        if part == Part::A {
            return self.check_one_leader().map(drop);
        }
        let all: Vec<NodeId> = self.ids().collect();
        self.agree(&all)
    }

    /// Stops all faults. Where messages take delays, given fates are used as before: a message that
    /// takes its delay is not late.
    pub(crate) fn stop_faults(&mut self) {
        match self.delays() {
            None => self.world().stop_faults(),
            Some(_) => self.world().stop_faults_but_fates(),
        }
    }

    /// Extends the run's time limit for the recovery phase, or for what else follows the scenario or
    /// a plan's steps.
    pub(crate) fn extend_for_recovery(&mut self) {
        let span = self.pace().stretch(LASTS);
        self.world().extend(span);
    }

    /// Checks that `members`, which are all servers that are connected, agree on a fresh command,
    /// and that their logs agree through it. Where messages take long delays, only nodes that claim to
    /// cope with standing faults must; others miss a limit that a correct Raft may miss there.
    #[track_caller]
    pub fn agree(&mut self, members: &[NodeId]) -> Result<(), Failure> {
        for &node in members {
            self.cluster().assert_has(node);
        }
        let command = self.any_command();
        let agreed = self.one_within(self.pace().stretch(CALM), command, members.len());
        let may_miss = self.has_long_delays() && !must_cope(self, members);
        let index = agreed.map_err(|failure| match failure.property() {
            property::ONE if !may_miss => {
                let facts = failure.facts().clone();
                Failure::violation(property::AGREEMENT_AFTER_FAULTS, failure.time(), facts)
            }
            _ => failure,
        })?;
        self.check_logs(index, members)
    }

    /// Resumes a server, with a disk that writes at once and a clock that runs true. A crash that is
    /// armed does not happen any more.
    #[track_caller]
    pub fn mend_server(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world().disarm(node)?;
        if !self.cluster().is_impaired(node) {
            return Ok(());
        }
        self.world().set_disk(node, Duration::ZERO)?;
        self.world().set_clock_rate(node, Rate::TRUE)?;
        self.world().resume(node)
    }

    /// Checks that the log of each of these servers, if its disk shows it, contains the applied
    /// entries through `index`, with the same terms in all logs.
    fn check_logs(&self, index: Index, members: &[NodeId]) -> Result<(), Failure> {
        if !self.cluster().shows_disks() {
            return Ok(());
        }
        let mut terms = Terms { now: self.cluster().now(), seen: vec![] };
        for &node in members {
            let disk = self.cluster().disk(node);
            let applied = self.applied();
            let read = guarded(|| match disk.view() {
                Some(view) => terms.compare(node, view, &applied, index),
                None => Ok(()),
            });
            read.map_err(|panic| unreadable(self.cluster(), node, &panic))??;
        }
        Ok(())
    }
}

/// The terms of the entries, as the logs show them.
struct Terms {
    /// The time of the comparison.
    now: Time,
    /// By index, from 1: a server whose log shows the entry, and the entry's term there.
    seen: Vec<Option<(NodeId, Term)>>,
}

impl Terms {
    /// Compares a log, from its first entry through `last`, with the applied entries and with the
    /// terms in the logs compared before.
    fn compare(
        &mut self,
        node: NodeId,
        view: &dyn View,
        applied: &Applied,
        last: Index,
    ) -> Result<(), Failure> {
        let now = self.now;
        self.seen.resize(usize::try_from(last).expect("a run's log fits into memory"), None);
        let is_gone = |(index, _): &(Index, _)| *index < view.first_index();
        for (index, seen) in (1..).zip(&mut self.seen).skip_while(is_gone) {
            let at_odds = |what: String| {
                let applied = Fact::new(format!("every server has applied entry {index}"));
                differ(now, index, [applied, Fact::new(what).by(node)])
            };
            let Some((term, command)) = view.entry(index) else {
                return Err(at_odds(format!("{node}'s log lacks it")));
            };
            if command != applied.command(index) {
                return Err(at_odds(format!("{node}'s log has another there: {command:?}")));
            }
            match *seen {
                Some((other, shown)) if shown != term => {
                    let first = Fact::new(format!("{other}'s log has {index}@{shown}"));
                    let second = Fact::new(format!("{node}'s log has {index}@{term}"));
                    return Err(differ(now, index, [first.by(other), second.by(node)]));
                }
                Some(_) => {}
                None => *seen = Some((node, term)),
            }
        }
        Ok(())
    }
}

/// The failure that logs differ at `index`, with these two facts.
fn differ(now: Time, index: Index, facts: [Fact; 2]) -> Failure {
    let facts = facts.map(|fact| fact.entry(index));
    Failure::violation(property::LOGS_AGREE_AFTER_FAULTS, now, facts)
}
