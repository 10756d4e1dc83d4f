//! Ten classic mistakes: each is found where its patch says, reported as it says, repeated exactly,
//! and shrunk.

use std::collections::BTreeMap;
use std::fs;

use raftsim_explore::{Player as _, Quiet, shrink};
use raftsim_go::GoRaft;
use raftsim_plan::{Conditions, Expect, Plan, Target};
use raftsim_sim::{Property, Recording};
use sim_scenarios::NodePlayer;

use crate::support::{patched, path, program};

/// What a patch says for tests.
struct Mistake {
    scenario: String,
    /// The properties, one of which is reported.
    reports: Vec<String>,
    /// What the report holds.
    names: String,
}

impl Mistake {
    fn of(patch: &str) -> Self {
        let after = |word: &str| patch.lines().find_map(|line| line.strip_prefix(word));
        Self {
            scenario: after("scenario: ").expect("a scenario").to_owned(),
            reports: after("reports: ")
                .expect("a report")
                .split(" | ")
                .map(str::to_owned)
                .collect(),
            names: after("names: ").unwrap_or_default().to_owned(),
        }
    }

    /// A seed of its scenario.
    fn plan(&self, seed: u64) -> Plan {
        Plan {
            expect: Expect::Guards("every property".to_owned()),
            node: "go".to_owned(),
            seed,
            digest: None,
            closed: false,
            target: Target::Scenario {
                name: self.scenario.clone(),
                calm: true,
                conditions: Conditions::default(),
            },
            fates: BTreeMap::new(),
        }
    }

    /// Asserts that a seed fails as expected, in each run, and returns by which property.
    fn is_found(&self, name: &str, player: &NodePlayer<GoRaft>, seed: u64) -> Property {
        let plan = self.plan(seed);
        let runs = [Recording::Off, Recording::On].map(|recording| player.play(&plan, recording));
        let failures = runs.each_ref().map(|run| {
            run.verdict.clone().expect_err(&format!("{name}, seed {seed}: it should have failed"))
        });
        let text = failures[0].to_string();
        let property = failures[0].property();
        assert!(self.reports.iter().any(|it| *it == property.to_string()), "{name}: {text}");
        assert!(text.contains(&self.names), "{name}: {text}");
        assert_eq!(failures[0], failures[1], "{name}, seed {seed}");
        assert_eq!(runs[0].digest, runs[1].digest, "{name}, seed {seed}");
        property
    }

    /// Asserts that a seed shrinks to a plan that fails by the same property.
    fn shrinks(&self, name: &str, player: &NodePlayer<GoRaft>, seed: u64, property: Property) {
        let shrunk = shrink(player, &self.plan(seed), BUDGET, &Quiet).expect(name);
        let failure = shrunk.run.verdict.as_ref().expect_err("it still fails");
        assert_eq!(failure.property(), property, "{name}: {failure}");
        let (steps, fates, servers) = (shrunk.steps, shrunk.fates, shrunk.servers);
        assert!(steps.0 <= steps.1, "{name}: {steps:?}");
        assert!(fates.0 <= fates.1, "{name}: {fates:?}");
        assert!(servers.0 <= servers.1, "{name}: {servers:?}");
        let again = player.play(&shrunk.plan, Recording::Off);
        assert_eq!(Some(again.digest), shrunk.plan.digest, "{name}");
    }
}

/// How many runs shrinking may take.
const BUDGET: u64 = 40;

#[test]
fn each_mistake_is_reported_as_its_patch_says() {
    raftsim_sim::prepare_process();
    let mut patches: Vec<_> = fs::read_dir(path("packages/mistakes"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    patches.sort();
    assert_eq!(patches.len(), 10);
    for patch in patches {
        let name = patch.file_stem().unwrap().to_string_lossy().into_owned();
        let mistake = Mistake::of(&fs::read_to_string(&patch).unwrap());
        let folder = patched(&path("packages/right/2023"), &patch).unwrap();
        let program = program(&folder.path().join("src/raft"));
        let player = NodePlayer::<GoRaft>::new(Some(program));
        mistake.is_found(&name, &player, 14);
        let property = mistake.is_found(&name, &player, 3);
        mistake.shrinks(&name, &player, 3, property);
    }
}
