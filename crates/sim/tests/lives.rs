//! A message's link and the life that it is for are fixed when it is sent, whatever is cut, mended,
//! crashed or started later.

use raftsim_node::{Bytes, Event, NodeId, Snapshot};
use raftsim_sim::{Failure, LinkSettings, Setup, Spread, What, World};

use crate::toy::{
    Act, N1, N2, N3, Put, Script, Toy, Trap, answering, booted, ms, reply, send, setup, story, tell,
};

/// All messages take five milliseconds.
fn slow(servers: u8) -> Setup<Toy> {
    let mut network = LinkSettings::labrpc(false, false, true);
    network.request.latency = Spread::fixed(ms(5));
    network.reply.latency = Spread::fixed(ms(5));
    Setup { network, ..setup(servers) }
}

#[test]
fn a_message_in_flight_survives_a_disconnect() -> Result<(), Failure> {
    let mut world = booted(slow(2));
    tell(&mut world, N1, vec![send(N2, "a")])?;
    world.isolate(N1)?;
    world.isolate(N2)?;
    world.sleep(ms(10))?;
    let expected = [
        "0.001000s n1 -> n2 a +0.005000s",
        "0.001000s n1 isolate n1",
        "0.001000s n2 isolate n2",
        "0.006000s n2 <- n1 a",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_message_in_flight_survives_its_senders_crash() -> Result<(), Failure> {
    let mut world = booted(slow(2));
    tell(&mut world, N1, vec![send(N2, "a")])?;
    world.crash(N1)?;
    world.sleep(ms(10))?;
    let expected = [
        "0.001000s n1 -> n2 a +0.005000s",
        "0.001000s n1 crash n1",
        "0.001000s n1 crashes",
        "0.006000s n2 <- n1 a",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_message_for_a_life_that_ended_is_missed_by_the_next() -> Result<(), Failure> {
    let mut world = booted(slow(2));
    tell(&mut world, N1, vec![send(N2, "a"), reply(N2, "b")])?;
    world.crash(N2)?;
    world.restart(N2)?;
    world.sleep(ms(10))?;
    let expected = [
        "0.001000s n1 -> n2 a +0.005000s",
        "0.001000s n1 -> n2 b +0.005000s",
        "0.001000s n2 crash n2",
        "0.001000s n2 crashes",
        "0.001000s n2 restart n2",
        "0.001000s n2 boots in term 0",
        "0.006000s n2 misses n1 #0",
        "0.006000s n2 misses n1 #1",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_message_to_a_server_that_is_down_is_dropped_though_it_starts_in_time() -> Result<(), Failure> {
    let mut world = booted(slow(2));
    world.crash(N2)?;
    tell(&mut world, N1, vec![send(N2, "a")])?;
    world.restart(N2)?;
    world.sleep(ms(10))?;
    let expected = [
        "0.001000s n2 crash n2",
        "0.001000s n2 crashes",
        "0.001000s n1 x> n2 a Down",
        "0.001000s n2 restart n2",
        "0.001000s n2 boots in term 0",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_reply_goes_to_the_life_that_asked() -> Result<(), Failure> {
    let mut setup = slow(2);
    setup.configs[1] = answering();
    let mut world = booted(setup);
    tell(&mut world, N1, vec![send(N2, "a")])?;
    world.restart(N1)?;
    world.sleep(ms(1))?;
    tell(&mut world, N1, vec![send(N2, "b")])?;
    world.sleep(ms(20))?;
    let expected = [
        "0.001000s n1 -> n2 a +0.005000s",
        "0.001000s n1 crash n1",
        "0.001000s n1 crashes",
        "0.001000s n1 restart n1",
        "0.001000s n1 boots in term 0",
        "0.002000s n1 -> n2 b +0.005000s",
        "0.006000s n2 <- n1 a",
        "0.006000s n2 x> n1 reply Down",
        "0.007000s n2 <- n1 b",
        "0.007000s n2 -> n1 reply +0.005000s",
        "0.012000s n1 <- n2 reply",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_reply_to_the_sender_goes_to_the_asking_life_and_to_another_server_in_its_present_one()
-> Result<(), Failure> {
    let mut setup = slow(3);
    setup.configs[1] = Script::reacting(|_, event, _| match event {
        Event::Receive { message, .. } if message.text == "a" => {
            vec![reply(N1, "late"), reply(N3, "other"), send(N1, "request")]
        }
        _ => vec![],
    });
    let mut world = booted(setup);
    tell(&mut world, N1, vec![send(N2, "a")])?;
    world.restart(N1)?;
    world.restart(N3)?;
    world.sleep(ms(20))?;
    let expected = [
        "0.006000s n2 <- n1 a",
        "0.006000s n2 x> n1 late Down",
        "0.006000s n2 -> n3 other +0.005000s",
        "0.006000s n2 -> n1 request +0.005000s",
        "0.011000s n3 <- n2 other",
        "0.011000s n1 <- n2 request",
    ];
    assert_eq!(story(&world)[9..], expected);
    Ok(())
}

/// Which links are open, as pairs of numbers.
fn open(world: &World<Toy, ()>) -> Vec<(u8, u8)> {
    let ids: Vec<NodeId> = world.cluster().ids().collect();
    let pairs = ids.iter().flat_map(|&from| ids.iter().map(move |&to| (from, to)));
    let open = pairs.filter(|&(from, to)| from != to && !world.cluster().is_blocked(from, to));
    open.map(|(from, to)| (from.number(), to.number())).collect()
}

const ALL_OF_3: [(u8, u8); 6] = [(1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2)];

#[test]
fn disconnect_cuts_all_links_of_one_server_both_ways() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    assert_eq!(open(&world), ALL_OF_3);
    world.isolate(N2)?;
    assert_eq!(open(&world), [(1, 3), (3, 1)]);
    let marks: Vec<bool> = [N1, N2, N3].map(|node| world.cluster().is_connected(node)).into();
    assert_eq!(marks, [true, false, true]);
    Ok(())
}

#[test]
fn connect_mends_only_links_to_connected_servers() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.isolate(N1)?;
    world.isolate(N2)?;
    assert_eq!(open(&world), []);
    world.rejoin(N1)?;
    assert_eq!(open(&world), [(1, 3), (3, 1)]);
    world.rejoin(N2)?;
    assert_eq!(open(&world), ALL_OF_3);
    Ok(())
}

#[test]
fn the_connected_mark_outlives_a_crash_and_start_does_not_connect() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.isolate(N1)?;
    world.restart(N1)?;
    assert!(world.cluster().is_up(N1));
    assert!(!world.cluster().is_connected(N1));
    assert_eq!(open(&world), [(2, 3), (3, 2)]);
    Ok(())
}

#[test]
fn a_one_way_block_lets_the_other_way_pass() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.block(N1, N2)?;
    world.block(N1, N2)?;
    tell(&mut world, N1, vec![send(N2, "there")])?;
    tell(&mut world, N2, vec![send(N1, "back")])?;
    world.sleep(ms(1))?;
    world.unblock(N1, N2)?;
    world.unblock(N1, N2)?;
    tell(&mut world, N1, vec![send(N2, "again")])?;
    world.sleep(ms(1))?;
    let expected = [
        "0.001000s n1 block n1>n2",
        "0.001000s n1 x> n2 there Blocked",
        "0.001000s n2 -> n1 back +0.000000s",
        "0.001000s n1 <- n2 back",
        "0.002000s n1 unblock n1>n2",
        "0.002000s n1 -> n2 again +0.000000s",
        "0.002000s n2 <- n1 again",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_partition_joins_within_groups_and_cuts_between_them() -> Result<(), Failure> {
    let mut world = booted(setup(5));
    let [n4, n5] = [4, 5].map(NodeId::new);
    world.partition(&[&[N1, N2], &[N3, n4]])?;
    assert_eq!(open(&world), [(1, 2), (2, 1), (3, 4), (4, 3)]);
    world.partition(&[&[N1, N3, n5]])?;
    assert_eq!(open(&world), [(1, 3), (1, 5), (3, 1), (3, 5), (5, 1), (5, 3)]);
    world.partition(&[])?;
    assert_eq!(open(&world), []);
    Ok(())
}

#[test]
fn heal_mends_every_link_and_marks_every_server() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.isolate(N1)?;
    world.block(N2, N3)?;
    world.heal()?;
    assert_eq!(open(&world), ALL_OF_3);
    assert!([N1, N2, N3].iter().all(|&node| world.cluster().is_connected(node)));
    // A later connect must not cut what heal mended.
    world.isolate(N2)?;
    world.rejoin(N2)?;
    assert_eq!(open(&world), ALL_OF_3);
    Ok(())
}

#[test]
fn lives_count_from_one_and_a_running_server_is_crashed_before_it_starts_anew()
-> Result<(), Failure> {
    let mut world = booted(setup(2));
    tell(&mut world, N1, vec![crate::toy::Act::Persist(Put::Number(5))])?;
    assert_eq!(world.cluster().life(N1), 1);
    world.restart(N1)?;
    world.crash(N1)?;
    world.crash(N1)?;
    assert_eq!((world.cluster().life(N1), world.cluster().status(N1)), (2, None));
    world.restart(N1)?;
    assert_eq!((world.cluster().life(N1), world.cluster().life(N2)), (3, 1));
    let lives: Vec<(u32, bool)> = world
        .trace()
        .records()
        .iter()
        .filter_map(|record| {
            let booted = match record.what {
                What::Booted(_) => true,
                What::Crashed => false,
                _ => return None,
            };
            (record.node == Some(N1)).then_some((record.life, booted))
        })
        .collect();
    assert_eq!(lives, [(1, true), (1, false), (2, true), (2, false), (3, true)]);
    Ok(())
}

#[test]
fn a_server_started_before_its_first_boot_is_due_boots_once() -> Result<(), Failure> {
    let mut world = World::new(setup(2), ())?;
    world.restart(N1)?;
    world.sleep(ms(2))?;
    assert_eq!((world.cluster().life(N1), world.cluster().life(N2)), (1, 1));
    let records = world.trace().records().iter();
    let told: Vec<_> = records.map(|it| (it.node, it.life, it.row().text)).collect();
    let [restart, boot] = ["restart n1", "boot: follower in term 0"].map(str::to_owned);
    let expected = [(Some(N1), 0, restart), (Some(N1), 1, boot.clone()), (Some(N2), 1, boot)];
    assert_eq!(told, expected);
    Ok(())
}

#[test]
fn a_server_crashed_before_its_first_boot_is_due_stays_down() -> Result<(), Failure> {
    let mut world = World::new(setup(2), ())?;
    world.crash(N1)?;
    world.sleep(ms(2))?;
    assert_eq!((world.cluster().is_up(N1), world.cluster().is_up(N2)), (false, true));
    Ok(())
}

#[test]
fn a_server_that_is_down_gets_no_timeout_and_no_proposal() -> Result<(), Failure> {
    let mut setup = setup(1);
    setup.configs[0].first = Some(ms(5));
    // Any event would spring this trap.
    setup.configs[0].trap = Some(Trap::Step);
    let mut world = booted(setup);
    world.crash(N1)?;
    world.sleep(ms(100))?;
    tell(&mut world, N1, vec![])?;
    assert_eq!(story(&world), ["0.001000s n1 crash n1", "0.001000s n1 crashes"]);
    assert_eq!(world.meters().events, 0);
    Ok(())
}

#[test]
fn a_cluster_shows_the_snapshot_on_which_a_life_began() -> Result<(), Failure> {
    let snapshot = |index| Snapshot { index, term: Some(2), data: Bytes::from("state") };
    let mut world = booted(setup(2));
    assert_eq!(world.cluster().booted_from(N2), None);
    tell(&mut world, N2, vec![Act::Persist(Put::Snapshot(snapshot(7)))])?;
    assert_eq!(world.cluster().booted_from(N2), None);
    world.restart(N2)?;
    tell(&mut world, N2, vec![Act::Persist(Put::Snapshot(snapshot(9)))])?;
    assert_eq!(world.cluster().booted_from(N2), Some(&snapshot(7)));
    world.crash(N2)?;
    assert_eq!(world.cluster().booted_from(N2), Some(&snapshot(7)));
    assert_eq!(world.cluster().booted_from(N1), None);
    Ok(())
}
