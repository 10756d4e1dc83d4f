//! Clusters driven by hand: scripts to read beside the paper. Each file shows one claim.
//!
//! A script is a list of blocks. A block is commands, a line `---`, and what the commands lead to,
//! one line for each action. Nobody writes the output by hand: `just golden` plays every script and
//! writes the output again. Compare the diff with the paper before you commit it: a wrong script is
//! worse than none.
//!
//! [`Command`] lists the verbs. What `(verb …)` leads to is not printed. Entries print as
//! index@term.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use goldenscript::Context;
use raftsim_node::{Action, Bytes, Disk as _, Event, Index, Node, NodeId, ProposalId, Role};
use raftsim_node::{Snapshot, Term, Touched};
use raftsim_raft::{Answer, Disk, Entry, Message, Vote, Write};

use crate::server::Server;

/// Makes a test of each script.
macro_rules! scripts {
    ($($name:ident)*) => {
        const SCRIPTS: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                goldenscript::run(&mut Cluster::default(), folder().join(stringify!($name)))
                    .unwrap();
            }
        )*
    };
}

scripts! {
    behind_the_log_beginning
    crash_appending
    crash_compacting
    crash_granting_a_vote
    crash_installing_a_snapshot
    crash_standing_for_election
    crash_winning_an_election
    duplicated_appends
    figure_7
    figure_8_d
    figure_8_e
    late_replies
    reordered_appends
    snapshots_crossing_appends
    stale_replies
    vote_after_restart
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts")
}

#[test]
fn every_script_is_played_and_opens_with_its_claim() {
    let files = fs::read_dir(folder()).unwrap();
    let names: BTreeSet<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, SCRIPTS.iter().map(|&name| name.to_owned()).collect());
    for name in names {
        let text = fs::read_to_string(folder().join(&name)).unwrap();
        let claim: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("# ")).collect();
        let is_sentence = claim.last().is_some_and(|line| line.ends_with('.'));
        assert!(is_sentence, "{name} opens with no claim");
    }
}

#[test]
fn every_script_plays_the_same_twice() {
    for name in SCRIPTS {
        let text = fs::read_to_string(folder().join(name)).unwrap();
        let play = || goldenscript::generate(&mut Cluster::default(), &text).unwrap();
        assert_eq!(play(), play(), "{name}");
    }
}

#[test]
fn messages_count_from_1() {
    let play = |nth| {
        let script = format!("(cluster nodes=2)\n(campaign n1)\ndeliver n1 n2 {nth}\n---\n");
        goldenscript::generate(&mut Cluster::default(), &script).map(drop)
    };
    play(1).unwrap();
    for nth in [0, 2] {
        let refused = play(nth).unwrap_err().to_string();
        let why = if nth == 0 { "messages count from 1" } else { "no such message is in flight" };
        assert!(refused.contains(why), "{refused}");
    }
}

/// The commands of a script.
#[derive(goldenscript::Command)]
enum Command {
    /// Servers n1, n2, … with empty disks: `cluster nodes=5`.
    Cluster {
        #[arg(key)]
        nodes: u8,
    },
    /// Boots a server again, with a disk in this term and with log entries of these terms, the
    /// first at index 1: `disk n1 1 1 4 term=5 vote=n2`.
    Disk {
        server: Name,
        #[arg(optional)]
        log: Vec<Term>,
        #[arg(key)]
        term: Term,
        #[arg(key)]
        vote: Option<Name>,
    },
    /// The election timer of a follower or a candidate ends.
    Campaign { server: Name },
    /// The heartbeat of a leader, or the retry of a candidate, is due.
    Heartbeat { server: Name },
    /// A client proposes a command.
    Propose { server: Name, command: String },
    /// The service has made a snapshot of its state after all entries through an index.
    Compact { server: Name, through: Index },
    /// The messages in flight on a link arrive, in order, or only the n-th of them.
    Deliver { from: Name, to: Name, nth: Option<usize> },
    /// The messages in flight on a link are lost, or only the n-th of them.
    Drop { from: Name, to: Name, nth: Option<usize> },
    /// The messages in flight on a link, or only the n-th, are in flight once more, after all
    /// others.
    Duplicate { from: Name, to: Name, nth: Option<usize> },
    /// All messages in flight arrive, in the order in which they were sent, and then all that are
    /// sent because of them.
    Stabilize,
    /// These servers are cut off from the others: messages between the two sides are lost.
    Partition { servers: Vec<Name> },
    /// No server is cut off.
    Heal,
    /// A server crashes: now, or after the first `after` actions of its next list. What it has sent
    /// is still in flight.
    Crash {
        server: Name,
        #[arg(key)]
        after: Option<usize>,
    },
    /// Boots a server that has crashed, with what is on its disk.
    Restart { server: Name },
    /// Prints the status of these servers, or of all.
    Status {
        #[arg(optional)]
        servers: Vec<Name>,
    },
    /// Prints the logs of these servers, or of all, as they are on disk. The snapshot stands in
    /// brackets.
    Log {
        #[arg(optional)]
        servers: Vec<Name>,
    },
    /// Prints the messages in flight.
    Messages,
}

/// A server's name.
#[derive(Clone, Copy)]
struct Name(NodeId);

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix('n').and_then(|number| number.parse().ok());
        let number = number.filter(|&number| number > 0);
        number.map(|number| Self(NodeId::new(number))).ok_or(format!("{text} names no server"))
    }
}

/// A server with its service.
struct Member {
    server: Server,
    is_down: bool,
    /// The number of actions of its next list after which it crashes.
    crash_after: Option<usize>,
    /// The index of the snapshot from which the service started, and its state there.
    base: (Index, String),
    /// The commands applied since then.
    applied: Vec<String>,
}

impl Member {
    fn new(server: Server) -> Self {
        let base = server.disk.snapshot().map_or((0, String::new()), |it| (it.index, text(it)));
        Self { server, is_down: false, crash_after: None, base, applied: Vec::new() }
    }

    /// The service's state after the entries through `through`: all commands, in order.
    fn state(&self, through: Index) -> String {
        let count = usize::try_from(through.saturating_sub(self.base.0)).unwrap_or(usize::MAX);
        let mut commands: Vec<&str> = self.applied.iter().map(String::as_str).take(count).collect();
        commands.insert(0, &self.base.1);
        commands.retain(|command| !command.is_empty());
        commands.join(" ")
    }

    fn last_applied(&self) -> Index {
        self.base.0 + self.applied.len() as Index
    }
}

/// The servers that a script drives.
#[derive(Default)]
struct Cluster {
    members: Vec<Member>,
    in_flight: Vec<Sent>,
    cut_off: BTreeSet<NodeId>,
    /// The leader of each term, and the entry that was applied first at each index. There is only
    /// one of each.
    leaders: BTreeMap<Term, NodeId>,
    history: BTreeMap<Index, (Term, Bytes)>,
    /// What the command leads to, line by line.
    story: String,
}

/// The sender, the receiver, and the message.
type Sent = (NodeId, NodeId, Message);

type Done = Result<(), Box<dyn Error>>;

impl goldenscript::Runner for Cluster {
    type Command = Command;

    fn run(&mut self, command: &Command, _context: &Context) -> Result<String, Box<dyn Error>> {
        match command {
            Command::Cluster { nodes } => {
                let disk = Disk::default;
                let members = (1..=*nodes).map(|id| Server::noting(id, *nodes, disk()));
                *self = Self { members: members.map(Member::new).collect(), ..Self::default() };
            }
            Command::Disk { server, log, term, vote } => self.begin(*server, log, *term, *vote)?,
            Command::Campaign { server } => {
                let longest = self.member(*server)?.server.config.election_timeout_max();
                self.wake(*server, Role::Leader, |server| server.now += longest)?;
            }
            Command::Heartbeat { server } => {
                self.wake(*server, Role::Follower, |server| server.now = server.deadline())?;
            }
            Command::Propose { server, command } => {
                writeln!(self.story, "{} is asked for {command:?}", server.0)?;
                let command = Bytes::from(command.as_str());
                self.step(*server, Event::Propose { id: ProposalId(1), command })?;
            }
            Command::Compact { server, through } => {
                let snapshot = Bytes::from(self.member(*server)?.state(*through).as_str());
                writeln!(self.story, "{} is asked to compact through {through}", server.0)?;
                self.step(*server, Event::Compact { through: *through, snapshot })?;
            }
            Command::Deliver { from, to, nth } => {
                for (from, to, message) in self.take(*from, *to, *nth)? {
                    self.arrive(from, to, message)?;
                }
            }
            Command::Drop { from, to, nth } => {
                for (from, to, message) in self.take(*from, *to, *nth)? {
                    writeln!(self.story, "{from} x> {to} {}", describe(&message))?;
                }
            }
            Command::Duplicate { from, to, nth } => {
                for at in self.on_link(*from, *to, *nth)? {
                    self.in_flight.push(self.in_flight[at].clone());
                }
            }
            Command::Stabilize => self.stabilize()?,
            Command::Partition { servers } => {
                self.cut_off = servers.iter().map(|server| server.0).collect();
            }
            Command::Heal => self.cut_off.clear(),
            Command::Crash { server, after: None } => self.crash(*server)?,
            Command::Crash { server, after } => self.running(*server)?.crash_after = *after,
            Command::Restart { server } => self.restart(*server)?,
            Command::Status { servers } => {
                self.each(servers).into_iter().try_for_each(|server| self.print_status(server))?;
            }
            Command::Log { servers } => {
                self.each(servers).into_iter().try_for_each(|server| self.print_log(server))?;
            }
            Command::Messages => {
                for (from, to, message) in &self.in_flight {
                    writeln!(self.story, "{from} -> {to} {}", describe(message))?;
                }
            }
        }
        Ok(std::mem::take(&mut self.story))
    }
}

impl Cluster {
    fn member(&mut self, name: Name) -> Result<&mut Member, Box<dyn Error>> {
        self.members.get_mut(name.0.slot()).ok_or(format!("no server {}", name.0).into())
    }

    /// The server of that name, if it has not crashed.
    fn running(&mut self, name: Name) -> Result<&mut Member, Box<dyn Error>> {
        let member = self.member(name)?;
        if member.is_down { Err(format!("{} is down", name.0).into()) } else { Ok(member) }
    }

    /// These servers, or all if there are none.
    fn each(&self, servers: &[Name]) -> Vec<Name> {
        let all = || self.members.iter().map(|member| Name(member.server.boot.id)).collect();
        if servers.is_empty() { all() } else { servers.to_vec() }
    }

    fn begin(&mut self, name: Name, log: &[Term], term: Term, vote: Option<Name>) -> Done {
        let entries = (1..).zip(log).map(|(index, &term): (Index, _)| {
            let command = Bytes::from(format!("{index}@{term}").as_str());
            Entry { term, command }
        });
        let disk = Disk::new(term, vote.map(|it| it.0), entries.collect());
        let servers = u8::try_from(self.members.len())?;
        let server = Server::noting(name.0.number(), servers, disk);
        *self.member(name)? = Member::new(server);
        Ok(())
    }

    fn restart(&mut self, name: Name) -> Done {
        let member = self.member(name)?;
        if !member.is_down {
            return Err(format!("{} has not crashed", name.0).into());
        }
        let mut server = member.server.clone();
        server.restart();
        *member = Member::new(server);
        self.print_status(name)
    }

    fn stabilize(&mut self) -> Done {
        for _ in 0..1_000 {
            if self.in_flight.is_empty() {
                return Ok(());
            }
            let (from, to, message) = self.in_flight.remove(0);
            self.arrive(from, to, message)?;
        }
        Err("the servers never stop sending".into())
    }

    /// The places of the messages in flight on a link, or of the nth of them.
    fn on_link(
        &self,
        Name(from): Name,
        Name(to): Name,
        nth: Option<usize>,
    ) -> Result<Vec<usize>, Box<dyn Error>> {
        let flight = self.in_flight.iter().enumerate();
        let link = flight.filter(|(_, sent)| (sent.0, sent.1) == (from, to));
        let places = link.map(|(at, _)| at);
        let places: Vec<usize> = match nth {
            None => places.collect(),
            Some(nth) => {
                let before = nth.checked_sub(1).ok_or("messages count from 1")?;
                places.skip(before).take(1).collect()
            }
        };
        if places.is_empty() { Err("no such message is in flight".into()) } else { Ok(places) }
    }

    /// Removes the messages in flight on a link, or the nth of them, and returns them.
    fn take(
        &mut self,
        from: Name,
        to: Name,
        nth: Option<usize>,
    ) -> Result<Vec<Sent>, Box<dyn Error>> {
        let places = self.on_link(from, to, nth)?;
        let mut taken: Vec<_> =
            places.into_iter().rev().map(|at| self.in_flight.remove(at)).collect();
        taken.reverse();
        Ok(taken)
    }

    /// A timer of a server ends. A server in the role `without` has no such timer.
    fn wake(&mut self, name: Name, without: Role, wait: impl FnOnce(&mut Server)) -> Done {
        let member = self.running(name)?;
        if member.server.raft.status().role == without {
            return Err(format!("{} has no such timer", name.0).into());
        }
        wait(&mut member.server);
        writeln!(self.story, "{} timeout", name.0)?;
        self.step(name, Event::Timeout)
    }

    fn arrive(&mut self, from: NodeId, to: NodeId, message: Message) -> Done {
        let is_down = self.member(Name(to))?.is_down;
        let how = if is_down { "x<" } else { "<-" };
        writeln!(self.story, "{to} {how} {from} {}", describe(&message))?;
        if is_down { Ok(()) } else { self.step(Name(to), Event::Receive { from, message }) }
    }

    /// Takes one event, and does its actions until the server crashes, if it does.
    fn step(&mut self, name: Name, event: Event<Message>) -> Done {
        let Name(id) = name;
        let member = self.running(name)?;
        let (before, crash_after) = (member.server.raft.status(), member.crash_after.take());
        let actions = member.server.raft.step(event, member.server.now);
        let status = member.server.raft.status();
        if (before.term, before.role) != (status.term, status.role) && crash_after.is_none() {
            writeln!(self.story, "{id} is {} in term {}", part(status.role), status.term)?;
        }
        if status.is_leader() && *self.leaders.entry(status.term).or_insert(id) != id {
            return Err(format!("two leaders in term {}", status.term).into());
        }
        let mut left = crash_after.unwrap_or(usize::MAX);
        for action in actions {
            if !matches!(action, Action::Note(_)) {
                if left == 0 {
                    break;
                }
                left -= 1;
            }
            self.act(name, action)?;
        }
        if crash_after.is_some() { self.crash(name) } else { Ok(()) }
    }

    fn act(&mut self, name: Name, action: Action<Message, Write>) -> Done {
        let Name(id) = name;
        match action {
            Action::Persist(write) => {
                let done = write_to(&mut self.member(name)?.server.disk, write);
                writeln!(self.story, "{id} persists {done}")?;
            }
            Action::Send { to, message } => {
                let is_cut = self.cut_off.contains(&id) != self.cut_off.contains(&to);
                let how = if is_cut { "x>" } else { "->" };
                writeln!(self.story, "{id} {how} {to} {}", describe(&message))?;
                if !is_cut {
                    self.in_flight.push((id, to, message));
                }
            }
            Action::Accept { index, term, .. } => {
                writeln!(self.story, "{id} accepts {index}@{term}")?;
            }
            Action::Reject { leader, .. } => {
                let leader = leader.map_or("nobody".to_owned(), |leader| leader.to_string());
                writeln!(self.story, "{id} rejects, {leader} leads")?;
            }
            Action::Apply { index, term, command } => {
                let command = command.ok_or("an entry of its own")?;
                let term = term.ok_or("an entry of an unknown term")?;
                writeln!(self.story, "{id} applies {index}@{term} {command:?}")?;
                let member = self.member(name)?;
                assert_eq!(index, member.last_applied() + 1, "in order, once");
                member.applied.push(String::from_utf8(command.to_vec())?);
                let first = self.history.entry(index).or_insert((term, command.clone()));
                if *first != (term, command) {
                    return Err(format!("{index} was applied as another entry before").into());
                }
            }
            Action::Restore { index, term, snapshot } => {
                let term = term.ok_or("a snapshot of an unknown term")?;
                writeln!(self.story, "{id} restores {index}@{term} {snapshot:?}")?;
                let member = self.member(name)?;
                member.base = (index, String::from_utf8(snapshot.to_vec())?);
                member.applied.clear();
            }
            Action::Note(why) => writeln!(self.story, "{id} {why}")?,
            action @ (Action::Output(_) | _) => {
                return Err(format!("{action:?} is unknown here").into());
            }
        }
        Ok(())
    }

    fn crash(&mut self, name: Name) -> Done {
        self.running(name)?.is_down = true;
        writeln!(self.story, "{} crashes", name.0)?;
        Ok(())
    }

    fn print_status(&mut self, name: Name) -> Done {
        let member = self.member(name)?;
        let (status, voted_for) = (member.server.raft.status(), voted_for(&member.server.disk));
        let mut line = if member.is_down {
            format!("{} is down", name.0)
        } else {
            let (role, commit) = (part(status.role), status.commit.unwrap_or(0));
            format!("{} is {role} in term {}, commit {commit}", name.0, status.term)
        };
        if let Some(candidate) = voted_for {
            write!(line, ", voted for {candidate}")?;
        }
        if let Some(leader) = status.leader.filter(|_| !member.is_down) {
            write!(line, ", {leader} leads")?;
        }
        writeln!(self.story, "{line}")?;
        Ok(())
    }

    fn print_log(&mut self, name: Name) -> Done {
        let disk = &self.member(name)?.server.disk;
        let view = disk.view().ok_or("our disk offers a view")?;
        let mut line = name.0.to_string();
        if let Some(snapshot) = disk.snapshot() {
            write!(line, " [{}@{} {:?}]", snapshot.index, snapshot.known_term(), snapshot.data)?;
        }
        for index in view.first_index()..=view.last_index() {
            let (term, _) = view.entry(index).ok_or("a gap")?;
            write!(line, " {index}@{term}")?;
        }
        writeln!(self.story, "{line}")?;
        Ok(())
    }
}

fn voted_for(disk: &Disk) -> Option<NodeId> {
    disk.view().and_then(raftsim_node::View::voted_for)
}

fn text(snapshot: &Snapshot) -> String {
    String::from_utf8_lossy(&snapshot.data).into_owned()
}

fn part(role: Role) -> &'static str {
    match role {
        Role::Follower => "follower",
        Role::Candidate => "candidate",
        Role::Leader => "leader",
        Role::PreCandidate => "pre-candidate",
        _ => "in another role",
    }
}

/// Entries as index@term.
fn numbered(from: Index, entries: &[Entry]) -> String {
    let numbered = (from..).zip(entries).map(|(index, entry)| format!("{index}@{}", entry.term));
    numbered.collect::<Vec<_>>().join(" ")
}

/// Does a write, and returns what it did as text.
fn write_to(disk: &mut Disk, write: Write) -> String {
    let last_index = disk.view().map_or(0, raftsim_node::View::last_index);
    let what = match &write {
        Write::Vote(Vote { current_term, voted_for: Some(candidate) }) => {
            format!("term {current_term}, vote for {candidate}")
        }
        Write::Vote(Vote { current_term, voted_for: None }) => format!("term {current_term}"),
        Write::Entries { from, entries } => format!("entries {}", numbered(*from, entries)),
        Write::Snapshot(it) => {
            format!("snapshot {}@{} {:?}", it.index, it.known_term(), it.data)
        }
    };
    match disk.write(write) {
        Touched { log_from: Some(from), .. } if from <= last_index => {
            format!("{what}, removes {from}..{last_index}")
        }
        _ => what,
    }
}

/// A message in the paper's words.
fn describe(message: &Message) -> String {
    match message {
        Message::RequestVote(it) => {
            let (index, last_term) = (it.last_log_index, it.last_log_term);
            format!("RequestVote term {}, last {index}@{last_term}", it.term)
        }
        Message::RequestVoteReply(it) => {
            let answer = if it.vote_granted { "granted" } else { "refused" };
            format!("RequestVoteReply term {}, {answer} to {}", it.term, it.candidate_id)
        }
        Message::AppendEntries(it) => {
            let (index, prev_term) = (it.prev_log_index, it.prev_log_term);
            let entries = numbered(index + 1, &it.entries);
            let commit = it.leader_commit;
            let term = it.term;
            format!(
                "AppendEntries term {term}, prev {index}@{prev_term}, [{entries}], commit {commit}"
            )
        }
        Message::AppendEntriesReply(it) => {
            let answer = match it.answer {
                Answer::Stale => "stale".to_owned(),
                Answer::Success { match_index } => format!("match {match_index}"),
                Answer::Conflict { prev_log_index, conflict_term, conflict_index } => {
                    let where_to = match conflict_term {
                        Some(term) => format!("term {term} begins at {conflict_index}"),
                        None => format!("log ends before {conflict_index}"),
                    };
                    format!("conflict at {prev_log_index}, {where_to}")
                }
            };
            format!("AppendEntriesReply term {}, {answer}", it.term)
        }
        Message::InstallSnapshot(it) => {
            let Snapshot { index, data, .. } = &it.snapshot;
            let term = it.snapshot.known_term();
            format!("InstallSnapshot term {}, last {index}@{term} {data:?}", it.term)
        }
        Message::InstallSnapshotReply(it) => match it.match_index {
            Some(index) => format!("InstallSnapshotReply term {}, match {index}", it.term),
            None => format!("InstallSnapshotReply term {}, stale", it.term),
        },
        Message::PreVote(it) => {
            let (index, last_term) = (it.last_log_index, it.last_log_term);
            format!("PreVote term {}, last {index}@{last_term}", it.term)
        }
        Message::PreVoteReply(it) => {
            let answer = if it.vote_granted { "granted" } else { "refused" };
            format!("PreVoteReply term {}, {answer}", it.term)
        }
    }
}
