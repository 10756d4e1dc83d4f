//! A server may crash between any two actions: what was done stays done, the rest never happens.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use raftsim_node::{Event, Role, Status, Time};
use raftsim_sim::{
    Cluster, CrashPoint, Failure, Fault, Gap, Record, Seen, Setup, Watch, What, World,
};

use crate::toy::{
    Act, Log, N1, N2, Put, Script, Toy, booted, ms, send, setup, story, tell, tell_to_believe,
    watched,
};

fn put(number: u64) -> Act {
    Act::Persist(Put::Number(number))
}

/// Four actions, with notes between them.
fn list() -> Vec<Act> {
    let note = || Act::note("why");
    vec![note(), put(1), note(), send(N2, "a"), put(2), note(), send(N2, "b")]
}

/// Does [`list`] at its first timeout, 5 ms into its first life.
fn acting() -> Script {
    let script = Script::reacting(|mind, event, _| {
        mind.deadline = None;
        if *event == Event::Timeout && mind.shelf.is_empty() { list() } else { vec![] }
    });
    script.timing(ms(5))
}

/// The world after that timeout; n1 crashed after this many `actions` of its list.
fn cut_after(actions: u32) -> Result<World<Toy, Log>, Failure> {
    let mut setup = setup(2);
    setup.configs[0] = acting();
    let mut world = watched(setup, Log::default());
    world.crash_after(N1, actions)?;
    world.sleep(ms(10))?;
    Ok(world)
}

/// What n1 did, without times and notes.
fn effects(world: &World<Toy, Log>) -> Vec<String> {
    let effects = story(world).into_iter().map(|line| {
        let (_, deed) = line.split_once(' ').expect("a line has a time");
        deed.to_owned()
    });
    effects.filter(|deed| deed.starts_with("n1") && !deed.ends_with("why")).collect()
}

#[test]
fn exactly_the_first_k_actions_are_done_before_a_crash() -> Result<(), Failure> {
    let done = ["n1 writes 1", "n1 -> n2 a +0.000000s", "n1 writes 2", "n1 -> n2 b +0.000000s"];
    for k in 0..=6 {
        let world = cut_after(k)?;
        let mut expected = vec![format!("n1 crash n1 after {k}"), "n1 timeout".to_owned()];
        expected.extend(done.iter().take(k as usize).map(|&deed| deed.to_owned()));
        expected.push("n1 crashes".to_owned());
        assert_eq!(effects(&world), expected, "crash after {k}");
        assert!(!world.cluster().is_up(N1));
    }
    Ok(())
}

#[test]
fn the_disk_holds_exactly_the_completed_writes_and_the_next_life_sees_them() -> Result<(), Failure>
{
    let written: [&[u64]; 7] = [&[], &[1], &[1], &[1, 2], &[1, 2], &[1, 2], &[1, 2]];
    for (k, numbers) in (0..).zip(written) {
        let mut world = cut_after(k)?;
        assert_eq!(world.cluster().disk(N1).numbers, numbers, "crash after {k}");
        assert_eq!(world.cluster().durable(N1).unwrap().last_index, numbers.len() as u64);
        world.restart(N1)?;
        // A toy's first term is the number of values on its disk.
        assert_eq!(world.cluster().status(N1).unwrap().term, numbers.len() as u64);
    }
    Ok(())
}

#[test]
fn notes_are_not_counted_recorded_or_not() -> Result<(), Failure> {
    for recording in [raftsim_sim::Recording::On, raftsim_sim::Recording::Off] {
        let mut setup = setup(2);
        setup.recording = recording;
        setup.configs[0] = acting();
        let mut world = booted(setup);
        world.crash_after(N1, 3)?;
        world.sleep(ms(10))?;
        assert_eq!(world.cluster().disk(N1).numbers, [1, 2]);
        assert_eq!(world.cluster().handed(N1, N2), 1);
    }
    Ok(())
}

#[test]
fn an_empty_list_is_passed_over_and_one_of_notes_too() -> Result<(), Failure> {
    let mut setup = setup(2);
    setup.configs[0] = Script::reacting(|_, event, _| match event {
        Event::Receive { message, .. } if message.text == "note" => vec![Act::note("why")],
        Event::Receive { message, .. } if message.text == "act" => vec![put(1), put(2)],
        _ => vec![],
    });
    let mut world = booted(setup);
    world.crash_after(N1, 1)?;
    tell(&mut world, N2, vec![send(N1, "nothing"), send(N1, "note"), send(N1, "act")])?;
    world.sleep(ms(1))?;
    let after: Vec<String> = story(&world).into_iter().skip(4).collect();
    let expected = [
        "0.001000s n1 <- n2 nothing",
        "0.001000s n1 <- n2 note",
        "0.001000s n1 why",
        "0.001000s n1 <- n2 act",
        "0.001000s n1 writes 1",
        "0.001000s n1 crashes",
    ];
    assert_eq!(after, expected);
    Ok(())
}

#[test]
fn a_crash_is_armed_once() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.crash_after(N1, 1)?;
    tell(&mut world, N1, vec![put(1), put(2)])?;
    world.restart(N1)?;
    tell(&mut world, N1, vec![put(3), put(4)])?;
    assert_eq!(world.cluster().disk(N1).numbers, [1, 3, 4]);
    assert!(world.cluster().is_up(N1));
    Ok(())
}

#[test]
fn an_armed_crash_ends_with_the_life_that_it_was_meant_for() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.crash_after(N1, 0)?;
    world.restart(N1)?;
    tell(&mut world, N1, vec![put(1)])?;
    assert_eq!(world.cluster().disk(N1).numbers, [1]);
    assert!(world.cluster().is_up(N1));
    Ok(())
}

#[test]
fn a_proposal_whose_answer_a_crash_cut_off_was_not_accepted() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.crash_after(N1, 1)?;
    // The toy's answer comes after this write.
    tell(&mut world, N1, vec![put(1)])?;
    assert_eq!(story(&world)[1..], ["0.001000s n1 writes 1", "0.001000s n1 crashes"]);
    Ok(())
}

#[test]
fn a_status_settles_when_its_list_is_done_and_never_if_a_crash_cuts_it_off() -> Result<(), Failure>
{
    let mut world = watched(setup(2), Log::default());
    let [zero, one, two] = [0, 1, 2].map(|term| Status::new(term, Role::Follower));
    tell_to_believe(&mut world, N1, vec![put(1)], one)?;
    tell(&mut world, N1, vec![put(2)])?;
    assert_eq!(world.watch().became, [(N1, Some(zero), one)]);
    assert_eq!(world.watch().settled, [(N1, Some(one))]);
    world.crash_after(N1, 1)?;
    tell_to_believe(&mut world, N1, vec![put(3), put(4)], two)?;
    assert_eq!(world.watch().settled.len(), 1);
    world.restart(N1)?;
    // The number of values on its disk, not its last term.
    assert_eq!(world.cluster().status(N1).unwrap().term, 3);
    Ok(())
}

/// Records when it sees a status, and writes.
#[derive(Default)]
struct Diary(Vec<String>);

impl Watch<Toy> for Diary {
    fn observe(
        &mut self,
        cluster: &Cluster<Toy>,
        record: &Record<Seen<'_, Toy>>,
    ) -> Result<(), Failure> {
        let shown = record.node.and_then(|node| cluster.status(node)).map(|status| status.term);
        match record.what {
            What::Persisted { write, .. } => self.0.push(format!("writes {write:?}")),
            What::Crashed => self.0.push("crashes".to_owned()),
            What::Became(status) => {
                self.0.push(format!("becomes {}, shows {shown:?}", status.term));
            }
            What::Settled => self.0.push(format!("settles, shows {shown:?}")),
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn a_watch_sees_a_status_before_its_list_and_again_when_that_is_done() -> Result<(), Failure> {
    let mut world = watched(setup(1), Diary::default());
    let one = Status::new(1, Role::Leader);
    tell_to_believe(&mut world, N1, vec![put(7)], one)?;
    tell_to_believe(&mut world, N1, vec![put(8)], one)?;
    world.crash_after(N1, 0)?;
    tell_to_believe(&mut world, N1, vec![put(9)], Status::new(2, Role::Leader))?;
    let expected = [
        "becomes 1, shows Some(0)",
        "writes 7",
        "settles, shows Some(1)",
        "writes 8",
        "becomes 2, shows Some(1)",
        "crashes",
    ];
    assert_eq!(world.watch().0, expected);
    Ok(())
}

#[test]
fn a_change_of_status_comes_before_the_actions_of_its_list() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    tell_to_believe(&mut world, N1, vec![send(N2, "a")], Status::new(9, Role::Leader))?;
    assert_eq!(story(&world), ["0.001000s n1 in term 9", "0.001000s n1 -> n2 a +0.000000s"]);
    Ok(())
}

/// The seeds of all lives of two servers, by server; `restarts` says how often each was restarted.
fn life_seeds(seed: u64, restarts: [u32; 2]) -> Result<[Vec<u64>; 2], Failure> {
    let seeds = Arc::new(Mutex::new([vec![], vec![]]));
    let mut setup = raftsim_sim::Setup { seed, ..setup(2) };
    let told = Arc::clone(&seeds);
    let script = Script::reacting(move |mind, _, _| {
        told.lock().expect("one thread")[mind.boot.id.slot()].push(mind.boot.seed);
        mind.deadline = None;
        vec![]
    });
    setup.configs = vec![script.timing(ms(0)); 2];
    let mut world = booted(setup);
    for (node, restarts) in [N1, N2].into_iter().zip(restarts) {
        for _ in 0..restarts {
            world.restart(node)?;
            world.sleep(ms(1))?;
        }
    }
    let seeds = seeds.lock().expect("one thread").clone();
    Ok(seeds)
}

#[test]
fn every_life_has_its_own_seed_which_is_always_the_same() -> Result<(), Failure> {
    let run = |seed| life_seeds(seed, [2, 1]);
    let (first, again, other) = (run(1)?, run(1)?, run(2)?);
    assert_eq!(first, again);
    assert_eq!(first.each_ref().map(Vec::len), [3, 2]);
    let all: BTreeSet<u64> = first.into_iter().chain(other).flatten().collect();
    assert_eq!(all.len(), 10);
    Ok(())
}

#[test]
fn restarts_of_one_server_move_no_seed_of_another() -> Result<(), Failure> {
    let ([_, few], [_, many]) = (life_seeds(1, [0, 2])?, life_seeds(1, [5, 2])?);
    assert_eq!(few, many);
    Ok(())
}

/// n1 makes three writes in one list at its first timeout.
fn writing(notes_gaps: bool) -> Setup<Toy> {
    let script = Script::reacting(|mind, event, _| {
        mind.deadline = None;
        let is_first = *event == Event::Timeout && mind.shelf.is_empty();
        if is_first { vec![put(1), send(N2, "a"), put(2), put(3)] } else { vec![] }
    });
    let mut setup = setup(2);
    setup.configs[0] = script.timing(ms(5));
    Setup { notes_gaps, ..setup }
}

#[test]
fn each_gap_between_two_writes_is_noted_and_a_crash_there_loses_what_follows() -> Result<(), Failure>
{
    let gaps = |notes_gaps| -> Result<Vec<Gap>, Failure> {
        let mut world = watched(writing(notes_gaps), Log::default());
        world.sleep(ms(10))?;
        Ok(world.take_gaps())
    };
    assert_eq!(gaps(false)?, []);
    let noted = gaps(true)?;
    let at = noted.first().expect("there are some").at;
    assert_eq!(noted, [1, 2].map(|number| Gap { node: N1, at, number }));
    let done = ["n1 timeout", "n1 writes 1", "n1 -> n2 a +0.000000s", "n1 writes 2"];
    for (Gap { node, number, .. }, left) in noted.into_iter().zip([3, 4]) {
        let mut world = watched(writing(true), Log::default());
        let just_before = Time::from_nanos(at.as_nanos() - 1);
        world.sleep(just_before.since(world.now()))?;
        let after = Some(CrashPoint::Gap(number));
        assert!(world.inject(&Fault::Crash { who: node, after })?);
        world.sleep(ms(10))?;
        let armed = format!("n1 crash n1 at gap {number}");
        let mut expected = vec![armed];
        expected.extend(done[..left].iter().map(|&deed| deed.to_owned()));
        expected.push("n1 crashes".to_owned());
        assert_eq!(effects(&world), expected);
        // Gaps after the crash are none.
        assert_eq!(world.take_gaps().len(), number as usize - 1);
    }
    Ok(())
}
