//! The table of `bugs`, a row as soon as it is known. The widths of its columns are fixed
//! beforehand.

use std::sync::LazyLock;

use raftsim_explore::HuntStats;
use raftsim_sim::text::{counted, counted_of};
use raftsim_specimens::mutant::MUTATIONS;

use super::method::SearchMethod;
use super::row::Row;
use super::survived;
use crate::command::bad::Bad;
use crate::command::out;

/// The width of the names of bugs, and that of the names of methods.
static WIDTHS: LazyLock<[usize; 2]> = LazyLock::new(|| {
    let bugs = MUTATIONS.iter().map(|info| info.name.len()).max().unwrap_or_default();
    let methods = SearchMethod::all().map(|method| method.to_string().len()).max();
    [bugs, methods.unwrap_or_default()]
});

pub(super) fn heading() -> Result<(), Bad> {
    let cells = ["bug", "found by", "median runs", "95 %", "cpu, ms", "property", "what is wrong"];
    line(cells.map(str::to_owned))
}

pub(super) fn row(row: &Row) -> Result<(), Bad> {
    let HuntStats { median, low, high } = row.found;
    line([
        row.bug.name.to_owned(),
        row.method.to_string(),
        runs(median),
        format!("{}..{}", runs(low), runs(high)),
        format!("{:.1}", row.cpu_millis()),
        row.property().unwrap_or("not found").to_owned(),
        row.bug.wrong.to_owned(),
    ])
}

/// A number of runs; `-` if the budget ended first.
fn runs(runs: Option<u64>) -> String {
    runs.map_or("-".to_owned(), |runs| runs.to_string())
}

fn line(cells: [String; 7]) -> Result<(), Bad> {
    let [bug, method, median, bounds, millis, property, wrong] = cells;
    let [first, second] = *WIDTHS;
    Ok(out::line(&format!(
        " {bug:<first$}  {method:<second$}  {median:>11}  {bounds:>11}  {millis:>9}  \
         {property:<34}  {wrong}"
    ))?)
}

/// How many bugs were found, and which were not; and of how many, `unclaimed`, the nodes do not make
/// the claim that the scenario checks.
pub(super) fn summary(rows: &[Vec<Row>], unclaimed: usize) -> Result<(), Bad> {
    let survivors = rows.iter().filter(|rows| survived(rows));
    let survivors: Vec<&str> = survivors.map(|rows| rows[0].bug.name).collect();
    let (all, found) = (rows.len(), rows.len() - survivors.len());
    out::line(&format!("\n{} found", counted_of((found, all), "bug")))?;
    if unclaimed > 0 {
        out::line(&format!(
            "not searched: {}, whose nodes do not make the claim that the scenario checks",
            counted(unclaimed as u64, "bug")
        ))?;
    }
    if survivors.is_empty() {
        return Ok(());
    }
    Ok(out::line(&format!("survivors: {}", survivors.join(", ")))?)
}
