//! Faults: the type [`Fault`], which describes anything that can be done to the world, and its text.
//!
//! The same value is injected by a scenario ([`crate::World::inject`]), listed as a step by a plan
//! and recorded by a trace. The line that a trace prints for a fault is a line of a plan.
//!
//! This module knows faults as values and as text. `world/inject.rs` injects them.

mod text;

pub use text::VERBS;

use raftsim_node::{Digest, Duration, NodeId, Time};

use crate::network::settings::LinkSettings;
use crate::server::clock::Rate;
use crate::text::ServerName;

/// Where an armed crash happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashPoint {
    /// Within the server's next list that has an effect, after this many of its actions (notes not
    /// counted), or after the last one if the list is shorter. Prints as `after 3`.
    Actions(u32),
    /// Between two writes of one list: before the second of them. The number says at which such gap
    /// from now on, counted from 1 over all lists of the server's. Prints as `at gap 2`.
    Gap(u32),
}

/// A place between two writes of one list that a server returned: where a crash leaves half of a
/// step on its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The server.
    pub node: NodeId,
    /// When it returned the list.
    pub at: Time,
    /// Which of the server's gaps at this instant, counted from 1. A crash at the gap of this
    /// number ([`CrashPoint::Gap`]), armed just before `at`, happens there.
    pub number: u32,
}

/// Something that is done to the world. `S` names the server to which it is done: a [`NodeId`] in a
/// world and its trace; in plans also `leader` and `all`, which are resolved when the fault is
/// injected.
///
/// Prints as a plan's step, such as `crash n2 after 3`, and is read from that text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault<S = NodeId> {
    /// Cut all links between servers of different groups, and mend all links within a group. A
    /// server that no group names is alone. There is at least one group, none is empty, no server
    /// is named twice.
    Partition(Vec<Vec<NodeId>>),
    /// Cut all links from and to a server (the lab's `disconnect`).
    Isolate(S),
    /// Mend the links between a server and all others that are not isolated (the lab's `connect`).
    Join(S),
    /// Cut links, in the given direction only.
    Block(Links<S>),
    /// Mend links, in the given direction only.
    Unblock(Links<S>),
    /// Mend every link; no server is isolated any more.
    Heal,
    /// Cut links one by one, then mend them one by one in another order (swizzle-clogging).
    Swizzle {
        /// The links in the order of cutting, none twice.
        cut: Vec<Link>,
        /// The same links in the order of mending.
        mend: Vec<Link>,
        /// The time between one link and the next.
        every: Duration,
    },
    /// Change what every link does to messages.
    Network(LinkSettings),
    /// Change what some links do to messages.
    Link(Links<S>, LinkSettings),
    /// End a server's life.
    Crash {
        /// The server.
        who: S,
        /// `None`: now. Otherwise the crash is armed, and happens within a list of the server's.
        after: Option<CrashPoint>,
    },
    /// Take back a [`Fault::Crash`] that was armed and has not happened yet.
    Disarm(S),
    /// Start a server that is down, on its disk.
    Restart(S),
    /// Stop a server's process: messages to it wait, and its timer fires late.
    Pause(S),
    /// Let a paused server's process run again.
    Resume(S),
    /// Change how long each of a server's writes takes. A write in progress is complete no later
    /// than one that begins now.
    Disk {
        /// The server.
        who: S,
        /// The time that a write takes; zero if it is done at once.
        latency: Duration,
    },
    /// Change the rate of a server's clock.
    Clock {
        /// The server.
        who: S,
        /// How fast the server's clock runs, compared with the world's.
        rate: Rate,
    },
    /// Make a server's clock jump forward.
    Jump {
        /// The server.
        who: S,
        /// By how much.
        ahead: Duration,
    },
    /// Make a server's clock jump forward to the server's deadline, so that its timer fires.
    Expire(S),
    /// Order a server to stand for election at once.
    Campaign(S),
}

/// Directed links: from each server that `from` names to each server that `to` names, except from a
/// server to itself. Prints as `n1>n2`, in plans also as `leader>all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Links<S = NodeId> {
    /// The senders.
    pub from: S,
    /// The addressees.
    pub to: S,
}

/// One directed link, between two different servers.
pub type Link = Links<NodeId>;

impl<S: ServerName> Fault<S> {
    /// The fault that undoes this one, such as `join n1` for `isolate n1`; `None` if there is none.
    pub fn end(&self) -> Option<Self> {
        if let Self::Isolate(who) = *self {
            Some(Self::Join(who))
        } else if let Self::Block(links) = *self {
            Some(Self::Unblock(links))
        } else if let Self::Crash { who, .. } = *self {
            Some(Self::Restart(who))
        } else if let Self::Pause(who) = *self {
            Some(Self::Resume(who))
        } else {
            None
        }
    }

    /// The same fault once for each server, or each link between two servers, to which it is done.
    /// `servers` returns the servers for which a name stands; it is called for the sender of links
    /// first, then for the addressee.
    pub fn each<T: ServerName>(&self, servers: impl FnMut(S) -> Vec<T>) -> Vec<Fault<T>> {
        let mut each = Each(servers);
        match *self {
            Self::Partition(ref groups) => vec![Fault::Partition(groups.clone())],
            Self::Isolate(who) => each.server(who, Fault::Isolate),
            Self::Join(who) => each.server(who, Fault::Join),
            Self::Block(links) => each.link(links, Fault::Block),
            Self::Unblock(links) => each.link(links, Fault::Unblock),
            Self::Heal => vec![Fault::Heal],
            Self::Swizzle { ref cut, ref mend, every } => {
                vec![Fault::Swizzle { cut: cut.clone(), mend: mend.clone(), every }]
            }
            Self::Network(settings) => vec![Fault::Network(settings)],
            Self::Link(links, settings) => each.link(links, |links| Fault::Link(links, settings)),
            Self::Crash { who, after } => each.server(who, |who| Fault::Crash { who, after }),
            Self::Disarm(who) => each.server(who, Fault::Disarm),
            Self::Restart(who) => each.server(who, Fault::Restart),
            Self::Pause(who) => each.server(who, Fault::Pause),
            Self::Resume(who) => each.server(who, Fault::Resume),
            Self::Disk { who, latency } => each.server(who, |who| Fault::Disk { who, latency }),
            Self::Clock { who, rate } => each.server(who, |who| Fault::Clock { who, rate }),
            Self::Jump { who, ahead } => each.server(who, |who| Fault::Jump { who, ahead }),
            Self::Expire(who) => each.server(who, Fault::Expire),
            Self::Campaign(who) => each.server(who, Fault::Campaign),
        }
    }

    /// The names that stand for servers when the fault is injected: those that [`Fault::each`]
    /// resolves.
    pub fn names(&self) -> Vec<S> {
        let mut names = vec![];
        self.each(|name| {
            names.push(name);
            Vec::<NodeId>::new()
        });
        names
    }

    /// The servers that a partition or a swizzle names, which are always given by number.
    pub fn fixed(&self) -> Vec<NodeId> {
        if let Self::Partition(groups) = self {
            groups.concat()
        } else if let Self::Swizzle { cut, .. } = self {
            cut.iter().flat_map(|link| [link.from, link.to]).collect()
        } else {
            vec![]
        }
    }
}

/// Makes one fault for each server for which a name stands.
struct Each<F>(F);

impl<F> Each<F> {
    fn server<S, T>(&mut self, who: S, fault: impl Fn(T) -> Fault<T>) -> Vec<Fault<T>>
    where
        F: FnMut(S) -> Vec<T>,
    {
        (self.0)(who).into_iter().map(fault).collect()
    }

    fn link<S, T: ServerName>(
        &mut self,
        Links { from, to }: Links<S>,
        fault: impl Fn(Links<T>) -> Fault<T>,
    ) -> Vec<Fault<T>>
    where
        F: FnMut(S) -> Vec<T>,
    {
        let (senders, addressees) = ((self.0)(from), (self.0)(to));
        let pairs = senders.iter().flat_map(|&from| addressees.iter().map(move |&to| (from, to)));
        let links = pairs.filter(|(from, to)| from != to).map(|(from, to)| Links { from, to });
        links.map(fault).collect()
    }
}

impl Fault {
    /// The server to which a trace assigns the fault (the sender of a link); `None` for the whole
    /// world.
    pub fn server(&self) -> Option<NodeId> {
        let mut first = None;
        self.each(|who| {
            first.get_or_insert(who);
            Vec::<NodeId>::new()
        });
        first
    }

    /// Feeds the fault to a run's digest: a tag for its kind, and all its fields.
    pub(crate) fn digest(&self, digest: &mut Digest) {
        let server = |tag: u64, who: NodeId| tag << 16 | u64::from(who.number()) << 8;
        let link = |tag, Links { from, to }: Link| server(tag, from) | u64::from(to.number());
        let links = |digest: &mut Digest, links: &[Link]| {
            digest.word(links.len() as u64);
            for &ends in links {
                digest.word(link(0, ends));
            }
        };
        match *self {
            Self::Partition(ref groups) => {
                digest.pair(groups.len() as u64, 1 << 16);
                for group in groups {
                    digest.word(group.len() as u64);
                    for node in group {
                        digest.word(node.number().into());
                    }
                }
            }
            Self::Isolate(who) => digest.word(server(2, who)),
            Self::Join(who) => digest.word(server(3, who)),
            Self::Block(ends) => digest.word(link(4, ends)),
            Self::Unblock(ends) => digest.word(link(5, ends)),
            Self::Heal => digest.word(6 << 16),
            Self::Swizzle { ref cut, ref mend, every } => {
                digest.pair(every.as_nanos(), 7 << 16);
                links(digest, cut);
                links(digest, mend);
            }
            Self::Network(settings) => {
                digest.word(8 << 16);
                settings.digest(digest);
            }
            Self::Link(ends, settings) => {
                digest.word(link(9, ends));
                settings.digest(digest);
            }
            Self::Crash { who, after } => {
                let point = match after {
                    None => 0,
                    Some(CrashPoint::Actions(many)) => 1 + u64::from(many),
                    Some(CrashPoint::Gap(number)) => u64::from(number) << 33,
                };
                digest.pair(point, server(10, who));
            }
            Self::Disarm(who) => digest.word(server(11, who)),
            Self::Restart(who) => digest.word(server(12, who)),
            Self::Pause(who) => digest.word(server(13, who)),
            Self::Resume(who) => digest.word(server(14, who)),
            Self::Disk { who, latency } => digest.pair(latency.as_nanos(), server(15, who)),
            Self::Clock { who, rate } => {
                let rate = u64::from(rate.numerator()) << 32 | u64::from(rate.denominator());
                digest.pair(rate, server(16, who));
            }
            Self::Jump { who, ahead } => digest.pair(ahead.as_nanos(), server(17, who)),
            Self::Expire(who) => digest.word(server(18, who)),
            Self::Campaign(who) => digest.word(server(19, who)),
        }
    }
}
