//! Proposals, and the answer to each.

use raftsim_node::{Index, ProposalId, Term};

/// Where a proposal was appended; `None` if it was refused.
pub(crate) type Answer = Option<(Index, Term)>;

/// A proposal, and its answer once the server has given one.
#[derive(Clone, Copy)]
pub(crate) struct Proposal {
    pub(crate) id: ProposalId,
    pub(crate) answer: Option<Answer>,
}
