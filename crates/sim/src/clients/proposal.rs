//! Proposals, and the answer to each.

use std::collections::VecDeque;

use raftsim_node::{Duration, Index, NodeId, ProposalId, Term, Time};

/// What has become of a proposal so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// The server has appended the command at this index, in this term.
    Accepted(Index, Term),
    /// The server has refused it, has crashed before it answered, or does not run its code now.
    Refused,
    /// The server has not answered yet. [`crate::World::answer`] says what it answers later.
    Open(OpenProposal),
}

impl Proposed {
    /// The index and the term at which the command was appended; `None` if it is not accepted, or
    /// not yet.
    pub const fn accepted(self) -> Option<(Index, Term)> {
        match self {
            Self::Accepted(index, term) => Some((index, term)),
            Self::Refused | Self::Open(_) => None,
        }
    }
}

/// A proposal that its server has not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenProposal {
    /// The server to which the proposal was made.
    pub node: NodeId,
    pub(crate) id: ProposalId,
    /// When it was made.
    pub(crate) since: Time,
}

/// Where a proposal was appended; `None` if it was refused.
pub(crate) type Answer = Option<(Index, Term)>;

/// A proposal that is being made, and its answer once the server has given one.
#[derive(Clone, Copy)]
pub(crate) struct Proposal {
    pub(crate) id: ProposalId,
    pub(crate) answer: Option<Answer>,
}

/// The proposals to a server's present life that were not answered at once and are still of
/// interest: those that have no answer yet, and those whose answer a client has not taken yet.
///
/// Invariant: they are in the order in which they were made, so their numbers and times ascend.
#[derive(Debug, Default)]
pub(crate) struct Proposals(VecDeque<Waiting>);

#[derive(Debug)]
struct Waiting {
    id: ProposalId,
    since: Time,
    answer: Option<Answer>,
    /// Whether a client waits for the answer. If none does, the answer is forgotten.
    is_awaited: bool,
}

/// Why an answer is wrong.
pub(crate) enum Wrong {
    /// No such proposal waits for an answer.
    Unasked,
    /// It was answered before.
    Twice,
}

impl Proposals {
    /// How long a server that runs its code may take to answer. labrpc's longest delay of a call,
    /// for which a Go server may hold its lock, is seven seconds.
    pub(crate) const WITHIN: Duration = Duration::from_secs(30);

    /// Adds a proposal that was made now and is not answered yet.
    pub(crate) fn add(&mut self, id: ProposalId, since: Time, is_awaited: bool) {
        self.0.push_back(Waiting { id, since, answer: None, is_awaited });
    }

    /// Whether none is of interest.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes what the server answers.
    pub(crate) fn answer(&mut self, id: ProposalId, answer: Answer) -> Result<(), Wrong> {
        let place = self.place(id).ok_or(Wrong::Unasked)?;
        let waiting = &mut self.0[place];
        if waiting.answer.is_some() {
            return Err(Wrong::Twice);
        }
        if waiting.is_awaited {
            waiting.answer = Some(answer);
        } else {
            self.0.remove(place);
        }
        Ok(())
    }

    /// What was answered; forgets the proposal if it was. A proposal that is not here, because its
    /// life has ended, counts as refused.
    pub(crate) fn take(&mut self, id: ProposalId) -> Option<Answer> {
        let Some(place) = self.place(id) else { return Some(None) };
        let answer = self.0[place].answer?;
        self.0.remove(place);
        Some(answer)
    }

    /// No client waits for the answer any more.
    pub(crate) fn leave(&mut self, id: ProposalId) {
        if let Some(place) = self.place(id) {
            self.0[place].is_awaited = false;
        }
    }

    /// Whether a proposal has no answer although the server has run its code since `runs_since` and
    /// was asked long ago.
    pub(crate) fn is_overdue(&self, runs_since: Time, now: Time) -> bool {
        let oldest = self.0.iter().find(|waiting| waiting.answer.is_none());
        oldest.is_some_and(|it| now.since(it.since.max(runs_since)) >= Self::WITHIN)
    }

    /// Forgets all: the life has ended.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    fn place(&self, id: ProposalId) -> Option<usize> {
        self.0.binary_search_by_key(&id, |waiting| waiting.id).ok()
    }
}
