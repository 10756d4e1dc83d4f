//! Every scenario by name: the one list that tests, the command and a user's own crate share.

use raftsim_node::{Claims, Node};
use raftsim_sim::Failure;

use crate::elections;
use crate::lab::Lab;

/// What a scenario is, whatever the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenarioInfo {
    /// Its name: the lab's, in snake case, with the lab's part last.
    pub name: &'static str,
    /// The lab's part that it belongs to.
    pub part: Part,
    /// How many servers it runs.
    pub servers: u8,
    /// What it checks, in one line.
    pub about: &'static str,
    /// The Go test that it mirrors; `None` for those that the lab lacks.
    pub mirrors: Option<&'static str>,
    /// The claim to which it holds the node: without it there is nothing to check.
    pub needs: Option<Claim>,
}

/// A part of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Leader election.
    A,
}

impl Part {
    /// All parts that have scenarios.
    pub const ALL: [Self; 1] = [Self::A];

    /// The lab's name for it, of its newest course years.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "3A",
        }
    }
}

/// Something a node may promise beyond the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// [`Claims::steps_down_within`].
    StepsDown,
}

impl Claim {
    /// Whether a node makes it.
    pub fn is_made(self, claims: &Claims) -> bool {
        match self {
            Self::StepsDown => claims.steps_down_within.is_some(),
        }
    }
}

/// A scenario for a node: what it is, and its code.
#[derive(Debug)]
pub struct Scenario<N: Node> {
    /// What it is.
    pub info: &'static ScenarioInfo,
    /// Its code.
    pub body: fn(&mut Lab<N>) -> Result<(), Failure>,
}

macro_rules! registry {
    ($($name:ident = $body:path { $($info:tt)* })*) => {
        /// Every scenario, part by part.
        pub const SCENARIOS: &[ScenarioInfo] =
            &[$(ScenarioInfo { name: stringify!($name), $($info)* }),*];

        fn body<N: Node>(name: &str) -> Option<fn(&mut Lab<N>) -> Result<(), Failure>> {
            match name {
                $(stringify!($name) => Some($body),)*
                _ => None,
            }
        }
    };
}

registry! {
    initial_election_3a = elections::initial_election {
        part: Part::A,
        servers: 3,
        about: "a leader is elected, and there is one two seconds later",
        mirrors: Some("TestInitialElection3A"),
        needs: None,
    }
    reelection_3a = elections::reelection {
        part: Part::A,
        servers: 3,
        about: "a new leader when the old one is cut off; none without a majority",
        mirrors: Some("TestReElection3A"),
        needs: None,
    }
    many_elections_3a = elections::many_elections {
        part: Part::A,
        servers: 7,
        about: "three of seven are cut off, nine times; the rest have a leader",
        mirrors: Some("TestManyElections3A"),
        needs: None,
    }
    no_leader_without_majority_3a = elections::no_leader_without_majority {
        part: Part::A,
        servers: 3,
        about: "all are cut off from all; none leads beyond the bound that it claims",
        mirrors: None,
        needs: Some(Claim::StepsDown),
    }
    stale_leaders_return_3a = elections::stale_leaders_return {
        part: Part::A,
        servers: 3,
        about: "two deposed leaders must elect one of themselves",
        mirrors: None,
        needs: None,
    }
}

/// The scenario of this name.
pub fn scenario<N: Node>(name: &str) -> Option<Scenario<N>> {
    let info = SCENARIOS.iter().find(|info| info.name == name)?;
    Some(Scenario { info, body: body(name)? })
}
