//! A plan's lines, its steps and its fates: shrinking leaves them out one by one.

use std::collections::BTreeMap;
use std::mem;

use raftsim_node::NodeId;
use raftsim_sim::{Fault, Link, MessageName};

use crate::{Ending, Override, Plan, Schedule, Snapshots, Step, Target, Timed, Who};

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

    /// The same plan with these of its servers only: in this order they are n1, n2, and so on. Steps
    /// and fates that name another server are dropped, or lose that name. `None` if the plan runs a
    /// scenario, or if the members of its ending that are left are not a majority.
    #[must_use]
    pub fn among(&self, servers: &[NodeId]) -> Option<Self> {
        let mut plan = self.clone();
        let among = Among(servers);
        let fate = |(name, fate): (MessageName, _)| {
            let Link { from, to } = among.link(Link { from: name.from, to: name.to })?;
            Some((MessageName { from, to, ..name }, fate))
        };
        plan.fates = mem::take(&mut plan.fates).into_iter().filter_map(fate).collect();
        let schedule = plan.schedule_mut()?;
        schedule.servers = u8::try_from(servers.len()).ok()?;
        schedule.delays = schedule.delays.as_ref().map(|delays| delays.among(servers));
        schedule.steps = schedule
            .steps
            .iter()
            .filter_map(|Timed { at, step }| Some(Timed { at: *at, step: among.step(step)? }))
            .collect();
        if let Snapshots::Own(own) = &mut schedule.snapshots {
            let left = mem::take(own).into_iter();
            *own = left.filter_map(|(node, own)| Some((among.server(node)?, own))).collect();
        }
        if let Ending::Load { lossy, .. } = &mut schedule.ending {
            *lossy = lossy.and_then(|lossy| among.server(lossy));
        }
        let Some(members) = schedule.ending.members_mut() else { return Some(plan) };
        *members = members.iter().filter_map(|&node| among.server(node)).collect();
        members.sort_unstable();
        let enough = members.len() > servers.len() / 2;
        enough.then_some(plan)
    }
}

/// The servers that are left of a cluster, in the order of their new names.
struct Among<'a>(&'a [NodeId]);

impl Among<'_> {
    /// The new name of a server; `None` if it is not left.
    fn server(&self, node: NodeId) -> Option<NodeId> {
        let slot = self.0.iter().position(|&left| left == node)?;
        u8::try_from(slot + 1).ok().map(NodeId::new)
    }

    fn link(&self, Link { from, to }: Link) -> Option<Link> {
        Some(Link { from: self.server(from)?, to: self.server(to)? })
    }

    /// What is left of a step; `None` if nothing is.
    fn step(&self, step: &Step) -> Option<Step> {
        let who = |who| match who {
            Who::Node(node) => self.server(node).map(Who::Node),
            Who::Leader | Who::All => Some(who),
        };
        match *step {
            Step::Propose { who: to, times, every } => {
                Some(Step::Propose { who: who(to)?, times, every })
            }
            Step::Fault { fault: Fault::Partition(ref groups), .. } => {
                let left = |group: &Vec<NodeId>| {
                    group.iter().filter_map(|&node| self.server(node)).collect()
                };
                let mut groups: Vec<Vec<NodeId>> = groups.iter().map(left).collect();
                groups.retain(|group| !group.is_empty());
                (!groups.is_empty()).then(|| Fault::Partition(groups).into())
            }
            Step::Fault { fault: Fault::Swizzle { ref cut, ref mend, every }, .. } => {
                let left = |links: &[Link]| -> Vec<Link> {
                    links.iter().filter_map(|&link| self.link(link)).collect()
                };
                let (cut, mend) = (left(cut), left(mend));
                (!cut.is_empty()).then(|| Fault::Swizzle { cut, mend, every }.into())
            }
            // Names such as `leader` stay, and with them links such as `all>all`.
            Step::Fault { .. } if step.servers().is_empty() => Some(step.clone()),
            Step::Fault { ref fault, lasting } => {
                let left = fault.each(|name| who(name).into_iter().collect()).pop();
                left.map(|fault| Step::Fault { fault, lasting })
            }
        }
    }
}
