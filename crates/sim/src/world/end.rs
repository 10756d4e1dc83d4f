//! The end of a run: its records are taken out, and what is the nodes' own is dropped under guard,
//! since dropping it runs their code. A panic in that code is a failure of the run, which accuses
//! the server.

use std::iter;
use std::mem;

use raftsim_node::{Node, NodeId};

use super::World;
use super::queue::Queue;
use super::schedule::Item;
use crate::failure::{Fact, Failure};
use crate::network::message::Letter;
use crate::server::actions::ActionList;
use crate::server::guard::{Panic, guarded};
use crate::server::suspend::Arrival;
use crate::server::{Process, Server};
use crate::trace::record::RecordOf;
use crate::trace::timer::TimerSet;
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Takes the records out of the trace. Nothing is recorded from then on.
    pub fn take_records(&mut self) -> Vec<RecordOf<N>> {
        self.note_timers();
        self.trace.take_records()
    }

    /// Takes out of the trace when timers were set, for what has been recorded.
    pub fn take_timers(&mut self) -> Vec<TimerSet> {
        self.note_timers();
        self.trace.take_timers()
    }

    /// Ends the run: rings an alarm that is due now, checks whether a server should have answered a
    /// proposal by now, then drops, without a record, everything that is the nodes' own: processes,
    /// messages, disks and configurations. Call nothing after it that changes the world or reads
    /// its cluster.
    ///
    /// # Errors
    /// The failure that the alarm's watch reports, a proposal without an answer, or a panic of a
    /// value that is dropped.
    pub fn finish(&mut self) -> Result<(), Failure> {
        self.note_timers();
        let is_due = self.watch.alarm() <= self.now();
        let rung = if is_due { self.run(|world| world.watch.ring(&world.cluster)) } else { Ok(()) };
        rung.and_then(|()| self.check_all_answers()).and(self.end())
    }

    /// Drops everything that is the nodes' own; returns the failure of the first that panics.
    fn end(&mut self) -> Result<(), Failure> {
        let mut ended = Ok(());
        for node in self.cluster.ids() {
            let server = self.cluster.server_mut(node);
            if let Err(panic) = guarded(|| server.process = Process::Down) {
                ended = ended.and(Err(self.panicked(node, &panic)));
            }
        }
        ended = ended.and(self.end_work());
        for (node, server) in self.cluster.ids().zip(mem::take(&mut self.cluster.servers)) {
            let Server { config, disk, impairment, .. } = server;
            if let Some(suspension) = impairment.and_then(|it| it.suspension) {
                let (actions, arrivals) = suspension.into_values();
                let letters = arrivals.filter_map(|arrival| match arrival {
                    Arrival::Message(letter) => Some(letter),
                    Arrival::CallFailed { .. } => None,
                });
                let actions = bury(actions).map_err(|panic| (node, panic));
                ended = ended.and(self.blame(actions.and(bury_letters(letters))));
            }
            let rest = guarded(|| drop(disk)).and(guarded(|| drop(config)));
            ended = ended.and(self.blame(rest.map_err(|panic| (node, panic))));
        }
        ended
    }

    /// Drops the messages in flight, and what a failure left undone.
    fn end_work(&mut self) -> Result<(), Failure> {
        let letters = iter::from_fn(|| self.queue.pop()).filter_map(|item| match item {
            Item::Deliver(letter) => Some(letter),
            Item::Boot(_)
            | Item::CallFailed { .. }
            | Item::CallPoll { .. }
            | Item::Written { .. }
            | Item::Wake(_) => None,
        });
        let buried = bury_letters(letters);
        if buried.is_err() {
            mem::forget(mem::replace(&mut self.queue, Queue::new()));
        }
        // Only a run that has failed leaves any of these.
        let _ = bury(mem::take(&mut self.work.actions));
        let _ = bury(self.work.list.take().into_iter().flat_map(ActionList::into_values));
        self.blame(buried)
    }

    /// The failure of the server of whose values one panicked when it was dropped, if one did.
    fn blame(&self, buried: Result<(), (NodeId, Panic)>) -> Result<(), Failure> {
        buried.map_err(|(node, panic)| self.dropped(node, &panic))
    }

    /// The failure of a server of whose values one panicked when it was dropped.
    #[cold]
    pub(super) fn dropped(&self, node: NodeId, panic: &Panic) -> Failure {
        let rule = Fact::new(format!("a value of {node}'s was dropped")).by(node);
        Failure::panicked(self.now(), rule, panic)
    }
}

impl<N: Node, W: Watch<N>> Drop for World<N, W> {
    /// Drops what is the nodes' own. A panic in it is ignored: [`World::finish`] reports it.
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Drops values of a node's, one by one, under guard. After a panic the others are forgotten.
pub(super) fn bury<T>(values: impl IntoIterator<Item = T>) -> Result<(), Panic> {
    let mut values = values.into_iter();
    // It stays outside of the guard: two panics at once would end the process.
    let buried = guarded(|| values.by_ref().for_each(drop));
    if buried.is_err() {
        mem::forget(values);
    }
    buried
}

/// Drops messages in the same way. A panic is returned with the message's sender.
fn bury_letters<M>(letters: impl IntoIterator<Item = Letter<M>>) -> Result<(), (NodeId, Panic)> {
    let mut sender = None;
    let letters = letters.into_iter().inspect(|letter| sender = Some(letter.head.from));
    let buried = bury(letters);
    buried.map_err(|panic| (sender.expect("a message that panics has a sender"), panic))
}
