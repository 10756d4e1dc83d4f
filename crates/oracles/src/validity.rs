//! Validity: servers apply only what clients proposed, and no more often.

use std::collections::BTreeMap;

use raftsim_node::{Command, Digest, Index, NodeId, ProposalId, Time};
use raftsim_sim::{Fact, Failure, Property, property};

/// Each command that a server applies was proposed before, as often as there are entries with it. An
/// entry without a command, such as a no-op, is the Raft's own.
///
/// An entry is judged when it is first applied; that all servers apply the same entry is another
/// oracle's business. Most often some server accepted the command as this very entry, which is seen
/// at once. Otherwise (the server crashed before it answered, or another leader accepted one there,
/// too) its proposals are counted, and the entries with it. Commands are compared by their digests.
///
/// Invariant: `accepted` has numbers of proposals in `proposed`, or 0.
#[derive(Clone, Debug, Default)]
pub struct OnlyProposed {
    /// The digests of the commands, by the number of the proposal, from 1.
    proposed: Vec<u64>,
    /// By index, from 1: the number of the proposal that was accepted last as this entry; 0 if none
    /// was.
    accepted: Vec<u64>,
    /// The entries with commands that were applied: the index, and the command's digest.
    applied: Vec<(Index, u64)>,
    /// By digest: how often it was proposed, and applied, among those that were counted.
    counts: BTreeMap<u64, Count>,
    /// How many of `proposed` and of `applied` were counted.
    counted: Count,
    /// The last index that was judged, or passed over by a snapshot.
    through: Index,
    judged: u64,
}

/// A number of proposals, and a number of entries.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    proposed: usize,
    applied: usize,
}

impl OnlyProposed {
    /// The property that it judges.
    pub const PROPERTY: Property = property::ONLY_PROPOSED;

    /// A client proposes `command`; proposals are numbered from 1 on.
    #[expect(clippy::inline_always, reason = "a client may propose to every server")]
    #[inline(always)]
    pub fn proposed(&mut self, command: &Command) {
        self.proposed.push(digest(command));
    }

    /// A server accepts the proposal `id` as the entry at `index`.
    #[inline]
    pub fn accepted(&mut self, id: ProposalId, index: Index) {
        // An index that no log of a run reaches needs no place: it is judged all the same.
        let most = 2 * self.proposed.len() + 1_000;
        let Some(place) = usize::try_from(index).ok().filter(|&index| index <= most) else {
            return;
        };
        if place > self.accepted.len() {
            self.accepted.resize(place, 0);
        }
        if let Some(accepted) = place.checked_sub(1).and_then(|place| self.accepted.get_mut(place))
        {
            *accepted = id.0;
        }
    }

    /// `node` applies the entry at `index`.
    #[expect(clippy::inline_always, reason = "most entries were applied by another before")]
    #[inline(always)]
    pub fn applied(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        command: Option<&Command>,
    ) -> Result<(), Failure> {
        if index <= self.through {
            return Ok(());
        }
        self.applied_first(time, node, index, command)
    }

    /// No server applied the entry before.
    #[inline(never)]
    fn applied_first(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        command: Option<&Command>,
    ) -> Result<(), Failure> {
        self.through = index;
        self.judged += 1;
        let Some(command) = command else { return Ok(()) };
        let digest = digest(command);
        self.applied.push((index, digest));
        // Entries that are seen at once have proposals of their own. So one entry too many is counted
        // itself, or another with its command was.
        let is_counted = self.counts.get(&digest).is_some_and(|count| count.applied > 0);
        if !is_counted && self.proposed_as(index) == Some(digest) {
            return Ok(());
        }
        self.count(time, node, index, command, digest)
    }

    /// The digest of the command that was accepted last as the entry at `index`.
    #[inline]
    fn proposed_as(&self, index: Index) -> Option<u64> {
        let &id = self.accepted.get(usize::try_from(index).ok()?.checked_sub(1)?)?;
        self.proposed.get(usize::try_from(id).ok()?.checked_sub(1)?).copied()
    }

    /// Counts the proposals of a command that was just applied, and the entries with it.
    #[cold]
    fn count(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        command: &Command,
        digest: u64,
    ) -> Result<(), Failure> {
        for &proposed in &self.proposed[self.counted.proposed..] {
            self.counts.entry(proposed).or_default().proposed += 1;
        }
        for &(_, applied) in &self.applied[self.counted.applied..] {
            self.counts.entry(applied).or_default().applied += 1;
        }
        self.counted = Count { proposed: self.proposed.len(), applied: self.applied.len() };
        let count = self.counts[&digest];
        if count.applied <= count.proposed {
            return Ok(());
        }
        let because = match self.applied.iter().rev().skip(1).find(|&&(_, at)| at == digest) {
            None => Fact::new("nobody proposed that command".to_owned()),
            Some(&(before, _)) => {
                let [proposed, applied] = [count.proposed, count.applied - 1].map(times);
                Fact::new(format!(
                    "the command was proposed {proposed}, and applied {applied} before, last at {before}"
                ))
                .entry(before)
            }
        };
        let first = format!("{node} applies {command:?} at {index}");
        let facts = [Fact::new(first).by(node).entry(index), because];
        Err(Failure::violation(Self::PROPERTY, time, facts))
    }

    /// The number of entries that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

#[inline]
fn digest(command: &Command) -> u64 {
    let mut digest = Digest::new();
    digest.bytes(command);
    digest.value()
}
