//! Shrinking leaves few servers: any two may go, and fresh plans with fewer may take a plan's place.

use raftsim_explore::{Quiet, shrink};
use raftsim_plan::{Plan, Step, Timed, Who};
use raftsim_sim::Fault;

use super::toy::{Toy, assert_minimal, at, blocks, doing, fails_if, n, schedule_of};

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
    // What shrinking itself takes, and 200 plans each for one server, two, three and five.
    let itself = played(10_000) - 800;
    assert!((5..100).contains(&itself), "{itself}");
    assert_eq!(played(itself + 100), itself + 50 + 25 + 12 + 6);
    let small = Toy::new(vec![], |plan, _| fails_if(servers(plan) >= 2));
    let shrunk = small.shrunk(&plan).unwrap();
    assert_eq!((shrunk.servers, shrunk.is_fresh), ((2, 9), false));
    assert!((205..300).contains(&shrunk.runs), "{}", shrunk.runs);
}
