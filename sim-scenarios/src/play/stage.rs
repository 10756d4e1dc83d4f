//! A schedule's steps, done in order of time. Which server a step means is found out when it is done:
//! whoever leads then.

use std::collections::BTreeMap;

use raftsim_explore::plan::{Link, Schedule, Step, Timed, Who};
use raftsim_node::{Duration, Node, NodeId, Time};
use raftsim_sim::Failure;

use super::ending::end;
use crate::lab::{Lab, number};

/// Plays a schedule to its end; also the steps of which nothing came, a line each.
pub(super) fn play<N: Node>(
    lab: &mut Lab<N>,
    schedule: &Schedule,
) -> (Result<(), Failure>, Vec<String>) {
    let mut stage = Stage::new(lab, schedule);
    let verdict = stage.run().and_then(|()| end(stage.lab, schedule));
    (verdict, stage.idle)
}

struct Stage<'a, N: Node> {
    lab: &'a mut Lab<N>,
    schedule: &'a Schedule,
    /// What is still to be done, in order of time, then as it was put in.
    agenda: BTreeMap<(Time, u64), Deed<'a>>,
    /// How many deeds were ever put in.
    deeds: u64,
    /// How many commands were proposed: each is another.
    commands: u64,
    idle: Vec<String>,
}

/// One thing to do.
#[derive(Clone, Copy)]
enum Deed<'a> {
    Step(&'a Timed),
    Join(NodeId),
    Restart(NodeId),
    Resume(NodeId),
    Cut(Link),
    Mend(Link),
    Propose { who: Who, left: u32, every: Duration },
}

impl<'a, N: Node> Stage<'a, N> {
    fn new(lab: &'a mut Lab<N>, schedule: &'a Schedule) -> Self {
        let agenda = BTreeMap::new();
        let mut stage = Self { lab, schedule, agenda, deeds: 0, commands: 0, idle: vec![] };
        for timed in &schedule.steps {
            stage.put(timed.at, Deed::Step(timed));
        }
        stage
    }

    fn run(&mut self) -> Result<(), Failure> {
        let end = Time::ZERO + self.schedule.length;
        while let Some(((at, _), deed)) = self.agenda.pop_first() {
            if at > end {
                break;
            }
            self.sleep_until(at)?;
            self.act(deed)?;
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
        self.agenda.insert((at, self.deeds), deed);
    }

    fn put_after(&mut self, span: Duration, deed: Deed<'a>) {
        let now = self.lab.cluster().now();
        self.put(now + span, deed);
    }

    fn act(&mut self, deed: Deed<'a>) -> Result<(), Failure> {
        match deed {
            Deed::Step(timed) => self.step(timed),
            Deed::Join(node) => self.lab.connect(node),
            Deed::Restart(node) => self.restart(node),
            Deed::Resume(node) => self.lab.world().resume(node),
            Deed::Cut(Link { from, to }) => self.lab.world().block(from, to),
            Deed::Mend(Link { from, to }) => self.lab.world().unblock(from, to),
            Deed::Propose { who, left, every } => self.propose(who, left, every),
        }
    }

    fn step(&mut self, timed: &'a Timed) -> Result<(), Failure> {
        let world = self.lab.world();
        match &timed.step {
            Step::Partition(groups) => {
                let groups: Vec<&[NodeId]> = groups.iter().map(Vec::as_slice).collect();
                world.partition(&groups)
            }
            Step::Block(Link { from, to }) => world.block(*from, *to),
            Step::Unblock(Link { from, to }) => world.unblock(*from, *to),
            Step::Heal => world.heal(),
            Step::Network(network) => world.set_network(network.settings()),
            Step::Link(Link { from, to }, network) => {
                world.set_link(*from, *to, network.settings())
            }
            Step::Swizzle { cut, mend, every } => {
                self.swizzle(cut, mend, *every);
                Ok(())
            }
            Step::Propose { who, times, every } => {
                self.note_if_nobody(timed, *who);
                self.propose(*who, *times, *every)
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
                self.note_if_nobody(timed, *who);
                let servers = self.resolve(*who);
                servers.into_iter().try_for_each(|node| self.do_to(node, &timed.step))
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
                self.undo_after(lasting, Deed::Restart(node));
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
            | Step::Block(_)
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

    /// Starts a server if it is down. One that was to crash in a list of actions and has not yet is
    /// no longer to.
    fn restart(&mut self, node: NodeId) -> Result<(), Failure> {
        if self.lab.cluster().is_up(node) {
            return self.lab.world().disarm(node);
        }
        self.lab.start_server(node)
    }

    fn swizzle(&mut self, cut: &[Link], mend: &[Link], every: Duration) {
        let cuts = cut.iter().map(|&link| Deed::Cut(link));
        let mends = mend.iter().map(|&link| Deed::Mend(link));
        let mut span = Duration::ZERO;
        for deed in cuts.chain(mends) {
            self.put_after(span, deed);
            span = span + every;
        }
    }

    /// Proposes a fresh command to each of these, then again as often as is left.
    fn propose(&mut self, who: Who, left: u32, every: Duration) -> Result<(), Failure> {
        let mut left = left;
        while left > 0 {
            for node in self.resolve(who) {
                self.commands += 1;
                let command = number(self.commands);
                self.lab.start(node, command)?;
            }
            left -= 1;
            if every > Duration::ZERO {
                break;
            }
        }
        if left > 0 {
            self.put_after(every, Deed::Propose { who, left, every });
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

    fn note_if_nobody(&mut self, timed: &Timed, who: Who) {
        if self.resolve(who).is_empty() {
            self.idle.push(format!("{timed}: nobody leads then"));
        }
    }
}
