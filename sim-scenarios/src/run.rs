//! One seed of one scenario on one node.

use raftsim_check::Judged;
use raftsim_explore::{Run, Runner};
use raftsim_node::{Node, Time};
use raftsim_sim::{Failure, Recording, Setup};

use crate::lab::Lab;
use crate::registry::Scenario;

/// Runs a scenario on a node, its default settings unless told otherwise.
#[derive(Debug)]
pub struct NodeRunner<N: Node> {
    scenario: Scenario<N>,
    config: N::Config,
}

impl<N: Node> NodeRunner<N> {
    /// Runs this scenario with these settings on every server.
    pub fn new(scenario: Scenario<N>, config: N::Config) -> Self {
        Self { scenario, config }
    }

    fn setup(&self, seed: u64, recording: Recording) -> Setup<N> {
        let info = self.scenario.info;
        let mut setup = Setup::new(info.name, seed, info.servers);
        setup.configs.fill(self.config.clone());
        setup.recording = recording;
        setup
    }
}

impl<N: Node> Runner for NodeRunner<N> {
    fn run(&self, seed: u64, recording: Recording) -> Run {
        let mut lab = match Lab::new(self.setup(seed, recording)) {
            Ok(lab) => lab,
            Err(failure) => return stillborn(failure),
        };
        let verdict = (self.scenario.body)(&mut lab);
        let world = lab.world();
        let verdict = verdict.and_then(|()| world.finish());
        Run {
            verdict,
            events: world.meters().events,
            virtual_time: world.now(),
            digest: world.trace().digest(),
            judged: world.watch().judged(),
            story: world
                .trace()
                .is_recording()
                .then(|| Box::new(world.take_records()) as Box<dyn raftsim_explore::Story>),
        }
    }
}

/// A run that failed before anything happened.
fn stillborn(failure: Failure) -> Run {
    Run {
        verdict: Err(failure),
        events: 0,
        virtual_time: Time::ZERO,
        digest: 0,
        judged: Judged::default(),
        story: None,
    }
}
