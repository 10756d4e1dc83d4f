//! The generator of random plans, a proptest [`Strategy`].
//!
//! Each plan first draws its own configuration (swarm testing, Groce et al. 2012): which kinds of
//! faults it has and how often, which network, which workload. Some bugs do not show when
//! everything goes wrong at once, but show when only one thing goes wrong.
//!
//! | module | draws |
//! |---|---|
//! | `prologue` | what comes first: servers that have aged, a long run |
//! | `steps` | the steps |
//! | `network` | networks |
//! | `ending` | how a plan ends |
//! | `weighted` | one of several strategies |
//!
//! `cargo test` shrinks a failing plan first by proptest and then by `raftsim_explore::shrink`; the
//! command only by the latter.

mod ending;
mod network;
mod prologue;
mod steps;
mod weighted;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::LinkSettings;

use self::ending::last;
use self::network::network;
use self::prologue::{Prologue, prologue};
use self::steps::{Kind, step};
use self::weighted::{Weighted, one_of};
use crate::{Ending, Expect, Interval, Plan, Schedule, Scope, Snapshots, Step, Target, Timed};

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

/// The configuration that a plan draws first.
#[derive(Clone, Debug)]
struct Swarm {
    servers: u8,
    seed: u64,
    network: LinkSettings,
    snapshots: Snapshots,
    first: Prologue,
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
        let steps =
            vec((gap(swarm.pace), step(swarm.servers, scope, &swarm.kinds)), 0..=swarm.steps);
        (Just(swarm), steps, 0_u64..1500).prop_map(move |(swarm, steps, rest)| {
            plan(node.clone(), scope, swarm, steps, Duration::from_millis(rest))
        })
    })
}

fn plan(node: String, scope: Scope, swarm: Swarm, drawn: Vec<(u32, Step)>, rest: Duration) -> Plan {
    let Swarm { servers, seed, network, snapshots, first, last, ending, .. } = swarm;
    let mut at = Time::ZERO;
    let snapshots = if first.is_long { rarer(snapshots) } else { snapshots };
    let mut steps = Vec::with_capacity(first.steps.len() + drawn.len());
    for (gap, step) in first.steps.into_iter().chain(drawn) {
        at += Duration::from_millis(gap.into());
        steps.push(Timed { at, step });
    }
    steps.extend(last.into_iter().map(|step| Timed { at, step }));
    // A plan file knows two scopes only: elections, and elections with a log.
    let scope = scope.min(Scope::Log);
    let length = at.since(Time::ZERO) + rest;
    let delays = None;
    let schedule = Schedule { servers, network, delays, scope, snapshots, length, ending, steps };
    Plan {
        expect: Expect::Guards("every property".to_owned()),
        node,
        seed,
        digest: None,
        closed: false,
        target: Target::Cluster(schedule),
        fates: BTreeMap::new(),
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
        let weigh = |weight, kind: Kind| {
            let weight = if swarm { weight * kind.share() } else { weight };
            if kind.is_work() { share * weight } else { weight }
        };
        let kinds = weights.into_iter().zip(work.into_iter().chain(faults));
        kinds.map(|(weight, kind)| (weigh(weight, kind), kind)).collect::<Vec<_>>()
    });
    let pace = select(std::vec![20_u32, 100, 300, 800]);
    sizes(&servers).prop_flat_map(move |servers| {
        (
            any::<u64>(),
            network(scope),
            snapshots(scope, servers),
            prologue(servers, scope),
            kinds.clone(),
            pace.clone(),
            4..=40_usize,
            last(servers, scope, stands),
        )
            .prop_map(
                move |(seed, network, snapshots, first, kinds, pace, steps, last)| {
                    let (last, ending) = last;
                    Swarm {
                        servers,
                        seed,
                        network,
                        snapshots,
                        first,
                        kinds,
                        pace,
                        steps,
                        last,
                        ending,
                    }
                },
            )
    })
}

/// When services make snapshots: never, all after the same entries, or each after entries of its
/// own.
fn snapshots(scope: Scope, servers: u8) -> BoxedStrategy<Snapshots> {
    if scope < Scope::Snapshots {
        return Just(Snapshots::Never).boxed();
    }
    // 27,720 is a multiple of all intervals, so that each first entry is as likely as the others.
    let interval = (1_u32..=12, 0..27_720_u32)
        .prop_map(|(every, from)| Interval { every, from: 1 + from % every });
    let own = vec(one_of![4 => interval.prop_map(Some), 1 => Just(None)], usize::from(servers));
    let own = own.prop_map(move |intervals| {
        let named = (1..=servers).map(NodeId::new).zip(intervals);
        Snapshots::Own(named.filter_map(|(node, interval)| Some((node, interval?))).collect())
    });
    one_of![
        2 => Just(Snapshots::Never),
        2 => (1_u32..=12).prop_map(Snapshots::Every),
        2 => own,
    ]
    .boxed()
}

/// The same snapshots, but not fewer than eight entries apart.
fn rarer(snapshots: Snapshots) -> Snapshots {
    let rarer = |every: u32| every.max(8);
    match snapshots {
        Snapshots::Never => Snapshots::Never,
        Snapshots::Every(every) => Snapshots::Every(rarer(every)),
        Snapshots::Own(own) => {
            let own = own.into_iter().map(|(node, Interval { every, from })| {
                (node, Interval { every: rarer(every), from })
            });
            Snapshots::Own(own.collect())
        }
    }
}

/// The number of servers within `range`. Of 1 to 7, almost half of the plans have three and a quarter
/// five: those find most mutants about as often, but their runs take longer.
fn sizes(range: &RangeInclusive<u8>) -> impl Strategy<Value = u8> + use<> {
    let weight = |size| match size {
        3 => 22,
        5 => 12,
        2 | 4 => 4,
        _ => 2,
    };
    Weighted(range.clone().map(|size| (weight(size), Just(size).boxed())).collect())
}

/// Milliseconds to the next step: often zero or few, so that a fault begins while the one before it
/// still has effects.
fn gap(pace: u32) -> impl Strategy<Value = u32> {
    one_of![1 => Just(0), 2 => 1..=10_u32, 5 => 1..=pace, 1 => 300..=1500_u32]
}
