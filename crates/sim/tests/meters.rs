//! labrpc's counters: requests, bytes, and requests by server.

use raftsim_node::Duration;
use raftsim_sim::{Failure, Fate, LinkSettings, MessageName, Meters, Ratio, Setup, Spread, World};

use crate::toy::{
    Act, Msg, N1, N2, N3, Toy, answer, answering, booted, call, message, ms, send, setup, tell,
};

fn request(bytes: usize) -> Act {
    Act::Send { to: N2, message: Msg { bytes, ..message("request") } }
}

fn reply(bytes: usize) -> Act {
    Act::Send { to: N2, message: Msg { bytes, reply: true, ..message("reply") } }
}

/// (requests, bytes)
fn read(world: &World<Toy, ()>) -> (u64, u64) {
    let Meters { requests, bytes, .. } = world.meters();
    (requests, bytes)
}

/// All messages take five milliseconds, by default.
fn slow() -> Setup<Toy> {
    let mut setup = setup(3);
    setup.network.request.latency = Spread::fixed(ms(5));
    setup.network.reply.latency = Spread::fixed(ms(5));
    setup
}

#[test]
fn a_request_counts_when_sent_and_a_reply_when_delivered() -> Result<(), Failure> {
    let mut world = booted(slow());
    tell(&mut world, N1, vec![request(100), request(20), reply(3)])?;
    assert_eq!(read(&world), (2, 120));
    world.sleep(ms(10))?;
    assert_eq!(read(&world), (2, 123));
    Ok(())
}

#[test]
fn requests_that_are_lost_blocked_or_to_a_server_that_is_down_count_and_replies_do_not()
-> Result<(), Failure> {
    let mut losing = LinkSettings::labrpc(false, false, true);
    losing.request.loss = Ratio::new(1, 1);
    losing.reply.loss = Ratio::new(1, 1);
    let mut world = booted(slow());
    world.block(N1, N2)?;
    tell(&mut world, N1, vec![request(1), reply(10)])?;
    world.heal()?;
    world.set_network(losing)?;
    tell(&mut world, N1, vec![request(100), reply(1_000)])?;
    world.crash(N2)?;
    tell(&mut world, N1, vec![request(10_000), reply(100_000)])?;
    world.sleep(Duration::from_secs(1))?;
    assert_eq!(read(&world), (3, 10_101));
    assert_eq!(world.cluster().requests(N2), 0);
    assert_eq!(world.cluster().handed(N1, N2), 6);
    Ok(())
}

#[test]
fn replies_that_are_not_delivered_do_not_count() -> Result<(), Failure> {
    let mut world = booted(slow());
    tell(&mut world, N1, vec![reply(7), answer(N3, 1)])?;
    world.restart(N2)?;
    world.sleep(ms(10))?;
    assert_eq!(read(&world), (0, 0));
    Ok(())
}

#[test]
fn a_duplicated_request_is_sent_once_and_arrives_twice() -> Result<(), Failure> {
    let mut setup = slow();
    let twice = Fate::Duplicate(ms(1), ms(2));
    setup.fates.insert(MessageName { from: N1, to: N2, seq: 0 }, twice);
    let mut world = booted(setup);
    tell(&mut world, N1, vec![request(100)])?;
    world.sleep(ms(10))?;
    assert_eq!(read(&world), (1, 100));
    assert_eq!(world.cluster().requests(N2), 2);
    Ok(())
}

#[test]
fn a_servers_requests_are_those_that_reached_its_present_life() -> Result<(), Failure> {
    let mut world = booted(slow());
    tell(&mut world, N1, vec![request(1), request(1), reply(1), send(N3, "other")])?;
    world.sleep(ms(10))?;
    assert_eq!([N1, N2, N3].map(|node| world.cluster().requests(node)), [0, 2, 1]);
    world.restart(N2)?;
    assert_eq!([N1, N2, N3].map(|node| world.cluster().requests(node)), [0, 0, 1]);
    tell(&mut world, N1, vec![request(1)])?;
    world.sleep(ms(10))?;
    assert_eq!(world.cluster().requests(N2), 1);
    assert_eq!(read(&world).0, 4);
    Ok(())
}

#[test]
fn a_call_counts_as_its_request_and_its_answer() -> Result<(), Failure> {
    let mut setup = slow();
    setup.configs[1] = answering();
    let mut world = booted(setup);
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.sleep(ms(20))?;
    // Three events: the proposal, the request, the answer.
    assert_eq!(world.meters(), Meters { requests: 1, bytes: 20, events: 3 });
    Ok(())
}
