//! Beyond the lab: clusters of an even number of servers, and of one server. The lab's clusters
//! have three, five or seven.

use raftsim_node::{Node, NodeId};
use raftsim_sim::{Fact, Failure, property};

use crate::lab::Lab;

/// Ours: agreement among an even number of servers; none in either half when they are cut in two,
/// and none when half of them are cut off, each from all others.
///
/// Shows a Raft that takes half of the servers for a majority, as `(n + 1) / 2` does if the number
/// is even: both halves elect a leader, and commit.
pub(crate) fn even<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for cuts_in_two in [true, false, true] {
        round_of_even(lab, |lab, leader, with, without| {
            if cuts_in_two {
                return lab.world().partition(&[with, without]);
            }
            let lost = &lab.others(leader)[..without.len()];
            lost.iter().try_for_each(|&node| lab.disconnect(node))
        })?;
    }
    lab.one_more(lab.cluster().size())?;
    Ok(())
}

/// Ours: the same, but half of the servers crash: first without the leader, then with it.
///
/// Shows the same mistake where the other half is down, and returns with what its disks hold.
pub(crate) fn even_crash<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for leader_crashes in [false, true] {
        round_of_even(lab, |lab, leader, _, without| {
            let mut lost = lab.others(leader);
            if leader_crashes {
                lost.insert(0, leader);
            }
            lost[..without.len()].iter().try_for_each(|&node| lab.crash(node))
        })?;
    }
    lab.one_more(lab.cluster().size())?;
    Ok(())
}

/// Agreement of all, and of all but fewer than half; then `halve`, which is given the leader and
/// two halves of the servers, leaves no majority, and nobody may be elected and nothing committed.
/// In the end all are up and joined again.
fn round_of_even<N: Node>(
    lab: &mut Lab<N>,
    halve: impl FnOnce(&mut Lab<N>, NodeId, &[NodeId], &[NodeId]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let servers = lab.cluster().size();
    let half = servers / 2;
    lab.one_more(servers)?;
    let leader = lab.check_one_leader()?;
    let drawn: Vec<NodeId> = (0..servers).map(|steps| lab.next(leader, steps)).collect();
    let (with, without) = drawn.split_at(half);
    // Without fewer than half of the servers, the others still agree.
    for &node in &without[1..] {
        lab.disconnect(node)?;
    }
    lab.one_more(half + 1)?;
    for &node in &without[1..] {
        lab.connect(node)?;
    }
    let leader = lab.check_one_leader()?;
    halve(lab, leader, with, without)?;
    let accepted = if lab.cluster().is_up(leader) { lab.start_any(leader)? } else { None };
    lab.check_none_elected(lab.election_timeout() * 2)?;
    if let Some((index, _)) = accepted {
        lab.check_no_agreement(index)?;
    }
    lab.start_and_join_all()
}

/// Ours: one server, which is its own majority. It elects itself and commits at once, and its
/// committed entries survive its crashes, which happen amid the actions for a command.
///
/// Shows a Raft that wins elections, or commits, only when another server answers, and one that
/// does not read its disk when it starts.
pub(crate) fn single<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let mut last = 0;
    for _ in 0..4 {
        let only = lab.check_one_leader()?;
        for _ in 0..3 {
            let index = lab.one_more(1)?;
            if index <= last {
                let facts = [
                    Fact::new(format!("entry {last} is committed")).entry(last),
                    Fact::new(format!("the next command has index {index}")).entry(index),
                ];
                return Err(lab.missed(property::INDEX, facts));
            }
            last = index;
        }
        // Whether this command is written before the crash depends on chance.
        let after = lab.choose(4);
        lab.world().crash_after(only, after)?;
        lab.start_any(only)?;
        lab.restart(only)?;
    }
    Ok(())
}
