//! Part 3C, beyond the lab: the paper's Figure 8, directed step by step.

use raftsim_node::Node;
use raftsim_sim::Failure;

use crate::lab::Lab;
use crate::lab::direct::two_but;

/// How the figure ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// (d): the entry that lay on a majority is overwritten, for it was never committed.
    Overwritten,
    /// (e): an entry of the leader's own term commits it, and nothing can overwrite it any more.
    Committed,
}

/// Ours: Figure 8 with its ending (d), then with (e). All elections are held among three of the
/// five servers, so that all three must agree, and their logs decide who can win: the figure comes
/// out in every run.
///
/// Shows a leader that commits entries of older terms by counting who holds them (§5.4.2), which the
/// lab's own Figure 8 hardly ever does: its servers crash at random. Shows too, in (e), a voter that
/// prefers the longer log to the later term (§5.4.1).
///
/// With a Raft whose leaders begin with an entry of their own the figure does not come about: that
/// entry gets through before S5 is seen to lead, and S3 wins in (c). The trace says how often it did.
pub(crate) fn directed<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for ending in [Ending::Overwritten, Ending::Committed] {
        lab.one_more(5)?;
        if play(lab, ending)? {
            lab.world().mark("the figure came about", None, 0)?;
        } else {
            lab.world().mark("the figure did not come about", None, 0)?;
        }
        lab.start_and_join_all()?;
    }
    lab.one_more(5)?;
    Ok(())
}

/// Plays the figure; its S1 to S5 are whoever comes to take their part. Says whether it came about.
fn play<N: Node>(lab: &mut Lab<N>, ending: Ending) -> Result<bool, Failure> {
    // (a) S1 leads, and replicates an entry to S2 alone.
    let s1 = lab.check_one_leader()?;
    let [s2, others @ ..] = [1, 2, 3, 4].map(|steps| lab.next(s1, steps));
    lab.world().partition(&[&[s1, s2]])?;
    lab.start_any(s1)?;
    let term = lab.latest_term();
    replicate(lab)?;
    lab.world().crash(s1)?;

    // (b) S5 is elected by S3 and S4, and takes other entries in at that place; nobody gets them.
    // More than one, so that this log becomes the longest.
    lab.world().partition(&[&others])?;
    let (s5, term) = lab.elected(&others, term)?;
    lab.world().partition(&[])?;
    for _ in 0..3 {
        lab.start_any(s5)?;
    }
    let pause = lab.choose_millis(0, 50);
    lab.sleep(pause)?;
    lab.world().crash(s5)?;

    // (c) S1 or S2 is elected, for S3's log is shorter, and goes on replicating: now its old entry
    // lies on a majority.
    let [s3, s4] = two_but(others, s5);
    lab.start_server(s1)?;
    lab.world().partition(&[&[s1, s2, s3]])?;
    let (leader, term) = lab.elected(&[s1, s2, s3], term)?;
    if leader == s3 {
        // It has what S5 began its term with.
        return Ok(false);
    }
    replicate(lab)?;
    if ending == Ending::Committed {
        // (e) It replicates an entry of its own term as well, which commits both.
        lab.one_more(3)?;
    }
    lab.world().crash(leader)?;

    // (d) S5 can be elected by S3 and S4, and its entries take the place of that one. (e) It cannot,
    // and S3 is.
    lab.start_server(s5)?;
    lab.world().partition(&[&[s3, s4, s5]])?;
    let (leader, _) = lab.elected(&[s3, s4, s5], term)?;
    lab.one_more(3)?;
    Ok(match ending {
        Ending::Overwritten => leader == s5,
        Ending::Committed => leader == s3,
    })
}

/// Gives a leader the time to replicate what it has: two or three of the lab's heartbeats.
fn replicate<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let pause = lab.choose_millis(250, 350);
    lab.sleep(pause)
}
