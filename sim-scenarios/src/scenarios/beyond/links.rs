//! Part 3B, beyond the lab: links that join only some servers, or carry only one way.
//!
//! The lab cuts a server off from all others or from none. Here every server still reaches somebody.
//! Nothing but safety is asked while that lasts, unless a majority is joined pairwise: a Raft without
//! pre-vote, and one with it too, may fail to elect anyone whom the links would let lead. Once they
//! heal, agreement is due as ever.

use raftsim_node::{Duration, Node, NodeId};
use raftsim_sim::Failure;

use crate::lab::Lab;

/// How often clients try, while links are cut, and how long they wait in between.
const TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_millis(100);

/// Ours: five servers, of whom only one still has links, to all others: it alone reaches a majority.
/// The first time its log is as good as any. The second time it has missed an entry, and the leader,
/// who could bring it, is cut off even from it: now nobody can be elected, or commit anything. Of a
/// Raft with entries of its own that is not asked: one of those may stand behind the last command,
/// committed before the cut.
///
/// Shows a voter that lets a candidate with an older log win because nobody else can: what was
/// committed is lost. Shows too a cluster that does not find together again, when the terms of its
/// servers have run away from each other.
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

/// Whether none of these servers is in a later term than the leader: no votes are on their way.
fn leads_the_latest_term<N: Node>(lab: &Lab<N>, leader: NodeId, among: &[NodeId]) -> bool {
    let term = |node| lab.cluster().status(node).map(|status| status.term);
    among.iter().all(|&other| term(other) <= term(leader))
}

/// Ours: five servers in a chain, each joined with its neighbours alone, the leader anywhere in it.
/// The three in the middle reach a majority, each another; those at the ends hear no leader but one
/// next to them, and depose it again and again.
///
/// Shows a leader that does not give way to a later term: it stays behind for good.
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

/// Ours: what the leader sends arrives, and nothing reaches it, for a moment or for seconds. All
/// followers get its new entry; it cannot know, and must not commit it.
///
/// Shows a leader that takes what it sent for stored, and one that leads on without hearing anybody,
/// though it claims not to. (By the paper it may: its followers hear heartbeats and never stand.)
pub(crate) fn deaf_leader<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for bound in [200, 1000, 3000] {
        lab.one_more(5)?;
        let leader = lab.check_one_leader()?;
        for other in lab.others(leader) {
            lab.world().block(other, leader)?;
        }
        let accepted = lab.start_any(leader)?;
        let pause = lab.choose_millis(bound / 2, bound);
        lab.sleep(pause)?;
        // Who is elected later may well commit it.
        if let Some((index, term)) = accepted
            && !lab.has_moved_on(term)
        {
            lab.check_no_agreement(index)?;
        }
        lab.world().heal()?;
    }
    lab.one_more(5)?;
    Ok(())
}

/// Ours: all that is sent reaches the leader, and nothing that it sends arrives. The others elect
/// one of themselves and agree; the old leader hears of it, and can tell nobody.
///
/// Shows a leader that does not give way to a later term, and one that takes what it sent for
/// stored.
pub(crate) fn mute_leader<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        lab.one_more(5)?;
        let leader = lab.check_one_leader()?;
        let term = lab.latest_term();
        let others = lab.others(leader);
        for &other in &others {
            lab.world().block(leader, other)?;
        }
        lab.start_any(leader)?;
        lab.elected(&others, term)?;
        lab.one_more(4)?;
        lab.world().heal()?;
    }
    lab.one_more(5)?;
    Ok(())
}
