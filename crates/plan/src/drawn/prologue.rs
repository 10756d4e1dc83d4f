//! What a plan begins with. Most begin with nothing. Some let the servers age first: elections raise
//! their terms, a burst of commands fills their logs, and a crash of all leaves that on their disks
//! alone. A few are long: thousands of commands, with fewer snapshots, since each has all of them.

use proptest::collection::vec;
use proptest::prelude::*;
use raftsim_node::{Duration, NodeId};
use raftsim_sim::Fault;

use super::weighted::one_of;
use crate::{Scope, Step, Who};

/// Milliseconds after which some server leads: longer than an election takes most of the time.
const ELECTED: u32 = 1_500;

/// What a plan begins with.
#[derive(Clone, Debug, Default)]
pub(super) struct Prologue {
    /// The first steps, each with the milliseconds before it.
    pub(super) steps: Vec<(u32, Step)>,
    /// Whether it fills the logs with thousands of entries.
    pub(super) is_long: bool,
}

pub(super) fn prologue(servers: u8, scope: Scope) -> BoxedStrategy<Prologue> {
    let none = Just(Prologue::default());
    let short = |steps| Prologue { steps, is_long: false };
    match scope {
        Scope::Elections => one_of![15 => none, 1 => terms(servers).prop_map(short)].boxed(),
        Scope::Log => one_of![15 => none, 1 => aged(servers, false).prop_map(short)].boxed(),
        Scope::Disk | Scope::Snapshots => {
            let long = long().prop_map(|steps| Prologue { steps, is_long: true });
            one_of![574 => none, 24 => aged(servers, true).prop_map(short), 1 => long].boxed()
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
