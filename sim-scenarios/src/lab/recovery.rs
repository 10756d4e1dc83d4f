//! The recovery phase: after a scenario all faults stop, and the cluster must still be alive.
//!
//! Every server that is down restarts on its disk, one that is paused runs on, disks take no time
//! and clocks run true; every link is mended and reliable. For the parts of the lab that have a
//! log, one fresh command must then be agreed on: applied by every server within a minute (it is
//! proposed again while nothing comes of it, as a leader from before may take it and be deposed). Every server has then applied the same entries through it, since
//! whatever differs ends a run at once; and all logs, as far as disks show them and have not
//! compacted them, hold those entries with the same terms. Nothing is asked of what lies beyond:
//! without no-ops a correct follower may keep an older tail.
//!
//! Part 3A asks nothing of the log, and a node that only elects leaders never takes a command: there
//! a leader is demanded, and no more.

use raftsim_node::{Disk, Duration, Index, Node, NodeId, Term, Time, View};
use raftsim_sim::{Fact, Failure, Rate, guarded, property};

use crate::lab::applied::Applied;
use crate::lab::{Lab, unreadable};
use crate::registry::Part;

/// How long agreement may take in calm. Where only one server of a bare majority has the latest log,
/// each campaign of the others may cost a correct Raft that draws its timeout anew an election timeout:
/// of 200,000 plans four took longer than the lab's ten seconds.
const CALM: Duration = Duration::from_secs(60);

/// How much longer a run may last for what follows it.
pub(crate) const LASTS: Duration = Duration::from_secs(80);

impl<N: Node> Lab<N> {
    /// Stops all faults and sees whether the cluster lives, behind a scenario of this part.
    pub fn recovery_phase(&mut self, part: Part) -> Result<(), Failure> {
        self.world().extend(LASTS);
        self.world().mark("calm", None, 0)?;
        self.world().stop_faults();
        self.set_network(false, false)?;
        self.ids().try_for_each(|node| self.mend_server(node))?;
        self.start_and_join_all()?;
        if part == Part::A {
            return self.check_one_leader().map(drop);
        }
        let all: Vec<NodeId> = self.ids().collect();
        self.agree(&all)
    }

    /// These servers, all that are connected, agree on a fresh command, and their logs through it.
    pub(crate) fn agree(&mut self, members: &[NodeId]) -> Result<(), Failure> {
        let command = self.any_command();
        let agreed = self.one_within(CALM, command, members.len());
        let index = agreed.map_err(|failure| match failure.property() {
            property::ONE => {
                let facts = failure.facts().clone();
                Failure::violation(property::AGREEMENT_AFTER_FAULTS, failure.time(), facts)
            }
            _ => failure,
        })?;
        self.check_logs(index, members)
    }

    /// Lets a server run, on a disk that takes no time and a clock that runs true.
    pub(crate) fn mend_server(&mut self, node: NodeId) -> Result<(), Failure> {
        if !self.cluster().is_impaired(node) {
            return Ok(());
        }
        self.world().set_disk(node, Duration::ZERO)?;
        self.world().set_clock_rate(node, Rate::TRUE)?;
        self.world().resume(node)
    }

    /// Every log of these that can be seen holds, through `index`, what was applied, in the same terms.
    fn check_logs(&self, index: Index, members: &[NodeId]) -> Result<(), Failure> {
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

/// The terms that logs show.
struct Terms {
    /// When they are compared.
    now: Time,
    /// By index, from 1: the term that some log shows, and whose.
    seen: Vec<Option<(NodeId, Term)>>,
}

impl Terms {
    /// Compares a log, from where it begins through `last`, with what was applied and with the
    /// terms of the logs before.
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
                return Err(at_odds(format!("{node}'s log holds another: {command:?}")));
            }
            match *seen {
                Some((other, shown)) if shown != term => {
                    let first = Fact::new(format!("{other}'s log holds {index}@{shown}"));
                    let second = Fact::new(format!("{node}'s holds {index}@{term}"));
                    return Err(differ(now, index, [first.by(other), second.by(node)]));
                }
                Some(_) => {}
                None => *seen = Some((node, term)),
            }
        }
        Ok(())
    }
}

/// Logs differ at `index`, as these two facts say.
fn differ(now: Time, index: Index, facts: [Fact; 2]) -> Failure {
    let facts = facts.map(|fact| fact.entry(index));
    Failure::violation(property::LOGS_AGREE_AFTER_FAULTS, now, facts)
}
