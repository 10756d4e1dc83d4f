//! A plan's lines, its steps and its fates: shrinking leaves them out one by one.

use std::collections::BTreeMap;

use raftsim_node::NodeId;
use raftsim_sim::{Fault, Link, MessageName};

use crate::{Override, Plan, Schedule, Step, Target, Timed};

impl Plan {
    /// The number of its lines: steps and fates.
    pub fn lines(&self) -> usize {
        self.steps().len() + self.fates.len()
    }

    /// The same plan without its line `line`, from 0. The steps come first, in order of time, then
    /// the fates in order of their messages' names. The result has no digest, for its run differs.
    ///
    /// # Panics
    /// When the plan has no such line.
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

    /// Its steps; empty if the plan runs a scenario.
    pub fn steps(&self) -> &[Timed] {
        self.schedule().map_or(&[], |schedule| &schedule.steps)
    }

    /// Its schedule; `None` if the plan runs a scenario.
    pub fn schedule(&self) -> Option<&Schedule> {
        match &self.target {
            Target::Cluster(schedule) => Some(schedule),
            Target::Scenario { .. } => None,
        }
    }

    /// Its schedule, mutable; `None` if the plan runs a scenario.
    pub fn schedule_mut(&mut self) -> Option<&mut Schedule> {
        match &mut self.target {
            Target::Cluster(schedule) => Some(schedule),
            Target::Scenario { .. } => None,
        }
    }

    /// The same plan with this schedule as its target.
    #[must_use]
    pub fn with_schedule(&self, schedule: Schedule) -> Self {
        Self { target: Target::Cluster(schedule), ..self.clone() }
    }

    /// The same plan with these steps instead of its own; unchanged if it runs a scenario.
    #[must_use]
    pub fn with_steps(&self, steps: &[Timed]) -> Self {
        let mut plan = self.clone();
        if let Some(schedule) = plan.schedule_mut() {
            steps.clone_into(&mut schedule.steps);
        }
        plan
    }

    /// The same plan with these fates instead of its own.
    #[must_use]
    pub fn with_fates(&self, fates: BTreeMap<MessageName, Override>) -> Self {
        Self { fates, ..self.clone() }
    }

    /// The same plan with the first `servers` servers only. Steps and fates that name another
    /// server are dropped, or lose that name. `None` if the plan runs a scenario, or if the members
    /// of its ending that are left are not a majority.
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
        let Some(members) = schedule.ending.members_mut() else { return Some(plan) };
        members.retain(stays);
        let enough = members.len() > usize::from(servers) / 2;
        enough.then_some(plan)
    }
}

/// What is left of a step in a cluster of `servers` servers; `None` if nothing is.
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
