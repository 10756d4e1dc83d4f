//! Plans that are kept in files: which files a folder has, whether a node can play the plan in one,
//! and whether the plan still does what its file says.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use raftsim_explore::Run;
use raftsim_node::Claims;
use raftsim_plan::{Conditions, Expect, Place, Plan, PlanError, Target, TextError};
use raftsim_sim::text::counted;
use raftsim_sim::text::foreign::quote;

use crate::info::ScenarioInfo;

/// What a kept plan did when it was played again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It guards a property, and passes.
    Holds,
    /// It guards a property, and fails.
    Fails,
    /// It breaks the property that it is kept for.
    StillBreaks,
    /// It is kept for a property that it breaks, and passes.
    Passes,
    /// It is kept for a property that it breaks, and breaks another one.
    BreaksOther,
}

impl Outcome {
    /// What a plan that is kept with this expectation did in its run.
    pub fn of(expect: &Expect, run: &Run) -> Self {
        match (expect, &run.verdict) {
            (Expect::Guards(_), Ok(())) => Self::Holds,
            (Expect::Guards(_), Err(_)) => Self::Fails,
            (Expect::Breaks(_), Ok(())) => Self::Passes,
            (Expect::Breaks(name), Err(failure)) if failure.property().name() == name => {
                Self::StillBreaks
            }
            (Expect::Breaks(_), Err(_)) => Self::BreaksOther,
        }
    }

    /// Whether something is wrong that was not wrong when the plan was kept.
    pub fn is_red(self) -> bool {
        matches!(self, Self::Fails | Self::BreaksOther)
    }

    /// Its name in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::StillBreaks => "still_breaks",
            Self::Passes => "passes",
            Self::BreaksOther => "breaks_other",
        }
    }

    /// What it did, in one line, for a plan that is kept with this expectation.
    pub fn line(self, expect: &Expect, run: &Run) -> String {
        let (Expect::Guards(name) | Expect::Breaks(name)) = expect;
        let name = quote(name);
        let failure = run.verdict.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let mut line = match self {
            Self::Holds => "holds".to_owned(),
            Self::Fails => format!("FAIL: {failure}"),
            Self::StillBreaks => format!("still breaks `{name}`"),
            Self::Passes => {
                format!(
                    "passes, and no longer breaks `{name}`: it can become a plan that `guards` it"
                )
            }
            Self::BreaksOther => {
                format!("FAIL: it is kept because it breaks `{name}`; now {failure}")
            }
        };
        if !run.unused.is_empty() {
            let lines = counted(run.unused.len() as u64, "line");
            write!(line, " (no effect: {lines} of the plan)").expect("writing to a string");
        }
        line
    }
}

/// The plans in a folder: its files that end in `.toml`, in order of their names.
///
/// # Errors
/// If there are none, or they cannot be listed: what is wrong, and what to do.
pub fn plans_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    const HINT: &str = "`shrink` and `fuzz` write plans with `-o FILE`";
    let name = quote(folder.display());
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let files = listed.map_err(|error| {
        if folder.exists() {
            return format!("{name}: {error}");
        }
        format!("there is no folder `{name}`: make it, and keep a plan there; {HINT}")
    })?;
    let is_plan = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "toml");
    let mut plans: Vec<_> = files.iter().map(fs::DirEntry::path).filter(is_plan).collect();
    if plans.is_empty() {
        return Err(format!(
            "there is no plan in `{name}`, no file that ends in `.toml`: keep one there; {HINT}"
        ));
    }
    plans.sort();
    Ok(plans)
}

/// On what a plan is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playable {
    /// The plan's scenario; `None` if it has steps of its own.
    pub scenario: Option<ScenarioInfo>,
    /// How many servers it has.
    pub servers: u8,
}

/// On what the plan, which was read from the text of a file, is played by a node of this name and
/// with these claims. `find` finds the scenario of a name.
///
/// # Errors
/// If the node cannot play it: there is no such scenario, the scenario checks a claim that the node
/// does not make or does not run under the plan's conditions, or a fate is that of a message to or
/// from a server that is not there. The error says on which line that is.
pub fn playable(
    plan: &Plan,
    text: &str,
    (node, claims): (&str, &Claims),
    find: impl FnOnce(&str) -> Result<ScenarioInfo, TextError>,
) -> Result<Playable, PlanError> {
    let refused = |place, why: Option<String>| {
        why.map_or(Ok(()), |why| Err(PlanError::there(place, text, why)))
    };
    let (scenario, servers) = match &plan.target {
        Target::Cluster(schedule) => (None, schedule.servers),
        Target::Scenario { name, conditions, .. } => {
            let found = find(name);
            let info = found.map_err(|why| PlanError::there(Place::Scenario, text, why))?;
            refused(Place::Scenario, info.refuses_node(node, claims))?;
            let Conditions { servers, network, delays } = conditions.clone();
            let mut given = Conditions { servers, ..Conditions::default() };
            refused(Place::Servers, info.refuses(&given))?;
            given.network = network;
            refused(Place::Network, info.refuses(&given))?;
            given.delays = delays;
            refused(Place::Delays, info.refuses(&given))?;
            (Some(info), info.servers_under(conditions))
        }
    };
    if let Some(far) = plan.fates.keys().find(|name| name.from.max(name.to).number() > servers) {
        let last = far.from.max(far.to);
        let why = format!("expected a server up to n{servers}, not `{last}`");
        refused(Place::Fate(*far), Some(why))?;
    }
    Ok(Playable { scenario, servers })
}
