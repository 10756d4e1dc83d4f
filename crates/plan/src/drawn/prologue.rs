//! What a plan begins with. Most begin with nothing. Some let the servers age first: elections raise
//! their terms, a burst of commands fills their logs, and a crash of all leaves that on their disks
//! alone. A few are long: thousands of commands.

use proptest::collection::vec;
use proptest::prelude::*;
use raftsim_node::{Duration, NodeId};
use raftsim_sim::Fault;

use crate::{Scope, Step, Who};

/// Milliseconds after which some server leads: longer than an election takes most of the time.
const ELECTED: u32 = 1_500;

/// The first steps, each with the milliseconds before it.
pub(super) fn prologue(servers: u8, scope: Scope) -> BoxedStrategy<Vec<(u32, Step)>> {
    let none = Just(vec![]);
    match scope {
        Scope::Elections => prop_oneof![15 => none, 1 => terms(servers)].boxed(),
        Scope::Log => prop_oneof![15 => none, 1 => aged(servers, false)].boxed(),
        Scope::Disk | Scope::Snapshots => {
            prop_oneof![560 => none, 38 => aged(servers, true), 1 => long()].boxed()
        }
    }
}

/// Elections one after the other.
fn terms(servers: u8) -> impl Strategy<Value = Vec<(u32, Step)>> {
    let campaign = (1..=3_u32, 1..=servers)
        .prop_map(|(gap, number)| (gap, Step::from(Fault::Expire(Who::Node(NodeId::new(number))))));
    vec(campaign, 4..=12)
}

/// The same, then a burst of commands, and perhaps a crash of all.
fn aged(servers: u8, crashes: bool) -> impl Strategy<Value = Vec<(u32, Step)>> {
    (terms(servers), 20..=120_u32, any::<bool>()).prop_map(move |(mut steps, times, crash)| {
        steps.push((ELECTED, Step::Propose { who: Who::Leader, times, every: Duration::ZERO }));
        if crash && crashes {
            let fault = Fault::Crash { who: Who::All, after: None };
            let lasting = Some(Duration::from_millis(50));
            steps.push((300, Step::Fault { fault, lasting }));
        }
        steps
    })
}

/// Thousands of commands, in bursts.
fn long() -> impl Strategy<Value = Vec<(u32, Step)>> {
    vec((20..=400_u32, 200..=1000_u32), 3..=5).prop_map(|bursts| {
        let burst = |(gap, times)| {
            (gap, Step::Propose { who: Who::Leader, times, every: Duration::from_micros(10) })
        };
        let mut steps: Vec<(u32, Step)> = bursts.into_iter().map(burst).collect();
        steps[0].0 = ELECTED;
        steps
    })
}
