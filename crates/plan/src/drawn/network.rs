//! Networks.

use proptest::prelude::*;
use raftsim_node::Duration;
use raftsim_sim::{Late, Leg, LinkSettings, Ratio, Spread};

use super::weighted::one_of;
use crate::Scope;

/// One of labrpc's networks, or another with drawn losses, duplicates, late messages and latencies.
/// Where logs are compacted, snapshots may take long to arrive.
pub(super) fn network(scope: Scope) -> BoxedStrategy<LinkSettings> {
    if scope < Scope::Snapshots {
        return usual().boxed();
    }
    let spans = (0..=1000_u64, 1..=2000_u64).prop_map(|(least, more)| {
        Spread::between(Duration::from_millis(least), Duration::from_millis(least + more))
    });
    let snapshots = one_of![5 => Just(Spread::ZERO), 2 => spans];
    (usual(), snapshots).prop_map(|(usual, snapshots)| LinkSettings { snapshots, ..usual }).boxed()
}

fn usual() -> impl Strategy<Value = LinkSettings> {
    let labrpc = (any::<bool>(), any::<bool>())
        .prop_map(|(unreliable, reordering)| LinkSettings::labrpc(unreliable, reordering, true));
    let share = || {
        one_of![2 => Just(0_u32), 1 => 1..=8_u32].prop_map(|in_twenty| {
            if in_twenty == 0 { Ratio::ZERO } else { Ratio::new(in_twenty, 20) }
        })
    };
    let latency = (0..=20_u64, 0..=80_u64).prop_map(|(least, more)| {
        let (least, more) = (Duration::from_millis(least), Duration::from_millis(more));
        if more == Duration::ZERO {
            Spread::fixed(least)
        } else {
            Spread::between(least, least + more)
        }
    });
    let own = (share(), share(), share(), latency).prop_map(|(loss, duplicate, late, latency)| {
        let late = if late == Ratio::ZERO { Late::NEVER } else { Late::labrpc(late) };
        LinkSettings::uniform(Leg { latency, loss, late, duplicate, ..Leg::RELIABLE })
    });
    one_of![2 => labrpc, 1 => own]
}
