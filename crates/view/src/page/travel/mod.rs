//! Going through a recorded run, step by step: the state of every server after any step, what led
//! to it, and where something of a kind happens next.
//!
//! | module | owns |
//! |---|---|
//! | `state` | the servers and links after a step |
//! | `cause` | what led to a step; the steps that the verdict is about |
//! | `routine` | which steps changed nothing, and fold away |
//! | `moves` | where to go next |
//! | `memory` | the memory of servers at the moments that matter most |
//! | `condition` | conditions such as `n2 is leader` |
//! | `words` | what is said of a step |
//!
//! It knows the steps of a page and nothing else: no terminal and no node. The page's scripts
//! answer the same questions in the same way.

mod cause;
mod condition;
mod memory;
mod moves;
mod routine;
mod state;
mod words;

use std::borrow::Cow;

use raftsim_node::{NodeId, Time};
use raftsim_sim::text::foreign;

use super::Page;
use super::model::Model;
use super::steps::StepKind;

pub use self::cause::{CauseOf, ChangeMark, FactMark, Marks};
pub use self::condition::Condition;
pub use self::memory::Memory;
pub use self::moves::{Way, through};
pub use self::routine::{Fold, Folding, Item};
pub use self::state::{DiskAt, RoleAt, ServerAt};
pub use self::words::{StepWords, log_runs};

/// A recorded run to go through. Steps have numbers from 0. If the run failed, its last step is the
/// failure itself, for which there is no record.
#[derive(Debug)]
pub struct Timeline {
    page: Page,
    /// By step: when it happened.
    time: Vec<Time>,
    failure: Option<usize>,
    /// By server, the world first: its steps.
    steps_of: Vec<Vec<usize>>,
    /// By step: the step before it on the same server.
    before: Vec<Option<usize>>,
    /// By step: the messages that it sent.
    sent: Rows,
    /// By server: its rows of each table, in order.
    status_of: Vec<Vec<usize>>,
    disk_of: Vec<Vec<usize>>,
    timer_of: Vec<Vec<usize>>,
    /// By step: its rows of proposals.
    proposals: Rows,
    /// By server: the steps at which it is paused, or runs again.
    pauses: Vec<Vec<(usize, bool)>>,
    routine: routine::Routine,
    marks: Marks,
}

/// Which rows of a table belong to each step.
#[derive(Debug)]
struct Rows {
    /// Pairs of step and row, in order.
    pairs: Vec<(usize, usize)>,
}

impl Rows {
    /// Rows in the order of their steps, of which those before the window have none.
    fn of(steps: &[i64]) -> Self {
        let rows = steps.iter().enumerate();
        let pairs = rows.filter_map(|(row, &step)| Some((usize::try_from(step).ok()?, row)));
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_unstable();
        Self { pairs }
    }

    fn at(&self, step: usize) -> impl Iterator<Item = usize> + use<'_> {
        let first = self.pairs.partition_point(|&(of, _)| of < step);
        let rows = self.pairs[first..].iter();
        rows.take_while(move |(of, _)| *of == step).map(|&(_, row)| row)
    }
}

impl Timeline {
    /// The steps of a page.
    pub fn new(page: Page) -> Self {
        let model = &page.model;
        let servers = usize::from(model.run.servers) + 1;
        let mut now = 0;
        let mut time: Vec<Time> = vec![];
        for dt in &model.steps.dt {
            now += dt;
            time.push(Time::from_nanos(now));
        }
        let fails = model.verdict.as_ref().filter(|_| model.run.omitted_after == 0);
        let failure = fails.map(|verdict| {
            time.push(Time::from_nanos(verdict.time.max(now)));
            time.len() - 1
        });
        let mut steps_of = vec![vec![]; servers];
        let mut before = vec![None; time.len()];
        for (step, before) in before.iter_mut().enumerate() {
            let on = model.steps.on.get(step).map_or(0, |&on| usize::from(on));
            *before = steps_of[on].last().copied();
            steps_of[on].push(step);
        }
        let rows_of = |on: &[u8]| {
            let mut rows = vec![vec![]; servers];
            on.iter().enumerate().for_each(|(row, &on)| rows[usize::from(on)].push(row));
            rows
        };
        let mut timeline = Self {
            sent: Rows::of(&model.messages.sent),
            status_of: rows_of(&model.status.on),
            disk_of: rows_of(&model.disk.on),
            timer_of: rows_of(&model.timer.on),
            proposals: Rows::of(&model.proposals.step),
            pauses: vec![],
            routine: routine::Routine::default(),
            marks: Marks::default(),
            time,
            failure,
            steps_of,
            before,
            page,
        };
        timeline.pauses = timeline.find_pauses();
        timeline.routine = timeline.find_routine();
        timeline.marks = timeline.find_marks();
        timeline.keep_named();
        timeline
    }

    /// The page.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The number of steps.
    pub fn steps(&self) -> usize {
        self.time.len()
    }

    /// The number of servers.
    pub fn servers(&self) -> u8 {
        self.model().run.servers
    }

    /// All servers, n1 first.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (1..=self.servers()).map(NodeId::new)
    }

    /// When a step happened.
    pub fn time(&self, step: usize) -> Time {
        self.time[step]
    }

    /// The server of a step; `None` for the world.
    pub fn server(&self, step: usize) -> Option<NodeId> {
        Some(self.on(step)).filter(|&on| on > 0).map(NodeId::new)
    }

    /// The step in which the run fails, if it does and the page goes so far.
    pub fn failure(&self) -> Option<usize> {
        self.failure
    }

    /// The last step by `time`; the first step if there is none.
    pub fn step_by(&self, time: Time) -> usize {
        self.time.partition_point(|&it| it <= time).saturating_sub(1)
    }

    /// What the verdict is about.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// How the run is called: what was run, its seed and its node.
    pub fn name(&self) -> String {
        let run = &self.model().run;
        format!("{}, seed {}, node {}", run.title, run.seed, run.node)
    }

    /// The command line that replays the run.
    pub fn command(&self) -> &str {
        &self.model().run.command
    }

    /// The verdict in a line.
    pub fn verdict(&self) -> String {
        let Some(verdict) = &self.model().verdict else { return "pass".to_owned() };
        let time = Time::from_nanos(verdict.time);
        let facts: Vec<&str> = verdict.facts.iter().map(|fact| fact.text.as_str()).collect();
        format!("FAIL {} ({}) {time}: {}", verdict.property, verdict.label, facts.join("; but "))
    }

    fn model(&self) -> &Model {
        &self.page.model
    }

    fn on(&self, step: usize) -> u8 {
        self.model().steps.on.get(step).copied().unwrap_or(0)
    }

    /// What a step is; `None`: the failure.
    fn kind(&self, step: usize) -> Option<StepKind> {
        let kind = self.model().steps.kind.get(step)?;
        Some(StepKind::ALL[usize::from(*kind)].0)
    }

    /// The message that arrived, or was missed, in a step.
    fn by(&self, step: usize) -> Option<usize> {
        place(self.model().steps.by.get(step).copied()?)
    }

    /// The text at a place, harmless, or nothing.
    fn text(&self, at: i64) -> Option<Cow<'_, str>> {
        let text = self.model().text.get(place(at)?)?;
        let is_harmful = text.contains(foreign::is_harmful);
        Some(if is_harmful { foreign::value(text).into() } else { text.into() })
    }
}

/// A place as a column has it.
fn place(column: i64) -> Option<usize> {
    usize::try_from(column).ok()
}
