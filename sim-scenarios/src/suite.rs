//! The Go lab's whole suite, as one run.

use std::fmt;

use raftsim_explore::{Run, Runner};
use raftsim_node::{Node, Time};
use raftsim_sim::Recording;

use crate::checks::Checks;
use crate::registry::{SCENARIOS, scenario};
use crate::run::NodeRunner;
use crate::settings::Settings;

/// The Go lab's suite on a node. One run consists of each of the lab's tests once, in the lab's
/// order, until one fails. Only the lab's own checks judge it ([`Checks::Lab`]).
///
/// A run does to a Raft what one `go test` does to a student's. All other ways to search for bugs
/// are measured against it.
pub struct LabSuite<N: Node> {
    tests: Vec<NodeRunner<N>>,
}

impl<N: Node> LabSuite<N> {
    /// The suite on servers with these settings.
    pub fn new(config: &N::Config) -> Self {
        let settings = Settings::new(config.clone());
        // None of the lab's tests needs a claim.
        let tests = SCENARIOS.iter().filter(|info| info.mirrors.is_some()).map(|info| {
            let scenario = scenario(info.name).expect("the scenario is in the registry");
            NodeRunner::sharing(scenario, settings.clone()).with_checks(Checks::Lab)
        });
        Self { tests: tests.collect() }
    }
}

impl<N: Node> fmt::Debug for LabSuite<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LabSuite").field("tests", &self.tests.len()).finish_non_exhaustive()
    }
}

impl<N: Node> Runner for LabSuite<N> {
    /// The result has the events and the virtual time of all tests that ran, and the roles and the
    /// story of the last one.
    fn run(&self, seed: u64, recording: Recording) -> Run {
        let mut tests = self.tests.iter();
        let mut whole = tests.next().expect("the lab has tests").run(seed, recording);
        for test in tests {
            if whole.verdict.is_err() {
                break;
            }
            let run = test.run(seed, recording);
            whole = Run {
                events: whole.events + run.events,
                virtual_time: whole.virtual_time + run.virtual_time.since(Time::ZERO),
                digest: whole.digest.rotate_left(1) ^ run.digest,
                ..run
            };
        }
        whole
    }
}
