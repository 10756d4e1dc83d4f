//! Fates and failures that a setup gives to messages by their names, and closed worlds, which draw
//! nothing for messages.

use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::{
    Cause, Cluster, Failure, Fate, Late, LinkSettings, MessageName, Ratio, Record, Seen, Setup,
    Spread, Watch, What, World,
};

use crate::toy::{
    Act, N1, N2, Toy, answering, at, booted, call, fates, ms, reply, send, setup, story, tell, us,
    watched,
};

fn name(from: NodeId, to: NodeId, n: u64) -> MessageName {
    MessageName { from, to, seq: n }
}

/// A link that loses, delays and duplicates as much as it can.
fn wild() -> LinkSettings {
    let mut network = LinkSettings::labrpc(true, true, true);
    network.request.loss = Ratio::new(1, 2);
    network.request.duplicate = Ratio::new(1, 2);
    network.reply.latency = Spread::between(ms(3), ms(9));
    network.reply.late = Late { chance: Ratio::new(1, 1), base_ms: 1, spread_ms: 50 };
    network.call_failure = Spread::between(ms(7), ms(90));
    network
}

/// A closed world of two, whose messages take 50 us or more.
fn closed(seed: u64) -> Setup<Toy> {
    let mut setup = Setup { seed, network: wild(), closed: true, ..setup(2) };
    setup.jitter = Setup::<Toy>::JITTER;
    setup
}

/// Ten requests and ten replies.
fn twenty() -> Vec<Act> {
    (0..10).flat_map(|_| [send(N2, "a"), reply(N2, "b")]).collect()
}

#[test]
fn in_a_closed_world_every_message_takes_the_least_jitter_whatever_its_link_says()
-> Result<(), Failure> {
    for seed in 0..20 {
        let mut world = booted(closed(seed));
        tell(&mut world, N1, twenty())?;
        world.set_network(wild())?;
        world.set_link(N1, N2, wild())?;
        tell(&mut world, N1, twenty())?;
        assert_eq!(fates(&world, N1, N2), [Fate::Deliver(us(50)); 40]);
        assert_eq!(world.cluster().link_settings(N1, N2), wild(), "they are kept");
    }
    Ok(())
}

#[test]
fn in_a_closed_world_a_call_that_fails_takes_the_least_delay() -> Result<(), Failure> {
    let mut setup = closed(1);
    setup.fates.insert(name(N1, N2, 1), Fate::Drop(Cause::Lost));
    setup.network.request.latency = Spread::between(ms(2), ms(4));
    setup.fates.insert(name(N2, N1, 0), Fate::Drop(Cause::Lost));
    setup.configs[1] = answering();
    let mut world = booted(setup);
    world.block(N1, N2)?;
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.unblock(N1, N2)?;
    tell(&mut world, N1, vec![call(N2, 2), call(N2, 3)])?;
    world.sleep(ms(10))?;
    let expected = [
        "0.001050s n2 <- n1 call",
        "0.001050s n2 x> n1 answer Lost",
        // At once, apart from the jitter.
        "0.001100s n1 call 3 to n2 fails",
        // The request is delayed, and then lost.
        "0.003050s n1 call 2 to n2 fails",
        "0.008050s n1 call 1 to n2 fails",
    ];
    assert_eq!(story(&world)[5..], expected);
    Ok(())
}

#[test]
fn in_a_closed_world_nothing_depends_on_the_seed() -> Result<(), Failure> {
    let run = |seed| {
        let mut world = booted(closed(seed));
        let mut all = twenty();
        all.push(call(N2, 1));
        tell(&mut world, N1, all)?;
        world.sleep(Duration::from_secs(1))?;
        Ok(story(&world))
    };
    assert_eq!(run(1)?, run(2)?);
    Ok(())
}

#[test]
fn a_given_failure_is_when_a_call_fails_jitter_included() -> Result<(), Failure> {
    let mut setup = setup(2);
    setup.jitter = Setup::<Toy>::JITTER;
    setup.fates.insert(name(N1, N2, 1), Fate::Drop(Cause::Lost));
    setup.fates.insert(name(N2, N1, 0), Fate::Drop(Cause::Lost));
    setup.fates.insert(name(N1, N2, 2), Fate::Deliver(ms(1)));
    for (name, after) in [(name(N1, N2, 0), 30), (name(N1, N2, 1), 20), (name(N2, N1, 0), 10)] {
        setup.failures.insert(name, ms(after));
    }
    setup.configs[1] = answering();
    let mut world = booted(setup);
    world.block(N1, N2)?;
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.unblock(N1, N2)?;
    tell(&mut world, N1, vec![call(N2, 2), call(N2, 3)])?;
    world.sleep(ms(50))?;
    let expected = [
        "0.002000s n2 <- n1 call",
        "0.002000s n2 x> n1 answer Lost",
        "0.012000s n1 call 3 to n2 fails",
        "0.021000s n1 call 2 to n2 fails",
        "0.031000s n1 call 1 to n2 fails",
    ];
    assert_eq!(story(&world)[5..], expected);
    assert_eq!(world.unused(), []);
    Ok(())
}

#[test]
fn names_that_were_never_used_are_listed_in_order() -> Result<(), Failure> {
    let mut setup = setup(2);
    let prompt = Fate::Deliver(ms(1));
    for n in 0..4 {
        setup.fates.insert(name(N1, N2, n), prompt);
    }
    setup.failures.insert(name(N2, N1, 9), ms(1));
    // The message of this name arrives, so its call does not fail.
    setup.failures.insert(name(N1, N2, 0), ms(1));
    setup.failures.insert(name(N1, N2, 3), ms(1));
    let mut world = booted(setup);
    let all = [name(N1, N2, 0), name(N1, N2, 1), name(N1, N2, 2), name(N1, N2, 3), name(N2, N1, 9)];
    assert_eq!(world.unused(), all);
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.block(N1, N2)?;
    // A blocked link draws nothing, so a given fate does not replace that.
    tell(&mut world, N1, vec![send(N2, "blocked")])?;
    world.unblock(N1, N2)?;
    tell(&mut world, N1, vec![send(N2, "a")])?;
    let left = [name(N1, N2, 0), name(N1, N2, 1), name(N1, N2, 3), name(N2, N1, 9)];
    assert_eq!(world.unused(), left);
    Ok(())
}

/// Records when the network had been disturbed.
#[derive(Default)]
struct Disturbed(Vec<(Time, Time)>);

impl Watch<Toy> for Disturbed {
    fn observe(
        &mut self,
        cluster: &Cluster<Toy>,
        record: &Record<Seen<'_, Toy>>,
    ) -> Result<(), Failure> {
        if let What::Sent { fate, is_given: true, .. } = record.what
            && !fate.is_prompt()
        {
            assert!(cluster.was_disturbed());
            self.0.push((cluster.now(), cluster.now() + fate.lasts()));
        }
        Ok(())
    }
}

/// n1 sends six messages, of which five have fates.
fn given(calm: bool) -> Result<World<Toy, Disturbed>, Failure> {
    let mut setup = setup(2);
    let fates = [
        Fate::Deliver(ms(50)),
        Fate::Deliver(ms(50) + Duration::from_nanos(1)),
        Fate::Drop(Cause::Lost),
        Fate::Duplicate(ms(2), ms(1)),
        Fate::Deliver(Duration::ZERO),
    ];
    setup.fates = (0..).map(|n| name(N1, N2, n)).zip(fates).collect();
    let mut world = watched(setup, Disturbed::default());
    if calm {
        world.stop_faults();
    }
    tell(&mut world, N1, vec![send(N2, "a")])?;
    assert!(!world.cluster().was_disturbed());
    for _ in 0..5 {
        tell(&mut world, N1, vec![send(N2, "a")])?;
    }
    Ok(world)
}

#[test]
fn the_record_of_a_message_says_that_its_fate_was_given() -> Result<(), Failure> {
    let world = given(false)?;
    let late = at(51) + Duration::from_nanos(1);
    assert_eq!(world.watch().0, [(at(1), late), (at(1), at(1)), (at(1), at(3))]);
    assert!(world.cluster().was_disturbed());
    assert_eq!(world.unused(), []);
    Ok(())
}

#[test]
fn once_faults_stop_given_fates_that_disturb_are_void() -> Result<(), Failure> {
    let world = given(true)?;
    assert_eq!(world.watch().0, []);
    assert!(!world.cluster().was_disturbed());
    assert_eq!(world.unused(), [1, 2, 3].map(|n| name(N1, N2, n)));
    let zero = Fate::Deliver(Duration::ZERO);
    assert_eq!(fates(&world, N1, N2), [Fate::Deliver(ms(50)), zero, zero, zero, zero, zero]);
    Ok(())
}

#[test]
fn the_networks_own_losses_do_not_count_as_disturbed() -> Result<(), Failure> {
    let mut network = LinkSettings::labrpc(false, false, true);
    network.request.loss = Ratio::new(1, 1);
    let mut world = watched(Setup { network, ..setup(2) }, Disturbed::default());
    tell(&mut world, N1, vec![send(N2, "a")])?;
    assert_eq!(fates(&world, N1, N2), [Fate::Drop(Cause::Lost)]);
    assert_eq!((world.watch().0.len(), world.cluster().was_disturbed()), (0, false));
    Ok(())
}

#[test]
fn a_row_of_a_message_sent_names_it_and_no_other_does() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    tell(&mut world, N1, vec![send(N2, "a"), send(N2, "b")])?;
    world.sleep(ms(1))?;
    let rows = world.trace().records().iter().map(raftsim_sim::Record::row);
    let named: Vec<(String, MessageName)> =
        rows.filter_map(|row| row.message.map(|name| (row.text, name))).collect();
    let expected = [("a", 0), ("b", 1)].map(|(text, n)| {
        (format!("-> n2 {text:?} false None 10 #{n} +0.000000s"), name(N1, N2, n))
    });
    assert_eq!(named, expected);
    Ok(())
}
