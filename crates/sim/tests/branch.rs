//! Runs that leave their course at a given moment.

use raftsim_node::{Action, Event, Time};
use raftsim_sim::{
    Branch, Cause, Failure, Fate, LinkSettings, MessageName, Ratio, Setup, What, World, property,
};

use crate::toy::{Mind, Msg, N1, N2, Script, Toy, at, booted, fates, ms, send, setup, tell, us};

/// A network that loses every second message.
fn lossy() -> LinkSettings {
    let mut network = LinkSettings::labrpc(true, false, false);
    network.request.loss = Ratio::new(1, 2);
    network
}

/// A run of two that leaves its course at 10 ms, if a seed is given.
fn leaving(seed: Option<u64>, ends: bool) -> Setup<Toy> {
    let branch = seed.map(|seed| Branch { at: at(10), seed, ends });
    Setup { network: lossy(), branch, ..setup(2) }
}

/// The fates of twenty messages before 10 ms, and of twenty after it.
fn fates_of(setup: Setup<Toy>) -> Result<[Vec<Fate>; 2], Failure> {
    let mut world = booted(setup);
    tell(&mut world, N1, (0..20).map(|_| send(N2, "a")).collect())?;
    world.sleep(ms(20))?;
    tell(&mut world, N1, (0..20).map(|_| send(N2, "b")).collect())?;
    let mut early = fates(&world, N1, N2);
    let late = early.split_off(20);
    Ok([early, late])
}

#[test]
fn a_run_is_as_it_was_until_it_leaves_its_course_and_then_draws_from_the_seed()
-> Result<(), Failure> {
    let [early, late] = fates_of(leaving(None, false))?;
    let [one, other] = [1, 2].map(|seed| fates_of(leaving(Some(seed), false)));
    let ([early_one, late_one], [early_other, late_other]) = (one?, other?);
    assert_eq!((&early_one, &early_other), (&early, &early));
    assert_ne!(late_one, late);
    assert_ne!(late_other, late);
    assert_ne!(late_one, late_other);
    assert_eq!(fates_of(leaving(Some(1), false))?, [early, late_one], "it is the same every time");
    Ok(())
}

#[test]
fn what_happens_at_the_moment_itself_still_belongs_to_the_course() -> Result<(), Failure> {
    let run = |branch: Option<Branch>| {
        let mut world = booted(Setup { network: lossy(), branch, ..setup(2) });
        world.sleep(at(10).since(world.now()))?;
        tell(&mut world, N1, (0..20).map(|_| send(N2, "a")).collect())?;
        Ok::<_, Failure>(fates(&world, N1, N2))
    };
    let seed = 1;
    assert_eq!(run(Some(Branch { at: at(10), seed, ends: false }))?, run(None)?);
    assert_ne!(run(Some(Branch { at: at(9), seed, ends: false }))?, run(None)?);
    Ok(())
}

#[test]
fn from_then_on_no_fate_is_given_and_a_closed_world_is_open() -> Result<(), Failure> {
    let run = |branch: Option<Branch>| {
        let lost = |seq| (MessageName { from: N1, to: N2, seq }, Fate::Drop(Cause::Lost));
        let fates = (0..40).map(lost).collect();
        let mut setup = Setup { branch, fates, closed: true, ..setup(2) };
        setup.jitter = Setup::<Toy>::JITTER;
        fates_of(setup)
    };
    let lost = vec![Fate::Drop(Cause::Lost); 20];
    assert_eq!(run(None)?, [lost.clone(), lost.clone()]);
    let [early, late] = run(Some(Branch { at: at(10), seed: 1, ends: false }))?;
    assert_eq!(early, lost);
    let jitters = |fate: &Fate| matches!(fate, Fate::Deliver(after) if *after >= us(50));
    assert!(late.iter().all(jitters), "{late:?}");
    assert!(late.iter().any(|fate| *fate != Fate::Deliver(us(50))), "{late:?}");
    Ok(())
}

#[test]
fn a_run_that_ends_there_fails_once_and_may_go_on_with_something_else() -> Result<(), Failure> {
    let mut world = booted(leaving(Some(1), true));
    assert!(!world.has_branched());
    tell(&mut world, N1, vec![send(N2, "a")])?;
    world.sleep(ms(5))?;
    tell(&mut world, N1, (0..20).map(|_| send(N2, "a")).collect())?;
    let failure = world.sleep(ms(20)).expect_err("the run ends");
    assert_eq!(failure.property(), property::RUN_LENGTH);
    assert!(world.has_branched());
    world.sleep(ms(20))?;
    assert!(world.now() > at(20));
    Ok(())
}

#[test]
fn the_limit_of_the_run_stays_where_it_was() {
    let limited = || {
        let mut setup = leaving(Some(1), false);
        setup.limit = ms(30);
        booted(setup)
    };
    let long = |world: &mut World<Toy, ()>| world.sleep(ms(60)).err().map(|it| it.time());
    assert_eq!(long(&mut limited()), Some(at(61)));
    let mut extended = limited();
    extended.extend(ms(50));
    assert_eq!(long(&mut extended), None);
}

#[test]
fn a_run_that_never_was_to_leave_its_course_has_not_left_it() -> Result<(), Failure> {
    let mut world = booted(leaving(None, false));
    world.sleep(ms(20))?;
    assert!(!world.has_branched());
    Ok(())
}

/// A server that notes the seed of each of its lives.
fn noting() -> Script {
    let notes = |mind: &mut Mind, event: &Event<Msg>, _: Time| {
        let Event::Timeout = event else { return vec![] };
        mind.deadline = None;
        vec![Action::Note(mind.boot.seed.to_string().into())]
    };
    Script::reacting(notes).timing(ms(1))
}

#[test]
fn lives_that_begin_later_have_other_seeds() -> Result<(), Failure> {
    let seeds = |seed: Option<u64>| {
        let branch = seed.map(|seed| Branch { at: at(10), seed, ends: false });
        let mut setup = Setup { branch, ..setup(1) };
        setup.configs[0] = noting();
        let mut world = booted(setup);
        world.sleep(ms(20))?;
        world.crash(N1)?;
        world.restart(N1)?;
        world.sleep(ms(5))?;
        let noted = world.trace().records().iter().filter_map(|record| match &record.what {
            What::Noted(seed) => Some(seed.to_string()),
            _ => None,
        });
        let noted: Vec<String> = noted.collect();
        let [first, second] = noted.try_into().expect("two lives");
        Ok::<[String; 2], Failure>([first, second])
    };
    let ([first, second], [first_1, second_1], [first_2, second_2]) =
        (seeds(None)?, seeds(Some(1))?, seeds(Some(2))?);
    assert_eq!((&first_1, &first_2), (&first, &first));
    assert_ne!(second_1, second);
    assert_ne!(second_2, second);
    assert_ne!(second_1, second_2);
    Ok(())
}
