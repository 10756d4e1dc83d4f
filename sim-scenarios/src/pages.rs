//! Recorded runs as pages: what a command or a red test writes, so that people can look at a run.

use raftsim_explore::{Run, Shrunk, Story};
use raftsim_node::Time;
use raftsim_plan::{Expect, Plan, Target};
use raftsim_sim::text::{counted_of, foreign};
use raftsim_view::page::{About, KnownCommitted, LAST_EVENTS, MOST_EVENTS, Page, PageBuilder};

/// What a page says of its run besides the run itself.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// What was run: a scenario, or a plan's file.
    pub title: &'a str,
    /// The command line that shows the run again.
    pub command: String,
    /// The plan that was played. One made of a scenario and a seed has no steps of its own.
    pub plan: &'a Plan,
    /// How small a shrunk run became, such as `3 of 48 fates, 3 of 3 servers`.
    pub shrunk: Option<String>,
    /// The page begins at this time, with the state at it.
    pub since: Time,
    /// The page ends at this time.
    pub until: Time,
    /// Whether all of a run is wanted that is too long for a page.
    pub whole: bool,
}

/// How small a shrunk run became, as its page says it.
pub fn left(shrunk: &Shrunk) -> String {
    let Shrunk { steps, fates, servers, .. } = shrunk;
    let steps = match *steps {
        (_, 0) => String::new(),
        steps => format!("{}, ", counted_of(steps, "step")),
    };
    format!("{steps}{}, {}", counted_of(*fates, "fate"), counted_of(*servers, "server"))
}

/// The plan as it is kept: one whose run fails is kept because it breaks the property.
fn kept(plan: &Plan, run: &Run) -> Plan {
    let broken = run.verdict.as_ref().err().map(|failure| failure.property().name().to_owned());
    Plan { expect: broken.map_or(plan.expect.clone(), Expect::Breaks), ..plan.clone() }
}

/// The page of a recorded run. A run of over 200,000 events is cut, unless the `whole` run is wanted:
/// the page has the last 100,000 of those that were kept.
pub fn page(run: &Run, story: &dyn Story, subject: Subject<'_>) -> Page {
    let Subject { title, command, plan, shrunk, since, until, whole } = subject;
    let steps = match &plan.target {
        Target::Cluster(schedule) => schedule.steps.as_slice(),
        Target::Scenario { .. } => &[],
    };
    let committed = story.committed().iter();
    let committed =
        committed.map(|it| KnownCommitted { term: it.term, by: it.by, since: it.since });
    let events = story.events();
    let mut builder = PageBuilder::new(About {
        title: foreign::quote(title),
        command: foreign::line(command),
        node: foreign::quote(&plan.node),
        seed: plan.seed,
        servers: run.servers(),
        events: run.events,
        digest: run.digest,
        end: run.virtual_time,
        version: env!("CARGO_PKG_VERSION"),
        missing: story.missing(),
        shrunk,
        plan_text: kept(plan, run).to_string(),
        plan: steps.iter().map(|timed| (timed.at, timed.step.to_string())).collect(),
        fates: plan.fates.iter().map(|(name, fate)| (*name, fate.to_string())).collect(),
        failure: run.verdict.as_ref().err().cloned(),
        committed: committed.collect(),
        since,
        until,
        skip: if events > MOST_EVENTS && !whole { events - LAST_EVENTS } else { 0 },
    });
    story.moments(&mut |moment| builder.add(&moment));
    builder.finish()
}
