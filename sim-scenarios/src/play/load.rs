//! The ending with load: all faults have stopped and the members agree. Then their leader gets some
//! commands, one after the other, which must not wait for heartbeats (the scenario `speed_3b` has
//! the limit), and after that a stream of commands. Each of these must be applied soon, although one
//! member's link with the leader loses one message in three to five. Never two in a row: so a leader
//! that sends what was not answered again, at the latest with its next heartbeat, loses no follower.
//! Nor in a rhythm: a leader that needs three messages in a row for something is not out of luck.

use raftsim_node::{Duration, Index, Node, NodeId, Status, Time};
use raftsim_oracles::LeaderStays;
use raftsim_sim::{Fact, Failure, Leg, LinkSettings, property};

use super::standing::leader;
use crate::lab::Lab;

/// How long nothing is proposed after the members have agreed, so that all know their leader.
const PAUSE: Duration = Duration::from_secs(1);
/// How many commands the leader gets one after the other, and how long they may take.
const ONE_BY_ONE: u64 = 6;
const ONE_BY_ONE_TAKE: Duration = Duration::from_millis(33 * ONE_BY_ONE);
/// How many commands it gets in a stream.
const COMMANDS: u32 = 12;
/// The time between one command and the next.
const EVERY: Duration = Duration::from_millis(60);
/// How soon the leader applies a command: within the time that a heartbeat may take
/// ([`raftsim_node::Claims::keeps_its_leader`]), and a second one whose predecessor was lost.
const AT_LEADER: Duration = Duration::from_secs(2);
/// How soon all members apply it.
const AT_ALL: Duration = Duration::from_secs(4);
/// How often it is looked what is applied.
const LOOK: Duration = Duration::from_millis(20);

/// A link that loses one message in three to five, and never two in a row.
const LOSSY: LinkSettings = {
    let leg = Leg { drops_every: 3, ..Leg::RELIABLE };
    LinkSettings::uniform(leg)
};

/// A command that the leader has accepted.
#[derive(Clone, Copy)]
struct Accepted {
    index: Index,
    at: Time,
}

/// Has the leader of `members`, which have agreed, replicate a stream of commands.
pub(super) fn carry<N: Node>(
    lab: &mut Lab<N>,
    members: &[NodeId],
    lossy: Option<NodeId>,
) -> Result<(), Failure> {
    lab.sleep(lab.pace().stretch(PAUSE))?;
    let Some(leader) = leader(lab.cluster(), members) else { return Ok(()) };
    let Some(status) = lab.cluster().status(leader) else { return Ok(()) };
    lab.world().mark("load", Some(leader), COMMANDS.into())?;
    // The limit is made for messages that take no time.
    if lab.delays().is_none() {
        let most = lab.pace().stretch(ONE_BY_ONE_TAKE);
        let accepts_all = lab.one_by_one(ONE_BY_ONE, most, |lab, _| {
            let command = lab.any_command();
            Ok(lab.start(leader, command)?.map(|(index, _)| index))
        })?;
        if !accepts_all {
            return Ok(());
        }
    }
    if let Some(lossy) = lossy.filter(|&lossy| lossy != leader) {
        lab.world().set_link(leader, lossy, LOSSY)?;
        lab.world().set_link(lossy, leader, LOSSY)?;
    }
    let mut open: Vec<Accepted> = vec![];
    for _ in 0..COMMANDS {
        let command = lab.any_command();
        let at = lab.cluster().now();
        let Some((index, _)) = lab.start(leader, command)? else { break };
        open.push(Accepted { index, at });
        let next = at + EVERY;
        while lab.cluster().now() < next {
            lab.sleep(LOOK.min(next.since(lab.cluster().now())))?;
            check(lab, members, (leader, status), &mut open)?;
        }
        if !leads(lab, leader, status) {
            return Ok(());
        }
    }
    while !open.is_empty() && leads(lab, leader, status) {
        lab.sleep(LOOK)?;
        check(lab, members, (leader, status), &mut open)?;
    }
    Ok(())
}

/// Whether `leader` still leads in the term of `status`.
fn leads<N: Node>(lab: &Lab<N>, leader: NodeId, status: Status) -> bool {
    let now = lab.cluster().status(leader);
    now.is_some_and(|now| now.is_leader() && now.term == status.term)
}

/// Checks that the leader stays, if it claims to, and that what it accepted is applied soon; takes
/// out of `open` what is applied everywhere.
fn check<N: Node>(
    lab: &Lab<N>,
    members: &[NodeId],
    (leader, status): (NodeId, Status),
    open: &mut Vec<Accepted>,
) -> Result<(), Failure> {
    let now = lab.cluster().now();
    if !leads(lab, leader, status) {
        if !members.iter().all(|&node| lab.cluster().claims(node).keeps_its_leader) {
            return Ok(());
        }
        let term = status.term;
        let first =
            format!("{leader} leads in term {term}, and at most one of three messages is lost");
        let facts = [first, "it leads no more".to_owned()];
        let facts = facts.map(|text| Fact::new(text).by(leader));
        return Err(Failure::violation(LeaderStays::PROPERTY, now, facts));
    }
    let reaches = |node: NodeId, index| lab.applied().applied_through(node) >= index;
    open.retain(|it| !members.iter().all(|&node| reaches(node, it.index)));
    let Some(&Accepted { index, at }) = open.first() else { return Ok(()) };
    for (nodes, patience) in [(&[leader][..], AT_LEADER), (members, AT_ALL)] {
        let patience = lab.pace().stretch(patience);
        let late = nodes.iter().find(|&&node| !reaches(node, index));
        if let Some(&late) = late.filter(|_| now.since(at) >= patience) {
            let first = format!("{leader}, which leads and stays, accepted entry {index}");
            let through = lab.applied().applied_through(late);
            let second = format!("{late} has applied through {through}, {patience} later");
            let first = Fact::new(first).by(leader).at(at).entry(index);
            let facts = [first, Fact::new(second).by(late).entry(through)];
            return Err(Failure::violation(property::APPLIED_SOON, now, facts));
        }
    }
    Ok(())
}
