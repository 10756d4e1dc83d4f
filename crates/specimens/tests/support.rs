//! Servers driven by hand, one or three at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use raftsim_node::{
    Action, ActionOf, Boot, Disk, Duration, Event, Message as _, Node, NodeId, Time,
};

pub(crate) const N1: NodeId = NodeId::new(1);
pub(crate) const N2: NodeId = NodeId::new(2);
pub(crate) const N3: NodeId = NodeId::new(3);
pub(crate) const N4: NodeId = NodeId::new(4);

/// What `N1` knows among that many servers.
pub(crate) fn boot_n1(servers: u8) -> Boot {
    boot(N1, servers)
}

fn boot(id: NodeId, servers: u8) -> Boot {
    let voters: Arc<[NodeId]> = (1..=servers).map(NodeId::new).collect();
    Boot::new(id, voters, 7 + u64::from(id.number()))
}

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn us(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// Drives a server to its deadline: when that was, and what it did.
pub(crate) fn timeout<N: Node>(server: &mut N) -> (Time, Vec<ActionOf<N>>) {
    let now = server.deadline().expect("a timer runs");
    (now, server.step(Event::Timeout, now))
}

/// Three servers and the plainest network: every message takes 100 us, a call to or from a server
/// that is cut off fails after `FAILS_AFTER`.
pub(crate) struct Three<N: Node> {
    nodes: Vec<N>,
    disks: Vec<N::Disk>,
    queue: BTreeMap<(Time, u64), Arrival<N>>,
    queued: u64,
    cut: BTreeSet<NodeId>,
    pub(crate) now: Time,
}

/// Whom it reaches, and what.
type Arrival<N> = (NodeId, Event<<N as Node>::Message>);

const LATENCY: Duration = Duration::from_micros(100);
const FAILS_AFTER: Duration = Duration::from_secs(5);

impl<N: Node<Config = ()>> Three<N> {
    pub(crate) fn new() -> Self {
        let ids = [N1, N2, N3];
        Self {
            nodes: ids
                .iter()
                .map(|&id| {
                    let staggered = Time::ZERO + ms(17) * u64::from(id.number());
                    N::boot(&(), &boot(id, 3), &N::Disk::default(), staggered)
                })
                .collect(),
            disks: vec![N::Disk::default(); 3],
            queue: BTreeMap::new(),
            queued: 0,
            cut: BTreeSet::new(),
            now: Time::ZERO,
        }
    }

    pub(crate) fn cut(&mut self, id: NodeId) {
        self.cut.insert(id);
    }

    pub(crate) fn heal(&mut self) {
        self.cut.clear();
    }

    pub(crate) fn node(&self, id: NodeId) -> &N {
        &self.nodes[id.slot()]
    }

    /// Everyone who believes to lead.
    pub(crate) fn leaders(&self) -> Vec<NodeId> {
        [N1, N2, N3].into_iter().filter(|&id| self.node(id).status().is_leader()).collect()
    }

    /// Lets `span` go by: at one instant messages first, then timers.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let message = self.queue.keys().next().copied();
            let timer = [N1, N2, N3]
                .into_iter()
                .filter_map(|id| Some((self.node(id).deadline()?, id)))
                .min();
            match (message, timer) {
                (Some(key), timer)
                    if key.0 <= end && timer.is_none_or(|timer| key.0 <= timer.0) =>
                {
                    let (to, event) = self.queue.remove(&key).expect("it was just there");
                    self.step(to, event, key.0);
                }
                (_, Some((at, id))) if at <= end => self.step(id, Event::Timeout, at),
                _ => break,
            }
        }
        self.now = end;
    }

    fn step(&mut self, id: NodeId, event: Event<N::Message>, at: Time) {
        self.now = self.now.max(at);
        for action in self.nodes[id.slot()].step(event, self.now) {
            match action.clone() {
                Action::Persist(write) => drop(self.disks[id.slot()].write(write)),
                Action::Send { to, message } => self.send(id, to, message),
                Action::Note(_) => {}
                Action::Accept { .. }
                | Action::Reject { .. }
                | Action::Apply { .. }
                | Action::Restore { .. }
                | _ => panic!("{id} did more than elect: {action:?}"),
            }
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, message: N::Message) {
        let reachable = !self.cut.contains(&from) && !self.cut.contains(&to);
        let call = message.call().expect("every message belongs to a call");
        let (after, whom, event) = match (reachable, message.is_reply()) {
            (true, _) => (LATENCY, to, Event::Receive { from, message }),
            (false, false) => (FAILS_AFTER, from, Event::CallFailed { to, call }),
            (false, true) => (Duration::ZERO, to, Event::CallFailed { to: from, call }),
        };
        self.queued += 1;
        self.queue.insert((self.now + after, self.queued), (whom, event));
    }
}
