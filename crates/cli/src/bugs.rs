//! `bugs`: plants each known bug in a Raft, and tells how many runs find it, by which way of searching.

use std::fmt;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use comfy_table::CellAlignment;
use cpu_time::ThreadTime;
use raftsim_explore::plan::{Drawing, Reach};
use raftsim_explore::{Bug as Panic, Fuzz, Hunt, Hunted, hunt};
use raftsim_specimens::second::{BUGS, Bug, BugInfo, Config, Second};
use serde::Serialize;
use sim_scenarios::{NodePlayer, NodeRunner, SCENARIOS, ScenarioInfo, scenario};

use crate::Exit;
use crate::args::BugsArgs;
use crate::bad::Bad;
use crate::bars::bar;
use crate::out::{self, json, table};

/// How many independent searches a row tells of, and how far apart their seeds begin.
const STARTS: u64 = 9;
const APART: u64 = 1 << 32;

/// After so many searches that found nothing no more are tried, unless all was asked for.
const VAIN: usize = 2;

/// How many runs each of the other ways gets, once each, then once more.
const LAST_RESORTS: [u64; 2] = [100, 1_000];

/// A way of searching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Plans, of which each has its own kinds of faults.
    Swarm,
    /// Plans, each of which has all kinds of faults.
    Uniform,
    /// A scenario's seeds.
    Scenario(&'static ScenarioInfo),
}

impl Way {
    /// All of them: `fuzz` first, then scenarios of ours, then the lab's.
    fn all() -> impl Iterator<Item = Self> {
        let ours = SCENARIOS.iter().filter(|info| info.mirrors.is_none());
        let labs = SCENARIOS.iter().filter(|info| info.mirrors.is_some());
        // The second Raft claims nothing.
        let scenarios = ours.chain(labs).filter(|info| info.needs.is_none());
        [Self::Swarm, Self::Uniform].into_iter().chain(scenarios.map(Self::Scenario))
    }

    /// Searches for a bug from one start on.
    fn hunt(self, bug: Bug, start: u64, budget: u64) -> Result<Hunt, Panic> {
        let config = Config { bug: Some(bug) };
        match self {
            Self::Swarm | Self::Uniform => {
                let swarm = self == Self::Swarm;
                let drawing = Drawing { servers: 1..=7, reach: Reach::Snapshots, swarm };
                let player = NodePlayer::<Second>::new(config);
                let fuzz = Fuzz { player: &player, node: Second::NAME, drawing: &drawing };
                hunt(&fuzz, start * APART, budget)
            }
            Self::Scenario(info) => {
                let scenario = scenario(info.name).expect("it is one of the registry's");
                hunt(&NodeRunner::<Second>::new(scenario, config), start * APART, budget)
            }
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Swarm => out.pad("fuzz"),
            Self::Uniform => out.pad("fuzz --uniform"),
            Self::Scenario(info) => out.pad(info.name),
        }
    }
}

/// What one way made of one bug.
struct Row {
    bug: &'static BugInfo,
    way: Way,
    /// The property that the first search found broken.
    property: Option<&'static str>,
    starts: u64,
    found: Hunted,
    cpu_seconds: f64,
}

/// The same, as JSON tells it.
#[derive(Serialize)]
struct Told<'a> {
    bug: &'a str,
    property: Option<&'a str>,
    way: String,
    starts: u64,
    caught: bool,
    median_runs: Option<u64>,
    low: Option<u64>,
    high: Option<u64>,
    cpu_seconds: f64,
}

impl Row {
    /// Searches for a bug by one way, from several starts; from fewer if it is `vain`.
    fn of(
        bug: &'static BugInfo,
        way: Way,
        budget: u64,
        is_vain: impl Fn(&[Hunt]) -> bool,
    ) -> Result<Self, Panic> {
        let begun = ThreadTime::now();
        let mut hunts = vec![];
        for start in 0..STARTS {
            hunts.push(way.hunt(bug.bug, start, budget)?);
            if is_vain(&hunts) {
                break;
            }
        }
        let property = hunts.iter().find_map(|hunt| hunt.failure.as_ref());
        Ok(Self {
            bug,
            way,
            property: property.map(raftsim_sim::Failure::property),
            starts: hunts.len() as u64,
            found: Hunted::of(&hunts),
            cpu_seconds: begun.elapsed().as_secs_f64(),
        })
    }

    fn is_caught(&self) -> bool {
        self.property.is_some()
    }

    fn told(&self) -> Told<'_> {
        let Hunted { median, low, high } = self.found;
        Told {
            bug: self.bug.name,
            property: self.property,
            way: self.way.to_string(),
            starts: self.starts,
            caught: self.is_caught(),
            median_runs: median,
            low,
            high,
            cpu_seconds: self.cpu_seconds,
        }
    }
}

/// Searches for one bug by every way.
fn search_all_ways(bug: &'static BugInfo, budget: u64) -> Result<Vec<Row>, Panic> {
    Way::all().map(|way| Row::of(bug, way, budget, |_| false)).collect()
}

/// Searches for one bug by `fuzz`; if that finds nothing, by the other ways until one does.
fn search(bug: &'static BugInfo, budget: u64) -> Result<Vec<Row>, Panic> {
    let found_none = |hunts: &[Hunt]| hunts.iter().all(|hunt| hunt.failure.is_none());
    let is_vain = |hunts: &[Hunt]| hunts.len() >= VAIN && found_none(hunts);
    let mut rows = vec![Row::of(bug, Way::Swarm, budget, is_vain)?];
    if rows[0].is_caught() {
        return Ok(rows);
    }
    for few in LAST_RESORTS {
        for way in Way::all().skip(1) {
            let row = Row::of(bug, way, few.min(budget), |_| true)?;
            if row.is_caught() {
                rows.push(row);
                return Ok(rows);
            }
        }
    }
    Ok(rows)
}

pub(crate) fn bugs(args: &BugsArgs) -> Result<Exit, Bad> {
    let bugs: Vec<&BugInfo> =
        BUGS.iter().filter(|info| args.bug.is_none_or(|bug| bug == info.bug)).collect();
    let rows = search_all(&bugs, args).map_err(Bad::planted)?;
    if args.json {
        rows.iter().flatten().try_for_each(|row| json(&row.told()))?;
    } else {
        print(&rows)?;
    }
    let survived = |rows: &Vec<Row>| !rows.iter().any(Row::is_caught);
    Ok(if rows.iter().any(survived) { Exit::Failed } else { Exit::Held })
}

/// What the searches for one bug came to, or which bug of the harness they met.
type Searched = Result<Vec<Row>, (Bug, Panic)>;

/// Searches for each of these bugs, several at once; their rows in the order of the bugs.
fn search_all(bugs: &[&'static BugInfo], args: &BugsArgs) -> Result<Vec<Vec<Row>>, (Bug, Panic)> {
    let bar = bar(Some(bugs.len() as u64), "bugs {wide_bar} {pos}/{len}, {eta} left");
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<Searched>>> = Mutex::new(bugs.iter().map(|_| None).collect());
    let worker = || loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let Some(info) = bugs.get(place) else { return };
        let budget = args.budget.get();
        let rows = if args.full { search_all_ways(info, budget) } else { search(info, budget) };
        let rows = rows.map_err(|panic| (info.bug, panic));
        bar.inc(1);
        done.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(rows);
    };
    thread::scope(|scope| {
        (1..args.jobs.count()).for_each(|_| drop(scope.spawn(worker)));
        worker();
    });
    bar.finish_and_clear();
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_iter().map(|rows| rows.expect("each was searched for")).collect()
}

/// A number of runs, or that there were too few.
fn runs(runs: Option<u64>) -> String {
    runs.map_or("-".to_owned(), |runs| runs.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn print(rows: &[Vec<Row>]) -> Result<(), Bad> {
    let mut table =
        table(["bug", "found by", "median runs", "95 %", "cpu, ms", "property", "what is wrong"]);
    for row in rows.iter().flatten() {
        let Hunted { median, low, high } = row.found;
        table.add_row([
            row.bug.name.to_owned(),
            row.way.to_string(),
            runs(median),
            format!("{}..{}", runs(low), runs(high)),
            format!("{:.1}", row.cpu_seconds * 1e3 / row.starts as f64),
            row.property.unwrap_or("not found").to_owned(),
            row.bug.wrong.to_owned(),
        ]);
    }
    for column in table.column_iter_mut().skip(2).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    out::line(&table.to_string())?;
    let survivors = rows.iter().filter(|rows| !rows.iter().any(Row::is_caught));
    let survivors: Vec<&str> = survivors.map(|rows| rows[0].bug.name).collect();
    let (all, found) = (rows.len(), rows.len() - survivors.len());
    out::line(&format!("\n{found} of {all} bugs found"))?;
    if survivors.is_empty() {
        return Ok(());
    }
    Ok(out::line(&format!("survivors: {}", survivors.join(", ")))?)
}
