//! Shrinking leaves the lines that matter, and no others.

use std::collections::BTreeSet;
use std::sync::Mutex;

use raftsim_explore::{Quiet, ShrinkProgress, shrink};
use raftsim_plan::{Override, Plan};
use raftsim_sim::{Fate, MessageName};

use super::toy::{
    Fates, LOST, PLENTY, Toy, assert_minimal, blocks, cut, doing, failing, fails_if, link, lost,
    message, ms, n, scenario, two_leaders,
};

fn cuts(plan: &Plan, links: &[u8]) -> bool {
    links.iter().all(|&number| cut(plan).contains(&link(number)))
}

fn loses(fates: &Fates, numbers: &[u64]) -> bool {
    numbers.iter().all(|&number| fates.get(&message(number)) == Some(&LOST))
}

fn lists(plan: &Plan, numbers: &[u64]) {
    let expected: Fates = numbers.iter().map(|&number| (message(number), LOST)).collect();
    assert_eq!(plan.fates, expected);
}

#[test]
fn three_steps_of_60_and_two_fates_of_500_are_all_that_is_left() {
    let toy = Toy::new(lost(500), |plan, fates| {
        fails_if(cuts(plan, &[7, 31, 59]) && loses(fates, &[3, 480]))
    });
    let plan = doing(blocks(60));
    let shrunk = toy.shrunk(&plan).unwrap();
    assert_eq!(cut(&shrunk.plan), [7, 31, 59].map(link));
    lists(&shrunk.plan, &[3, 480]);
    assert_eq!((shrunk.steps, shrunk.fates, shrunk.servers), ((3, 60), (2, 500), (9, 9)));
    assert_minimal(&toy, &plan, &shrunk);
}

#[test]
fn a_plan_that_fails_in_another_way_without_a_step_keeps_that_step() {
    let toy = Toy::new(vec![], |plan, _| match (cuts(plan, &[2]), cuts(plan, &[5])) {
        (true, true) => Err(two_leaders()),
        // The same property, but other servers are accused.
        (true, false) => Err(failing("election safety", n(2), n(1))),
        (false, true) => Err(failing("log matching", n(1), n(2))),
        (false, false) => Ok(()),
    });
    let plan = doing(blocks(8));
    let shrunk = toy.shrunk(&plan).unwrap();
    assert_eq!(cut(&shrunk.plan), [2, 5].map(link));
    assert_minimal(&toy, &plan, &shrunk);
}

#[test]
fn a_step_and_its_opposite_are_left_out_together() {
    // Either step without the other makes the run fail in another way.
    let toy = Toy::new(vec![], |plan, _| match (cuts(plan, &[2]), cuts(plan, &[5])) {
        (true, true) | (false, false) => fails_if(cuts(plan, &[7])),
        (true, false) | (false, true) => Ok(()),
    });
    let plan = doing(blocks(8));
    let shrunk = toy.shrunk(&plan).unwrap();
    assert_eq!(cut(&shrunk.plan), [7].map(link));
    assert_minimal(&toy, &plan, &shrunk);
}

#[test]
fn one_fate_of_2000_is_found_in_fewer_than_200_runs() {
    for needed in [0, 1, 776, 1000, 1998, 1999] {
        let toy = Toy::new(lost(2000), |_, fates| fails_if(loses(fates, &[needed])));
        let shrunk = toy.shrunk(&doing(vec![])).unwrap();
        lists(&shrunk.plan, &[needed]);
        // Besides, 100 other plans for a single server were played.
        assert!(shrunk.runs < 200 + 100, "{} runs for {needed}", shrunk.runs);
        assert_minimal(&toy, &doing(vec![]), &shrunk);
    }
}

#[test]
fn messages_that_arrive_promptly_are_left_out_at_once() {
    let prompt = Override::Fate(Fate::Deliver(ms(50)));
    let drawn: Vec<_> = (0..1000)
        .map(|number| (message(number), if number == 7 { LOST } else { prompt }))
        .collect();
    let toy = Toy::new(drawn, |_, fates| fails_if(loses(fates, &[7])));
    let shrunk = toy.shrunk(&scenario()).unwrap();
    lists(&shrunk.plan, &[7]);
    assert_eq!((shrunk.fates, shrunk.servers), ((1, 1000), (3, 3)));
    assert!(shrunk.runs < 10, "{} runs", shrunk.runs);
}

#[test]
fn a_message_that_arrives_promptly_stays_if_it_matters() {
    let prompt = |number: u64| Override::Fate(Fate::Deliver(ms(1 + number % 5)));
    let given = |number: u64| if number.is_multiple_of(9) { LOST } else { prompt(number) };
    let drawn: Vec<_> = (0..1000).map(|number| (message(number), given(number))).collect();
    let toy = Toy::new(drawn, |_, fates| {
        let comes = |number| fates.get(&message(number)) == Some(&prompt(number));
        fails_if(comes(100) && comes(700) && loses(fates, &[9, 900]))
    });
    let shrunk = toy.shrunk(&scenario()).unwrap();
    let names: Vec<u64> = shrunk.plan.fates.keys().map(|name| name.seq).collect();
    assert_eq!(names, [9, 100, 700, 900]);
    assert!(shrunk.runs < 200, "{} runs", shrunk.runs);
    assert_minimal(&toy, &scenario(), &shrunk);
}

#[test]
fn the_message_sent_last_is_left_out_first() {
    // In the order of names it would come last.
    let early = |number| MessageName { from: n(3), to: n(1), seq: number };
    let drawn = [early(0), early(1), message(0), message(1)].map(|name| (name, LOST));
    let toy = Toy::new(drawn.to_vec(), |_, fates| fails_if(fates.contains_key(&early(1))));
    let shrunk = toy.shrunk(&scenario()).unwrap();
    assert_eq!(shrunk.plan.fates, Fates::from([drawn[1]]));
    let played = toy.played.lock().unwrap();
    let closed = played.iter().filter(|plan| plan.closed).map(|plan| plan.fates.clone());
    let (all, first_half, one) = (Fates::from(drawn), Fates::from([drawn[0], drawn[1]]), drawn[0]);
    let tried = [all, Fates::new(), first_half, Fates::from([one]), Fates::from([drawn[1]])];
    assert_eq!(closed.collect::<Vec<_>>(), tried);
}

/// How often each payload was lost. A payload is sent again until it arrives, so that each loss
/// shifts the numbers of the messages after it by one.
fn losses(fates: &Fates) -> Vec<u64> {
    let mut losses = vec![0];
    for number in 0..40 {
        if loses(fates, &[number]) {
            losses[..].last_mut().map(|times| *times += 1).unwrap();
        } else {
            losses.push(0);
        }
    }
    losses
}

#[test]
fn fates_whose_names_shift_are_still_shrunk_to_a_minimal_plan() {
    // The fourth payload is lost twice; two that came before it were lost once.
    let drawn = [0, 2, 5, 6, 8, 9, 20, 21, 22].map(|number| (message(number), LOST));
    let toy = Toy::new(drawn.to_vec(), |_, fates| fails_if(losses(fates)[3] == 2));
    let shrunk = toy.shrunk(&scenario()).unwrap();
    lists(&shrunk.plan, &[0, 2, 5, 6]);
    assert_minimal(&toy, &scenario(), &shrunk);
}

#[test]
fn no_candidate_is_played_twice() {
    let toy = Toy::new(lost(40), |plan, fates| {
        fails_if(cuts(plan, &[7, 31]) && loses(fates, &[3, 30]) && fates.len() % 3 != 2)
    });
    let shrunk = toy.shrunk(&doing(blocks(40))).unwrap();
    let played = toy.played.lock().unwrap();
    assert_eq!(played[0], played[1], "the first plan is played twice, to compare the runs");
    let candidates: BTreeSet<String> = played[1..].iter().map(|it| format!("{it:?}")).collect();
    assert_eq!(candidates.len(), played.len() - 1);
    // Two more runs were recorded.
    assert_eq!(shrunk.runs, played.len() as u64 + 2);
}

#[test]
fn the_same_plan_shrinks_to_the_same() {
    let shrunk = || {
        let toy = Toy::new(lost(60), |plan, fates| {
            fails_if((cuts(plan, &[7]) || cuts(plan, &[9, 11])) && fates.len() % 4 != 1)
        });
        let shrunk = toy.shrunk(&doing(blocks(20))).unwrap();
        (shrunk.plan, shrunk.runs, shrunk.run.digest, toy.played.into_inner().unwrap())
    };
    assert_eq!(shrunk(), shrunk());
}

#[test]
fn the_best_so_far_is_returned_when_the_budget_ends() {
    let toy = Toy::new(lost(200), |plan, fates| {
        fails_if(cuts(plan, &[7, 31, 59]) && loses(fates, &[3, 180]))
    });
    let plan = doing(blocks(60));
    let enough = toy.shrunk(&plan).unwrap();
    let mut lines = vec![];
    // The runs that are left when the plan is minimal are spent on other plans.
    for budget in 0.. {
        let shrunk = shrink(&toy, &plan, budget, &Quiet).unwrap();
        if shrunk.is_minimal {
            assert_eq!(shrunk.plan, enough.plan);
            break;
        }
        assert!(shrunk.runs <= budget.max(5), "{} runs of {budget}", shrunk.runs);
        assert_eq!(shrunk.run.signature(), enough.run.signature());
        assert!(shrunk.plan.closed, "the plan is closed whatever the budget");
        lines.push(shrunk.plan.lines());
    }
    assert_eq!(lines[0], 260);
    assert_eq!(lines.last(), Some(&5));
}

#[test]
fn a_plan_that_is_closed_keeps_its_own_fates() {
    let toy = Toy::new(lost(20), |plan, fates| fails_if(cuts(plan, &[1]) && loses(fates, &[4, 5])));
    let fates: Fates = lost(10).into_iter().collect();
    let plan = Plan { closed: true, fates, ..doing(blocks(5)) };
    let shrunk = toy.shrunk(&plan).unwrap();
    lists(&shrunk.plan, &[4, 5]);
    assert_eq!((shrunk.steps, shrunk.fates), ((1, 5), (2, 10)));
    assert_minimal(&toy, &plan, &shrunk);
}

#[test]
fn a_line_is_a_step_or_a_fate() {
    let plan = Plan { fates: lost(2).into_iter().collect(), digest: Some(1), ..doing(blocks(3)) };
    assert_eq!(plan.lines(), 5);
    let links = |line| cut(&plan.without_line(line));
    assert_eq!(links(0), [1, 2].map(link));
    assert_eq!(links(2), [0, 1].map(link));
    assert_eq!(links(3), [0, 1, 2].map(link));
    lists(&plan.without_line(3), &[1]);
    lists(&plan.without_line(4), &[0]);
    assert_eq!(plan.without_line(4).digest, None);
}

/// Keeps the progress that is reported.
#[derive(Default)]
struct Kept(Mutex<Vec<(u64, usize)>>);

impl ShrinkProgress for Kept {
    fn played(&self, runs: u64, best: &Plan) {
        self.0.lock().unwrap().push((runs, best.lines()));
    }
}

#[test]
fn the_progress_reports_each_run_and_the_lines_left() {
    let toy = Toy::new(vec![], |plan, _| fails_if(cuts(plan, &[2])));
    let kept = Kept::default();
    let shrunk = shrink(&toy, &doing(blocks(4)), PLENTY, &kept).unwrap();
    let played = kept.0.into_inner().unwrap();
    assert_eq!((played[0], played.last()), ((2, 4), Some(&(shrunk.runs, 1))));
    assert!(played.is_sorted_by(|a, b| a.0 < b.0 && a.1 >= b.1), "{played:?}");
}
