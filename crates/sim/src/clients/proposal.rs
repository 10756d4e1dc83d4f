//! Proposals, and the one answer to each.

use raftsim_node::{Index, ProposalId, Term};

/// Where a proposal was appended; `None` if it was refused.
pub(crate) type Answer = Option<(Index, Term)>;

/// A proposal, and its answer once it came.
#[derive(Clone, Copy)]
pub(crate) struct Proposal {
    pub(crate) id: ProposalId,
    pub(crate) answer: Option<Answer>,
}
