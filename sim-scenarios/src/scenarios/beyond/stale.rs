//! Beyond the lab: messages and answers from an earlier term, which are no longer true.

use raftsim_node::{Duration, Node, NodeId, Role, Term};
use raftsim_sim::{Cluster, Fact, Failure, LinkSettings, Rate, Spread, property};

use crate::lab::Lab;
use crate::lab::applied::SNAPSHOT_INTERVAL;
use crate::lab::direct::{is_in, term_of, two_but};

/// The rate of a clock that almost stops.
const STANDSTILL: Rate = Rate::new(1, 1000);

/// Ours: all servers are cut off from each other until the followers are in later terms than the
/// leader. Then the followers are joined again. The old leader's messages reach both, but no
/// message reaches it.
///
/// Shows a follower whose election timer is reset by a leader of an earlier term: it does not stand
/// for election while that leader sends heartbeats.
///
/// A leader that steps down without a majority sends no heartbeats, and disturbs the others as a
/// candidate: nothing is demanded of such a Raft.
pub(crate) fn stale_heartbeats<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        let old = lab.check_one_leader()?;
        let others = lab.others(old);
        lab.world().partition(&[])?;
        let pause = lab.choose_millis(1000, 3000);
        lab.sleep(lab.pace().stretch(pause))?;
        let term = term_of(lab.cluster(), old);
        let is_stale = |cluster: &Cluster<N>| {
            let later = others.iter().all(|&other| term_of(cluster, other) > term);
            later && is_in(cluster, old, Role::Leader, term)
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
            if !lab.until(lab.patience(), is_over)? {
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

/// Ours: a server campaigns alone until it is in a later term than the leader. Then its clock
/// almost stops: it campaigns no more, and only answers. It and the leader must agree without the
/// third server.
///
/// Shows a leader that adopts a later term from requests but not from replies: it never learns the
/// term in which it could win the other's vote.
///
/// With pre-vote no server reaches a later term alone, and the leader goes on leading. A Raft that
/// drops messages of earlier terms unanswered cannot pass, and need not: it does not claim to
/// answer.
pub(crate) fn later_term_in_replies<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        lab.one_more(3)?;
        let leader = lab.check_one_leader()?;
        let steps = 1 + lab.choose(2) as usize;
        let ahead = lab.next(leader, steps);
        let other = lab.the_other(leader, ahead);
        lab.disconnect(ahead)?;
        let pause = lab.choose_millis(1000, 3000);
        lab.sleep(lab.pace().stretch(pause))?;
        lab.world().set_clock_rate(ahead, STANDSTILL)?;
        lab.disconnect(other)?;
        lab.connect(ahead)?;
        let [own, later] = [leader, ahead].map(|node| term_of(lab.cluster(), node));
        if later > own {
            // The other may lead too, by a request for votes that it sent before its clock stood.
            lab.elected(&[leader, ahead], own)?;
        }
        // What else it does by its clock, such as to apply entries, must not be delayed.
        lab.world().set_clock_rate(ahead, Rate::TRUE)?;
        lab.one_more(2)?;
        lab.connect(other)?;
    }
    lab.one_more(3)?;
    Ok(())
}

/// Ours: two servers stand for election alone until both have left the leader's term, then the one
/// whose log is behind until it is in a later term than the other. The other one's clock almost
/// stops: it stands for election no more, and only answers. Now the two are joined, and the other
/// must enter the later term.
///
/// Shows a server that does not adopt the term of a candidate that it does not vote for. The two
/// may then ask each other in turn for long, and neither is elected.
///
/// With pre-vote no server reaches a later term alone, and nothing is demanded.
pub(crate) fn later_term_in_requests<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        lab.one_more(3)?;
        let leader = lab.check_one_leader()?;
        let steps = 1 + lab.choose(2) as usize;
        let behind = lab.next(leader, steps);
        let other = lab.the_other(leader, behind);
        lab.disconnect(behind)?;
        lab.one_more(2)?;
        lab.disconnect(leader)?;
        let pair = [behind, other];
        let before = pair.map(|node| term_of(lab.cluster(), node));
        let pause = lab.choose_millis(1000, 3000);
        lab.sleep(lab.pace().stretch(pause))?;
        let now = pair.map(|node| term_of(lab.cluster(), node));
        let mut came_about = now[0] > before[0] && now[1] > before[1];
        if came_about {
            lab.world().set_clock_rate(other, STANDSTILL)?;
            let is_later = |cluster: &Cluster<N>| term_of(cluster, behind) > now[1];
            came_about = lab.until(lab.patience(), is_later)?;
            let later = term_of(lab.cluster(), behind);
            lab.connect(behind)?;
            let adopts = |cluster: &Cluster<N>| term_of(cluster, other) >= later;
            if came_about && !lab.until(lab.patience(), adopts)? {
                return Err(not_adopted(lab.cluster(), behind, other, later));
            }
            lab.world().set_clock_rate(other, Rate::TRUE)?;
        }
        let mark = if came_about { "the round came about" } else { "the round did not come about" };
        let term = term_of(lab.cluster(), behind);
        lab.world().mark(mark, Some(behind), term)?;
        lab.connect(behind)?;
        lab.connect(leader)?;
    }
    lab.one_more(3)?;
    Ok(())
}

/// The failure that `other` has not entered the term of `behind`, the `later` one.
fn not_adopted<N: Node>(
    cluster: &Cluster<N>,
    behind: NodeId,
    other: NodeId,
    later: Term,
) -> Failure {
    let own = term_of(cluster, other);
    let facts = [
        Fact::new(format!("{behind} asks {other} for its vote in term {later}, or a later one"))
            .by(behind),
        Fact::new(format!("{other} is still in term {own}")).by(other),
    ];
    Failure::violation(property::LATER_TERM_ADOPTED, cluster.now(), facts)
}

/// Ours: a follower takes entries from a leader, and its answers are under way for seconds.
/// Meanwhile others elect another leader, which overwrites the old one's log. Then the old one
/// leads again, with new entries in place of those, which one more server has. Now the answers
/// arrive.
///
/// Shows a leader that counts an answer to a request of an earlier term: it believes that the
/// follower has entries which it never got, and commits with two of five servers.
///
/// A round comes about if the old leader is elected again in time; a mark in the trace shows
/// whether it did.
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
        lab.sleep(lab.pace().stretch(pause))?;
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

/// How many entries the late answers of [`old_answers`] acknowledge: more than the new entries in
/// their place.
const ENTRIES: u32 = 12;

/// How long those answers are under way.
const TRAVELS: Duration = Duration::from_secs(8);

/// Ours: a leader and one follower, which are cut off, take many entries. The others commit fewer
/// entries at the same indexes, and compact them. The follower comes back to them, and gets a
/// snapshot that ends amid its log. The old leader keeps its log meanwhile.
///
/// Shows a follower that keeps the later entries of its log although they do not follow the
/// snapshot's last entry: its log is then none that any leader had.
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
        lab.sleep(lab.pace().stretch(pause))?;
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
