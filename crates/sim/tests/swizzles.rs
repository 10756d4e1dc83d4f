//! Swizzle-clogging; and which verbs change anything.

use raftsim_node::{Duration, NodeId};
use raftsim_sim::{Failure, LinkSettings, Rate, World};

use crate::toy::{N1, N2, N3, Toy, booted, ms, setup, story};

const CUT: [(NodeId, NodeId); 3] = [(N1, N2), (N3, N1), (N2, N3)];
const MEND: [(NodeId, NodeId); 3] = [(N2, N3), (N1, N2), (N3, N1)];

#[test]
fn a_swizzle_cuts_one_by_one_and_mends_in_its_other_order() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.swizzle(&CUT, &MEND, ms(10))?;
    world.sleep(ms(45))?;
    assert!(!world.cluster().is_blocked(N2, N3) && world.cluster().is_blocked(N3, N1));
    world.sleep(ms(50))?;
    let expected = [
        "0.001000s n1 block n2",
        "0.011000s n3 block n1",
        "0.021000s n2 block n3",
        "0.031000s n2 unblock n3",
        "0.041000s n1 unblock n2",
        "0.051000s n3 unblock n1",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn a_swizzle_without_time_between_is_over_at_once() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.swizzle(&CUT, &MEND, ms(0))?;
    world.sleep(ms(0))?;
    let told = story(&world);
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(told.iter().all(|line| line.starts_with("0.001000s ")), "{told:?}");
    Ok(())
}

#[test]
fn two_swizzles_go_on_beside_each_other() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.swizzle(&[(N1, N2)], &[(N1, N2)], ms(20))?;
    world.swizzle(&[(N2, N1)], &[(N2, N1)], ms(10))?;
    world.sleep(ms(50))?;
    let expected = [
        "0.001000s n1 block n2",
        "0.001000s n2 block n1",
        "0.011000s n2 unblock n1",
        "0.021000s n1 unblock n2",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn no_swizzle_goes_on_once_all_faults_stop() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.swizzle(&CUT, &MEND, ms(10))?;
    world.sleep(ms(15))?;
    world.stop_faults();
    world.heal()?;
    world.sleep(ms(100))?;
    let expected = ["0.001000s n1 block n2", "0.011000s n3 block n1", "0.016000s world heal"];
    assert_eq!(story(&world), expected);
    Ok(())
}

type Verb = fn(&mut World<Toy, ()>) -> Result<(), Failure>;

/// Done twice in a row each, beginning with n1 and n2 up, n3 down, and nothing amiss: the first time
/// they change something, the second time nothing.
const VERBS: &[(&str, Verb)] = &[
    ("disconnect", |world| world.disconnect(N1)),
    ("connect", |world| world.connect(N1)),
    ("block", |world| world.block(N1, N2)),
    ("unblock", |world| world.unblock(N1, N2)),
    ("partition", |world| world.partition(&[&[N1, N2], &[N3]])),
    ("heal", |world| world.heal()),
    ("set_network", |world| world.set_network(LinkSettings::labrpc(true, false, true))),
    ("set_link", |world| world.set_link(N1, N2, LinkSettings::labrpc(true, true, true))),
    ("set_disk", |world| world.set_disk(N1, ms(3))),
    ("set_clock_rate", |world| world.set_clock_rate(N1, Rate::new(3, 2))),
    ("pause", |world| world.pause(N1)),
    ("resume", |world| world.resume(N1)),
    ("crash", |world| world.crash(N1)),
];

#[test]
fn what_is_so_already_is_no_change() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.crash(N3)?;
    for (name, verb) in VERBS {
        let before = world.changes();
        verb(&mut world)?;
        let once = world.changes();
        assert!(once > before, "{name} does something");
        verb(&mut world)?;
        assert_eq!(world.changes(), once, "{name} does nothing the second time");
    }
    Ok(())
}

#[test]
fn what_a_server_that_is_down_cannot_suffer_is_no_change() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.crash(N2)?;
    let before = world.changes();
    world.pause(N2)?;
    world.resume(N2)?;
    world.crash_after(N2, 1)?;
    world.expire(N2)?;
    world.jump_clock(N1, Duration::ZERO)?;
    assert_eq!(world.changes(), before);
    world.start(N2)?;
    assert!(world.changes() > before && !world.cluster().is_armed(N2));
    Ok(())
}

#[test]
fn a_crash_is_armed_until_it_comes_or_is_taken_back() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    let before = world.changes();
    world.crash_after(N1, 1)?;
    assert!(world.cluster().is_armed(N1) && !world.cluster().is_armed(N2));
    assert_eq!(world.changes(), before + 1);
    world.disarm(N1)?;
    assert!(!world.cluster().is_armed(N1));
    assert_eq!(world.changes(), before + 2);
    world.disarm(N1)?;
    assert_eq!(world.changes(), before + 2);
    Ok(())
}
