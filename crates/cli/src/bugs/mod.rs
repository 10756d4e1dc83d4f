//! `bugs`: plants each known bug in the control Raft, and reports how many runs find it, by which
//! search method.
//!
//! | module | owns |
//! |---|---|
//! | `method` | the search methods |
//! | `row` | the result of one method on one bug |
//! | `document` | the whole table, as a document |

mod document;
mod method;
mod row;

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

pub(crate) use method::SearchMethod;
use row::Row;

/// How many independent searches make a row.
const STARTS: u64 = 9;

/// How many searches may find nothing before no more are tried.
const MAX_FRUITLESS: usize = 2;

/// The budgets of the other methods if `fuzz` found nothing: every method gets the first, and if
/// none finds the bug every method gets the second.
const LAST_RESORTS: [NonZeroU64; 2] =
    [NonZeroU64::new(100).expect("more than none"), NonZeroU64::new(1_000).expect("the same")];

pub(crate) fn bugs(args: &BugsArgs) -> Result<Exit, Bad> {
    let bugs: Vec<&MutationInfo> =
        MUTATIONS.iter().filter(|info| args.bug.is_none_or(|bug| bug == info.mutation)).collect();
    let rows = search_all(&bugs, args)
        .map_err(|(mutation, panic)| Bad::panicked("bugs", &NodeEntry::mutant(mutation), panic))?;
    if args.json {
        rows.iter().flatten().try_for_each(|row| json(&row.to_json()))?;
    } else if args.markdown {
        out::line(document::of(&rows, args.provenance.as_deref()).trim_end())?;
    } else {
        print(&rows)?;
    }
    Ok(if rows.iter().any(|rows| survived(rows)) { Exit::Failed } else { Exit::Passed })
}

/// Whether no method found the bug of these rows.
fn survived(rows: &[Row]) -> bool {
    !rows.iter().any(Row::is_caught)
}

/// Searches for each of these bugs; returns their rows in the order of the bugs.
fn search_all(
    bugs: &[&'static MutationInfo],
    args: &BugsArgs,
) -> Result<Vec<Vec<Row>>, (Mutation, HarnessPanic)> {
    let methods: Vec<SearchMethod> =
        if args.full { SearchMethod::all().collect() } else { args.way.into_iter().collect() };
    if methods.is_empty() {
        return each(bugs.len(), args, "bugs", |place| {
            let info = bugs[place];
            search(info, args.budget).map_err(|panic| (info.mutation, panic))
        });
    }
    // Method by method: those with many cheap runs come last, so that all threads end about
    // together.
    let rows = each(bugs.len() * methods.len(), args, "rows", |place| {
        let (info, method) = (bugs[place % bugs.len()], methods[place / bugs.len()]);
        search_by(info, method, args.budget).map_err(|panic| (info.mutation, panic))
    })?;
    let mut by_bug: Vec<Vec<Row>> = bugs.iter().map(|_| vec![]).collect();
    for (place, row) in rows.into_iter().enumerate() {
        by_bug[place % bugs.len()].push(row);
    }
    Ok(by_bug)
}

/// Searches for one bug by `fuzz`; if that finds nothing, by the other methods until one does.
fn search(
    bug: &'static MutationInfo,
    budget: Option<NonZeroU64>,
) -> Result<Vec<Row>, HarnessPanic> {
    let mut rows = vec![search_by(bug, SearchMethod::Fuzz, budget)?];
    if rows[0].is_caught() {
        return Ok(rows);
    }
    for few in LAST_RESORTS {
        for method in [SearchMethod::Uniform].into_iter().chain(SearchMethod::scenarios()) {
            let few = budget.map_or(few, |budget| budget.min(few));
            let row = Row::of(bug, method, few, 1, |_| true)?;
            if row.is_caught() {
                rows.push(row);
                return Ok(rows);
            }
        }
    }
    Ok(rows)
}

/// Searches for one bug by one method.
fn search_by(
    bug: &'static MutationInfo,
    method: SearchMethod,
    budget: Option<NonZeroU64>,
) -> Result<Row, HarnessPanic> {
    let found_none = |hunts: &[Hunt]| hunts.iter().all(|hunt| hunt.property.is_none());
    let is_fruitless = |hunts: &[Hunt]| hunts.len() >= MAX_FRUITLESS && found_none(hunts);
    Row::of(bug, method, budget.unwrap_or(method.usual_budget()), STARTS, is_fruitless)
}

/// Does `count` pieces of work, several at once; returns the results in their order.
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

/// A number of runs; `-` if the budget ended first.
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
            row.method.to_string(),
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
