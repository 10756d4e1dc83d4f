//! A plan's lines: its steps and its fates, which is what shrinking counts.

use std::collections::BTreeMap;

use raftsim_node::NodeId;
use raftsim_sim::{Fault, Link, MessageName};

use crate::{Ending, Override, Plan, Schedule, Step, Subject, Timed};

impl Plan {
    /// How many lines it has: steps and fates.
    pub fn lines(&self) -> usize {
        self.steps().len() + self.fates.len()
    }

    /// The same without one of its lines: the steps come first, in order of time, then the fates in
    /// order of their names. It is another run, so it tells no digest.
    ///
    /// # Panics
    /// When it has no such line.
    #[must_use]
    pub fn without_line(&self, line: usize) -> Self {
        let mut plan = Self { digest: None, ..self.clone() };
        let steps = self.steps().len();
        if line < steps {
            let schedule = plan.schedule_mut().expect("only a schedule has steps");
            schedule.steps.remove(line);
        } else {
            let name = self.fates.keys().nth(line - steps).expect("the plan has this line");
            plan.fates.remove(name);
        }
        plan
    }

    /// Its steps; none if a scenario does them.
    pub fn steps(&self) -> &[Timed] {
        self.schedule().map_or(&[], |schedule| &schedule.steps)
    }

    /// Its schedule; `None` if a scenario does the steps.
    pub fn schedule(&self) -> Option<&Schedule> {
        match &self.subject {
            Subject::Cluster(schedule) => Some(schedule),
            Subject::Scenario { .. } => None,
        }
    }

    /// Its schedule, to be changed.
    pub fn schedule_mut(&mut self) -> Option<&mut Schedule> {
        match &mut self.subject {
            Subject::Cluster(schedule) => Some(schedule),
            Subject::Scenario { .. } => None,
        }
    }

    /// The same with this schedule.
    #[must_use]
    pub fn with_schedule(&self, schedule: Schedule) -> Self {
        Self { subject: Subject::Cluster(schedule), ..self.clone() }
    }

    /// The same with these steps instead of its own.
    #[must_use]
    pub fn with_steps(&self, steps: &[Timed]) -> Self {
        let mut plan = self.clone();
        if let Some(schedule) = plan.schedule_mut() {
            steps.clone_into(&mut schedule.steps);
        }
        plan
    }

    /// The same with these fates instead of its own.
    #[must_use]
    pub fn with_fates(&self, fates: BTreeMap<MessageName, Override>) -> Self {
        Self { fates, ..self.clone() }
    }

    /// The same with so many servers, the first ones: whatever names the others is dropped. `None`
    /// if it has no schedule, or those left who should stay in the end are no majority.
    #[must_use]
    pub fn with_servers(&self, servers: u8) -> Option<Self> {
        let mut plan = self.clone();
        let stays = |node: &NodeId| node.number() <= servers;
        plan.fates.retain(|name, _| stays(&name.from) && stays(&name.to));
        let schedule = plan.schedule_mut()?;
        schedule.servers = servers;
        schedule.steps = schedule
            .steps
            .iter()
            .filter_map(|Timed { at, step }| Some(Timed { at: *at, step: among(step, servers)? }))
            .collect();
        match &mut schedule.ending {
            Ending::None => Some(plan),
            Ending::Calm(majority) | Ending::Quiet(majority) => {
                majority.members.retain(stays);
                let enough = majority.members.len() > usize::from(servers) / 2;
                enough.then_some(plan)
            }
        }
    }
}

/// What is left of a step among so many servers; `None` if nothing is.
fn among(step: &Step, servers: u8) -> Option<Step> {
    let stays = |node: &NodeId| node.number() <= servers;
    let joins = |link: &Link| stays(&link.from) && stays(&link.to);
    if let Step::Fault { fault: Fault::Partition(groups), .. } = step {
        let shorter = |group: &Vec<NodeId>| group.iter().copied().filter(stays).collect();
        let mut groups: Vec<Vec<NodeId>> = groups.iter().map(shorter).collect();
        groups.retain(|group| !group.is_empty());
        return (!groups.is_empty()).then(|| Fault::Partition(groups).into());
    }
    if let Step::Fault { fault: Fault::Swizzle { cut, mend, every }, .. } = step {
        let shorter = |links: &[Link]| links.iter().copied().filter(joins).collect::<Vec<_>>();
        let (cut, mend) = (shorter(cut), shorter(mend));
        return (!cut.is_empty()).then(|| Fault::Swizzle { cut, mend, every: *every }.into());
    }
    step.servers().iter().all(stays).then(|| step.clone())
}
