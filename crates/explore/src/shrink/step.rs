//! Simpler steps and fates that may replace others.

use raftsim_node::Duration;
use raftsim_sim::{CrashPoint, Fate, Fault, Link, LinkSettings};

use super::spans::{OF_FATES, OF_STEPS, rounder, simpler};
use raftsim_plan::{Override, Step, Timed, Who};

/// Steps, with their times, that may replace `timed`, the best first. Each is simpler in one
/// respect and the same in all others.
pub(super) fn simpler_timed(timed: &Timed) -> Vec<Timed> {
    let Timed { at, step } = timed;
    let steps = simpler_steps(step).into_iter().map(|step| Timed { at: *at, step });
    let moments = rounder(*at).into_iter().map(|at| Timed { at, step: step.clone() });
    steps.chain(moments).collect()
}

fn simpler_steps(step: &Step) -> Vec<Step> {
    match step {
        Step::Fault { fault, lasting } => {
            let faults = simpler_faults(fault).into_iter();
            let simpler = faults.map(|fault| Step::Fault { fault, lasting: *lasting });
            let fault = || fault.clone();
            let sooner = shorter(*lasting).map(|lasting| Step::Fault { fault: fault(), lasting });
            simpler.chain(sooner).collect()
        }
        &Step::Propose { who, times, every } => {
            let fewer = less(times, 1).map(|times| Step::Propose { who, times, every });
            let at_once = (every > Duration::ZERO).then_some(Duration::ZERO).into_iter();
            let quicker = at_once.chain(spans(every));
            fewer.chain(quicker.map(|every| Step::Propose { who, times, every })).collect()
        }
    }
}

fn simpler_faults(fault: &Fault<Who>) -> Vec<Fault<Who>> {
    match *fault {
        Fault::Partition(ref groups) => merged(groups).map(Fault::Partition).collect(),
        Fault::Swizzle { ref cut, ref mend, every } => simpler_swizzles(cut, mend, every),
        Fault::Network(network) => reliable(network).map(Fault::Network).collect(),
        Fault::Link(links, network) => {
            reliable(network).map(|network| Fault::Link(links, network)).collect()
        }
        Fault::Crash { who, after } => {
            sooner(after).map(|after| Fault::Crash { who, after }).collect()
        }
        Fault::Disk { who, latency } => {
            spans(latency).map(|latency| Fault::Disk { who, latency }).collect()
        }
        Fault::Jump { who, ahead } => {
            spans(ahead).map(|ahead| Fault::Jump { who, ahead }).collect()
        }
        Fault::Isolate(_)
        | Fault::Join(_)
        | Fault::Block(_)
        | Fault::Unblock(_)
        | Fault::Heal
        | Fault::Disarm(_)
        | Fault::Restart(_)
        | Fault::Pause(_)
        | Fault::Resume(_)
        | Fault::Clock { .. }
        | Fault::Expire(_)
        | Fault::Campaign(_) => vec![],
    }
}

/// Fates that may replace `fate`, the best first.
pub(super) fn simpler_fates(fate: Override) -> Vec<Override> {
    let spans = |span| simpler(span, &OF_FATES).into_iter();
    match fate {
        Override::Fate(Fate::Deliver(after)) => {
            spans(after).map(|after| Override::Fate(Fate::Deliver(after))).collect()
        }
        Override::Fate(Fate::Duplicate(first, second)) => {
            let once = Fate::Deliver(first);
            let firsts = spans(first).map(|first| Fate::Duplicate(first, second));
            let seconds = spans(second).map(|second| Fate::Duplicate(first, second));
            std::iter::once(once).chain(firsts).chain(seconds).map(Override::Fate).collect()
        }
        Override::Fate(Fate::Drop(_)) => vec![],
        Override::Fails(after) => spans(after).map(Override::Fails).collect(),
    }
}

/// A swizzle of fewer links, or quicker.
fn simpler_swizzles(cut: &[Link], mend: &[Link], every: Duration) -> Vec<Fault<Who>> {
    let without = |link| {
        let rest = |links: &[_]| links.iter().copied().filter(|other| *other != link).collect();
        Fault::Swizzle { cut: rest(cut), mend: rest(mend), every }
    };
    let fewer = cut.iter().copied().map(without).filter(|_| cut.len() > 1);
    let (cut, mend) = (cut.to_vec(), mend.to_vec());
    let quicker = spans(every).map(move |every| Fault::Swizzle {
        cut: cut.clone(),
        mend: mend.clone(),
        every,
    });
    fewer.chain(quicker).collect()
}

/// The same groups, with two of them merged: one result for each pair.
fn merged<T: Clone + Ord>(groups: &[Vec<T>]) -> impl Iterator<Item = Vec<Vec<T>>> {
    let pairs = (0..groups.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
    pairs.map(|(first, second)| {
        let mut merged = groups.to_vec();
        let more = merged.remove(second);
        merged[first].extend(more);
        merged[first].sort();
        merged
    })
}

/// No duration, so that only another step ends the fault; or shorter durations.
fn shorter(lasting: Option<Duration>) -> impl Iterator<Item = Option<Duration>> {
    let spans = lasting.into_iter().flat_map(spans).map(Some);
    lasting.map(|_| None).into_iter().chain(spans)
}

/// The same crash at once, or after fewer actions, or at an earlier gap.
fn sooner(after: Option<CrashPoint>) -> impl Iterator<Item = Option<CrashPoint>> {
    let fewer = after.into_iter().flat_map(|after| {
        let (number, least, point): (_, _, fn(u32) -> CrashPoint) = match after {
            CrashPoint::Actions(many) => (many, 0, CrashPoint::Actions),
            CrashPoint::Gap(number) => (number, 1, CrashPoint::Gap),
        };
        less(number, least).map(point).map(Some)
    });
    after.map(|_| None).into_iter().chain(fewer)
}

/// Smaller numbers, the smallest first.
fn less(number: u32, least: u32) -> impl Iterator<Item = u32> {
    let numbers = [least, number / 2, number.saturating_sub(1)].into_iter();
    numbers.filter(move |&other| least <= other && other < number)
}

/// The reliable network, unless `network` is that already.
fn reliable(network: LinkSettings) -> impl Iterator<Item = LinkSettings> {
    (network != LinkSettings::RELIABLE).then_some(LinkSettings::RELIABLE).into_iter()
}

fn spans(span: Duration) -> impl Iterator<Item = Duration> {
    simpler(span, &OF_STEPS).into_iter()
}
