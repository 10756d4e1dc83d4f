//! What the oracles read from a world: which majority must have a leader, and what starts its five
//! seconds again. No server here ever leads, so a run that passes shows that no leader was
//! demanded.

use raftsim_node::Duration;
use raftsim_oracles::Oracles;
use raftsim_sim::{Failure, LinkSettings, World};

use crate::support::{Said, broken, just_after, ms, n, said};
use crate::toy::{Script, Toy, at, disturb, log, world, write, write_secretly};

type Verdict = Result<(), Failure>;
type Change = dyn Fn(&mut World<Toy, Oracles>) -> Verdict;

/// A world of three booted servers that never lead; `change` is done to it at 2 ms. Returns the
/// verdict after six seconds.
fn idle(change: impl Fn(&mut World<Toy, Oracles>) -> Verdict) -> Said {
    let mut world = world(&vec![Script::default(); 3]);
    let slept = world.sleep(Duration::from_millis(2)).and_then(|()| change(&mut world));
    said(slept.and_then(|()| world.sleep(Duration::from_secs(6))))
}

fn leaderless(names: &str) -> Said {
    broken(
        "a leader within five seconds",
        just_after(ms(5002)),
        &format!("since 0.002000s {names} could talk undisturbed"),
        "none of them leads",
    )
}

#[test]
fn a_majority_must_have_a_leader_while_the_third_is_away() {
    assert_eq!(idle(|world| world.isolate(n(1))), leaderless("n2 n3"));
    assert_eq!(idle(|world| world.crash(n(3))), leaderless("n1 n2"));
    assert_eq!(idle(|world| world.partition(&[&[n(1), n(3)]])), leaderless("n1 n3"));
}

#[test]
fn without_a_majority_no_leader_is_demanded() {
    assert_eq!(idle(|world| world.partition(&[])), Ok(()));
    let both_down = |world: &mut World<Toy, Oracles>| {
        world.crash(n(1))?;
        world.crash(n(2))
    };
    assert_eq!(idle(both_down), Ok(()));
}

#[test]
fn a_link_blocked_one_way_excuses() {
    assert_eq!(idle(|world| world.block(n(1), n(2))), Ok(()));
    // n3 is cut off, but one link from it is open.
    let reaching_in = |world: &mut World<Toy, Oracles>| {
        world.isolate(n(3))?;
        world.unblock(n(3), n(1))
    };
    assert_eq!(idle(reaching_in), Ok(()));
}

#[test]
fn a_network_that_loses_or_delays_excuses() {
    for (unreliable, reordering) in [(true, false), (false, true), (true, true)] {
        let settings = LinkSettings::labrpc(unreliable, reordering, false);
        assert_eq!(idle(|world| world.set_network(settings)), Ok(()));
        assert_eq!(idle(|world| world.set_link(n(2), n(3), settings)), Ok(()));
    }
    let reliable = LinkSettings::labrpc(false, false, false);
    assert_eq!(idle(|world| world.set_network(reliable)), leaderless("n1 n2 n3"));
}

#[test]
fn every_change_starts_the_five_seconds_again() {
    let lossy = LinkSettings::labrpc(true, false, false);
    let reliable = LinkSettings::labrpc(false, false, false);
    let relinked = move |world: &mut World<Toy, Oracles>| {
        world.set_link(n(1), n(2), lossy)?;
        world.set_link(n(1), n(2), reliable)
    };
    let networked = move |world: &mut World<Toy, Oracles>| {
        world.set_network(lossy)?;
        world.set_network(reliable)
    };
    // Each of these alternates between two states: each change alone starts them again.
    let blocks_or_heals = |world: &mut World<Toy, Oracles>| {
        if world.cluster().is_blocked(n(1), n(2)) { world.heal() } else { world.block(n(1), n(2)) }
    };
    let isolates_or_joins = |world: &mut World<Toy, Oracles>| {
        if world.cluster().is_connected(n(1)) { world.isolate(n(1)) } else { world.rejoin(n(1)) }
    };
    let partitions = |world: &mut World<Toy, Oracles>| {
        let other = if world.cluster().is_blocked(n(1), n(2)) { n(2) } else { n(3) };
        world.partition(&[&[n(1), other]])
    };
    let changes: [(&str, Box<Change>); 8] = [
        ("heal", Box::new(blocks_or_heals)),
        ("isolate or join", Box::new(isolates_or_joins)),
        ("partition", Box::new(partitions)),
        ("crash", Box::new(|world| world.restart(n(1)).and_then(|()| world.crash(n(1))))),
        ("start", Box::new(|world| world.restart(n(1)))),
        ("block", Box::new(|world| world.block(n(1), n(2)).and(world.unblock(n(1), n(2))))),
        ("network", Box::new(networked)),
        ("link", Box::new(relinked)),
    ];
    for (name, change) in changes {
        let mut world = world(&vec![Script::default(); 3]);
        for _ in 0..4 {
            assert_eq!(world.sleep(Duration::from_millis(4999)), Ok(()), "before {name}");
            assert_eq!(change(&mut world), Ok(()), "{name}");
        }
        let failure = world.sleep(Duration::from_secs(6)).unwrap_err();
        let expected = (raftsim_oracles::LeaderLiveness::PROPERTY, just_after(ms(4 * 4999 + 5000)));
        assert_eq!((failure.property(), failure.time()), expected, "{name}");
    }
}

#[test]
fn what_does_not_change_the_world_does_not_start_them_again() {
    let mut world = world(&vec![Script::default(); 3]);
    world.sleep(Duration::from_millis(2)).unwrap();
    disturb(&mut world).unwrap();
    world.sleep(Duration::from_secs(3)).unwrap();
    world.mark("a look", None, 0).unwrap();
    // None of these changes anything.
    world.unblock(n(1), n(2)).unwrap();
    world.rejoin(n(1)).unwrap();
    world.heal().unwrap();
    world.partition(&[&[n(1), n(2), n(3)]]).unwrap();
    world.set_network(LinkSettings::RELIABLE).unwrap();
    world.resume(n(1)).unwrap();
    assert_eq!(said(world.sleep(Duration::from_secs(6))), leaderless("n1 n2 n3"));
}

#[test]
fn no_leader_is_demanded_where_one_disk_alone_has_an_entry() {
    let writes = Script::of(&[at(1, &[write(1, None), log(1, "a1")])]);
    let idle = |scripts: &[Script]| {
        let mut world = world(scripts);
        let slept = world.sleep(Duration::from_millis(2));
        let disturbed = slept.and_then(|()| disturb(&mut world));
        said(disturbed.and_then(|()| world.sleep(Duration::from_secs(6))))
    };
    let quiet = Script::default;
    assert_eq!(idle(&[writes.clone(), quiet(), quiet()]), Ok(()));
    assert_eq!(idle(&vec![writes; 3]), leaderless("n1 n2 n3"));
    // A disk that shows nothing holds nothing, as long as no server accepted a proposal.
    let secret = Script::of(&[at(1, &[write_secretly(1, None)])]);
    assert_eq!(idle(&vec![secret; 3]), leaderless("n1 n2 n3"));
}
