//! The steps of a plan: faults, what ends them, and proposals.

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use raftsim_node::{Duration, NodeId};
use raftsim_sim::{CrashPoint, Fault, Link, LinkSettings, Links, Rate};

use super::network::network;
use super::weighted::{Weighted, one_of};
use crate::{Scope, Step, Who};

/// A kind of step that a plan may use or leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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
    pub(super) const ALL: [(Self, Scope); 15] = [
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
    pub(super) fn within(scope: Scope) -> Vec<Self> {
        Self::ALL.iter().filter(|&&(_, needs)| needs <= scope).map(|&(kind, _)| kind).collect()
    }

    /// How often steps of this kind are drawn, compared with others. Plans that isolate servers, or
    /// propose one command after the other, find more mutants (`benches/generator` of
    /// `sim-scenarios`).
    pub(super) const fn share(self) -> u32 {
        if matches!(self, Self::Isolate | Self::Trickle) { 2 } else { 1 }
    }

    /// Whether steps of this kind propose commands instead of injecting a fault.
    pub(super) const fn is_work(self) -> bool {
        matches!(self, Self::Trickle | Self::Burst)
    }
}

/// A step in a cluster of `servers` servers, of one of these kinds, each of which has its weight.
pub(super) fn step(
    servers: u8,
    scope: Scope,
    kinds: &[(u32, Kind)],
) -> impl Strategy<Value = Step> + use<> {
    let kinds = kinds.iter().filter(|(_, kind)| servers > 1 || !kind.is_of_links());
    let mut steps: Vec<(u32, BoxedStrategy<Step>)> =
        kinds.map(|&(weight, kind)| (weight, kind.steps(servers, scope))).collect();
    // If no fault ever ended, the cluster would soon do nothing that a further fault could disturb.
    steps.push((1, mending(servers)));
    Weighted(steps)
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
    fn steps(self, servers: u8, scope: Scope) -> BoxedStrategy<Step> {
        let who = || who(servers);
        match self {
            Self::Partition => partition(servers).boxed(),
            Self::Isolate => (who(), lasting(100..=2500))
                .prop_map(|(who, lasting)| Step::Fault { fault: Fault::Isolate(who), lasting })
                .boxed(),
            Self::Block => one_of![
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
            Self::Network => {
                network(scope).prop_map(|network| Fault::Network(network).into()).boxed()
            }
            Self::LinkWeather => (links(servers), network(scope))
                .prop_map(|(links, network)| Fault::Link(links, network).into())
                .boxed(),
            Self::Pause => (who(), lasting(10..=1500))
                .prop_map(|(who, lasting)| Step::Fault { fault: Fault::Pause(who), lasting })
                .boxed(),
            Self::Clock => clock(servers).boxed(),
            Self::Expire => who().prop_map(|who| Fault::Expire(who).into()).boxed(),
            Self::Crash => crash(servers, Just(None)).boxed(),
            Self::CrashWithin => {
                let point = one_of![
                    2 => (0..=6_u32).prop_map(CrashPoint::Actions),
                    1 => (1..=3_u32).prop_map(CrashPoint::Gap),
                ];
                crash(servers, point.prop_map(Some)).boxed()
            }
            // Now and then a disk is so slow that a write outlasts the plan.
            Self::Disk => {
                (who(), one_of![5 => Just(0_u64), 5 => 1..=50_u64, 1 => 1_000..=100_000_u64])
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
    one_of![
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
    one_of![2 => Just(Who::Leader), 3 => node(servers).prop_map(Who::Node)]
}

/// The servers to which a command is proposed: the leader, one server, or all.
fn to_whom(servers: u8) -> impl Strategy<Value = Who> {
    one_of![3 => Just(Who::Leader), 1 => node(servers).prop_map(Who::Node), 2 => Just(Who::All)]
}

/// One link; or the links to or from the leader, at whose other end is one server or all.
fn links(servers: u8) -> impl Strategy<Value = Links<Who>> {
    let one = (1..=servers, 1..servers).prop_map(move |(from, ahead)| {
        // `ahead` places on, where the first server follows the last.
        let rest = servers - from;
        let to = NodeId::new(if ahead > rest { ahead - rest } else { from + ahead });
        Links { from: Who::Node(NodeId::new(from)), to: Who::Node(to) }
    });
    let other = one_of![1 => Just(Who::All), 1 => node(servers).prop_map(Who::Node)];
    let leaders = (other, any::<bool>()).prop_map(|(other, hears)| {
        let leader = Who::Leader;
        if hears { Links { from: other, to: leader } } else { Links { from: leader, to: other } }
    });
    one_of![3 => one, 2 => leaders]
}

/// How long a fault lasts: some number of milliseconds from this range, or `None`, until another
/// step ends it.
fn lasting(millis: RangeInclusive<u64>) -> impl Strategy<Value = Option<Duration>> {
    one_of![3 => millis.prop_map(|span| Some(Duration::from_millis(span))), 1 => Just(None)]
}

/// One or two groups of servers; a server may be in none, and is then alone.
fn partition(servers: u8) -> impl Strategy<Value = Step> {
    vec(0..=2_u8, usize::from(servers)).prop_map(|sides| {
        let side = |which| {
            let members = (1..=u8::MAX).zip(&sides).filter(|&(_, &side)| side == which);
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
    one_of![
        2 => (who(servers), rate).prop_map(|(who, rate)| Fault::Clock { who, rate }.into()),
        1 => (who(servers), 1..=1000_u64).prop_map(|(who, millis)| {
            Fault::Jump { who, ahead: Duration::from_millis(millis) }.into()
        }),
    ]
}

/// A crash. The server restarts at once; or after half an election timeout to two; or later, so
/// that it may need a snapshot; or it stays down.
fn crash(
    servers: u8,
    after: impl Strategy<Value = Option<CrashPoint>>,
) -> impl Strategy<Value = Step> {
    let lasting = one_of![
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
