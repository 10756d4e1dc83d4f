//! Part 3C, beyond the lab: the paper's Figure 8, forced step by step.

use raftsim_node::Node;
use raftsim_sim::Failure;

use crate::lab::Lab;
use crate::lab::direct::two_but;

/// How the figure ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// (d): the entry that a majority had is overwritten, for it was never committed.
    Overwritten,
    /// (e): an entry of the leader's own term commits it, so that nothing can overwrite it any
    /// more.
    Committed,
}

/// Ours: Figure 8 with its ending (d), then with (e). In each election only three of the five
/// servers are joined, so that all three must agree, and their logs decide which of them can win.
/// So the figure comes about in every run.
///
/// Shows a leader that commits entries of older terms by counting the servers that have them
/// (§5.4.2). The lab's own Figure 8 hardly ever shows that, because its servers crash at random. In
/// (e) it also shows a voter that prefers the longer log to the later term (§5.4.1).
///
/// With a Raft whose leaders begin with an entry of their own the figure does not come about: S5's
/// entry arrives before S5 is seen to lead, and S3 wins in (c). The trace has a mark for each time
/// that the figure came about.
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

/// Plays the figure. Which servers are its S1 to S5 is decided as the run goes. Returns whether the
/// figure came about.
fn play<N: Node>(lab: &mut Lab<N>, ending: Ending) -> Result<bool, Failure> {
    // (a) S1 leads, and replicates an entry to S2 alone.
    let s1 = lab.check_one_leader()?;
    let [s2, others @ ..] = [1, 2, 3, 4].map(|steps| lab.next(s1, steps));
    lab.world().partition(&[&[s1, s2]])?;
    lab.start_any(s1)?;
    let term = lab.latest_term();
    replicate(lab)?;
    lab.world().crash(s1)?;

    // (b) S5 is elected by S3 and S4, and takes other entries at that index, which no other server
    // gets. There are several, so that this log becomes the longest.
    lab.world().partition(&[&others])?;
    let (s5, term) = lab.elected(&others, term)?;
    lab.world().partition(&[])?;
    for _ in 0..3 {
        lab.start_any(s5)?;
    }
    let pause = lab.choose_millis(0, 50);
    lab.sleep(pause)?;
    lab.world().crash(s5)?;

    // (c) S1 or S2 is elected, for S3's log is shorter, and goes on replicating: now a majority has
    // its old entry.
    let [s3, s4] = two_but(others, s5);
    lab.start_server(s1)?;
    lab.world().partition(&[&[s1, s2, s3]])?;
    let (leader, term) = lab.elected(&[s1, s2, s3], term)?;
    if leader == s3 {
        // S3 has the entry with which S5 began its term.
        return Ok(false);
    }
    replicate(lab)?;
    if ending == Ending::Committed {
        // (e) The leader also replicates an entry of its own term, which commits both.
        lab.one_more(3)?;
    }
    lab.world().crash(leader)?;

    // (d) S5 can be elected by S3 and S4, and its entries overwrite that one. (e) It cannot, and S3
    // is elected.
    lab.start_server(s5)?;
    lab.world().partition(&[&[s3, s4, s5]])?;
    let (leader, _) = lab.elected(&[s3, s4, s5], term)?;
    lab.one_more(3)?;
    Ok(match ending {
        Ending::Overwritten => leader == s5,
        Ending::Committed => leader == s3,
    })
}

/// Lets a leader replicate its log: waits for two or three of the lab's heartbeats.
fn replicate<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let pause = lab.choose_millis(250, 350);
    lab.sleep(pause)
}
