//! Beyond the lab: votes that are lost in a crash, and votes that arrive twice.

use raftsim_node::{Duration, Node, NodeId, Role, Term};
use raftsim_sim::{Cluster, Failure, Leg, LinkSettings, Ratio, Spread};

use crate::lab::Lab;

/// Ours: one of three servers crashes while it handles a request for its vote: before it does
/// anything, between the write of its vote and the answer, or after both. It restarts at once, and
/// the third server stands for election in the same term.
///
/// Shows a server that answers before its vote is on disk, or that forgets its vote when it starts:
/// it votes twice in one term, and two servers may lead in it. The voter is the old leader, which
/// does not stand in that term itself. The two others reach it but not each other, so that each of
/// them needs this one vote.
///
/// A round comes about if both stand and the voter crashes in between; a mark in the trace shows
/// for each round whether it did. With pre-vote none does, and nothing is tested: there a server
/// stands only if a majority would vote for it, and the voter's answer to that question does not
/// arrive.
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
        let one_stands = lab.until(lab.pace().bound(), |cluster| {
            rivals.iter().any(|&it| stands_after(cluster, it, term))
        })?;
        for rival in rivals {
            lab.world().unblock(voter, rival)?;
        }
        // The request is under way, and is mostly the next message that reaches the voter.
        let after = lab.choose(3);
        lab.world().crash_after(voter, after)?;
        let crashes = lab.until(Duration::from_millis(20), |cluster| !cluster.is_up(voter))?;
        let pause = lab.choose_millis(0, 20);
        lab.sleep(pause)?;
        // A voter that is still up has nothing to do: this crashes it before it starts it, so that
        // the crash that was ordered above does not come in a later round.
        lab.start_server(voter)?;
        // The second candidate may be later by as much as election timeouts differ.
        let both_stand = lab.until(lab.pace().bound(), |cluster| {
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

/// Whether a server is a candidate or leader in a term later than `term`.
fn stands_after<N: Node>(cluster: &Cluster<N>, node: NodeId, term: Term) -> bool {
    let status = cluster.status(node);
    status.is_some_and(|it| it.term > term && matches!(it.role, Role::Candidate | Role::Leader))
}

/// Whether a server is in a term later than `term`.
fn is_past<N: Node>(cluster: &Cluster<N>, node: NodeId, term: Term) -> bool {
    cluster.status(node).is_some_and(|status| status.term > term)
}

/// Ours: every message arrives twice, the second time a little later. Three times the leader is cut
/// off, and the other four are joined in pairs, so that no server can win.
///
/// Shows a candidate that counts answers instead of voters: with its own vote and another that
/// arrives twice it counts three of five, and each pair elects a leader in the same term. labrpc
/// never duplicates a message, so the lab cannot show this.
pub(crate) fn duplicate_votes<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    const TWICE: Leg =
        Leg { latency: Spread::millis(10), duplicate: Ratio::new(1, 1), ..Leg::RELIABLE };
    let settings = LinkSettings::labrpc(false, false, true);
    lab.world().set_network(LinkSettings { request: TWICE, reply: TWICE, ..settings })?;
    for _ in 0..3 {
        let leader = lab.check_one_leader()?;
        let [one, two, three, four] = [1, 2, 3, 4].map(|steps| lab.next(leader, steps));
        lab.world().partition(&[&[one, two], &[three, four]])?;
        lab.check_none_elected(lab.election_timeout() * 2)?;
        lab.world().heal()?;
    }
    lab.check_one_leader()?;
    Ok(())
}
