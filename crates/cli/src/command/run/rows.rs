//! The table of `run`: a row as soon as a scenario ends; and the objects of `--json`.

use raftsim_explore::{Judged, Sweep, Tally};
use raftsim_plan::Conditions;
use serde::Serialize;
use sim_scenarios::{Checks, ScenarioInfo};

use super::Swept;
use super::costs::{self, CostsJson};
use super::measure::MeasuredJson;
use super::profile::ProfileJson;
use super::rate::RateJson;
use crate::command::args::RunArgs;
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out::{self, json_so_far};
use crate::command::stretched::Stretched;
use crate::command::unjudged::{self, NotJudgedJson};

/// One scenario's result, as JSON.
#[derive(Serialize)]
struct ScenarioJson<'a> {
    scenario: &'a str,
    lab: &'a str,
    node: &'a str,
    seeds: u64,
    passed: u64,
    failed: u64,
    by_chance: u64,
    #[serde(serialize_with = "out::optional_seed")]
    first_failing_seed: Option<u64>,
    /// Each seed that failed, in order; the first 10,000.
    failures: Vec<FailureJson>,
    /// Whether seeds were run after one had failed, so that `failures` lists them all.
    keep_going: bool,
    /// How many more failed than `failures` lists.
    unlisted_failures: u64,
    reason: Option<String>,
    events: u64,
    virtual_seconds: f64,
    /// How many servers it runs.
    servers: u8,
    /// The network of the whole scenario, if it is not the scenario's own.
    network: Option<String>,
    /// The rows of the delays, if messages take any.
    delays: Option<Vec<String>>,
    /// How many times as long as the lab's its limits are.
    limits_times: u64,
    /// How often limits were missed that a correct Raft may miss by chance, if any were.
    rate: Option<RateJson>,
    /// How many seeds gave a warning: a leader did not stay in a calm world.
    warned: u64,
    #[serde(serialize_with = "out::optional_seed")]
    first_warned_seed: Option<u64>,
    /// What the median run costs, compared with a right Raft, if it was.
    costs: Option<CostsJson>,
    not_judged: Vec<NotJudgedJson>,
    wall_seconds: f64,
    /// Into what the time went, with `--profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<ProfileJson>,
    /// What the runs did, with `--measure`.
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<MeasuredJson>,
    /// Whether all seeds were run that the command asks for, up to the first that fails.
    finished: bool,
}

/// A seed that failed, as JSON.
#[derive(Serialize)]
struct FailureJson {
    #[serde(serialize_with = "out::seed")]
    seed: u64,
    property: &'static str,
}

/// Prints the table. The widths of its columns are fixed beforehand, because a row is printed
/// before the next one is known.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(super) struct Rows<'a> {
    json: bool,
    /// Whether oracles judge.
    judges: bool,
    /// Whether to say into what the time went.
    profiles: bool,
    keeps_going: bool,
    node: &'a NodeEntry,
    stretched: Stretched,
    conditions: Conditions,
    /// How many seeds each scenario is to run.
    count: u64,
    /// The width of the names of scenarios, and that of numbers of seeds.
    widths: [usize; 2],
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        args: &RunArgs,
        node: &'a NodeEntry,
        stretched: Stretched,
        scenarios: &[ScenarioInfo],
        options: &Sweep,
    ) -> Self {
        let names = scenarios.iter().map(|info| stretched.marked(info.name).len());
        let name = names.max().unwrap_or_default();
        let widths = [name.max("scenario".len()), options.count().to_string().len().max(6)];
        let (json, judges) = (args.json, args.checks == Checks::All);
        let (profiles, count, keeps_going) = (args.profile, options.count(), options.keep_going);
        let conditions = args.on.conditions();
        Self { json, judges, profiles, keeps_going, node, stretched, conditions, count, widths }
    }

    pub(super) fn heading(&self) -> Result<(), Bad> {
        if self.json {
            return Ok(());
        }
        let cells = ["seeds", "passed", "failed", "events", "virtual", "wall", "seeds/s"];
        self.line("scenario", "lab", cells.map(str::to_owned))
    }

    #[expect(clippy::cast_precision_loss, reason = "for people")]
    pub(super) fn row(&self, swept: &Swept) -> Result<(), Bad> {
        if self.json {
            return json_so_far(&self.object(swept));
        }
        let (name, lab) = (swept.info.name, swept.info.part.name());
        let tally = match &swept.tally {
            Ok(tally) => tally,
            Err(why) => {
                let [width, _] = self.widths;
                return Ok(out::line(&format!(" {name:<width$}  {lab:<3}  {why}"))?);
            }
        };
        let cells = [
            tally.seeds.to_string(),
            tally.passed().to_string(),
            tally.failed.to_string(),
            tally.events.to_string(),
            format!("{:.0} s", tally.virtual_time.as_secs_f64()),
            format!("{:.2} s", swept.wall_seconds),
            format!("{:.0}", tally.seeds as f64 / swept.wall_seconds),
        ];
        self.line(&self.stretched.marked(name), lab, cells)
    }

    fn line(&self, name: &str, lab: &str, cells: [String; 7]) -> Result<(), Bad> {
        let [seeds, passed, failed, events, time, wall, pace] = cells;
        let [first, few] = self.widths;
        Ok(out::line(&format!(
            " {name:<first$}  {lab:<3}  {seeds:>few$}  {passed:>few$}  {failed:>few$}  \
             {events:>10}  {time:>9}  {wall:>8}  {pace:>8}"
        ))?)
    }

    /// One scenario's result, as JSON.
    fn object(&self, swept: &Swept) -> ScenarioJson<'a> {
        let skipped = Tally::default();
        let tally = swept.tally.as_ref().unwrap_or(&skipped);
        let first = tally.first_failure.as_ref();
        let reason = match &swept.tally {
            Ok(_) => first.map(|(_, failure)| failure.to_string()),
            Err(why) => Some((*why).to_owned()),
        };
        let failures: Vec<_> = tally
            .failures
            .iter()
            .map(|(&seed, property)| FailureJson { seed, property: property.name() })
            .collect();
        let unlisted_failures = tally.failed.saturating_sub(failures.len() as u64);
        ScenarioJson {
            scenario: swept.info.name,
            lab: swept.info.part.name(),
            node: self.node.name(),
            seeds: tally.seeds,
            passed: tally.passed(),
            failed: tally.failed,
            by_chance: tally.by_chance,
            first_failing_seed: first.map(|(seed, _)| *seed),
            failures,
            keep_going: self.keeps_going,
            unlisted_failures,
            reason,
            events: tally.events,
            virtual_seconds: tally.virtual_time.as_secs_f64(),
            servers: swept.info.servers_under(&self.conditions),
            network: self.conditions.network.map(|network| network.to_string()),
            delays: self.conditions.delays.as_ref().map(|delays| delays.rows().collect()),
            limits_times: self.stretched.times(),
            rate: swept.rates.map(RateJson::of),
            warned: tally.judged.warned(),
            first_warned_seed: tally.first_warned,
            costs: swept.costs.as_ref().map(CostsJson::of),
            not_judged: unjudged::list(&tally.judged, &self.node.shown(), false),
            wall_seconds: swept.wall_seconds,
            profile: self.profiles.then(|| swept.profile.object()),
            measured: swept.measured.as_ref().map(MeasuredJson::of),
            finished: swept.reached == self.count,
        }
    }

    /// Prints what the rows are in all. A single row needs no sum.
    pub(super) fn sum(&self, results: &[Swept]) -> Result<(), Bad> {
        let tallies: Vec<_> =
            results.iter().filter_map(|swept| swept.tally.as_ref().ok()).collect();
        if self.json || results.len() < 2 {
            return Ok(());
        }
        let runs: u64 = tallies.iter().map(|tally| tally.seeds).sum();
        let failed: u64 = tallies.iter().map(|tally| tally.failed).sum();
        let skipped = match results.len() - tallies.len() {
            0 => String::new(),
            skipped => format!(", and {skipped} not run"),
        };
        let scenarios = tallies.len();
        Ok(out::line(&format!("\n{scenarios} scenarios{skipped}: {runs} runs, {failed} failed"))?)
    }

    /// Prints in which scenarios a leader did not stay, what the runs cost too much of, and what was not judged because the node
    /// does not give what an oracle needs.
    pub(super) fn print_unjudged(&self, results: &[Swept]) -> Result<(), Bad> {
        let mut sum = Judged::default();
        let mut lines = vec![];
        for Swept { info, tally, .. } in results {
            let Ok(tally) = tally else { continue };
            let warning = unjudged::warning(tally);
            lines.extend(warning.map(|warning| format!("warned: {}, {warning}", info.name)));
            sum.add(tally.judged);
        }
        lines.extend(costs::warnings(results));
        if self.judges {
            lines.extend(unjudged::line(&sum, &self.node.shown(), false));
        }
        if !lines.is_empty() {
            out::line(&format!("\n{}", lines.join("\n")))?;
        }
        Ok(())
    }
}
