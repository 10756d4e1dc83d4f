//! Right Rafts with scenarios and invariants of a user's own.

use raftsim::{
    Cluster, Fact, Failure, Lab, NodeEntry, Part, Property, Record, Scenario, Seen, Suite, Term,
    Watch, What,
};
use raftsim_raft::Raft;
use raftsim_testkit::Tweaked;

use crate::near::{Quirk, Quirks, near};

type Plain = Tweaked<Raft, Quirks>;

/// It has no quirk.
pub(crate) struct NoQuirk;

impl Quirk for NoQuirk {}

/// Own scenarios, of which one fails, and an invariant that holds.
pub(crate) fn own() -> NodeEntry {
    near("own", &NoQuirk).with_suite(suite().invariant(FEW_TERMS, || Terms(10_000)))
}

/// An invariant that does not hold.
pub(crate) fn strict() -> NodeEntry {
    near("strict", &NoQuirk).with_suite(Suite::<Plain>::new().invariant(ONE_TERM, || Terms(1)))
}

const FEW_TERMS: Property = Property::new("few terms");
const ONE_TERM: Property = Property::new("the first term lasts");

fn suite() -> Suite<Plain> {
    let about = "a leader that was cut off follows";
    let back = Scenario::new("old_leader_back", Part::A, about, old_leader_back).servers(5);
    let about = "there is no second election";
    let once = Scenario::new("elects_once", Part::B, about, elects_once);
    let about = "a server that was cut off follows";
    let anywhere = Scenario::new("follows_anywhere", Part::B, about, follows_anywhere);
    let anywhere = anywhere.servers(4).any_from(2).on_any_network();
    Suite::new().scenario(back).scenario(once).scenario(anywhere)
}

fn follows_anywhere(lab: &mut Lab<Plain>) -> Result<(), Failure> {
    let leader = lab.check_one_leader()?;
    let other = lab.next(leader, 1);
    lab.disconnect(other)?;
    lab.sleep(raftsim::Duration::from_millis(500))?;
    lab.connect(other)?;
    lab.check_one_leader().map(drop)
}

fn old_leader_back(lab: &mut Lab<Plain>) -> Result<(), Failure> {
    let leader = lab.check_one_leader()?;
    lab.disconnect(leader)?;
    let others = lab.others(leader);
    let (next, _) = lab.elected(&others, 1)?;
    lab.connect(leader)?;
    let follows = lab.until(raftsim::Duration::from_secs(5), |cluster| {
        cluster.status(leader).is_some_and(|status| !status.is_leader())
    })?;
    assert!(follows, "{leader} does not follow {next}");
    Ok(())
}

fn elects_once(lab: &mut Lab<Plain>) -> Result<(), Failure> {
    let leader = lab.check_one_leader()?;
    lab.disconnect(leader)?;
    let others = lab.others(leader);
    let (next, term) = lab.elected(&others, 0)?;
    let rule = Fact::new(format!("{leader} was the only leader")).by(leader);
    let seen = Fact::new(format!("{next} leads in term {term}")).by(next);
    let property = Property::new("a single election");
    Err(Failure::violation(property, lab.cluster().now(), [rule, seen]))
}

/// No server is in a term above this one.
struct Terms(Term);

impl Watch<Plain> for Terms {
    fn observe(
        &mut self,
        cluster: &Cluster<Plain>,
        record: &Record<Seen<'_, Plain>>,
    ) -> Result<(), Failure> {
        let (What::Settled, Some(node)) = (&record.what, record.node) else { return Ok(()) };
        match cluster.status(node).map(|status| status.term) {
            Some(term) if term > self.0 => {
                let rule = Fact::new(format!("no term is above {}", self.0));
                let seen = Fact::new(format!("{node} is in term {term}")).by(node);
                Err(Failure::violation(ONE_TERM, cluster.now(), [rule, seen]))
            }
            Some(_) | None => Ok(()),
        }
    }
}
