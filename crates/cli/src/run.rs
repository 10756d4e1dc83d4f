//! `run`: sweeps seeds in parallel.

use comfy_table::CellAlignment;
use indicatif::ProgressBar;
use raftsim_explore::{HarnessPanic, Judged, Shard, Sweep, Tally, Twice, sweep};
use raftsim_sim::{Property, property};
use serde::Serialize;
use sim_scenarios::{Checks, SCENARIOS, ScenarioInfo};

use crate::Exit;
use crate::args::RunArgs;
use crate::bad::Bad;
use crate::bars::{Watcher, bar};
use crate::find::{find_node, find_scenario};
use crate::nodes::NodeEntry;
use crate::out::{self, json, table};

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
    first_failing_seed: Option<u64>,
    reason: Option<String>,
    events: u64,
    virtual_seconds: f64,
    wall_seconds: f64,
}

/// The style of the progress bar.
const STYLE: &str = "{msg:32} {wide_bar} {human_pos}/{human_len} seeds, {eta} left";

/// One scenario's result: `None` where the node does not claim what the scenario checks.
struct Swept {
    info: &'static ScenarioInfo,
    tally: Option<Tally>,
    wall_seconds: f64,
}

pub(crate) fn run(args: &RunArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let node = &find_node(args.node.as_deref(), nodes)?;
    let scenarios = choose(args)?;
    let options = options(args)?;
    let bar = bar(Some(options.count().saturating_mul(scenarios.len() as u64)), STYLE);
    let mut results = vec![];
    for info in scenarios {
        bar.set_message(info.name);
        let swept = match sweep_one(info, node, args, &options, &bar) {
            Ok(swept) => swept,
            Err(panic) => {
                bar.finish_and_clear();
                if !args.json {
                    print_table(&results)?;
                }
                return Err(Bad::panicked(info.name, node, panic));
            }
        };
        if args.json {
            json(&scenario_json(&swept, node))?;
        }
        results.push(swept);
    }
    bar.finish_and_clear();
    if !args.json {
        print_table(&results)?;
        for swept in &results {
            print_failure(swept, program, node, nodes, args)?;
        }
    }
    let failed = results.iter().any(|it| it.tally.as_ref().is_some_and(|tally| tally.failed > 0));
    let unexercised = if failed { vec![] } else { unexercised(args, node, &results) };
    for property in &unexercised {
        eprintln!(
            "error: the oracle of `{property}` was never exercised, although {} exposes what \
             the oracle needs: these runs prove nothing about this property",
            node.name()
        );
    }
    Ok(if failed || !unexercised.is_empty() { Exit::Failed } else { Exit::Passed })
}

/// The scenarios that the arguments name, in the registry's order, each once.
fn choose(args: &RunArgs) -> Result<Vec<&'static ScenarioInfo>, Bad> {
    for name in &args.names {
        find_scenario(name)?;
    }
    let named = |info: &&ScenarioInfo| {
        args.names.is_empty() || args.names.iter().any(|name| name == info.name)
    };
    let in_part = |info: &&ScenarioInfo| args.lab.is_none_or(|part| part == info.part);
    let chosen: Vec<_> = SCENARIOS.iter().filter(named).filter(in_part).collect();
    if chosen.is_empty() {
        let part = args.lab.map_or("", sim_scenarios::Part::name);
        return Err(Bad::Usage(format!("none of these scenarios is in part {part} of the lab")));
    }
    Ok(chosen)
}

fn options(args: &RunArgs) -> Result<Sweep, Bad> {
    let seeds = args.seeds.get();
    if args.from.checked_add(seeds - 1).is_none() {
        let (from, last) = (args.from, u64::MAX);
        return Err(Bad::Usage(format!("{seeds} seeds from {from} exceed the last seed, {last}")));
    }
    Ok(Sweep {
        from: args.from,
        seeds,
        shard: args.shard.unwrap_or(Shard::WHOLE),
        jobs: args.jobs.count(),
        chunk: Sweep::CHUNK,
        keep_going: args.keep_going,
        twice: if args.twice { Twice::All } else { Twice::Sampled },
    })
}

#[expect(clippy::disallowed_types, reason = "the command reports how long a sweep took")]
#[expect(clippy::disallowed_methods, reason = "the command reports how long a sweep took")]
fn sweep_one(
    info: &'static ScenarioInfo,
    node: &NodeEntry,
    args: &RunArgs,
    options: &Sweep,
    bar: &ProgressBar,
) -> Result<Swept, HarnessPanic> {
    if !node.takes(info) {
        bar.inc(options.count());
        return Ok(Swept { info, tally: None, wall_seconds: 0.0 });
    }
    let start = std::time::Instant::now();
    let watcher = Watcher { bar, what: info.name, node: node.name() };
    let runner = node.runner(info, args.calm.is_on(), args.checks);
    let tally = sweep(&*runner, options, &watcher)?;
    Ok(Swept { info, tally: Some(tally), wall_seconds: start.elapsed().as_secs_f64() })
}

fn scenario_json<'a>(swept: &Swept, node: &'a NodeEntry) -> ScenarioJson<'a> {
    let unclaimed = Tally::default();
    let tally = swept.tally.as_ref().unwrap_or(&unclaimed);
    let first = tally.first_failure.as_ref();
    let reason = match &swept.tally {
        Some(_) => first.map(|(_, failure)| failure.to_string()),
        None => Some("not claimed".to_owned()),
    };
    ScenarioJson {
        scenario: swept.info.name,
        lab: swept.info.part.name(),
        node: node.name(),
        seeds: tally.seeds,
        passed: tally.passed(),
        failed: tally.failed,
        by_chance: tally.by_chance,
        first_failing_seed: first.map(|(seed, _)| *seed),
        reason,
        events: tally.events,
        virtual_seconds: tally.virtual_time.as_secs_f64(),
        wall_seconds: swept.wall_seconds,
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn print_table(results: &[Swept]) -> Result<(), Bad> {
    let heading =
        ["scenario", "lab", "seeds", "passed", "failed", "events", "virtual", "wall", "seeds/s"];
    let mut table = table(heading);
    for swept in results {
        let (name, lab) = (swept.info.name, swept.info.part.name());
        let Some(tally) = &swept.tally else {
            table.add_row([name, lab, "not claimed"]);
            continue;
        };
        table.add_row([
            name.to_owned(),
            lab.to_owned(),
            tally.seeds.to_string(),
            tally.passed().to_string(),
            tally.failed.to_string(),
            tally.events.to_string(),
            format!("{:.0} s", tally.virtual_time.as_secs_f64()),
            format!("{:.2} s", swept.wall_seconds),
            format!("{:.0}", tally.seeds as f64 / swept.wall_seconds),
        ]);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Ok(out::line(&table.to_string())?)
}

/// Prints the first failing seed, the reason, what else failed, and the lines that replay and
/// shrink it.
fn print_failure(
    swept: &Swept,
    program: &str,
    node: &NodeEntry,
    nodes: &[NodeEntry],
    args: &RunArgs,
) -> Result<(), Bad> {
    let Some(tally) = &swept.tally else { return Ok(()) };
    let Some((seed, failure)) = &tally.first_failure else { return Ok(()) };
    let name = swept.info.name;
    out::line(&format!("\n{name} fails at seed {seed}\n  {failure}"))?;
    if tally.failed > 1 {
        let each = tally.properties.iter();
        let each: Vec<_> = each.map(|(property, times)| format!("{times} by {property}")).collect();
        out::line(&format!(
            "  {} of {} seeds fail: {}",
            tally.failed,
            tally.seeds,
            each.join(", ")
        ))?;
    }
    if tally.by_chance > 0 {
        let many = tally.by_chance;
        out::line(&format!(
            "  {many} of them missed a limit that a correct Raft may miss by chance"
        ))?;
    }
    let is_default = node.name() == nodes[0].name();
    let of = if is_default { String::new() } else { format!(" --node {}", node.name()) };
    let calm = if args.calm.is_on() { "" } else { " --calm off" };
    let run = format!("{name} --seed {seed}{of}{calm}");
    if args.checks == Checks::Lab {
        return Ok(out::line(&format!("  see it under all checks: {program} replay {run}"))?);
    }
    out::line(&format!("  replay it: {program} replay {run}"))?;
    if failure.property() != property::DETERMINISTIC {
        out::line(&format!("  shrink it: {program} shrink {run}"))?;
    }
    Ok(())
}

/// The properties that no run judged, although every scenario was run and the node exposes what
/// their oracles need. A shard without seeds reports none.
fn unexercised(args: &RunArgs, node: &NodeEntry, results: &[Swept]) -> Vec<Property> {
    if !args.names.is_empty() || args.lab.is_some() || args.checks == Checks::Lab {
        return vec![];
    }
    let tallies = || results.iter().filter_map(|swept| swept.tally.as_ref());
    if tallies().all(|tally| tally.seeds == 0) {
        return vec![];
    }
    let mut sum = Judged::default();
    tallies().for_each(|tally| sum.add(tally.judged));
    sum.unexercised(node.shown()).collect()
}
