//! Makes a plan simpler without regard to the number of its lines: fewer servers, a shorter run,
//! rounder times, milder fates.
//!
//! Every candidate is simpler than the best plan in one respect, and no candidate is less simple in
//! any. So simplifying comes to an end.

use raftsim_node::{Duration, NodeId, Time};

use super::search::Search;
use super::spans::lengths;
use super::step::{simpler_fates, simpler_timed};
use raftsim_plan::{Ending, Rest, Schedule, Snapshots};
use raftsim_sim::LinkSettings;

/// Simplifies the best plan. Returns whether it changed.
pub(super) fn simplify(search: &mut Search<'_>) -> bool {
    let changes = [
        drop_servers(search),
        simplify_header(search),
        shorten(search),
        simplify_steps(search),
        simplify_fates(search),
    ];
    changes.contains(&true)
}

/// Ends the run right after its failure. If the run fails only after all faults have stopped, makes
/// the time for the steps as short as possible.
pub(super) fn shorten(search: &mut Search<'_>) -> bool {
    let Some(schedule) = search.best().schedule() else { return false };
    let (end, last) = (Time::ZERO + schedule.length, schedule.steps.last());
    let fails_early = search.failed() <= end;
    let needed = if fails_early {
        search.failed() + Duration::from_nanos(1)
    } else {
        last.map_or(Time::ZERO, |timed| timed.at)
    };
    let lengths = lengths(schedule.length, needed.since(Time::ZERO));
    let has_no_end = fails_early && offer(search, |schedule| schedule.ending = Ending::None);
    let is_shorter = lengths.into_iter().any(|length| offer(search, |it| cut(it, length)));
    has_no_end || is_shorter
}

/// The largest cluster of which all pairs of servers are tried.
const SMALL: u8 = 9;

/// Drops the servers with the highest numbers, as many as possible. If none of them can go, drops any
/// two, or any one: those that follow then get other numbers, and so other timers.
fn drop_servers(search: &mut Search<'_>) -> bool {
    let Some(schedule) = search.best().schedule() else { return false };
    let all: Vec<NodeId> = (1..=schedule.servers).map(NodeId::new).collect();
    let first = (1..all.len()).map(|many| all[..many].to_vec());
    let mut without = vec![];
    if (3..=SMALL).contains(&schedule.servers) {
        let but = |gone: &[NodeId]| all.iter().copied().filter(|it| !gone.contains(it)).collect();
        let pairs = all.iter().flat_map(|&one| all.iter().map(move |&other| [one, other]));
        without.extend(pairs.filter(|[one, other]| one < other).map(|pair| but(&pair)));
        without.extend(all.iter().map(|&one| but(&[one])));
    }
    first.chain(without).any(|servers: Vec<NodeId>| {
        let candidate = search.best().among(&servers);
        candidate.is_some_and(|candidate| search.takes(|_| candidate))
    })
}

/// A reliable network, at the end too, no delays, no snapshots, or all services after the same
/// entries, and `quiet` instead of `calm` as the ending, which comes instead of `load`.
fn simplify_header(search: &mut Search<'_>) -> bool {
    let is_reliable = offer(search, |schedule| schedule.network = LinkSettings::RELIABLE);
    let has_no_delays = offer(search, |schedule| schedule.delays = None);
    let has_no_snapshots = offer(search, |schedule| schedule.snapshots = Snapshots::Never);
    let is_even = offer(search, |schedule| {
        if let Snapshots::Own(own) = &schedule.snapshots
            && let Some(often) = own.values().map(|interval| interval.every).max()
        {
            schedule.snapshots = Snapshots::Every(often);
        }
    });
    let is_calm = offer(search, |schedule| {
        if let Ending::Calm(majority) | Ending::Quiet(majority) = &mut schedule.ending {
            majority.network = Rest::Reliable;
        }
    });
    let has_no_loss = offer(search, |schedule| {
        if let Ending::Load { lossy, .. } = &mut schedule.ending {
            *lossy = None;
        }
    });
    let has_no_load = offer(search, |schedule| {
        if let Ending::Load { majority, .. } = &schedule.ending {
            schedule.ending = Ending::Calm(majority.clone());
        }
    });
    let is_quiet = offer(search, |schedule| {
        if let Ending::Calm(majority) = &schedule.ending {
            schedule.ending = Ending::Quiet(majority.clone());
        }
    });
    let changes = [
        is_reliable,
        has_no_delays,
        has_no_snapshots,
        is_even,
        is_calm,
        has_no_loss,
        has_no_load,
        is_quiet,
    ];
    changes.contains(&true)
}

fn simplify_steps(search: &mut Search<'_>) -> bool {
    let mut has_changed = false;
    let mut place = 0;
    while let Some(timed) = search.best().steps().get(place).cloned() {
        let takes = simpler_timed(&timed).into_iter().any(|simpler| {
            offer(search, |schedule| {
                schedule.steps[place] = simpler;
                schedule.steps.sort_by_key(|timed| timed.at);
            })
        });
        // A step that was made simpler is tried again: it may become simpler still.
        has_changed |= takes;
        place += usize::from(!takes);
    }
    has_changed
}

fn simplify_fates(search: &mut Search<'_>) -> bool {
    let mut has_changed = false;
    let names: Vec<_> = search.best().fates.keys().copied().collect();
    for name in names {
        while let Some(&fate) = search.best().fates.get(&name) {
            let takes = simpler_fates(fate).into_iter().any(|simpler| {
                search.takes(|best| {
                    let mut plan = best.clone();
                    plan.fates.insert(name, simpler);
                    plan
                })
            });
            if !takes {
                break;
            }
            has_changed = true;
        }
    }
    has_changed
}

/// Plays the best plan with a changed schedule, unless that has a step after its end: a plan file
/// with such a step cannot be read.
fn offer(search: &mut Search<'_>, change: impl FnOnce(&mut Schedule)) -> bool {
    let Some(mut schedule) = search.best().schedule().cloned() else { return false };
    change(&mut schedule);
    let end = Time::ZERO + schedule.length;
    let fits = schedule.steps.last().is_none_or(|timed| timed.at <= end);
    fits && search.takes(|best| best.with_schedule(schedule))
}

fn cut(schedule: &mut Schedule, length: Duration) {
    schedule.length = length;
    schedule.steps.retain(|timed| timed.at <= Time::ZERO + length);
}
