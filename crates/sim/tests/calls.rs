//! RPC calls: each is answered once, by its reply or by its failure.

use std::sync::Mutex;

use raftsim_node::{Duration, Event, NodeId, Time};
use raftsim_sim::{Failure, LinkSettings, Ratio, Setup, Spread, World};

use crate::toy::{
    Act, Msg, N1, N2, Put, Script, Toy, answer, answering, at, booted, call, facts_of, ms, setup,
    story, tell,
};

/// A world with this network, in which n2 answers at once.
fn calling(network: LinkSettings) -> World<Toy, ()> {
    let mut setup = Setup { network, ..setup(2) };
    setup.configs[1] = answering();
    booted(setup)
}

fn slow() -> LinkSettings {
    let mut network = LinkSettings::labrpc(false, false, false);
    network.request.latency = Spread::fixed(ms(5));
    network.reply.latency = Spread::fixed(ms(5));
    network
}

#[test]
fn a_call_that_is_answered_does_not_fail() -> Result<(), Failure> {
    let mut world = calling(slow());
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.sleep(Duration::from_secs(20))?;
    let expected = [
        "0.001000s n1 -> n2 call +0.005000s",
        "0.006000s n2 <- n1 call",
        "0.006000s n2 -> n1 answer +0.005000s",
        "0.011000s n1 <- n2 answer",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn the_second_answer_to_a_duplicated_request_is_unasked() -> Result<(), Failure> {
    let mut network = slow();
    network.request.duplicate = Ratio::new(1, 1);
    let mut world = calling(network);
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.sleep(Duration::from_secs(1))?;
    let expected = [
        "0.001000s n1 => n2 call +0.005000s +0.010000s",
        "0.006000s n2 <- n1 call",
        "0.006000s n2 -> n1 answer +0.005000s",
        "0.011000s n2 <- n1 call",
        "0.011000s n2 x> n1 answer Unasked",
        "0.011000s n1 <- n2 answer",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_duplicated_answer_is_missed_the_second_time() -> Result<(), Failure> {
    let mut network = slow();
    network.reply.duplicate = Ratio::new(1, 1);
    let mut world = calling(network);
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.sleep(Duration::from_secs(1))?;
    let expected = [
        "0.006000s n2 => n1 answer +0.005000s +0.010000s",
        "0.011000s n1 <- n2 answer",
        "0.016000s n1 misses n2 #0",
    ];
    assert_eq!(story(&world)[2..], expected);
    Ok(())
}

#[test]
fn an_answer_to_no_call_or_from_a_server_not_called_is_unasked() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    tell(&mut world, N2, vec![answer(N1, 1)])?;
    tell(&mut world, N1, vec![call(N2, 1)])?;
    tell(&mut world, NodeId::new(3), vec![answer(N1, 1)])?;
    world.sleep(ms(1))?;
    tell(&mut world, N2, vec![answer(N1, 1), answer(N1, 1)])?;
    world.sleep(ms(1))?;
    let expected = [
        "0.001000s n2 x> n1 answer Unasked",
        "0.001000s n1 -> n2 call +0.000000s",
        "0.001000s n3 x> n1 answer Unasked",
        "0.001000s n2 <- n1 call",
        "0.002000s n2 -> n1 answer +0.000000s",
        "0.002000s n2 x> n1 answer Unasked",
        "0.002000s n1 <- n2 answer",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_handler_may_answer_as_late_as_it_likes() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.sleep(Duration::from_secs(30))?;
    tell(&mut world, N2, vec![answer(N1, 1)])?;
    world.sleep(Duration::from_secs(1))?;
    let expected = ["30.001000s n2 -> n1 answer +0.000000s", "30.001000s n1 <- n2 answer"];
    assert_eq!(story(&world)[2..], expected);
    Ok(())
}

/// n2 receives a call at 1 ms and does not answer it; `fault` is done at 150 ms. Returns what
/// happens from then on.
fn while_handling(
    fault: impl FnOnce(&mut World<Toy, ()>) -> Result<(), Failure>,
) -> Result<Vec<String>, Failure> {
    let mut world = booted(setup(2));
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.sleep(ms(149))?;
    fault(&mut world)?;
    let before = story(&world).len();
    world.sleep(Duration::from_secs(2))?;
    Ok(story(&world)[before..].to_vec())
}

#[test]
fn a_call_fails_at_the_next_poll_if_its_handler_crashes_or_the_link_is_cut() -> Result<(), Failure>
{
    let fails = ["0.201000s n1 call 1 to n2 fails"];
    assert_eq!(while_handling(|world| world.crash(N2))?, fails);
    assert_eq!(while_handling(|world| world.restart(N2))?, fails);
    assert_eq!(while_handling(|world| world.isolate(N2))?, fails);
    assert_eq!(while_handling(|world| world.block(N1, N2))?, fails);
    Ok(())
}

#[test]
fn a_call_outlasts_a_cut_that_no_poll_sees_and_a_cut_of_the_way_back() -> Result<(), Failure> {
    let mended = while_handling(|world| {
        world.isolate(N2)?;
        world.sleep(ms(50))?;
        world.rejoin(N2)
    })?;
    assert_eq!(mended, Vec::<String>::new());
    assert_eq!(while_handling(|world| world.block(N2, N1))?, Vec::<String>::new());
    Ok(())
}

#[test]
fn the_answer_of_a_handler_whose_way_back_is_cut_is_the_calls_failure() -> Result<(), Failure> {
    let after = while_handling(|world| {
        world.block(N2, N1)?;
        tell(world, N2, vec![answer(N1, 1)])
    })?;
    assert_eq!(after, ["0.150000s n1 call 1 to n2 fails"]);
    Ok(())
}

#[test]
fn no_poll_fails_a_call_whose_answer_is_on_its_way() -> Result<(), Failure> {
    let after = while_handling(|world| {
        let mut network = LinkSettings::labrpc(false, false, false);
        network.reply.latency = Spread::fixed(ms(500));
        world.set_network(network)?;
        tell(world, N2, vec![answer(N1, 1)])?;
        world.crash(N2)?;
        world.isolate(N1)
    })?;
    assert_eq!(after, ["0.650000s n1 <- n2 answer"]);
    Ok(())
}

#[test]
fn a_call_fails_if_its_callee_crashes_before_the_request_arrives() -> Result<(), Failure> {
    for restarts in [false, true] {
        let mut world = calling(slow());
        tell(&mut world, N1, vec![call(N2, 1)])?;
        if restarts {
            world.restart(N2)?;
        } else {
            world.crash(N2)?;
        }
        let before = story(&world).len();
        world.sleep(Duration::from_secs(1))?;
        let expected = ["0.006000s n2 misses n1 #0", "0.006000s n1 call 1 to n2 fails"];
        assert_eq!(story(&world)[before..], expected);
    }
    Ok(())
}

#[test]
fn a_duplicate_that_misses_its_callee_fails_no_call_that_was_answered() -> Result<(), Failure> {
    let mut network = slow();
    network.request.duplicate = Ratio::new(1, 1);
    network.reply.latency = Spread::fixed(ms(50));
    let mut world = calling(network);
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.sleep(ms(6))?;
    world.crash(N2)?;
    world.sleep(Duration::from_secs(1))?;
    let expected = [
        "0.001000s n1 => n2 call +0.005000s +0.010000s",
        "0.006000s n2 <- n1 call",
        "0.006000s n2 -> n1 answer +0.050000s",
        "0.007000s n2 crash n2",
        "0.007000s n2 crashes",
        "0.011000s n2 misses n1 #0",
        "0.056000s n1 <- n2 answer",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_failed_call_is_not_reported_to_the_next_life() -> Result<(), Failure> {
    let mut world = calling(slow());
    world.block(N1, N2)?;
    tell(&mut world, N1, vec![call(N2, 1), call(N2, 2)])?;
    world.restart(N1)?;
    let before = story(&world).len();
    world.sleep(Duration::from_secs(10))?;
    assert_eq!(story(&world)[before..], Vec::<String>::new());
    Ok(())
}

#[test]
fn an_answer_is_not_given_to_the_next_life() -> Result<(), Failure> {
    let mut world = calling(slow());
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.sleep(ms(6))?;
    world.restart(N1)?;
    let before = story(&world).len();
    world.sleep(Duration::from_secs(1))?;
    assert_eq!(story(&world)[before..], ["0.011000s n1 misses n2 #0"]);
    Ok(())
}

#[test]
fn a_call_is_answered_only_by_the_life_that_was_called() -> Result<(), Failure> {
    let mut world = booted(Setup { network: slow(), ..setup(2) });
    tell(&mut world, N1, vec![call(N2, 1), call(N2, 2)])?;
    world.sleep(ms(6))?;
    // One answer before the crash, one from the next life.
    tell(&mut world, N2, vec![answer(N1, 1)])?;
    world.restart(N2)?;
    tell(&mut world, N2, vec![answer(N1, 2)])?;
    world.sleep(Duration::from_secs(1))?;
    let expected = [
        "0.007000s n2 -> n1 answer +0.005000s",
        "0.007000s n2 crash n2",
        "0.007000s n2 crashes",
        "0.007000s n2 restart n2",
        "0.007000s n2 boots in term 0",
        "0.007000s n2 x> n1 answer Unasked",
        "0.012000s n1 <- n2 answer",
        "0.106000s n1 call 2 to n2 fails",
    ];
    assert_eq!(story(&world)[4..], expected);
    Ok(())
}

#[test]
fn an_answer_to_an_old_life_does_not_answer_a_new_call_of_equal_number() -> Result<(), Failure> {
    let mut network = slow();
    let mut world = calling(network);
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.restart(N1)?;
    network.request.latency = Spread::fixed(ms(20));
    world.set_network(network)?;
    tell(&mut world, N1, vec![call(N2, 1)])?;
    let before = story(&world).len();
    world.sleep(Duration::from_secs(1))?;
    let expected = [
        "0.006000s n2 <- n1 call",
        "0.006000s n2 x> n1 answer Unasked",
        "0.021000s n2 <- n1 call",
        "0.021000s n2 -> n1 answer +0.005000s",
        "0.026000s n1 <- n2 answer",
    ];
    assert_eq!(story(&world)[before..], expected);
    Ok(())
}

#[test]
fn a_number_used_again_while_its_call_waits_breaks_the_contract() -> Result<(), Failure> {
    let mut world = calling(slow());
    tell(&mut world, N1, vec![call(N2, 7)])?;
    world.sleep(ms(1))?;
    let facts = facts_of("call numbers", tell(&mut world, N1, vec![call(N2, 7)]));
    assert_eq!(
        facts,
        [
            "n1 gives its open calls different numbers",
            "it made call 7 again while that call is open"
        ]
    );
    Ok(())
}

#[test]
fn two_servers_may_use_the_same_number() -> Result<(), Failure> {
    let mut setup = Setup { network: slow(), ..setup(2) };
    setup.configs = vec![answering(), answering()];
    let mut world = booted(setup);
    tell(&mut world, N1, vec![call(N2, 7)])?;
    tell(&mut world, N2, vec![call(N1, 7)])?;
    world.sleep(ms(10))?;
    assert_eq!(story(&world)[6..], ["0.011000s n1 <- n2 answer", "0.011000s n2 <- n1 answer"]);
    Ok(())
}

#[test]
fn the_caller_is_given_its_calls_failure_as_an_event() -> Result<(), Failure> {
    static SEEN: Mutex<Vec<(Event<Msg>, Time)>> = Mutex::new(vec![]);
    let mut setup = setup(2);
    setup.configs[0] = Script::reacting(|_, event, now| {
        SEEN.lock().expect("one test uses it").push((event.clone(), now));
        vec![Act::Persist(Put::Number(1))]
    });
    setup.network.call_failure = Spread::fixed(ms(40));
    let mut world = booted(setup);
    world.isolate(N2)?;
    tell(&mut world, N1, vec![call(N2, 3)])?;
    world.sleep(ms(100))?;
    let failed = Event::CallFailed { to: N2, call: raftsim_node::CallId(3) };
    assert_eq!(*SEEN.lock().unwrap(), [(failed, at(41))]);
    assert_eq!(story(&world).last().unwrap(), "0.041000s n1 writes 1");
    Ok(())
}
