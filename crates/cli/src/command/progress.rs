//! What a command reports on stderr while it works: a bar if that is a terminal, else a line each
//! minute; and each seed that fails, as soon as it does.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use raftsim_explore::{Done, Sweep, SweepListener};
use raftsim_sim::{Failure, Property, Samples};
use sim_scenarios::crumb::Crumb;
use sim_scenarios::terminal::complain;

use crate::command::state::State;
use crate::command::stop::Stop;

/// How many failing seeds of a command are named at most for each property.
const NAMED: u64 = 3;

/// How often to report how far a command has come if there is no bar.
const REPORT: Duration = Duration::from_secs(60);

/// A bar of this length, if one is known, in this style: a template of `indicatif`'s.
pub(crate) fn bar(length: Option<u64>, style: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(style).expect("a template of our own");
    ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr()).with_style(style)
}

#[expect(clippy::disallowed_types, reason = "a command reports how long it took")]
type Instant = std::time::Instant;

/// Real time, of which commands report how much they took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
    /// What was spent before, as the file of `--state` says.
    before: Duration,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "a command reports how long it took")]
    pub(crate) fn start(before: f64) -> Self {
        let before = Duration::try_from_secs_f64(before).unwrap_or_default();
        Self { start: Instant::now(), before }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.before + self.start.elapsed()
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.elapsed().as_secs_f64()
    }
}

/// Prints a line each minute if there is no bar.
#[derive(Debug)]
pub(crate) struct Minutes {
    clock: Clock,
    reported: Mutex<Duration>,
}

impl Minutes {
    pub(crate) fn new() -> Self {
        Self { clock: Clock::start(0.0), reported: Mutex::default() }
    }

    pub(crate) fn report(&self, bar: &ProgressBar, line: impl FnOnce(Duration) -> String) {
        let elapsed = self.clock.elapsed();
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if bar.is_hidden() && elapsed.saturating_sub(*reported) >= REPORT {
            *reported = elapsed;
            complain(format_args!("{}", line(elapsed)));
        }
    }
}

/// What a sweep's listener needs of its command.
pub(crate) struct Watch<'a> {
    pub(crate) bar: &'a ProgressBar,
    pub(crate) minutes: &'a Minutes,
    pub(crate) stop: &'a Stop,
    pub(crate) state: &'a State,
    pub(crate) crumb: Option<&'a Crumb>,
    /// The node's name.
    pub(crate) node: &'a str,
    pub(crate) announced: Announced<'a>,
}

/// What is expected to fail: whether a seed of a scenario breaks this property.
type Expects<'a> = dyn Fn(&str, u64, Property) -> bool + Sync + 'a;

/// The failing seeds that a command names on stderr as soon as they have failed: the first few that
/// break each property, and none that is expected to.
pub(crate) struct Announced<'a> {
    expects: &'a Expects<'a>,
    /// How many seeds have broken each property.
    seeds: Mutex<BTreeMap<Property, u64>>,
}

impl<'a> Announced<'a> {
    /// Nothing was announced yet.
    pub(crate) fn new(expects: &'a Expects<'a>) -> Self {
        Self { expects, seeds: Mutex::default() }
    }

    /// The line to print when this seed of `what` has failed, if there is one.
    fn line(&self, what: &str, seed: u64, property: Property) -> Option<String> {
        if (self.expects)(what, seed, property) {
            return None;
        }
        let mut seeds = self.seeds.lock().unwrap_or_else(PoisonError::into_inner);
        let named = seeds.entry(property).or_default();
        *named += 1;
        match *named {
            ..=NAMED => Some(format!("{what}, seed {seed}: fails by `{property}`")),
            many if many == NAMED + 1 => {
                Some(format!("more seeds fail by `{property}`: they are counted, and not named"))
            }
            _ => None,
        }
    }
}

impl Watch<'_> {
    /// Thread `job` begins to run these seeds of `what`.
    pub(crate) fn begins(&self, job: usize, what: &str, first: u64, last: u64) {
        if let Some(crumb) = self.crumb {
            crumb.begins(job, what, first, last);
        }
    }

    /// No seed is being run now.
    pub(crate) fn clear_crumb(&self) {
        if let Some(crumb) = self.crumb {
            crumb.clear();
        }
    }
}

/// Listens to a sweep: moves the bar, names the seeds that fail, and keeps what is done.
pub(crate) struct Watcher<'a> {
    pub(crate) watch: &'a Watch<'a>,
    /// A scenario's name, or `fuzz`.
    pub(crate) what: &'a str,
    pub(crate) options: &'a Sweep,
    pub(crate) clock: Clock,
    /// The seed that a number stands for, by which the sweep counts.
    seed: &'a (dyn Fn(u64) -> u64 + Sync),
    samples: Mutex<Samples>,
}

impl<'a> Watcher<'a> {
    pub(crate) fn new(
        watch: &'a Watch<'a>,
        what: &'a str,
        options: &'a Sweep,
        clock: Clock,
    ) -> Self {
        watch.clear_crumb();
        let seed = &|seed| seed;
        Self { watch, what, options, clock, seed, samples: Mutex::default() }
    }
}

impl<'a> Watcher<'a> {
    /// The same, where the sweep counts by numbers that stand for seeds.
    pub(crate) fn naming(self, seed: &'a (dyn Fn(u64) -> u64 + Sync)) -> Self {
        Self { seed, ..self }
    }

    /// What the sweep's threads were seen doing.
    pub(crate) fn samples(&self) -> Samples {
        *self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SweepListener for Watcher<'_> {
    fn what(&self) -> String {
        format!("{}, node {}", self.what, self.watch.node)
    }

    fn begins(&self, job: usize, first: u64, last: u64) {
        self.watch.begins(job, self.what, (self.seed)(first), (self.seed)(last));
    }

    fn ran(&self, seeds: u64) {
        self.watch.bar.inc(seeds);
    }

    fn failed(&self, seed: u64, failure: &Failure) {
        let Self { watch, what, .. } = self;
        if let Some(line) = watch.announced.line(what, (self.seed)(seed), failure.property()) {
            watch.bar.suspend(|| complain(format_args!("{line}")));
        }
    }

    fn stops(&self) -> bool {
        self.watch.stop.is_asked()
    }

    fn sampled(&self, samples: &Samples) {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).add(samples);
    }

    fn saves(&self, done: &Done) {
        let Self { watch, what, options, clock, .. } = self;
        watch.state.keep(what, done, clock.seconds());
        watch.minutes.report(watch.bar, |elapsed| {
            let tally = done.tally(options);
            let (seeds, failed, elapsed) = (tally.seeds, tally.failed, elapsed.as_secs());
            // A search that ends when its time is up has no number of seeds to reach.
            let all = watch.bar.length().map(|_| format!(" of {}", options.count()));
            let all = all.unwrap_or_default();
            format!("{what}: {seeds}{all} seeds run, {failed} failed, after {elapsed} s in all")
        });
    }
}
