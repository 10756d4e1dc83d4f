//! What this Raft is tested with besides all that is built in: a scenario and an invariant.

use std::collections::BTreeSet;

use my_raft::MyRaft;
use raftsim::{
    Cluster, Duration, Fact, Failure, Lab, NodeId, Part, Property, Record, Role, Scenario, Seen,
    Suite, Term, Watch, What,
};

pub fn suite() -> Suite<MyRaft> {
    let about = "a leader that was cut off follows the new leader";
    let scenario = Scenario::new("old_leader_follows", Part::A, about, old_leader_follows);
    Suite::new().scenario(scenario.servers(5)).invariant(LED_ONCE, LedOnce::default)
}

fn old_leader_follows(lab: &mut Lab<MyRaft>) -> Result<(), Failure> {
    let old = lab.check_one_leader()?;
    let term = lab.check_terms()?;
    lab.disconnect(old)?;
    let others = lab.others(old);
    let (new, _) = lab.elected(&others, term)?;
    lab.connect(old)?;
    let follows = lab.until(Duration::from_secs(1), |cluster| {
        cluster.status(old).is_some_and(|status| !status.is_leader())
    })?;
    assert!(follows, "{old} does not follow {new}");
    Ok(())
}

const LED_ONCE: Property = Property::new("no server stands for election in a term that it led");

/// The terms that servers led.
#[derive(Default)]
struct LedOnce {
    led: BTreeSet<(NodeId, Term)>,
}

impl Watch<MyRaft> for LedOnce {
    fn observe(
        &mut self,
        cluster: &Cluster<MyRaft>,
        record: &Record<Seen<'_, MyRaft>>,
    ) -> Result<(), Failure> {
        // A server has handled an event, and its status may be another one.
        let (What::Settled, Some(node)) = (&record.what, record.node) else { return Ok(()) };
        let Some(status) = cluster.status(node) else { return Ok(()) };
        match status.role {
            Role::Leader => {
                self.led.insert((node, status.term));
            }
            Role::Candidate if self.led.contains(&(node, status.term)) => {
                let led = Fact::new(format!("{node} led term {}", status.term)).by(node);
                let stands = Fact::new("it stands for election in it").by(node);
                return Err(Failure::violation(LED_ONCE, record.time, [led, stands]));
            }
            _ => {}
        }
        Ok(())
    }
}
