//! Spans and times that are easier to read because they are rounder or shorter.

use raftsim_node::{Duration, Time};

/// The units for the times of steps, the roundest first.
pub(super) const OF_STEPS: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(10), Duration::from_millis(1)];

/// The units for the delays in fates, the roundest first.
pub(super) const OF_FATES: [Duration; 2] = [Duration::from_millis(1), Duration::from_micros(100)];

/// Spans that may replace `span`, the best first: half of it, or about the same but rounder. Each
/// is rounder than `span`, or as round and shorter, so that repeated replacement ends.
pub(super) fn simpler(span: Duration, units: &[Duration]) -> Vec<Duration> {
    // To round a span that is shorter than the unit would change it by more than half.
    let units_within = units.iter().filter(|&&unit| unit <= span);
    let all = units_within
        .flat_map(|&unit| [down(span / 2, unit), down(span, unit), up(span, unit)])
        .filter(|&other| other > Duration::ZERO);
    let rank = |span| (roundness(span, units), span);
    distinct(all.filter(|&other| rank(other) < rank(span)))
}

/// Times that may replace `time`: about the same, but rounder.
pub(super) fn rounder(time: Time) -> Vec<Time> {
    let span = time.since(Time::ZERO);
    let all = OF_STEPS.iter().flat_map(|&unit| [down(span, unit), up(span, unit)]);
    let is_rounder = |&other: &_| roundness(other, &OF_STEPS) < roundness(span, &OF_STEPS);
    distinct(all.filter(is_rounder)).into_iter().map(|span| Time::ZERO + span).collect()
}

/// Lengths that may replace `length`: rounder or shorter, but at least `least`.
pub(super) fn lengths(length: Duration, least: Duration) -> Vec<Duration> {
    let between =
        least + Duration::from_nanos(length.as_nanos().saturating_sub(least.as_nanos())) / 2;
    let all = [least, between].into_iter().flat_map(|span| OF_STEPS.map(|unit| up(span, unit)));
    let rank = |span| (roundness(span, &OF_STEPS), span);
    distinct(all.filter(|&other| rank(other) < rank(length)))
}

/// The place in `units` of the roundest unit that divides `span`: the lower, the rounder.
fn roundness(span: Duration, units: &[Duration]) -> usize {
    units.iter().position(|&unit| down(span, unit) == span).unwrap_or(units.len())
}

fn down(span: Duration, unit: Duration) -> Duration {
    unit * (span.as_nanos() / unit.as_nanos())
}

fn up(span: Duration, unit: Duration) -> Duration {
    unit * span.as_nanos().div_ceil(unit.as_nanos())
}

/// Each span once, in the order of its first occurrence.
fn distinct(spans: impl Iterator<Item = Duration>) -> Vec<Duration> {
    spans.fold(vec![], |mut seen, span| {
        if !seen.contains(&span) {
            seen.push(span);
        }
        seen
    })
}
