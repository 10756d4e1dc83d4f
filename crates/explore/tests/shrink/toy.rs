//! Made-up players: a closure of the test decides the verdict on a plan.

use std::collections::BTreeMap;
use std::sync::Mutex;

use raftsim_explore::{Judged, Player, Quiet, Run, ShrinkError, Shrunk, Story, shrink};
use raftsim_node::{Digest, Duration, NodeId, Role, Status, Time};
use raftsim_plan::{
    Conditions, Ending, Expect, Override, Plan, Schedule, Scope, Snapshots, Step, Target, Timed,
    Who,
};
use raftsim_sim::{
    Cause, Fact, Failure, Fate, Fault, LinkSettings, Links, MessageName, Property, Recording, Row,
    RowTopic,
};

pub(crate) const LOST: Override = Override::Fate(Fate::Drop(Cause::Lost));
pub(crate) const PLENTY: u64 = 100_000;

/// The fates of a run's messages: those of the plan and, in an open world, the drawn ones of all
/// other messages.
pub(crate) type Fates = BTreeMap<MessageName, Override>;

/// A world in which the messages in `drawn` are sent a millisecond apart, whatever happens. `drawn`
/// has their fates in an open world. The closure returns the verdict.
pub(crate) struct Toy<F> {
    pub(crate) drawn: Vec<(MessageName, Override)>,
    pub(crate) verdict: F,
    /// The plans that were played, without those that were only recorded.
    pub(crate) played: Mutex<Vec<Plan>>,
}

impl<F: Fn(&Plan, &Fates) -> Result<(), Failure> + Sync> Toy<F> {
    pub(crate) fn new(drawn: Vec<(MessageName, Override)>, verdict: F) -> Self {
        Self { drawn, verdict, played: Mutex::default() }
    }

    pub(crate) fn shrunk(&self, plan: &Plan) -> Result<Shrunk, ShrinkError> {
        shrink(self, plan, PLENTY, &Quiet)
    }
}

impl<F: Fn(&Plan, &Fates) -> Result<(), Failure> + Sync> Player for Toy<F> {
    fn play(&self, plan: &Plan, recording: Recording) -> Run {
        let mut fates =
            if plan.closed { Fates::new() } else { self.drawn.iter().copied().collect() };
        fates.extend(&plan.fates);
        let verdict = (self.verdict)(plan, &fates);
        let mut digest = Digest::new();
        digest.debug(&(&verdict, &plan.target, &fates));
        let servers = schedule_of(plan).map_or(3, |schedule| schedule.servers);
        let mut roles = vec![Some(Role::Follower); usize::from(servers)];
        roles[0] = Some(Role::Leader);
        let story: Option<Box<dyn Story>> = match recording {
            Recording::Off => {
                self.played.lock().unwrap().push(plan.clone());
                None
            }
            Recording::On => Some(Box::new(Recorded { sent: self.drawn.clone(), fates })),
        };
        Run {
            verdict,
            events: 1,
            virtual_time: Time::from_nanos(1),
            digest: digest.value(),
            judged: Judged::default(),
            roles,
            unused: vec![],
            story,
            crash_points: 0,
            suspects: None,
        }
    }
}

struct Recorded {
    sent: Vec<(MessageName, Override)>,
    fates: Fates,
}

impl Story for Recorded {
    fn rows(&self) -> Vec<Row> {
        let rows = self.sent.iter().zip(1..).map(|(&(name, _), millis)| Row {
            message: Some(name),
            ..row(millis, name.from, &format!("-> {}", name.to))
        });
        rows.collect()
    }

    fn fates(&self) -> Fates {
        self.fates.clone()
    }
}

pub(crate) fn row(millis: u64, node: NodeId, text: &str) -> Row {
    Row {
        time: at(millis),
        node: Some(node),
        life: 1,
        topic: RowTopic::Message,
        text: text.to_owned(),
        status: None,
        message: None,
        ends_life: false,
    }
}

pub(crate) fn leads(millis: u64, node: NodeId, term: u64) -> Row {
    let status = Some(Status::new(term, Role::Leader));
    Row { status, topic: RowTopic::Role, ..row(millis, node, &format!("leader in term {term}")) }
}

pub(crate) fn n(number: u8) -> NodeId {
    NodeId::new(number)
}

pub(crate) fn at(millis: u64) -> Time {
    Time::ZERO + ms(millis)
}

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The name of the `number`-th message of a link between the first two servers.
pub(crate) fn message(number: u64) -> MessageName {
    MessageName { from: n(1), to: n(2), seq: number }
}

/// `count` messages, all lost.
pub(crate) fn lost(count: u64) -> Vec<(MessageName, Override)> {
    (0..count).map(|number| (message(number), LOST)).collect()
}

/// The `number`-th of the 72 links of nine servers.
pub(crate) fn link(number: u8) -> Links<Who> {
    let (from, ahead) = (number / 8, number % 8 + 1);
    between(from + 1, (from + ahead) % 9 + 1)
}

/// The link between two servers, as plans name it.
pub(crate) fn between(from: u8, to: u8) -> Links<Who> {
    Links { from: Who::Node(n(from)), to: Who::Node(n(to)) }
}

/// `count` steps, 70 ms apart, each of which cuts another link.
pub(crate) fn blocks(count: u8) -> Vec<Timed> {
    let block = |number| Fault::Block(link(number)).into();
    let timed = |number| Timed { at: at(70 * u64::from(number)), step: block(number) };
    (0..count).map(timed).collect()
}

/// The links that a plan's steps cut.
pub(crate) fn cut(plan: &Plan) -> Vec<Links<Who>> {
    let steps = schedule_of(plan).map_or(&[][..], |schedule| &schedule.steps);
    let cut = steps.iter().filter_map(|timed| {
        let Step::Fault { fault: Fault::Block(links), .. } = timed.step else { return None };
        Some(links)
    });
    cut.collect()
}

pub(crate) fn schedule(steps: Vec<Timed>) -> Schedule {
    Schedule {
        servers: 9,
        network: LinkSettings::RELIABLE,
        delays: None,
        scope: Scope::Log,
        snapshots: Snapshots::Never,
        length: ms(10_000),
        ending: Ending::None,
        steps,
    }
}

pub(crate) fn plan(target: Target) -> Plan {
    Plan {
        expect: Expect::Guards("every property".to_owned()),
        node: "toy".to_owned(),
        seed: 1,
        digest: None,
        closed: false,
        target,
        fates: BTreeMap::new(),
    }
}

/// A plan with these steps.
pub(crate) fn doing(steps: Vec<Timed>) -> Plan {
    plan(Target::Cluster(schedule(steps)))
}

pub(crate) fn scenario() -> Plan {
    plan(Target::Scenario { name: "toy".to_owned(), calm: true, conditions: Conditions::default() })
}

pub(crate) fn schedule_of(plan: &Plan) -> Option<&Schedule> {
    match &plan.target {
        Target::Cluster(schedule) => Some(schedule),
        Target::Scenario { .. } => None,
    }
}

/// A failure at the end of the run that accuses a leader and a follower.
pub(crate) fn two_leaders() -> Failure {
    failing("election safety", n(1), n(2))
}

/// The same failure of this property, which accuses these two servers.
pub(crate) fn failing(property: &'static str, first: NodeId, second: NodeId) -> Failure {
    let facts = [first, second].map(|node| Fact::new(format!("{node} leads")).by(node));
    Failure::violation(Property::new(property), at(9_999), facts)
}

pub(crate) fn fails_if(fails: bool) -> Result<(), Failure> {
    if fails { Err(two_leaders()) } else { Ok(()) }
}

/// Asserts that the shrunk plan fails as `first` did and expects to, and that it does not without
/// any one of its lines.
pub(crate) fn assert_minimal(player: &dyn Player, first: &Plan, shrunk: &Shrunk) {
    let play = |plan: &Plan| player.play(plan, Recording::Off);
    let signature = play(first).signature();
    let run = play(&shrunk.plan);
    assert!(signature.is_some(), "the first plan fails");
    assert_eq!(run.signature(), signature);
    assert_eq!(shrunk.plan.digest, Some(run.digest));
    assert_eq!(shrunk.run.verdict, run.verdict);
    assert!(shrunk.plan.closed, "the plan is closed");
    assert!(shrunk.is_minimal, "the budget was large enough");
    let property = run.verdict.unwrap_err().property().to_string();
    assert_eq!(shrunk.plan.expect, Expect::Breaks(property));
    for line in 0..shrunk.plan.lines() {
        assert_ne!(play(&shrunk.plan.without_line(line)).signature(), signature, "line {line}");
    }
}
