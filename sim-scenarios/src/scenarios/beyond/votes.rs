//! Beyond the lab: votes that are lost in a crash, and votes that arrive twice.

use raftsim_node::{Duration, Node, NodeId, Role, Term};
use raftsim_oracles::LeaderLiveness;
use raftsim_sim::{Cluster, Failure, Leg, LinkSettings, Ratio, Spread};

use crate::lab::{ELECTION_TIMEOUT, Lab};

/// Ours: three servers, and a voter that crashes while it handles a request for its vote: before it
/// does anything, between the vote's write and the answer, or behind both. It starts again at once,
/// and the third server stands in the same term.
///
/// Shows a server that answers before its vote is on disk, or that forgets the vote when it starts:
/// it votes twice in one term, and two servers may lead in it. The voter is the leader of before,
/// which does not stand in that term itself; the two others reach it and not each other, so that
/// each of them needs this one vote.
///
/// A round comes about when both stand and the voter crashes in between; the trace says of each
/// whether it did. With pre-vote none does, and nothing is tested: there a server stands only when a
/// majority would vote for it, and nobody hears the answer in which the voter would say so.
pub(crate) fn crash_between_vote_and_answer<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    const ROUNDS: u32 = 6;
    for round in 1..=ROUNDS {
        let voter = lab.check_one_leader()?;
        let rivals = [1, 2].map(|steps| lab.next(voter, steps));
        let term = lab.latest_term();
        lab.world().partition(&[])?;
        for rival in rivals {
            lab.world().unblock(rival, voter)?;
        }
        let one_stands = lab.until(LeaderLiveness::LIMIT, |cluster| {
            rivals.iter().any(|&it| stands_after(cluster, it, term))
        })?;
        for rival in rivals {
            lab.world().unblock(voter, rival)?;
        }
        // The request is on its way, and mostly the next thing that reaches the voter.
        let after = lab.choose(3);
        lab.world().crash_after(voter, after)?;
        let crashes = lab.until(Duration::from_millis(20), |cluster| !cluster.is_up(voter))?;
        let pause = lab.choose_millis(0, 20);
        lab.sleep(pause)?;
        // One that still runs is crashed first, idle: what was armed does not outlast the round.
        lab.start_server(voter)?;
        // The second rival may be late by as much as election timeouts differ.
        let both_stand = lab.until(LeaderLiveness::LIMIT, |cluster| {
            rivals.iter().all(|&it| is_past(cluster, it, term))
        })?;
        lab.sleep(Duration::from_millis(20))?;
        if one_stands && crashes && both_stand {
            lab.world().mark("the round came about", None, round.into())?;
        } else {
            lab.world().mark("the round did not come about", None, round.into())?;
        }
        lab.world().heal()?;
        lab.one_more(3)?;
    }
    Ok(())
}

/// Whether a server is a candidate, or already more, in a term after this one.
fn stands_after<N: Node>(cluster: &Cluster<N>, node: NodeId, term: Term) -> bool {
    let status = cluster.status(node);
    status.is_some_and(|it| it.term > term && matches!(it.role, Role::Candidate | Role::Leader))
}

/// Whether a server has left this term.
fn is_past<N: Node>(cluster: &Cluster<N>, node: NodeId, term: Term) -> bool {
    cluster.status(node).is_some_and(|status| status.term > term)
}

/// Ours: every message arrives twice, the second time a little later. Three times the leader is cut
/// off, and the other four are joined in pairs: nobody can win.
///
/// Shows a candidate that counts answers and not voters: with its own vote and one that comes twice
/// it has three of five, and each pair elects a leader in the same term. labrpc duplicates nothing,
/// so the lab cannot show it.
pub(crate) fn duplicate_votes<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    const TWICE: Leg =
        Leg { latency: Spread::millis(10), duplicate: Ratio::new(1, 1), ..Leg::RELIABLE };
    let settings = LinkSettings::labrpc(false, false, true);
    lab.world().set_network(LinkSettings { request: TWICE, reply: TWICE, ..settings })?;
    for _ in 0..3 {
        let leader = lab.check_one_leader()?;
        let [one, two, three, four] = [1, 2, 3, 4].map(|steps| lab.next(leader, steps));
        lab.world().partition(&[&[one, two], &[three, four]])?;
        lab.check_none_elected(ELECTION_TIMEOUT * 2)?;
        lab.world().heal()?;
    }
    lab.check_one_leader()?;
    Ok(())
}
