//! Any plan that is valid.

use std::collections::BTreeSet;

use proptest::collection::{btree_map, vec};
use proptest::option::{self, weighted};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use raftsim_node::{Duration, NodeId, Time};
use raftsim_plan::{
    Ending, Expect, Link, Links, Majority, NamedOverride, Network, Others, Override, Plan,
    Schedule, Scope, Step, Subject, Timed, Weather, Who,
};
use raftsim_sim::{Cause, Fate, MessageName, Rate, Ratio};

/// The same cases every time.
pub(crate) fn config(cases: u32) -> Config {
    let rng_seed = RngSeed::Fixed(1);
    Config { cases, failure_persistence: None, rng_seed, ..Config::default() }
}

/// The most that a plan may say.
const LONGEST: u64 = 10_000_000_000_000;

/// Long and short, round and odd.
fn span_to(most: u64) -> impl Strategy<Value = Duration> {
    let units = prop_oneof![Just(1), Just(1_000), Just(1_000_000), Just(1_000_000_000)];
    (0..=most, units).prop_map(|(nanos, unit)| Duration::from_nanos(nanos / unit * unit))
}

pub(crate) fn span() -> impl Strategy<Value = Duration> {
    prop_oneof![span_to(LONGEST), span_to(1_000_000_000), span_to(1_000), Just(Duration::ZERO)]
}

fn node(servers: u8) -> impl Strategy<Value = NodeId> {
    (1..=servers).prop_map(NodeId::new)
}

pub(crate) fn who(servers: u8) -> impl Strategy<Value = Who> {
    prop_oneof![node(servers).prop_map(Who::Node), Just(Who::Leader), Just(Who::All)]
}

/// Two or more servers needed.
pub(crate) fn link(servers: u8) -> impl Strategy<Value = Link> {
    (node(servers), node(servers - 1)).prop_map(|(from, other)| {
        // Passing over the sender itself.
        let to = if other < from { other } else { NodeId::new(other.number() + 1) };
        Link { from, to }
    })
}

/// Two or more servers needed.
pub(crate) fn links(servers: u8) -> impl Strategy<Value = Links> {
    let any = (who(servers), who(servers)).prop_map(|(from, to)| Links { from, to });
    let fits = |links: &Links| links.from != links.to || links.from == Who::All;
    prop_oneof![link(servers).prop_map(Links::from), any.prop_filter("to another", fits)]
}

fn ratio() -> impl Strategy<Value = Ratio> {
    let some = (1..=u32::MAX)
        .prop_flat_map(|below| (1..=below).prop_map(move |above| Ratio::new(above, below)));
    let small = (1u32..20).prop_map(|below| Ratio::new(1, below));
    prop_oneof![Just(Ratio::ZERO), small, some]
}

pub(crate) fn rate() -> impl Strategy<Value = Rate> {
    let of = |(numerator, denominator)| Rate::new(numerator, denominator);
    let odd = (1_u32 << 22..=1 << 31, 1_u32 << 22..=1 << 31);
    prop_oneof![((1u32..=1_000), (1u32..=1_000)), odd].prop_map(of)
}

pub(crate) fn weather() -> impl Strategy<Value = Weather> {
    let latency = (span_to(LONGEST - 4_000_000_000), span_to(4_000_000_000));
    let latency = latency.prop_map(|(least, more)| (least, least + more));
    let latency = prop_oneof![Just((Duration::ZERO, Duration::ZERO)), latency];
    (ratio(), ratio(), ratio(), latency).prop_map(|(loss, twice, late, latency)| Weather {
        loss,
        twice,
        late,
        latency,
    })
}

pub(crate) fn network() -> impl Strategy<Value = Network> {
    let labrpc = any::<(bool, bool)>()
        .prop_map(|(unreliable, reordering)| Network::Labrpc { unreliable, reordering });
    prop_oneof![labrpc, weather().prop_map(Network::Own)]
}

/// One group or more of all the servers or some of them.
fn partition(servers: u8) -> impl Strategy<Value = Step> {
    let all: Vec<NodeId> = (1..=servers).map(NodeId::new).collect();
    let walls = vec(any::<bool>(), all.len());
    let some = (1..=all.len(), Just(all).prop_shuffle());
    (some, walls).prop_map(|((many, all), walls)| {
        let mut groups: Vec<Vec<NodeId>> = vec![];
        for (&node, wall) in all[..many].iter().zip(walls) {
            match groups.last_mut() {
                Some(group) if !wall => group.push(node),
                _ => groups.push(vec![node]),
            }
        }
        Step::Partition(groups)
    })
}

fn swizzle(servers: u8) -> impl Strategy<Value = Step> {
    let cut = vec(link(servers), 1..6).prop_map(|links| {
        let links: BTreeSet<Link> = links.into_iter().collect();
        links.into_iter().collect::<Vec<_>>()
    });
    let orders =
        cut.prop_flat_map(|cut| (Just(cut.clone()).prop_shuffle(), Just(cut).prop_shuffle()));
    (orders, span()).prop_map(|((cut, mend), every)| Step::Swizzle { cut, mend, every })
}

fn of_links(servers: u8) -> impl Strategy<Value = Step> {
    prop_oneof![
        (links(servers), option::of(span()))
            .prop_map(|(links, lasting)| Step::Block { links, lasting }),
        links(servers).prop_map(Step::Unblock),
        swizzle(servers),
        (links(servers), network()).prop_map(|(links, network)| Step::Link(links, network)),
    ]
}

fn of_servers(servers: u8) -> impl Strategy<Value = Step> {
    let who = || who(servers);
    let lasting = || option::of(span());
    let crash = (who(), option::of(any::<u32>()), lasting());
    let times = prop_oneof![Just(1), 1..=Step::MOST_TIMES];
    let propose = (who(), times, span());
    prop_oneof![
        partition(servers),
        (who(), lasting()).prop_map(|(who, lasting)| Step::Isolate { who, lasting }),
        who().prop_map(Step::Join),
        Just(Step::Heal),
        network().prop_map(Step::Network),
        crash.prop_map(|(who, after, lasting)| Step::Crash { who, after, lasting }),
        who().prop_map(Step::Restart),
        (who(), lasting()).prop_map(|(who, lasting)| Step::Pause { who, lasting }),
        who().prop_map(Step::Resume),
        (who(), span()).prop_map(|(who, latency)| Step::Disk { who, latency }),
        (who(), rate()).prop_map(|(who, rate)| Step::Clock { who, rate }),
        (who(), span()).prop_map(|(who, ahead)| Step::Jump { who, ahead }),
        who().prop_map(Step::Expire),
        propose.prop_map(|(who, times, every)| Step::Propose { who, times, every }),
    ]
}

pub(crate) fn timed(servers: u8) -> BoxedStrategy<Timed> {
    let of_servers = of_servers(servers);
    // One server has no links.
    let step = if servers > 1 {
        prop_oneof![of_links(servers), of_servers].boxed()
    } else {
        of_servers.boxed()
    };
    (span(), step).prop_map(|(at, step)| Timed { at: Time::ZERO + at, step }).boxed()
}

pub(crate) fn ending(servers: u8) -> impl Strategy<Value = Ending> {
    let all: Vec<NodeId> = (1..=servers).map(NodeId::new).collect();
    let least = all.len() / 2 + 1;
    let members = proptest::sample::subsequence(all.clone(), least..=all.len());
    let others = prop_oneof![Just(Others::Cut), Just(Others::Dead)];
    let majority = (members, others).prop_map(|(members, others)| Majority { members, others });
    (majority, 0..3).prop_map(|(majority, which)| match which {
        0 => Ending::None,
        1 => Ending::Calm(majority),
        _ => Ending::Quiet(majority),
    })
}

fn given() -> impl Strategy<Value = Override> {
    prop_oneof![
        Just(Override::Fate(Fate::Drop(Cause::Lost))),
        span().prop_map(|after| Override::Fate(Fate::Deliver(after))),
        (span(), span()).prop_map(|(one, other)| Override::Fate(Fate::Duplicate(one, other))),
        span().prop_map(Override::Fails),
    ]
}

/// Two or more servers needed.
pub(crate) fn fated(servers: u8) -> impl Strategy<Value = NamedOverride> {
    (link(servers), any::<u64>(), given()).prop_map(|(link, n, given)| NamedOverride {
        message: MessageName { from: link.from, to: link.to, seq: n },
        given,
    })
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let scope = prop_oneof![Just(Scope::Elections), Just(Scope::Log)];
    (1..=Schedule::MOST).prop_flat_map(move |servers| {
        let steps = vec(timed(servers), 0..12);
        let parts = (network(), scope.clone(), option::of(1..=u32::MAX), ending(servers));
        (parts, span(), steps).prop_map(move |(parts, longer, mut steps)| {
            let (network, scope, snapshots, ending) = parts;
            steps.sort_by_key(|timed| timed.at);
            let last = steps.last().map_or(Time::ZERO, |timed| timed.at).since(Time::ZERO);
            let length = last.max(longer);
            Schedule { servers, network, scope, snapshots, length, ending, steps }
        })
    })
}

fn subject() -> impl Strategy<Value = Subject> {
    let scenario = (".+", any::<bool>()).prop_map(|(name, calm)| Subject::Scenario { name, calm });
    prop_oneof![scenario, schedule().prop_map(Subject::Cluster)]
}

/// Names are any text: TOML must carry them.
pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let expect = prop_oneof![
        "(?s).+".prop_map(Expect::Guards),
        "[A-Z][a-z]+ [A-Z][a-z]+".prop_map(Expect::Breaks)
    ];
    let head = (expect, "(?s).+", any::<u64>(), weighted(0.5, any::<u64>()), any::<bool>());
    (head, subject()).prop_flat_map(|((expect, node, seed, digest, closed), subject)| {
        let servers = match &subject {
            Subject::Scenario { .. } => u8::MAX,
            Subject::Cluster(schedule) => schedule.servers,
        };
        let plan = move |fates| Plan {
            expect: expect.clone(),
            node: node.clone(),
            seed,
            digest,
            closed,
            subject: subject.clone(),
            fates,
        };
        let most = if servers > 1 { 6 } else { 0 };
        let name = fated(servers.max(2)).prop_map(|fated| fated.message);
        btree_map(name, given(), 0..=most).prop_map(plan)
    })
}
