//! `bugs`: plants each known bug in the control Raft, and reports how many runs find it, by which
//! search method.
//!
//! | module | owns |
//! |---|---|
//! | `method` | the search methods |
//! | `row` | the result of one method on one bug |
//! | `book` | what has been searched so far, in the file of `--state` |
//! | `table` | the table |
//! | `document` | the whole table, as a document |

mod book;
mod document;
mod method;
mod row;
mod table;

use std::num::NonZeroU64;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use raftsim_explore::{HarnessPanic, Hunt};
use raftsim_specimens::mutant::{MUTATIONS, MutationInfo};

use crate::command::Exit;
use crate::command::args::BugsArgs;
use crate::command::bad::Bad;
use crate::command::out::{self, json_so_far};
use crate::command::progress::{Minutes, bar};
use crate::command::specimens::mutant;
use crate::command::state::State;
use crate::command::stop::Stop;

use book::Book;
pub(crate) use method::SearchMethod;
use row::Row;

/// How many independent searches make a row.
const STARTS: usize = 9;

/// How many searches may find nothing before no more are tried.
const MAX_FRUITLESS: usize = 2;

/// The budgets of the other methods if `fuzz` found nothing: every method gets the first, and if
/// none finds the bug every method gets the second.
const LAST_RESORTS: [NonZeroU64; 2] =
    [NonZeroU64::new(100).expect("more than none"), NonZeroU64::new(1_000).expect("the same")];

pub(crate) fn bugs(args: &BugsArgs) -> Result<Exit, Bad> {
    let bugs: Vec<&MutationInfo> =
        MUTATIONS.iter().filter(|info| args.bug.is_none_or(|bug| bug == info.mutation)).collect();
    if let (Some(bug), Some(way)) = (args.bug, args.way)
        && !way.suits(bug)
    {
        return Err(Bad::Usage(format!(
            "{way} checks a claim that the node of the bug {bug} does not make"
        )));
    }
    let methods: Vec<SearchMethod> =
        if args.full { SearchMethod::all().collect() } else { args.way.into_iter().collect() };
    let (state, stop) =
        (&State::open(args.state.path.as_deref(), &command(args), "")?, &Stop::on_signals());
    let what = if methods.is_empty() { "bugs" } else { "rows" };
    let bar = &bar(
        Some((bugs.len() * methods.len().max(1)) as u64),
        &format!("{what} {{wide_bar}} {{pos}}/{{len}}, {{eta}} left"),
    );
    let book = Book { state, stop, bar, minutes: Minutes::new() };
    if !args.json && !args.markdown {
        bar.suspend(table::heading)?;
    }
    let rows = search_all(&bugs, &methods, args, &book)?;
    bar.finish_and_clear();
    let rows: Vec<Vec<Row>> = rows.into_iter().filter(|rows| !rows.is_empty()).collect();
    let suits = |info: &&MutationInfo| args.way.is_none_or(|way| way.suits(info.mutation));
    let unclaimed = bugs.len() - bugs.iter().copied().filter(suits).count();
    if args.markdown && !stop.is_asked() {
        out::line(document::of(&rows, args.provenance.as_deref()).trim_end())?;
    } else if !args.json && !args.markdown {
        table::summary(&rows, unclaimed)?;
    }
    let is_stopped = stop.is_asked();
    let left = bugs.len() - unclaimed - rows.len();
    if is_stopped {
        let rest = if args.state.path.is_some() {
            "run the same command again"
        } else {
            "with `--state FILE` the same command would"
        };
        out::note(
            args.json || args.markdown,
            &format!("\nstopped before the end: {left} bugs are not searched yet\n  go on: {rest}"),
        )?;
    }
    Ok(match (rows.iter().any(|rows| survived(rows)), is_stopped) {
        (true, false) => Exit::Failed,
        (false, false) => Exit::Passed,
        (_, true) => Exit::Interrupted,
    })
}

/// The command with all options that decide what is searched, in one spelling.
fn command(args: &BugsArgs) -> String {
    let mut words = vec!["bugs".to_owned()];
    words.extend(args.bug.map(|bug| format!("--bug {bug}")));
    words.extend(args.way.map(|way| format!("--way {way}")));
    words.extend(args.full.then(|| "--full".to_owned()));
    words.extend(args.budget.map(|budget| format!("--budget {budget}")));
    words.join(" ")
}

/// Whether no method found the bug of these rows.
fn survived(rows: &[Row]) -> bool {
    !rows.iter().any(Row::is_caught)
}

/// Searches for each of these bugs by each of these methods; without methods, by `fuzz` and, if
/// that finds nothing, by the others. Prints each row that comes. Returns the rows in the order of
/// the bugs; if the command is stopped, those that there are.
fn search_all(
    bugs: &[&'static MutationInfo],
    methods: &[SearchMethod],
    args: &BugsArgs,
    book: &Book<'_>,
) -> Result<Vec<Vec<Row>>, Bad> {
    // Method by method: those with many cheap runs come last, so that all threads end about
    // together.
    let count = bugs.len() * methods.len().max(1);
    let mut output = Ok(());
    let rows = each(
        count,
        args.jobs.count(),
        |place| {
            let info = bugs[place % bugs.len()];
            let rows = match methods.get(place / bugs.len()) {
                Some(&method) if !method.suits(info.mutation) => Ok(Some(vec![])),
                Some(&method) => {
                    search_by(info, method, args.budget, book).map(|row| row.map(|row| vec![row]))
                }
                None => search(info, args.budget, book),
            };
            let rows =
                rows.map_err(|panic| Bad::panicked("bugs", &mutant(info.mutation), panic))?;
            if rows.is_some() {
                book.bar.inc(1);
            }
            Ok::<_, Bad>(rows)
        },
        |rows: &Vec<Row>| {
            let print =
                |row: &Row| if args.json { json_so_far(&row.to_json()) } else { table::row(row) };
            if !args.markdown && output.is_ok() {
                output = book.bar.suspend(|| rows.iter().try_for_each(print));
            }
        },
    )?;
    output?;
    let mut by_bug: Vec<Vec<Row>> = bugs.iter().map(|_| vec![]).collect();
    for (place, rows) in rows.into_iter().enumerate() {
        by_bug[place % bugs.len()].extend(rows.into_iter().flatten());
    }
    Ok(by_bug)
}

/// Searches for one bug by `fuzz`; if that finds nothing, by the other methods until one does.
/// Returns `None` if the command is stopped.
fn search(
    bug: &'static MutationInfo,
    budget: Option<NonZeroU64>,
    book: &Book<'_>,
) -> Result<Option<Vec<Row>>, HarnessPanic> {
    let Some(row) = search_by(bug, SearchMethod::Fuzz, budget, book)? else { return Ok(None) };
    let mut rows = vec![row];
    if rows[0].is_caught() {
        return Ok(Some(rows));
    }
    for few in LAST_RESORTS {
        let methods = [SearchMethod::Uniform].into_iter().chain(SearchMethod::scenarios());
        for method in methods.filter(|method| method.suits(bug.mutation)) {
            let few = budget.map_or(few, |budget| budget.min(few));
            let Some(row) = Row::of(bug, method, few, 1, |_| true, book)? else { return Ok(None) };
            if row.is_caught() {
                rows.push(row);
                return Ok(Some(rows));
            }
        }
    }
    Ok(Some(rows))
}

/// Searches for one bug by one method. Returns `None` if the command is stopped.
fn search_by(
    bug: &'static MutationInfo,
    method: SearchMethod,
    budget: Option<NonZeroU64>,
    book: &Book<'_>,
) -> Result<Option<Row>, HarnessPanic> {
    let found_none = |hunts: &[Hunt]| hunts.iter().all(|hunt| hunt.property.is_none());
    let is_fruitless = |hunts: &[Hunt]| hunts.len() >= MAX_FRUITLESS && found_none(hunts);
    Row::of(bug, method, budget.unwrap_or(method.usual_budget()), STARTS, is_fruitless, book)
}

/// Does `count` pieces of work, several at once, and hands each result to `ready`: in the order of
/// the pieces, as soon as all before it are done. Returns the results in that order. `None` is work
/// that was stopped; after the first, no more is begun.
fn each<T: Send, E: Send>(
    count: usize,
    jobs: usize,
    work: impl Fn(usize) -> Result<Option<T>, E> + Sync,
    ready: impl FnMut(&T) + Send,
) -> Result<Vec<Option<T>>, E> {
    struct Done<T, E, R> {
        results: Vec<Option<Result<Option<T>, E>>>,
        shown: usize,
        ready: R,
    }
    let next = AtomicUsize::new(0);
    let results = (0..count).map(|_| None).collect();
    let done = Mutex::new(Done { results, shown: 0, ready });
    let worker = || loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        if place >= count {
            return;
        }
        let result = work(place);
        if !matches!(result, Ok(Some(_))) {
            next.store(count, Ordering::Relaxed);
        }
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        let Done { results, shown, ready } = &mut *done;
        results[place] = Some(result);
        while let Some(Some(Ok(Some(result)))) = results.get(*shown) {
            ready(result);
            *shown += 1;
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs.min(count) {
            // Fewer threads than asked for do the same work.
            let _ = thread::Builder::new().spawn_scoped(scope, worker);
        }
        worker();
    });
    let Done { results, shown, mut ready } =
        done.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Of a command that is stopped, what was done after a gap.
    let later = results.iter().skip(shown);
    later.for_each(|result| {
        if let Some(Ok(Some(result))) = result {
            ready(result);
        }
    });
    results.into_iter().map(|result| result.unwrap_or(Ok(None))).collect()
}
