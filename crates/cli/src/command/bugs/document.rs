//! The whole table as a document: which way finds which bug, and in how many runs.

use std::cmp::Reverse;
use std::fmt::{Display, Write as _};

use raftsim_explore::HuntStats;

use super::method::SearchMethod;
use super::row::Row;
use super::{MAX_FRUITLESS, survived};

/// How many bugs are listed of those for which `fuzz` needs the most runs.
const HARDEST: usize = 10;

/// The document of these rows: by bug, one of every search method.
pub(super) fn of(bugs: &[Vec<Row>], provenance: Option<&str>) -> String {
    let lab = LabSearch::of(bugs);
    let sections = [
        head(bugs, &lab, provenance),
        spread(bugs),
        hardest(bugs),
        not_by_fuzz(bugs),
        not_by_lab(bugs, &lab),
        table(bugs),
    ];
    sections.join("\n")
}

/// A bug's row of one method.
fn by(rows: &[Row], method: SearchMethod) -> &Row {
    rows.iter().find(|row| row.method == method).expect("each bug has one row per search method")
}

/// The scenario that finds a bug in the fewest runs.
fn best_scenario(rows: &[Row]) -> Option<&Row> {
    let scenarios = rows.iter().filter(|row| matches!(row.method, SearchMethod::Scenario(_)));
    let caught = scenarios.filter(|row| row.is_caught());
    caught.min_by_key(|row| (row.found.median.unwrap_or(u64::MAX), row.found.low))
}

/// The search by the Go lab's suite.
struct LabSearch {
    /// How many suites were run for a bug that it does not find.
    suites: u64,
    missed: usize,
}

impl LabSearch {
    fn of(bugs: &[Vec<Row>]) -> Self {
        let rows = || bugs.iter().map(|rows| by(rows, SearchMethod::GoLab));
        let budget = rows().next().map_or(0, |row| row.budget.get());
        let missed = rows().filter(|row| !row.is_caught()).count();
        Self { suites: budget * MAX_FRUITLESS as u64, missed }
    }
}

fn head(bugs: &[Vec<Row>], lab: &LabSearch, provenance: Option<&str>) -> String {
    let made = provenance.map_or_else(String::new, |text| format!(": {text}"));
    let all = bugs.len();
    let budget = |method| by(&bugs[0], method).budget;
    let caught = |method| bugs.iter().filter(|rows| by(rows, method).is_caught()).count();
    let [runs, cpu] = medians(bugs, SearchMethod::Fuzz);
    let [suites, suites_cpu] = medians(bugs, SearchMethod::GoLab);
    let survivors = bugs.iter().filter(|rows| survived(rows)).map(|rows| rows[0].bug.name);
    let scenario = bugs.iter().filter(|rows| best_scenario(rows).is_some()).count();
    format!(
        "# What finds which bug\n\n\
         `just bugs-table` writes this file{made}.\n\n\
         Each of the {all} bugs is planted in a Raft that is correct without it, and searched for \
         in several ways. A number of runs is the median of nine independent searches, followed by \
         its 95 % interval. CPU is the average time of a whole search. A search ends after {} \
         plans, {} suites or {} seeds of a scenario. If the first two searches found nothing, \
         there were no more.\n\n\
         - `fuzz` with its defaults finds {} of {all}: the median bug takes {runs} runs and \
         {cpu} ms of CPU.\n\
         - `fuzz --uniform`, which has all kinds of faults in every run, finds {}.\n\
         - Single scenarios under all checks find {scenario}.\n\
         - The Go lab's suite, in which each of its tests runs once and only the lab's own checks \
         judge it, finds {}: the median bug takes {suites} of its runs and {suites_cpu} ms of CPU. \
         **After {} whole runs of the suite {} of the {all} bugs are still not found.** Its tests \
         run here as all others do: in virtual time, over seeds that differ more than Go's \
         schedules do, and with an applier that is in places stricter. So the lab itself would \
         probably find fewer.\n\
         - Found in no way: {}.\n",
        budget(SearchMethod::Fuzz),
        budget(SearchMethod::GoLab),
        bugs[0].last().map_or(0, |row| row.budget.get()),
        caught(SearchMethod::Fuzz),
        caught(SearchMethod::Uniform),
        caught(SearchMethod::GoLab),
        lab.suites,
        lab.missed,
        names(survivors),
    )
}

/// The names in code style, or `none`.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The runs and the milliseconds of CPU of the median bug.
fn medians(bugs: &[Vec<Row>], method: SearchMethod) -> [String; 2] {
    [rank(&runs_of(bugs, method), 50), rank(&millis_of(bugs, method), 50)]
}

/// By bug, sorted: the median number of runs; infinite where most searches found nothing.
#[expect(clippy::cast_precision_loss, reason = "for people")]
fn runs_of(bugs: &[Vec<Row>], method: SearchMethod) -> Vec<f64> {
    let runs = bugs.iter().map(|rows| by(rows, method).found.median);
    sorted(runs.map(|runs| runs.map_or(f64::INFINITY, |runs| runs as f64)))
}

/// By bug, sorted: the milliseconds of CPU of a search; infinite where most found nothing.
fn millis_of(bugs: &[Vec<Row>], method: SearchMethod) -> Vec<f64> {
    let rows = bugs.iter().map(|rows| by(rows, method));
    sorted(rows.map(|row| row.found.median.map_or(f64::INFINITY, |_| row.cpu_millis())))
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which `percent` of the values lie: the nearest rank's.
fn rank(sorted: &[f64], percent: usize) -> String {
    let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    let value = sorted[place];
    match value {
        _ if value.is_infinite() => "-".to_owned(),
        _ if value < 10.0 && value.fract() != 0.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn spread(bugs: &[Vec<Row>]) -> String {
    let mut text = "## The distribution over the bugs\n\n\
                    Medians of each bug; `-` where most searches found nothing within their \
                    budget.\n\n"
        .to_owned();
    line(&mut text, ["way", "per search", "25 %", "median", "75 %", "90 %", "hardest"]);
    line(&mut text, ["---"; 7]);
    for method in [SearchMethod::Fuzz, SearchMethod::Uniform, SearchMethod::GoLab] {
        for (what, values) in
            [("runs", runs_of(bugs, method)), ("CPU, ms", millis_of(bugs, method))]
        {
            let ranks = [25, 50, 75, 90, 100].map(|percent| rank(&values, percent));
            let [quarter, half, most, nearly, last] = ranks;
            line(
                &mut text,
                [method.to_string(), what.to_owned(), quarter, half, most, nearly, last],
            );
        }
    }
    text
}

fn hardest(bugs: &[Vec<Row>]) -> String {
    let mut text = format!("## The {HARDEST} hardest that `fuzz` finds\n\n");
    line(
        &mut text,
        ["bug", "`fuzz`, runs", "CPU, ms", "best scenario, runs", "the Go lab, suites"],
    );
    line(&mut text, ["---"; 5]);
    let mut found: Vec<&Vec<Row>> =
        bugs.iter().filter(|rows| by(rows, SearchMethod::Fuzz).is_caught()).collect();
    found.sort_by_key(|rows| {
        let HuntStats { median, low, .. } = by(rows, SearchMethod::Fuzz).found;
        Reverse((median.unwrap_or(u64::MAX), low))
    });
    for rows in found.into_iter().take(HARDEST) {
        let fuzz = by(rows, SearchMethod::Fuzz);
        let [name, millis] = [name(rows), format!("{:.1}", fuzz.cpu_millis())];
        line(
            &mut text,
            [name, runs(fuzz), millis, scenario(rows), runs(by(rows, SearchMethod::GoLab))],
        );
    }
    text
}

fn not_by_fuzz(bugs: &[Vec<Row>]) -> String {
    let mut text = "## What `fuzz` does not find\n\n".to_owned();
    let heading =
        ["bug", "what is wrong", "`fuzz`, runs", "best scenario, runs", "the Go lab, suites"];
    line(&mut text, heading);
    line(&mut text, ["---"; 5]);
    for rows in bugs.iter().filter(|rows| !by(rows, SearchMethod::Fuzz).is_caught()) {
        let [fuzz, lab] =
            [SearchMethod::Fuzz, SearchMethod::GoLab].map(|method| runs(by(rows, method)));
        line(&mut text, [name(rows), rows[0].bug.wrong.to_owned(), fuzz, scenario(rows), lab]);
    }
    text
}

fn not_by_lab(bugs: &[Vec<Row>], lab: &LabSearch) -> String {
    let suites = lab.suites;
    let mut text = format!("## What {suites} runs of the Go lab's suite do not find\n\n");
    let heading =
        ["bug", "what is wrong", "`fuzz`, runs", "CPU, ms", "property", "best scenario, runs"];
    line(&mut text, heading);
    line(&mut text, ["---"; 6]);
    for rows in bugs.iter().filter(|rows| !by(rows, SearchMethod::GoLab).is_caught()) {
        let fuzz = by(rows, SearchMethod::Fuzz);
        let [millis, property] = cost(fuzz);
        let wrong = fuzz.bug.wrong.to_owned();
        line(&mut text, [name(rows), wrong, runs(fuzz), millis, property, scenario(rows)]);
    }
    text
}

/// The CPU time of a search, and the property that breaks.
fn cost(row: &Row) -> [String; 2] {
    [format!("{:.1}", row.cpu_millis()), row.property().unwrap_or("not found").to_owned()]
}

fn name(rows: &[Row]) -> String {
    format!("`{}`", rows[0].bug.name)
}

fn table(bugs: &[Vec<Row>]) -> String {
    let mut text = "## Every bug\n\n".to_owned();
    let heading = [
        "bug",
        "what is wrong",
        "`fuzz`, runs",
        "CPU, ms",
        "property",
        "best scenario, runs",
        "the Go lab, suites",
        "its check",
    ];
    line(&mut text, heading);
    line(&mut text, ["---"; 8]);
    for rows in bugs {
        let [fuzz, lab] = [SearchMethod::Fuzz, SearchMethod::GoLab].map(|method| by(rows, method));
        let [millis, property] = cost(fuzz);
        let cells = [
            name(rows),
            fuzz.bug.wrong.to_owned(),
            runs(fuzz),
            millis,
            property,
            scenario(rows),
            runs(lab),
            lab.property().unwrap_or("").to_owned(),
        ];
        line(&mut text, cells);
    }
    text
}

/// How many runs a search takes.
fn runs(row: &Row) -> String {
    let (budget, searches) = (row.budget.get(), row.hunts.len());
    if !row.is_caught() {
        return format!("not in {}", budget * searches as u64);
    }
    let Some(median) = row.found.median else {
        let found = row.hunts.iter().filter(|hunt| hunt.property.is_some()).count();
        return format!("over {budget}: {found} of {searches} find it");
    };
    let bound = |bound: Option<u64>| bound.map_or_else(String::new, |runs| runs.to_string());
    format!("{median} ({}..{})", bound(row.found.low), bound(row.found.high))
}

/// The best scenario, and how many runs it takes.
fn scenario(rows: &[Row]) -> String {
    let cell = |row: &Row| format!("`{}` {}", row.method, runs(row));
    best_scenario(rows).map_or_else(|| "none".to_owned(), cell)
}

/// A row of a table.
fn line<const CELLS: usize>(text: &mut String, cells: [impl Display; CELLS]) {
    for cell in cells {
        write!(text, "| {cell} ").expect("writing to a string");
    }
    text.push_str("|\n");
}
