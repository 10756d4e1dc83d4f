//! Lists of actions of impaired servers in the world: a write takes the disk's latency, and the
//! rest of the list waits for it.
//!
//! A crash meanwhile loses the write that is in progress and everything after it. The cluster shows
//! the server's new status once the whole list is done.

use std::mem;

use raftsim_node::{ActionOf, Node, NodeId, Status};

use super::World;
use super::end::bury;
use super::schedule::Item;
use crate::failure::Failure;
use crate::network::message::Handling;
use crate::server::actions::ActionList;
use crate::server::guard::discard;
use crate::trace::record::What;
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Does the rest of a list that waited, up to the next write that takes time.
    pub(super) fn resume_list(&mut self, node: NodeId) -> Result<(), Failure> {
        let suspension =
            self.cluster.suspension_mut(node).expect("the caller has seen the suspension");
        let list = suspension.take_list().expect("the caller has seen the list");
        let handling = list.handling;
        self.work.list = Some(list);
        self.step_once(node, None, handling.as_ref())
    }

    /// Completes a write that the server began in this `life`, unless the write was complete
    /// earlier because the disk's latency dropped.
    pub(super) fn written(&mut self, node: NodeId, life: u32) -> Result<(), Failure> {
        if !self.cluster.is_up(node) || self.cluster.life(node) != life {
            return Ok(());
        }
        let now = self.now();
        let suspension = self.cluster.suspension_mut(node);
        let Some(write) = suspension.and_then(|suspension| suspension.complete_write(now)) else {
            return Ok(());
        };
        let acted = self.act_one(node, &write);
        discard(node, write);
        acted?;
        self.run_on(node)
    }

    /// The latency of a server's disk was changed: a write in progress takes no longer than one
    /// that begins now.
    pub(super) fn hasten_write(&mut self, node: NodeId) -> Result<(), Failure> {
        let (now, latency) = (self.now(), self.cluster.disk_latency(node));
        let suspension = self.cluster.suspension_mut(node);
        match suspension.and_then(|suspension| suspension.hasten_write(now, latency)) {
            Some(due) => self.push(due, Item::Written { node, life: self.cluster.life(node) }),
            None => Ok(()),
        }
    }

    /// Leaves in `actions` what an impaired server can do now, of the list that is resumed or else
    /// of the list that a step has put into `actions`. The server's new `status` comes with that
    /// list.
    #[cold]
    pub(super) fn cut_list(
        &mut self,
        node: NodeId,
        actions: &mut Vec<ActionOf<N>>,
        handling: Option<&Handling>,
        status: Option<Status>,
    ) {
        let (now, latency) = (self.now(), self.cluster.disk_latency(node));
        let armed = &mut self.cluster.server_mut(node).crash_after;
        let begin = || ActionList::begin(actions, status, handling.copied(), armed);
        let mut list = self.work.list.take().unwrap_or_else(begin);
        list.advance(now, latency, actions);
        self.work.list = Some(list);
    }

    /// Goes on after the actions that could be done: the rest of the list waits for the disk, or
    /// the server crashes, or the whole list is done and the cluster shows the new status.
    #[cold]
    pub(super) fn end_list(&mut self, node: NodeId) -> Result<(), Failure> {
        let mut list = self.work.list.take().expect("a list is in progress");
        if let Some(written_at) = list.written_at {
            self.push(written_at, Item::Written { node, life: self.cluster.life(node) })?;
            let has_waited = mem::replace(&mut list.has_waited, true);
            self.suspension(node).keep(list);
            return self.suspended(node, has_waited);
        }
        if list.crash_after.is_some() {
            let dropped = bury(list.into_values()).map_err(|panic| self.dropped(node, &panic));
            return self.end_life(node).and(dropped);
        }
        if list.has_waited {
            self.emit(Some(node), What::Resumed)?;
        }
        list.status.map_or(Ok(()), |status| self.settle(node, status))
    }
}
