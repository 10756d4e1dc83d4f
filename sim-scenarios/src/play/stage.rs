//! A schedule's steps, done in order of time. Which server a step means is found out when it is done:
//! whoever leads then.

use std::collections::BTreeMap;
use std::{fmt, iter};

use raftsim_node::{Duration, Node, NodeId, Time};
use raftsim_plan::{Link, Links, Schedule, Step, Who};
use raftsim_sim::Failure;

use super::ending::end;
use crate::lab::{Lab, number};

/// Plays a schedule to its end; also the steps of which nothing came, a line each.
pub(super) fn play<N: Node>(
    lab: &mut Lab<N>,
    schedule: &Schedule,
) -> (Result<(), Failure>, Vec<String>) {
    let mut stage = Stage::new(lab, schedule);
    let played = stage.run();
    let idle = stage.idle();
    (played.and_then(|()| end(lab, schedule)), idle)
}

struct Stage<'a, N: Node> {
    lab: &'a mut Lab<N>,
    schedule: &'a Schedule,
    /// What is still to be done, in order of time, then of the steps that it comes of: what an
    /// earlier step brings comes before a later step.
    agenda: BTreeMap<(Time, usize, u64), Deed<'a>>,
    /// The place of the step that is being done, or that brought what is being done.
    place: usize,
    /// How many deeds were ever put in.
    deeds: u64,
    /// How many commands were proposed: each is another.
    commands: u64,
    /// Of each step: why nothing came of it; `None` once something did.
    idle: Vec<Option<Idle>>,
}

/// Why nothing came of a step so far.
#[derive(Clone, Copy)]
enum Idle {
    Unreached,
    Leaderless,
    Down(NodeId),
    Unchanged,
}

impl fmt::Display for Idle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreached => out.write_str("the run ended before"),
            Self::Leaderless => out.write_str("nobody leads then"),
            Self::Down(node) => write!(out, "{node} is down then"),
            Self::Unchanged => out.write_str("it changes nothing"),
        }
    }
}

/// How often to look at least whether a server has crashed that is to be started again.
const LOOK: Duration = Duration::from_millis(10);

/// One thing to do.
enum Deed<'a> {
    Step(&'a Step),
    Join(NodeId),
    /// Start a server that is down; if it is not yet, look again after so long.
    Restart(NodeId, Duration),
    Resume(NodeId),
    Unblock(Vec<(NodeId, NodeId)>),
    Propose(Proposals),
}

/// What is left of a step that proposes.
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
            deeds: 0,
            commands: 0,
            idle: vec![Some(Idle::Unreached); schedule.steps.len()],
        };
        for (place, timed) in schedule.steps.iter().enumerate() {
            stage.place = place;
            stage.put(timed.at, Deed::Step(&timed.step));
        }
        stage
    }

    fn run(&mut self) -> Result<(), Failure> {
        let end = Time::ZERO + self.schedule.length;
        while let Some((&(at, place, _), _)) = self.agenda.first_key_value()
            && at <= end
        {
            self.sleep_until(at)?;
            let (_, deed) = self.agenda.pop_first().expect("seen above");
            self.place = place;
            let changes = self.lab.world().changes();
            let acted = self.act(deed);
            // What fails the run is not idle.
            if acted.is_err() || self.lab.world().changes() > changes {
                self.idle[place] = None;
            }
            acted?;
        }
        self.sleep_until(end)
    }

    fn sleep_until(&mut self, time: Time) -> Result<(), Failure> {
        let span = time.since(self.lab.cluster().now());
        self.lab.sleep(span)
    }

    /// Puts something on the agenda.
    fn put(&mut self, at: Time, deed: Deed<'a>) {
        self.deeds += 1;
        self.agenda.insert((at, self.place, self.deeds), deed);
    }

    fn put_after(&mut self, span: Duration, deed: Deed<'a>) {
        let now = self.lab.cluster().now();
        self.put(now + span, deed);
    }

    fn act(&mut self, deed: Deed<'a>) -> Result<(), Failure> {
        match deed {
            Deed::Step(step) => self.step(step),
            Deed::Join(node) => self.lab.connect(node),
            // The list amid which it is to crash may be still to come.
            Deed::Restart(node, look) if self.lab.cluster().is_up(node) => {
                self.put_after(look, Deed::Restart(node, look));
                Ok(())
            }
            Deed::Restart(node, _) => self.restart(node),
            Deed::Resume(node) => self.lab.world().resume(node),
            Deed::Unblock(links) => {
                self.on_each(&links, |lab, from, to| lab.world().unblock(from, to))
            }
            Deed::Propose(proposals) => self.propose(proposals),
        }
    }

    fn step(&mut self, step: &'a Step) -> Result<(), Failure> {
        self.idle[self.place] = Some(self.if_idle(step));
        let world = self.lab.world();
        match step {
            Step::Partition(groups) => {
                let groups: Vec<&[NodeId]> = groups.iter().map(Vec::as_slice).collect();
                world.partition(&groups)
            }
            &Step::Block { links, lasting } => {
                let links = self.resolve_links(links);
                self.on_each(&links, |lab, from, to| lab.world().block(from, to))?;
                self.undo_after(lasting, Deed::Unblock(links));
                Ok(())
            }
            &Step::Unblock(links) => {
                let links = self.resolve_links(links);
                self.on_each(&links, |lab, from, to| lab.world().unblock(from, to))
            }
            Step::Heal => world.heal(),
            Step::Network(network) => world.set_network(network.settings()),
            &Step::Link(links, network) => {
                let (links, settings) = (self.resolve_links(links), network.settings());
                self.on_each(&links, |lab, from, to| lab.world().set_link(from, to, settings))
            }
            Step::Swizzle { cut, mend, every } => {
                let ends = |links: &[Link]| links.iter().map(|link| (link.from, link.to)).collect();
                let (cut, mend): (Vec<_>, Vec<_>) = (ends(cut), ends(mend));
                world.swizzle(&cut, &mend, *every)
            }
            &Step::Propose { who, times: left, every } => {
                self.propose(Proposals { who, left, every })
            }
            Step::Isolate { who, .. }
            | Step::Join(who)
            | Step::Crash { who, .. }
            | Step::Restart(who)
            | Step::Pause { who, .. }
            | Step::Resume(who)
            | Step::Disk { who, .. }
            | Step::Clock { who, .. }
            | Step::Jump { who, .. }
            | Step::Expire(who) => {
                let servers = self.resolve(*who);
                servers.into_iter().try_for_each(|node| self.do_to(node, step))
            }
        }
    }

    /// Does a step to one server; those that are about no single server are done elsewhere.
    fn do_to(&mut self, node: NodeId, step: &Step) -> Result<(), Failure> {
        match *step {
            Step::Isolate { lasting, .. } => {
                self.lab.disconnect(node)?;
                self.undo_after(lasting, Deed::Join(node));
                Ok(())
            }
            Step::Join(_) => self.lab.connect(node),
            Step::Crash { after, lasting, .. } => {
                match after {
                    None => self.lab.world().crash(node)?,
                    Some(actions) => self.lab.world().crash_after(node, actions)?,
                }
                self.undo_after(lasting, Deed::Restart(node, lasting.unwrap_or(LOOK).max(LOOK)));
                Ok(())
            }
            Step::Restart(_) => self.restart(node),
            Step::Pause { lasting, .. } => {
                self.lab.world().pause(node)?;
                self.undo_after(lasting, Deed::Resume(node));
                Ok(())
            }
            Step::Resume(_) => self.lab.world().resume(node),
            Step::Disk { latency, .. } => self.lab.world().set_disk(node, latency),
            Step::Clock { rate, .. } => self.lab.world().set_clock_rate(node, rate),
            Step::Jump { ahead, .. } => self.lab.world().jump_clock(node, ahead),
            Step::Expire(_) => self.lab.world().expire(node),
            Step::Partition(_)
            | Step::Block { .. }
            | Step::Unblock(_)
            | Step::Heal
            | Step::Swizzle { .. }
            | Step::Network(_)
            | Step::Link(..)
            | Step::Propose { .. } => Ok(()),
        }
    }

    fn undo_after(&mut self, lasting: Option<Duration>, deed: Deed<'a>) {
        if let Some(span) = lasting {
            self.put_after(span, deed);
        }
    }

    fn on_each(
        &mut self,
        links: &[(NodeId, NodeId)],
        act: impl Fn(&mut Lab<N>, NodeId, NodeId) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        links.iter().try_for_each(|&(from, to)| act(self.lab, from, to))
    }

    /// Starts a server if it is down.
    fn restart(&mut self, node: NodeId) -> Result<(), Failure> {
        if self.lab.cluster().is_up(node) { Ok(()) } else { self.lab.start_server(node) }
    }

    /// Proposes a fresh command to each of these, then again as often as is left.
    fn propose(&mut self, mut proposals: Proposals) -> Result<(), Failure> {
        while proposals.left > 0 {
            for node in self.resolve(proposals.who) {
                if self.lab.cluster().is_up(node) {
                    self.idle[self.place] = None;
                }
                self.commands += 1;
                let command = number(self.commands);
                self.lab.start(node, command)?;
            }
            proposals.left -= 1;
            if proposals.every > Duration::ZERO {
                break;
            }
        }
        if proposals.left > 0 {
            self.put_after(proposals.every, Deed::Propose(proposals));
        }
        Ok(())
    }

    /// The servers that are meant, now.
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

    /// The links that are meant, now, as (from, to).
    fn resolve_links(&self, Links { from, to }: Links) -> Vec<(NodeId, NodeId)> {
        let (senders, addressees) = (self.resolve(from), self.resolve(to));
        let pairs = senders.iter().flat_map(|&from| addressees.iter().map(move |&to| (from, to)));
        pairs.filter(|(from, to)| from != to).collect()
    }

    /// Why nothing comes of a step, if nothing does.
    fn if_idle(&self, step: &Step) -> Idle {
        let named = step.who();
        match named[..] {
            _ if named.contains(&Who::Leader) && self.resolve(Who::Leader).is_empty() => {
                Idle::Leaderless
            }
            [Who::Node(node)] if needs_life(step) && !self.lab.cluster().is_up(node) => {
                Idle::Down(node)
            }
            _ => Idle::Unchanged,
        }
    }

    /// The steps of which nothing came, a line each.
    fn idle(&self) -> Vec<String> {
        let all = iter::zip(&self.schedule.steps, &self.idle);
        all.filter_map(|(timed, why)| Some(format!("{timed}: {}", (*why)?))).collect()
    }
}

/// Whether a step does nothing to a server that is down.
fn needs_life(step: &Step) -> bool {
    matches!(
        step,
        Step::Crash { .. }
            | Step::Pause { .. }
            | Step::Resume(_)
            | Step::Expire(_)
            | Step::Propose { .. }
    )
}
