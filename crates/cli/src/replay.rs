//! `replay`: one seed, exactly, and what happened in it.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use raftsim_explore::{Bug, OnePlan, Run, Runner, Twice, plan, run_twice};
use raftsim_node::Time;
use raftsim_sim::{Failure, Recording};
use raftsim_view::{Columns, Filter};
use serde::Serialize;
use sim_scenarios::testing::VirtualClock;
use tracing_subscriber::EnvFilter;

use crate::Exit;
use crate::args::ReplayArgs;
use crate::bad::Bad;
use crate::list::json;
use crate::nodes::NodeEntry;
use crate::out;
use crate::plans::{self, Read};
use crate::run::{find_node, find_scenario, seconds};

/// A replayed run, as JSON tells it.
#[derive(Serialize)]
struct Told<'a> {
    scenario: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a str>,
    seed: u64,
    node: &'a str,
    verdict: &'a str,
    reason: Option<String>,
    events: u64,
    virtual_seconds: f64,
    digest: String,
    /// Whether this is the very run that the plan's writer saw, if the plan says.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_run: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unused: &'a Vec<String>,
}

/// What is replayed.
struct Subject<'a> {
    /// The scenario, unless a plan has steps of its own.
    scenario: Option<&'a str>,
    /// The plan's file.
    file: Option<&'a str>,
    /// The digest that the plan's writer saw.
    digest: Option<u64>,
    servers: u8,
    seed: u64,
    node: &'a str,
}

pub(crate) fn replay(args: &ReplayArgs, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    if plans::is_file(&args.name) { replay_plan(args, nodes) } else { replay_seed(args, nodes) }
}

fn replay_seed(args: &ReplayArgs, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let info = find_scenario(&args.name)?;
    let node = find_node(args.node.as_deref(), nodes)?;
    let Some(seed) = args.seed else {
        return Err(Bad::Usage(format!("which seed of {}? say --seed S", info.name)));
    };
    if !node.takes(info) {
        return Err(Bad::Usage(plans::not_claimed(node, info)));
    }
    let subject = Subject {
        scenario: Some(info.name),
        file: None,
        digest: None,
        servers: info.servers,
        seed,
        node: node.name(),
    };
    show(args, &subject, &*node.runner(info, args.calm.is_on()))
}

fn replay_plan(args: &ReplayArgs, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let file = &*args.name;
    if args.seed.is_some() || !args.calm.is_on() {
        let told = format!("`{file}` is a plan, which says its own seed and ending");
        return Err(Bad::Usage(told));
    }
    let Read { plan, node, servers } = plans::read(file, args.node.as_deref(), nodes)?;
    let scenario = match &plan.subject {
        plan::Subject::Scenario { name, .. } => Some(name.as_str()),
        plan::Subject::Cluster(_) => None,
    };
    let (seed, digest, node_name) = (plan.seed, plan.digest, node.name());
    let subject = Subject { scenario, file: Some(file), digest, servers, seed, node: node_name };
    show(args, &subject, &OnePlan { player: &*node.player(), plan: &plan })
}

/// Runs it, and tells what happened.
fn show(args: &ReplayArgs, subject: &Subject<'_>, runner: &dyn Runner) -> Result<Exit, Bad> {
    let name = subject.scenario.or(subject.file).unwrap_or_default();
    let servers = subject.servers;
    if let Some(server) = args.server.iter().find(|server| server.number() > servers) {
        let told = format!("{name} has servers n1 to n{servers}, and no {server}");
        return Err(Bad::Usage(told));
    }
    let recording = if args.quiet { Recording::Off } else { Recording::On };
    let run = match traced(args, runner, subject.seed, recording)? {
        Ok(run) => run,
        Err(Bug { message, .. }) => {
            let Subject { seed, node, .. } = subject;
            eprintln!("a bug in raftsim: {name}, seed {seed}, node {node}: {message}");
            return Ok(Exit::Bug);
        }
    };
    let status = if run.verdict.is_ok() { Exit::Held } else { Exit::Failed };
    if args.json {
        json(&told(&run, subject))?;
        return Ok(status);
    }
    print(args, &run, subject)?;
    Ok(status)
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

fn told<'a>(run: &'a Run, subject: &Subject<'a>) -> Told<'a> {
    let failure = run.verdict.as_ref().err();
    Told {
        scenario: subject.scenario,
        plan: subject.file,
        seed: subject.seed,
        node: subject.node,
        verdict: if failure.is_none() { "pass" } else { "fail" },
        reason: failure.map(ToString::to_string),
        events: run.events,
        virtual_seconds: seconds(run.virtual_time.since(Time::ZERO)),
        digest: format!("{:016x}", run.digest),
        same_run: subject.digest.map(|digest| digest == run.digest),
        unused: &run.unused,
    }
}

fn print(args: &ReplayArgs, run: &Run, subject: &Subject<'_>) -> Result<(), Bad> {
    let what: Vec<&str> = subject.file.into_iter().chain(subject.scenario).collect();
    let (seed, node) = (subject.seed, subject.node);
    out::line(&format!("{}, seed {seed}, node {node}", what.join(": ")))?;
    if let Some(story) = &run.story {
        let filter = Filter {
            servers: args.server.clone(),
            topics: args.topic.clone(),
            since: args.since.unwrap_or(Time::ZERO),
            until: args.until.unwrap_or(Time::MAX),
        };
        let colored = out::has_colors(&io::stdout());
        let mut columns = Columns::new(usize::from(subject.servers), filter, colored);
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
    out::line(&format!("{verdict}\n{events} events, {spent:.3} virtual s, digest {digest:016x}"))?;
    for line in &run.unused {
        out::line(&format!("nothing came of {line}"))?;
    }
    match subject.digest {
        Some(written) if written == digest => {
            Ok(out::line("the very run that the plan was written from")?)
        }
        Some(written) => {
            let told = format!("not the run that the plan was written from, digest {written:016x}");
            Ok(out::line(&told)?)
        }
        None => Ok(()),
    }
}
