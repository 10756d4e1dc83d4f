//! The Go lab's whole suite, as one run.

use std::fmt;

use raftsim_explore::{Run, Runner};
use raftsim_node::{Node, Time};
use raftsim_sim::Recording;

use crate::checks::Checks;
use crate::registry::{SCENARIOS, scenario};
use crate::run::NodeRunner;

/// The Go lab on a node: one run is each of the lab's tests once, in the lab's order, judged by
/// what the lab itself checks ([`Checks::Lab`]), until one fails.
///
/// This is what `go test` does, once, to a student's Raft: the measure for everything else that
/// searches for bugs.
pub struct LabSuite<N: Node> {
    tests: Vec<NodeRunner<N>>,
}

impl<N: Node> LabSuite<N> {
    /// Every test of the lab, on servers with these settings.
    pub fn new(config: &N::Config) -> Self {
        // None of the lab's tests needs a claim.
        let tests = SCENARIOS.iter().filter(|info| info.mirrors.is_some()).map(|info| {
            let scenario = scenario(info.name).expect("it is one of the registry's");
            NodeRunner::new(scenario, config.clone()).with_checks(Checks::Lab)
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
    /// Events and virtual time are those of all tests that ran; roles and story, the last one's.
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
