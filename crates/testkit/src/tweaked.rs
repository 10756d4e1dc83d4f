//! A node that forwards to another one, with some parts replaced.

use std::fmt;
use std::marker::PhantomData;

use raftsim_node::{
    Action, ActionOf, Boot, CallId, Claims, Digest, Disk, Event, Message, Node, Promise, Snapshot,
    Status, Term, Time, Topic, Touched, View,
};

/// What is different about a [`Tweaked`] node. Each server has a copy of its own, made when it
/// boots. Everything that is not overridden is as the node has it.
pub trait Tweak<N: Node>: Clone + Default + Send + Sync + 'static {
    /// Whether the disk has its view.
    const SHOWS_DISK: bool = true;
    /// Whether what is applied and restored, and the disk's snapshot, has its term.
    const SHOWS_TERMS: bool = true;
    /// Whether the messages carry their term and promise.
    const SHOWS_PROMISES: bool = true;

    /// What the node is booted with instead of the settings `config`.
    fn config(&self, config: &N::Config) -> N::Config {
        config.clone()
    }

    /// What the node claims, if by itself it makes these `claims`.
    fn claims(&self, claims: Claims) -> Claims {
        claims
    }

    /// What the node is booted with instead of `boot`.
    fn boot(&self, boot: &Boot) -> Boot {
        boot.clone()
    }

    /// What the node finds on its disk when it boots, instead of `disk`.
    fn disk(&self, disk: &N::Disk) -> N::Disk {
        disk.clone()
    }

    /// Whether `node` gets `event`, before it does. If not, it answers with an empty list.
    fn hears(&mut self, _node: &N, _event: &Event<N::Message>) -> bool {
        true
    }

    /// What the server that was booted with `boot` does instead of `actions`.
    fn actions(&self, _boot: &Boot, actions: Vec<ActionOf<N>>) -> Vec<ActionOf<N>> {
        actions
    }

    /// When the timer is due, instead of at `deadline`.
    fn deadline(&self, _node: &N, deadline: Option<Time>) -> Option<Time> {
        deadline
    }

    /// What the server that was booted with `boot` reports instead of `status`.
    fn status(&self, _boot: &Boot, status: Status) -> Status {
        status
    }

    /// What people see of the server's memory, instead of `shown`.
    fn inspect<'a>(&'a self, shown: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        shown
    }

    /// The size that a disk of `bytes` bytes reports.
    fn state_bytes(bytes: usize) -> usize {
        bytes
    }
}

/// A node with a tweak. It returns its lists of actions and never fills the harness's.
pub struct Tweaked<N, T> {
    node: N,
    tweak: T,
    boot: Boot,
}

#[doc(hidden)]
impl<N: Node, T: Tweak<N>> Node for Tweaked<N, T> {
    type Config = (N::Config, T);
    type Message = TweakedMessage<N, T>;
    type Disk = TweakedDisk<N, T>;

    fn claims((config, tweak): &Self::Config) -> Claims {
        tweak.claims(N::claims(&tweak.config(config)))
    }

    fn boot((config, tweak): &Self::Config, boot: &Boot, disk: &Self::Disk, now: Time) -> Self {
        let (config, boot) = (tweak.config(config), tweak.boot(boot));
        let node = N::boot(&config, &boot, &tweak.disk(&disk.disk), now);
        Self { node, tweak: tweak.clone(), boot }
    }

    fn step(&mut self, event: Event<Self::Message>, now: Time) -> Vec<ActionOf<Self>> {
        let event = match event {
            Event::Timeout => Event::Timeout,
            Event::Receive { from, message } => Event::Receive { from, message: message.message },
            Event::CallFailed { to, call } => Event::CallFailed { to, call },
            Event::Propose { id, command } => Event::Propose { id, command },
            Event::Compact { through, snapshot } => Event::Compact { through, snapshot },
            Event::Campaign => Event::Campaign,
            _ => panic!("an event that `Tweaked` does not forward yet"),
        };
        if !self.tweak.hears(&self.node, &event) {
            return vec![];
        }
        let actions = self.node.step(event, now);
        self.tweak.actions(&self.boot, actions).into_iter().map(forwarded::<N, T>).collect()
    }

    fn deadline(&self) -> Option<Time> {
        self.tweak.deadline(&self.node, self.node.deadline())
    }

    fn status(&self) -> Status {
        self.tweak.status(&self.boot, self.node.status())
    }

    fn inspect(&self) -> Option<&dyn fmt::Debug> {
        self.tweak.inspect(self.node.inspect())
    }
}

fn forwarded<N: Node, T: Tweak<N>>(action: ActionOf<N>) -> ActionOf<Tweaked<N, T>> {
    match action {
        Action::Persist(write) => Action::Persist(write),
        Action::Send { to, message } => {
            Action::Send { to, message: TweakedMessage { message, tweak: PhantomData } }
        }
        Action::Accept { id, index, term } => Action::Accept { id, index, term },
        Action::Reject { id, leader } => Action::Reject { id, leader },
        Action::Apply { index, term, command } => {
            Action::Apply { index, term: shown::<N, T>(term), command }
        }
        Action::Restore { index, term, snapshot } => {
            Action::Restore { index, term: shown::<N, T>(term), snapshot }
        }
        Action::Note(why) => Action::Note(why),
        Action::Output(text) => Action::Output(text),
        _ => panic!("an action that `Tweaked` does not forward yet"),
    }
}

/// The term of an entry, if the tweak shows it.
fn shown<N: Node, T: Tweak<N>>(term: Option<Term>) -> Option<Term> {
    term.filter(|_| T::SHOWS_TERMS)
}

impl<N, T> fmt::Debug for Tweaked<N, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Tweaked")
    }
}

/// A message of a [`Tweaked`] node.
pub struct TweakedMessage<N: Node, T> {
    message: N::Message,
    tweak: PhantomData<T>,
}

impl<N: Node, T> Clone for TweakedMessage<N, T> {
    fn clone(&self) -> Self {
        Self { message: self.message.clone(), tweak: PhantomData }
    }
}

impl<N: Node, T> fmt::Debug for TweakedMessage<N, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(out)
    }
}

#[doc(hidden)]
impl<N: Node, T: Tweak<N>> Message for TweakedMessage<N, T> {
    fn is_reply(&self) -> bool {
        self.message.is_reply()
    }

    fn size(&self) -> usize {
        self.message.size()
    }

    fn call(&self) -> Option<CallId> {
        self.message.call()
    }

    fn topic(&self) -> Topic {
        self.message.topic()
    }

    fn term(&self) -> Option<Term> {
        self.message.term().filter(|_| T::SHOWS_PROMISES)
    }

    fn promise(&self) -> Option<Promise> {
        self.message.promise().filter(|_| T::SHOWS_PROMISES)
    }

    fn label(&self) -> Option<String> {
        self.message.label()
    }

    fn digest(&self, digest: &mut Digest) {
        self.message.digest(digest);
    }
}

/// The disk of a [`Tweaked`] node.
pub struct TweakedDisk<N: Node, T> {
    disk: N::Disk,
    /// The disk's snapshot, as it shows it.
    snapshot: Option<Snapshot>,
    tweak: PhantomData<T>,
}

impl<N: Node, T> Clone for TweakedDisk<N, T> {
    fn clone(&self) -> Self {
        Self { disk: self.disk.clone(), snapshot: self.snapshot.clone(), tweak: PhantomData }
    }
}

impl<N: Node, T> Default for TweakedDisk<N, T> {
    fn default() -> Self {
        Self { disk: N::Disk::default(), snapshot: None, tweak: PhantomData }
    }
}

impl<N: Node, T> fmt::Debug for TweakedDisk<N, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TweakedDisk")
    }
}

#[doc(hidden)]
impl<N: Node, T: Tweak<N>> Disk for TweakedDisk<N, T> {
    type Write = <N::Disk as Disk>::Write;

    fn write(&mut self, write: Self::Write) -> Touched {
        let touched = self.disk.write(write);
        self.snapshot = self.disk.snapshot().cloned();
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.term = shown::<N, T>(snapshot.term);
        }
        touched
    }

    fn state_bytes(&self) -> usize {
        T::state_bytes(self.disk.state_bytes())
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    fn view(&self) -> Option<&dyn View> {
        self.disk.view().filter(|_| T::SHOWS_DISK)
    }

    fn digest(write: &Self::Write, digest: &mut Digest) {
        N::Disk::digest(write, digest);
    }
}
