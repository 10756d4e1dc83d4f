//! A slow disk: each write takes its time, and the rest of the list waits for it.

use raftsim_node::{Action, Bytes, Command, Duration, Event, Index, Role, Snapshot, Status, Term};
use raftsim_sim::{Failure, Proposed, Service, World};

use crate::toy::{
    Act, Log, N1, N2, Put, Script, Toy, booted, facts_of, ms, send, setup, story, tell,
    tell_to_believe, watched,
};

fn put(number: u64) -> Act {
    Act::Persist(Put::Number(number))
}

/// A write on n1's disk takes 10 ms. n1 does these `actions` at 1 ms, and n2 sends it "late" at 5
/// ms.
fn slow(actions: Vec<Act>) -> Result<World<Toy, Log>, Failure> {
    let mut world = watched(setup(2), Log::default());
    world.set_disk(N1, ms(10))?;
    tell_to_believe(&mut world, N1, actions, Status::new(9, Role::Leader))?;
    world.sleep(ms(4))?;
    tell(&mut world, N2, vec![send(N1, "late")])?;
    Ok(world)
}

#[test]
fn each_write_takes_its_time_and_what_follows_it_waits() -> Result<(), Failure> {
    let mut world = slow(vec![send(N2, "a"), put(1), put(2), send(N2, "b")])?;
    let before = Status::default();
    assert_eq!(world.cluster().status(N1), Some(before), "the list is not done");
    assert!(world.cluster().is_busy(N1));
    assert_eq!(world.cluster().disk(N1).numbers, [0; 0]);
    world.sleep(ms(30))?;
    let expected = [
        "0.001000s n1 disk n1 0.010s",
        "0.001000s n1 in term 9",
        "0.001000s n1 -> n2 a +0.000000s",
        "0.001000s n1 suspended",
        "0.001000s n2 <- n1 a",
        "0.005000s n2 -> n1 late +0.000000s",
        "0.011000s n1 writes 1",
        "0.021000s n1 writes 2",
        "0.021000s n1 -> n2 b +0.000000s",
        "0.021000s n1 runs again",
        "0.021000s n1 <- n2 late",
        "0.021000s n2 <- n1 b",
    ];
    assert_eq!(story(&world), expected);
    let now = Status::new(9, Role::Leader);
    assert_eq!(world.watch().became, [(N1, Some(before), now)]);
    assert_eq!(world.watch().settled, [(N1, Some(now))]);
    assert!(!world.cluster().is_busy(N1));
    Ok(())
}

#[test]
fn a_crash_in_a_write_loses_it_and_all_after_it() -> Result<(), Failure> {
    let mut world = slow(vec![put(1), put(2), send(N2, "b")])?;
    world.sleep(ms(10))?;
    world.crash(N1)?;
    world.restart(N1)?;
    tell(&mut world, N1, vec![put(3)])?;
    world.sleep(ms(100))?;
    let expected = [
        "0.011000s n1 writes 1",
        "0.015000s n1 crash n1",
        "0.015000s n1 crashes",
        "0.015000s n1 restart n1",
        "0.015000s n1 boots in term 1",
        "0.015000s n1 suspended",
        "0.015000s n1 misses n2 #0",
        // The write of the new life, not the one that was in progress.
        "0.025000s n1 writes 3",
        "0.025000s n1 runs again",
    ];
    assert_eq!(story(&world)[4..], expected);
    assert_eq!(world.watch().settled, [], "a status that was cut off never settles");
    Ok(())
}

#[test]
fn a_slow_disk_outlives_a_crash_and_booting_takes_no_time() -> Result<(), Failure> {
    let mut world = booted(setup(1));
    world.set_disk(N1, ms(10))?;
    world.set_disk(N1, ms(10))?;
    world.restart(N1)?;
    tell(&mut world, N1, vec![put(1)])?;
    world.sleep(ms(10))?;
    world.set_disk(N1, ms(0))?;
    tell(&mut world, N1, vec![put(2)])?;
    let expected = [
        "0.001000s n1 disk n1 0.010s",
        "0.001000s n1 crash n1",
        "0.001000s n1 crashes",
        "0.001000s n1 restart n1",
        "0.001000s n1 boots in term 0",
        "0.001000s n1 suspended",
        "0.011000s n1 writes 1",
        "0.011000s n1 runs again",
        "0.011000s n1 disk n1 0.000s",
        "0.011000s n1 writes 2",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

/// What n1 writes, and when, if the latency of its disk changes to `latency` after half of a write
/// that takes 10 ms.
fn written_with(latency: Duration) -> Result<Vec<String>, Failure> {
    let mut world = slow(vec![put(1), put(2), put(3)])?;
    world.sleep(ms(1))?;
    world.set_disk(N1, latency)?;
    world.sleep(ms(100))?;
    assert!(!world.cluster().is_busy(N1), "every write is complete");
    Ok(story(&world).into_iter().filter(|line| line.contains(" n1 writes ")).collect())
}

#[test]
fn a_write_in_progress_is_complete_no_later_than_one_that_begins_now() -> Result<(), Failure> {
    let times = |times: [&str; 3]| {
        let line = |(time, number): (&str, u64)| format!("{time} n1 writes {number}");
        times.into_iter().zip(1..).map(line).collect::<Vec<_>>()
    };
    assert_eq!(written_with(ms(0))?, times(["0.006000s", "0.006000s", "0.006000s"]));
    assert_eq!(written_with(ms(2))?, times(["0.008000s", "0.010000s", "0.012000s"]));
    // It keeps its time if a write that begins now takes longer.
    assert_eq!(written_with(ms(20))?, times(["0.011000s", "0.031000s", "0.051000s"]));
    Ok(())
}

#[test]
fn a_write_that_was_complete_early_completes_no_later_write() -> Result<(), Failure> {
    let mut world = slow(vec![put(1)])?;
    world.set_disk(N1, ms(0))?;
    world.sleep(ms(0))?;
    // The first write was due at 11 ms before the disk became faster.
    world.set_disk(N1, ms(30))?;
    tell(&mut world, N1, vec![put(2)])?;
    world.sleep(ms(100))?;
    let writes: Vec<_> =
        story(&world).into_iter().filter(|line| line.contains(" n1 writes ")).collect();
    assert_eq!(writes, ["0.005000s n1 writes 1", "0.035000s n1 writes 2"]);
    Ok(())
}

#[test]
fn crash_after_counts_actions_across_the_wait() -> Result<(), Failure> {
    let list = || vec![put(1), Act::note("why"), send(N2, "a"), put(2), send(N2, "b")];
    let done = [
        "0.011000s n1 writes 1",
        "0.011000s n1 -> n2 a +0.000000s",
        "0.021000s n1 writes 2",
        "0.021000s n1 -> n2 b +0.000000s",
    ];
    // The last action is the answer to the proposal.
    for k in 0..=6 {
        let mut world = watched(setup(2), Log::default());
        world.set_disk(N1, ms(10))?;
        world.crash_after(N1, k)?;
        tell(&mut world, N1, list())?;
        world.sleep(ms(50))?;
        let effects: Vec<String> = story(&world)
            .into_iter()
            .skip(2)
            .filter(|line| line.contains(" n1 ") && !line.contains("<-"))
            .filter(|line| !["why", "suspended", "runs again"].iter().any(|it| line.ends_with(it)))
            .collect();
        let mut expected: Vec<&str> = done.iter().take(k as usize).copied().collect();
        let crash = ["0.001000s", "0.011000s", "0.011000s", "0.021000s", "0.021000s"];
        let crash = format!("{} n1 crashes", crash[(k as usize).min(4)]);
        expected.push(&crash);
        assert_eq!(effects, expected, "crash after {k}");
    }
    Ok(())
}

#[test]
fn a_crash_armed_while_a_list_waits_is_for_the_next() -> Result<(), Failure> {
    let mut world = slow(vec![put(1), put(2)])?;
    world.crash_after(N1, 0)?;
    world.sleep(ms(50))?;
    assert_eq!(world.cluster().disk(N1).numbers, [1, 2]);
    // The answer to "late" is an empty list.
    assert!(world.cluster().is_up(N1));
    tell(&mut world, N1, vec![put(3)])?;
    assert!(!world.cluster().is_up(N1));
    Ok(())
}

#[test]
fn a_pause_lets_a_write_complete_and_keeps_the_rest() -> Result<(), Failure> {
    let mut world = slow(vec![put(1), send(N2, "a"), put(2)])?;
    world.pause(N1)?;
    world.sleep(ms(45))?;
    assert!(world.cluster().is_busy(N1));
    world.resume(N1)?;
    world.sleep(ms(50))?;
    let expected = [
        "0.005000s n1 pause n1",
        "0.011000s n1 writes 1",
        "0.050000s n1 resume n1",
        "0.050000s n1 -> n2 a +0.000000s",
        "0.050000s n2 <- n1 a",
        "0.060000s n1 writes 2",
        "0.060000s n1 runs again",
        "0.060000s n1 <- n2 late",
    ];
    assert_eq!(story(&world)[4..], expected);
    Ok(())
}

#[test]
fn a_pause_within_a_write_changes_nothing() -> Result<(), Failure> {
    let mut world = slow(vec![put(1), send(N2, "a")])?;
    world.pause(N1)?;
    world.sleep(ms(1))?;
    world.resume(N1)?;
    world.sleep(ms(50))?;
    let expected = ["0.011000s n1 writes 1", "0.011000s n1 -> n2 a +0.000000s"];
    assert_eq!(story(&world)[6..8], expected);
    Ok(())
}

/// n1, whose writes take 10 ms, answers a proposal with these actions.
fn proposed(
    answer: impl Fn(raftsim_node::ProposalId) -> Vec<Act> + Send + Sync + 'static,
) -> World<Toy, ()> {
    let mut setup = setup(1);
    setup.configs[0] = Script::reacting(move |_, event, _| match event {
        Event::Propose { id, .. } => answer(*id),
        _ => vec![],
    });
    let mut world = booted(setup);
    world.set_disk(N1, ms(10)).expect("it is only set");
    world
}

#[test]
fn an_answer_after_a_slow_write_comes_once_and_the_proposal_counts_as_refused()
-> Result<(), Failure> {
    let mut world = proposed(|id| vec![put(1), Action::Accept { id, index: 1, term: 1 }]);
    assert_eq!(world.propose(N1, Command::default())?, Proposed::Refused);
    assert_eq!(world.propose(N1, Command::default())?, Proposed::Refused, "it is busy");
    world.sleep(ms(50))?;
    let mut rejects = proposed(|id| vec![put(1), Action::Reject { id, leader: None }, put(2)]);
    assert_eq!(rejects.propose(N1, Command::default())?, Proposed::Refused);
    rejects.sleep(ms(50))
}

#[test]
fn an_answer_before_a_slow_write_counts_and_must_not_come_again() -> Result<(), Failure> {
    let accept = |id| Action::Accept { id, index: 1, term: 1 };
    let mut world = proposed(move |id| vec![accept(id), put(1)]);
    assert_eq!(world.propose(N1, Command::default())?, Proposed::Accepted(1, 1));
    world.sleep(ms(50))?;
    let mut twice = proposed(move |id| vec![accept(id), put(1), accept(id)]);
    assert_eq!(twice.propose(N1, Command::default())?, Proposed::Accepted(1, 1));
    let failed = twice.sleep(ms(50));
    let rule = "n1 answers a proposal once, in the life in which it was made";
    let again = "it answered proposal 1, which does not wait for an answer";
    assert_eq!(facts_of("proposal answered", failed), [rule, again]);
    Ok(())
}

#[test]
fn no_answer_or_two_are_the_nodes_failure_however_late() -> Result<(), Failure> {
    let rule = "n1 answers a proposal once, in the life in which it was made";
    let silent = |millis| {
        let mut world = proposed(|_| vec![put(1), put(2)]);
        assert_eq!(world.propose(N1, Command::default())?, Proposed::Refused);
        world.sleep(ms(millis))?;
        world.propose(N1, Command::default()).map(drop)
    };
    // The second write is complete after 20 ms; from then on the server runs its code.
    assert_eq!(silent(30_019), Ok(()));
    let seen = "no answer came within 30.000000s";
    assert_eq!(facts_of("proposal answered", silent(30_020)), [rule, seen]);
    let reject = |id| Action::Reject { id, leader: None };
    let mut twice = proposed(move |id| vec![put(1), reject(id), put(2), reject(id)]);
    assert_eq!(twice.propose(N1, Command::default())?, Proposed::Refused);
    twice.sleep(ms(15))?;
    let failed = twice.sleep(ms(50));
    let again = "it answered proposal 1, which does not wait for an answer";
    assert_eq!(facts_of("proposal answered", failed), [rule, again]);
    // A crash cuts the answer off: none is due any more.
    let mut crashed = proposed(|_| vec![put(1), put(2)]);
    crashed.propose(N1, Command::default())?;
    crashed.crash(N1)?;
    crashed.sleep(ms(50))
}

/// A service that makes a snapshot after each entry.
struct Folding;

impl Service for Folding {
    fn apply(
        &mut self,
        index: Index,
        _: Option<Term>,
        _: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        Ok(Some(Bytes::from(format!("{index}").as_str())))
    }

    fn restore(&mut self, _: &Snapshot) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn a_compaction_comes_right_after_its_list_before_what_arrived_meanwhile() -> Result<(), Failure> {
    let mut setup = setup(2);
    setup.service = Box::new(|_| Box::new(Folding));
    let mut world = booted(setup);
    world.set_disk(N1, ms(10))?;
    let apply = |index| Act::Apply { index, term: Some(1), command: None };
    tell(&mut world, N1, vec![apply(1), put(1), apply(2)])?;
    tell(&mut world, N2, vec![send(N1, "late")])?;
    world.sleep(ms(20))?;
    let expected = [
        "0.001000s n1 applies 1",
        "0.001000s n1 suspended",
        "0.001000s n2 -> n1 late +0.000000s",
        "0.011000s n1 writes 1",
        "0.011000s n1 applies 2",
        "0.011000s n1 runs again",
        "0.011000s n1 compact 1 \"1\"",
        "0.011000s n1 compact 2 \"2\"",
        "0.011000s n1 <- n2 late",
    ];
    let said = story(&world);
    let plain: Vec<String> = said[1..].iter().map(|line| line.replace("b\"", "\"")).collect();
    assert_eq!(plain, expected);
    Ok(())
}
