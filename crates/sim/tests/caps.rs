//! A node that does what no Raft does ends the run with a clear failure, and the world can still be
//! read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use raftsim_node::{Bytes, Command, Duration, Event, Index, NodeId, Snapshot, Term, Time};
use raftsim_sim::{
    Caps, Failure, Kind, LinkSettings, Rate, Recording, Service, Setup, Spread, Trace, World,
};

use crate::toy::{
    Act, CHATTY, Mind, Msg, N1, N2, Put, Script, Toy, at, booted, facts_of, ms, send, setup, story,
    tell, texts,
};

/// A world whose run has failed can be read, stepped and dropped without a panic.
fn read_and_drop(mut world: World<Toy, ()>) {
    let cluster = world.cluster();
    let up = cluster.ids().filter(|&node| cluster.is_up(node)).count();
    assert_eq!(up, cluster.size());
    assert!(cluster.ids().all(|node| cluster.status(node).is_some()));
    assert_ne!(format!("{world:?}{:?}", world.trace()), "");
    if world.trace().is_recording() {
        assert_eq!(Trace::<Toy>::digest_of(world.trace().records()), world.trace().digest());
    }
    world.finish().expect("toys can be dropped");
}

/// Sends each message back `times` times.
fn echoing(times: usize) -> Script {
    Script::reacting(move |_, event, _| match event {
        Event::Receive { from, .. } => vec![send(*from, "echo"); times],
        _ => vec![],
    })
}

/// n1 and n2 send each message back `times` times, over this network and within these `caps`.
fn echo(times: usize, network: LinkSettings, caps: Caps) -> (World<Toy, ()>, Result<(), Failure>) {
    let mut setup = Setup { caps, network, recording: Recording::Off, ..setup(2) };
    setup.configs = vec![echoing(times); 2];
    let mut world = booted(setup);
    tell(&mut world, N1, vec![send(N2, "first")]).expect("one message");
    let ended = world.sleep(Duration::from_secs(10));
    (world, ended)
}

const PERFECT: LinkSettings = LinkSettings::labrpc(false, false, true);

fn taking(latency: Duration) -> LinkSettings {
    let mut network = PERFECT;
    network.request.latency = Spread::fixed(latency);
    network
}

#[test]
fn endless_answering_without_latency_ends_at_one_instant() {
    let (world, ended) = echo(1, PERFECT, Caps::default());
    // The proposal was the first event of that instant, at n1; n2 gets the even ones.
    let more = "and more than 40 for each proposal and fault";
    let seen = format!("there are more than 2000 events in one second, {more}, the last at n1");
    assert_eq!(
        facts_of("no flood", ended),
        ["a node stays below the limits on events, actions and messages".to_owned(), seen]
    );
    assert_eq!((world.now(), world.meters().events), (at(1), 2_041));
    read_and_drop(world);
}

#[test]
fn endless_answering_with_some_latency_floods_one_second() {
    let caps = Caps { in_one_second: 500, ..Caps::default() };
    let (world, ended) = echo(1, taking(ms(1)), caps);
    let [_, seen] = facts_of("no flood", ended);
    let more = "and more than 40 for each proposal and fault";
    assert_eq!(
        seen,
        format!("there are more than 500 events in one second, {more}, the last at n1")
    );
    // One proposal began it.
    assert_eq!((world.now(), world.meters().events), (at(541), 541));
    read_and_drop(world);
    // A message every two milliseconds is not too many.
    let (world, ended) = echo(1, taking(ms(3)), caps);
    assert_eq!(ended, Ok(()));
    read_and_drop(world);
}

#[test]
fn what_a_second_does_not_use_of_a_proposals_events_is_left_for_later() {
    // 334 events in a second: the 40 of the proposal last for three seconds beyond the first 320.
    let caps = Caps { in_one_second: 320, ..Caps::default() };
    let (world, ended) = echo(1, taking(ms(3)), caps);
    let [_, seen] = facts_of("no flood", ended);
    assert!(seen.starts_with("there are more than 320 events in one second"), "{seen}");
    assert!((at(3000)..at(4000)).contains(&world.now()), "{}", world.now());
    read_and_drop(world);
}

#[test]
fn a_larger_cluster_may_have_more_events_in_a_second_and_a_faster_clock_too() {
    let flooded_at = |servers: usize, rate: Option<Rate>| {
        let caps = Caps { in_one_second: 98, for_each_cause: 0, ..Caps::default() };
        let network = taking(ms(1));
        let mut setup = Setup { caps, network, recording: Recording::Off, ..setup(2) };
        setup.configs = vec![echoing(1); servers];
        let mut world = booted(setup);
        if let Some(rate) = rate {
            world.set_clock_rate(N2, rate).expect("a clock");
        }
        tell(&mut world, N1, vec![send(N2, "first")]).expect("one message");
        let [_, seen] = facts_of("no flood", world.sleep(Duration::from_secs(10)));
        read_and_drop(world);
        seen
    };
    let more_than = |many| {
        format!(
            "there are more than {many} events in one second, and more than 0 for each \
                        proposal and fault, the last at n"
        )
    };
    for (servers, rate, many) in [
        (2, None, 98),
        (7, None, 98),
        (14, None, 4 * 98),
        (2, Some(Rate::new(5, 2)), 3 * 98),
        (2, Some(Rate::new(1, 2)), 98),
    ] {
        let seen = flooded_at(servers, rate);
        assert!(seen.starts_with(&more_than(many)), "{servers} servers, {rate:?}: {seen}");
    }
}

#[test]
fn messages_that_multiply_flood_the_network() {
    let caps = Caps { in_flight: 1000, ..CHATTY };
    let (world, ended) = echo(2, taking(ms(1)), caps);
    let [rule, seen] = facts_of("no flood", ended);
    assert_eq!(rule, "a node stays below the limits on events, actions and messages");
    assert_eq!(seen, "1000 messages wait to be delivered, and n1 sends one more");
    read_and_drop(world);
}

#[test]
fn a_list_of_too_many_actions_is_not_begun() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    let many = CHATTY.actions;
    // The toy's rejection of the proposal is one more action.
    tell(&mut world, N1, vec![Act::Persist(Put::Number(1)); many - 1])?;
    assert_eq!(world.cluster().disk(N1).numbers.len(), many - 1);
    let ended = tell(&mut world, N1, vec![Act::Persist(Put::Number(1)); 1_000_000]);
    let [_, seen] = facts_of("no flood", ended);
    assert_eq!(seen, "n1 returned 1000001 actions at once");
    assert_eq!(world.cluster().disk(N1).numbers.len(), many - 1);
    read_and_drop(world);
    Ok(())
}

#[test]
fn notes_are_counted_among_too_many_actions() -> Result<(), Failure> {
    let caps = Caps { actions: 4, ..CHATTY };
    let mut world = booted(Setup { caps, ..setup(2) });
    let put = || Act::Persist(Put::Number(1));
    tell(&mut world, N1, vec![put(), Act::note("why"), send(N2, "a")])?;
    assert_eq!((world.cluster().disk(N1).numbers.len(), world.cluster().handed(N1, N2)), (1, 1));
    let [_, seen] = facts_of("no flood", tell(&mut world, N1, vec![Act::note("why"); 4]));
    assert_eq!(seen, "n1 returned 5 actions at once");
    read_and_drop(world);
    Ok(())
}

#[test]
fn a_recorded_run_keeps_its_first_records_and_counts_the_others() -> Result<(), Failure> {
    let run = |records, recording| {
        let caps = Caps { records, ..CHATTY };
        let mut world = booted(Setup { caps, recording, ..setup(2) });
        tell(&mut world, N1, vec![Act::note("why"), send(N2, "a")])?;
        world.sleep(ms(10))?;
        Ok::<_, Failure>(world)
    };
    let whole = run(1_000_000, Recording::On)?;
    let (all, digest) = (whole.trace().records(), whole.trace().digest());
    assert!((whole.trace().missing(), all.len()) >= (0, 6), "{}", all.len());
    for most in [0, 1, 5, all.len()] {
        let cut = run(most, Recording::On)?;
        assert_eq!(cut.trace().records(), &all[..most]);
        assert_eq!(cut.trace().missing(), (all.len() - most) as u64);
        assert_eq!(cut.trace().digest(), digest);
    }
    assert_eq!(run(0, Recording::Off)?.trace().missing(), 0, "it should keep none");
    Ok(())
}

/// n2 answers a timeout with these `actions` and leaves its deadline where it is.
fn stuck(actions: fn() -> Vec<Act>) -> (World<Toy, ()>, Result<(), Failure>) {
    let mut setup = Setup { recording: Recording::Off, ..setup(2) };
    setup.configs[1] = Script::reacting(move |_, _, _| actions()).timing(ms(5));
    let mut world = booted(setup);
    let ended = world.sleep(ms(20));
    (world, ended)
}

#[test]
fn a_past_deadline_that_nothing_moves_is_reported_at_once() {
    let (world, ended) = stuck(Vec::new);
    let expected = [
        "n2 moves a deadline that has come",
        "it did nothing at its timeout, and its deadline stayed in the past",
    ];
    assert_eq!(facts_of("deadline moves", ended), expected);
    assert_eq!(world.meters().events, 1);
    read_and_drop(world);
}

#[test]
fn a_deadline_that_moves_may_still_be_past() -> Result<(), Failure> {
    let mut setup = setup(2);
    let back = |mind: &mut Mind, _: &Event<Msg>, now: Time| {
        // Its first timeout moves the deadline to a millisecond ago, the second removes it.
        let ago = Time::from_nanos(now.as_nanos() - 1_000_000);
        mind.deadline = (mind.deadline != Some(ago)).then_some(ago);
        vec![]
    };
    setup.configs[1] = Script::reacting(back).timing(ms(5));
    let mut world = booted(setup);
    world.sleep(ms(20))?;
    assert_eq!(story(&world), ["0.005003s n2 timeout"; 2]);
    Ok(())
}

#[test]
fn notes_and_output_are_no_answer_to_a_timeout_recorded_or_not() {
    for recording in [Recording::On, Recording::Off] {
        let mut setup = Setup { recording, ..setup(2) };
        let script = Script::reacting(|mind, _, _| {
            let printed = Act::Output("idle".into());
            if mind.boot.notes { vec![Act::note("idle"), printed] } else { vec![printed] }
        });
        setup.configs[1] = script.timing(ms(5));
        let mut world = booted(setup);
        facts_of("deadline moves", world.sleep(ms(20)));
        assert_eq!(world.meters().events, 1);
        read_and_drop(world);
    }
}

#[test]
fn a_past_deadline_that_is_answered_forever_ends_at_its_instant() {
    let (world, ended) = stuck(|| vec![Act::Persist(Put::Number(1))]);
    let [_, seen] = facts_of("no flood", ended);
    assert!(seen.starts_with("there are more than 1000000 events in one second, "), "{seen}");
    assert!(world.now() < at(7), "at one instant: {}", world.now());
    read_and_drop(world);
}

/// A service that makes a snapshot after every entry.
struct Eager;

impl Service for Eager {
    fn apply(
        &mut self,
        _: Index,
        _: Option<Term>,
        _: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        Ok(Some(Bytes::from("all")))
    }

    fn restore(&mut self, _: &Snapshot) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn snapshots_answered_by_entries_forever_end_at_their_instant() {
    let mut setup = Setup { recording: Recording::Off, ..setup(2) };
    setup.service = Box::new(|_| Box::new(Eager));
    let apply = |index| Act::Apply { index, term: Some(1), command: None };
    let script = Script::reacting(move |mind, event, _| {
        mind.deadline = None;
        let last = if let Event::Compact { through, .. } = event { *through } else { 0 };
        vec![apply(last + 1)]
    });
    setup.configs[1] = script.timing(ms(5));
    let mut world = booted(setup);
    let [_, seen] = facts_of("no flood", world.sleep(ms(20)));
    assert!(seen.starts_with("there are more than 1000000 events in one second, "), "{seen}");
    assert!(world.now() < at(7), "at one instant: {}", world.now());
    read_and_drop(world);
}

#[test]
fn a_server_that_sends_to_itself_or_to_no_server_breaks_the_contract() {
    for (to, whom) in [(N2, "itself"), (NodeId::new(4), "n4, which does not exist")] {
        let mut world = booted(setup(3));
        let ended = tell(&mut world, N2, vec![send(N1, "a"), send(to, "b"), send(N1, "c")]);
        let expected = [
            "n2 sends to the other servers among n1..=n3".to_owned(),
            format!("it sends to {whom}"),
        ];
        assert_eq!(facts_of("addressee exists", ended), expected);
        assert_eq!(world.cluster().handed(N2, N1), 1);
        read_and_drop(world);
    }
}

#[test]
fn a_run_ends_at_its_limit_busy_or_not() -> Result<(), Failure> {
    let ticking = Script::reacting(|mind, _, now| {
        mind.deadline = Some(now + ms(1000));
        vec![]
    });
    for script in [ticking.timing(ms(1000)), Script::default()] {
        let mut setup = setup(1);
        setup.configs = vec![script];
        let mut world = booted(setup);
        world.sleep(Duration::from_secs(119))?;
        world.sleep(at(120_000) - world.now())?;
        assert_eq!(world.now(), at(120_000));
        let failure = world.sleep(ms(2000)).expect_err("its time is up");
        assert_eq!(failure.kind(), Kind::LabLimit { by_chance: false });
        assert_eq!(failure.property().name(), "run length");
        assert_eq!(
            texts(&failure),
            ["a run of this scenario ends by 120.000000s", "it still goes on"]
        );
        assert_eq!(failure.accused(), [], "no single server");
        read_and_drop(world);
    }
    Ok(())
}

#[test]
fn a_scenario_may_set_another_limit() -> Result<(), Failure> {
    let mut world = booted(Setup { limit: ms(50), ..setup(1) });
    world.sleep(ms(49))?;
    assert!(world.sleep(ms(1)).is_err());
    Ok(())
}

#[test]
fn a_failing_world_can_be_asked_to_go_on_and_does_not_panic() {
    let steps = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&steps);
    let mut setup = setup(2);
    let script = Script::reacting(move |_, _, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        vec![send(N2, "to itself")]
    });
    setup.configs[1] = script.timing(ms(5));
    let mut world = booted(setup);
    for _ in 0..3 {
        facts_of("addressee exists", world.sleep(ms(20)));
    }
    assert_eq!(steps.load(Ordering::Relaxed), 3);
    read_and_drop(world);
}
