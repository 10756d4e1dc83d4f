//! Proposals in the world: each is made to a server, which answers it once.

use raftsim_node::{Command, Event, Node, NodeId, ProposalId};

use super::World;
use crate::clients::proposal::{Answer, Proposal};
use crate::failure::{Fact, Failure};
use crate::property;
use crate::trace::record::What;
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Asks a server to replicate `command`, now (the lab's `Start`). Returns the index and term at
    /// which the server appended it; `None` if it refused. It counts as refused if the server is
    /// down or suspended, if it crashes before it answers, and if its answer comes after a write
    /// that takes time.
    pub fn propose(&mut self, node: NodeId, command: Command) -> Result<Answer, Failure> {
        if !self.cluster.is_up(node) || self.cluster.is_suspended(node) {
            return Ok(None);
        }
        self.proposals += 1;
        let id = ProposalId(self.proposals);
        self.emit(Some(node), What::Proposed { id, command: &command })?;
        let life = self.cluster.life(node);
        self.work.proposal = Some(Proposal { id, answer: None });
        let stepped =
            self.run(|world| world.step_once(node, Some(Event::Propose { id, command }), None));
        let proposal = self.work.proposal.take().expect("it was put there before the step");
        stepped?;
        if !self.work.compactions.is_empty() {
            self.run(Self::compact)?;
        }
        match proposal.answer {
            Some(answer) => Ok(answer),
            None if !self.cluster.is_up(node) || self.cluster.life(node) != life => Ok(None),
            None if self.waits_for_answer(node, id) => Ok(None),
            None => Err(self.unanswered(node, "no answer came".to_owned())),
        }
    }

    /// Whether the list that must answer this proposal waits for the disk.
    fn waits_for_answer(&self, node: NodeId, id: ProposalId) -> bool {
        let list = self.cluster.suspension(node).and_then(|suspension| suspension.list());
        let proposal = list.and_then(|list| list.proposal);
        proposal.is_some_and(|proposal| proposal.id == id)
    }

    /// Fails if a list that waited is done and has not answered its proposal.
    pub(super) fn check_answered(&self, node: NodeId, proposal: Proposal) -> Result<(), Failure> {
        match proposal.answer {
            Some(_) => Ok(()),
            None => Err(self.unanswered(node, "no answer came".to_owned())),
        }
    }

    #[expect(clippy::inline_always, reason = "its callers know whether the proposal was accepted")]
    #[inline(always)]
    pub(super) fn take_answer(
        &mut self,
        node: NodeId,
        id: ProposalId,
        answer: Answer,
    ) -> Result<(), Failure> {
        let proposal = self.work.proposal.as_mut().filter(|proposal| proposal.id == id);
        let Some(proposal) = proposal else {
            return Err(self.unanswered(
                node,
                format!("it answered proposal {}, which does not wait for an answer", id.0),
            ));
        };
        match proposal.answer.replace(answer) {
            None => Ok(()),
            Some(_) => Err(self.unanswered(node, "it was answered twice".to_owned())),
        }
    }

    /// The failure of a proposal that was not answered once. `seen` says what happened instead.
    fn unanswered(&self, node: NodeId, seen: String) -> Failure {
        let rule =
            format!("{node} answers a proposal once, in the list that the proposal returned");
        let facts = [rule, seen].map(|text| Fact::new(text).by(node));
        Failure::contract(property::PROPOSAL_ANSWERED, self.now(), facts)
    }
}
