//! Part 3C: clients propose all the time while servers are cut off, crash and return.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use raftsim_node::{Command, Duration, Index, Node, NodeId};
use raftsim_sim::{Client, Fact, Failure, OpenProposal, Proposed, Stream, Wake, World, property};

use crate::checks::Judges;
use crate::lab::applied::Applied;
use crate::lab::log::ASK;
use crate::lab::{Lab, number};

const CLIENTS: u64 = 3;
const ROUNDS: u32 = 20;

/// How long a client waits between two checks whether its command is applied, in milliseconds.
const WAITS: [u64; 5] = [10, 20, 50, 100, 200];

/// Mirrors `TestReliableChurn3C` and, on a network that loses messages, `TestUnreliableChurn3C`: in
/// the end every server has applied every entry, and each command that a client saw committed is
/// among them at its index (the Go test accepts any index).
pub(crate) fn churn<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let stop = Rc::new(Cell::new(false));
    let mut clients = vec![];
    for number in 0..CLIENTS {
        let churner = Churner::new(number, lab.share_applied(), Rc::clone(&stop));
        clients.push(lab.world().spawn(churner)?);
    }
    for _ in 0..ROUNDS {
        disturb(lab)?;
        // Long enough for the servers to keep up often, but not always.
        lab.sleep(Duration::from_millis(700))?;
    }
    lab.sleep(lab.election_timeout())?;
    lab.set_network(false, false)?;
    for node in lab.ids() {
        return_to_life(lab, node)?;
    }
    stop.set(true);
    let mut seen = vec![];
    for client in clients {
        let churner: Churner = lab.world().join(client)?;
        seen.extend(churner.seen);
    }
    lab.sleep(lab.election_timeout())?;
    let last = lab.one_more(lab.size())?;
    for index in 1..=last {
        lab.wait(index, lab.size(), None)?;
    }
    let missing = seen
        .iter()
        .find(|(index, command)| *index > last || lab.applied().command(*index) != Some(command));
    let Some((index, command)) = missing else { return Ok(()) };
    let first = format!("{command:?} was accepted at {index}, and a client saw it applied there");
    let second =
        format!("all servers have applied {last} entries, but not this command at {index}");
    let facts = [first, second].map(|text| Fact::new(text).entry(*index));
    Err(lab.missed(property::CHURN, facts))
}

/// With some chance each: cuts a server off, starts and connects one, crashes one.
fn disturb<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    if lab.choose(1000) < 200 {
        let node = any_server(lab);
        lab.disconnect(node)?;
    }
    if lab.choose(1000) < 500 {
        let node = any_server(lab);
        return_to_life(lab, node)?;
    }
    if lab.choose(1000) < 200 {
        let node = any_server(lab);
        if lab.cluster().is_up(node) {
            lab.crash(node)?;
        }
    }
    Ok(())
}

fn any_server<N: Node>(lab: &mut Lab<N>) -> NodeId {
    let steps = lab.choose_steps();
    let first = lab.ids().next().expect("there are servers");
    lab.next(first, steps)
}

/// Starts a server if it is down, and connects it.
fn return_to_life<N: Node>(lab: &mut Lab<N>, node: NodeId) -> Result<(), Failure> {
    if !lab.cluster().is_up(node) {
        lab.start_server(node)?;
    }
    lab.connect(node)
}

/// A client that proposes one command after the other to all servers, until `stop` is set.
struct Churner {
    applied: Rc<RefCell<Applied>>,
    stop: Rc<Cell<bool>>,
    /// How long it pauses when no server accepts.
    rest: Duration,
    /// The commands that it saw applied at the index at which they had been accepted.
    seen: Vec<(Index, Command)>,
    /// The round in which it proposes a command, until all servers have answered.
    asks: Option<Asking>,
    waits: Option<Waiting>,
}

/// A command that is proposed to one server after the other.
struct Asking {
    command: Command,
    /// How many servers it was proposed to.
    asked: usize,
    /// The proposal that it waits for, because its server answers later.
    open: Option<OpenProposal>,
    /// The index at which the last server accepted it that did.
    accepted: Option<Index>,
}

/// An accepted command, its index, and how often the client has checked whether it is applied.
struct Waiting {
    command: Command,
    index: Index,
    looks: usize,
}

impl Churner {
    fn new(number: u64, applied: Rc<RefCell<Applied>>, stop: Rc<Cell<bool>>) -> Self {
        let rest = Duration::from_millis(79 + 17 * number);
        Self { applied, stop, rest, seen: vec![], asks: None, waits: None }
    }

    /// Checks whether the accepted command is applied. Returns the time until the next check;
    /// `None` if there is none.
    fn look(&mut self) -> Option<Duration> {
        let waiting = self.waits.as_mut()?;
        let wait = WAITS.get(waiting.looks).copied().map(Duration::from_millis);
        let applied = self.applied.borrow();
        if wait.is_some() && applied.count(waiting.index) == 0 {
            waiting.looks += 1;
            return wait;
        }
        // There is no check after the last wait.
        if wait.is_some() && applied.command(waiting.index) == Some(&waiting.command) {
            self.seen.push((waiting.index, waiting.command.clone()));
        }
        self.waits = None;
        None
    }
}

impl<N: Node> Client<World<N, Judges<N>>> for Churner {
    fn wake(
        &mut self,
        world: &mut World<N, Judges<N>>,
        stream: &mut Stream,
    ) -> Result<Wake, Failure> {
        if let Some(wait) = self.look() {
            return Ok(Wake::At(world.now() + wait));
        }
        let mut asks = match self.asks.take() {
            Some(asks) => asks,
            None if self.stop.get() => return Ok(Wake::Done),
            None => Asking::new(number(stream.seed())),
        };
        if !asks.go_on(world)? {
            self.asks = Some(asks);
            world.extend(ASK);
            return Ok(Wake::At(world.now() + ASK));
        }
        let Asking { command, accepted, .. } = asks;
        let Some(index) = accepted else { return Ok(Wake::At(world.now() + self.rest)) };
        self.waits = Some(Waiting { command, index, looks: 0 });
        Ok(Wake::At(self.look().map_or(world.now(), |wait| world.now() + wait)))
    }
}

impl Asking {
    const fn new(command: Command) -> Self {
        Self { command, asked: 0, open: None, accepted: None }
    }

    /// Proposes the command to the servers that are left, until one answers later. Servers that are
    /// cut off are asked too; if several accept, the last one counts. Returns whether all have
    /// answered.
    fn go_on<N: Node>(&mut self, world: &mut World<N, Judges<N>>) -> Result<bool, Failure> {
        if let Some(open) = self.open.take() {
            let proposed = world.answer(open)?;
            self.take(proposed);
        }
        for node in world.cluster().ids().skip(self.asked) {
            if self.open.is_some() {
                break;
            }
            self.asked += 1;
            let proposed = world.propose(node, self.command.clone())?;
            self.take(proposed);
        }
        Ok(self.open.is_none())
    }

    /// Takes what has become of the last proposal.
    fn take(&mut self, proposed: Proposed) {
        match proposed {
            Proposed::Accepted(index, _) => self.accepted = Some(index),
            Proposed::Refused => {}
            Proposed::Open(open) => self.open = Some(open),
        }
    }
}
