//! Spans and times that are easier to read: rounder, and shorter.

use raftsim_node::{Duration, Time};

/// The units of what is done, the roundest first.
pub(super) const OF_STEPS: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(10), Duration::from_millis(1)];

/// The units of what becomes of messages.
pub(super) const OF_FATES: [Duration; 2] = [Duration::from_millis(1), Duration::from_micros(100)];

/// What may take a span's place, the best first: half of it, or about as much but rounder. Each is
/// simpler than the span: rounder, or as round and shorter; so there is an end to it.
pub(super) fn simpler(span: Duration, units: &[Duration]) -> Vec<Duration> {
    // A span shorter than its unit would change more than its looks.
    let units_within = units.iter().filter(|&&unit| unit <= span);
    let all = units_within
        .flat_map(|&unit| [down(span / 2, unit), down(span, unit), up(span, unit)])
        .filter(|&other| other > Duration::ZERO);
    let rank = |span| (roundness(span, units), span);
    distinct(all.filter(|&other| rank(other) < rank(span)))
}

/// What may take a moment's place: about the same, but rounder.
pub(super) fn rounder(time: Time) -> Vec<Time> {
    let span = time.since(Time::ZERO);
    let all = OF_STEPS.iter().flat_map(|&unit| [down(span, unit), up(span, unit)]);
    let is_rounder = |&other: &_| roundness(other, &OF_STEPS) < roundness(span, &OF_STEPS);
    distinct(all.filter(is_rounder)).into_iter().map(|span| Time::ZERO + span).collect()
}

/// What may take the place of a length of which `least` is needed.
pub(super) fn lengths(length: Duration, least: Duration) -> Vec<Duration> {
    let between =
        least + Duration::from_nanos(length.as_nanos().saturating_sub(least.as_nanos())) / 2;
    let all = [least, between].into_iter().flat_map(|span| OF_STEPS.map(|unit| up(span, unit)));
    let rank = |span| (roundness(span, &OF_STEPS), span);
    distinct(all.filter(|&other| rank(other) < rank(length)))
}

/// The place of the roundest unit that measures a span without a rest; the less the rounder.
fn roundness(span: Duration, units: &[Duration]) -> usize {
    units.iter().position(|&unit| down(span, unit) == span).unwrap_or(units.len())
}

fn down(span: Duration, unit: Duration) -> Duration {
    unit * (span.as_nanos() / unit.as_nanos())
}

fn up(span: Duration, unit: Duration) -> Duration {
    unit * span.as_nanos().div_ceil(unit.as_nanos())
}

/// Each once, in order of first mention.
fn distinct(spans: impl Iterator<Item = Duration>) -> Vec<Duration> {
    spans.fold(vec![], |mut seen, span| {
        if !seen.contains(&span) {
            seen.push(span);
        }
        seen
    })
}
