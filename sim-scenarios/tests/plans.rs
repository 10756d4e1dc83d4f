//! Plans, written as text, and what their recorded runs show of them.

use raftsim_explore::{Player as _, Run};
use raftsim_node::{Command, Node};
use raftsim_plan::Plan;
use raftsim_raft::Raft;
use raftsim_sim::{Recording, Row, RowTopic};
use sim_scenarios::NodePlayer;

mod closed;
mod endings;
mod fates;
mod pasted;
mod proposals;
mod servers;
mod standing;
mod steps;

/// What a plan's file says.
#[derive(Clone, Copy)]
struct Text<'a> {
    seed: u64,
    closed: bool,
    servers: u8,
    network: &'a str,
    demands: &'a str,
    /// A line more, or nothing.
    snapshots: &'a str,
    length: &'a str,
    ending: &'a str,
    steps: &'a [&'a str],
    fates: &'a [&'a str],
}

/// Three servers, on which the first election is over within a second, for three.
const THREE: Text<'_> = Text {
    seed: 1,
    closed: true,
    servers: 3,
    network: "reliable",
    demands: "agreement",
    snapshots: "",
    length: "3.000s",
    ending: "none",
    steps: &[],
    fates: &[],
};

impl Text<'_> {
    fn plan(&self) -> Plan {
        let Self { seed, closed, servers, network, demands, snapshots, .. } = self;
        let Self { length, ending, steps, fates, .. } = self;
        let text = format!(
            "guards = \"what the test says\"\nnode = \"raft\"\nseed = {seed}\nclosed = {closed}\n\
             servers = {servers}\nnetwork = \"{network}\"\ndemands = \"{demands}\"\n{snapshots}\n\
             length = \"{length}\"\nending = \"{ending}\"\nsteps = {steps:?}\nfates = {fates:?}\n"
        );
        text.parse().expect("the test wrote it well")
    }

    /// Its run on our Raft, recorded.
    fn run(&self) -> Run {
        self.run_on::<Raft>(raftsim_raft::Config::default())
    }

    fn run_on<N: Node>(&self, config: N::Config) -> Run {
        NodePlayer::<N>::new(config).play(&self.plan(), Recording::On)
    }

    /// The fault lines of its run on our Raft, in which every check passed and every step
    /// had an effect.
    fn faults(&self) -> Vec<String> {
        let run = self.run();
        assert_eq!((&run.verdict, &run.unused), (&Ok(()), &vec![]));
        lines(&run, |row| row.topic == RowTopic::Fault)
    }
}

/// The fault lines of a run of [`THREE`] with these steps.
fn faults(steps: &[&str]) -> Vec<String> {
    Text { steps, ..THREE }.faults()
}

fn rows(run: &Run) -> Vec<Row> {
    run.story.as_ref().expect("it was recorded").rows()
}

/// The rows of a run that `like` selects, as `replay` prints them.
fn lines(run: &Run, like: impl Fn(&Row) -> bool) -> Vec<String> {
    rows(run).iter().filter(|row| like(row)).map(line).collect()
}

fn line(row: &Row) -> String {
    let node = row.node.map_or("world".to_owned(), |node| node.to_string());
    format!("{} {node} {}", row.time, row.text)
}

/// The `n`-th command that a plan's steps propose, from 1, as rows show it.
fn command(n: u64) -> String {
    format!("{:?}", Command::from(n.to_le_bytes().as_slice()))
}
