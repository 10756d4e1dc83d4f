//! `diff`: two runs side by side, from their first difference on.

use std::io;
use std::path::Path;

use raftsim_explore::{HarnessPanic, OnePlan, Run, Runner as _, name_runs, watched};
use raftsim_node::Time;
use raftsim_plan::Plan;
use raftsim_sim::{Recording, Row};
use raftsim_view::page::{Page, pair};
use raftsim_view::{Columns, Filter, Parting};
use serde::Serialize;

use crate::command::Exit;
use crate::command::args::{DiffArgs, Named};
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out::{self, json, seconds};
use crate::command::pages;
use crate::command::plans::{OneRun, is_plan, with_seed};
use crate::command::replay::complain_of_missing;

/// The result, as JSON.
#[derive(Serialize)]
struct DiffJson {
    same_records: usize,
    differs: bool,
    runs: [SideJson; 2],
    /// Both runs as a page, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

#[derive(Serialize)]
struct SideJson {
    name: String,
    #[serde(serialize_with = "out::seed")]
    seed: u64,
    node: String,
    verdict: &'static str,
    reason: Option<String>,
    events: u64,
    digest: String,
    /// When the record at the first difference happened; null if the run had ended, or if no record
    /// differs.
    time: Option<u64>,
    server: Option<u8>,
    text: Option<String>,
}

/// One of the two runs, played.
struct Side<'a> {
    one: &'a OneRun<'a>,
    run: Run,
    rows: Vec<Row>,
    /// The place of the first row that differs; past the last row if the run ended before it.
    place: usize,
}

pub(crate) fn diff(args: &DiffArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let with = args.with.as_ref().or(args.node.as_ref());
    let first = named(&args.one, args.node.as_ref(), nodes)?;
    let second = named(args.other.as_ref().unwrap_or(&args.one), with, nodes)?;
    let (first, second) = (OneRun::named(&first, nodes)?, OneRun::named(&second, nodes)?);
    let plans = [&first, &second].map(|one| ("a plan", one.file.map(Path::new)));
    pages::check_place("--html", args.html.as_deref(), &plans)?;
    let mut sides = [play(&first)?, play(&second)?];
    let parting = Parting::of(&sides[0].rows, &sides[1].rows);
    if let Some(Parting { one, other, .. }) = parting {
        (sides[0].place, sides[1].place) = (one, other);
    }
    let same = parting.map_or(sides[0].rows.len(), |parting| parting.same);
    let differs = parting.is_some() || later_difference(&sides).is_some();
    if !args.json {
        print(args, &sides, parting)?;
    }
    for side in &sides {
        if let Some(story) = &side.run.story {
            complain_of_missing(&**story, side.one);
        }
    }
    let page = args.html.as_ref().and_then(|file| write_page(file, &sides, program, nodes));
    if args.json {
        let runs = sides.each_ref().map(Side::as_json);
        json(&DiffJson { same_records: same, differs, runs, page })?;
    } else if let Some(name) = &page {
        pages::print_name(name)?;
    }
    Ok(if differs { Exit::Failed } else { Exit::Passed })
}

/// What else differs between runs whose records do not: the last ones may be missing, and long
/// values are cut in all.
fn later_difference(sides: &[Side<'_>; 2]) -> Option<&'static str> {
    let [one, other] = sides.each_ref().map(|side| &side.run);
    match (one.digest == other.digest, one.verdict == other.verdict) {
        (true, true) => None,
        (false, _) => Some("digests"),
        (true, false) => Some("verdicts"),
    }
}

/// The run that `text` names: a plan file, or a scenario and a seed.
fn named(text: &str, node: Option<&String>, nodes: &[NodeEntry]) -> Result<Named, Bad> {
    let of = |name: &str, seed| Named::new(name.to_owned(), seed, node.cloned());
    if is_plan(text, nodes) {
        return Ok(of(text, None));
    }
    let Some((name, seed)) = with_seed(text)? else {
        let line = format!("`{text}` is no plan file, and has no seed: expected NAME:SEED");
        return Err(Bad::Usage(line));
    };
    Ok(of(name, Some(seed)))
}

/// Plays a run.
fn play<'a>(one: &'a OneRun<'a>) -> Result<Side<'a>, Bad> {
    name_runs(&format!("{}, node {}", one.name(), one.node.name()));
    let player = one.node.player();
    let runner = OnePlan { player: &*player, plan: &one.plan };
    let seed = one.plan.seed;
    let run = HarnessPanic::caught(seed, || watched(seed, || runner.run(seed, Recording::On)));
    let run = run.map_err(|panic| Bad::panicked(one.name(), &one.node, panic))?;
    let rows = run.story.as_ref().map_or_else(Vec::new, |story| story.rows());
    let place = rows.len();
    Ok(Side { one, run, rows, place })
}

impl Side<'_> {
    fn title(&self) -> String {
        let Plan { seed, node, .. } = &self.one.plan;
        format!("{}, seed {seed}, node {node}", self.one.name())
    }

    fn end(&self) -> String {
        let Run { verdict, events, virtual_time, digest, .. } = &self.run;
        let verdict = match verdict {
            Ok(()) => "pass".to_owned(),
            Err(failure) => format!("FAIL: {failure}"),
        };
        let spent = seconds(*virtual_time);
        format!("{verdict} ({events} events, {spent:.3} virtual s, digest {digest:016x})")
    }

    fn as_json(&self) -> SideJson {
        let row = self.rows.get(self.place);
        let failure = self.run.verdict.as_ref().err();
        SideJson {
            name: self.one.name().to_owned(),
            seed: self.one.plan.seed,
            node: self.one.plan.node.clone(),
            verdict: if failure.is_none() { "pass" } else { "fail" },
            reason: failure.map(ToString::to_string),
            events: self.run.events,
            digest: format!("{:016x}", self.run.digest),
            time: row.map(|row| row.time.as_nanos()),
            server: row.and_then(|row| row.node).map(raftsim_node::NodeId::number),
            text: row.map(|row| row.text.clone()),
        }
    }
}

fn print(args: &DiffArgs, sides: &[Side<'_>; 2], parting: Option<Parting>) -> Result<(), Bad> {
    for (side, letter) in sides.iter().zip(['A', 'B']) {
        out::line(&format!("{letter}: {}", side.title()))?;
    }
    match (parting, later_difference(sides)) {
        (None, None) => out::line("the runs are the same")?,
        (None, Some(what)) => {
            let same = sides[0].rows.len();
            out::line(&format!("all {same} records are the same, but the {what} differ"))?;
        }
        (Some(Parting { same, .. }), _) => {
            out::line(&format!("the same records so far: {same}; then"))?;
            print_rows(args, sides)?;
        }
    }
    for (side, letter) in sides.iter().zip(['A', 'B']) {
        out::line(&format!("{letter}: {}", side.end()))?;
    }
    Ok(())
}

/// Prints the last rows before the difference, then those of each run from it on.
fn print_rows(args: &DiffArgs, sides: &[Side<'_>; 2]) -> Result<(), Bad> {
    let colored = out::has_colors(&io::stdout(), args.colors.color);
    let mut headed = None;
    for (side, letter) in sides.iter().zip(['A', 'B']) {
        let servers = usize::from(side.one.servers);
        let mut columns = Columns::new(servers, Filter::default(), colored);
        if headed.replace(servers) != Some(servers) {
            out::line(&format!("  {}", columns.heading()))?;
        }
        let first = if letter == 'A' { side.place.saturating_sub(args.lines) } else { side.place };
        let last = side.place.saturating_add(args.lines);
        // The columns show what the rows before the first one changed.
        for (place, row) in side.rows.iter().enumerate().take(last) {
            let line = columns.line(row).unwrap_or_default();
            if place >= first {
                let mark = if place < side.place { ' ' } else { letter };
                out::line(&format!("{mark} {line}"))?;
            }
        }
        if side.place == side.rows.len() {
            out::line(&format!("{letter} (this run has ended)"))?;
        }
    }
    Ok(())
}

/// Writes both runs as one page. If it cannot be written, that is printed on stderr.
fn write_page(
    file: &Path,
    sides: &[Side<'_>; 2],
    program: &str,
    nodes: &[NodeEntry],
) -> Option<String> {
    let page_of = |side: &Side<'_>| -> Option<Page> {
        let parted = side.rows.get(side.place).map_or(Time::MAX, |row| row.time);
        let subject = side.one.subject(program, nodes, None, None);
        Some(pages::page_of(file, &side.run, subject)?.opened_at(parted))
    };
    let [one, other] = sides.each_ref().map(page_of);
    let pages = [one?, other?];
    pages::write_html(file, &pair(&pages[0], &pages[1]), &pages)
}
