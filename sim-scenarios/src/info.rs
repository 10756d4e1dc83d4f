//! What is known of a scenario without its code, and under which conditions it runs.

use raftsim_node::Claims;
use raftsim_plan::Conditions;
use raftsim_sim::Delays;
use raftsim_sim::text::counted;

use crate::part::{Claim, Part};

/// The description of a scenario, which does not depend on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each says something else of a scenario")]
pub struct ScenarioInfo {
    /// Its name in snake case. That of a built-in one ends with the lab's part: `reelection_3a`.
    pub name: &'static str,
    /// The part of the lab that it belongs to.
    pub part: Part,
    /// How many servers it runs.
    pub servers: u8,
    /// Whether the network is labrpc's unreliable one at first, which delays and loses messages.
    pub unreliable: bool,
    /// Whether the servers' services make snapshots.
    pub snapshots: bool,
    /// What it checks, in one line.
    pub about: &'static str,
    /// The Go test that it mirrors; `None` for those that the lab lacks.
    pub mirrors: Option<&'static str>,
    /// The claim that it checks; a node that does not make this claim skips the scenario.
    pub needs: Option<Claim>,
    /// The least number of servers with which it runs too; `None` if it has `servers` and no other
    /// number.
    pub any_from: Option<u8>,
    /// Whether it runs on any network, though it mirrors no test of the lab.
    pub any_network: bool,
    /// Whether it is a user's own ([`Suite`](crate::Suite)).
    pub is_own: bool,
}

impl ScenarioInfo {
    /// The values that most scenarios have.
    pub(crate) const USUAL: Self = Self {
        name: "",
        part: Part::A,
        servers: 3,
        unreliable: false,
        snapshots: false,
        about: "",
        mirrors: None,
        needs: None,
        any_from: None,
        any_network: false,
        is_own: false,
    };

    /// Whether this is its name, or that of the test in the course that it mirrors. Before 2024 the parts
    /// of the lab were 2A to 2D, and in 2023 the names of two tests began with `For2023`.
    pub fn is_called(&self, name: &str) -> bool {
        let test = name.strip_prefix("For2023").unwrap_or(name);
        let is_mirrored = |own: &str| own == test || earlier(own).as_deref() == Some(test);
        self.name == name || self.mirrors.is_some_and(is_mirrored)
    }

    /// Whether a node with these claims makes the one that the scenario checks, or it checks none.
    pub fn suits(&self, claims: &Claims) -> bool {
        self.needs.is_none_or(|claim| claim.is_made(claims))
    }

    /// Why a node of this name and with these claims does not take it, as a sentence; none if the
    /// node does.
    pub fn refuses_node(&self, node: &str, claims: &Claims) -> Option<String> {
        let why = || format!("{node} does not make the claim that {} checks", self.name);
        (!self.suits(claims)).then(why)
    }

    /// How many servers it runs under these conditions.
    pub fn servers_under(&self, conditions: &Conditions) -> u8 {
        conditions.servers.unwrap_or(self.servers)
    }

    /// Why it does not run with `servers` servers, as a sentence; none if it does.
    pub fn refuses_servers(&self, servers: u8) -> Option<String> {
        let (name, own) = (self.name, counted(self.servers, "server"));
        match self.any_from {
            _ if servers == self.servers => None,
            Some(least) if servers >= least => None,
            Some(least) => Some(format!("{name} needs {least} servers or more, not {servers}")),
            None if self.is_own => {
                Some(format!("{name} always has {own}: it was registered without `any_from`"))
            }
            None => Some(format!("{name} always has {own}: it fixes what happens to each")),
        }
    }

    /// Whether it runs on any network. Of what the lab's tests check only limits depend on the
    /// network; the other scenarios force a certain course, which depends on when messages arrive.
    pub fn takes_networks(&self) -> bool {
        self.mirrors.is_some() || self.any_network
    }

    /// Why it does not run under these conditions, as a sentence; none if it does.
    pub fn refuses(&self, conditions: &Conditions) -> Option<String> {
        let Conditions { servers, network, delays } = conditions;
        let is_fixed = (network.is_some() || delays.is_some()) && !self.takes_networks();
        let why = if self.is_own {
            "it was registered without `on_any_network`"
        } else {
            "it depends on when messages arrive"
        };
        let network = || format!("{} always has its own network: {why}", self.name);
        let servers = servers.and_then(|servers| self.refuses_servers(servers));
        let delays = delays.as_ref().map(Delays::size);
        let delays = delays.filter(|&size| size != self.servers_under(conditions)).map(|size| {
            let own = counted(self.servers_under(conditions), "server");
            format!("{} has {own}, and the delays are those of {size}", self.name)
        });
        servers.or_else(|| is_fixed.then(network)).or(delays)
    }
}

/// The name that a test had before 2024: `TestBackup2B` is now `TestBackup3B`.
fn earlier(test: &str) -> Option<String> {
    let (start, part) = test.split_at_checked(test.len().checked_sub(2)?)?;
    Some(format!("{start}2{}", part.strip_prefix('3')?))
}
