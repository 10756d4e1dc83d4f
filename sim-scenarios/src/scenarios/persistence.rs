//! Part 3C: crashes and restarts, the paper's Figure 8, and networks that lose and reorder.

use raftsim_node::{Duration, Node, NodeId};
use raftsim_sim::Failure;

use crate::lab::{Lab, number};

/// How often a leader takes a command and then crashes or is cut off.
const FIGURE_8_ROUNDS: u32 = 1000;

/// Mirrors `TestPersist13C`: all crash, a leader crashes, a follower crashes.
///
/// A server is shut down before its restart, as in 2025 and 2026; in 2020 it was only disconnected.
pub(crate) fn persist1<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let all = lab.size();
    lab.one(number(11), all, true)?;
    lab.restart_all()?;
    lab.one(number(12), all, true)?;
    let first = lab.check_one_leader()?;
    lab.crash(first)?;
    lab.restart(first)?;
    lab.one(number(13), all, true)?;
    let second = lab.check_one_leader()?;
    lab.crash(second)?;
    lab.one(number(14), all - 1, true)?;
    lab.restart(second)?;
    // The restarted server must have caught up before another one crashes.
    lab.wait(lab.index_of_command(4), all, None)?;
    let leader = lab.check_one_leader()?;
    let follower = lab.next(leader, 1);
    lab.crash(follower)?;
    lab.one(number(15), all - 1, true)?;
    lab.restart(follower)?;
    lab.one(number(16), all, true)?;
    Ok(())
}

/// Mirrors `TestPersist23C`: five rounds of crashes, so that every server misses some entries.
pub(crate) fn persist2<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let mut command = 11..;
    let mut next = move || number(command.next().expect("the range has no end"));
    for _ in 0..5 {
        lab.one(next(), 5, true)?;
        let leader = lab.check_one_leader()?;
        let [zero, one, two, three, four] = [0, 1, 2, 3, 4].map(|steps| lab.next(leader, steps));
        lab.crash(one)?;
        lab.crash(two)?;
        lab.one(next(), 3, true)?;
        lab.crash(zero)?;
        lab.crash(three)?;
        lab.crash(four)?;
        lab.restart(one)?;
        lab.restart(two)?;
        lab.sleep(lab.election_timeout())?;
        lab.restart(three)?;
        lab.one(next(), 3, true)?;
        lab.restart(four)?;
        lab.restart(zero)?;
    }
    lab.one(number(1000), 5, true)?;
    Ok(())
}

/// Mirrors `TestPersist33C`: leader and follower crash while the third server is cut off. The third
/// and the restarted leader must not lose the entries on which the two had agreed.
pub(crate) fn persist3<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    lab.one(number(101), 3, true)?;
    let leader = lab.check_one_leader()?;
    let [follower, third] = [1, 2].map(|steps| lab.next(leader, steps));
    lab.disconnect(third)?;
    lab.one(number(102), 2, true)?;
    lab.crash(leader)?;
    lab.crash(follower)?;
    lab.connect(third)?;
    lab.restart(leader)?;
    lab.one(number(103), 2, true)?;
    lab.restart(follower)?;
    lab.one(number(104), 3, true)?;
    Ok(())
}

/// Mirrors `TestFigure83C`: a thousand times a leader takes a command and crashes at once, often
/// before it could replicate it, so that majorities come to have entries of old terms (§5.4.2).
pub(crate) fn figure_8<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    lab.one_more(1)?;
    let (servers, majority): (Vec<NodeId>, _) = (lab.ids().collect(), lab.cluster().majority());
    for _ in 0..FIGURE_8_ROUNDS {
        let mut leader = None;
        for &node in &servers {
            if lab.cluster().is_up(node) {
                let command = lab.any_command();
                leader = lab.start(node, command)?.map(|_| node).or(leader);
            }
        }
        figure_8_sleep(lab)?;
        if let Some(leader) = leader {
            lab.crash(leader)?;
        }
        if servers.iter().filter(|&&node| lab.cluster().is_up(node)).count() < majority {
            let node = servers[lab.choose_steps()];
            if !lab.cluster().is_up(node) {
                lab.restart(node)?;
            }
        }
    }
    for node in servers {
        if !lab.cluster().is_up(node) {
            lab.restart(node)?;
        }
    }
    lab.one_more(lab.size())?;
    Ok(())
}

/// Mirrors `TestFigure8Unreliable3C`: the same, but leaders are cut off instead of crashed. The
/// network loses messages, and after a fifth of the rounds it also delays most replies by up to 2.2
/// s. The last agreement must be reached on that network.
pub(crate) fn figure_8_unreliable<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    const REORDERING_FROM: u32 = 200;
    let command = lab.any_command_below(10_000);
    lab.one(command, 1, true)?;
    let (servers, majority): (Vec<NodeId>, _) = (lab.ids().collect(), lab.cluster().majority());
    for round in 0..FIGURE_8_ROUNDS {
        if round == REORDERING_FROM {
            lab.set_network(true, true)?;
        }
        let mut leader = None;
        for &node in &servers {
            let command = lab.any_command_below(10_000);
            // A server that is cut off may accept, too.
            let accepted = lab.start(node, command)?;
            leader = accepted.filter(|_| lab.cluster().is_connected(node)).map(|_| node).or(leader);
        }
        figure_8_sleep(lab)?;
        if let Some(leader) = leader
            && lab.choose(1000) < 500
        {
            lab.disconnect(leader)?;
        }
        if servers.iter().filter(|&&node| lab.cluster().is_connected(node)).count() < majority {
            let node = servers[lab.choose_steps()];
            if !lab.cluster().is_connected(node) {
                lab.connect(node)?;
            }
        }
    }
    for node in servers {
        if !lab.cluster().is_connected(node) {
            lab.connect(node)?;
        }
    }
    let command = lab.any_command_below(10_000);
    lab.one(command, lab.size(), true)?;
    Ok(())
}

/// Ends a round: one in ten lasts up to half an election timeout, the others up to 12 ms.
fn figure_8_sleep<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let most = if lab.choose(1000) < 100 { 500 } else { 13 };
    let millis = lab.choose(most);
    lab.sleep(Duration::from_millis(u64::from(millis)))
}

/// Mirrors `TestUnreliableAgree3C`: commands five at a time on a network that loses messages.
pub(crate) fn unreliable_agree<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let mut beside = vec![];
    for round in 1..50 {
        for place in 0..4 {
            beside.push(lab.spawn_one(number(100 * round + place), 1, true)?);
        }
        lab.one(number(round), 1, true)?;
    }
    lab.set_network(false, false)?;
    for client in beside {
        lab.join_one(client)?;
    }
    lab.one(number(100), lab.size(), true)?;
    Ok(())
}
