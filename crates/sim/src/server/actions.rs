//! Lists of a server in trouble: each write takes as long as the disk does, and the rest of the
//! list waits for it.
//!
//! A crash meanwhile loses the write that is under way and all behind it. The server's status is
//! told once the whole list is done.

use std::mem;

use raftsim_node::{Action, ActionOf, Duration, Node, NodeId, Status};

use crate::failure::Failure;
use crate::network::message::Handling;
use crate::server::step::is_effect;
use crate::server::trouble::List;
use crate::trace::record::What;
use crate::trace::watch::Watch;
use crate::world::{Item, World};

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Lets every write of a server's take this long from now on. Meanwhile no event reaches the
    /// server, the rest of its list waits, and its clock runs. It stays so when the server crashes;
    /// booting takes no time.
    pub fn set_disk(&mut self, node: NodeId, latency: Duration) -> Result<(), Failure> {
        if self.cluster.disk_latency(node) == latency {
            return Ok(());
        }
        self.changes += 1;
        self.cluster.trouble(node).latency = latency;
        self.cluster.tidy(node);
        self.emit(Some(node), What::DiskLatency { latency })
    }

    /// Does the rest of a list that waited, as far as the disk lets it.
    pub(crate) fn resume_list(&mut self, node: NodeId) -> Result<(), Failure> {
        let hold = self.cluster.hold_mut(node).expect("the list waits in it");
        let mut list = hold.list.take().expect("seen by the caller");
        let handling = list.handling;
        self.proposal = list.proposal.take();
        self.list = Some(list);
        self.step_once(node, None, handling.as_ref())?;
        match self.proposal.take() {
            Some(proposal) if self.cluster.is_up(node) && !self.cluster.is_busy(node) => {
                self.check_answered(node, proposal)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A write of a server's, begun in this life, is complete.
    pub(crate) fn written(&mut self, node: NodeId, life: u32) -> Result<(), Failure> {
        if !self.cluster.is_up(node) || self.cluster.life(node) != life {
            return Ok(());
        }
        let hold = self.cluster.hold_mut(node).expect("who writes is held");
        let list = hold.list.as_mut().expect("its list waits");
        list.writing = false;
        let write = list.actions.pop_front().expect("the write stands first");
        self.act_one(node, &write)?;
        self.run_on(node)
    }

    /// Cuts a list of a server in trouble down to what can be done now: all up to a write that
    /// takes its time, or to a crash. It is the one that is resumed, or else the one in `actions`,
    /// which the server's new status comes behind.
    #[cold]
    pub(crate) fn cut_list(
        &mut self,
        node: NodeId,
        actions: &mut Vec<ActionOf<N>>,
        handling: Option<&Handling>,
        news: Option<Status>,
    ) {
        let is_slow = self.cluster.disk_latency(node) > Duration::ZERO;
        let server = self.cluster.server_mut(node);
        let list = self.list.get_or_insert_with(|| {
            let does_any = actions.iter().any(is_effect);
            let left = if does_any { server.crash_after.take() } else { None };
            let (actions, handling) = (mem::take(actions).into(), handling.copied());
            let (proposal, writing, waited) = (None, false, false);
            List { actions, handling, left, news, proposal, writing, waited }
        });
        while let Some(action) = list.actions.front() {
            if let Some(left) = &mut list.left
                && is_effect(action)
            {
                let Some(less) = left.checked_sub(1) else { break };
                *left = less;
            }
            if is_slow && matches!(action, Action::Persist(_)) {
                list.writing = true;
                break;
            }
            actions.extend(list.actions.pop_front());
        }
    }

    /// What could be done of the list that is under way is done: the rest waits for the disk, or
    /// the server crashes, or all is done and the status told.
    #[cold]
    pub(crate) fn end_list(&mut self, node: NodeId) -> Result<(), Failure> {
        let mut list = self.list.take().expect("a list is under way");
        if list.writing {
            let due = self.now().saturating_add(self.cluster.disk_latency(node));
            self.push(due, Item::Written { node, life: self.cluster.life(node) })?;
            // An answer that came by now is given now, and must not come again.
            list.proposal = self.proposal;
            let waited = mem::replace(&mut list.waited, true);
            self.hold(node).list = Some(list);
            return if waited { Ok(()) } else { self.watch.held(&self.cluster, node) };
        }
        if list.left.is_some() {
            return self.crash(node);
        }
        if list.waited {
            self.watch.freed(&self.cluster, node)?;
        }
        list.news.map_or(Ok(()), |status| self.settle(node, status))
    }
}
