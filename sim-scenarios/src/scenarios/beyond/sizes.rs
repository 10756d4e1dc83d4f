//! Beyond the lab: clusters of an even number of servers, and of one server. The lab's clusters
//! have three, five or seven.

use raftsim_node::{Node, NodeId};
use raftsim_sim::{Fact, Failure, property};

use crate::lab::Lab;

/// Ours: agreement among an even number of servers; none in either half when they are cut in two,
/// and none when half of them crash.
///
/// Shows a Raft that takes half of the servers for a majority, as `(n + 1) / 2` does if the number
/// is even: both halves elect a leader, and commit.
pub(crate) fn even<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let servers = lab.cluster().size();
    let half = servers / 2;
    for crashes in [false, true, false] {
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
        if crashes {
            lab.others(leader)[..half].iter().try_for_each(|&node| lab.crash(node))?;
        } else {
            lab.world().partition(&[with, without])?;
        }
        let accepted = lab.start_any(leader)?;
        lab.check_none_elected(lab.election_timeout() * 2)?;
        if let Some((index, _)) = accepted {
            lab.check_no_agreement(index)?;
        }
        lab.start_and_join_all()?;
    }
    lab.one_more(servers)?;
    Ok(())
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
