//! Streams do not disturb each other; a message's fate depends on its name alone.

use std::collections::BTreeSet;

use raftsim_node::{Duration, NodeId};
use raftsim_sim::{
    Cause, Failure, Fate, LinkSettings, MessageName, Purpose, Ratio, Setup, Spread, Streams,
    guarded,
};

use crate::toy::{N1, N2, N3, Toy, booted, fates, ms, reply, send, setup, tell, us};

fn purposes() -> Vec<Purpose> {
    let mut all = vec![Purpose::Workload, Purpose::Scenario];
    all.extend((0..3).map(Purpose::Client));
    for a in (1..=3).chain([255]).map(NodeId::new) {
        all.push(Purpose::Lives(a));
        for b in (1..=3).chain([255]).map(NodeId::new) {
            all.extend([Purpose::Jitter(a, b), Purpose::Fate(a, b)]);
        }
    }
    all
}

fn words(streams: &Streams, purpose: Purpose) -> [u32; 4] {
    let mut stream = streams.stream(purpose);
    std::array::from_fn(|_| stream.word())
}

#[test]
fn every_purpose_has_a_stream_of_its_own() {
    let streams = Streams::new(1, "toys");
    let seen: BTreeSet<_> = purposes().into_iter().map(|it| words(&streams, it)).collect();
    assert_eq!(seen.len(), purposes().len());
}

#[test]
fn a_stream_begins_anew_whatever_the_others_drew() {
    let streams = Streams::new(1, "toys");
    let before: Vec<_> = purposes().into_iter().map(|it| words(&streams, it)).collect();
    let mut workload = streams.stream(Purpose::Workload);
    (0..1000).for_each(|_| assert_ne!(workload.seed(), 0));
    let after: Vec<_> = purposes().into_iter().map(|it| words(&streams, it)).collect();
    assert_eq!(before, after);
}

#[test]
fn seed_and_scenario_name_are_both_part_of_the_key() {
    let keys = [(1, "toys"), (2, "toys"), (1, "toy"), (1, ""), (2, "")];
    for purpose in purposes() {
        let seen: BTreeSet<_> =
            keys.iter().map(|&(seed, name)| words(&Streams::new(seed, name), purpose)).collect();
        assert_eq!(seen.len(), keys.len(), "{purpose:?}");
        assert_eq!(
            words(&Streams::new(1, "toys"), purpose),
            words(&Streams::new(1, "toys"), purpose)
        );
    }
}

/// A world that loses, delays, duplicates and jitters.
fn rough() -> Setup<Toy> {
    let mut network = LinkSettings::labrpc(true, true, true);
    network.request.duplicate = Ratio::new(1, 5);
    network.reply.duplicate = Ratio::new(1, 5);
    Setup { network, jitter: Setup::<Toy>::JITTER, ..setup(3) }
}

/// The fates of 60 requests and replies from n1 to n2, while something else happens between them.
fn fates_beside(
    setup: Setup<Toy>,
    mut beside: impl FnMut(&mut raftsim_sim::World<Toy, ()>, u32) -> Result<(), Failure>,
) -> Result<Vec<Fate>, Failure> {
    let mut world = booted(setup);
    for number in 0..60 {
        let action = if number % 3 == 0 { reply(N2, "reply") } else { send(N2, "request") };
        tell(&mut world, N1, vec![action])?;
        beside(&mut world, number)?;
        world.sleep(ms(1))?;
    }
    Ok(fates(&world, N1, N2))
}

#[test]
fn traffic_elsewhere_and_draws_for_other_purposes_move_no_fate() -> Result<(), Failure> {
    let alone = fates_beside(rough(), |_, _| Ok(()))?;
    assert!(alone.contains(&Fate::Drop(Cause::Lost)));
    let beside = fates_beside(rough(), |world, number| {
        tell(world, N1, vec![send(N3, "a"), send(N3, "b")])?;
        tell(world, N2, vec![send(N1, "a"), reply(N1, "b")])?;
        let purposes = [Purpose::Workload, Purpose::Scenario, Purpose::Client(0)];
        for purpose in purposes {
            let mut stream = world.stream(purpose);
            assert!((0..number).all(|_| stream.below(2) < 2));
        }
        Ok(())
    })?;
    assert_eq!(alone, beside);
    Ok(())
}

#[test]
fn a_given_fate_is_used_and_moves_no_other() -> Result<(), Failure> {
    let drawn = fates_beside(rough(), |_, _| Ok(()))?;
    let other =
        [Fate::Drop(Cause::Lost), Fate::Deliver(ms(77)), Fate::Duplicate(us(1), Duration::ZERO)];
    for (n, fate) in [0, 1, 2, 30, 59].into_iter().flat_map(|n| other.map(|fate| (n, fate))) {
        let mut setup = rough();
        setup.fates.insert(MessageName { from: N1, to: N2, seq: n as u64 }, fate);
        let mut expected = drawn.clone();
        expected[n] = fate;
        assert_eq!(fates_beside(setup, |_, _| Ok(()))?, expected);
    }
    Ok(())
}

#[test]
fn a_given_fate_opens_no_blocked_link_and_starts_no_server() -> Result<(), Failure> {
    let mut setup = rough();
    for n in 0..2 {
        setup.fates.insert(MessageName { from: N1, to: N2, seq: n }, Fate::Deliver(us(1)));
    }
    let mut world = booted(setup);
    world.block(N1, N2)?;
    tell(&mut world, N1, vec![send(N2, "a")])?;
    world.unblock(N1, N2)?;
    world.crash(N2)?;
    tell(&mut world, N1, vec![send(N2, "b")])?;
    assert_eq!(fates(&world, N1, N2), [Fate::Drop(Cause::Blocked), Fate::Drop(Cause::Down)]);
    Ok(())
}

#[test]
fn messages_that_are_blocked_or_to_a_server_that_is_down_are_counted_and_move_no_later_fate()
-> Result<(), Failure> {
    let drawn = fates_beside(rough(), |_, _| Ok(()))?;
    let cut = fates_beside(rough(), |world, number| match number {
        9 => world.block(N1, N2),
        19 => world.unblock(N1, N2),
        29 => world.crash(N2),
        39 => world.restart(N2),
        _ => Ok(()),
    })?;
    let mut expected = drawn;
    expected[10..20].fill(Fate::Drop(Cause::Blocked));
    expected[30..40].fill(Fate::Drop(Cause::Down));
    assert_eq!(cut, expected);
    Ok(())
}

#[test]
fn a_changed_setting_moves_no_draw_but_its_own() -> Result<(), Failure> {
    let mut lossier = rough();
    lossier.network.request.loss = Ratio::new(1, 2);
    lossier.network.reply.loss = Ratio::new(1, 2);
    let drawn = fates_beside(rough(), |_, _| Ok(()))?;
    let knobbed = fates_beside(lossier, |_, _| Ok(()))?;
    let lost = Fate::Drop(Cause::Lost);
    for (n, (&less, &more)) in drawn.iter().zip(&knobbed).enumerate() {
        // A message that is lost with 1 in 10 is also lost with 1 in 2; those that arrive keep
        // their times.
        assert!(more == lost || more == less, "{n}: {less:?} became {more:?}");
    }
    let count = |fates: &[Fate]| fates.iter().filter(|&&fate| fate == lost).count();
    assert!(count(&drawn) < count(&knobbed));
    assert!(count(&knobbed) < 60);
    Ok(())
}

#[test]
fn messages_are_named_across_restarts_of_their_sender() -> Result<(), Failure> {
    let mut world = booted(setup(2));
    tell(&mut world, N1, vec![send(N2, "a"), send(N2, "b")])?;
    world.restart(N1)?;
    tell(&mut world, N1, vec![send(N2, "c")])?;
    assert_eq!((world.cluster().handed(N1, N2), world.cluster().handed(N2, N1)), (3, 0));
    let last = world.trace().records().iter().rev().find_map(|record| match &record.what {
        raftsim_sim::What::Sent { seq: n, message, .. } => Some((*n, message.text)),
        _ => None,
    });
    assert_eq!(last, Some((2, "c")));
    assert_eq!(MessageName { from: N1, to: N2, seq: 2 }.to_string(), "n1>n2#2");
    Ok(())
}

#[test]
fn below_is_uniform_within_its_bound_and_zero_without_one() {
    let mut stream = Streams::new(1, "toys").stream(Purpose::Scenario);
    for bound in [0, 1] {
        assert!((0..100).all(|_| stream.below(bound) == 0));
    }
    let mut counts = [0; 6];
    (0..6000).for_each(|_| counts[stream.below(6) as usize] += 1);
    assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    let most = (0..100).map(|_| stream.below(u32::MAX)).max().unwrap();
    assert!((u32::MAX / 2..u32::MAX).contains(&most));
}

#[test]
fn a_draw_takes_the_same_words_whatever_comes_out() {
    let streams = Streams::new(1, "toys");
    let mut plain = streams.stream(Purpose::Scenario);
    let mut varied = streams.stream(Purpose::Scenario);
    for bound in [0, 1, 2, 100, u32::MAX] {
        plain.word();
        varied.below(bound);
    }
    assert_eq!(plain.word(), varied.word());
    varied.seed();
    plain.word();
    plain.word();
    assert_eq!(plain.word(), varied.word());
}

#[test]
fn a_ratio_above_one_or_with_denominator_zero_is_refused() {
    let world = booted(setup(1));
    let refused = |numerator, denominator| guarded(|| Ratio::new(numerator, denominator)).is_err();
    assert_eq!((refused(2, 1), refused(0, 0), refused(1, 1)), (true, true, false));
    drop(world);
}

/// The spans that a jitter of this spread gives 200 messages.
fn drawn(jitter: Spread) -> Result<BTreeSet<Duration>, Failure> {
    let mut world = booted(Setup { jitter, ..setup(2) });
    tell(&mut world, N1, (0..200).map(|_| send(N2, "a")).collect())?;
    let spans = fates(&world, N1, N2).into_iter().map(|fate| match fate {
        Fate::Deliver(after) => after,
        _ => panic!("{fate:?} on a reliable link"),
    });
    Ok(spans.collect())
}

#[test]
fn a_spread_gives_all_its_values_and_no_other() -> Result<(), Failure> {
    let nanos = Duration::from_nanos;
    assert_eq!(drawn(Spread::ZERO)?, [Duration::ZERO].into());
    assert_eq!(drawn(Spread::fixed(ms(3)))?, [ms(3)].into());
    assert_eq!(drawn(Spread::between(ms(3), ms(3)))?, [ms(3)].into());
    assert_eq!(drawn(Spread { base: us(1), step: us(1), count: 0 })?, [us(1)].into());
    assert_eq!(drawn(Spread::between(nanos(4), nanos(6)))?, [4, 5, 6].map(nanos).into());
    assert_eq!(drawn(Spread::millis(3))?, [0, 1, 2].map(ms).into());
    let steps = Spread { base: us(5), step: us(10), count: 2 };
    assert_eq!(drawn(steps)?, [us(5), us(15)].into());
    Ok(())
}

#[test]
fn the_most_of_a_spread_is_its_last_value() {
    assert_eq!(Spread::ZERO.most(), Duration::ZERO);
    assert_eq!(Spread::millis(27).most(), ms(26));
    assert_eq!(Spread::between(us(50), us(1000)).most(), us(1000));
    assert_eq!(Spread { base: us(1), step: us(1), count: 0 }.most(), us(1));
}
