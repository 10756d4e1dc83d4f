//! `bugs`: plants each known bug in a Raft, and tells how many runs find it, by which way of searching.
//!
//! | module | owns |
//! |---|---|
//! | `way` | the ways of searching |
//! | `row` | what one way made of one bug |
//! | `document` | the whole table, as a document |

mod document;
mod row;
mod way;

use std::num::NonZeroU64;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use comfy_table::CellAlignment;
use raftsim_explore::{HarnessPanic, Hunt, HuntStats};
use raftsim_specimens::mutant::{MUTATIONS, Mutation, MutationInfo};

use crate::Exit;
use crate::args::BugsArgs;
use crate::bad::Bad;
use crate::bars::bar;
use crate::nodes::NodeEntry;
use crate::out::{self, json, table};

use row::Row;
pub(crate) use way::Way;

/// How many independent searches a row tells of.
const STARTS: u64 = 9;

/// After so many searches that found nothing no more are tried.
const VAIN: usize = 2;

/// How many runs each of the other ways gets where `fuzz` found nothing, once each, then once more.
const LAST_RESORTS: [NonZeroU64; 2] =
    [NonZeroU64::new(100).expect("more than none"), NonZeroU64::new(1_000).expect("the same")];

pub(crate) fn bugs(args: &BugsArgs) -> Result<Exit, Bad> {
    let bugs: Vec<&MutationInfo> =
        MUTATIONS.iter().filter(|info| args.bug.is_none_or(|bug| bug == info.mutation)).collect();
    let rows = search_all(&bugs, args)
        .map_err(|(mutation, panic)| Bad::panicked("bugs", &NodeEntry::mutant(mutation), panic))?;
    if args.json {
        rows.iter().flatten().try_for_each(|row| json(&row.told()))?;
    } else if args.markdown {
        out::line(document::of(&rows, args.provenance.as_deref()).trim_end())?;
    } else {
        print(&rows)?;
    }
    Ok(if rows.iter().any(|rows| survived(rows)) { Exit::Failed } else { Exit::Held })
}

/// Whether no way found the bug of these rows.
fn survived(rows: &[Row]) -> bool {
    !rows.iter().any(Row::is_caught)
}

/// Searches for each of these bugs; their rows in the order of the bugs.
fn search_all(
    bugs: &[&'static MutationInfo],
    args: &BugsArgs,
) -> Result<Vec<Vec<Row>>, (Mutation, HarnessPanic)> {
    let ways: Vec<Way> =
        if args.full { Way::all().collect() } else { args.way.into_iter().collect() };
    if ways.is_empty() {
        return each(bugs.len(), args, "bugs", |place| {
            let info = bugs[place];
            search(info, args.budget).map_err(|panic| (info.mutation, panic))
        });
    }
    // Way by way: those with many cheap runs come last, so that all threads end about together.
    let rows = each(bugs.len() * ways.len(), args, "rows", |place| {
        let (info, way) = (bugs[place % bugs.len()], ways[place / bugs.len()]);
        search_by(info, way, args.budget).map_err(|panic| (info.mutation, panic))
    })?;
    let mut by_bug: Vec<Vec<Row>> = bugs.iter().map(|_| vec![]).collect();
    for (place, row) in rows.into_iter().enumerate() {
        by_bug[place % bugs.len()].push(row);
    }
    Ok(by_bug)
}

/// Searches for one bug by `fuzz`; if that finds nothing, by the other ways until one does.
fn search(
    bug: &'static MutationInfo,
    budget: Option<NonZeroU64>,
) -> Result<Vec<Row>, HarnessPanic> {
    let mut rows = vec![search_by(bug, Way::Fuzz, budget)?];
    if rows[0].is_caught() {
        return Ok(rows);
    }
    for few in LAST_RESORTS {
        for way in [Way::Uniform].into_iter().chain(Way::scenarios()) {
            let few = budget.map_or(few, |budget| budget.min(few));
            let row = Row::of(bug, way, few, 1, |_| true)?;
            if row.is_caught() {
                rows.push(row);
                return Ok(rows);
            }
        }
    }
    Ok(rows)
}

/// Searches for one bug by one way.
fn search_by(
    bug: &'static MutationInfo,
    way: Way,
    budget: Option<NonZeroU64>,
) -> Result<Row, HarnessPanic> {
    let found_none = |hunts: &[Hunt]| hunts.iter().all(|hunt| hunt.failure.is_none());
    let is_vain = |hunts: &[Hunt]| hunts.len() >= VAIN && found_none(hunts);
    Row::of(bug, way, budget.unwrap_or(way.usual_budget()), STARTS, is_vain)
}

/// Does `count` pieces of work, several at once; what they come to, in their order.
fn each<T: Send, E: Send>(
    count: usize,
    args: &BugsArgs,
    what: &str,
    work: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let bar =
        bar(Some(count as u64), &format!("{what} {{wide_bar}} {{pos}}/{{len}}, {{eta}} left"));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<Result<T, E>>>> = Mutex::new((0..count).map(|_| None).collect());
    let worker = || loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        if place >= count {
            return;
        }
        let result = work(place);
        bar.inc(1);
        done.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(result);
    };
    thread::scope(|scope| {
        (1..args.jobs.count()).for_each(|_| drop(scope.spawn(worker)));
        worker();
    });
    bar.finish_and_clear();
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_iter().map(|result| result.expect("each was done")).collect()
}

/// A number of runs, or that there were too few.
fn runs(runs: Option<u64>) -> String {
    runs.map_or("-".to_owned(), |runs| runs.to_string())
}

fn print(rows: &[Vec<Row>]) -> Result<(), Bad> {
    let mut table =
        table(["bug", "found by", "median runs", "95 %", "cpu, ms", "property", "what is wrong"]);
    for row in rows.iter().flatten() {
        let HuntStats { median, low, high } = row.found;
        table.add_row([
            row.bug.name.to_owned(),
            row.way.to_string(),
            runs(median),
            format!("{}..{}", runs(low), runs(high)),
            format!("{:.1}", row.cpu_millis()),
            row.property().unwrap_or("not found").to_owned(),
            row.bug.wrong.to_owned(),
        ]);
    }
    for column in table.column_iter_mut().skip(2).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    out::line(&table.to_string())?;
    let survivors = rows.iter().filter(|rows| survived(rows));
    let survivors: Vec<&str> = survivors.map(|rows| rows[0].bug.name).collect();
    let (all, found) = (rows.len(), rows.len() - survivors.len());
    out::line(&format!("\n{found} of {all} bugs found"))?;
    if survivors.is_empty() {
        return Ok(());
    }
    Ok(out::line(&format!("survivors: {}", survivors.join(", ")))?)
}
