//! Part 3A: leader election, and two scenarios that the lab lacks.

use raftsim_node::{Duration, Node, NodeId};
use raftsim_sim::{Fact, Failure, property};

use crate::lab::Lab;

/// Mirrors `TestInitialElection3A`: a leader is elected, and while nothing fails the servers stay
/// in one term with a leader.
pub(crate) fn initial_election<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    lab.check_one_leader()?;
    // Servers that learn of the election late have this time to do so.
    lab.sleep(Duration::from_millis(50))?;
    let term = lab.check_terms()?;
    if term < 1 {
        let rule = Fact::new("an election raises the term to 1 or more");
        let facts = [rule, Fact::new(format!("it is {term}"))];
        return Err(lab.missed(property::CHECK_TERMS, facts));
    }
    lab.sleep(lab.election_timeout() * 2)?;
    // The Go test only warns if the term changed although nothing failed.
    lab.check_terms()?;
    lab.check_one_leader()?;
    Ok(())
}

/// Mirrors `TestReElection3A`: a new leader is elected when the old one is cut off; the return of
/// the old one does no harm; without a majority there is no leader; with a majority there is one
/// again.
pub(crate) fn reelection<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let first = lab.check_one_leader()?;
    lab.disconnect(first)?;
    lab.check_one_leader()?;
    lab.connect(first)?;
    let second = lab.check_one_leader()?;
    // One more than may be missing: the leader and, of three servers, the one after it.
    let cut: Vec<NodeId> = (0..=lab.spare()).map(|steps| lab.next(second, steps)).collect();
    let (&last, others) = cut.split_last().expect("one server is enough");
    cut.iter().try_for_each(|&node| lab.disconnect(node))?;
    lab.sleep(lab.election_timeout() * 2)?;
    lab.check_no_leader()?;
    lab.connect(last)?;
    lab.check_one_leader()?;
    others.iter().try_for_each(|&node| lab.connect(node))?;
    lab.check_one_leader()?;
    Ok(())
}

/// Mirrors `TestManyElections3A`: nine times random servers are cut off, three of seven (some perhaps
/// twice); the rest have a leader.
pub(crate) fn many_elections<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    lab.check_one_leader()?;
    for _ in 1..10 {
        let first = lab.cluster().ids().next().expect("there are servers");
        let drawn: Vec<usize> = (0..lab.spare()).map(|_| lab.choose_steps()).collect();
        let cut: Vec<NodeId> = drawn.into_iter().map(|steps| lab.next(first, steps)).collect();
        cut.iter().try_for_each(|&node| lab.disconnect(node))?;
        lab.check_one_leader()?;
        cut.iter().try_for_each(|&node| lab.connect(node))?;
    }
    lab.check_one_leader()?;
    Ok(())
}

/// Ours: every server is cut off from every other, three times, each time at another point between
/// two heartbeats. Within the bound that the node claims, no server may call itself leader any
/// more. The lab only asks connected servers.
///
/// Shows a leader that never steps down. The lab's polls show that only if the stale leader happens
/// to be the one server that is asked.
pub(crate) fn no_leader_without_majority<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        lab.check_one_leader()?;
        let moment = lab.choose(100);
        lab.sleep(Duration::from_millis(u64::from(moment)))?;
        lab.world().partition(&[])?;
        let claims = lab.cluster().ids().map(|node| lab.cluster().claims(node).steps_down_within);
        let bound = claims.flatten().max().expect("the scenario is skipped without a claim");
        // Messages that were under way when the links were cut still arrive, and count as contact.
        lab.sleep(bound + Duration::from_millis(1))?;
        for node in lab.cluster().ids() {
            let Some(status) = lab.cluster().status(node).filter(raftsim_node::Status::is_leader)
            else {
                continue;
            };
            let facts = [
                format!("{node}, cut off, claims to step down within {bound}"),
                format!("it still leads in term {}", status.term),
            ];
            let facts = facts.map(|text| Fact::new(text).by(node));
            let now = lab.cluster().now();
            return Err(Failure::violation(property::LEADER_HAS_MAJORITY, now, facts));
        }
        lab.world().mark("no leader anywhere", None, 0)?;
        lab.world().heal()?;
    }
    // Long enough for the oracle that demands a leader within five seconds, or the node's bound.
    lab.sleep(lab.pace().bound() + Duration::from_millis(1))?;
    lab.check_one_leader()?;
    Ok(())
}

/// Ours: the first leader is cut off, then the second. The third server campaigns alone for a
/// second. Then both old leaders come back for about one heartbeat, so that they learn of its term.
/// At last the third server is cut off, and the two old leaders must elect one of themselves.
///
/// Shows a deposed leader whose election timer is not started again.
pub(crate) fn stale_leaders_return<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let first = lab.check_one_leader()?;
    lab.disconnect(first)?;
    let second = lab.check_one_leader()?;
    lab.disconnect(second)?;
    lab.sleep(Duration::from_secs(1))?;
    let third = lab.the_other(first, second);
    lab.connect(first)?;
    lab.connect(second)?;
    // The lab allows ten heartbeats a second, so that there is one in every 100 ms.
    let heartbeat = 90 + lab.choose(31);
    lab.sleep(Duration::from_millis(u64::from(heartbeat)))?;
    lab.disconnect(third)?;
    lab.check_one_leader()?;
    Ok(())
}
