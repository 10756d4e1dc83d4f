//! Beyond the lab: what comes from an earlier term, and is no longer true.

use raftsim_node::{Duration, Node, NodeId, Term};
use raftsim_sim::{Cluster, Failure, LinkSettings, Rate, Spread};

use crate::lab::Lab;
use crate::lab::applied::SNAPSHOT_INTERVAL;
use crate::lab::direct::{PATIENCE, two_but};

/// Ours: all are cut off from all, until the followers have come to later terms than the leader's.
/// Then they are joined again; the old leader is heard by both, and hears nobody.
///
/// Shows a follower whose election timer is reset by a leader of an earlier term: nobody stands as
/// long as that one sends heartbeats.
///
/// A leader that steps down without a majority sends none, and disturbs the others as a candidate:
/// nothing is asked of such a Raft.
pub(crate) fn stale_heartbeats<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        let old = lab.check_one_leader()?;
        let others = lab.others(old);
        lab.world().partition(&[])?;
        let pause = lab.choose_millis(1000, 3000);
        lab.sleep(pause)?;
        let term = term_of(lab.cluster(), old);
        let is_stale = |cluster: &Cluster<N>| {
            let later = others.iter().all(|&other| term_of(cluster, other) > term);
            later && leads_in(cluster, old, term)
        };
        if is_stale(lab.cluster()) {
            lab.join(others[0], others[1])?;
            for &other in &others {
                lab.world().unblock(old, other)?;
            }
            let is_over = |cluster: &Cluster<N>| {
                let statuses = others.iter().filter_map(|&other| cluster.status(other));
                !is_stale(cluster) || statuses.into_iter().any(|status| status.is_leader())
            };
            if !lab.until(PATIENCE, is_over)? {
                return Err(lab.none_elected(&others, term));
            }
        }
        if is_stale(lab.cluster()) {
            lab.world().mark("the round came about", None, term)?;
        } else {
            lab.world().mark("the round did not come about", None, term)?;
        }
        lab.world().heal()?;
    }
    lab.check_one_leader().map(drop)
}

/// Ours: a server stands alone until it is in a later term than the leader, and then its clock all but
/// stops: it stands no more, and only answers. The leader has to get on with it alone.
///
/// Shows a leader that takes a later term from requests and not from replies: it never hears of the
/// term in which it could win that vote.
///
/// With pre-vote no server comes to a later term by itself, and the leader leads on.
pub(crate) fn later_term_in_replies<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    const STANDSTILL: Rate = Rate::new(1, 1000);
    for _ in 0..3 {
        lab.one_more(3)?;
        let leader = lab.check_one_leader()?;
        let steps = 1 + lab.choose(2) as usize;
        let ahead = lab.next(leader, steps);
        let other = lab.the_other(leader, ahead);
        lab.disconnect(ahead)?;
        let pause = lab.choose_millis(1000, 3000);
        lab.sleep(pause)?;
        lab.world().set_clock_rate(ahead, STANDSTILL)?;
        lab.disconnect(other)?;
        lab.connect(ahead)?;
        let [own, later] = [leader, ahead].map(|node| term_of(lab.cluster(), node));
        if later > own {
            lab.elected(&[leader], later)?;
        }
        // What it does by its clock beside elections, as to apply, is not to suffer.
        lab.world().set_clock_rate(ahead, Rate::TRUE)?;
        lab.one_more(2)?;
        lab.connect(other)?;
    }
    lab.one_more(3)?;
    Ok(())
}

/// Ours: a follower takes entries from a leader, and its answers travel for seconds. Meanwhile others
/// elect another leader, which overwrites the old one's log; then the old one leads again, with new
/// entries in place of those, and one more server to hold them. Now the answers arrive.
///
/// Shows a leader that counts an answer to a request of an earlier term: it says of that follower
/// that it holds what it never saw, and commits with two of five.
///
/// A round comes about when the old leader is elected again in time; the trace says whether it did.
pub(crate) fn old_answers<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        lab.one_more(5)?;
        let old = lab.check_one_leader()?;
        let [late, others @ ..] = [1, 2, 3, 4].map(|steps| lab.next(old, steps));
        let term = lab.latest_term();
        let reliable = LinkSettings::labrpc(false, false, true);
        let mut slow = reliable;
        slow.reply.latency = Spread::fixed(TRAVELS);
        lab.world().set_link(late, old, slow)?;
        lab.world().partition(&[&[old, late]])?;
        for _ in 0..ENTRIES {
            lab.start_any(old)?;
        }
        let pause = lab.choose_millis(250, 350);
        lab.sleep(pause)?;
        let arrives = lab.cluster().now() + TRAVELS;
        lab.world().set_link(late, old, reliable)?;
        lab.disconnect(late)?;
        lab.disconnect(old)?;

        lab.world().partition(&[&others])?;
        let (new, term) = lab.elected(&others, term)?;
        lab.connect(old)?;
        lab.one_more(4)?;

        lab.disconnect(new)?;
        lab.world().expire(old)?;
        let [helper, spare] = two_but(others, new);
        let (leader, _) = lab.elected(&[old, helper, spare], term)?;
        if leader == old && lab.cluster().now() < arrives {
            lab.disconnect(spare)?;
            let accepted = lab.start_any(old)?;
            lab.sleep(arrives.since(lab.cluster().now()))?;
            if let Some((index, _)) = accepted {
                lab.check_no_agreement(index)?;
            }
            lab.world().mark("the round came about", None, term)?;
        } else {
            lab.world().mark("the round did not come about", None, term)?;
        }
        lab.world().heal()?;
    }
    lab.one_more(5)?;
    Ok(())
}

/// How many entries the answers of [`old_answers`] are about: more than come in their place.
const ENTRIES: u32 = 12;

/// How long those answers travel.
const TRAVELS: Duration = Duration::from_secs(8);

/// Ours: a leader and one follower, cut off, take many entries; the others commit fewer in their
/// places, and compact them. The follower comes back to them, and gets a snapshot that ends amid
/// its log. The old leader keeps that log meanwhile.
///
/// Shows a follower that keeps what stands behind the snapshot in its log, though that does not follow
/// the snapshot's last entry: its log agrees with no history that there was.
pub(crate) fn snapshot_over_conflict<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        lab.one_more(5)?;
        let old = lab.check_one_leader()?;
        let [follower, others @ ..] = [1, 2, 3, 4].map(|steps| lab.next(old, steps));
        let term = lab.latest_term();
        lab.world().partition(&[&[old, follower]])?;
        for _ in 0..3 * SNAPSHOT_INTERVAL {
            lab.start_any(old)?;
        }
        let pause = lab.choose_millis(250, 350);
        lab.sleep(pause)?;
        lab.disconnect(old)?;
        lab.disconnect(follower)?;

        lab.world().partition(&[&others])?;
        lab.elected(&others, term)?;
        for _ in 0..=SNAPSHOT_INTERVAL + lab.choose(SNAPSHOT_INTERVAL) {
            lab.one_more(3)?;
        }
        lab.connect(follower)?;
        lab.one_more(4)?;
        lab.connect(old)?;
    }
    lab.one_more(5)?;
    Ok(())
}

fn term_of<N: Node>(cluster: &Cluster<N>, node: NodeId) -> Term {
    cluster.status(node).map_or(0, |status| status.term)
}

fn leads_in<N: Node>(cluster: &Cluster<N>, node: NodeId, term: Term) -> bool {
    cluster.status(node).is_some_and(|status| status.is_leader() && status.term == term)
}
