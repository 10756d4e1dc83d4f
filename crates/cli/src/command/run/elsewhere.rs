//! `--twice=process`: the same seeds in another process. A node that reads its process's number, the
//! time of its start or an address may make the same run twice in one process, and another run in the
//! next.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

use raftsim_explore::{HarnessPanic, Quiet, Run, Runner, Sweep, Tally, sweep, watched};
use raftsim_node::Time;
use raftsim_sim::{Fact, Failure, Recording, property};
use sim_scenarios::ScenarioInfo;
use sim_scenarios::terminal::complain;

use crate::command::bad::Bad;
use crate::command::stop::Stop;
use crate::command::{child, out};

/// What the other process prints last.
const END: &str = "end";

/// What comes of the comparison with another process.
pub(super) enum Compared {
    Same,
    /// The lowest seed whose run is another one there, and the failure.
    Differs(u64, Failure),
    /// The command is to stop before the comparison ends.
    Stopped,
    /// The other process ended before it had made the runs.
    Ended(ExitStatus),
}

/// How many seeds the digests of this process are asked for by the line. `None` if it was started by
/// a user.
#[expect(clippy::disallowed_methods, reason = "set by the process that started this one")]
pub(super) fn asked() -> Option<u64> {
    env::var(child::DIGESTS).ok()?.parse().ok().filter(|&seeds| seeds > 0)
}

/// A runner that adds up the digests of its runs, chunk by chunk.
pub(super) struct Digests<'a> {
    runner: &'a dyn Runner,
    options: &'a Sweep,
    /// How many seeds a chunk has.
    chunk: u64,
    /// By chunk: the sum of the digests, and the place of the seed that was added last.
    sums: Mutex<BTreeMap<u64, (u64, Option<u64>)>>,
}

impl Runner for Digests<'_> {
    fn run(&self, seed: u64, recording: Recording) -> Run {
        let run = self.runner.run(seed, recording);
        let place = (seed - self.options.seed(0)) / self.options.shard.of;
        // The order of the seeds must not matter, but which seed has which digest must.
        let share = run.digest.wrapping_mul(2 * place + 1);
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let (sum, last) = sums.entry(place / self.chunk).or_default();
        // One thread runs a chunk. A seed that it runs twice counts once.
        if *last != Some(place) {
            (*sum, *last) = (sum.wrapping_add(share), Some(place));
        }
        run
    }
}

impl<'a> Digests<'a> {
    pub(super) fn of(runner: &'a dyn Runner, options: &'a Sweep, chunk: u64) -> Self {
        Self { runner, options, chunk, sums: Mutex::default() }
    }

    /// The sum of each chunk whose seeds all count in this tally: of a sweep that ended with a
    /// failure, those before the failing seed.
    fn whole(&self, tally: &Tally) -> BTreeMap<u64, u64> {
        let Sweep { shard, .. } = self.options;
        let end = match &tally.first_failure {
            Some((seed, _)) if !self.options.keep_going => (seed - self.options.seed(0)) / shard.of,
            Some(_) | None => tally.seeds.next_multiple_of(self.chunk),
        };
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.range(..end / self.chunk).map(|(&chunk, &(sum, _))| (chunk, sum)).collect()
    }

    /// Makes the same runs in another process, started by `command`, which makes the arguments for
    /// some of the seeds.
    pub(super) fn compare(
        &self,
        tally: &Tally,
        command: impl Fn(&Sweep) -> Vec<String>,
        stop: &Stop,
        panicked: impl Fn(HarnessPanic) -> Bad,
    ) -> Result<Compared, Bad> {
        let there = match ask(&command(self.options), self.chunk, stop)? {
            Ok(sums) => sums,
            Err(compared) => return Ok(compared),
        };
        let here = self.whole(tally);
        let differs = here.iter().find(|(chunk, sum)| there.get(chunk) != Some(sum));
        let Some((&chunk, _)) = differs else { return Ok(Compared::Same) };
        let Sweep { shard, .. } = *self.options;
        let begin = chunk * self.chunk;
        let few = Sweep {
            from: self.options.from + begin * shard.of,
            seeds: (self.options.seeds - begin * shard.of).min(self.chunk * shard.of),
            chunk: 1,
            keep_going: true,
            ..*self.options
        };
        let again = Digests::of(self.runner, &few, 1);
        let seeds = sweep(&again, &few, &Quiet).map_err(panicked)?;
        let here = again.whole(&seeds);
        let many = format!(
            "the runs of {} seeds from this one on had other digests in another process",
            few.count()
        );
        let (place, facts) = match ask(&command(&few), 1, stop)? {
            Err(_) => {
                (0, [many, "which of them is not known: no process repeated them".to_owned()])
            }
            Ok(there) => match here.iter().find(|(place, sum)| there.get(place) != Some(sum)) {
                None => (0, [many, "repeated, they had the same".to_owned()]),
                Some((&place, &sum)) => {
                    let other = there.get(&place).map(|&sum| digest(sum, place));
                    let other = other.unwrap_or_else(|| "none".to_owned());
                    let here = digest(sum, place);
                    let here = format!("in this process the run's digest is {here}");
                    (place, [here, format!("in another one it is {other}")])
                }
            },
        };
        let [here, there] = facts;
        let seed = few.seed(place);
        let run = watched(seed, || self.runner.run(seed, Recording::Off));
        let facts = [Fact::new(here), Fact::new(run.accuse(there))];
        let failure = Failure::contract(property::DETERMINISTIC, Time::ZERO, facts);
        Ok(Compared::Differs(seed, failure))
    }
}

/// Sweeps the seeds and prints the sums, for the process that started this one. If that process
/// asks to stop, nothing is printed.
pub(super) fn print(
    runner: &dyn Runner,
    options: &Sweep,
    chunk: u64,
    stop: &Stop,
    panicked: impl Fn(HarnessPanic) -> Bad,
) -> Result<(), Bad> {
    let options = Sweep { chunk, ..*options };
    let digests = Digests::of(runner, &options, chunk);
    let tally = sweep(&digests, &options, stop).map_err(panicked)?;
    if stop.is_asked() {
        return Ok(());
    }
    for (chunk, sum) in digests.whole(&tally) {
        out::line(&format!("{chunk} {sum:016x}"))?;
    }
    Ok(out::line(END)?)
}

/// The digest of the run at a place, from its share of a sum. An odd number has an inverse.
fn digest(share: u64, place: u64) -> String {
    let odd = 2 * place + 1;
    // Each step doubles the number of right bits.
    let inverse = (0..6).fold(odd, |inverse, _| {
        inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)))
    });
    format!("{:016x}", share.wrapping_mul(inverse))
}

/// The sums that another process prints; if it prints none, why not.
fn ask(
    arguments: &[String],
    chunk: u64,
    stop: &Stop,
) -> Result<Result<BTreeMap<u64, u64>, Compared>, Bad> {
    let chunk = chunk.to_string();
    let variable = (child::DIGESTS, OsStr::new(&chunk));
    let (status, printed) = child::run(arguments, variable, [Stdio::piped(), Stdio::null()], stop)
        .map_err(|error| Bad::Usage(format!("--twice=process: {error}")))?;
    let text = String::from_utf8_lossy(&printed);
    let mut lines = text.lines();
    if status.success() && lines.next_back() == Some(END) {
        let sum = |line: &str| {
            let (chunk, sum) = line.split_once(' ')?;
            Some((chunk.parse().ok()?, u64::from_str_radix(sum, 16).ok()?))
        };
        return Ok(Ok(lines.filter_map(sum).collect()));
    }
    Ok(Err(if stop.is_asked() { Compared::Stopped } else { Compared::Ended(status) }))
}

/// Takes in what the comparison with another process gave. Returns whether that process ended
/// without a result.
pub(super) fn take_in(
    compared: Compared,
    info: &ScenarioInfo,
    tally: &mut Tally,
    reached: &mut u64,
) -> bool {
    match compared {
        Compared::Same => {}
        Compared::Differs(seed, failure) => tally.differs(seed, failure),
        Compared::Stopped => {
            *reached = 0;
            let why = "stopped before its runs were compared with those of another process";
            complain(format_args!("{}: {why}", info.name));
        }
        Compared::Ended(status) => {
            complain(format_args!(
                "error: {}: the other process of --twice=process ended without a result \
                 ({status}): the runs were not compared",
                info.name
            ));
            return true;
        }
    }
    false
}
