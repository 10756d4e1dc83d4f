//! Judges a recorded run again.

use raftsim_node::{Node, Time};
use raftsim_sim::{Delays, Failure, LinkSettings, RecordOf, Replay, Watch};

use crate::oracles::Oracles;

/// Judges a recorded run again, from its records alone: the run of servers with these `configs` on
/// a network that began with these settings, on which messages took these delays, which ended at `end`. Returns the oracles as the run
/// left them, and the failure that ended it, if an oracle did.
///
/// An alarm rings after all records of its instant, as in the run; also at `end`, as
/// [`raftsim_sim::World::finish`] does.
pub fn judge<N: Node>(
    configs: Vec<N::Config>,
    network: LinkSettings,
    delays: Option<Delays>,
    records: &[RecordOf<N>],
    end: Time,
) -> (Oracles, Result<(), Failure>) {
    let mut oracles = Oracles::new(configs.len());
    let mut replay = Replay::<N>::new(configs, network, delays);
    let judged = judge_all(&mut oracles, &mut replay, records, end);
    (oracles, judged)
}

fn judge_all<N: Node>(
    oracles: &mut Oracles,
    replay: &mut Replay<N>,
    records: &[RecordOf<N>],
    end: Time,
) -> Result<(), Failure> {
    for record in records {
        if record.time > replay.cluster().now() {
            ring_while(oracles, replay, |alarm| alarm < record.time)?;
        }
        replay.follow(record);
        oracles.observe(replay.cluster(), &record.as_seen())?;
    }
    ring_while(oracles, replay, |alarm| alarm <= end)
}

fn ring_while<N: Node>(
    oracles: &mut Oracles,
    replay: &mut Replay<N>,
    is_due: impl Fn(Time) -> bool,
) -> Result<(), Failure> {
    loop {
        let alarm = Watch::<N>::alarm(oracles);
        if !is_due(alarm) {
            return Ok(());
        }
        replay.wait_until(alarm);
        Watch::<N>::ring(oracles, replay.cluster())?;
    }
}
