//! Tweaks that hide what a node need not show.

use raftsim_node::{Boot, Claims, Node, Status};

use crate::Tweak;

/// Its disk has no view: the oracles that read logs and votes have nothing to judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unseen;

impl<N: Node> Tweak<N> for Unseen {
    const SHOWS_DISK: bool = false;
}

/// It does not know the terms of the entries that it applies, and of its snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Termless;

impl<N: Node> Tweak<N> for Termless {
    const SHOWS_TERMS: bool = false;
}

/// It shows only what the contract demands: it has no view of its disk, no term and promise in its
/// messages, no claims and no commit index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blind;

impl<N: Node> Tweak<N> for Blind {
    const SHOWS_DISK: bool = false;
    const SHOWS_PROMISES: bool = false;

    fn claims(&self, _claims: Claims) -> Claims {
        Claims::default()
    }

    fn status(&self, _boot: &Boot, status: Status) -> Status {
        Status::new(status.term, status.role).with_leader(status.leader)
    }
}
