//! A paused server is up but handles nothing; what arrives is handled once it is resumed.

use raftsim_node::{Command, Duration, Event, Status};
use raftsim_sim::{
    Caps, Cluster, Failure, LinkSettings, Proposed, Record, Recording, Seen, Setup, Spread, Watch,
    What, World,
};

use crate::toy::{
    Act, N1, N2, N3, Put, Script, Toy, answer, answering, at, booted, call, facts_of, ms, send,
    setup, story, tell, watched,
};

/// Sets its deadline to 5 ms when it receives "arm", and moves it by 5 ms when it receives "put
/// off".
fn armed() -> Script {
    Script::reacting(|mind, event, now| {
        match event {
            Event::Receive { message, .. } if message.text == "arm" => mind.deadline = Some(at(5)),
            Event::Receive { message, .. } if message.text == "put off" => {
                mind.deadline = Some(now + ms(5));
            }
            Event::Timeout => mind.deadline = None,
            _ => {}
        }
        vec![]
    })
}

/// n1 is armed, and paused at 2 ms; n2's messages arrive at these times, in milliseconds; n1 is
/// resumed at 10 ms. Returns what happened in the 10 ms after that.
fn resumed(told: &[(u64, &'static str)]) -> Result<Vec<String>, Failure> {
    let mut setup = setup(2);
    setup.configs[0] = armed();
    let mut world = booted(setup);
    tell(&mut world, N2, vec![send(N1, "arm")])?;
    world.sleep(ms(1))?;
    world.pause(N1)?;
    for &(time, text) in told {
        let wait = at(time).since(world.now());
        world.sleep(wait)?;
        tell(&mut world, N2, vec![send(N1, text)])?;
    }
    let wait = at(10).since(world.now());
    world.sleep(wait)?;
    let before = story(&world).len();
    world.resume(N1)?;
    world.sleep(ms(10))?;
    Ok(story(&world)[before..].to_vec())
}

#[test]
fn what_waits_is_handled_in_order_of_arrival_and_the_timer_by_its_time() -> Result<(), Failure> {
    let expected = [
        "0.010000s n1 resume n1",
        "0.010000s n1 runs again",
        "0.010000s n1 <- n2 a",
        "0.010000s n1 <- n2 b",
        "0.010000s n1 timeout",
        "0.010000s n1 <- n2 c",
    ];
    // A message that arrives when the timer is due comes before it, as in a server that runs.
    assert_eq!(resumed(&[(3, "a"), (5, "b"), (7, "c")])?, expected);
    Ok(())
}

#[test]
fn a_timer_comes_first_or_last_or_alone() -> Result<(), Failure> {
    let [resume, runs] = ["0.010000s n1 resume n1", "0.010000s n1 runs again"];
    let [timeout, told] = ["0.010000s n1 timeout", "0.010000s n1 <- n2 a"];
    assert_eq!(resumed(&[(6, "a")])?, [resume, runs, timeout, told]);
    assert_eq!(resumed(&[(4, "a")])?, [resume, runs, told, timeout]);
    assert_eq!(resumed(&[])?, [resume, runs, timeout]);
    Ok(())
}

#[test]
fn a_timer_that_is_put_off_by_what_waited_does_not_fire() -> Result<(), Failure> {
    let expected = [
        "0.010000s n1 resume n1",
        "0.010000s n1 runs again",
        "0.010000s n1 <- n2 put off",
        "0.015000s n1 timeout",
    ];
    assert_eq!(resumed(&[(4, "put off")])?, expected);
    Ok(())
}

#[test]
fn a_timer_that_is_due_later_fires_then() -> Result<(), Failure> {
    let mut setup = setup(2);
    setup.configs[0] = armed();
    let mut world = booted(setup);
    tell(&mut world, N2, vec![send(N1, "arm")])?;
    world.sleep(ms(1))?;
    world.pause(N1)?;
    world.sleep(ms(1))?;
    world.resume(N1)?;
    world.sleep(ms(10))?;
    let expected = [
        "0.002000s n1 pause n1",
        "0.002000s n1 suspended",
        "0.003000s n1 resume n1",
        "0.003000s n1 runs again",
        "0.005000s n1 timeout",
    ];
    assert_eq!(story(&world)[2..], expected);
    Ok(())
}

#[test]
fn a_paused_server_is_up_and_answers_no_proposal() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.pause(N1)?;
    let cluster = world.cluster();
    assert_eq!(
        (cluster.is_up(N1), cluster.is_paused(N1), cluster.is_paused(N2)),
        (true, true, false)
    );
    assert_eq!(cluster.status(N1), Some(Status::default()));
    assert_eq!(world.propose(N1, Command::default())?, Proposed::Refused);
    world.resume(N1)?;
    assert!(!world.cluster().is_paused(N1));
    let expected = ["pause n1", "suspended", "resume n1", "runs again"];
    assert_eq!(story(&world), expected.map(|deed| format!("0.001000s n1 {deed}")));
    Ok(())
}

#[test]
fn a_server_that_is_down_or_paused_cannot_be_paused_and_one_that_runs_cannot_be_resumed()
-> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.resume(N1)?;
    world.pause(N1)?;
    world.pause(N1)?;
    world.crash(N2)?;
    world.pause(N2)?;
    world.resume(N2)?;
    let expected = ["n1 pause n1", "n1 suspended", "n2 crash n2", "n2 crashes"];
    assert_eq!(story(&world), expected.map(|deed| format!("0.001000s {deed}")));
    assert!(!world.cluster().is_paused(N2));
    Ok(())
}

#[test]
fn a_crash_ends_a_paused_life_and_what_waited_for_it_is_missed() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.pause(N1)?;
    tell(&mut world, N2, vec![send(N1, "a"), call(N1, 1), send(N1, "b")])?;
    world.sleep(ms(1))?;
    world.crash(N1)?;
    assert!(!world.cluster().is_paused(N1));
    world.restart(N1)?;
    tell(&mut world, N2, vec![send(N1, "c")])?;
    world.sleep(ms(1))?;
    let expected = [
        "0.002000s n1 crash n1",
        "0.002000s n1 crashes",
        "0.002000s n1 restart n1",
        "0.002000s n1 boots in term 0",
        "0.002000s n2 -> n1 c +0.000000s",
        "0.002000s n1 misses n2 #0",
        "0.002000s n1 misses n2 #1",
        "0.002000s n2 call 1 to n1 fails",
        "0.002000s n1 misses n2 #2",
        "0.002000s n1 <- n2 c",
    ];
    assert_eq!(story(&world)[5..], expected);
    Ok(())
}

#[test]
fn starting_a_paused_server_begins_a_life_that_runs() -> Result<(), Failure> {
    let mut setup = setup(1);
    setup.configs[0] = armed().timing(ms(3));
    let mut world = booted(setup);
    world.pause(N1)?;
    world.restart(N1)?;
    assert!(!world.cluster().is_paused(N1));
    world.sleep(ms(10))?;
    let expected = [
        "pause n1",
        "suspended",
        "crash n1",
        "crashes",
        "restart n1",
        "boots in term 0",
        "timeout",
    ];
    let story = story(&world);
    let effects: Vec<&str> = story.iter().map(|line| line.split_once(" n1 ").unwrap().1).collect();
    assert_eq!(effects, expected);
    assert!(story[6].starts_with("0.004000s"), "{}", story[6]);
    Ok(())
}

#[test]
fn a_call_that_fails_during_a_pause_fails_once_when_the_caller_runs_again() -> Result<(), Failure> {
    let mut network = LinkSettings::labrpc(false, false, false);
    network.call_failure = Spread::fixed(ms(5));
    let mut setup = Setup { network, ..setup(2) };
    setup.configs[1] = Script::default();
    let mut world = booted(setup);
    tell(&mut world, N1, vec![call(N2, 1)])?;
    world.sleep(ms(1))?;
    world.pause(N1)?;
    // labrpc polls the call every 100 ms, and finds the link cut; the answer comes too late.
    world.block(N1, N2)?;
    world.sleep(ms(200))?;
    tell(&mut world, N2, vec![answer(N1, 1)])?;
    world.resume(N1)?;
    world.sleep(Duration::from_secs(1))?;
    let expected = [
        "0.202000s n2 x> n1 answer Unasked",
        "0.202000s n1 resume n1",
        "0.202000s n1 runs again",
        "0.202000s n1 call 1 to n2 fails",
    ];
    assert_eq!(story(&world)[5..], expected);
    Ok(())
}

#[test]
fn a_call_to_a_paused_server_fails_when_its_link_is_cut_and_waits_otherwise() -> Result<(), Failure>
{
    let run = |cut: bool| {
        let mut setup = setup(2);
        setup.configs[1] = answering();
        let mut world = booted(setup);
        world.pause(N2)?;
        tell(&mut world, N1, vec![call(N2, 1)])?;
        world.sleep(ms(50))?;
        if cut {
            world.block(N1, N2)?;
        }
        world.sleep(ms(950))?;
        world.resume(N2)?;
        world.sleep(ms(1))?;
        Ok(story(&world)[3..].to_vec())
    };
    let answered = [
        "1.001000s n2 resume n2",
        "1.001000s n2 runs again",
        "1.001000s n2 <- n1 call",
        "1.001000s n2 -> n1 answer +0.000000s",
        "1.001000s n1 <- n2 answer",
    ];
    assert_eq!(run(false)?, answered);
    let failed = [
        "0.051000s n1 block n1>n2",
        "0.101000s n1 call 1 to n2 fails",
        "1.001000s n2 resume n2",
        "1.001000s n2 runs again",
        "1.001000s n2 <- n1 call",
        "1.001000s n2 x> n1 answer Unasked",
    ];
    assert_eq!(run(true)?, failed);
    Ok(())
}

#[test]
fn what_waits_counts_as_in_flight() -> Result<(), Failure> {
    let caps = Caps { in_flight: 3, ..Caps::default() };
    let mut world = booted(Setup { caps, ..setup(2) });
    world.pause(N1)?;
    for _ in 0..3 {
        tell(&mut world, N2, vec![send(N1, "a")])?;
        world.sleep(ms(1))?;
    }
    tell(&mut world, N2, vec![send(N1, "a")])?;
    let failed = world.sleep(ms(1));
    let seen = "3 messages wait to be delivered, and n2 sends one more";
    assert_eq!(
        facts_of("no flood", failed),
        ["a node stays below the limits on events, actions and messages", seen]
    );
    Ok(())
}

/// Records when each server is suspended, and when it runs again.
#[derive(Default)]
struct Doors(Vec<String>);

impl Watch<Toy> for Doors {
    fn observe(
        &mut self,
        cluster: &Cluster<Toy>,
        record: &Record<Seen<'_, Toy>>,
    ) -> Result<(), Failure> {
        let Some(node) = record.node else { return Ok(()) };
        match record.what {
            What::Suspended => {
                assert!(cluster.is_suspended(node));
                self.0.push(format!("{} {node} suspended", cluster.now()));
            }
            What::Resumed => {
                assert!(!cluster.is_suspended(node));
                self.0.push(format!("{} {node} runs again", cluster.now()));
            }
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn a_pause_and_a_write_together_suspend_a_server_once() -> Result<(), Failure> {
    let mut world: World<Toy, Doors> = watched(setup(3), Doors::default());
    world.set_disk(N1, ms(10))?;
    tell(&mut world, N1, vec![Act::Persist(Put::Number(1)), Act::Persist(Put::Number(2))])?;
    world.sleep(ms(5))?;
    world.pause(N1)?;
    world.sleep(ms(1))?;
    world.resume(N1)?;
    world.pause(N2)?;
    world.crash(N2)?;
    world.pause(N3)?;
    world.sleep(ms(20))?;
    world.resume(N3)?;
    let expected = [
        "0.001000s n1 suspended",
        "0.007000s n2 suspended",
        "0.007000s n3 suspended",
        "0.021000s n1 runs again",
        "0.027000s n3 runs again",
    ];
    assert_eq!(world.watch().0, expected);
    Ok(())
}

#[test]
fn a_paused_run_has_the_same_digest_recorded_or_not() -> Result<(), Failure> {
    let run = |recording| {
        let mut world = booted(Setup { recording, ..setup(2) });
        world.pause(N1)?;
        tell(&mut world, N2, vec![send(N1, "a")])?;
        world.sleep(ms(1))?;
        world.resume(N1)?;
        Ok(world.trace().digest())
    };
    assert_eq!(run(Recording::On)?, run(Recording::Off)?);
    Ok(())
}
