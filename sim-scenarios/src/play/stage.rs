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
    let played = stage.run();
    stage.note_what_is_left();
    let verdict = played.and_then(|()| end(stage.lab, schedule));
    (verdict, stage.idle)
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
    idle: Vec<String>,
}

/// How often to look at least whether a server has crashed that is to be started again.
const LOOK: Duration = Duration::from_millis(10);

/// One thing to do.
enum Deed<'a> {
    Step(&'a Timed),
    Join(NodeId),
    /// Start a server that is down; if it is not yet, look again after so long.
    Restart(NodeId, Duration),
    Resume(NodeId),
    Cut(Link),
    Mend(Link),
    Propose(Proposals<'a>),
}

/// What is left of a step that proposes.
struct Proposals<'a> {
    timed: &'a Timed,
    who: Who,
    left: u32,
    every: Duration,
    /// Whether anyone was asked yet.
    asked: bool,
}

impl<'a, N: Node> Stage<'a, N> {
    fn new(lab: &'a mut Lab<N>, schedule: &'a Schedule) -> Self {
        let agenda = BTreeMap::new();
        let mut stage =
            Self { lab, schedule, agenda, place: 0, deeds: 0, commands: 0, idle: vec![] };
        for (place, timed) in schedule.steps.iter().enumerate() {
            stage.place = place;
            stage.put(timed.at, Deed::Step(timed));
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
        self.agenda.insert((at, self.place, self.deeds), deed);
    }

    fn put_after(&mut self, span: Duration, deed: Deed<'a>) {
        let now = self.lab.cluster().now();
        self.put(now + span, deed);
    }

    fn act(&mut self, deed: Deed<'a>) -> Result<(), Failure> {
        match deed {
            Deed::Step(timed) => self.step(timed),
            Deed::Join(node) => self.lab.connect(node),
            // The list amid which it is to crash may be still to come.
            Deed::Restart(node, look) if self.lab.cluster().is_up(node) => {
                self.put_after(look, Deed::Restart(node, look));
                Ok(())
            }
            Deed::Restart(node, _) => self.restart(node),
            Deed::Resume(node) => self.lab.world().resume(node),
            Deed::Cut(Link { from, to }) => self.lab.world().block(from, to),
            Deed::Mend(Link { from, to }) => self.lab.world().unblock(from, to),
            Deed::Propose(proposals) => self.propose(proposals),
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
            &Step::Propose { who, times: left, every } => {
                self.propose(Proposals { timed, who, left, every, asked: false })
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
                if servers.is_empty() {
                    self.note_nobody(timed);
                }
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

    /// Starts a server if it is down.
    fn restart(&mut self, node: NodeId) -> Result<(), Failure> {
        if self.lab.cluster().is_up(node) { Ok(()) } else { self.lab.start_server(node) }
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
    fn propose(&mut self, mut proposals: Proposals<'a>) -> Result<(), Failure> {
        while proposals.left > 0 {
            for node in self.resolve(proposals.who) {
                proposals.asked = true;
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
        } else if !proposals.asked {
            self.note_nobody(proposals.timed);
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

    fn note_nobody(&mut self, timed: &Timed) {
        self.idle.push(format!("{timed}: nobody leads then"));
    }

    /// The run is over: notes what it did not come to.
    fn note_what_is_left(&mut self) {
        for deed in std::mem::take(&mut self.agenda).into_values() {
            match deed {
                Deed::Step(timed) => self.idle.push(format!("{timed}: the run ended before")),
                Deed::Propose(Proposals { timed, asked: false, .. }) => self.note_nobody(timed),
                Deed::Propose(Proposals { asked: true, .. })
                | Deed::Join(_)
                | Deed::Restart(..)
                | Deed::Resume(_)
                | Deed::Cut(_)
                | Deed::Mend(_) => {}
            }
        }
    }
}
