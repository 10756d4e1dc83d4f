//! A shrunk plan is as simple as it can be.

use std::mem::discriminant;

use raftsim_node::{Duration, NodeId, Time};
use raftsim_plan::{
    Ending, Majority, Others, Override, Plan, Rest, Schedule, Snapshots, Step, Target, Timed, Who,
};
use raftsim_sim::{CrashPoint, Delays, Failure, Fate, Fault, Link, LinkSettings, Property};

use super::toy::{
    Toy, at, between, fails_if, message, ms, n, plan, scenario, schedule, schedule_of, two_leaders,
};

const P: Property = Property::new("p");

/// The schedule to which `first` shrinks if `fails` decides which schedules fail.
fn simplest(first: Schedule, fails: impl Fn(&Schedule) -> bool + Sync) -> Schedule {
    let toy = Toy::new(vec![], |plan, _| fails_if(schedule_of(plan).is_some_and(&fails)));
    let shrunk = toy.shrunk(&plan(Target::Cluster(first))).unwrap();
    schedule_of(&shrunk.plan).unwrap().clone()
}

/// The step to which `first` shrinks if a step of its kind fails when `needs` is true of it.
fn simplest_step(first: Step, needs: impl Fn(&Step) -> bool + Sync) -> Timed {
    let kind = |step: &Step| match step {
        Step::Fault { fault, .. } => Some(discriminant(fault)),
        Step::Propose { .. } => None,
    };
    let wanted = kind(&first);
    let steps = vec![Timed { at: Time::from_nanos(1_234_567_891), step: first }];
    let left = simplest(schedule(steps), |schedule| {
        let mut steps = schedule.steps.iter();
        steps.any(|it| kind(&it.step) == wanted && needs(&it.step))
    });
    left.steps[0].clone()
}

fn at_1200(step: impl Into<Step>) -> Timed {
    Timed { at: at(1200), step: step.into() }
}

fn lasting(fault: Fault<Who>, span: Duration) -> Step {
    Step::Fault { fault, lasting: Some(span) }
}

/// A partition's groups.
fn groups(step: &Step) -> &[Vec<NodeId>] {
    if let Step::Fault { fault: Fault::Partition(groups), .. } = step { groups } else { &[] }
}

#[test]
fn servers_that_do_not_matter_are_dropped_with_the_lines_that_name_them() {
    let steps = vec![
        Fault::Partition(vec![vec![n(1), n(4)], vec![n(2), n(5)], vec![n(6)]]),
        Fault::Isolate(Who::Node(n(6))),
        Fault::Block(between(1, 5)),
        Fault::Heal,
    ];
    let at_100 = |fault: Fault<Who>| Timed { at: at(100), step: fault.into() };
    let steps = steps.into_iter().map(at_100).collect();
    let members = (1..=9).map(n).collect();
    let ending = Ending::Calm(Majority { members, others: Others::Dead, network: Rest::Reliable });
    let first = Schedule { ending, ..schedule(steps) };
    let left = simplest(first, |schedule| {
        let groups = schedule.steps.first().map_or(0, |timed| groups(&timed.step).len());
        schedule.servers >= 3 && groups >= 2
    });
    let partition = Fault::Partition(vec![vec![n(1)], vec![n(2)]]);
    assert_eq!(left, Schedule { servers: 3, ..schedule(vec![at_100(partition)]) });
}

#[test]
fn the_members_of_the_ending_stay_a_majority() {
    let majority =
        Majority { members: vec![n(3), n(4), n(5)], others: Others::Cut, network: Rest::Reliable };
    let first = Schedule { servers: 5, ending: Ending::Calm(majority), ..schedule(vec![]) };
    let late =
        |_: &Plan, _: &_| Err(Failure::violation(P, at(20_000), two_leaders().facts().clone()));
    let toy = Toy::new(vec![], late);
    let shrunk = toy.shrunk(&plan(Target::Cluster(first))).unwrap();
    let left = schedule_of(&shrunk.plan).unwrap();
    // n1 and n2 go, and then one of the three that are left.
    let members = vec![n(1), n(2)];
    let left_of_it = Majority { members, others: Others::Cut, network: Rest::Reliable };
    assert_eq!((left.servers, &left.ending), (2, &Ending::Quiet(left_of_it)));
    assert_eq!(left.length, Duration::ZERO, "no step comes before the faults stop");
}

#[test]
fn a_run_ends_right_after_its_failure() {
    let steps = [100, 2300, 4000].map(|millis| Timed { at: at(millis), step: Fault::Heal.into() });
    let majority = Majority {
        members: (1..=9).map(n).collect(),
        others: Others::Cut,
        network: Rest::Reliable,
    };
    let ending = Ending::Calm(majority);
    let first = Schedule { ending, length: ms(5_123), ..schedule(steps.to_vec()) };
    let toy = Toy::new(vec![], |plan, _| {
        let does = schedule_of(plan).unwrap().steps.iter().any(|it| it.at == at(2300));
        let failure = Failure::violation(P, at(2345), two_leaders().facts().clone());
        if does { Err(failure) } else { Ok(()) }
    });
    let shrunk = toy.shrunk(&plan(Target::Cluster(first))).unwrap();
    let steps = vec![steps[1].clone()];
    let expected = Schedule { servers: 2, length: ms(2400), ..schedule(steps) };
    assert_eq!(schedule_of(&shrunk.plan), Some(&expected));
}

#[test]
fn steps_are_made_simpler_each_in_its_own_way() {
    let (who, any) = (Who::Leader, |_: &Step| true);
    let left = |step: Step| simplest_step(step, any);
    for fault in [Fault::Isolate(who), Fault::Pause(who), Fault::Block(between(1, 2))] {
        assert_eq!(left(lasting(fault.clone(), ms(777))), at_1200(fault));
    }
    let crash = lasting(Fault::Crash { who, after: Some(CrashPoint::Actions(5)) }, ms(777));
    assert_eq!(left(crash), at_1200(Fault::Crash { who, after: None }));
    let propose = Step::Propose { who, times: 30, every: ms(35) };
    assert_eq!(left(propose), at_1200(Step::Propose { who, times: 1, every: Duration::ZERO }));
    let disk = Fault::Disk { who, latency: ms(37) };
    assert_eq!(left(disk.into()), at_1200(Fault::Disk { who, latency: ms(10) }));
    let jump = Fault::Jump { who, ahead: ms(37) };
    assert_eq!(left(jump.into()), at_1200(Fault::Jump { who, ahead: ms(10) }));
    let (rough, reliable) = (LinkSettings::labrpc(true, true, true), LinkSettings::RELIABLE);
    assert_eq!(left(Fault::Network(rough).into()), at_1200(Fault::Network(reliable)));
    let link = |network| Fault::Link(between(1, 2), network);
    assert_eq!(left(link(rough).into()), at_1200(link(reliable)));
    for simple in [Fault::Campaign(who), Fault::Disarm(who), Fault::Expire(who), Fault::Heal] {
        assert_eq!(left(simple.clone().into()), at_1200(simple));
    }
    let apart = vec![vec![n(1)], vec![n(3)], vec![n(2)]];
    let one = vec![vec![n(1), n(2), n(3)]];
    let left = simplest_step(Fault::Partition(apart).into(), |step| {
        groups(step).iter().map(Vec::len).sum::<usize>() == 3
    });
    assert_eq!(left, at_1200(Fault::Partition(one)));
}

#[test]
fn the_needed_part_of_a_step_stays() {
    let who = Who::Leader;
    let crash =
        |after, span| lasting(Fault::Crash { who, after: Some(CrashPoint::Actions(after)) }, span);
    let left = simplest_step(crash(9, ms(1777)), |step| {
        let Step::Fault { fault, lasting: Some(span) } = step else { return false };
        matches!(fault, Fault::Crash { after: Some(CrashPoint::Actions(3..)), .. })
            && *span >= ms(250)
    });
    assert_eq!(left, at_1200(crash(3, ms(400))));
    let propose = |times, every| Step::Propose { who, times, every };
    let left = simplest_step(
        propose(30, ms(35)),
        |step| matches!(step, Step::Propose { times: 7.., every, .. } if *every > Duration::ZERO),
    );
    assert_eq!(left, at_1200(propose(7, ms(10))));
}

#[test]
fn a_swizzle_keeps_the_links_that_matter_in_both_orders() {
    let link = |from, to| Link { from: n(from), to: n(to) };
    let cut = vec![link(1, 2), link(2, 1), link(3, 1), link(1, 3)];
    let mend = cut.iter().rev().copied().collect();
    let left = simplest_step(Fault::Swizzle { cut, mend, every: ms(31) }.into(), |step| {
        let Step::Fault { fault: Fault::Swizzle { cut, .. }, .. } = step else { return false };
        cut.contains(&link(2, 1)) && cut.contains(&link(1, 3))
    });
    let (cut, mend) = (vec![link(2, 1), link(1, 3)], vec![link(1, 3), link(2, 1)]);
    assert_eq!(left, at_1200(Fault::Swizzle { cut, mend, every: ms(10) }));
}

#[test]
fn times_are_as_round_as_the_failure_allows() {
    let time = |needs: fn(Time) -> bool| {
        let steps = vec![Timed { at: Time::from_nanos(1_234_567_891), step: Fault::Heal.into() }];
        simplest(schedule(steps), |it| it.steps.iter().any(|it| needs(it.at))).steps[0].at
    };
    assert_eq!(time(|_| true), at(1200));
    assert_eq!(time(|at| at >= Time::from_nanos(1_234_567_891)), at(1300));
    assert_eq!(time(|time| time >= at(1231) && time < at(1299)), at(1240));
    assert_eq!(time(|time| time >= at(1234) && time < at(1236)), at(1234));
    assert_eq!(time(|time| time == Time::from_nanos(1_234_567_891)).as_nanos(), 1_234_567_891);
}

/// The fate to which `first` shrinks if a run fails when `needs` is true of its fate.
fn simplest_fate(first: Fate, needs: impl Fn(Fate) -> bool + Sync) -> Override {
    let name = message(7);
    let toy = Toy::new(vec![(name, Override::Fate(first))], |_, fates| {
        fails_if(fates.get(&name).is_some_and(|&given| match given {
            Override::Fate(fate) => needs(fate),
            Override::Fails(_) => false,
        }))
    });
    toy.shrunk(&scenario()).unwrap().plan.fates[&name]
}

fn after(nanos: u64) -> Fate {
    Fate::Deliver(Duration::from_nanos(nanos))
}

#[test]
fn a_late_message_becomes_less_late_and_by_a_rounder_time() {
    let late = |least: u64| {
        let needs = move |fate| matches!(fate, Fate::Deliver(span) if span.as_nanos() >= least);
        simplest_fate(after(1_234_567_891), needs)
    };
    assert_eq!(late(1_000_000_000), Override::Fate(after(1_234_000_000)));
    assert_eq!(late(500_000_000), Override::Fate(after(617_000_000)));
    assert_eq!(late(1), Override::Fate(after(1_000_000)));
}

#[test]
fn spans_below_a_millisecond_are_rounded_to_a_tenth_of_it() {
    let needs = |fate| matches!(fate, Fate::Deliver(span) if span > Duration::from_micros(250));
    assert_eq!(simplest_fate(after(876_543), needs), Override::Fate(after(400_000)));
}

#[test]
fn a_duplicated_message_arrives_once_if_that_is_enough() {
    let twice =
        |first, second| Fate::Duplicate(Duration::from_nanos(first), Duration::from_nanos(second));
    let first = twice(3_456_789, 300_456_789);
    let once = |fate| matches!(fate, Fate::Deliver(_)) || fate == first;
    assert_eq!(simplest_fate(first, once), Override::Fate(after(1_000_000)));
    let again = |fate| matches!(fate, Fate::Duplicate(_, second) if second > ms(100));
    assert_eq!(simplest_fate(first, again), Override::Fate(twice(1_000_000, 150_000_000)));
}

#[test]
fn a_call_fails_as_early_as_possible() {
    let name = message(7);
    let given = Override::Fails(Duration::from_nanos(62_345_678_901));
    let toy = Toy::new(vec![(name, given)], |_, fates| {
        fails_if(matches!(fates.get(&name), Some(Override::Fails(after)) if *after >= ms(7000)))
    });
    let left = toy.shrunk(&scenario()).unwrap().plan.fates[&name];
    assert_eq!(left, Override::Fails(ms(7793)));
}

/// A schedule's network, and those of its steps.
fn networks(plan: &Plan) -> Vec<LinkSettings> {
    let schedule = schedule_of(plan).unwrap();
    let steps = schedule.steps.iter().filter_map(|timed| {
        let Step::Fault { fault, .. } = &timed.step else { return None };
        if let Fault::Network(network) | Fault::Link(_, network) = fault {
            Some(*network)
        } else {
            None
        }
    });
    [schedule.network].into_iter().chain(steps).collect()
}

#[test]
fn a_shrunk_plan_has_no_delays_since_its_fates_have_them_included() {
    let delays = Delays::read("- 45ms\n50ms -").ok();
    let open = plan(Target::Cluster(Schedule { servers: 2, delays, ..schedule(vec![]) }));
    // One that is closed already has them to no purpose.
    for first in [Plan { closed: true, ..open.clone() }, open] {
        let toy = Toy::new(vec![], |_, _| fails_if(true));
        let left = toy.shrunk(&first).unwrap().plan;
        assert_eq!(schedule_of(&left).unwrap().delays, None);
        let played = toy.played.lock().unwrap();
        let far = played.iter().filter(|plan| schedule_of(plan).unwrap().delays.is_some());
        assert!(far.clone().count() > 0, "the plan itself");
        assert!(far.clone().all(|plan| plan.closed == first.closed), "closing leaves them out");
    }
}

#[test]
fn closing_makes_every_network_reliable() {
    let rough = LinkSettings::labrpc(true, true, true);
    let steps = vec![
        Timed { at: at(100), step: Fault::Network(rough).into() },
        Timed { at: at(200), step: Fault::Link(between(1, 2), rough).into() },
    ];
    let first =
        Schedule { servers: 2, network: rough, snapshots: Snapshots::Every(3), ..schedule(steps) };
    // In the open world every setting is needed.
    let toy =
        Toy::new(vec![], |plan, _| fails_if(plan.closed || schedule_of(plan) == Some(&first)));
    let left = toy.shrunk(&plan(Target::Cluster(first.clone()))).unwrap().plan;
    let played = toy.played.lock().unwrap();
    let closed = played.iter().filter(|plan| plan.closed).flat_map(networks);
    let closed: Vec<LinkSettings> = closed.collect();
    assert_eq!(closed, vec![LinkSettings::RELIABLE; closed.len()]);
    assert!(closed.len() >= 3, "the schedule's own network, and those of both steps");
    assert_eq!(schedule_of(&left), Some(&Schedule { servers: 2, ..schedule(vec![]) }));
}
