//! Strategies for any valid plan and its parts.

use std::collections::BTreeSet;
use std::fmt::Debug;

use proptest::collection::{btree_map, vec};
use proptest::option::{self, weighted};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed};
use raftsim_node::{Duration, NodeId, Time};
use raftsim_plan::{
    Conditions, Ending, Expect, Interval, Majority, NamedOverride, Others, Override, Plan, Rest,
    Schedule, Scope, Snapshots, Step, Target, Timed, Who,
};
use raftsim_sim::text::ServerName;
use raftsim_sim::{
    Cause, CrashPoint, Delays, Fate, Fault, Late, Leg, Link, LinkSettings, Links, MessageName,
    Rate, Ratio, Spread,
};

/// A configuration with the same cases in every run.
pub(crate) fn config(cases: u32) -> Config {
    let rng_seed = RngSeed::Fixed(1);
    Config { cases, failure_persistence: None, rng_seed, ..Config::default() }
}

/// The longest time that a plan may contain.
const LONGEST: u64 = 10_000_000_000_000;

// Strategies that are parts of others are boxed: a value keeps the trees of all its parts, and
// those of a whole plan would not fit on the stack.

/// Long and short, round and odd.
fn span_to(most: u64) -> impl Strategy<Value = Duration> {
    let units = prop_oneof![Just(1), Just(1_000), Just(1_000_000), Just(1_000_000_000)];
    (0..=most, units).prop_map(|(nanos, unit)| Duration::from_nanos(nanos / unit * unit))
}

pub(crate) fn span() -> impl Strategy<Value = Duration> {
    prop_oneof![span_to(LONGEST), span_to(1_000_000_000), span_to(1_000), Just(Duration::ZERO)]
}

pub(crate) fn node(servers: u8) -> BoxedStrategy<NodeId> {
    (1..=servers).prop_map(NodeId::new).boxed()
}

pub(crate) fn who(servers: u8) -> BoxedStrategy<Who> {
    prop_oneof![node(servers).prop_map(Who::Node), Just(Who::Leader), Just(Who::All)].boxed()
}

/// Needs two servers or more.
pub(crate) fn link(servers: u8) -> BoxedStrategy<Link> {
    let ends = (node(servers), node(servers - 1));
    let link = ends.prop_map(|(from, other)| {
        // Passing over the sender itself.
        let to = if other < from { other } else { NodeId::new(other.number() + 1) };
        Link { from, to }
    });
    link.boxed()
}

/// Needs two servers or more.
pub(crate) fn links(servers: u8) -> BoxedStrategy<Links<Who>> {
    let one = link(servers)
        .prop_map(|Links { from, to }| Links { from: Who::Node(from), to: Who::Node(to) });
    let any = (who(servers), who(servers)).prop_map(|(from, to)| Links { from, to });
    let fits = |links: &Links<Who>| links.from != links.to || links.from == Who::All;
    prop_oneof![one, any.prop_filter("to another", fits)].boxed()
}

/// A chance above zero.
fn chance() -> impl Strategy<Value = Ratio> + Clone {
    let any = (1..=u32::MAX)
        .prop_flat_map(|below| (1..=below).prop_map(move |above| Ratio::new(above, below)));
    let small = (1u32..20).prop_map(|below| Ratio::new(1, below));
    prop_oneof![small, any]
}

fn ratio() -> impl Strategy<Value = Ratio> {
    prop_oneof![1 => Just(Ratio::ZERO), 2 => chance()]
}

pub(crate) fn rate() -> impl Strategy<Value = Rate> {
    let of = |(numerator, denominator)| Rate::new(numerator, denominator);
    let odd = (1_u32 << 22..=1 << 31, 1_u32 << 22..=1 << 31);
    prop_oneof![((1u32..=1_000), (1u32..=1_000)), odd].prop_map(of)
}

/// A fixed span, any nanosecond of up to four seconds, or steps of more than a nanosecond.
fn spread() -> impl Strategy<Value = Spread> {
    let ends = (span_to(LONGEST - 4_000_000_000), span_to(4_000_000_000));
    let dense = ends.prop_map(|(least, more)| match more {
        Duration::ZERO => Spread::fixed(least),
        _ => Spread::between(least, least + more),
    });
    let counts = prop_oneof![2..=100_u32, 2..=u32::MAX];
    let stepped = (span_to(LONGEST / 2), counts).prop_flat_map(|(base, count)| {
        let most = (LONGEST - base.as_nanos()) / u64::from(count - 1);
        let steps = span_to(most).prop_map(|step| step.max(Duration::from_nanos(2)));
        steps.prop_map(move |step| Spread { base, step, count })
    });
    prop_oneof![dense, stepped]
}

/// Messages are never late, late as in labrpc, or late by other spans.
fn late() -> impl Strategy<Value = Late> {
    let most_ms = || prop_oneof![0..=3_000_u32, 0..=10_000_000_u32];
    let own = (chance(), most_ms(), most_ms());
    let own = own.prop_map(|(chance, base_ms, spread_ms)| Late { chance, base_ms, spread_ms });
    prop_oneof![Just(Late::NEVER), chance().prop_map(Late::labrpc), own]
}

pub(crate) fn leg() -> BoxedStrategy<Leg> {
    let latency = prop_oneof![1 => Just(Spread::ZERO), 2 => spread()];
    let drops_every = prop_oneof![3 => Just(0), 1 => 2..=u32::MAX];
    let parts = (latency, ratio(), late(), ratio(), drops_every);
    let leg = |(latency, loss, late, duplicate, drops_every)| Leg {
        latency,
        loss,
        late,
        duplicate,
        drops_every,
    };
    parts.prop_map(leg).boxed()
}

/// One of labrpc's networks, or other legs, the same for requests and replies or different; calls
/// fail after labrpc's times or others.
pub(crate) fn network() -> BoxedStrategy<LinkSettings> {
    let labrpc = any::<(bool, bool, bool)>().prop_map(|(unreliable, reordering, long_delays)| {
        LinkSettings::labrpc(unreliable, reordering, long_delays)
    });
    let unlike = (leg(), leg()).prop_map(|(request, reply)| LinkSettings {
        request,
        reply,
        ..LinkSettings::RELIABLE
    });
    let legs = prop_oneof![labrpc, leg().prop_map(LinkSettings::uniform), unlike];
    let others = (weighted(0.3, spread()), weighted(0.3, spread()));
    let network = (legs, others).prop_map(|(legs, (failing, snapshots))| LinkSettings {
        call_failure: failing.unwrap_or(legs.call_failure),
        snapshots: snapshots.unwrap_or(Spread::ZERO),
        ..legs
    });
    network.boxed()
}

/// One or more groups that together have all servers or some of them.
fn partition(servers: u8) -> impl Strategy<Value = Vec<Vec<NodeId>>> {
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
        groups
    })
}

fn swizzle<S: Debug>(servers: u8) -> impl Strategy<Value = Fault<S>> {
    let cut = vec(link(servers), 1..6).prop_map(|links| {
        let links: BTreeSet<Link> = links.into_iter().collect();
        links.into_iter().collect::<Vec<_>>()
    });
    let orders =
        cut.prop_flat_map(|cut| (Just(cut.clone()).prop_shuffle(), Just(cut).prop_shuffle()));
    (orders, span()).prop_map(|((cut, mend), every)| Fault::Swizzle { cut, mend, every })
}

/// A type that names servers and links in faults.
pub(crate) trait Named: ServerName + Debug + 'static {
    fn one(servers: u8) -> BoxedStrategy<Self>;
    fn links(servers: u8) -> BoxedStrategy<Links<Self>>;
}

impl Named for NodeId {
    fn one(servers: u8) -> BoxedStrategy<Self> {
        node(servers)
    }

    fn links(servers: u8) -> BoxedStrategy<Link> {
        link(servers)
    }
}

impl Named for Who {
    fn one(servers: u8) -> BoxedStrategy<Self> {
        who(servers)
    }

    fn links(servers: u8) -> BoxedStrategy<Links<Self>> {
        links(servers)
    }
}

fn of_links<S: Named>(servers: u8) -> impl Strategy<Value = Fault<S>> {
    let links = || S::links(servers);
    prop_oneof![
        links().prop_map(Fault::Block),
        links().prop_map(Fault::Unblock),
        swizzle(servers),
        (links(), network()).prop_map(|(links, network)| Fault::Link(links, network)),
    ]
}

fn of_servers<S: Named>(servers: u8) -> impl Strategy<Value = Fault<S>> {
    let who = || S::one(servers);
    prop_oneof![
        partition(servers).prop_map(Fault::Partition),
        who().prop_map(Fault::Isolate),
        who().prop_map(Fault::Join),
        Just(Fault::Heal),
        network().prop_map(Fault::Network),
        (who(), option::of(crash_point())).prop_map(|(who, after)| Fault::Crash { who, after }),
        who().prop_map(Fault::Disarm),
        who().prop_map(Fault::Restart),
        who().prop_map(Fault::Pause),
        who().prop_map(Fault::Resume),
        (who(), span()).prop_map(|(who, latency)| Fault::Disk { who, latency }),
        (who(), rate()).prop_map(|(who, rate)| Fault::Clock { who, rate }),
        (who(), span()).prop_map(|(who, ahead)| Fault::Jump { who, ahead }),
        who().prop_map(Fault::Expire),
        who().prop_map(Fault::Campaign),
    ]
}

pub(crate) fn fault<S: Named>(servers: u8) -> BoxedStrategy<Fault<S>> {
    // One server has no links.
    if servers > 1 {
        prop_oneof![of_links(servers), of_servers(servers)].boxed()
    } else {
        of_servers(servers).boxed()
    }
}

/// A fault, with a duration if it may have one; or a proposal.
fn step(servers: u8) -> impl Strategy<Value = Step> {
    let fault = (fault(servers), option::of(span())).prop_map(|(fault, lasting)| {
        let lasting = lasting.filter(|_| fault.end().is_some());
        Step::Fault { fault, lasting }
    });
    let times = prop_oneof![Just(1), 1..=Step::MOST_TIMES];
    let propose = (who(servers), times, span());
    let propose = propose.prop_map(|(who, times, every)| Step::Propose { who, times, every });
    prop_oneof![15 => fault, 1 => propose]
}

pub(crate) fn timed(servers: u8) -> BoxedStrategy<Timed> {
    (span(), step(servers)).prop_map(|(at, step)| Timed { at: Time::ZERO + at, step }).boxed()
}

fn crash_point() -> impl Strategy<Value = CrashPoint> {
    prop_oneof![
        any::<u32>().prop_map(CrashPoint::Actions),
        (1..=u32::MAX).prop_map(CrashPoint::Gap),
    ]
}

/// When services make snapshots: in every form that has a text.
fn snapshots(servers: u8) -> impl Strategy<Value = Snapshots> {
    let interval = (1..=u32::MAX, 1..=u32::MAX).prop_map(|(every, from)| Interval { every, from });
    let own = vec(option::of(interval), usize::from(servers)).prop_map(move |all| {
        let named = (1..=servers).map(NodeId::new).zip(all);
        Snapshots::Own(named.filter_map(|(node, interval)| Some((node, interval?))).collect())
    });
    prop_oneof![Just(Snapshots::Never), (1..=u32::MAX).prop_map(Snapshots::Every), own]
}

pub(crate) fn ending(servers: u8) -> impl Strategy<Value = Ending> {
    let all: Vec<NodeId> = (1..=servers).map(NodeId::new).collect();
    let least = all.len() / 2 + 1;
    let members = proptest::sample::subsequence(all.clone(), least..=all.len());
    let others = prop_oneof![Just(Others::Cut), Just(Others::Dead)];
    let network = prop_oneof![Just(Rest::Reliable), Just(Rest::Stands)];
    let majority = (members, others, network).prop_map(|(members, others, network)| Majority {
        members,
        others,
        network,
    });
    let lossy = option::of(any::<Index>());
    (majority, lossy, 0..5).prop_map(|(majority, lossy, which)| match which {
        0 => Ending::None,
        1 => Ending::Calm(majority),
        2 => Ending::Stands(majority.members),
        3 => {
            let lossy = lossy.map(|lossy| *lossy.get(&majority.members));
            Ending::Load { majority: Majority { network: Rest::Reliable, ..majority }, lossy }
        }
        _ => Ending::Quiet(majority),
    })
}

fn fate() -> impl Strategy<Value = Override> {
    prop_oneof![
        Just(Override::Fate(Fate::Drop(Cause::Lost))),
        span().prop_map(|after| Override::Fate(Fate::Deliver(after))),
        (span(), span()).prop_map(|(one, other)| Override::Fate(Fate::Duplicate(one, other))),
        span().prop_map(Override::Fails),
    ]
}

/// Needs two servers or more.
pub(crate) fn named_override(servers: u8) -> impl Strategy<Value = NamedOverride> {
    (link(servers), any::<u64>(), fate()).prop_map(|(link, seq, fate)| NamedOverride {
        message: MessageName { from: link.from, to: link.to, seq },
        fate,
    })
}

/// Delays of this many servers, fixed ones and ranges.
fn delays(servers: u8) -> impl Strategy<Value = Delays> {
    let cell = prop_oneof![
        Just("0".to_owned()),
        (0..10_000_000_000_000_u64).prop_map(|nanos| format!("{nanos}ns")),
        (0..9_999_u64, 0..4_000_u64)
            .prop_map(|(least, more)| format!("{least}ms..{}ms", least + more)),
    ];
    let size = usize::from(servers);
    vec(cell, size * size).prop_map(move |mut cells| {
        cells.iter_mut().step_by(size + 1).for_each(|cell| "-".clone_into(cell));
        let rows: Vec<String> = cells.chunks(size).map(|row| row.join(" ")).collect();
        Delays::read(&rows.join("\n")).expect("each cell is a delay")
    })
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let scope = prop_oneof![Just(Scope::Elections), Just(Scope::Log)];
    // Of more servers, the steps might propose too many commands in all.
    (1..=9_u8).prop_flat_map(move |servers| {
        let steps = vec(timed(servers), 0..12);
        let parts = (
            network(),
            option::of(delays(servers)),
            scope.clone(),
            snapshots(servers),
            ending(servers),
        );
        (parts, span(), steps).prop_map(move |(parts, longer, mut steps)| {
            let (network, delays, scope, snapshots, ending) = parts;
            steps.sort_by_key(|timed| timed.at);
            let last = steps.last().map_or(Time::ZERO, |timed| timed.at).since(Time::ZERO);
            let length = last.max(longer);
            Schedule { servers, network, delays, scope, snapshots, length, ending, steps }
        })
    })
}

fn target() -> impl Strategy<Value = Target> {
    let sized = (1..=Schedule::MOST, option::of(network())).prop_map(|(servers, network)| {
        Conditions { servers: Some(servers), network, delays: None }
    });
    let far =
        (1..=5_u8, any::<bool>(), option::of(network())).prop_flat_map(|(size, names, network)| {
            let servers = names.then_some(size);
            let delays = option::of(delays(size));
            delays.prop_map(move |delays| Conditions { servers, network, delays })
        });
    let conditions = prop_oneof![sized, far];
    let scenario = (".+", any::<bool>(), conditions)
        .prop_map(|(name, calm, conditions)| Target::Scenario { name, calm, conditions });
    prop_oneof![scenario, schedule().prop_map(Target::Cluster)]
}

/// Any valid plan. The names in it are any text that a TOML string may contain.
pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let expect = prop_oneof![
        "(?s).+".prop_map(Expect::Guards),
        "[A-Z][a-z]+ [A-Z][a-z]+".prop_map(Expect::Breaks)
    ];
    let head = (expect, "(?s).+", any::<u64>(), weighted(0.5, any::<u64>()), any::<bool>());
    (head, target()).prop_flat_map(|((expect, node, seed, digest, closed), target)| {
        let servers = match &target {
            Target::Scenario { .. } => u8::MAX,
            Target::Cluster(schedule) => schedule.servers,
        };
        let plan = move |fates| Plan {
            expect: expect.clone(),
            node: node.clone(),
            seed,
            digest,
            closed,
            target: target.clone(),
            fates,
        };
        let most = if servers > 1 { 6 } else { 0 };
        let name = named_override(servers.max(2)).prop_map(|named| named.message);
        btree_map(name, fate(), 0..=most).prop_map(plan)
    })
}
