//! A seed run twice must be the same run.

use std::sync::Mutex;

use raftsim_explore::{Run, Sweep, Twice, run_twice};
use raftsim_node::{NodeId, Time};
use raftsim_sim::{Fact, Failure, Property, Recording};

use crate::support::{JOBS, Made, Texts, broken, fails, passes, seeds, swept};

const UNSTEADY: Property = Property::new("the node is not deterministic");

fn n(number: u8) -> NodeId {
    NodeId::new(number)
}

fn ms(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

/// A runner whose closure is called with the seed and the number of earlier calls.
fn counting<F: Fn(u64, u64) -> Run + Sync>(
    calls: &Mutex<Vec<(u64, Recording)>>,
    run: F,
) -> Made<impl Fn(u64, Recording) -> Run + Sync> {
    Made(move |seed, recording| {
        let mut calls = calls.lock().unwrap();
        calls.push((seed, recording));
        run(seed, calls.len() as u64)
    })
}

/// A run whose recorded rows have these texts.
fn showing(digest: u64, texts: &[&str]) -> Run {
    let texts = texts.iter().map(|&text| text.to_owned()).collect();
    Run { digest, story: Some(Box::new(Texts(texts))), ..passes(1) }
}

/// The verdict on a seed whose four runs, in this order, are `runs`.
fn verdict(runs: [fn() -> Run; 4]) -> Result<(), Failure> {
    let calls = Mutex::new(vec![]);
    let runner = counting(&calls, |_, call| runs[usize::try_from(call).unwrap() - 1]());
    let run = run_twice(&runner, 1, Twice::All);
    let (off, on) = ((1, Recording::Off), (1, Recording::On));
    assert_eq!(*calls.lock().unwrap(), [off, off, on, on]);
    run.verdict
}

fn unsteady(millis: u64, facts: [Fact; 2]) -> Result<(), Failure> {
    let time = ms(millis);
    Err(Failure::contract(UNSTEADY, time, facts))
}

#[test]
fn runs_that_differ_are_reported_by_their_first_differing_record() {
    let verdict = verdict([
        || showing(1, &[]),
        || showing(2, &[]),
        || showing(3, &["boot", "timeout", "-> n1", "later"]),
        || showing(4, &["boot", "timeout", "-> n3", "else"]),
    ]);
    let facts =
        ["in one run record 2 is `0.003000s n2 -> n1`", "in another it is `0.003000s n2 -> n3`"];
    assert_eq!(verdict, unsteady(3, facts.map(|text| Fact::new(text).by(n(2)).at(ms(3)))));
}

/// The same run, of which a user's own code decides a part.
fn own(digest: u64, texts: &[&str]) -> Run {
    Run { suspects: Some("the node, the scenario or an invariant"), ..showing(digest, texts) }
}

#[test]
fn a_user_s_own_code_that_decides_the_run_is_suspected_too() {
    let texts = |runs| {
        let failure = verdict(runs).expect_err("they differ");
        failure.facts().each_ref().map(|fact| fact.text().to_owned())
    };
    let cause = "; the cause is in the node, the scenario or an invariant";
    let [first, second] =
        texts([|| own(1, &[]), || own(2, &[]), || own(1, &["boot"]), || own(2, &["timeout"])]);
    assert_eq!(first, "in one run record 0 is `0.001000s world boot`");
    assert_eq!(second, format!("in another it is `0.001000s world timeout`{cause}"));
    let [_, second] =
        texts([|| own(1, &[]), || own(2, &[]), || own(1, &["boot"]), || own(1, &["boot"])]);
    assert_eq!(second, format!("another's is 0000000000000002{cause}"));
}

#[test]
fn a_record_about_the_world_is_reported_as_such() {
    let verdict = verdict([
        || showing(1, &[]),
        || showing(2, &[]),
        || showing(3, &["heal"]),
        || showing(4, &["crash"]),
    ]);
    let facts = [
        "in one run record 0 is `0.001000s world heal`",
        "in another it is `0.001000s world crash`",
    ];
    assert_eq!(verdict, unsteady(1, facts.map(|text| Fact::new(text).at(ms(1)))));
}

#[test]
fn a_record_that_only_one_run_has_is_reported_as_missing_in_the_other() {
    let ends = || showing(3, &["boot"]);
    let goes_on = || showing(4, &["boot", "timeout"]);
    let first = verdict([|| showing(1, &[]), || showing(2, &[]), ends, goes_on]);
    let timeout = |text| Fact::new(text).by(n(2)).at(ms(2));
    let missing = Fact::new("in one run record 1 is missing");
    let facts = [missing, timeout("in another it is `0.002000s n2 timeout`")];
    assert_eq!(first, unsteady(2, facts));
    let second = verdict([|| showing(1, &[]), || showing(2, &[]), goes_on, ends]);
    let there = timeout("in one run record 1 is `0.002000s n2 timeout`");
    assert_eq!(second, unsteady(2, [there, Fact::new("in another it is missing")]));
}

#[test]
fn a_difference_that_does_not_recur_is_reported_by_the_digests() {
    let same = || showing(3, &["boot"]);
    let verdict = verdict([|| showing(0xabc, &[]), || showing(2, &[]), same, same]);
    let facts = ["one run's digest is 0000000000000abc", "another's is 0000000000000002"];
    assert_eq!(verdict, unsteady(0, facts.map(Fact::new)));
}

#[test]
fn verdicts_that_differ_are_found_though_the_digests_agree() {
    let same = || showing(1, &["boot"]);
    let failed = || fails(1, broken("agreement", 1));
    let failure = broken("agreement", 1);
    let facts =
        [format!("one run fails: {failure}"), "another, with the same digest, passes".to_owned()];
    assert_eq!(verdict([failed, same, same, same]), unsteady(0, facts.map(Fact::new)));
    let facts =
        ["one run passes".to_owned(), format!("another, with the same digest, fails: {failure}")];
    assert_eq!(verdict([same, failed, same, same]), unsteady(0, facts.map(Fact::new)));
}

#[test]
fn a_seed_that_fails_is_run_twice_and_keeps_its_reason() {
    for seed in [1, 63, 64, 65] {
        let calls = Mutex::new(vec![]);
        let runner = counting(&calls, |seed, _| fails(seed, broken("agreement", seed)));
        let run = run_twice(&runner, seed, Twice::Sampled);
        assert_eq!(run.verdict, Err(broken("agreement", seed)));
        assert_eq!(*calls.lock().unwrap(), [(seed, Recording::Off); 2]);
    }
}

#[test]
fn of_seeds_that_pass_every_64th_is_run_twice_or_all_are() {
    let times = |twice, seed| {
        let calls = Mutex::new(vec![]);
        let run = run_twice(&counting(&calls, |seed, _| passes(seed)), seed, twice);
        assert_eq!((run.verdict, run.digest), (Ok(()), seed));
        calls.into_inner().unwrap().len()
    };
    let seeds = [0, 1, 32, 63, 64, 65, 128, u64::MAX];
    assert_eq!(seeds.map(|seed| times(Twice::Sampled, seed)), [2, 1, 1, 1, 2, 1, 2, 1]);
    assert_eq!(seeds.map(|seed| times(Twice::All, seed)), [2; 8]);
}

#[test]
fn a_run_reported_as_unsteady_counts_as_its_first() {
    let calls = Mutex::new(vec![]);
    let runner = counting(&calls, |_, call| Run { digest: call, events: call, ..passes(0) });
    let run = run_twice(&runner, 0, Twice::Sampled);
    assert_eq!((run.events, run.digest), (1, 1));
    assert_eq!(run.verdict.map_err(|it| it.property()), Err(UNSTEADY));
}

#[test]
fn a_sweep_fails_at_the_first_seed_that_it_catches_unsteady() {
    for jobs in JOBS {
        let calls = Mutex::new(vec![]);
        let runner = counting(&calls, |seed, call| Run { digest: call, ..passes(seed) });
        let tally = swept(&runner, Sweep { jobs, ..seeds(1, 500) }).unwrap();
        let (seed, failure) = tally.first_failure.unwrap();
        assert_eq!((tally.seeds, seed, failure.property()), (64, 64, UNSTEADY));
        let all = Sweep { jobs, twice: Twice::All, keep_going: true, ..seeds(1, 100) };
        let tally = swept(&runner, all).unwrap();
        assert_eq!((tally.seeds, tally.failed, tally.by_chance), (100, 100, 0));
        assert_eq!(tally.properties.into_iter().collect::<Vec<_>>(), [(UNSTEADY, 100)]);
    }
}
