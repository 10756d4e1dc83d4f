//! Lists of a server in trouble: each write takes as long as the disk does, and the rest of the
//! list waits for it.
//!
//! A crash meanwhile loses the write that is under way and all behind it. The server's status is
//! told once the whole list is done.

use raftsim_node::{Action, ActionOf, Duration, Node, NodeId, Status, Time};

use crate::failure::Failure;
use crate::post::Handling;
use crate::record::What;
use crate::trouble::List;
use crate::watch::Watch;
use crate::world::{Item, World};

/// How far the doing of a list came.
enum Went {
    /// To its end.
    Done,
    /// To a write, for which the rest waits.
    Waits,
    /// To a crash.
    Crashed,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Lets every write of a server's take this long from now on. Meanwhile no event reaches the
    /// server, the rest of its list waits, and its clock runs. It stays so when the server crashes;
    /// booting takes no time.
    pub fn set_disk(&mut self, node: NodeId, latency: Duration) -> Result<(), Failure> {
        if self.cluster.disk_latency(node) == latency {
            return Ok(());
        }
        self.cluster.trouble(node).latency = latency;
        self.cluster.tidy(node);
        self.emit(Some(node), What::DiskLatency { latency })
    }

    /// Does a list of a server in trouble, as far as its disk lets it. `news` is the server's new
    /// status, to be told when all is done; `deadline` is its deadline, by its own clock.
    pub(crate) fn begin_list(
        &mut self,
        node: NodeId,
        actions: Vec<ActionOf<N>>,
        handling: Option<&Handling>,
        news: Option<Status>,
        deadline: Option<Time>,
    ) -> Result<(), Failure> {
        let left = self.cluster.server(node).crash_after;
        let (actions, handling) = (actions.into(), handling.copied());
        let (crashes, proposal, writing) = (false, None, false);
        let mut list = List { actions, handling, left, crashes, news, proposal, writing };
        match self.work(node, &mut list)? {
            Went::Done => self.settle(node, list.news),
            Went::Crashed => Ok(()),
            Went::Waits => {
                // An answer that came by now is given now, and must not come again.
                list.proposal = self.proposal;
                self.hold(node, deadline).list = Some(list);
                self.watch.held(&self.cluster, node)
            }
        }
    }

    /// Does the rest of a list that waited; the server is free again if it comes to its end.
    pub(crate) fn resume_list(&mut self, node: NodeId) -> Result<(), Failure> {
        let hold = self.cluster.hold_mut(node).expect("the list waits in it");
        let mut list = hold.list.take().expect("seen by the caller");
        self.proposal = list.proposal.take();
        let went = self.work(node, &mut list)?;
        let proposal = self.proposal.take();
        match went {
            Went::Done => {
                if let Some(proposal) = proposal {
                    self.check_answered(node, proposal)?;
                }
                self.watch.freed(&self.cluster, node)?;
                self.settle(node, list.news)
            }
            Went::Crashed => Ok(()),
            Went::Waits => {
                list.proposal = proposal;
                self.cluster.hold_mut(node).expect("it still lives").list = Some(list);
                Ok(())
            }
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

    /// Does a list's actions one by one, until one is a write that takes its time.
    fn work(&mut self, node: NodeId, list: &mut List<N>) -> Result<Went, Failure> {
        while let Some(action) = list.actions.front() {
            if let Some(left) = &mut list.left
                && !matches!(action, Action::Note(_))
            {
                list.crashes = true;
                let Some(less) = left.checked_sub(1) else { break };
                *left = less;
            }
            let latency = self.cluster.disk_latency(node);
            if matches!(action, Action::Persist(_)) && latency > Duration::ZERO {
                list.writing = true;
                let (due, life) = (self.now().saturating_add(latency), self.cluster.life(node));
                self.push(due, Item::Written { node, life })?;
                return Ok(Went::Waits);
            }
            let mut action = list.actions.pop_front().expect("it is the first");
            if matches!(action, Action::Send { .. }) {
                self.send(node, &mut action, list.handling.as_ref())?;
            } else {
                self.act_one(node, &action)?;
            }
        }
        if list.crashes {
            self.crash(node)?;
            return Ok(Went::Crashed);
        }
        Ok(Went::Done)
    }

    /// A list is done: tells the status that it brought, if that is new.
    fn settle(&mut self, node: NodeId, news: Option<Status>) -> Result<(), Failure> {
        let Some(status) = news else { return Ok(()) };
        let before = std::mem::replace(&mut self.cluster.server_mut(node).status, status);
        self.watch.settled(&self.cluster, node, before)
    }
}
