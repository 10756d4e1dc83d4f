//! A recorded trace shows when each server's timer is due, by the world's clock.

use raftsim_node::{Duration, Event};
use raftsim_sim::{Failure, Rate, Recording, Setup, World};

use crate::toy::{N1, N2, Script, Toy, booted, ms, send, setup, tell};

/// At "arm" n1 sets its timer 30 ms ahead, at "stop" it stops it, and at a timeout it sets it 20 ms
/// ahead, by its own clock.
fn world() -> World<Toy, ()> {
    let mut setup = setup(2);
    setup.configs[0] = Script::reacting(|mind, event, now| {
        match event {
            Event::Receive { message, .. } if message.text == "arm" => {
                mind.deadline = Some(now + ms(30));
            }
            Event::Receive { message, .. } if message.text == "stop" => mind.deadline = None,
            Event::Timeout => mind.deadline = Some(now + ms(20)),
            _ => {}
        }
        vec![]
    });
    booted(setup)
}

/// n2 sends n1 a message, which arrives at once.
fn say(world: &mut World<Toy, ()>, text: &'static str) -> Result<(), Failure> {
    tell(world, N2, vec![send(N1, text)])?;
    world.sleep(Duration::ZERO)
}

/// When timers were set, each with the record before it.
fn timers(world: &mut World<Toy, ()>) -> Vec<String> {
    world.mark("the end", None, 0).expect("nobody watches");
    let trace = world.trace();
    let lines = trace.timers().iter().map(|set| {
        let due = set.due.map_or_else(|| "none".to_owned(), |due| due.to_string());
        let text = trace.records()[set.after - 1].row().text;
        let text = text.split(" false").next().expect("a text");
        format!("{} {} due {due}, after {text}", set.time, set.node)
    });
    lines.collect()
}

#[test]
fn a_timer_is_noted_when_a_step_sets_moves_or_stops_it() -> Result<(), Failure> {
    let mut world = world();
    say(&mut world, "arm")?;
    world.sleep(ms(40))?;
    say(&mut world, "other")?;
    say(&mut world, "stop")?;
    let expected = [
        "0.001000s n1 due 0.031000s, after <- n2 \"arm\"",
        "0.031000s n1 due 0.051000s, after timeout",
        "0.041000s n1 due none, after <- n2 \"stop\"",
    ];
    assert_eq!(timers(&mut world), expected);
    Ok(())
}

#[test]
fn a_timer_is_noted_at_a_boot_a_crash_and_a_change_of_the_clock() -> Result<(), Failure> {
    let mut setup = setup(1);
    setup.configs[0] = Script::default().timing(ms(100));
    let mut world = booted(setup);
    world.set_clock_rate(N1, Rate::new(2, 1))?;
    world.jump_clock(N1, ms(10))?;
    world.crash(N1)?;
    world.restart(N1)?;
    let expected = [
        "0.000177s n1 due 0.100177s, after boot: follower in term 0",
        "0.001000s n1 due 0.050588s, after clock n1 2/1",
        "0.001000s n1 due 0.045588s, after jump n1 0.010s",
        "0.001000s n1 due none, after down",
        "0.001000s n1 due 0.051000s, after boot: follower in term 0",
    ];
    assert_eq!(timers(&mut world), expected);
    Ok(())
}

#[test]
fn the_timer_of_a_paused_server_keeps_its_time() -> Result<(), Failure> {
    let mut world = world();
    say(&mut world, "arm")?;
    world.pause(N1)?;
    say(&mut world, "arm")?;
    world.sleep(ms(5))?;
    world.jump_clock(N1, ms(10))?;
    world.resume(N1)?;
    let expected = [
        "0.001000s n1 due 0.031000s, after <- n2 \"arm\"",
        "0.006000s n1 due 0.021000s, after jump n1 0.010s",
        "0.006000s n1 due 0.036000s, after <- n2 \"arm\"",
    ];
    assert_eq!(timers(&mut world), expected);
    Ok(())
}

#[test]
fn each_step_of_a_server_that_catches_up_notes_its_timer() -> Result<(), Failure> {
    let mut world = world();
    world.pause(N1)?;
    say(&mut world, "arm")?;
    say(&mut world, "stop")?;
    world.resume(N1)?;
    let expected = [
        "0.001000s n1 due 0.031000s, after <- n2 \"arm\"",
        "0.001000s n1 due none, after <- n2 \"stop\"",
    ];
    assert_eq!(timers(&mut world), expected);
    Ok(())
}

#[test]
fn a_run_that_is_not_recorded_notes_no_timer() {
    let setup = Setup { recording: Recording::Off, ..setup(1) };
    let world = booted(setup);
    assert_eq!(world.trace().timers(), []);
}
