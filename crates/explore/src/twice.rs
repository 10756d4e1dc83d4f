//! The check of determinism: a seed run twice must be the same run.

use raftsim_node::Time;
use raftsim_sim::{Fact, Failure, Recording, Row, property};

use crate::run::{Run, Runner};
use crate::watchdog::watched;

/// The seeds that are run a second time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Twice {
    /// All that fail, and of the others every 64th.
    #[default]
    Sampled,
    /// All.
    All,
    /// None, not even one that fails.
    Never,
}

impl Twice {
    /// Whether a seed that passed is run again.
    fn asks(self, seed: u64) -> bool {
        match self {
            Self::Sampled => seed.is_multiple_of(64),
            Self::All => true,
            Self::Never => false,
        }
    }
}

/// Runs `seed`, and a second time if it fails or `twice` asks for it; never with [`Twice::Never`].
/// If the second run differs, the verdict is that the node is not deterministic.
pub fn run_twice(runner: &dyn Runner, seed: u64, twice: Twice) -> Run {
    let mut first = watched(seed, || runner.run(seed, Recording::Off));
    let fails = first.verdict.is_err() && twice != Twice::Never;
    if !fails && !twice.asks(seed) {
        return first;
    }
    let second = watched(seed, || runner.run(seed, Recording::Off));
    if (first.digest, &first.verdict) != (second.digest, &second.verdict) {
        first.verdict = Err(difference(runner, seed, [&first, &second]));
    }
    first
}

/// The failure whose facts are the first difference between two runs of `seed` that are recorded; or
/// between `runs`, if those two do not differ.
fn difference(runner: &dyn Runner, seed: u64, runs: [&Run; 2]) -> Failure {
    let recorded = || {
        let run = watched(seed, || runner.run(seed, Recording::On));
        run.story.map_or(vec![], |story| story.rows())
    };
    let (one, other) = (recorded(), recorded());
    let parted = one.iter().zip(&other).position(|(a, b)| a != b);
    let parted = parted.or((one.len() != other.len()).then_some(one.len().min(other.len())));
    let (time, facts) = match parted {
        Some(place) => {
            let time = one.get(place).or(other.get(place)).map_or(Time::ZERO, |row| row.time);
            let [here, there] = [&one, &other].map(|rows| rows.get(place));
            let first = about(here, format!("in one run record {place} is {}", describe(here)));
            let second = runs[0].accuse(format!("in another it is {}", describe(there)));
            (time, [first, about(there, second)])
        }
        // The recorded runs agree, and only the earlier two differ.
        None => (Time::ZERO, parted_by(runs)),
    };
    Failure::contract(property::DETERMINISTIC, time, facts)
}

/// What differs between two runs that are not recorded: their digests, or how they end.
fn parted_by([first, second]: [&Run; 2]) -> [Fact; 2] {
    if first.digest != second.digest {
        return [
            Fact::new(format!("one run's digest is {:016x}", first.digest)),
            Fact::new(first.accuse(format!("another's is {:016x}", second.digest))),
        ];
    }
    let end = |run: &Run| match &run.verdict {
        Ok(()) => "passes".to_owned(),
        Err(failure) => format!("fails: {failure}"),
    };
    [
        Fact::new(format!("one run {}", end(first))),
        Fact::new(first.accuse(format!("another, with the same digest, {}", end(second)))),
    ]
}

/// A fact with the time and the server of this row.
fn about(row: Option<&Row>, text: String) -> Fact {
    let fact = Fact::new(text);
    match row.map(|row| (row.time, row.node)) {
        Some((time, Some(node))) => fact.at(time).by(node),
        Some((time, None)) => fact.at(time),
        None => fact,
    }
}

fn describe(row: Option<&Row>) -> String {
    match row {
        None => "missing".to_owned(),
        Some(row) => {
            let node = row.node.map_or("world".to_owned(), |node| node.to_string());
            format!("`{} {node} {}`", row.time, row.text)
        }
    }
}
