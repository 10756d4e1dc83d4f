//! Each server has a clock of its own: it runs at its rate, may jump ahead, and never goes back.

use std::sync::{Arc, Mutex};

use raftsim_node::{Duration, Event, Time};
use raftsim_sim::{Failure, Kind, Rate, World};

use crate::toy::{N1, N2, Script, Toy, at, booted, ms, send, setup, story, tell, texts, us};

/// What n1's clock read at each of its steps.
type Readings = Arc<Mutex<Vec<Time>>>;

/// n1 records what its clock reads at each step. At a message or a timeout it sets its timer 30 ms
/// ahead, by its own clock.
fn timed() -> (World<Toy, ()>, Readings) {
    let readings = Readings::default();
    let told = Arc::clone(&readings);
    let mut setup = setup(2);
    setup.configs[0] = Script::reacting(move |mind, event, now| {
        told.lock().expect("one thread").push(now);
        if matches!(event, Event::Timeout | Event::Receive { .. }) {
            mind.deadline = Some(now + ms(30));
        }
        vec![]
    });
    (booted(setup), readings)
}

/// n2 sends n1 a message, at which n1 sets its timer.
fn poke(world: &mut World<Toy, ()>) -> Result<(), Failure> {
    tell(world, N2, vec![send(N1, "poke")])?;
    world.sleep(ms(0))
}

fn timeouts(world: &World<Toy, ()>) -> Vec<String> {
    let timeouts = story(world).into_iter().filter(|line| line.ends_with("timeout"));
    timeouts.map(|line| line.split(' ').next().expect("a time").to_owned()).collect()
}

#[test]
fn a_fast_clock_wakes_its_server_sooner_and_a_slow_one_later() -> Result<(), Failure> {
    for (rate, expected) in [
        (Rate::TRUE, ["0.031000s", "0.061000s"]),
        (Rate::new(3, 2), ["0.021000s", "0.041000s"]),
        (Rate::new(1, 2), ["0.061000s", "0.121000s"]),
    ] {
        let (mut world, readings) = timed();
        poke(&mut world)?;
        world.set_clock_rate(N1, rate)?;
        world.sleep(ms(130))?;
        assert_eq!(timeouts(&world)[..2], expected, "{rate}");
        // By the server's own clock the times are the same.
        assert_eq!(readings.lock().expect("one thread")[..3], [at(1), at(31), at(61)]);
    }
    Ok(())
}

#[test]
fn a_change_of_rate_keeps_a_clock_continuous() -> Result<(), Failure> {
    let (mut world, readings) = timed();
    for (rate, span) in [((2, 1), 10), ((1, 2), 10), ((1, 1), 5), ((1, 3), 9)] {
        world.set_clock_rate(N1, Rate::new(rate.0, rate.1))?;
        world.sleep(ms(span))?;
        poke(&mut world)?;
    }
    let expected = [at(21), at(26), at(31), at(34)];
    assert_eq!(*readings.lock().expect("one thread"), expected);
    Ok(())
}

#[test]
fn no_change_of_a_clock_takes_it_back() -> Result<(), Failure> {
    let (mut world, readings) = timed();
    for number in 1..200_u32 {
        let rate = Rate::new(number % 7 + 1, number % 11 + 1);
        world.set_clock_rate(N1, rate)?;
        world.sleep(us(u64::from(number) * 37 % 101))?;
        if number % 13 == 0 {
            world.jump_clock(N1, Duration::from_nanos(number.into()))?;
        }
        poke(&mut world)?;
    }
    let readings = readings.lock().expect("one thread");
    assert!(readings.len() >= 199);
    assert!(readings.is_sorted(), "{readings:?}");
    Ok(())
}

#[test]
fn a_jump_makes_the_timer_due_earlier_or_at_once() -> Result<(), Failure> {
    let (mut world, readings) = timed();
    poke(&mut world)?;
    world.jump_clock(N1, ms(10))?;
    world.sleep(ms(15))?;
    world.jump_clock(N1, ms(0))?;
    world.jump_clock(N1, Duration::from_secs(1))?;
    world.sleep(ms(5))?;
    assert_eq!(*readings.lock().expect("one thread"), [at(1), at(1026)]);
    let expected =
        ["0.001000s n1 jump n1 0.010s", "0.016000s n1 jump n1 1.000s", "0.016000s n1 timeout"];
    assert_eq!(story(&world)[2..], expected);
    Ok(())
}

#[test]
fn an_expired_timer_is_due_now_by_the_servers_own_clock() -> Result<(), Failure> {
    let (mut world, readings) = timed();
    poke(&mut world)?;
    world.set_clock_rate(N1, Rate::new(3, 2))?;
    world.sleep(ms(10))?;
    world.expire(N1)?;
    world.expire(N1)?;
    world.sleep(ms(0))?;
    assert_eq!(*readings.lock().expect("one thread"), [at(1), at(31)]);
    let expected = ["0.011000s n1 expire n1", "0.011000s n1 timeout"];
    assert_eq!(story(&world)[3..], expected);
    Ok(())
}

#[test]
fn there_is_nothing_to_expire_without_a_timer_a_life_or_a_run() -> Result<(), Failure> {
    let (mut world, _) = timed();
    world.expire(N1)?;
    poke(&mut world)?;
    world.pause(N1)?;
    world.expire(N1)?;
    world.resume(N1)?;
    world.crash(N1)?;
    world.expire(N1)?;
    assert!(!story(&world).iter().any(|line| line.contains("clock")));
    Ok(())
}

#[test]
fn a_clock_is_the_machines_and_outlives_a_crash() -> Result<(), Failure> {
    let (mut world, readings) = timed();
    world.set_clock_rate(N1, Rate::new(2, 1))?;
    world.jump_clock(N1, ms(100))?;
    world.crash(N1)?;
    world.set_clock_rate(N1, Rate::new(3, 1))?;
    world.sleep(ms(10))?;
    world.restart(N1)?;
    poke(&mut world)?;
    assert_eq!(*readings.lock().expect("one thread"), [at(131)]);
    Ok(())
}

#[test]
fn a_server_boots_by_its_own_clock() -> Result<(), Failure> {
    let mut setup = setup(1);
    let script = Script::reacting(|mind, _, now| {
        mind.deadline = None;
        assert_eq!(now, at(107), "100 ms ahead, at twice the speed");
        vec![]
    });
    setup.configs[0] = script.timing(ms(6));
    let mut world = booted(setup);
    world.jump_clock(N1, ms(100))?;
    world.set_clock_rate(N1, Rate::new(2, 1))?;
    world.restart(N1)?;
    world.sleep(ms(50))?;
    assert_eq!(timeouts(&world), ["0.004000s"]);
    Ok(())
}

#[test]
fn a_clock_is_true_if_it_runs_at_the_worlds_rate_however_far_ahead() -> Result<(), Failure> {
    let (mut world, _) = timed();
    assert!(world.cluster().clock_is_true(N1));
    world.jump_clock(N1, ms(100))?;
    assert!(world.cluster().clock_is_true(N1));
    world.set_clock_rate(N1, Rate::new(3, 2))?;
    assert!(!world.cluster().clock_is_true(N1));
    assert_eq!(world.cluster().clock_rate(N1), Rate::new(3, 2));
    world.set_clock_rate(N1, Rate::new(3, 2))?;
    world.set_clock_rate(N1, Rate::TRUE)?;
    assert!(world.cluster().clock_is_true(N1));
    let clocks = ["n1 jump n1 0.100s", "n1 clock n1 3/2", "n1 clock n1 1/1"];
    assert_eq!(story(&world), clocks.map(|line| format!("0.001000s {line}")));
    Ok(())
}

#[test]
fn a_paused_servers_clock_runs_and_its_changes_move_its_timer() -> Result<(), Failure> {
    let (mut world, readings) = timed();
    poke(&mut world)?;
    world.pause(N1)?;
    world.sleep(ms(10))?;
    // The timer is due at 31 ms by n1's clock, which is now 21 ms by the world's.
    world.set_clock_rate(N1, Rate::new(2, 1))?;
    world.sleep(ms(15))?;
    tell(&mut world, N2, vec![send(N1, "later")])?;
    world.sleep(ms(4))?;
    world.resume(N1)?;
    assert_eq!(*readings.lock().expect("one thread"), [at(1), at(49), at(49)]);
    let expected = ["0.030000s n1 runs again", "0.030000s n1 timeout", "0.030000s n1 <- n2 later"];
    assert_eq!(story(&world)[7..], expected);
    Ok(())
}

#[test]
fn a_clock_out_of_range_is_a_failure_that_accuses_no_node() -> Result<(), Failure> {
    let facts = ["a clock reads at most 9223372036.854775s", "n1's clock would read more"];
    let (mut world, _) = timed();
    let failure = world.jump_clock(N1, Duration::from_nanos(u64::MAX)).unwrap_err();
    assert_eq!(
        (failure.property().name(), texts(&failure)),
        ("clock range", facts.map(str::to_owned))
    );
    assert_eq!(failure.accused(), [N1]);
    assert_eq!(failure.kind(), Kind::LabLimit { by_chance: false });
    // At 4.3e9 times the world's rate, 9.2e18 nanoseconds pass within three seconds.
    let (mut world, _) = timed();
    world.set_clock_rate(N1, Rate::new(u32::MAX, 1))?;
    world.sleep(Duration::from_secs(2))?;
    tell(&mut world, N1, vec![])?;
    world.sleep(Duration::from_secs(1))?;
    assert_eq!(poke(&mut world).unwrap_err().property().name(), "clock range");
    Ok(())
}
