//! Proposals in the world: each is made to a server, which answers it once.

use raftsim_node::{Command, Event, Node, NodeId, ProposalId};

use super::World;
use crate::clients::proposal::{Answer, OpenProposal, Proposal, Proposals, Proposed, Wrong};
use crate::failure::{Fact, Failure};
use crate::property;
use crate::trace::record::What;
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Asks a server to replicate `command`, now (the lab's `Start`). Returns its answer, if that
    /// comes at this instant. The proposal counts as refused if the server is down or suspended,
    /// and if it crashes or waits for its disk before it answers.
    ///
    /// # Errors
    /// A failure if the server's step fails, or if the answer to an earlier proposal is overdue.
    ///
    /// # Panics
    /// If the cluster does not have this server.
    #[track_caller]
    pub fn propose(&mut self, node: NodeId, command: Command) -> Result<Proposed, Failure> {
        self.cluster.assert_has(node);
        self.check_answers(node)?;
        if !self.cluster.is_up(node) || self.cluster.is_suspended(node) {
            return Ok(Proposed::Refused);
        }
        self.note_timers();
        self.proposals += 1;
        self.pace.has_cause();
        let id = ProposalId(self.proposals);
        self.emit(Some(node), What::Proposed { id, command: &command })?;
        let life = self.cluster.life(node);
        self.work.proposal = Some(Proposal { id, answer: None });
        let event = Event::Propose { id, command };
        let mut stepped = self.run(|world| world.step_once(node, Some(event), None));
        if stepped.is_ok() && !self.work.compactions.is_empty() {
            stepped = self.run(Self::compact);
        }
        let proposal = self.work.proposal.take().expect("it was put there before the step");
        stepped?;
        match proposal.answer {
            Some(answer) => Ok(proposed(answer)),
            None => Ok(self.not_answered_yet(node, id, life)),
        }
    }

    /// What has become of a proposal to this `life` of a server that was not answered at once.
    #[cold]
    fn not_answered_yet(&mut self, node: NodeId, id: ProposalId, life: u32) -> Proposed {
        if !self.cluster.is_up(node) || self.cluster.life(node) != life {
            return Proposed::Refused;
        }
        let (since, is_suspended) = (self.now(), self.cluster.is_suspended(node));
        self.cluster.server_mut(node).proposals.add(id, since, !is_suspended);
        if is_suspended {
            Proposed::Refused
        } else {
            Proposed::Open(OpenProposal { node, id, since })
        }
    }

    /// What has become of a proposal that was open. It counts as refused if the server has crashed
    /// since, or is suspended now, and after 30 seconds.
    ///
    /// # Errors
    /// A failure if the server has not answered within 30 seconds in which it ran its code, by a
    /// clock that is true.
    pub fn answer(&mut self, open: OpenProposal) -> Result<Proposed, Failure> {
        let OpenProposal { node, id, since } = open;
        if let Some(answer) = self.cluster.server_mut(node).proposals.take(id) {
            return Ok(proposed(answer));
        }
        self.check_answers(node)?;
        if self.cluster.is_suspended(node) || self.now().since(since) >= Proposals::WITHIN {
            self.leave(open);
            return Ok(Proposed::Refused);
        }
        Ok(Proposed::Open(open))
    }

    /// Nobody waits for the answer to this proposal any more.
    pub fn leave(&mut self, open: OpenProposal) {
        self.cluster.server_mut(open.node).proposals.leave(open.id);
    }

    /// Fails if a server should have answered a proposal by now.
    #[inline]
    fn check_answers(&self, node: NodeId) -> Result<(), Failure> {
        let proposals = &self.cluster.server(node).proposals;
        if proposals.is_empty() { Ok(()) } else { self.check_open(node) }
    }

    #[cold]
    fn check_open(&self, node: NodeId) -> Result<(), Failure> {
        let server = self.cluster.server(node);
        let runs = !self.cluster.is_suspended(node) && self.cluster.clock_is_true(node);
        if !runs || !server.proposals.is_overdue(server.runs_since, self.now()) {
            return Ok(());
        }
        Err(self.unanswered(node, format!("no answer came within {}", Proposals::WITHIN)))
    }

    /// Fails if some server should have answered a proposal by now.
    pub(super) fn check_all_answers(&self) -> Result<(), Failure> {
        self.cluster.ids().try_for_each(|node| self.check_answers(node))
    }

    #[expect(clippy::inline_always, reason = "its callers know whether the proposal was accepted")]
    #[inline(always)]
    pub(super) fn take_answer(
        &mut self,
        node: NodeId,
        id: ProposalId,
        answer: Answer,
    ) -> Result<(), Failure> {
        match &mut self.work.proposal {
            Some(proposal) if proposal.id == id && proposal.answer.is_none() => {
                proposal.answer = Some(answer);
                Ok(())
            }
            Some(_) | None => self.take_late_answer(node, id, answer),
        }
    }

    /// Takes an answer to another proposal than the one that is being made, or a second answer.
    #[cold]
    fn take_late_answer(
        &mut self,
        node: NodeId,
        id: ProposalId,
        answer: Answer,
    ) -> Result<(), Failure> {
        let is_made_now = self.work.proposal.is_some_and(|proposal| proposal.id == id);
        let proposals = &mut self.cluster.server_mut(node).proposals;
        let taken = if is_made_now { Err(Wrong::Twice) } else { proposals.answer(id, answer) };
        taken.map_err(|wrong| {
            let seen = match wrong {
                Wrong::Unasked => {
                    format!("it answered proposal {}, which does not wait for an answer", id.0)
                }
                Wrong::Twice => "it was answered twice".to_owned(),
            };
            self.unanswered(node, seen)
        })
    }

    /// The failure of a proposal that was not answered once. `seen` says what happened instead.
    #[cold]
    fn unanswered(&self, node: NodeId, seen: String) -> Failure {
        let rule = format!("{node} answers a proposal once, in the life in which it was made");
        let facts = [rule, seen].map(|text| Fact::new(text).by(node));
        Failure::contract(property::PROPOSAL_ANSWERED, self.now(), facts)
    }
}

fn proposed(answer: Answer) -> Proposed {
    answer.map_or(Proposed::Refused, |(index, term)| Proposed::Accepted(index, term))
}
