//! Beyond the lab: servers that ask whether they would win before they stand for election (thesis
//! §9.6).

use raftsim_node::{Node, NodeId, Role, Term};
use raftsim_sim::{Cluster, Fact, Failure, Fate, property};

use crate::lab::Lab;
use crate::lab::direct::{is_in, term_of};

/// Ours: a follower is cut off, misses entries, and keeps its term, since nobody grants it a
/// pre-vote. Then the leader is cut off and the follower is back. Only the third server can win,
/// and it does so in the very next term: its log is ahead, so it grants the follower no pre-vote
/// either, and nobody has wasted a term.
///
/// Shows pre-votes that are granted without a look at the logs, and servers that stand for election
/// although too few would vote for them.
pub(crate) fn asks_before_standing<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for _ in 0..3 {
        lab.one_more(3)?;
        let leader = lab.check_one_leader()?;
        let steps = 1 + lab.choose(2) as usize;
        let behind = lab.next(leader, steps);
        let other = lab.the_other(leader, behind);
        lab.disconnect(behind)?;
        lab.one_more(2)?;
        // What was on its way when it was cut off has arrived by then.
        lab.sleep(Fate::PROMPT)?;
        let before = term_of(lab.cluster(), behind);
        let pause = lab.choose_millis(1000, 3000);
        lab.sleep(lab.pace().stretch(pause))?;
        let after = term_of(lab.cluster(), behind);
        if after != before {
            return Err(stood(lab.cluster(), behind, before, after));
        }
        let term = lab.latest_term();
        // Where the leader has just changed for another reason, more than one term may begin.
        let is_led = is_in(lab.cluster(), leader, Role::Leader, term)
            && is_in(lab.cluster(), other, Role::Follower, term);
        lab.disconnect(leader)?;
        lab.connect(behind)?;
        let (_, elected) = lab.elected(&[other], term)?;
        if is_led && elected != term + 1 {
            return Err(wasted(lab.cluster(), other, term, elected));
        }
        let mark = if is_led { "the round came about" } else { "the round did not come about" };
        lab.world().mark(mark, Some(other), elected)?;
        lab.connect(leader)?;
    }
    lab.one_more(3)?;
    Ok(())
}

/// The failure that a server entered a term although it reached nobody.
fn stood<N: Node>(cluster: &Cluster<N>, node: NodeId, before: Term, after: Term) -> Failure {
    let facts = [
        Fact::new(format!("{node} is cut off in term {before}")).by(node),
        Fact::new(format!("alone, it has entered term {after}")).by(node),
    ];
    Failure::violation(property::ASKS_BEFORE_STANDING, cluster.now(), facts)
}

/// The failure that `node`, the only server that could win, was not elected in the next term.
fn wasted<N: Node>(cluster: &Cluster<N>, node: NodeId, term: Term, elected: Term) -> Failure {
    let facts = [
        Fact::new(format!("after term {term} only {node} can be elected")).by(node),
        Fact::new(format!("it leads in term {elected}: a term began in which nobody could win"))
            .by(node),
    ];
    Failure::violation(property::ASKS_BEFORE_STANDING, cluster.now(), facts)
}
