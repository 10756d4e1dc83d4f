//! Each fault that changes something is one record, at its server; and an order to stand for
//! election reaches the node.

use std::sync::{Arc, Mutex};

use raftsim_node::{Duration, Event, NodeId};
use raftsim_sim::{
    CrashPoint, Failure, Fault, Link, LinkSettings, Rate, RecordOf, Row, RowTopic, Setup, What,
    World,
};

use crate::toy::{
    Act, N1, N2, N3, Put, Script, Toy, at, booted, call, ms, send, setup, story, tell,
};

const fn link(from: NodeId, to: NodeId) -> Link {
    Link { from, to }
}

/// The records of faults, in order.
fn faults(world: &World<Toy, ()>) -> Vec<&RecordOf<Toy>> {
    let records = world.trace().records().iter();
    records.filter(|record| matches!(record.what, What::Fault(_))).collect()
}

/// Every kind of fault, each of which changes something once those before it have; the server whose
/// record it is, the life that this server is in, and the text.
fn every_fault() -> Vec<(Fault, Option<NodeId>, u32, &'static str)> {
    let lossy = LinkSettings::labrpc(true, false, true);
    let all = [link(N1, N2), link(N3, N1)];
    let [armed, now] =
        [Some(CrashPoint::Actions(3)), None].map(|after| Fault::Crash { who: N2, after });
    vec![
        (Fault::Partition(vec![vec![N1, N2], vec![N3]]), None, 0, "partition n1 n2 | n3"),
        (Fault::Isolate(N3), Some(N3), 1, "isolate n3"),
        (Fault::Join(N3), Some(N3), 1, "join n3"),
        (Fault::Block(link(N2, N3)), Some(N2), 1, "block n2>n3"),
        (Fault::Unblock(link(N2, N3)), Some(N2), 1, "unblock n2>n3"),
        (Fault::Isolate(N1), Some(N1), 1, "isolate n1"),
        (Fault::Heal, None, 0, "heal"),
        (
            Fault::Swizzle { cut: all.to_vec(), mend: all.to_vec(), every: ms(90) },
            None,
            0,
            "swizzle n1>n2 n3>n1 every 0.090s mend n1>n2 n3>n1",
        ),
        (Fault::Network(lossy), None, 0, "network unreliable"),
        (Fault::Link(link(N3, N2), LinkSettings::RELIABLE), Some(N3), 1, "link n3>n2 reliable"),
        (armed.clone(), Some(N2), 1, "crash n2 after 3"),
        (Fault::Disarm(N2), Some(N2), 1, "disarm n2"),
        (now.clone(), Some(N2), 1, "crash n2"),
        // The new life has not begun.
        (Fault::Restart(N2), Some(N2), 1, "restart n2"),
        (now, Some(N2), 2, "crash n2"),
        (Fault::Pause(N1), Some(N1), 1, "pause n1"),
        (Fault::Resume(N1), Some(N1), 1, "resume n1"),
        (Fault::Disk { who: N3, latency: ms(10) }, Some(N3), 1, "disk n3 0.010s"),
        (Fault::Clock { who: N3, rate: Rate::new(3, 2) }, Some(N3), 1, "clock n3 3/2"),
        (Fault::Jump { who: N3, ahead: ms(100) }, Some(N3), 1, "jump n3 0.100s"),
        (Fault::Expire(N3), Some(N3), 1, "expire n3"),
        (Fault::Campaign(N3), Some(N3), 1, "campaign n3"),
    ]
}

/// Three toys, of which n3 has a deadline in an hour.
fn three() -> Setup<Toy> {
    let mut setup = setup(3);
    setup.configs[2] = Script::default().timing(Duration::from_secs(3600));
    setup
}

#[test]
fn each_fault_is_one_record_at_its_server_and_its_line_reads_back() -> Result<(), Failure> {
    let mut world = booted(three());
    for (fault, node, life, text) in every_fault() {
        let before = faults(&world).len();
        assert!(world.inject(&fault)?, "{fault} changes something");
        let records = faults(&world);
        assert_eq!(records.len(), before + 1, "{fault} is one record");
        let Row { time, node: shown, life: lived, topic, text: line, .. } = records[before].row();
        let row = (time, shown, lived, topic, line.as_str());
        assert_eq!(row, (at(1), node, life, RowTopic::Fault, text));
        assert_eq!(line.parse(), Ok(fault));
    }
    Ok(())
}

#[test]
fn a_partition_is_one_record_and_one_that_changes_one_link_is_too() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.partition(&[&[N1], &[N2], &[N3]])?;
    world.partition(&[&[N1, N3], &[N2]])?;
    world.partition(&[&[N1, N3], &[N2]])?;
    world.unblock(N2, N1)?;
    world.partition(&[&[N1, N3]])?;
    let expected = [
        "0.001000s world partition n1 | n2 | n3",
        "0.001000s world partition n1 n3 | n2",
        "0.001000s n2 unblock n2>n1",
        "0.001000s world partition n1 n3",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn the_links_of_a_swizzle_are_records_of_their_own_at_their_senders() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    let [first, second] = [link(N1, N2), link(N3, N1)];
    world.swizzle(&[first, second], &[second, first], ms(2))?;
    // A link that is mended meanwhile makes no fault when the swizzle comes to it.
    world.sleep(ms(3))?;
    world.unblock(N3, N1)?;
    world.sleep(ms(9))?;
    let expected = [
        "0.001000s world swizzle n1>n2 n3>n1 every 0.002s mend n3>n1 n1>n2",
        "0.001000s n1 block n1>n2",
        "0.003000s n3 block n3>n1",
        "0.004000s n3 unblock n3>n1",
        "0.007000s n1 unblock n1>n2",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_crash_ends_a_life_after_its_record_and_an_armed_one_without_another() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.crash(N1)?;
    world.crash_after(N2, 1)?;
    tell(&mut world, N2, vec![Act::Persist(Put::Number(1)), Act::Persist(Put::Number(2))])?;
    let expected =
        ["n1 crash n1", "n1 crashes", "n2 crash n2 after 1", "n2 writes 1", "n2 crashes"];
    assert_eq!(story(&world), expected.map(|deed| format!("0.001000s {deed}")));
    Ok(())
}

/// Two servers; n1 answers an order to stand for election with a message to n2. The orders that n1
/// hears, by time.
fn ordered() -> (World<Toy, ()>, Arc<Mutex<Vec<String>>>) {
    let orders = Arc::new(Mutex::new(vec![]));
    let told = Arc::clone(&orders);
    let mut setup = setup(2);
    setup.configs[0] = Script::reacting(move |_, event, now| {
        if *event != Event::Campaign {
            return vec![];
        }
        told.lock().expect("one thread").push(now.to_string());
        vec![send(N2, "vote for me")]
    });
    (booted(setup), orders)
}

#[test]
fn an_order_to_stand_for_election_reaches_the_node_once_and_its_answer_is_done()
-> Result<(), Failure> {
    let (mut world, orders) = ordered();
    assert!(world.inject(&Fault::Campaign(N1))?);
    world.sleep(ms(10))?;
    assert_eq!(*orders.lock().expect("one thread"), ["0.001000s"]);
    let expected = [
        "0.001000s n1 campaign n1",
        "0.001000s n1 -> n2 vote for me +0.000000s",
        "0.001000s n2 <- n1 vote for me",
    ];
    assert_eq!(story(&world), expected);
    world.campaign(N1)?;
    world.campaign(N1)?;
    assert_eq!(*orders.lock().expect("one thread"), ["0.001000s", "0.011000s", "0.011000s"]);
    // A node that does not know the order answers with nothing.
    assert!(world.inject(&Fault::Campaign(N2))?);
    assert_eq!(world.meters().events, 1 + 1 + 2 + 1);
    Ok(())
}

#[test]
fn no_order_reaches_a_server_that_is_down_or_does_not_run_its_code() -> Result<(), Failure> {
    let (mut world, orders) = ordered();
    let ignored = |world: &mut World<Toy, ()>| {
        let before = world.trace().records().len();
        assert!(!world.inject(&Fault::Campaign(N1))?);
        assert_eq!(world.trace().records().len(), before, "no record");
        Ok(())
    };
    world.pause(N1)?;
    ignored(&mut world)?;
    world.resume(N1)?;
    world.set_disk(N1, ms(5))?;
    tell(&mut world, N1, vec![Act::Persist(Put::Number(1))])?;
    ignored(&mut world)?;
    world.sleep(ms(9))?;
    world.crash(N1)?;
    ignored(&mut world)?;
    world.sleep(ms(10))?;
    assert_eq!(*orders.lock().expect("one thread"), [""; 0], "nor later");
    world.restart(N1)?;
    world.campaign(N1)?;
    assert_eq!(orders.lock().expect("one thread").len(), 1);
    Ok(())
}

#[test]
fn an_order_may_open_calls_and_crash_on_the_way() -> Result<(), Failure> {
    let mut setup = setup(2);
    setup.configs[0] = Script::reacting(|_, event, _| match event {
        Event::Campaign => vec![Act::Persist(Put::Number(7)), call(N2, 1), send(N2, "more")],
        _ => vec![],
    });
    let mut world = booted(setup);
    world.crash_after(N1, 2)?;
    world.campaign(N1)?;
    let expected =
        ["crash n1 after 2", "campaign n1", "writes 7", "-> n2 call +0.000000s", "crashes"];
    assert_eq!(story(&world), expected.map(|deed| format!("0.001000s n1 {deed}")));
    Ok(())
}
