//! Steps and fates that are simpler than others.

use raftsim_node::Duration;
use raftsim_sim::Fate;

use super::spans::{OF_FATES, OF_STEPS, rounder, simpler};
use raftsim_plan::{Network, Override, Step, Timed};

/// What may take the place of a step and its time, the best first. Each is simpler in one respect
/// and the same in all others.
pub(super) fn simpler_timed(timed: &Timed) -> Vec<Timed> {
    let Timed { at, step } = timed;
    let steps = simpler_steps(step).into_iter().map(|step| Timed { at: *at, step });
    let moments = rounder(*at).into_iter().map(|at| Timed { at, step: step.clone() });
    steps.chain(moments).collect()
}

fn simpler_steps(step: &Step) -> Vec<Step> {
    match *step {
        Step::Partition(ref groups) => merged(groups).map(Step::Partition).collect(),
        Step::Isolate { who, lasting } => {
            shorter(lasting).map(|lasting| Step::Isolate { who, lasting }).collect()
        }
        Step::Swizzle { .. } => simpler_swizzles(step),
        Step::Network(network) => reliable(network).map(Step::Network).collect(),
        Step::Block { links, lasting } => {
            shorter(lasting).map(|lasting| Step::Block { links, lasting }).collect()
        }
        Step::Link(links, network) => {
            reliable(network).map(|network| Step::Link(links, network)).collect()
        }
        Step::Crash { who, after, lasting } => {
            let sooner = sooner(after).map(|after| Step::Crash { who, after, lasting });
            let shorter = shorter(lasting).map(|lasting| Step::Crash { who, after, lasting });
            sooner.chain(shorter).collect()
        }
        Step::Pause { who, lasting } => {
            shorter(lasting).map(|lasting| Step::Pause { who, lasting }).collect()
        }
        Step::Disk { who, latency } => {
            spans(latency).map(|latency| Step::Disk { who, latency }).collect()
        }
        Step::Jump { who, ahead } => spans(ahead).map(|ahead| Step::Jump { who, ahead }).collect(),
        Step::Propose { who, times, every } => {
            let fewer = less(times, 1).map(|times| Step::Propose { who, times, every });
            let at_once = (every > Duration::ZERO).then_some(Duration::ZERO).into_iter();
            let quicker = at_once.chain(spans(every));
            fewer.chain(quicker.map(|every| Step::Propose { who, times, every })).collect()
        }
        Step::Join(_)
        | Step::Unblock(_)
        | Step::Heal
        | Step::Restart(_)
        | Step::Resume(_)
        | Step::Clock { .. }
        | Step::Expire(_) => vec![],
    }
}

/// The fates that may take the place of one, the best first.
pub(super) fn simpler_fates(given: Override) -> Vec<Override> {
    let spans = |span| simpler(span, &OF_FATES).into_iter();
    match given {
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
fn simpler_swizzles(step: &Step) -> Vec<Step> {
    let Step::Swizzle { cut, mend, every } = step else { return vec![] };
    let without = |link| {
        let rest = |links: &[_]| links.iter().copied().filter(|other| *other != link).collect();
        Step::Swizzle { cut: rest(cut), mend: rest(mend), every: *every }
    };
    let fewer = cut.iter().copied().map(without).filter(|_| cut.len() > 1);
    let quicker =
        spans(*every).map(|every| Step::Swizzle { cut: cut.clone(), mend: mend.clone(), every });
    fewer.chain(quicker).collect()
}

/// The same groups, two of them made one.
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

/// For good, or for less time.
fn shorter(lasting: Option<Duration>) -> impl Iterator<Item = Option<Duration>> {
    let spans = lasting.into_iter().flat_map(spans).map(Some);
    lasting.map(|_| None).into_iter().chain(spans)
}

/// At once, or after fewer actions.
fn sooner(after: Option<u32>) -> impl Iterator<Item = Option<u32>> {
    let fewer = after.into_iter().flat_map(|after| less(after, 0)).map(Some);
    after.map(|_| None).into_iter().chain(fewer)
}

/// Smaller numbers, the smallest first.
fn less(number: u32, least: u32) -> impl Iterator<Item = u32> {
    let numbers = [least, number / 2, number.saturating_sub(1)].into_iter();
    numbers.filter(move |&other| least <= other && other < number)
}

/// The network in which nothing goes wrong, if this is another.
fn reliable(network: Network) -> impl Iterator<Item = Network> {
    (network != Network::RELIABLE).then_some(Network::RELIABLE).into_iter()
}

fn spans(span: Duration) -> impl Iterator<Item = Duration> {
    simpler(span, &OF_STEPS).into_iter()
}
