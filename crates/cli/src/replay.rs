//! `replay`: one seed, exactly, and what happened in it.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use raftsim_explore::{Bug, Run, Runner, Twice, run_twice};
use raftsim_node::Time;
use raftsim_sim::{Failure, Recording};
use raftsim_view::{Columns, Filter};
use serde::Serialize;
use sim_scenarios::ScenarioInfo;
use sim_scenarios::testing::VirtualClock;
use tracing_subscriber::EnvFilter;

use crate::Exit;
use crate::args::ReplayArgs;
use crate::bad::Bad;
use crate::list::json;
use crate::nodes::NodeEntry;
use crate::out;
use crate::run::{find_node, find_scenario, seconds};

/// A replayed run, as JSON tells it.
#[derive(Serialize)]
struct Told<'a> {
    scenario: &'a str,
    seed: u64,
    node: &'a str,
    verdict: &'a str,
    reason: Option<String>,
    events: u64,
    virtual_seconds: f64,
    digest: String,
}

pub(crate) fn replay(args: &ReplayArgs, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    refuse_files(&args.name)?;
    let info = find_scenario(&args.name)?;
    let node = find_node(args.node.as_deref(), nodes)?;
    let Some(seed) = args.seed else {
        return Err(Bad::Usage(format!("which seed of {}? say --seed S", info.name)));
    };
    if let Some(server) = args.server.iter().find(|server| server.number() > info.servers) {
        let (name, servers) = (info.name, info.servers);
        return Err(Bad::Usage(format!("{name} has servers n1 to n{servers}, and no {server}")));
    }
    if !node.takes(info) {
        let (node, name) = (node.name(), info.name);
        return Err(Bad::Usage(format!("{node} does not claim what {name} checks: not claimed")));
    }
    let recording = if args.quiet { Recording::Off } else { Recording::On };
    let run = match traced(args, &*node.runner(info, args.calm.is_on()), seed, recording)? {
        Ok(run) => run,
        Err(Bug { message, .. }) => {
            let (name, node) = (info.name, node.name());
            eprintln!("a bug in raftsim: {name}, seed {seed}, node {node}: {message}");
            return Ok(Exit::Bug);
        }
    };
    let status = if run.verdict.is_ok() { Exit::Held } else { Exit::Failed };
    if args.json {
        json(&told(&run, info, node, seed))?;
        return Ok(status);
    }
    print(args, &run, info, node, seed)?;
    Ok(status)
}

/// A file is not a scenario: say so, rather than suggest one.
fn refuse_files(name: &str) -> Result<(), Bad> {
    let path = Path::new(name);
    if path.is_file() {
        return Err(Bad::File(name.to_owned()));
    }
    if path.components().count() > 1 || path.extension().is_some() {
        return Err(Bad::NoFile(name.to_owned()));
    }
    Ok(())
}

/// Runs the seed. A panic of the harness comes back as a bug.
fn traced(
    args: &ReplayArgs,
    runner: &dyn Runner,
    seed: u64,
    recording: Recording,
) -> Result<Result<Run, Bug>, Bad> {
    let filter = args.log.as_ref().map(|text| {
        EnvFilter::try_new(text).map_err(|error| Bad::Usage(format!("--log {text}: {error}")))
    });
    let filter = filter.transpose()?;
    let run = catch_unwind(AssertUnwindSafe(|| {
        // As a sweep does: a node that is not deterministic fails, though one run of it may hold.
        let compared = run_twice(runner, seed, Twice::All);
        match recording {
            Recording::Off => compared,
            Recording::On => with_story(compared, recorded(runner, seed, filter)),
        }
    }));
    Ok(run.map_err(|payload| Bug::new(seed, &*payload)))
}

/// The run as it was recorded. A node that runs another way when it is asked for notes is not
/// deterministic either.
fn with_story(plain: Run, recorded: Run) -> Run {
    if recorded.digest == plain.digest {
        return Run { verdict: plain.verdict, ..recorded };
    }
    let facts = [
        format!("without a trace the run's digest is {:016x}", plain.digest),
        format!("with a trace, and notes, it is {:016x}", recorded.digest),
    ];
    let failure = Failure::contract("the node is not deterministic", Time::ZERO, facts);
    Run { verdict: Err(failure), ..recorded }
}

/// Records the seed, `tracing` events going to stderr if `--log` asks.
fn recorded(runner: &dyn Runner, seed: u64, filter: Option<EnvFilter>) -> Run {
    let _listening = filter.map(|filter| {
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_timer(VirtualClock)
            .with_writer(io::stderr)
            .with_ansi(out::has_colors(&io::stderr()))
            .finish();
        tracing_subscriber::util::SubscriberInitExt::set_default(subscriber)
    });
    runner.run(seed, Recording::On)
}

fn told<'a>(run: &Run, info: &'a ScenarioInfo, node: &'a NodeEntry, seed: u64) -> Told<'a> {
    let failure = run.verdict.as_ref().err();
    Told {
        scenario: info.name,
        seed,
        node: node.name(),
        verdict: if failure.is_none() { "pass" } else { "fail" },
        reason: failure.map(ToString::to_string),
        events: run.events,
        virtual_seconds: seconds(run.virtual_time.since(Time::ZERO)),
        digest: format!("{:016x}", run.digest),
    }
}

fn print(
    args: &ReplayArgs,
    run: &Run,
    info: &ScenarioInfo,
    node: &NodeEntry,
    seed: u64,
) -> Result<(), Bad> {
    out::line(&format!("{}, seed {seed}, node {}", info.name, node.name()))?;
    if let Some(story) = &run.story {
        let filter = Filter {
            servers: args.server.clone(),
            topics: args.topic.clone(),
            since: args.since.unwrap_or(Time::ZERO),
            until: args.until.unwrap_or(Time::MAX),
        };
        let mut columns =
            Columns::new(usize::from(info.servers), filter, out::has_colors(&io::stdout()));
        out::line(&columns.heading())?;
        for row in story.rows() {
            if let Some(line) = columns.line(&row) {
                out::line(&line)?;
            }
        }
    }
    let verdict = match &run.verdict {
        Ok(()) => "pass".to_owned(),
        Err(failure) => format!("FAIL: {failure}"),
    };
    let (events, digest) = (run.events, run.digest);
    let spent = seconds(run.virtual_time.since(Time::ZERO));
    Ok(out::line(&format!(
        "{verdict}\n{events} events, {spent:.3} virtual s, digest {digest:016x}"
    ))?)
}
