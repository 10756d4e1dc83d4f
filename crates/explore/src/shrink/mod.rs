//! Shrinking: from a plan that fails to the smallest one that fails in the same way. The result is
//! a closed world: the plan lists everything that goes wrong in its run.
//!
//! | module | owns |
//! |---|---|
//! | `signature` | what makes two failures the same |
//! | `search` | the smallest plan so far, the candidates played, the runs left |
//! | `close` | the closed world |
//! | `reduce` | fewer lines |
//! | `simplify` | a simpler plan with the same lines or fewer |
//! | `fresh` | other plans, with fewer servers or lines |
//! | `step`, `spans` | simpler steps and fates; rounder and shorter times |
//! | `story` | a shrunk run in about ten lines |
//!
//! A [`Player`] plays the plans. Nothing here knows a node or reads a clock.

use std::error::Error;
use std::fmt;

use raftsim_sim::{Failure, MessageName, property};

use crate::run::{Player, Run};
use crate::sweep::Quiet;
use raftsim_plan::{Override, Plan};

mod close;
mod fresh;
mod reduce;
mod search;
mod signature;
mod simplify;
mod spans;
mod step;
mod story;

use close::{close, in_order, is_harmless};
use reduce::{reduce, reduce_in_pairs, reduce_singly};
use search::Search;
pub use signature::Signature;
use simplify::{shorten, simplify};
pub use story::{short_story, story};

/// The result of shrinking.
#[derive(Debug)]
pub struct Shrunk {
    /// The smallest plan found. It is closed, expects the property that its run breaks, and has its
    /// run's digest.
    pub plan: Plan,
    /// Its run, recorded.
    pub run: Run,
    /// How many runs were played.
    pub runs: u64,
    /// How many steps are left, and how many there were.
    pub steps: (usize, usize),
    /// How many fates are left, and how many the plan listed when it was closed.
    pub fates: (usize, usize),
    /// How many servers are left, and how many there were.
    pub servers: (usize, usize),
    /// Whether the plan is 1-minimal: if any one of its lines is left out, it does not fail in the
    /// same way. If not, the budget ended first, or the listener stopped the search.
    pub is_minimal: bool,
    /// Whether the plan comes from another one, drawn anew or a variant of the first: its seed and
    /// its messages are others, and perhaps its steps.
    pub is_fresh: bool,
}

/// Why a plan was not shrunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShrinkError {
    /// The plan does not fail.
    Passes,
    /// The same plan led to different runs.
    Unsteady {
        /// The verdict of one run.
        one: Result<(), Failure>,
        /// The verdict of another.
        other: Result<(), Failure>,
    },
    /// The closed plan, which lists the fate of every message, did not fail in the same way.
    Closing {
        /// The verdict of the open run.
        open: Result<(), Failure>,
        /// The verdict of the closed run.
        closed: Result<(), Failure>,
    },
}

impl fmt::Display for ShrinkError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passes => write!(out, "the plan does not fail: there is nothing to shrink"),
            Self::Unsteady { one, other } => {
                write!(out, "{}: {}", property::DETERMINISTIC, parted(one, other))
            }
            Self::Closing { open, closed } => write!(
                out,
                "the run {}; but in a closed world, with the fate of every message listed, it {}",
                outcome(open),
                outcome(closed)
            ),
        }
    }
}

impl Error for ShrinkError {}

/// A listener to the progress of shrinking.
pub trait ShrinkProgress {
    /// `runs` runs have been played so far, and `best` is the smallest plan yet.
    fn played(&self, _runs: u64, _best: &Plan) {}

    /// Whether to stop early, with the smallest plan so far. It is asked before each candidate.
    fn stops(&self) -> bool {
        false
    }
}

impl ShrinkProgress for Quiet {}

/// A plan of more lines is long: one with so few servers, and half the lines, is easier to read.
const FEW_LINES: usize = 8;
const FEW_SERVERS: usize = 3;

/// How many runs a plan is played whatever the budget: two before it is recorded, one to record it,
/// one when it is closed, and one to record what is left.
const AT_LEAST: u64 = 5;

/// How many runs of the budget are reserved for recording the smallest plan.
const TO_END: u64 = 1;

/// Shrinks a plan that fails, in at most `budget` runs (five are played whatever the budget).
///
/// First the plan is closed: it then lists the fate of every message. Then it loses fates, then
/// steps, and in the end each single line and each pair of lines without which it still fails. Then
/// other plans are tried, for one server, two, three and five. If those are fewer, the first are
/// the plan itself among some of its servers, with other seeds. Short plans that are drawn anew
/// follow, for as many servers too if the plan is still long. The first that fails in the same way
/// is shrunk too, and takes the plan's place if it ends with fewer servers, or is much shorter. If
/// `progress` stops it, the result is the smallest plan so far.
///
/// # Errors
/// If the plan does not fail, if its runs differ, or if the closed plan does not fail in the same
/// way.
pub fn shrink(
    player: &dyn Player,
    plan: &Plan,
    budget: u64,
    progress: &dyn ShrinkProgress,
) -> Result<Shrunk, ShrinkError> {
    let mut shrunk = shrink_itself(player, plan, &mut 0, budget, progress)?;
    for servers in fresh::SIZES {
        let (smallest, lines) = (shrunk.servers.0, shrunk.plan.lines());
        let is_long = lines > FEW_LINES && usize::from(servers) <= smallest.max(FEW_SERVERS);
        if usize::from(servers) >= smallest && !is_long {
            break;
        }
        let another = shrink_another(player, plan, (&mut shrunk, servers), budget, progress);
        let Some(other) = another else { continue };
        let is_short = is_long && 2 * other.plan.lines() <= lines;
        if other.servers.0 >= smallest && !is_short {
            continue;
        }
        shrunk = Shrunk {
            steps: (other.steps.0, shrunk.steps.1),
            fates: (other.fates.0, shrunk.fates.1),
            servers: (other.servers.0, shrunk.servers.1),
            is_fresh: true,
            ..other
        };
    }
    Ok(shrunk)
}

/// Shrinks the first fresh plan for `servers` servers that fails in the same way as `small`, and
/// can be closed. No plan is tried any more when half of the runs left are played, so that the one
/// that is found can be shrunk too; `small` counts the runs as its own.
fn shrink_another(
    player: &dyn Player,
    plan: &Plan,
    (small, servers): (&mut Shrunk, u8),
    budget: u64,
    progress: &dyn ShrinkProgress,
) -> Option<Shrunk> {
    let left = budget.saturating_sub(small.runs);
    // What is left after half of it is enough to play another plan.
    let most = if left < 2 * AT_LEAST { 0 } else { small.runs + left / 2 };
    let mut candidates = fresh::candidates(plan, small, servers);
    loop {
        let other = fresh::find(player, (small, most), &mut candidates, progress)?;
        let other = shrink_itself(player, &other, &mut small.runs, budget, progress);
        if let Ok(other) = other {
            return Some(other);
        }
    }
}

/// Shrinks a plan, without any other, after `runs` of the budget were played, and counts its own
/// there too.
fn shrink_itself(
    player: &dyn Player,
    plan: &Plan,
    runs: &mut u64,
    budget: u64,
    progress: &dyn ShrinkProgress,
) -> Result<Shrunk, ShrinkError> {
    let mut search = Search::begin(player, plan, (*runs, budget), progress)?;
    let shrunk = shrink_within(&mut search, plan);
    *runs = search.runs();
    shrunk
}

/// Shrinks `plan`, with which `search` began.
fn shrink_within(search: &mut Search<'_>, plan: &Plan) -> Result<Shrunk, ShrinkError> {
    let recorded = search.record()?;
    close(search, &recorded)?;
    let listed = search.best().fates.len();
    search.keep(TO_END);
    shrink_fates(search, &recorded);
    shrink_steps(search);

    reduce_singly(search);
    while simplify(search) || reduce_in_pairs(search) {
        reduce_singly(search);
    }
    let is_minimal = !search.is_spent();

    let run = search.record()?;
    let best = Plan { digest: Some(run.digest), ..search.best().clone() };
    let servers = |plan: &Plan, run: &Run| {
        plan.schedule().map_or(run.roles.len(), |schedule| usize::from(schedule.servers))
    };
    Ok(Shrunk {
        runs: search.runs(),
        steps: (best.steps().len(), plan.steps().len()),
        fates: (best.fates.len(), listed),
        servers: (servers(&best, &run), servers(plan, &recorded)),
        is_minimal,
        is_fresh: false,
        plan: best,
        run,
    })
}

/// Leaves out steps, and makes the others simpler.
fn shrink_steps(search: &mut Search<'_>) {
    if search.best().schedule().is_none() {
        return;
    }
    shorten(search);
    let steps = search.best().steps().to_vec();
    reduce(search, steps, Plan::with_steps);
    simplify(search);
}

/// Leaves out fates. First those that are harmless, which are most: without them the messages
/// arrive once and promptly all the same.
fn shrink_fates(search: &mut Search<'_>, recorded: &Run) {
    let listed = in_order(search, recorded);
    if search.takes(|best| with_fates(best, &[])) {
        return;
    }
    let (harmless, harmful): (Vec<_>, Vec<_>) =
        listed.iter().copied().partition(|&(_, fate)| is_harmless(fate));
    reduce(search, harmless, |plan, kept| with_fates(plan, &[&harmful, kept].concat()));
    let is_left = |(name, _): &(_, _)| search.best().fates.contains_key(name);
    let left = listed.into_iter().filter(is_left).collect();
    reduce(search, left, with_fates);
}

fn with_fates(plan: &Plan, fates: &[(MessageName, Override)]) -> Plan {
    plan.with_fates(fates.iter().copied().collect())
}

/// How two runs of one plan differ, as a sentence.
fn parted(one: &Result<(), Failure>, other: &Result<(), Failure>) -> String {
    if one == other {
        return format!("two runs of the plan differ, though each {}", outcome(one));
    }
    format!("a run {}, and played again it {}", outcome(one), outcome(other))
}

/// The outcome of a run, as part of a sentence.
fn outcome(verdict: &Result<(), Failure>) -> String {
    match verdict {
        Ok(()) => "passed".to_owned(),
        Err(failure) => format!("failed: {failure}"),
    }
}
