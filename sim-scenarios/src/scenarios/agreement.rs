//! Part 3B: agreement on log entries, and how fast it is.

use raftsim_node::{Command, Duration, Index, Node, NodeId, Term};
use raftsim_sim::{Client, Fact, Failure, OpenProposal, Proposed, Stream, Wake, World, property};

use crate::checks::Judges;
use crate::lab::log::{ASK, Waited};
use crate::lab::{Lab, number};

/// How often a test tries anew because the term changed, and how long it waits before each try.
const TRIES: usize = 5;
const SETTLE: Duration = Duration::from_secs(3);

/// Mirrors `TestBasicAgree3B`: three commands, and none is applied before it is proposed.
pub(crate) fn basic_agree<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for command in 1..=3 {
        let index = lab.index_of_command(command);
        if lab.n_committed(index) > 0 {
            let first = Fact::new(format!("command {command} has not been proposed yet"));
            let second = Fact::new(format!("entry {index} is applied")).entry(index);
            return Err(lab.missed(property::ONE, [first, second]));
        }
        let index = lab.one(number(command * 100), lab.size(), false)?;
        lab.check_index(index, command, command)?;
    }
    Ok(())
}

/// Mirrors `TestRPCBytes3B`: each command is sent to each follower once.
pub(crate) fn rpc_bytes<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    const COMMANDS: u64 = 10;
    const EIGHTS: usize = 625;
    const SIZE: u64 = 8 * EIGHTS as u64;
    // For all other messages of three servers, as the lab has it; more servers send more of them.
    const OTHERS: u64 = 50_000;
    let servers = lab.size();
    let most = servers as u64 * COMMANDS * SIZE + OTHERS * servers.max(3) as u64 / 3;
    lab.one(number(99), servers, false)?;
    let before = lab.bytes_total();
    for command in 2..2 + COMMANDS {
        let bytes = lab.any_command().repeat(EIGHTS);
        let index = lab.one(bytes.into(), servers, false)?;
        lab.check_index(index, command, command)?;
    }
    let used = lab.bytes_total() - before;
    if used <= most {
        return Ok(());
    }
    let first = format!("{COMMANDS} commands of {SIZE} bytes take at most {most} bytes of RPCs");
    let facts = [Fact::new(first), Fact::new(format!("they took {used}"))];
    Err(lab.missed(property::RPC_BYTES, facts))
}

/// Mirrors `TestFollowerFailure3B`: agreement while one follower is cut off, none while both are.
pub(crate) fn follower_failure<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    lab.one(number(101), 3, false)?;
    let first = lab.check_one_leader()?;
    lab.disconnect(lab.next(first, 1))?;
    lab.one(number(102), 2, false)?;
    lab.sleep(lab.election_timeout())?;
    lab.one(number(103), 2, false)?;
    let second = lab.check_one_leader()?;
    lab.disconnect(lab.next(second, 1))?;
    lab.disconnect(lab.next(second, 2))?;
    let index = start_at_leader(lab, second, 104)?;
    lab.check_index(index, 4, 4)?;
    lab.sleep(lab.election_timeout() * 2)?;
    lab.check_no_agreement(index)
}

/// Mirrors `TestLeaderFailure3B`: agreement under a new leader, none when that one is cut off too.
pub(crate) fn leader_failure<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    lab.one(number(101), 3, false)?;
    let first = lab.check_one_leader()?;
    lab.disconnect(first)?;
    lab.one(number(102), 2, false)?;
    lab.sleep(lab.election_timeout())?;
    lab.one(number(103), 2, false)?;
    let second = lab.check_one_leader()?;
    lab.disconnect(second)?;
    for node in lab.ids() {
        lab.start(node, number(104))?;
    }
    lab.sleep(lab.election_timeout() * 2)?;
    lab.check_no_agreement(lab.index_of_command(4))
}

/// Mirrors `TestFailAgree3B`: a follower that was cut off catches up.
pub(crate) fn fail_agree<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let all = lab.size();
    lab.one(number(101), all, false)?;
    let leader = lab.check_one_leader()?;
    let follower = lab.next(leader, 1);
    lab.disconnect(follower)?;
    lab.one(number(102), all - 1, false)?;
    lab.one(number(103), all - 1, false)?;
    lab.sleep(lab.election_timeout())?;
    lab.one(number(104), all - 1, false)?;
    lab.one(number(105), all - 1, false)?;
    lab.connect(follower)?;
    lab.one(number(106), all, true)?;
    lab.sleep(lab.election_timeout())?;
    lab.one(number(107), all, true)?;
    Ok(())
}

/// Mirrors `TestFailNoAgree3B`: no agreement while three of five are cut off. They may come back
/// with a leader that does not know of the command.
pub(crate) fn fail_no_agree<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    lab.one(number(10), 5, false)?;
    let leader = lab.check_one_leader()?;
    let cut = [1, 2, 3].map(|steps| lab.next(leader, steps));
    cut.iter().try_for_each(|&node| lab.disconnect(node))?;
    let index = start_at_leader(lab, leader, 20)?;
    lab.check_index(index, 2, 2)?;
    lab.sleep(lab.election_timeout() * 2)?;
    lab.check_no_agreement(index)?;
    cut.iter().try_for_each(|&node| lab.connect(node))?;
    let leader = lab.check_one_leader()?;
    let index = start_at_leader(lab, leader, 30)?;
    lab.check_index(index, 2, 3)?;
    lab.one(number(1000), 5, true)?;
    Ok(())
}

/// Mirrors `TestConcurrentStarts3B`: five commands proposed at once are all applied.
pub(crate) fn concurrent_starts<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for attempt in 0..TRIES {
        if attempt > 0 {
            lab.sleep(lab.pace().stretch(SETTLE))?;
        }
        if try_concurrent_starts(lab)? {
            return Ok(());
        }
    }
    Err(changed_too_often(lab))
}

/// One try; false if the term changed.
fn try_concurrent_starts<N: Node>(lab: &mut Lab<N>) -> Result<bool, Failure> {
    let leader = lab.check_one_leader()?;
    let Some((_, term)) = lab.start(leader, number(1))? else { return Ok(false) };
    let commands: Vec<Command> = (100..105).map(number).collect();
    let mut clients = vec![];
    for command in &commands {
        clients.push(lab.world().spawn(Starter::new(leader, command.clone()))?);
    }
    let mut accepted: Vec<Index> = vec![];
    for client in clients {
        let starter: Starter = lab.world().join(client)?;
        accepted.extend(starter.answer.filter(|&(_, other)| other == term).map(|(index, _)| index));
    }
    let statuses = lab.ids().map(|node| lab.cluster().status(node));
    if statuses.flatten().any(|status| status.term != term) {
        return Ok(false);
    }
    let mut applied = vec![];
    for index in accepted {
        match lab.wait(index, lab.size(), Some(term))? {
            Waited::TermMoved => return Ok(false),
            Waited::Applied(command) => applied.extend(command),
        }
    }
    match commands.iter().find(|command| !applied.contains(command)) {
        None => Ok(true),
        Some(missing) => {
            let first = format!("the leader of term {term} accepted {missing:?}");
            let second = Fact::new(format!("only these are applied: {applied:?}"));
            let facts = [Fact::new(first).by(leader), second];
            Err(lab.missed(property::CONCURRENT_STARTS, facts).accusing([]))
        }
    }
}

/// Proposes one command to one server, once.
struct Starter {
    node: NodeId,
    command: Command,
    /// The proposal, if the server answers it later.
    open: Option<OpenProposal>,
    answer: Option<(Index, Term)>,
}

impl Starter {
    const fn new(node: NodeId, command: Command) -> Self {
        Self { node, command, open: None, answer: None }
    }
}

impl<N: Node> Client<World<N, Judges<N>>> for Starter {
    fn wake(&mut self, world: &mut World<N, Judges<N>>, _: &mut Stream) -> Result<Wake, Failure> {
        let proposed = match self.open.take() {
            Some(open) => world.answer(open)?,
            None => world.propose(self.node, self.command.clone())?,
        };
        if let Proposed::Open(open) = proposed {
            self.open = Some(open);
            world.extend(ASK);
            return Ok(Wake::At(world.now() + ASK));
        }
        self.answer = proposed.accepted();
        Ok(Wake::Done)
    }
}

/// Mirrors `TestRejoin3B`: a leader that accepted commands while it was cut off comes back, and
/// they are overwritten.
pub(crate) fn rejoin<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let all = lab.size();
    lab.one(number(101), all, true)?;
    let first = lab.check_one_leader()?;
    lab.disconnect(first)?;
    for command in 102..=104 {
        lab.start(first, number(command))?;
    }
    lab.one(number(103), all - 1, true)?;
    let second = lab.check_one_leader()?;
    lab.disconnect(second)?;
    lab.connect(first)?;
    lab.one(number(104), all - 1, true)?;
    lab.connect(second)?;
    lab.one(number(105), all, true)?;
    Ok(())
}

/// Mirrors `TestBackup3B`: leaders must find quickly where a log with fifty wrong entries begins to
/// differ from theirs.
pub(crate) fn backup<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    lab.one_more(5)?;
    let first = lab.check_one_leader()?;
    let minority = [0, 1].map(|steps| lab.next(first, steps));
    let majority = [2, 3, 4].map(|steps| lab.next(first, steps));
    majority.iter().try_for_each(|&node| lab.disconnect(node))?;
    start_many(lab, first, 50)?;
    lab.sleep(Duration::from_millis(500))?;
    minority.iter().try_for_each(|&node| lab.disconnect(node))?;
    majority.iter().try_for_each(|&node| lab.connect(node))?;
    one_many(lab, 50, 3)?;

    let second = lab.check_one_leader()?;
    let other = if second == majority[0] { majority[1] } else { majority[0] };
    lab.disconnect(other)?;
    start_many(lab, second, 50)?;
    lab.sleep(Duration::from_millis(500))?;

    lab.ids().try_for_each(|node| lab.disconnect(node))?;
    minority.iter().try_for_each(|&node| lab.connect(node))?;
    lab.connect(other)?;
    one_many(lab, 50, 3)?;
    lab.ids().try_for_each(|node| lab.connect(node))?;
    one_many(lab, 1, 5)
}

/// Mirrors `TestCount3B`: not too many RPCs to elect a leader, to agree, and in a second without
/// proposals.
pub(crate) fn count<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    lab.check_one_leader()?;
    check_rpcs(lab, rpcs(lab), 1, 30, "elect the first leader")?;
    for attempt in 0..TRIES {
        if attempt > 0 {
            lab.sleep(lab.pace().stretch(SETTLE))?;
        }
        let Some((before, after)) = try_count(lab)? else { continue };
        check_rpcs(lab, after.saturating_sub(before), 0, (10 + 1 + 3) * 3, "agree on 10 entries")?;
        lab.sleep(Duration::from_secs(1))?;
        return check_rpcs(lab, rpcs(lab) - after, 0, 3 * 20, "spend a second without proposals");
    }
    Err(changed_too_often(lab))
}

/// Has twelve commands replicated, and waits for ten. Returns the number of RPCs before and after;
/// `None` if the term changed.
fn try_count<N: Node>(lab: &mut Lab<N>) -> Result<Option<(u64, u64)>, Failure> {
    let leader = lab.check_one_leader()?;
    let before = rpcs(lab);
    let Some((first, term)) = lab.start(leader, number(1))? else { return Ok(None) };
    let commands: [Command; 11] = std::array::from_fn(|_| lab.any_command());
    for (index, command) in (first + 1..).zip(&commands) {
        match lab.start(leader, command.clone())? {
            Some((at, other)) if other == term && at == index => {}
            Some((at, other)) if other == term => {
                let first = Fact::new(format!("the next command of term {term} has index {index}"));
                let second = Fact::new(format!("{leader} returned {at} as its index"));
                let facts = [first.entry(index), second.by(leader).entry(at)];
                return Err(lab.missed(property::INDEX, facts));
            }
            Some(_) | None => return Ok(None),
        }
    }
    for (index, command) in (first + 1..).zip(&commands[..10]) {
        match lab.wait(index, 3, Some(term))? {
            Waited::TermMoved => return Ok(None),
            Waited::Applied(Some(applied)) if applied == *command => {}
            Waited::Applied(applied) => {
                let first = format!("{command:?} was accepted at {index} in term {term}");
                let second = format!("{applied:?} is applied there");
                let facts = [first, second].map(|text| Fact::new(text).entry(index));
                return Err(lab.missed(property::WAIT, facts));
            }
        }
    }
    let statuses = lab.ids().map(|node| lab.cluster().status(node));
    let is_moved = statuses.flatten().any(|status| status.term != term);
    Ok((!is_moved).then(|| (before, rpcs(lab))))
}

/// Ours, after `TestSpeed4A` of the lab that builds on Raft: each command is proposed as soon as
/// the one before is applied on some server, and a hundred of them take at most 33 ms each.
///
/// Shows a leader that advances its commit index only when a heartbeat is due. The labs allow ten
/// heartbeats a second.
pub(crate) fn speed<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    const COMMANDS: u64 = 100;
    const MOST: Duration = Duration::from_millis(33 * COMMANDS);
    lab.one_more(lab.size())?;
    let leader = lab.check_one_leader()?;
    lab.one_by_one(COMMANDS, MOST, |lab, command| start_at_leader(lab, leader, command).map(Some))?;
    lab.world().mark(property::SPEED.name(), Some(leader), COMMANDS)
}

/// The number of requests that reached all servers together.
fn rpcs<N: Node>(lab: &Lab<N>) -> u64 {
    lab.ids().map(|node| lab.rpc_count(node)).sum()
}

/// Checks one of the lab's limits: `used` RPCs to do `what` must be `least` to `most`.
fn check_rpcs<N: Node>(
    lab: &Lab<N>,
    used: u64,
    least: u64,
    most: u64,
    what: &str,
) -> Result<(), Failure> {
    if (least..=most).contains(&used) {
        return Ok(());
    }
    let first = Fact::new(format!("it takes {least} to {most} RPCs to {what}"));
    Err(lab.missed(property::RPC_COUNT, [first, Fact::new(format!("it took {used}"))]))
}

fn changed_too_often<N: Node>(lab: &Lab<N>) -> Failure {
    let first =
        Fact::new(format!("in one of {TRIES} tries the term stays the same, as nothing fails"));
    lab.missed(property::TERM, [first, Fact::new("it changed in each")])
}

/// Proposes a command to the leader, which must accept it.
fn start_at_leader<N: Node>(
    lab: &mut Lab<N>,
    leader: NodeId,
    command: u64,
) -> Result<Index, Failure> {
    if let Some((index, _)) = lab.start(leader, number(command))? {
        return Ok(index);
    }
    let first = Fact::new(format!("{leader} led just before"));
    let facts = [first, Fact::new("it rejects a proposal")].map(|fact| fact.by(leader));
    Err(lab.missed(property::START, facts))
}

/// Proposes `many` fresh commands to one server, whatever it answers.
fn start_many<N: Node>(lab: &mut Lab<N>, node: NodeId, many: u32) -> Result<(), Failure> {
    for _ in 0..many {
        let command = lab.any_command();
        lab.start(node, command)?;
    }
    Ok(())
}

/// Agrees on `many` fresh commands, one after the other.
fn one_many<N: Node>(lab: &mut Lab<N>, many: u32, expected: usize) -> Result<(), Failure> {
    for _ in 0..many {
        lab.one_more(expected)?;
    }
    Ok(())
}
