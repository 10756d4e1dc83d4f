//! A small Raft with a log and snapshots, which breaks no rule: under crashes, partitions, losses,
//! pauses, slow disks and clocks of all kinds no oracle may report a failure, and each
//! must have something to judge.

use std::collections::{BTreeMap, BTreeSet};

use raftsim_node::{
    Action, ActionOf, Boot, Bytes, Claims, Command, Disk, Duration, Event, Index, Message, Node,
    NodeId, Promise, Role, Snapshot, Status, Term, Time, Touched, View,
};
use raftsim_oracles::Oracles;
use raftsim_sim::{Failure, LinkSettings, Purpose, Rate, Service, Setup, World};

use crate::support::n;

type Entries = Vec<(Term, Command)>;

#[derive(Clone, Debug)]
enum Say {
    Ask { last: (Term, Index) },
    Vote { granted: bool },
    Append { behind: (Index, Term), entries: Entries, commit: Index },
    Stored { through: Option<Index> },
    Install { snapshot: Snapshot },
}

#[derive(Clone, Debug)]
pub(crate) struct Letter {
    term: Term,
    from: NodeId,
    to: NodeId,
    say: Say,
}

impl Message for Letter {
    fn is_reply(&self) -> bool {
        matches!(self.say, Say::Vote { .. } | Say::Stored { .. })
    }

    fn size(&self) -> usize {
        1
    }

    fn term(&self) -> Option<Term> {
        Some(self.term)
    }

    fn promise(&self) -> Option<Promise> {
        match self.say {
            Say::Ask { .. } => Some(Promise::Vote { candidate: self.from }),
            Say::Vote { granted: true } => Some(Promise::Vote { candidate: self.to }),
            Say::Stored { through: Some(through) } => Some(Promise::Stored { through }),
            Say::Vote { .. } | Say::Append { .. } | Say::Stored { .. } | Say::Install { .. } => {
                None
            }
        }
    }
}

/// Written as a whole. A write reports what it changed, or everything if `is_vague`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paper {
    term: Term,
    vote: Option<NodeId>,
    snapshot: Option<Snapshot>,
    entries: Entries,
    is_vague: bool,
}

impl Paper {
    fn base(&self) -> (Index, Term) {
        self.snapshot.as_ref().map_or((0, 0), |snapshot| (snapshot.index, snapshot.known_term()))
    }

    fn last(&self) -> Index {
        self.base().0 + self.entries.len() as Index
    }

    fn place(&self, index: Index) -> usize {
        usize::try_from(index - self.base().0).expect("a short log")
    }

    /// The term of the entry at `index`; `None` where it is compacted or not there.
    fn term_at(&self, index: Index) -> Option<Term> {
        let (base, term) = self.base();
        match index.checked_sub(base)? {
            0 => Some(term),
            _ => self.entries.get(self.place(index) - 1).map(|entry| entry.0),
        }
    }

    fn fold(&mut self, snapshot: Snapshot) {
        let keeps = self.term_at(snapshot.index) == snapshot.term;
        let gone = if keeps { self.place(snapshot.index) } else { self.entries.len() };
        self.entries.drain(..gone);
        self.snapshot = Some(snapshot);
    }
}

impl Disk for Paper {
    type Write = (Self, Touched);

    fn write(&mut self, (whole, touched): (Self, Touched)) -> Touched {
        *self = whole;
        if self.is_vague { Touched::ALL } else { touched }
    }

    fn state_bytes(&self) -> usize {
        self.entries.len()
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    fn view(&self) -> Option<&dyn View> {
        Some(self)
    }
}

impl View for Paper {
    fn term(&self) -> Term {
        self.term
    }

    fn voted_for(&self) -> Option<NodeId> {
        self.vote
    }

    fn first_index(&self) -> Index {
        self.base().0 + 1
    }

    fn last_index(&self) -> Index {
        self.last()
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        let place = index.checked_sub(self.base().0 + 1)?;
        let entry = self.entries.get(usize::try_from(place).ok()?)?;
        Some((entry.0, Some(&entry.1)))
    }
}

pub(crate) struct Mini {
    boot: Boot,
    disk: Paper,
    role: Role,
    leader: Option<NodeId>,
    votes: BTreeSet<NodeId>,
    /// By peer: through which entry it has stored this leader's log.
    matched: BTreeMap<NodeId, Index>,
    /// By peer: after which entry the next ones are sent to it.
    known: BTreeMap<NodeId, Index>,
    commit: Index,
    applied: Index,
    deadline: Time,
    draws: u64,
    votes_twice: bool,
}

/// How a server behaves. It is honest unless a field other than `is_vague` is set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ways {
    /// Its disk does not report what a write changed.
    pub(crate) is_vague: bool,
    /// It forgets that it has voted in its term.
    pub(crate) votes_twice: bool,
    /// It claims to step down within this bound, and does not.
    pub(crate) claims: Option<Duration>,
}

type Out = Vec<ActionOf<Mini>>;

impl Node for Mini {
    type Config = Ways;
    type Message = Letter;
    type Disk = Paper;

    fn claims(ways: &Ways) -> Claims {
        let claims = Claims::default();
        ways.claims.map_or(claims, |bound| claims.stepping_down_within(bound))
    }

    fn boot(ways: &Ways, boot: &Boot, disk: &Paper, now: Time) -> Self {
        let disk = Paper { is_vague: ways.is_vague, ..disk.clone() };
        let base = disk.base().0;
        let mut mini = Self {
            boot: boot.clone(),
            disk,
            role: Role::Follower,
            leader: None,
            votes: BTreeSet::new(),
            matched: BTreeMap::new(),
            known: BTreeMap::new(),
            commit: base,
            applied: base,
            deadline: now,
            draws: 0,
            votes_twice: ways.votes_twice,
        };
        mini.reset(now);
        mini
    }

    fn step(&mut self, event: Event<Letter>, now: Time) -> Out {
        let mut out = vec![];
        match event {
            Event::Timeout if self.role == Role::Leader => self.lead(now, &mut out),
            Event::Timeout => {
                self.reset(now);
                self.enter(self.disk.term + 1, Some(self.boot.id), Role::Candidate, &mut out);
                self.votes = BTreeSet::from([self.boot.id]);
                let last = self.disk.last();
                let last = (self.disk.term_at(last).expect("its own last"), last);
                for to in self.boot.peers().collect::<Vec<_>>() {
                    self.say(to, Say::Ask { last }, &mut out);
                }
            }
            Event::Receive { from, message } => self.hear(from, message, now, &mut out),
            Event::Propose { id, .. } if self.role != Role::Leader => {
                out.push(Action::Reject { id, leader: self.leader });
            }
            Event::Propose { id, command } => {
                let term = self.disk.term;
                self.disk.entries.push((term, command));
                let index = self.disk.last();
                self.save(Touched { log_from: Some(index), ..Touched::NONE }, &mut out);
                out.push(Action::Accept { id, index, term });
                self.lead(now, &mut out);
            }
            Event::Compact { through, snapshot } if through > self.disk.base().0 => {
                let term = self.disk.term_at(through).expect("it was applied");
                self.disk.fold(Snapshot::new(through, term, snapshot));
                self.save(Touched { snapshot: true, ..Touched::NONE }, &mut out);
            }
            Event::CallFailed { .. } | Event::Compact { .. } | _ => {}
        }
        out
    }

    fn deadline(&self) -> Option<Time> {
        Some(self.deadline)
    }

    fn status(&self) -> Status {
        Status::new(self.disk.term, self.role).with_leader(self.leader).with_commit(self.commit)
    }
}

impl Mini {
    fn reset(&mut self, now: Time) {
        self.draws += 1;
        let word = (self.boot.seed ^ self.draws).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        self.deadline = now + Duration::from_millis(150 + word % 200);
    }

    fn save(&self, touched: Touched, out: &mut Out) {
        out.push(Action::Persist((self.disk.clone(), touched)));
    }

    fn say(&self, to: NodeId, say: Say, out: &mut Out) {
        let message = Letter { term: self.disk.term, from: self.boot.id, to, say };
        out.push(Action::Send { to, message });
    }

    fn enter(&mut self, term: Term, vote: Option<NodeId>, role: Role, out: &mut Out) {
        if term > self.disk.term {
            self.leader = None;
        }
        (self.disk.term, self.disk.vote, self.role) = (term, vote, role);
        self.save(Touched::VOTE, out);
    }

    /// Sends each peer the entries that it lacks, and commits what a majority holds.
    fn lead(&mut self, now: Time, out: &mut Out) {
        self.deadline = now + Duration::from_millis(40);
        for to in self.boot.peers().collect::<Vec<_>>() {
            let known = *self.known.entry(to).or_insert(self.disk.last());
            let say = match self.disk.term_at(known) {
                Some(term) => Say::Append {
                    behind: (known, term),
                    entries: self.disk.entries[self.disk.place(known)..].to_vec(),
                    commit: self.commit,
                },
                None => Say::Install { snapshot: self.disk.snapshot.clone().expect("compacted") },
            };
            self.say(to, say, out);
        }
    }

    fn hear(&mut self, from: NodeId, letter: Letter, now: Time, out: &mut Out) {
        if letter.term > self.disk.term {
            self.enter(letter.term, None, Role::Follower, out);
        }
        if letter.term < self.disk.term {
            return;
        }
        match letter.say {
            Say::Ask { last } => {
                let own = self.disk.last();
                let is_fresh = last >= (self.disk.term_at(own).expect("its own last"), own);
                let is_free = self.votes_twice || self.disk.vote.is_none_or(|vote| vote == from);
                let granted = is_fresh && is_free;
                if granted {
                    self.reset(now);
                    self.enter(self.disk.term, Some(from), self.role, out);
                }
                self.say(from, Say::Vote { granted }, out);
            }
            Say::Vote { granted } => {
                if granted
                    && self.role == Role::Candidate
                    && self.votes.insert(from)
                    && self.votes.len() >= self.boot.majority()
                {
                    self.role = Role::Leader;
                    self.leader = Some(self.boot.id);
                    self.matched.clear();
                    self.known.clear();
                    self.lead(now, out);
                }
            }
            Say::Append { behind, entries, commit } => {
                self.reset(now);
                self.role = Role::Follower;
                self.leader = Some(from);
                let through = self.append(behind, &entries, out);
                if let Some(through) = through {
                    self.commit = self.commit.max(commit.min(through));
                }
                self.say(from, Say::Stored { through }, out);
                self.apply(out);
            }
            Say::Install { snapshot } => {
                self.reset(now);
                self.role = Role::Follower;
                self.leader = Some(from);
                let through = snapshot.index;
                if through > self.commit {
                    let Snapshot { index, term, data } = snapshot.clone();
                    self.disk.fold(snapshot);
                    let touched = Touched { vote: false, log_from: Some(index), snapshot: true };
                    self.save(touched, out);
                    out.push(Action::Restore { index, term, snapshot: data });
                    (self.commit, self.applied) = (index, index);
                }
                self.say(from, Say::Stored { through: Some(through) }, out);
            }
            Say::Stored { through } if self.role == Role::Leader => {
                let Some(through) = through else {
                    let known = self.known.entry(from).or_default();
                    *known = known.saturating_sub(3);
                    return;
                };
                let matched = self.matched.entry(from).or_default();
                *matched = through.max(*matched);
                self.known.insert(from, *matched);
                self.advance(out);
            }
            Say::Stored { .. } => {}
        }
    }

    /// Appends a leader's entries. Returns through which index the log agrees with the leader's.
    fn append(&mut self, behind: (Index, Term), entries: &Entries, out: &mut Out) -> Option<Index> {
        let base = self.disk.base().0;
        if behind.0 >= base && self.disk.term_at(behind.0) != Some(behind.1) {
            return None;
        }
        let through = behind.0 + entries.len() as Index;
        for (index, entry) in (behind.0 + 1..).zip(entries) {
            if index <= base || self.disk.term_at(index) == Some(entry.0) {
                continue;
            }
            self.disk.entries.truncate(self.disk.place(index) - 1);
            let sent = usize::try_from(index - behind.0 - 1).expect("a short log");
            self.disk.entries.extend_from_slice(&entries[sent..]);
            self.save(Touched { log_from: Some(index), ..Touched::NONE }, out);
            break;
        }
        Some(through)
    }

    fn advance(&mut self, out: &mut Out) {
        let mut held: Vec<Index> = self.matched.values().copied().collect();
        held.push(self.disk.last());
        held.sort_unstable_by(|a, b| b.cmp(a));
        let Some(&index) = held.get(self.boot.majority() - 1) else { return };
        if index > self.commit && self.disk.term_at(index) == Some(self.disk.term) {
            self.commit = index;
            self.apply(out);
        }
    }

    fn apply(&mut self, out: &mut Out) {
        while self.applied < self.commit {
            self.applied += 1;
            let (term, command) = self.disk.entries[self.disk.place(self.applied) - 1].clone();
            let (index, term, command) = (self.applied, Some(term), Some(command));
            out.push(Action::Apply { index, term, command });
        }
    }
}

/// Takes a snapshot after every fifth entry.
#[derive(Default)]
struct Folding(Vec<u8>);

impl Service for Folding {
    fn apply(
        &mut self,
        index: Index,
        _: Option<Term>,
        command: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        self.0.extend_from_slice(command.expect("it has no entries of its own"));
        Ok(index.is_multiple_of(5).then(|| Bytes::from(&self.0[..])))
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        self.0 = snapshot.data.to_vec();
        Ok(())
    }
}

/// Five servers that behave in these `ways`, on a network that the seed chooses.
pub(crate) fn setup(seed: u64, ways: Ways) -> Setup<Mini> {
    let mut setup = Setup::<Mini>::new("honest", seed, 5);
    setup.configs.fill(ways);
    setup.service = Box::new(|_| Box::new(Folding::default()));
    setup.network = LinkSettings::labrpc(seed.is_multiple_of(2), seed.is_multiple_of(3), true);
    setup
}

/// Ten seconds with faults of every kind.
pub(crate) fn trouble(world: &mut World<Mini, Oracles>) -> Result<(), Failure> {
    let mut choices = world.stream(Purpose::Scenario);
    for _ in 0..500 {
        world.sleep(Duration::from_millis(20))?;
        let mut servers: Vec<NodeId> = (1..=5).map(n).collect();
        let (one, two, three) = {
            let mut any = |count| servers.remove(choices.below(count) as usize);
            (any(5), any(4), any(3))
        };
        match choices.below(60) {
            0 | 1 => world.crash(one)?,
            2..=5 => world.restart(one)?,
            6 | 7 => world.crash_after(one, choices.below(5))?,
            8 => world.partition(&[&[one, two], &[three]])?,
            9 => world.partition(&[&[one, two, three]])?,
            10 | 11 => world.heal()?,
            12 | 13 => world.pause(one)?,
            14..=17 => world.resume(one)?,
            18 => world.set_disk(one, Duration::from_millis(choices.below(30).into()))?,
            19 => world.set_disk(one, Duration::ZERO)?,
            20 => {
                let rate = Rate::new(1 + choices.below(3), 1 + choices.below(3));
                world.set_clock_rate(one, rate)?;
            }
            21 => world.jump_clock(one, Duration::from_millis(choices.below(500).into()))?,
            22 => world.expire(one)?,
            _ => {
                for node in world.cluster().ids() {
                    let command =
                        Bytes::from(vec![u8::try_from(choices.below(256)).expect("a byte")]);
                    world.propose(node, command)?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn no_oracle_raises_a_false_alarm_and_each_of_the_log_has_work() {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..60 {
        for is_vague in [false, true] {
            let world =
                World::new(setup(seed, Ways { is_vague, ..Ways::default() }), Oracles::new(5));
            let mut world = world.expect("its disks can be made");
            if let Err(failure) = trouble(&mut world).and_then(|()| world.finish()) {
                panic!("seed {seed}: {failure}");
            }
            for (name, times) in world.watch().judged().iter() {
                *sums.entry(name.name()).or_default() += times;
            }
        }
    }
    let unclaimed =
        ["no leader without a majority", "a leader within five seconds", "a leader stays"];
    let idle = sums.iter().filter(|&(name, &times)| times < 100 && !unclaimed.contains(name));
    assert_eq!(idle.collect::<Vec<_>>(), []);
}
