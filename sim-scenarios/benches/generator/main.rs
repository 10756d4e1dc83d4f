//! What a plan must have to find each planted bug: `cargo bench -p sim-scenarios --bench generator --
//! PLANS`. It draws up to PLANS plans for each bug (2,000 if not given), plays them, and prints
//! tables as Markdown: which traits a plan must have to find a bug, alone and in pairs, and how much
//! more often bugs are found with each trait than without it.
//!
//! With a second word it also writes a line for each plan to the file of that name: the number of
//! the bug in the table, whether the plan found it, the microseconds that it took, and its traits as
//! a number, whose bits are in the order of the table.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time"
)]

mod table;
mod traits;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use raftsim_explore::{CrashPoints, Fuzz, Runner as _, proves};
use raftsim_node::Node as _;
use raftsim_plan::{Drawing, Scope};
use raftsim_sim::{Recording, prepare_process};
use raftsim_specimens::mutant::{Config, Control, MUTATIONS, MutationInfo};
use sim_scenarios::NodePlayer;

use crate::table::Bug;
use crate::traits::traits_of;

/// How many plans are drawn for each bug, if not given.
const PLANS: u64 = 2_000;
/// After so many plans that find a bug, no more are drawn for it.
const ENOUGH: usize = 300;

/// A plan that was played.
struct Played {
    traits: u64,
    found: bool,
    micros: u128,
}

/// Draws and plays plans for one bug.
fn play(info: &MutationInfo, most: u64) -> Vec<Played> {
    let config = Config::of(info.mutation);
    let stands = Control::claims(&config).copes_with_standing_faults;
    let drawing = Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm: true, stands };
    let player = NodePlayer::<Control>::new(config);
    // What finds a bug is then the plan that was drawn.
    let (node, crash_points) = (Control::NAME, CrashPoints::NONE);
    let fuzz = Fuzz { player: &player, node, drawing: &drawing, crash_points };
    let (mut plans, mut finds) = (vec![], 0);
    for seed in 0..most {
        let start = Instant::now();
        let verdict = fuzz.run(seed, Recording::Off).verdict;
        let micros = start.elapsed().as_micros();
        let found = verdict.is_err_and(|failure| proves(&failure));
        plans.push(Played { traits: traits_of(&fuzz.drawn(seed)), found, micros });
        finds += usize::from(found);
        if finds == ENOUGH {
            break;
        }
    }
    plans
}

/// The plans of each bug, in the order of the bugs.
fn play_all(most: u64) -> Vec<Vec<Played>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![]);
    let worker = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(info) = MUTATIONS.get(at) else { break };
            let played = play(info, most);
            done.lock().expect("no run panics").push((at, played));
        }
    };
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(worker);
        }
    });
    let mut done = done.into_inner().expect("no run panics");
    done.sort_by_key(|&(at, _)| at);
    done.into_iter().map(|(_, played)| played).collect()
}

fn write_rows(path: &str, all: &[Vec<Played>]) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for (bug, played) in all.iter().enumerate() {
        for Played { traits, found, micros } in played {
            writeln!(out, "{bug} {} {micros} {traits}", u8::from(*found))?;
        }
    }
    out.flush()
}

fn main() {
    prepare_process();
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let most = words.next().map_or(PLANS, |word| word.parse().expect("a number of plans"));
    let all = play_all(most);
    if let Some(path) = words.next() {
        write_rows(&path, &all).expect("the file can be written");
    }
    let bugs: Vec<Bug> = all
        .iter()
        .map(|played| Bug::of(played.iter().map(|plan| (plan.traits, plan.found))))
        .collect();
    table::print(&bugs, most);
}
