//! Swizzle-clogging; and which faults change anything.

use raftsim_node::{Duration, NodeId};
use raftsim_sim::{CrashPoint, Failure, Fault, Link, LinkSettings, Rate};

use crate::toy::{N1, N2, N3, booted, ms, setup, story};

const fn link(from: NodeId, to: NodeId) -> Link {
    Link { from, to }
}

const CUT: [Link; 3] = [link(N1, N2), link(N3, N1), link(N2, N3)];
const MEND: [Link; 3] = [link(N2, N3), link(N1, N2), link(N3, N1)];

#[test]
fn a_swizzle_cuts_one_by_one_and_mends_in_its_other_order() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.swizzle(&CUT, &MEND, ms(10))?;
    world.sleep(ms(45))?;
    assert!(!world.cluster().is_blocked(N2, N3) && world.cluster().is_blocked(N3, N1));
    world.sleep(ms(50))?;
    let expected = [
        "0.001000s world swizzle n1>n2 n3>n1 n2>n3 every 0.010s mend n2>n3 n1>n2 n3>n1",
        "0.001000s n1 block n1>n2",
        "0.011000s n3 block n3>n1",
        "0.021000s n2 block n2>n3",
        "0.031000s n2 unblock n2>n3",
        "0.041000s n1 unblock n1>n2",
        "0.051000s n3 unblock n3>n1",
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
    assert_eq!(told.len(), 1 + 6, "the swizzle, and each link twice: {told:?}");
    assert!(told.iter().all(|line| line.starts_with("0.001000s ")), "{told:?}");
    Ok(())
}

#[test]
fn two_swizzles_go_on_beside_each_other() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.swizzle(&[link(N1, N2)], &[link(N1, N2)], ms(20))?;
    world.swizzle(&[link(N2, N1)], &[link(N2, N1)], ms(10))?;
    world.sleep(ms(50))?;
    let expected = [
        "0.001000s world swizzle n1>n2 every 0.020s mend n1>n2",
        "0.001000s world swizzle n2>n1 every 0.010s mend n2>n1",
        "0.001000s n1 block n1>n2",
        "0.001000s n2 block n2>n1",
        "0.011000s n2 unblock n2>n1",
        "0.021000s n1 unblock n1>n2",
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
    let expected = [
        "0.001000s world swizzle n1>n2 n3>n1 n2>n3 every 0.010s mend n2>n3 n1>n2 n3>n1",
        "0.001000s n1 block n1>n2",
        "0.011000s n3 block n3>n1",
        "0.016000s world heal",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

/// Each is injected twice in a row, beginning with n1 and n2 up, n3 down and no other fault: the
/// first time it changes something, the second time nothing.
fn faults() -> Vec<Fault> {
    vec![
        Fault::Isolate(N1),
        Fault::Join(N1),
        Fault::Block(link(N1, N2)),
        Fault::Unblock(link(N1, N2)),
        Fault::Partition(vec![vec![N1, N2], vec![N3]]),
        Fault::Heal,
        Fault::Network(LinkSettings::labrpc(true, false, true)),
        Fault::Link(link(N1, N2), LinkSettings::labrpc(true, true, true)),
        Fault::Disk { who: N1, latency: ms(3) },
        Fault::Clock { who: N1, rate: Rate::new(3, 2) },
        Fault::Crash { who: N1, after: Some(CrashPoint::Actions(1)) },
        Fault::Disarm(N1),
        Fault::Pause(N1),
        Fault::Resume(N1),
        Fault::Crash { who: N1, after: None },
        Fault::Restart(N1),
    ]
}

#[test]
fn a_fault_that_changes_nothing_says_so_and_leaves_no_record() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.crash(N3)?;
    for fault in faults() {
        assert!(world.inject(&fault)?, "{fault} changes something");
        let digest = world.trace().digest();
        assert!(!world.inject(&fault)?, "{fault} changes nothing the second time");
        assert_eq!(world.trace().digest(), digest, "{fault} leaves no record the second time");
    }
    Ok(())
}

#[test]
fn no_fault_changes_a_server_that_is_down() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    world.crash(N2)?;
    for fault in [
        Fault::Crash { who: N2, after: None },
        Fault::Crash { who: N2, after: Some(CrashPoint::Actions(1)) },
        Fault::Pause(N2),
        Fault::Resume(N2),
        Fault::Expire(N2),
        Fault::Campaign(N2),
        Fault::Jump { who: N1, ahead: Duration::ZERO },
    ] {
        assert!(!world.inject(&fault)?, "{fault}");
    }
    assert!(world.inject(&Fault::Restart(N2))? && !world.cluster().is_armed(N2));
    Ok(())
}

#[test]
fn a_crash_is_armed_until_it_comes_or_is_taken_back() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    assert!(world.inject(&Fault::Crash { who: N1, after: Some(CrashPoint::Actions(1)) })?);
    assert!(world.cluster().is_armed(N1) && !world.cluster().is_armed(N2));
    assert!(world.inject(&Fault::Crash { who: N1, after: Some(CrashPoint::Actions(2)) })?);
    assert!(world.inject(&Fault::Disarm(N1))?);
    assert!(!world.cluster().is_armed(N1));
    assert!(!world.inject(&Fault::Disarm(N1))?);
    Ok(())
}
