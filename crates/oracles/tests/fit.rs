//! What the oracles demand of servers that are paused, have a slow disk or a wrong clock: no more
//! than such servers can do.

use raftsim_node::{Duration, Role, Time};
use raftsim_oracles::{LeaderLiveness, Oracles, Quorum};
use raftsim_sim::{Cause, Failure, Fate, MessageName, Rate, World};

use crate::support::{just_after, ms, n};
use crate::toy::{Script, Toy, at, disturb, mumble, world, world_with, write};

type Verdict = Result<(), Failure>;
type Change = dyn Fn(&mut World<Toy, Oracles>) -> Verdict;

const fn span(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A world of three servers that never lead; `change` is done to it at 2 ms. Returns which servers
/// needed a leader within the next six seconds, if any did, and when.
fn asked(change: impl Fn(&mut World<Toy, Oracles>) -> Verdict) -> Option<(String, Time)> {
    let mut world = world(&vec![Script::default(); 3]);
    let slept = world.sleep(span(2)).and_then(|()| change(&mut world));
    let failure = slept.and_then(|()| world.sleep(span(6000))).err()?;
    assert_eq!(failure.property(), LeaderLiveness::PROPERTY);
    Some((failure.facts()[0].text().to_owned(), failure.time()))
}

/// The servers `names`, five seconds after 2 ms.
#[expect(clippy::unnecessary_wraps, reason = "it is compared with what `asked` returns")]
fn all_of(names: &str) -> Option<(String, Time)> {
    let fact = format!("since 0.002000s {names} could talk undisturbed");
    Some((fact, just_after(ms(5002))))
}

#[test]
fn a_paused_server_needs_no_leader_and_disturbs_no_other() {
    assert_eq!(asked(|world| world.pause(n(1))), all_of("n2 n3"));
    assert_eq!(asked(|world| world.pause(n(1)).and(world.pause(n(2)))), None);
    assert_eq!(asked(|world| world.pause(n(1)).and(world.resume(n(1)))), all_of("n1 n2 n3"));
}

#[test]
fn a_server_with_a_slow_disk_or_a_wrong_clock_excuses_itself_and_those_it_can_reach() {
    let ails: [Box<Change>; 2] = [
        Box::new(|world| world.set_disk(n(1), span(1))),
        Box::new(|world| world.set_clock_rate(n(1), Rate::new(101, 100))),
    ];
    for ail in ails {
        assert_eq!(asked(&ail), None);
        assert_eq!(asked(|world| ail(world).and(world.isolate(n(1)))), all_of("n2 n3"));
        assert_eq!(asked(|world| ail(world).and(world.crash(n(1)))), all_of("n2 n3"));
        assert_eq!(asked(|world| ail(world).and(world.pause(n(1)))), all_of("n2 n3"));
    }
}

#[test]
fn a_clock_that_is_only_ahead_excuses_no_server() {
    assert_eq!(asked(|world| world.jump_clock(n(1), span(9))), all_of("n1 n2 n3"));
}

#[test]
fn every_change_of_a_process_a_disk_or_a_clock_starts_the_five_seconds_again() {
    let fast = Rate::new(3, 2);
    let changes: [(&str, Box<Change>); 4] = [
        ("pause", Box::new(|world| world.pause(n(1)).and_then(|()| world.resume(n(1))))),
        (
            "disk",
            Box::new(|world| world.set_disk(n(1), span(9)).and(world.set_disk(n(1), span(0)))),
        ),
        ("jump", Box::new(|world| world.jump_clock(n(1), span(1)))),
        (
            "clock",
            Box::new(move |world| {
                world.set_clock_rate(n(1), fast).and(world.set_clock_rate(n(1), Rate::TRUE))
            }),
        ),
    ];
    for (name, change) in changes {
        let mut world = world(&vec![Script::default(); 3]);
        for _ in 0..4 {
            assert_eq!(world.sleep(span(4999)), Ok(()), "before {name}");
            assert_eq!(change(&mut world), Ok(()), "{name}");
        }
        let failure = world.sleep(span(6000)).unwrap_err();
        let expected = (LeaderLiveness::PROPERTY, just_after(ms(4 * 4999 + 5000)));
        assert_eq!((failure.property(), failure.time()), expected, "{name}");
    }
}

#[test]
fn a_disk_that_is_quick_again_starts_them_too() {
    let writes = Script::of(&[at(3, &[write(1, None)])]);
    let mut world = world(&vec![writes; 3]);
    for node in 1..=3 {
        world.set_disk(n(node), span(8000 + u64::from(node))).unwrap();
    }
    world.sleep(span(1000)).unwrap();
    for node in 1..=3 {
        world.set_disk(n(node), span(0)).unwrap();
    }
    let quick = world.now();
    let failure = world.sleep(span(20_000)).unwrap_err();
    // The writes that were in progress are complete once the disks are quick again.
    assert_eq!(failure.time(), just_after(quick + LeaderLiveness::LIMIT));
}

/// When a world of three servers must have a leader, if n1 sends one message at 1 s, which has this
/// `fate`.
fn asked_after(fate: Fate) -> Time {
    let says = Script::of(&[at(1000, &[mumble(2)])]);
    let quiet = Script::default;
    let mut world = world_with(&[says, quiet(), quiet()], |setup| {
        setup.fates.insert(MessageName { from: n(1), to: n(2), seq: 0 }, fate);
    });
    world.sleep(span(2)).expect("nothing is demanded yet");
    disturb(&mut world).expect("nothing is demanded yet");
    world.sleep(span(20_000)).expect_err("a leader is demanded").time()
}

#[test]
fn a_given_fate_that_disturbs_starts_them_when_its_last_copy_arrives() {
    assert_eq!(asked_after(Fate::Deliver(span(50))), just_after(ms(5002)));
    assert_eq!(asked_after(Fate::Drop(Cause::Lost)), just_after(ms(6000)));
    assert_eq!(asked_after(Fate::Deliver(span(51))), just_after(ms(6051)));
    assert_eq!(asked_after(Fate::Duplicate(span(300), span(20))), just_after(ms(6300)));
}

/// When n1 has led too long: it leads from 1 ms on, hears no other server, claims to step down
/// after 500 ms and writes at 3 ms. `change` is done to the world at 2 ms.
fn overstays(change: impl Fn(&mut World<Toy, Oracles>) -> Verdict) -> Time {
    let leads = Script::of(&[at(1, &[]).being(1, Role::Leader), at(3, &[write(1, None)])]);
    let quiet = Script::default;
    let mut world = world(&[leads.claiming(span(500)), quiet(), quiet()]);
    world.sleep(span(2)).expect("nothing is demanded yet");
    change(&mut world).expect("nothing is demanded yet");
    let failure = world.sleep(span(4000)).expect_err("the leader stays too long");
    assert_eq!(failure.property(), Quorum::PROPERTY);
    failure.time()
}

#[test]
fn a_leaders_bound_counts_only_the_time_in_which_it_runs() {
    let plain = overstays(|_| Ok(()));
    let paused = |world: &mut World<Toy, Oracles>| {
        world.pause(n(1))?;
        world.sleep(span(600))?;
        world.resume(n(1))
    };
    assert_eq!(overstays(paused), plain + span(600));
    // The write takes the disk's latency.
    assert_eq!(overstays(|world| world.set_disk(n(1), span(600))), plain + span(600));
    let both = |world: &mut World<Toy, Oracles>| {
        world.set_disk(n(1), span(600))?;
        world.sleep(span(101))?;
        world.pause(n(1))?;
        world.sleep(span(700))?;
        world.resume(n(1))
    };
    assert_eq!(overstays(both), plain + span(800), "from 3 ms to 803 ms");
}

#[test]
fn a_leaders_bound_counts_by_its_own_clock_from_its_last_change() {
    let now = ms(2);
    for (rate, lasts) in [((1, 2), 1000), ((2, 1), 250), ((4, 5), 625)] {
        let rate = Rate::new(rate.0, rate.1);
        let limit = overstays(|world| world.set_clock_rate(n(1), rate));
        assert_eq!(limit, just_after(now + span(lasts)), "{rate}");
    }
    assert_eq!(overstays(|world| world.jump_clock(n(1), span(9))), just_after(now + span(500)));
}
