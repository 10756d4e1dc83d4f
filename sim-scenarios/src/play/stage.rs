//! The steps of a schedule, done in order of time. A name such as `leader` is resolved when the
//! step is done: it stands for the server that leads then.

use std::collections::BTreeMap;
use std::{fmt, iter};

use raftsim_node::{Duration, Node, NodeId, Time};
use raftsim_plan::{Schedule, Step, Who};
use raftsim_sim::{Failure, Fault, Proposed};

use super::ending::end;
use crate::lab::{Lab, number};

/// Plays a schedule to its end. Returns the verdict, and a line for each step that had no effect.
pub(super) fn play<N: Node>(
    lab: &mut Lab<N>,
    schedule: &Schedule,
) -> (Result<(), Failure>, Vec<String>) {
    let mut stage = Stage::new(lab, schedule);
    let played = stage.run();
    let without_effect = stage.without_effect();
    (played.and_then(|()| end(lab, schedule)), without_effect)
}

struct Stage<'a, N: Node> {
    lab: &'a mut Lab<N>,
    schedule: &'a Schedule,
    /// The tasks still to be done, in order of time. At the same time they are in order of the
    /// places of their steps, so that a task of an earlier step comes before a later step.
    agenda: BTreeMap<(Time, usize, u64), Task<'a>>,
    /// The place of the step that is being done, or whose task is being done.
    place: usize,
    /// How many tasks were ever put on the agenda.
    tasks: u64,
    /// How many commands were proposed. It numbers the commands, so that no two are the same.
    commands: u64,
    /// By step: why it has had no effect so far; `None` once it has had one.
    no_effect: Vec<Option<NoEffect>>,
}

/// Why a step has had no effect so far.
#[derive(Clone, Copy)]
enum NoEffect {
    /// The run ended before the step.
    Unreached,
    /// The step names the leader, and there is none.
    Leaderless,
    /// The step acts only on a server that is up, and this one is down.
    Down(NodeId),
    /// The step changes nothing, such as to mend a link that is not cut.
    Unchanged,
}

impl fmt::Display for NoEffect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreached => out.write_str("the run ended before"),
            Self::Leaderless => out.write_str("no server leads then"),
            Self::Down(node) => write!(out, "{node} is down then"),
            Self::Unchanged => out.write_str("it changes nothing"),
        }
    }
}

/// The least time between two checks whether a server that is to restart has crashed by now.
const LOOK: Duration = Duration::from_millis(10);

/// A task on the agenda.
enum Task<'a> {
    Step(&'a Step),
    /// Undo a fault that had a duration.
    Undo(Fault),
    /// Restart a server that is down; if it is still up, check again after this time.
    Restart(NodeId, Duration),
    Propose(Proposals),
}

/// The commands that a step has still to propose.
struct Proposals {
    who: Who,
    left: u32,
    every: Duration,
}

impl<'a, N: Node> Stage<'a, N> {
    fn new(lab: &'a mut Lab<N>, schedule: &'a Schedule) -> Self {
        let mut stage = Self {
            lab,
            schedule,
            agenda: BTreeMap::new(),
            place: 0,
            tasks: 0,
            commands: 0,
            no_effect: vec![Some(NoEffect::Unreached); schedule.steps.len()],
        };
        for (place, timed) in schedule.steps.iter().enumerate() {
            stage.place = place;
            stage.put(timed.at, Task::Step(&timed.step));
        }
        stage
    }

    fn run(&mut self) -> Result<(), Failure> {
        let end = Time::ZERO + self.schedule.length;
        while let Some((&(at, place, _), _)) = self.agenda.first_key_value()
            && at <= end
        {
            self.sleep_until(at)?;
            let (_, task) = self.agenda.pop_first().expect("seen above");
            self.place = place;
            let done = self.act(task);
            // A step that fails the run has an effect.
            if done.is_err() {
                self.no_effect[place] = None;
            }
            done?;
        }
        self.sleep_until(end)
    }

    fn sleep_until(&mut self, time: Time) -> Result<(), Failure> {
        let span = time.since(self.lab.cluster().now());
        self.lab.sleep(span)
    }

    /// Puts a task on the agenda.
    fn put(&mut self, at: Time, task: Task<'a>) {
        self.tasks += 1;
        self.agenda.insert((at, self.place, self.tasks), task);
    }

    fn put_after(&mut self, span: Duration, task: Task<'a>) {
        let now = self.lab.cluster().now();
        self.put(now + span, task);
    }

    fn act(&mut self, task: Task<'a>) -> Result<(), Failure> {
        match task {
            Task::Step(step) => {
                self.no_effect[self.place] = Some(self.why_no_effect(step));
                match step {
                    Step::Fault { fault, lasting } => self.fault(fault, *lasting),
                    &Step::Propose { who, times: left, every } => {
                        self.propose(Proposals { who, left, every })
                    }
                }
            }
            Task::Undo(fault) => self.inject(&fault),
            // It has not crashed yet: the action list within which it is to crash is still to come.
            Task::Restart(node, look) if self.lab.cluster().is_up(node) => {
                self.put_after(look, Task::Restart(node, look));
                Ok(())
            }
            Task::Restart(node, _) => self.inject(&Fault::Restart(node)),
            Task::Propose(proposals) => self.propose(proposals),
        }
    }

    /// Injects a fault at every server or link that it names, to be undone after `lasting`.
    fn fault(&mut self, fault: &Fault<Who>, lasting: Option<Duration>) -> Result<(), Failure> {
        for fault in fault.each(|who| self.resolve(who)) {
            let end = fault.end();
            self.inject(&fault)?;
            if let Some((lasting, end)) = lasting.zip(end) {
                let undo = if let Fault::Restart(node) = end {
                    Task::Restart(node, lasting.max(LOOK))
                } else {
                    Task::Undo(end)
                };
                self.put_after(lasting, undo);
            }
        }
        Ok(())
    }

    fn inject(&mut self, fault: &Fault) -> Result<(), Failure> {
        if self.lab.world().inject(fault)? {
            self.no_effect[self.place] = None;
        }
        Ok(())
    }

    /// Proposes a fresh command to each of these servers, then again after `every` until none is
    /// left.
    fn propose(&mut self, mut proposals: Proposals) -> Result<(), Failure> {
        while proposals.left > 0 {
            for node in self.resolve(proposals.who) {
                if self.lab.cluster().is_up(node) {
                    self.no_effect[self.place] = None;
                }
                self.commands += 1;
                let command = number(self.commands);
                // A plan waits for nobody.
                if let Proposed::Open(open) = self.lab.world().propose(node, command)? {
                    self.lab.world().leave(open);
                }
            }
            proposals.left -= 1;
            if proposals.every > Duration::ZERO {
                break;
            }
        }
        if proposals.left > 0 {
            self.put_after(proposals.every, Task::Propose(proposals));
        }
        Ok(())
    }

    /// The servers that a name stands for now.
    fn resolve(&self, who: Who) -> Vec<NodeId> {
        let cluster = self.lab.cluster();
        match who {
            Who::Node(node) => vec![node],
            Who::All => cluster.ids().collect(),
            Who::Leader => {
                let statuses = cluster.ids().filter_map(|node| Some((node, cluster.status(node)?)));
                let leaders = statuses.filter(|(_, status)| status.is_leader());
                let last = leaders.max_by_key(|&(_, status)| status.term);
                last.map(|(node, _)| node).into_iter().collect()
            }
        }
    }

    /// The reason to print if the step turns out to have no effect.
    fn why_no_effect(&self, step: &Step) -> NoEffect {
        let names = step.who();
        match names[..] {
            _ if names.contains(&Who::Leader) && self.resolve(Who::Leader).is_empty() => {
                NoEffect::Leaderless
            }
            [Who::Node(node)] if needs_life(step) && !self.lab.cluster().is_up(node) => {
                NoEffect::Down(node)
            }
            _ => NoEffect::Unchanged,
        }
    }

    /// A line for each step that had no effect, with the reason.
    fn without_effect(&self) -> Vec<String> {
        let all = iter::zip(&self.schedule.steps, &self.no_effect);
        all.filter_map(|(timed, why)| Some(format!("{timed}: {}", (*why)?))).collect()
    }
}

/// Whether a step has an effect only on a server that is up.
fn needs_life(step: &Step) -> bool {
    match step {
        Step::Propose { .. } => true,
        Step::Fault { fault, .. } => matches!(
            fault,
            Fault::Crash { .. }
                | Fault::Pause(_)
                | Fault::Resume(_)
                | Fault::Expire(_)
                | Fault::Campaign(_)
        ),
    }
}
