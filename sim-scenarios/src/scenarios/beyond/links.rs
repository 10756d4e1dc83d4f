//! Part 3B, beyond the lab: links that join only some servers, or carry messages only one way.
//!
//! The lab cuts a server off from all others or from none. Here every server still reaches some
//! other. While that lasts only safety is demanded, unless a majority is joined pairwise: a Raft,
//! with or without pre-vote, may fail to elect a server that the links would let lead. Once the
//! links are mended, agreement is demanded as always.

use raftsim_node::{Duration, Node, NodeId};
use raftsim_sim::Failure;

use crate::lab::Lab;

/// How often clients propose while links are cut, and how long they wait in between.
const TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_millis(100);

/// Ours: of five servers only one still has links, to all others: it alone reaches a majority. The
/// first time its log is as good as any. The second time it has missed an entry, and it is cut off
/// from the leader, which could send it: now no server can be elected, or commit anything. The
/// second part is not demanded of a Raft that adds entries of its own: such an entry may follow the
/// last command and be committed before the cut.
///
/// Shows a voter that lets a candidate with an older log win, so that a committed entry is lost.
/// Also shows a cluster whose servers do not agree on a leader again after their terms have drifted
/// far apart.
pub(crate) fn quorum_loss<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for is_behind in [false, true] {
        lab.one_more(5)?;
        let leader = lab.check_one_leader()?;
        let steps = 1 + lab.choose(4) as usize;
        let hub = lab.next(leader, steps);
        let others = lab.others(hub);
        if is_behind {
            lab.world().partition(&[&others])?;
        }
        let last = lab.one_more(if is_behind { 4 } else { 5 })?;
        let leader = lab.check_one_leader()?;
        let is_settled = leads_the_latest_term(lab, leader, &others);
        lab.world().partition(&[])?;
        for &other in others.iter().filter(|&&other| !is_behind || other != leader) {
            lab.join(hub, other)?;
        }
        propose_to_all(lab)?;
        if is_behind && is_settled && !lab.has_own_entries() {
            lab.check_no_agreement(last + 1)?;
        }
        lab.world().heal()?;
    }
    lab.one_more(5)?;
    Ok(())
}

/// Whether none of these servers is in a later term than the leader, so that no votes are under
/// way.
fn leads_the_latest_term<N: Node>(lab: &Lab<N>, leader: NodeId, among: &[NodeId]) -> bool {
    let term = |node| lab.cluster().status(node).map(|status| status.term);
    among.iter().all(|&other| term(other) <= term(leader))
}

/// Ours: five servers in a chain, each joined only with its neighbours; the leader is anywhere in
/// it. Each of the three in the middle reaches a majority, each a different one. A server at an end
/// hears only a leader that is its neighbour; otherwise it campaigns, and deposes the leader again
/// and again.
///
/// Shows a leader that does not give way to a later term, and so never catches up.
pub(crate) fn chain<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        lab.one_more(5)?;
        let leader = lab.check_one_leader()?;
        let place = lab.choose(5) as usize;
        lab.world().partition(&[])?;
        for link in 0..4 {
            lab.join(lab.next(leader, place + link), lab.next(leader, place + link + 1))?;
        }
        propose_to_all(lab)?;
        lab.world().heal()?;
    }
    lab.one_more(5)?;
    Ok(())
}

/// Clients propose to every server, again and again.
fn propose_to_all<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..TRIES {
        for node in lab.ids() {
            lab.start_any(node)?;
        }
        lab.sleep(PAUSE)?;
    }
    Ok(())
}

/// Ours: the leader's messages arrive, but no message reaches it, for a moment or for seconds. All
/// followers get its new entry; the leader cannot know that, and must not commit it.
///
/// Shows a leader that takes an entry for stored once it has sent it, and one that goes on leading
/// without hearing any server, although it claims not to. (The paper allows it: the followers hear
/// heartbeats and never stand for election.)
pub(crate) fn deaf_leader<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for bound in [200, 1000, 3000] {
        lab.one_more(lab.size())?;
        let leader = lab.check_one_leader()?;
        for other in lab.others(leader) {
            lab.world().block(other, leader)?;
        }
        let accepted = lab.start_any(leader)?;
        let pause = lab.choose_millis(bound / 2, bound);
        lab.sleep(pause)?;
        // A leader that is elected later may commit it.
        if let Some((index, term)) = accepted
            && !lab.has_moved_on(term)
        {
            lab.check_no_agreement(index)?;
        }
        lab.world().heal()?;
    }
    lab.one_more(lab.size())?;
    Ok(())
}

/// Ours: all messages to the leader arrive, but none that it sends does. The others elect one of
/// themselves and agree. The old leader hears of it, but cannot answer.
///
/// Shows a leader that does not give way to a later term, and one that takes an entry for stored
/// once it has sent it.
pub(crate) fn mute_leader<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        lab.one_more(lab.size())?;
        let leader = lab.check_one_leader()?;
        let term = lab.latest_term();
        let others = lab.others(leader);
        for &other in &others {
            lab.world().block(leader, other)?;
        }
        lab.start_any(leader)?;
        lab.elected(&others, term)?;
        lab.one_more(lab.size() - 1)?;
        lab.world().heal()?;
    }
    lab.one_more(lab.size())?;
    Ok(())
}
