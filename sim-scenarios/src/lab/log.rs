//! The lab's verbs for the log: propose commands, and check what servers apply.

use std::cell::RefCell;
use std::rc::Rc;

use raftsim_node::{Command, Duration, Index, Node, NodeId, Term, Time};
use raftsim_sim::text::counted;
use raftsim_sim::{
    Client, ClientId, Fact, Failure, OpenProposal, Proposed, Stream, Wake, World, property,
};

use crate::checks::Judges;
use crate::lab::applied::Applied;
use crate::lab::luck::luck_in;
use crate::lab::probe::{make_reliable, may_be_chance, no_chance};
use crate::lab::{Lab, missed};

/// How long `one` goes on proposing, and how long it waits until an accepted command is applied,
/// unless the lab's limits are stretched.
const PATIENCE: Duration = Duration::from_secs(10);
const AGREEMENT: Duration = Duration::from_secs(2);
/// How often `one` checks what is applied, and how long it pauses when no server accepts.
const LOOK: Duration = Duration::from_millis(20);
/// How often a client looks whether a server has answered that does so later.
pub(crate) const ASK: Duration = Duration::from_millis(1);
const REST: Duration = Duration::from_millis(50);

/// What [`Lab::wait`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Enough servers applied an entry with this command; `None` for one that the Raft added
    /// itself.
    Applied(Option<Command>),
    /// Some server is in a later term: the entry may never be applied.
    TermMoved,
}

impl<N: Node> Lab<N> {
    /// The lab's `Start`: proposes `command` to `node`, and waits if the server answers later.
    /// Returns its index, if it is ever committed, and its term; `None` if the server rejects it,
    /// or crashes or is suspended before it answers.
    #[track_caller]
    pub fn start(
        &mut self,
        node: NodeId,
        command: Command,
    ) -> Result<Option<(Index, Term)>, Failure> {
        let mut proposed = self.world().propose(node, command)?;
        while let Proposed::Open(open) = proposed {
            self.world().extend(ASK);
            self.sleep(ASK)?;
            proposed = self.world().answer(open)?;
        }
        Ok(proposed.accepted())
    }

    /// The lab's `nCommitted`: how many servers applied the entry at `index`. Whether they applied
    /// the same entry is checked when they do.
    pub fn n_committed(&self, index: Index) -> usize {
        self.applied().count(index)
    }

    /// The lab's `wait`: waits about half a minute, or until `servers` servers applied the entry at
    /// `index`. If `term` is given, it ends as soon as some server is in a later term.
    pub fn wait(
        &mut self,
        index: Index,
        servers: usize,
        term: Option<Term>,
    ) -> Result<Waited, Failure> {
        if let Some(waited) = self.wait_once(index, servers, term)? {
            return Ok(waited);
        }
        let many = self.n_committed(index);
        let facts = [
            Fact::new(format!("entry {index} is applied by {}", servers_text(servers))),
            Fact::new(format!("after {} polls it is applied by {many}", self.polls())),
        ];
        let missed = self.missed(property::WAIT, facts.map(|fact| fact.entry(index)));
        Err(self.probed(missed, |lab| {
            lab.extend_for_recovery();
            lab.wait_once(index, servers, term).map(|waited| waited.is_some())
        }))
    }

    /// How many polls [`Lab::wait`] has.
    fn polls(&self) -> u64 {
        30 * self.pace().times()
    }

    /// The polls of [`Lab::wait`]; `None` if too few servers applied the entry.
    fn wait_once(
        &mut self,
        index: Index,
        servers: usize,
        term: Option<Term>,
    ) -> Result<Option<Waited>, Failure> {
        let mut pause = Duration::from_millis(10);
        for _ in 0..self.polls() {
            if self.n_committed(index) >= servers {
                break;
            }
            self.sleep(pause)?;
            if pause < Duration::from_secs(1) {
                pause = pause * 2;
            }
            if term.is_some_and(|term| self.has_moved_on(term)) {
                return Ok(Some(Waited::TermMoved));
            }
        }
        let is_applied = self.n_committed(index) >= servers;
        let command = || self.applied().command(index).cloned();
        Ok(is_applied.then(|| Waited::Applied(command())))
    }

    /// Whether some server, connected or not, is in a term later than `term`.
    pub fn has_moved_on(&self, term: Term) -> bool {
        let terms = self.ids().filter_map(|node| self.cluster().status(node));
        terms.map(|status| status.term).any(|other| other > term)
    }

    /// The lab's `checkNoAgreement`: no server applied the entry at `index`.
    pub fn check_no_agreement(&mut self, index: Index) -> Result<(), Failure> {
        match self.n_committed(index) {
            0 => self.world().mark(property::CHECK_NO_AGREEMENT.name(), None, index),
            many => {
                let facts = [
                    Fact::new(format!("no majority can have committed entry {index}")),
                    Fact::new(format!("{} applied it", servers_text(many))),
                ];
                let facts = facts.map(|fact| fact.entry(index));
                Err(self.missed(property::CHECK_NO_AGREEMENT, facts))
            }
        }
    }

    /// The lab's `one`: proposes `command` to one server after the other until one accepts it, and
    /// returns its index once `expected` servers applied it. It fails after ten seconds, unless nobody
    /// leads then merely by bad luck. If an accepted command is not applied within two seconds, it
    /// proposes it again with `retry`, and fails without.
    pub fn one(
        &mut self,
        command: Command,
        expected: usize,
        retry: bool,
    ) -> Result<Index, Failure> {
        let client = self.spawn_one(command, expected, retry)?;
        self.join_one(client)
    }

    /// `one` with `retry`, which fails only after `patience`.
    pub fn one_within(
        &mut self,
        patience: Duration,
        command: Command,
        expected: usize,
    ) -> Result<Index, Failure> {
        let one = One { patience, ..self.one_of(command, expected, true) };
        let client = self.world().spawn(one)?;
        self.join_one(client)
    }

    /// `one` with a fresh command and `retry`.
    pub fn one_more(&mut self, expected: usize) -> Result<Index, Failure> {
        let command = self.any_command();
        self.one(command, expected, true)
    }

    /// Starts `one` as a client that runs beside the scenario.
    pub fn spawn_one(
        &mut self,
        command: Command,
        expected: usize,
        retry: bool,
    ) -> Result<ClientId, Failure> {
        let one = self.one_of(command, expected, retry);
        self.world().spawn(one)
    }

    fn one_of(&self, command: Command, expected: usize, retry: bool) -> One {
        One {
            applied: self.share_applied(),
            command,
            expected,
            retry,
            since: self.cluster().now(),
            patience: self.pace().stretch(PATIENCE),
            agreement: self.pace().stretch(AGREEMENT),
            luck: self.longest_luck(),
            longest_luck: self.longest_luck(),
            is_slow: self.has_slow_network(),
            missed: None,
            last: 0,
            left: 0,
            open: None,
            accepted: None,
        }
    }

    /// Waits until a client started by [`Lab::spawn_one`] is done. Returns the command's index.
    ///
    /// # Panics
    /// If it was waited for before, or is another client.
    #[track_caller]
    pub fn join_one(&mut self, client: ClientId) -> Result<Index, Failure> {
        let one: One = self.world().join(client)?;
        let (index, _) = one.accepted.expect("`one` ends only when its command is applied");
        self.world().mark(property::ONE.name(), None, index)?;
        Ok(index)
    }

    /// Whether a server claims that it adds entries of its own to the log: exact indexes are then
    /// counted without those.
    pub(crate) fn has_own_entries(&self) -> bool {
        self.ids().any(|node| self.cluster().claims(node).own_entries)
    }

    /// The index of the `number`-th command; if it is not applied yet, the index that it will have
    /// unless the Raft adds further entries itself.
    pub fn index_of_command(&self, number: u64) -> Index {
        if self.has_own_entries() { self.applied().index_of_command(number) } else { number }
    }

    /// Checks one of the lab's exact indexes: `index` must be that of the `least`-th to `most`-th
    /// command. If the Raft claims entries of its own, those are not counted. Some of them may not
    /// be applied yet and so not be known; while the entry at `index` is not applied, no index is
    /// too high.
    pub(crate) fn check_index(&self, index: Index, least: u64, most: u64) -> Result<(), Failure> {
        let claimed = self.has_own_entries();
        let own = if claimed { self.applied().own_through(index) } else { 0 };
        let is_unknown = claimed && self.n_committed(index) == 0;
        let number = index - own;
        if number >= least && (number <= most || is_unknown) {
            return Ok(());
        }
        let range = if least == most { format!("{least}") } else { format!("{least} or {most}") };
        let facts = [
            Fact::new(format!("the entry is command {range}")),
            Fact::new(format!("it is command {number}")).entry(index),
        ];
        Err(self.missed(property::INDEX, facts))
    }
}

/// A number of servers in words.
fn servers_text(count: usize) -> String {
    counted(count as u64, "server")
}

/// The lab's `one`, as a client: several may run at once.
pub(crate) struct One {
    applied: Rc<RefCell<Applied>>,
    command: Command,
    expected: usize,
    retry: bool,
    /// When it began to propose, and how long it goes on.
    since: Time,
    patience: Duration,
    /// How long it waits until an accepted command is applied.
    agreement: Duration,
    /// How much longer it goes on if nobody leads merely by bad luck; zero once that was granted.
    luck: Duration,
    longest_luck: Duration,
    /// See [`Lab::has_slow_network`].
    is_slow: bool,
    /// The limit that it missed on a network that loses messages; it tries again on one that does
    /// not.
    missed: Option<Failure>,
    /// The slot of the server that it asked last. It begins with 0, as the tester does, so that the
    /// server in slot 1 is the first that it asks.
    last: usize,
    /// How many servers are still to be asked in this round.
    left: usize,
    /// The proposal that it waits for, because its server answers later.
    open: Option<OpenProposal>,
    /// The index at which the command was accepted, and when that was.
    accepted: Option<(Index, Time)>,
}

impl<N: Node> Client<World<N, Judges<N>>> for One {
    fn wake(&mut self, world: &mut World<N, Judges<N>>, _: &mut Stream) -> Result<Wake, Failure> {
        let now = world.now();
        if self.open.is_some() {
            return self.propose(world);
        }
        if let Some((index, since)) = self.accepted {
            if now < since + self.agreement {
                return self.look(index, now);
            }
            if !self.retry {
                let seen = format!("not within {} of index {index}", self.agreement);
                return self.misses(world, Fact::new(seen).entry(index));
            }
            self.accepted = None;
        }
        if now >= self.since + self.patience {
            // Once: a leader that is elected later gets the command in that time.
            let more = luck_in(world, std::mem::take(&mut self.luck));
            self.patience = self.patience + more;
        }
        if now >= self.since + self.patience {
            let seen = format!("not within {}", self.patience);
            return self.misses(world, Fact::new(seen));
        }
        self.left = world.cluster().size();
        self.propose(world)
    }
}

impl One {
    /// Proposes the command to the connected servers in turn, until one accepts it. Looks whether
    /// that one's entry is applied; if none accepts, it rests.
    fn propose<N: Node>(&mut self, world: &mut World<N, Judges<N>>) -> Result<Wake, Failure> {
        let now = world.now();
        loop {
            let proposed = match self.open.take() {
                Some(open) => world.answer(open)?,
                None if self.left == 0 => return Ok(Wake::At(now + REST)),
                None => self.ask_next(world)?,
            };
            match proposed {
                Proposed::Accepted(index, _) => {
                    self.accepted = Some((index, now));
                    return self.look(index, now);
                }
                Proposed::Open(open) => {
                    self.open = Some(open);
                    world.extend(ASK);
                    return Ok(Wake::At(now + ASK));
                }
                Proposed::Refused => {}
            }
        }
    }

    /// Proposes the command to the next server, if it is connected and up.
    fn ask_next<N: Node>(&mut self, world: &mut World<N, Judges<N>>) -> Result<Proposed, Failure> {
        self.left -= 1;
        self.last = (self.last + 1) % world.cluster().size();
        let node = world.cluster().ids().nth(self.last).expect("a slot within the cluster");
        if world.cluster().is_connected(node) && world.cluster().is_up(node) {
            world.propose(node, self.command.clone())
        } else {
            Ok(Proposed::Refused)
        }
    }

    /// Checks whether enough servers applied the command at the index where it was accepted. If they
    /// did so on the second try, the limit that was missed before is what is reported.
    fn look(&mut self, index: Index, now: Time) -> Result<Wake, Failure> {
        let applied = self.applied.borrow();
        let many = applied.count(index);
        let agreed = many > 0 && many >= self.expected;
        if agreed && applied.command(index) == Some(&self.command) {
            return self.missed.take().map_or(Ok(Wake::Done), Err);
        }
        Ok(Wake::At(now + LOOK))
    }

    /// The limit is missed. If chance may be the reason, it tries again on a reliable network.
    fn misses<N: Node>(
        &mut self,
        world: &mut World<N, Judges<N>>,
        seen: Fact,
    ) -> Result<Wake, Failure> {
        if let Some(missed) = self.missed.take() {
            return Err(no_chance(world.cluster(), missed));
        }
        let Self { command, expected, .. } = self;
        let expected = servers_text(*expected);
        let first = Fact::new(format!("{command:?} is applied by {expected}"));
        let missed =
            missed(world.cluster(), self.is_slow, property::ONE, [first.at(self.since), seen]);
        if !may_be_chance(&missed) {
            return Err(missed);
        }
        make_reliable(world)?;
        world.extend(self.patience * 2);
        (self.since, self.accepted, self.retry) = (world.now(), None, true);
        (self.luck, self.missed) = (self.longest_luck, Some(missed));
        Ok(Wake::At(world.now()))
    }
}
