//! The generator: what the plans that it draws contain, and that each can be printed and read back.

use std::collections::{BTreeMap, BTreeSet};

use raftsim_node::Duration;
use raftsim_plan::{
    Drawing, Ending, Others, Plan, Schedule, Scope, Snapshots, Step, Target, Who, plan_of, plans,
};
use raftsim_sim::{Fault, LinkSettings, Ratio, Spread};

const SEEDS: u64 = 2_000;

const ALL: Drawing =
    Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm: true, stands: false };

/// The plans of seeds 0, 1, …
fn drawn(drawing: &Drawing) -> Vec<Plan> {
    let strategy = plans("raft", drawing);
    (0..SEEDS).map(|seed| plan_of(seed, &strategy)).collect()
}

fn schedule(plan: &Plan) -> &Schedule {
    match &plan.target {
        Target::Cluster(schedule) => schedule,
        Target::Scenario { name, .. } => panic!("the plan runs the scenario {name}"),
    }
}

fn steps(plan: &Plan) -> impl Iterator<Item = &Step> {
    schedule(plan).steps.iter().map(|timed| &timed.step)
}

/// The kind of a step: its verb, and whether it has a duration.
fn kind(step: &Step) -> &'static str {
    match step {
        Step::Fault { fault, lasting: None } => verb(fault),
        Step::Fault { fault, lasting: Some(_) } => match fault {
            Fault::Isolate(_) => "isolate for",
            Fault::Block(_) => "block for",
            Fault::Crash { after: None, .. } => "crash for",
            Fault::Crash { after: Some(_), .. } => "crash after for",
            Fault::Pause(_) => "pause for",
            other => panic!("`{other}` has no end"),
        },
        Step::Propose { every: Duration::ZERO, .. } => "propose at once",
        Step::Propose { .. } => "propose at a rate",
    }
}

fn verb(fault: &Fault<Who>) -> &'static str {
    match fault {
        Fault::Partition(_) => "partition",
        Fault::Isolate(_) => "isolate",
        Fault::Join(_) => "join",
        Fault::Block(_) => "block",
        Fault::Unblock(_) => "unblock",
        Fault::Heal => "heal",
        Fault::Swizzle { .. } => "swizzle",
        Fault::Network(_) => "network",
        Fault::Link(..) => "link",
        Fault::Crash { after: None, .. } => "crash",
        Fault::Crash { after: Some(_), .. } => "crash after",
        Fault::Disarm(_) => "disarm",
        Fault::Restart(_) => "restart",
        Fault::Pause(_) => "pause",
        Fault::Resume(_) => "resume",
        Fault::Disk { .. } => "disk",
        Fault::Clock { .. } => "clock",
        Fault::Jump { .. } => "jump",
        Fault::Expire(_) => "expire",
        Fault::Campaign(_) => "campaign",
    }
}

/// The kinds of steps that a node of any scope must tolerate.
const OF_NETWORKS: [&str; 18] = [
    "partition",
    "isolate",
    "isolate for",
    "join",
    "block",
    "block for",
    "unblock",
    "heal",
    "swizzle",
    "network",
    "link",
    "restart",
    "pause",
    "pause for",
    "resume",
    "clock",
    "jump",
    "expire",
];
const OF_LOGS: [&str; 2] = ["propose at once", "propose at a rate"];
const OF_DISKS: [&str; 5] = ["crash", "crash for", "crash after", "crash after for", "disk"];

fn kinds<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> BTreeSet<&'static str> {
    plans.into_iter().flat_map(steps).map(kind).collect()
}

fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    items.into_iter().collect()
}

#[test]
fn every_kind_of_step_occurs() {
    assert_eq!(kinds(&drawn(&ALL)), set([&OF_NETWORKS[..], &OF_LOGS, &OF_DISKS].concat()));
}

#[test]
fn every_size_occurs_mostly_three_and_five() {
    let plans = drawn(&ALL);
    let mut sizes = BTreeMap::<u8, usize>::new();
    for plan in &plans {
        *sizes.entry(schedule(plan).servers).or_default() += 1;
    }
    assert_eq!(set(sizes.keys().copied()), set(1..=7));
    assert!(sizes[&3] + sizes[&5] > plans.len() / 2, "{sizes:?}");
    let three = Drawing { servers: 3..=3, ..ALL };
    assert!(drawn(&three).iter().all(|plan| schedule(plan).servers == 3));
}

#[test]
fn plans_have_as_many_servers_as_have_names() {
    for servers in [10, 101, u8::MAX] {
        let drawing = Drawing { servers: servers..=servers, stands: true, ..ALL };
        let strategy = plans("raft", &drawing);
        for seed in 0..20 {
            let plan = plan_of(seed, &strategy);
            assert_eq!(schedule(&plan).servers, servers);
            assert_eq!(plan.to_string().parse(), Ok(plan), "seed {seed}");
        }
    }
}

#[test]
fn links_join_each_server_with_each_other() {
    let drawing = Drawing { servers: 4..=4, ..ALL };
    let plans = drawn(&drawing);
    let links = plans.iter().flat_map(steps).filter_map(|step| match step {
        Step::Fault { fault: Fault::Block(links), .. } => match (links.from, links.to) {
            (Who::Node(from), Who::Node(to)) => Some((from.number(), to.number())),
            _ => None,
        },
        _ => None,
    });
    let all = (1..=4).flat_map(|from| (1..=4).map(move |to| (from, to)));
    assert_eq!(set(links), set(all.filter(|(from, to)| from != to)));
}

#[test]
fn every_ending_occurs_and_leaves_any_majority() {
    let plans = drawn(&ALL);
    let endings = plans.iter().map(|plan| match &schedule(plan).ending {
        Ending::None => ("none", false),
        Ending::Calm(majority) => ("calm", majority.others == Others::Cut),
        Ending::Quiet(majority) => ("quiet", majority.others == Others::Cut),
        Ending::Load { majority, lossy } => {
            let lossy = lossy.expect("a drawn one loses messages");
            assert!(majority.members.contains(&lossy));
            ("load", majority.others == Others::Cut)
        }
        Ending::Stands(_) => ("stands", false),
    });
    let all = ["calm", "quiet", "load"].map(|ending| [(ending, false), (ending, true)]);
    assert_eq!(set(endings), set(all.concat()));
    let left = plans.iter().map(|plan| {
        let Schedule { servers, ending, .. } = schedule(plan);
        (*servers, ending.members().expect("something follows").len())
    });
    let majorities = (1..=7).flat_map(|servers: u8| {
        let servers_in_all = usize::from(servers);
        (servers_in_all / 2 + 1..=servers_in_all).map(move |left| (servers, left))
    });
    assert_eq!(set(left), set(majorities));
}

/// The notable features of a network: that it is one of labrpc's, or else what its links do, and
/// whether snapshots take longer.
fn notable(mut network: LinkSettings) -> Vec<&'static str> {
    let longer = std::mem::replace(&mut network.snapshots, Spread::ZERO);
    let mut usual = usual(network);
    if longer != Spread::ZERO {
        usual.push("snapshots");
    }
    usual
}

fn usual(network: LinkSettings) -> Vec<&'static str> {
    let labrpc = [
        ("reliable", false, false),
        ("unreliable", true, false),
        ("reordering", false, true),
        ("both", true, true),
    ];
    let is_it = |&(_, unreliable, reordering): &(_, bool, bool)| {
        network == LinkSettings::labrpc(unreliable, reordering, true)
    };
    if let Some((name, ..)) = labrpc.into_iter().find(is_it) {
        return vec![name];
    }
    assert_eq!(network, LinkSettings::uniform(network.request), "requests and replies are alike");
    let leg = network.request;
    let shares = [("loss", leg.loss), ("twice", leg.duplicate), ("late", leg.late.chance)];
    let named = shares.map(|(name, share)| (name, share != Ratio::ZERO));
    let named = named.into_iter().chain([("latency", Duration::ZERO < leg.latency.most())]);
    named.filter(|&(_, is_there)| is_there).map(|(name, _)| name).collect()
}

#[test]
fn every_network_occurs_at_first_and_later_on_all_links_and_on_one() {
    let plans = drawn(&ALL);
    let steps = || plans.iter().flat_map(steps);
    let usual =
        ["reliable", "unreliable", "reordering", "both", "loss", "twice", "late", "latency"];
    let all = set(usual.into_iter().chain(["snapshots"]));
    let first = plans.iter().flat_map(|plan| notable(schedule(plan).network));
    assert_eq!(set(first), all);
    let later = steps().filter_map(|step| match step {
        Step::Fault { fault: Fault::Network(network), .. } => Some(notable(*network)),
        _ => None,
    });
    assert_eq!(set(later.flatten()), all);
    let links = steps().filter_map(|step| match step {
        Step::Fault { fault: Fault::Link(_, network), .. } => Some(notable(*network)),
        _ => None,
    });
    assert_eq!(set(links.flatten()), all);
}

#[test]
fn commands_are_proposed_to_the_leader_to_one_server_and_to_all() {
    let plans = drawn(&ALL);
    let asked = plans.iter().flat_map(steps).filter_map(|step| match step {
        Step::Propose { who: Who::Leader, .. } => Some("leader"),
        Step::Propose { who: Who::All, .. } => Some("all"),
        Step::Propose { who: Who::Node(_), .. } => Some("one"),
        _ => None,
    });
    assert_eq!(set(asked), set(["leader", "all", "one"]));
}

#[test]
fn a_drawn_plan_prints_as_a_file_and_reads_back_the_same() {
    for drawing in [ALL, Drawing { swarm: false, ..ALL }] {
        for (seed, plan) in drawn(&drawing).into_iter().enumerate() {
            assert_eq!(plan.to_string().parse(), Ok(plan), "seed {seed}");
        }
    }
}

#[test]
fn the_same_seed_draws_the_same_plan_and_others_draw_others() {
    let (once, again) = (drawn(&ALL), drawn(&ALL));
    assert_eq!(once, again);
    assert_eq!(set(once.iter().map(Plan::to_string)).len(), once.len());
    let last = u64::MAX;
    let strategy = plans("raft", &ALL);
    assert_eq!(plan_of(last, &strategy), plan_of(last, &strategy));
}

#[test]
fn no_node_is_asked_for_more_than_its_scope() {
    let with = |scope| drawn(&Drawing { scope, ..ALL });
    let [elections, log, disk, snapshots] =
        [Scope::Elections, Scope::Log, Scope::Disk, Scope::Snapshots].map(with);
    assert_eq!(kinds(&elections), set(OF_NETWORKS));
    assert_eq!(kinds(&log), set([&OF_NETWORKS[..], &OF_LOGS].concat()));
    assert_eq!(kinds(&disk), set([&OF_NETWORKS[..], &OF_LOGS, &OF_DISKS].concat()));

    let asked = |plans: &[Plan]| -> BTreeSet<Scope> {
        plans.iter().map(|plan| schedule(plan).scope).collect()
    };
    assert_eq!(asked(&elections), BTreeSet::from([Scope::Elections]));
    for plans in [&log, &disk, &snapshots] {
        assert_eq!(asked(plans), BTreeSet::from([Scope::Log]));
    }
    for plans in [&elections, &log, &disk] {
        assert!(plans.iter().all(|plan| schedule(plan).snapshots == Snapshots::Never));
        let networks = plans.iter().map(|plan| schedule(plan).network);
        assert!(networks.into_iter().all(|network| network.snapshots == Spread::ZERO));
    }
    let often = snapshots.iter().map(|plan| match schedule(plan).snapshots {
        Snapshots::Never => Some(0),
        Snapshots::Every(often) => Some(often),
        Snapshots::Own(_) => None,
    });
    assert_eq!(set(often), set([None].into_iter().chain((0..=12).map(Some))));
    let own = snapshots.iter().filter_map(|plan| match &schedule(plan).snapshots {
        Snapshots::Own(own) => Some((schedule(plan).servers, own)),
        Snapshots::Never | Snapshots::Every(_) => None,
    });
    let named: Vec<(u8, usize)> = own.map(|(servers, own)| (servers, own.len())).collect();
    assert!(named.contains(&(3, 3)) && named.contains(&(3, 2)), "{named:?}");
}

#[test]
fn some_plans_let_servers_age_first_and_few_are_long() {
    let proposed = |plan: &Plan| -> u32 {
        steps(plan)
            .map(|step| match step {
                Step::Propose { times, .. } => *times,
                Step::Fault { .. } => 0,
            })
            .sum()
    };
    let strategy = plans("raft", &ALL);
    let plans: Vec<Plan> = (0..3_000).map(|seed| plan_of(seed, &strategy)).collect();
    let (aged, long): (Vec<_>, Vec<_>) = (
        plans.iter().filter(|plan| elections(plan) >= 4).collect(),
        plans.iter().filter(|plan| proposed(plan) >= 600).collect(),
    );
    assert!((100..400).contains(&aged.len()), "{}", aged.len());
    assert!((1..=15).contains(&long.len()), "{}", long.len());
    let crashes = aged.iter().filter(|plan| {
        let all = Fault::Crash { who: Who::All, after: None };
        steps(plan).any(|step| matches!(step, Step::Fault { fault, .. } if *fault == all))
    });
    let crashes = crashes.count();
    assert!(0 < crashes && crashes < aged.len(), "{crashes} of {}", aged.len());
}

/// The number of elections with which a plan begins.
fn elections(plan: &Plan) -> usize {
    let is_one = |step: &&Step| matches!(step, Step::Fault { fault: Fault::Expire(_), .. });
    steps(plan).take_while(is_one).count()
}

/// The number of kinds in each plan of 30 steps or more that lets no server age first.
fn kinds_of_long_ones(drawing: &Drawing) -> BTreeSet<usize> {
    let plans = drawn(drawing);
    let long = plans.iter().filter(|plan| plan.lines() >= 30 && schedule(plan).servers > 1);
    let long = long.filter(|plan| elections(plan) < 4);
    long.map(|plan| kinds([plan]).len()).collect()
}

#[test]
fn plans_of_a_swarm_lack_kinds_and_uniform_plans_have_all() {
    let swarm = kinds_of_long_ones(&ALL);
    let uniform = kinds_of_long_ones(&Drawing { swarm: false, ..ALL });
    // Beside the one kind of fault there is always a step that mends and one that proposes.
    assert!(swarm.first() <= Some(&6), "{swarm:?}");
    assert!(swarm.last() >= Some(&14), "{swarm:?}");
    assert!(uniform.first() >= Some(&10), "{uniform:?}");
}

#[test]
fn most_plans_of_ten_steps_or_more_propose_to_a_node_with_a_log() {
    let plans = drawn(&ALL);
    let long: Vec<_> = plans.iter().filter(|plan| plan.lines() >= 10).collect();
    let silent = long.iter().filter(|plan| kinds([**plan]).is_disjoint(&set(OF_LOGS)));
    let (silent, long) = (silent.count(), long.len());
    assert!(silent * 20 < long, "{silent} of {long}");
}

/// The plans that end with standing faults.
fn standing() -> Vec<Plan> {
    let mut plans = drawn(&Drawing { stands: true, ..ALL });
    plans.retain(|plan| matches!(schedule(plan).ending, Ending::Stands(_)));
    plans
}

#[test]
fn a_quarter_of_the_plans_ends_with_faults_that_stand_for_nodes_that_cope() {
    let many = standing().len() as u64;
    assert!((SEEDS / 5..SEEDS / 3).contains(&many), "{many} of {SEEDS}");
    let sizes = standing().iter().map(|plan| schedule(plan).servers).collect::<BTreeSet<_>>();
    assert_eq!(sizes, set(1..=7));
    for (seed, plan) in drawn(&Drawing { stands: true, ..ALL }).into_iter().enumerate() {
        assert_eq!(plan.to_string().parse(), Ok(plan), "seed {seed}");
    }
}

#[test]
fn standing_faults_are_links_cut_in_one_direction_slow_networks_disks_and_clocks_that_are_off() {
    let plans = standing();
    // The last steps of a plan, from the one that mends what was done before.
    let last = plans.iter().flat_map(|plan| {
        let steps: Vec<&Step> = steps(plan).collect();
        let from = steps.iter().rposition(|step| verb_of(step) == "heal").expect("it mends");
        steps[from..].to_vec()
    });
    let kinds: BTreeSet<&str> = last.clone().map(verb_of).collect();
    let expected = ["heal", "network", "disarm", "restart", "resume", "disk", "clock", "block"];
    assert_eq!(kinds, set(expected));
    for step in last {
        if let Step::Fault { fault: Fault::Network(network), .. } = step {
            assert!(network.keeps(Duration::from_millis(100)), "{step}");
        }
    }
}

fn verb_of(step: &Step) -> &'static str {
    match step {
        Step::Fault { fault, .. } => verb(fault),
        Step::Propose { .. } => "propose",
    }
}
