//! The generator of random plans, a proptest [`Strategy`].
//!
//! Each plan first draws its own configuration (swarm testing, Groce et al. 2012): which kinds of
//! faults it has and how often, which network, which workload. Some bugs do not show when
//! everything goes wrong at once, but show when only one thing goes wrong.
//!
//! `cargo test` shrinks a failing plan first by proptest and then by `raftsim_explore::shrink`; the
//! command only by the latter.

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::Union;
use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::{Fault, Late, Leg, Link, LinkSettings, Links, Rate, Ratio, Spread};

use crate::ending::last;
use crate::{Ending, Expect, Plan, Schedule, Scope, Step, Target, Timed, Who};

/// What plans may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// How many servers a plan may have: within 1 to [`Schedule::MOST`].
    pub servers: RangeInclusive<u8>,
    /// How much of Raft the node has: which faults the plans may use, and what they ask of the
    /// node.
    pub scope: Scope,
    /// Whether each plan leaves out some kinds of steps and weighs the others at random. If not,
    /// every plan may use all kinds, with equal weights.
    pub swarm: bool,
    /// Whether some plans end with faults that stand: for nodes that claim to cope with them.
    pub stands: bool,
}

/// A kind of step that a plan may use or leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Partition,
    Isolate,
    Block,
    Heal,
    Swizzle,
    Network,
    LinkWeather,
    Pause,
    Clock,
    Expire,
    Crash,
    CrashWithin,
    Disk,
    Trickle,
    Burst,
}

impl Kind {
    const ALL: [(Self, Scope); 15] = [
        (Self::Partition, Scope::Elections),
        (Self::Isolate, Scope::Elections),
        (Self::Block, Scope::Elections),
        (Self::Heal, Scope::Elections),
        (Self::Swizzle, Scope::Elections),
        (Self::Network, Scope::Elections),
        (Self::LinkWeather, Scope::Elections),
        (Self::Pause, Scope::Elections),
        (Self::Clock, Scope::Elections),
        (Self::Expire, Scope::Elections),
        (Self::Crash, Scope::Disk),
        (Self::CrashWithin, Scope::Disk),
        (Self::Disk, Scope::Disk),
        (Self::Trickle, Scope::Log),
        (Self::Burst, Scope::Log),
    ];

    /// The kinds that plans of this scope may use.
    fn within(scope: Scope) -> Vec<Self> {
        Self::ALL.iter().filter(|&&(_, needs)| needs <= scope).map(|&(kind, _)| kind).collect()
    }

    /// Whether steps of this kind propose commands instead of injecting a fault.
    const fn is_work(self) -> bool {
        matches!(self, Self::Trickle | Self::Burst)
    }
}

/// The configuration that a plan draws first.
#[derive(Clone, Debug)]
struct Swarm {
    servers: u8,
    seed: u64,
    network: LinkSettings,
    snapshots: Option<u32>,
    /// Each kind of step that the plan may use, and its weight.
    kinds: Vec<(u32, Kind)>,
    /// The usual upper bound, in milliseconds, for the time between two steps: see [`gap`].
    pace: u32,
    /// The most steps.
    steps: usize,
    /// Steps that follow the others, at once.
    last: Vec<Step>,
    ending: Ending,
}

/// Plans for the node named `node`.
pub fn plans(node: &str, drawing: &Drawing) -> impl Strategy<Value = Plan> + use<> {
    let (node, drawing) = (node.to_owned(), drawing.clone());
    let scope = drawing.scope;
    swarm(&drawing).prop_flat_map(move |swarm| {
        let node = node.clone();
        let steps = vec((gap(swarm.pace), step(&swarm)), 0..=swarm.steps);
        (Just(swarm), steps, 0_u64..1500).prop_map(move |(swarm, steps, rest)| {
            plan(node.clone(), scope, swarm, steps, Duration::from_millis(rest))
        })
    })
}

fn plan(node: String, scope: Scope, swarm: Swarm, drawn: Vec<(u32, Step)>, rest: Duration) -> Plan {
    let Swarm { servers, seed, network, snapshots, last, ending, .. } = swarm;
    let mut at = Time::ZERO;
    let mut steps = Vec::with_capacity(drawn.len());
    for (gap, step) in drawn {
        at += Duration::from_millis(gap.into());
        steps.push(Timed { at, step });
    }
    steps.extend(last.into_iter().map(|step| Timed { at, step }));
    // A plan file knows two scopes only: elections, and elections with a log.
    let scope = scope.min(Scope::Log);
    let length = at.since(Time::ZERO) + rest;
    let schedule = Schedule { servers, network, scope, snapshots, length, ending, steps };
    Plan {
        expect: Expect::Guards("every property".to_owned()),
        node,
        seed,
        digest: None,
        closed: false,
        target: Target::Cluster(schedule),
        fates: std::collections::BTreeMap::new(),
    }
}

fn swarm(drawing: &Drawing) -> impl Strategy<Value = Swarm> + use<> {
    let Drawing { servers, scope, swarm, stands } = drawing.clone();
    let kinds = Kind::within(scope);
    let work: Vec<Kind> = kinds.iter().copied().filter(|kind| kind.is_work()).collect();
    let faults: Vec<Kind> = kinds.iter().copied().filter(|kind| !kind.is_work()).collect();
    // A plan that proposes nothing tests only elections: for a node with a log every plan proposes.
    let (least_work, least_faults) = if swarm { (1, 1) } else { (work.len(), faults.len()) };
    let work = subsequence(work.clone(), least_work.min(work.len())..=work.len());
    let faults = subsequence(faults.clone(), least_faults..=faults.len());
    let most = if swarm { 4_u32 } else { 1 };
    let weights = vec(1..=most, Kind::ALL.len());
    let kinds = (work, faults, weights).prop_map(move |(work, faults, weights)| {
        // Proposals weigh more when there are more kinds of faults, so that faults do not crowd
        // them out.
        let many = u32::try_from(faults.len()).expect("there are few kinds");
        let share = if swarm { 1 + many / 4 } else { 1 };
        let weigh = |weight, kind: Kind| if kind.is_work() { share * weight } else { weight };
        let kinds = weights.into_iter().zip(work.into_iter().chain(faults));
        kinds.map(|(weight, kind)| (weigh(weight, kind), kind)).collect::<Vec<_>>()
    });
    let snapshots = if scope == Scope::Snapshots {
        prop_oneof![1 => Just(None), 2 => (1_u32..=12).prop_map(Some)].boxed()
    } else {
        Just(None).boxed()
    };
    let pace = select(std::vec![20_u32, 100, 300, 800]);
    sizes(&servers).prop_flat_map(move |servers| {
        (
            any::<u64>(),
            network(),
            snapshots.clone(),
            kinds.clone(),
            pace.clone(),
            4..=40_usize,
            last(servers, scope, stands),
        )
            .prop_map(move |(seed, network, snapshots, kinds, pace, steps, last)| {
                let (last, ending) = last;
                Swarm { servers, seed, network, snapshots, kinds, pace, steps, last, ending }
            })
    })
}

/// The number of servers within `range`: mostly three or five.
fn sizes(range: &RangeInclusive<u8>) -> impl Strategy<Value = u8> + use<> {
    let weight = |size| match size {
        3 | 5 => 8,
        1 => 1,
        _ => 2,
    };
    Union::new_weighted(range.clone().map(|size| (weight(size), Just(size))).collect())
}

/// Milliseconds to the next step: often zero or few, so that a fault begins while the one before it
/// still has effects.
fn gap(pace: u32) -> impl Strategy<Value = u32> {
    prop_oneof![1 => Just(0), 2 => 1..=10_u32, 5 => 1..=pace, 1 => 300..=1500_u32]
}

fn step(swarm: &Swarm) -> impl Strategy<Value = Step> + use<> {
    let servers = swarm.servers;
    let kinds = swarm.kinds.iter().filter(|(_, kind)| servers > 1 || !kind.is_of_links());
    let mut steps: Vec<(u32, BoxedStrategy<Step>)> =
        kinds.map(|&(weight, kind)| (weight, kind.steps(servers))).collect();
    // If no fault ever ended, the cluster would soon do nothing that a further fault could disturb.
    steps.push((1, mending(servers)));
    Union::new_weighted(steps)
}

impl Kind {
    /// Whether steps of this kind concern links, which a cluster of one server lacks.
    const fn is_of_links(self) -> bool {
        matches!(
            self,
            Self::Partition | Self::Isolate | Self::Block | Self::Swizzle | Self::LinkWeather
        )
    }

    /// Steps of this kind.
    fn steps(self, servers: u8) -> BoxedStrategy<Step> {
        let who = || who(servers);
        match self {
            Self::Partition => partition(servers).boxed(),
            Self::Isolate => (who(), lasting(100..=2500))
                .prop_map(|(who, lasting)| Step::Fault { fault: Fault::Isolate(who), lasting })
                .boxed(),
            Self::Block => prop_oneof![
                3 => (links(servers), lasting(100..=2500))
                    .prop_map(|(links, lasting)| {
                        let fault = Fault::Block(links);
                        Step::Fault { fault, lasting }
                    }),
                1 => links(servers).prop_map(|links| Fault::Unblock(links).into()),
            ]
            .boxed(),
            Self::Heal => Just(Step::from(Fault::Heal)).boxed(),
            Self::Swizzle => swizzle(servers).boxed(),
            Self::Network => network().prop_map(|network| Fault::Network(network).into()).boxed(),
            Self::LinkWeather => (links(servers), network())
                .prop_map(|(links, network)| Fault::Link(links, network).into())
                .boxed(),
            Self::Pause => (who(), lasting(10..=1500))
                .prop_map(|(who, lasting)| Step::Fault { fault: Fault::Pause(who), lasting })
                .boxed(),
            Self::Clock => clock(servers).boxed(),
            Self::Expire => who().prop_map(|who| Fault::Expire(who).into()).boxed(),
            Self::Crash => crash(servers, Just(None)).boxed(),
            Self::CrashWithin => crash(servers, (0..=6_u32).prop_map(Some)).boxed(),
            // Now and then a disk is so slow that a write outlasts the plan.
            Self::Disk => {
                (who(), prop_oneof![5 => Just(0_u64), 5 => 1..=50_u64, 1 => 1_000..=100_000_u64])
                    .prop_map(|(who, millis)| {
                        Fault::Disk { who, latency: Duration::from_millis(millis) }.into()
                    })
                    .boxed()
            }
            Self::Trickle => (to_whom(servers), 2..=30_u32, 5..=100_u64)
                .prop_map(|(who, times, millis)| Step::Propose {
                    who,
                    times,
                    every: Duration::from_millis(millis),
                })
                .boxed(),
            Self::Burst => (to_whom(servers), 1..=8_u32)
                .prop_map(|(who, times)| Step::Propose { who, times, every: Duration::ZERO })
                .boxed(),
        }
    }
}

/// A step that ends faults, whether there are any or not.
fn mending(servers: u8) -> BoxedStrategy<Step> {
    let one = || node(servers).prop_map(Who::Node);
    prop_oneof![
        2 => Just(Step::from(Fault::Heal)),
        1 => Just(Fault::Restart(Who::All).into()),
        1 => Just(Fault::Resume(Who::All).into()),
        1 => one().prop_map(|who| Fault::Join(who).into()),
        1 => Just(Fault::Network(LinkSettings::RELIABLE).into()),
    ]
    .boxed()
}

fn node(servers: u8) -> impl Strategy<Value = NodeId> {
    (1..=servers).prop_map(NodeId::new)
}

/// One server: often the one that leads then.
fn who(servers: u8) -> impl Strategy<Value = Who> {
    prop_oneof![2 => Just(Who::Leader), 3 => node(servers).prop_map(Who::Node)]
}

/// The servers to which a command is proposed: the leader, one server, or all.
fn to_whom(servers: u8) -> impl Strategy<Value = Who> {
    prop_oneof![3 => Just(Who::Leader), 1 => node(servers).prop_map(Who::Node), 2 => Just(Who::All)]
}

/// One link; or the links to or from the leader, at whose other end is one server or all.
fn links(servers: u8) -> impl Strategy<Value = Links<Who>> {
    let one = (1..=servers, 1..servers).prop_map(move |(from, ahead)| {
        let to = NodeId::new((from - 1 + ahead) % servers + 1);
        Links { from: Who::Node(NodeId::new(from)), to: Who::Node(to) }
    });
    let other = prop_oneof![1 => Just(Who::All), 1 => node(servers).prop_map(Who::Node)];
    let leaders = (other, any::<bool>()).prop_map(|(other, hears)| {
        let leader = Who::Leader;
        if hears { Links { from: other, to: leader } } else { Links { from: leader, to: other } }
    });
    prop_oneof![3 => one, 2 => leaders]
}

/// How long a fault lasts: some number of milliseconds from this range, or `None`, until another
/// step ends it.
fn lasting(millis: RangeInclusive<u64>) -> impl Strategy<Value = Option<Duration>> {
    prop_oneof![3 => millis.prop_map(|span| Some(Duration::from_millis(span))), 1 => Just(None)]
}

/// One or two groups of servers; a server may be in none, and is then alone.
fn partition(servers: u8) -> impl Strategy<Value = Step> {
    vec(0..=2_u8, usize::from(servers)).prop_map(|sides| {
        let side = |which| {
            let members = (1..).zip(&sides).filter(|&(_, &side)| side == which);
            members.map(|(number, _)| NodeId::new(number)).collect::<Vec<_>>()
        };
        // The servers of the third side are in no group, unless all servers are: then they form
        // one.
        let groups: Vec<_> = (0..=1).map(side).filter(|group| !group.is_empty()).collect();
        Fault::Partition(if groups.is_empty() { std::vec![side(2)] } else { groups }).into()
    })
}

/// A swizzle of up to eight links: cut one by one, then mended one by one in another order.
fn swizzle(servers: u8) -> impl Strategy<Value = Step> {
    let ids = || (1..=servers).map(NodeId::new);
    let all: Vec<Link> = ids().flat_map(|from| ids().map(move |to| Link { from, to })).collect();
    let all: Vec<Link> = all.into_iter().filter(|link| link.from != link.to).collect();
    let many = 1..=all.len().min(8);
    let some = Just(all).prop_shuffle().prop_flat_map(move |all| subsequence(all, many.clone()));
    some.prop_flat_map(|cut| (Just(cut.clone()).prop_shuffle(), Just(cut), 5..=200_u64)).prop_map(
        |(mend, cut, millis)| {
            Fault::Swizzle { cut, mend, every: Duration::from_millis(millis) }.into()
        },
    )
}

/// A clock runs fast, slow, or at the true rate again; or it jumps ahead.
fn clock(servers: u8) -> impl Strategy<Value = Step> {
    let rates =
        select(std::vec![(1, 1), (1, 1), (1, 2), (2, 3), (9, 10), (11, 10), (3, 2), (2, 1)]);
    let rate = rates.prop_map(|(numerator, denominator)| Rate::new(numerator, denominator));
    prop_oneof![
        2 => (who(servers), rate).prop_map(|(who, rate)| Fault::Clock { who, rate }.into()),
        1 => (who(servers), 1..=1000_u64).prop_map(|(who, millis)| {
            Fault::Jump { who, ahead: Duration::from_millis(millis) }.into()
        }),
    ]
}

/// A crash. The server restarts at once; or after half an election timeout to two; or later, so
/// that it may need a snapshot; or it stays down.
fn crash(servers: u8, after: impl Strategy<Value = Option<u32>>) -> impl Strategy<Value = Step> {
    let lasting = prop_oneof![
        1 => Just(Some(0)),
        4 => (200..=1600_u64).prop_map(Some),
        1 => (2000..=4000_u64).prop_map(Some),
        1 => Just(None),
    ];
    (who(servers), after, lasting).prop_map(|(who, after, lasting)| Step::Fault {
        fault: Fault::Crash { who, after },
        lasting: lasting.map(Duration::from_millis),
    })
}

/// One of labrpc's networks, or another with drawn losses, duplicates, late messages and latencies.
fn network() -> impl Strategy<Value = LinkSettings> {
    let labrpc = (any::<bool>(), any::<bool>())
        .prop_map(|(unreliable, reordering)| LinkSettings::labrpc(unreliable, reordering, true));
    let share = || {
        prop_oneof![2 => Just(0_u32), 1 => 1..=8_u32].prop_map(|in_twenty| {
            if in_twenty == 0 { Ratio::ZERO } else { Ratio::new(in_twenty, 20) }
        })
    };
    let latency = (0..=20_u64, 0..=80_u64).prop_map(|(least, more)| {
        let (least, more) = (Duration::from_millis(least), Duration::from_millis(more));
        if more == Duration::ZERO {
            Spread::fixed(least)
        } else {
            Spread::between(least, least + more)
        }
    });
    let own = (share(), share(), share(), latency).prop_map(|(loss, duplicate, late, latency)| {
        let late = if late == Ratio::ZERO { Late::NEVER } else { Late::labrpc(late) };
        LinkSettings::uniform(Leg { latency, loss, late, duplicate })
    });
    prop_oneof![2 => labrpc, 1 => own]
}
