//! Shrinking leaves few servers: any two may go, and other plans with fewer may take a plan's
//! place.

use std::sync::OnceLock;

use raftsim_explore::{Quiet, shrink};
use raftsim_plan::{Plan, Step, Timed, Who};
use raftsim_sim::{Fact, Failure, Fault, property};

use super::toy::{
    Toy, assert_minimal, at, blocks, cut, doing, fails_if, link, n, schedule_of, two_leaders,
};

fn servers(plan: &Plan) -> u8 {
    schedule_of(plan).expect("a schedule").servers
}

/// The same plan, for this many servers.
fn of_size(servers: u8, plan: &Plan) -> Plan {
    let mut schedule = schedule_of(plan).expect("a schedule").clone();
    schedule.servers = servers;
    plan.with_schedule(schedule)
}

/// Whether a step isolates this server.
fn isolates(plan: &Plan, server: u8) -> bool {
    let is_so = |timed: &Timed| matches!(timed.step, Step::Fault { fault: Fault::Isolate(Who::Node(it)), .. } if it == n(server));
    plan.steps().iter().any(is_so)
}

#[test]
fn servers_leave_in_pairs_wherever_they_are() {
    // The last server must be isolated, and the number of servers odd: none of the last servers can
    // go, nor any single one. Of three servers two cannot go: the failure accuses two.
    let toy = Toy::new(vec![], |plan, _| {
        fails_if(servers(plan) % 2 == 1 && isolates(plan, servers(plan)))
    });
    let step = Fault::Isolate(Who::Node(n(5))).into();
    let plan = of_size(5, &doing(vec![Timed { at: at(1), step }]));
    let shrunk = toy.shrunk(&plan).unwrap();
    assert_eq!((shrunk.servers, shrunk.is_fresh), ((3, 5), false));
    assert!(isolates(&shrunk.plan, 3), "{}", shrunk.plan);
    assert_minimal(&toy, &plan, &shrunk);
}

#[test]
fn a_fresh_plan_for_fewer_servers_takes_the_place_of_one_that_needs_all() {
    let proposes = |timed: &Timed| matches!(timed.step, Step::Propose { .. });
    for left in [3, 5, 9] {
        // Nine servers and a link that is cut, or fewer and a proposal, which the plan lacks.
        let toy = Toy::new(vec![], |plan, _| {
            let size = servers(plan);
            let has = |is_so: &dyn Fn(&Timed) -> bool| plan.steps().iter().any(is_so);
            fails_if((size == 9 && has(&|_| true)) || (size == left && has(&proposes)))
        });
        let plan = doing(blocks(20));
        let shrunk = toy.shrunk(&plan).unwrap();
        assert_eq!((shrunk.servers, shrunk.steps), ((usize::from(left), 9), (1, 20)));
        assert_eq!(shrunk.is_fresh, left < 9);
        // Besides, the plan was recorded twice, and a fresh one too.
        let recorded = if shrunk.is_fresh { 4 } else { 2 };
        assert_eq!(shrunk.runs, toy.played.lock().unwrap().len() as u64 + recorded);
        assert_minimal(&toy, &plan, &shrunk);
    }
}

#[test]
fn a_short_fresh_plan_takes_the_place_of_a_long_one_for_as_many_servers() {
    let proposes = |timed: &Timed| matches!(timed.step, Step::Propose { .. });
    for (needed, left) in [(9, 1), (8, 8)] {
        // Two servers, and many steps or a proposal, which the plan lacks.
        let toy = Toy::new(vec![], |plan, _| {
            let steps = plan.steps();
            fails_if(servers(plan) == 2 && (steps.len() >= needed || steps.iter().any(proposes)))
        });
        let plan = of_size(2, &doing(blocks(12)));
        let shrunk = toy.shrunk(&plan).unwrap();
        assert_eq!((shrunk.servers, shrunk.steps), ((2, 2), (left, 12)));
        assert_eq!(shrunk.is_fresh, left < 8);
    }
}

#[test]
fn fresh_plans_keep_to_the_budget_and_are_drawn_for_fewer_servers_alone() {
    let toy = Toy::new(vec![], |plan, _| fails_if(servers(plan) >= 7));
    let plan = doing(blocks(3));
    let played = |budget| {
        let shrunk = shrink(&toy, &plan, budget, &Quiet).unwrap();
        assert_eq!((shrunk.servers, shrunk.is_fresh), ((7, 9), false));
        shrunk.runs
    };
    // What shrinking itself takes; and for two servers, three and five 100 variants of the plan and
    // 300 short plans each, and for one server a quarter of these.
    let itself = played(10_000) - 1300;
    assert!((5..100).contains(&itself), "{itself}");
    assert_eq!(played(itself + 100), itself + 50 + 25 + 12 + 6);
    let small = Toy::new(vec![], |plan, _| fails_if(servers(plan) >= 2));
    let shrunk = small.shrunk(&plan).unwrap();
    assert_eq!((shrunk.servers, shrunk.is_fresh), ((2, 9), false));
    assert!((105..200).contains(&shrunk.runs), "{}", shrunk.runs);
}

#[test]
fn the_same_steps_with_another_seed_may_need_fewer_servers() {
    // A link is cut between the first two of nine servers, or with another seed of three.
    let toy = Toy::new(vec![], |plan, _| {
        let size = servers(plan);
        let is_enough = size == 9 || (size == 3 && plan.seed != 1);
        fails_if(is_enough && cut(plan).contains(&link(0)))
    });
    let plan = doing(blocks(20));
    let shrunk = toy.shrunk(&plan).unwrap();
    assert_eq!((shrunk.servers, shrunk.steps), ((3, 9), (1, 20)));
    assert!(shrunk.is_fresh);
    assert_minimal(&toy, &plan, &shrunk);
    let played = toy.played.lock().unwrap();
    let mut of_three = played.iter().filter(|plan| servers(plan) == 3);
    assert!(of_three.all(|plan| plan.steps().len() == cut(plan).len()), "no plan is drawn anew");
}

#[test]
fn a_fresh_plan_that_cannot_be_closed_is_passed_over() {
    // The first open plan for three servers does not fail once it is closed.
    let first = OnceLock::new();
    let toy = Toy::new(vec![], |plan, _| {
        let has_three = servers(plan) == 3;
        if has_three && !plan.closed {
            first.get_or_init(|| plan.seed);
        }
        let can_close = first.get().is_some_and(|&seed| seed != plan.seed);
        fails_if(servers(plan) == 9 || (has_three && (!plan.closed || can_close)))
    });
    let plan = doing(blocks(3));
    let shrunk = toy.shrunk(&plan).unwrap();
    assert_eq!((shrunk.servers, shrunk.is_fresh), ((3, 9), true));
    assert_ne!(Some(&shrunk.plan.seed), first.get());
    // Besides, the plan was recorded twice, so was the one with three servers, and the other once.
    assert_eq!(shrunk.runs, toy.played.lock().unwrap().len() as u64 + 5);
    assert_minimal(&toy, &plan, &shrunk);
}

#[test]
fn no_plan_is_tried_for_a_cluster_that_cannot_fail_in_the_same_way() {
    let stuck = || {
        let facts = ["nobody leads", "somebody should"].map(Fact::new);
        Failure::violation(property::LEADER_LIVENESS, at(9_999), facts)
    };
    let accusing_both = || two_leaders().accusing([n(1), n(2)]);
    let failures: [&(dyn Fn() -> Failure + Sync); 2] = [&stuck, &accusing_both];
    for failure in failures {
        let toy =
            Toy::new(vec![], |plan, _| if servers(plan) >= 2 { Err(failure()) } else { Ok(()) });
        let shrunk = toy.shrunk(&doing(blocks(3))).unwrap();
        assert_eq!((shrunk.servers, shrunk.is_fresh), ((2, 9), false));
        assert!(shrunk.runs < 50, "{} runs", shrunk.runs);
    }
}
