//! The order of events at one instant, and what the seed alone decides.

use std::collections::BTreeSet;

use raftsim_node::{Event, Time};
use raftsim_sim::{Failure, LinkSettings, Setup, Spread, What, World};

use crate::toy::{Log, N1, N2, N3, Script, Toy, at, booted, ms, send, setup, story, tell, watched};

/// Sets its timer to `due` when it receives a message, and stops it when it fires.
fn alarm_clock(due: Time) -> Script {
    Script::reacting(move |mind, event, _| {
        match event {
            Event::Receive { message, .. } if message.text == "wake" => mind.deadline = Some(due),
            Event::Timeout => mind.deadline = None,
            _ => {}
        }
        vec![]
    })
}

#[test]
fn messages_come_in_the_order_sent_then_timers_by_server_then_the_alarm() -> Result<(), Failure> {
    let mut setup = setup(3);
    setup.configs = vec![alarm_clock(at(9)); 3];
    let mut world = watched(setup, Log { alarm: Some(at(9)), ..Log::default() });
    tell(&mut world, N2, vec![send(N3, "wake"), send(N1, "wake")])?;
    tell(&mut world, N1, vec![send(N2, "wake")])?;
    let mut network = LinkSettings::labrpc(false, false, true);
    for (delay, from, to, text) in [(6, N3, N1, "a"), (5, N1, N3, "b"), (4, N3, N1, "c")] {
        network.request.latency = Spread::fixed(ms(delay));
        world.set_network(network)?;
        world.sleep(at(9 - delay) - world.now())?;
        tell(&mut world, from, vec![send(to, text)])?;
    }
    world.sleep(ms(10))?;
    let expected = [
        "n3 <- n2 wake",
        "n1 <- n2 wake",
        "n2 <- n1 wake",
        "n1 <- n3 a",
        "n3 <- n1 b",
        "n1 <- n3 c",
        "n1 timeout",
        "n2 timeout",
        "n3 timeout",
        "alarm",
    ];
    assert_eq!(world.watch().seen, expected);
    Ok(())
}

#[test]
fn what_a_timer_sends_at_once_arrives_before_the_next_timer() -> Result<(), Failure> {
    let mut setup = setup(2);
    setup.configs = vec![
        Script::reacting(|mind, event, now| match event {
            Event::Timeout => {
                mind.deadline = None;
                mind.boot.peers().map(|peer| send(peer, "tick")).collect()
            }
            Event::Receive { message, .. } if message.text == "wake" => {
                mind.deadline = Some(now + ms(2));
                vec![]
            }
            _ => vec![],
        });
        2
    ];
    let mut world = booted(setup);
    tell(&mut world, N1, vec![send(N2, "wake")])?;
    tell(&mut world, N2, vec![send(N1, "wake")])?;
    world.sleep(ms(1))?;
    let before = story(&world).len();
    world.sleep(ms(1))?;
    let expected = [
        "0.003000s n1 timeout",
        "0.003000s n1 -> n2 tick +0.000000s",
        "0.003000s n2 <- n1 tick",
        "0.003000s n2 timeout",
        "0.003000s n2 -> n1 tick +0.000000s",
        "0.003000s n1 <- n2 tick",
    ];
    assert_eq!(story(&world)[before..], expected);
    Ok(())
}

#[test]
fn a_wake_up_is_the_first_instant_at_which_the_deadline_has_come() -> Result<(), Failure> {
    let mut setup = setup(1);
    setup.configs = vec![alarm_clock(Time::MAX)];
    setup.configs[0].first = Some(ms(3));
    let mut world = watched(setup, Log::default());
    world.sleep(ms(10))?;
    let records = world.trace().records();
    let booted = records.iter().find(|r| matches!(r.what, What::Booted(_))).unwrap().time;
    let woken: Vec<Time> =
        records.iter().filter(|r| r.what == What::Timeout).map(|r| r.time).collect();
    assert_eq!(woken, [booted + ms(3)]);
    Ok(())
}

#[test]
fn servers_boot_within_the_first_millisecond_each_at_its_own_moment() {
    let world = booted(setup(5));
    let records = world.trace().records();
    let times: BTreeSet<Time> = records.iter().map(|record| record.time).collect();
    assert_eq!((records.len(), times.len()), (5, 5));
    assert!(times.iter().all(|&time| time < at(1)));
}

/// The texts that n1 received, in order, when each other server sends one at the same instant.
fn arrivals(seed: u64, jitter: Spread) -> Result<Vec<&'static str>, Failure> {
    let mut setup = Setup { seed, jitter, ..setup(4) };
    setup.configs = vec![Script::default(); 4];
    let mut world = booted(setup);
    let texts = ["a", "b", "c"];
    for (sender, text) in world.cluster().ids().skip(1).zip(texts) {
        tell(&mut world, sender, vec![send(N1, text)])?;
    }
    world.sleep(ms(2))?;
    Ok(received(&world))
}

fn received(world: &World<Toy, ()>) -> Vec<&'static str> {
    let text = |record: &raftsim_sim::RecordOf<Toy>| match &record.what {
        What::Received { message, .. } => Some(message.text),
        _ => None,
    };
    world.trace().records().iter().filter_map(text).collect()
}

#[test]
fn seeds_jitter_messages_into_every_order() -> Result<(), Failure> {
    let mut orders = BTreeSet::new();
    for seed in 0..60 {
        orders.insert(arrivals(seed, Setup::<Toy>::JITTER)?);
    }
    assert_eq!(orders.len(), 6);
    Ok(())
}

#[test]
fn without_jitter_every_seed_is_first_in_first_out() -> Result<(), Failure> {
    for seed in 0..60 {
        assert_eq!(arrivals(seed, Spread::ZERO)?, ["a", "b", "c"]);
    }
    Ok(())
}

#[test]
fn jitter_reorders_messages_on_one_link_and_its_absence_does_not() -> Result<(), Failure> {
    let texts = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let run = |jitter| -> Result<Vec<&'static str>, Failure> {
        let mut world = booted(Setup { jitter, ..setup(2) });
        tell(&mut world, N1, texts.map(|text| send(N2, text)).to_vec())?;
        world.sleep(ms(2))?;
        Ok(received(&world))
    };
    assert_eq!(run(Spread::ZERO)?, texts);
    let mut jittered = run(Setup::<Toy>::JITTER)?;
    assert_ne!(jittered, texts);
    jittered.sort_unstable();
    assert_eq!(jittered, texts);
    Ok(())
}
