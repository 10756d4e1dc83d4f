//! How oracles look on: they are told of everything that happens, and may end the run.

use raftsim_node::{Node, NodeId, Promise, Status, Term, Time};

use crate::failure::Failure;
use crate::server::Cluster;
use crate::trace::record::{Record, Seen};

/// What the sender of a message vouches for, read off the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The message's term.
    pub term: Option<Term>,
    /// What is on the sender's disk.
    pub promise: Option<Promise>,
}

/// Somebody who looks on. The first failure that it returns ends the run.
pub trait Watch<N: Node>: 'static {
    /// Something happened. A change of status comes through [`Watch::becomes`] and
    /// [`Watch::settled`] instead.
    fn observe(
        &mut self,
        _cluster: &Cluster<N>,
        _record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// A step has made `status` what `node` believes, and the actions of its list are still to be
    /// done: what they write is written by a server of this status. The cluster still shows the old
    /// one.
    fn becomes(
        &mut self,
        _cluster: &Cluster<N>,
        _node: NodeId,
        _status: Status,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// `node` has done all that its last list asked, and its status is no longer `before`. A status
    /// that a crash cut off within its list is never told.
    fn settled(
        &mut self,
        _cluster: &Cluster<N>,
        _node: NodeId,
        _before: Status,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// `from` is about to hand a message for `to` to the network, which vouches for this.
    fn vouched(
        &mut self,
        _cluster: &Cluster<N>,
        _from: NodeId,
        _to: NodeId,
        _vouched: Vouched,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// `node`, which is up, does not run its code from now on: it is paused, or a list of its waits
    /// for the disk. Told once for both together.
    fn held(&mut self, _cluster: &Cluster<N>, _node: NodeId) -> Result<(), Failure> {
        Ok(())
    }

    /// `node` runs its code again; what waited for it comes next. Not told when its life ends.
    fn freed(&mut self, _cluster: &Cluster<N>, _node: NodeId) -> Result<(), Failure> {
        Ok(())
    }

    /// A fate given by name disturbs the network until `until`, in a way that no settings of a link
    /// tell: it loses a message, or lets one arrive late or twice, for the last time then.
    fn disturbed(&mut self, _cluster: &Cluster<N>, _until: Time) {}

    /// When it wants to be called though nothing happens; [`Time::MAX`] for never.
    fn alarm(&self) -> Time {
        Time::MAX
    }

    /// The time of [`Watch::alarm`] has come, after everything else of that instant. It must move
    /// the alarm on.
    fn ring(&mut self, _cluster: &Cluster<N>) -> Result<(), Failure> {
        Ok(())
    }
}

/// Nobody looks on.
impl<N: Node> Watch<N> for () {}
