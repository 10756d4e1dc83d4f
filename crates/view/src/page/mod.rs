//! A run as a page: one HTML file that shows the run, opens from disk and fetches nothing.
//!
//! The page is data, the scripts that draw it, and a style. The data is one JSON object
//! ([`Page::json`]), compressed. The same run gives the same bytes.

mod build;
mod html;
mod mail;
mod model;
mod object;
mod repeated;
mod state;
mod steps;
mod texts;
mod trace;
pub mod travel;
mod turning;
mod why;

use raftsim_node::{NodeId, Term, Time};
use raftsim_sim::{Failure, Kind, MessageName};

pub use self::build::PageBuilder;
use self::model::{FactData, Model, RunData, VerdictData};
pub use self::repeated::Repeated;
use self::texts::cut;
pub use self::why::StoryLine;

/// The most events of a run that is written as a whole.
pub const MOST_EVENTS: u64 = 200_000;

/// How many of the last events of a longer run are written.
pub const LAST_EVENTS: u64 = 100_000;

/// What a page says about its run, besides what happened. Texts may quote what a node or a file
/// wrote.
#[derive(Clone, Debug)]
pub struct About {
    /// What was run: a scenario, or a plan's file.
    pub title: String,
    /// The command line that shows the run again.
    pub command: String,
    /// The name of the node.
    pub node: String,
    /// The seed.
    pub seed: u64,
    /// The number of servers.
    pub servers: u8,
    /// The number of events of the whole run.
    pub events: u64,
    /// The run's digest.
    pub digest: u64,
    /// The virtual time at which it ended.
    pub end: Time,
    /// The version of the program that wrote the page.
    pub version: &'static str,
    /// How many of the run's last records are missing.
    pub missing: u64,
    /// How small a shrunk run became, such as `3 of 48 fates, 3 of 3 servers`.
    pub shrunk: Option<String>,
    /// The plan as the text of a file, for the reader to copy.
    pub plan_text: String,
    /// The steps of the plan.
    pub plan: Vec<(Time, String)>,
    /// The fates that the plan names, each without the message's name.
    pub fates: Vec<(MessageName, String)>,
    /// Why the run failed; `None` if it passed.
    pub failure: Option<Failure>,
    /// The committed entries, from index 1 on.
    pub committed: Vec<KnownCommitted>,
    /// Leave out what happened before this time; the page begins with the state at it.
    pub since: Time,
    /// Leave out what happened after this time.
    pub until: Time,
    /// Leave out the first `skip` events.
    pub skip: u64,
}

/// A committed entry, as oracles know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownCommitted {
    /// Its term, if a server has shown it.
    pub term: Option<Term>,
    /// The server that showed it first.
    pub by: NodeId,
    /// When it did.
    pub since: Time,
}

/// A run as a page.
#[derive(Clone, Debug)]
pub struct Page {
    model: Model,
    is_cut: bool,
}

impl Page {
    /// The run as one JSON object, whose form the page's scripts know.
    pub fn json(&self) -> String {
        serde_json::to_string(&self.model).expect("numbers, texts and lists can be written as JSON")
    }

    /// The whole page.
    pub fn html(&self) -> String {
        html::html(&self.title(), &self.json())
    }

    /// The run in the form of Chrome's trace events, one JSON object, which Perfetto reads.
    pub fn trace(&self) -> String {
        trace::trace(&self.model)
    }

    /// The same page, which opens at the last step that happened by `time`.
    #[must_use]
    pub fn opened_at(mut self, time: Time) -> Self {
        self.model.run.open = Some(time.as_nanos().min(self.model.run.end));
        self
    }

    /// Whether the run was too long, so that its first events were left out.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// What a tab shows: the verdict first, so that ten tabs can be told apart.
    fn title(&self) -> String {
        let RunData { title, seed, node, .. } = &self.model.run;
        let verdict = match &self.model.verdict {
            Some(VerdictData { property, .. }) => format!("✗ {property}"),
            None => "✓ pass".to_owned(),
        };
        format!("{verdict} - {title}, seed {seed}, node {node}")
    }
}

/// Two runs as one page, one above the other.
pub fn pair(one: &Page, other: &Page) -> String {
    html::pair([one, other].map(|page| (page.title(), page.html())))
}

fn run_data(about: &About) -> RunData {
    RunData {
        title: about.title.clone(),
        command: about.command.clone(),
        node: about.node.clone(),
        // A script's numbers are exact only up to 2^53.
        seed: about.seed.to_string(),
        servers: about.servers,
        events: about.events,
        digest: format!("{:016x}", about.digest),
        version: about.version.to_owned(),
        end: about.end.as_nanos(),
        missing: about.missing,
        shrunk: about.shrunk.clone(),
        plan: about.plan_text.clone(),
        ..RunData::default()
    }
}

fn verdict_data(failure: &Failure) -> VerdictData {
    let fact = |fact: &raftsim_sim::Fact| FactData {
        text: cut(fact.text()),
        time: fact.time().map(Time::as_nanos),
        node: fact.server().map(NodeId::number),
        index: fact.index(),
    };
    VerdictData {
        kind: match failure.kind() {
            Kind::Violation => "broken",
            Kind::LabLimit { by_chance: false } => "lab-limit",
            Kind::LabLimit { by_chance: true } => "by-chance",
            Kind::Contract => "contract",
        },
        label: failure.kind().to_string(),
        property: failure.property().to_string(),
        time: failure.time().as_nanos(),
        facts: failure.facts().iter().map(fact).collect(),
    }
}
