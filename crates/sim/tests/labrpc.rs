//! labrpc's own settings, constant by constant, on fixed seeds.

use std::collections::{BTreeMap, BTreeSet};

use raftsim_node::{Duration, Time};
use raftsim_sim::{
    Cause, Failure, Fate, Late, Leg, LinkSettings, Ratio, Setup, Spread, What, World,
};

use crate::toy::{
    Act, N1, N2, Toy, answering, at, booted, call, fates, ms, reply, send, setup, story, tell, us,
};

const UNRELIABLE: LinkSettings = LinkSettings::labrpc(true, false, true);
const REORDERING: LinkSettings = LinkSettings::labrpc(false, true, true);

#[test]
fn the_presets_have_labrpcs_constants() {
    let loss = Ratio::new(1, 10);
    let late = Late { chance: Ratio::new(600, 900), base_ms: 200, spread_ms: 2000 };
    let request = Leg { latency: Spread::millis(27), loss, ..Leg::RELIABLE };
    for (unreliable, reordering, long) in
        (0..8).map(|bits| (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0))
    {
        let mut reply = Leg::RELIABLE;
        if unreliable {
            reply.loss = loss;
        }
        if reordering {
            reply.late = late;
        }
        let expected = LinkSettings {
            request: if unreliable { request } else { Leg::RELIABLE },
            reply,
            call_failure: Spread::millis(if long { 7000 } else { 100 }),
            snapshots: Spread::ZERO,
        };
        assert_eq!(LinkSettings::labrpc(unreliable, reordering, long), expected);
    }
    let perfect = Leg {
        latency: Spread::ZERO,
        loss: Ratio::ZERO,
        late: Late::NEVER,
        duplicate: Ratio::ZERO,
        drops_every: 0,
    };
    assert_eq!(Leg::RELIABLE, perfect);
    let default = Setup::<Toy>::new("toys", 7, 3);
    assert_eq!(default.network, LinkSettings::labrpc(false, false, true));
    assert_eq!(default.jitter, Spread::between(us(50), us(1000)));
    assert_eq!(default.limit, Duration::from_secs(120));
}

#[test]
fn only_a_link_that_loses_delays_and_duplicates_nothing_keeps_its_messages() {
    let keeps = |network: LinkSettings| (network.keeps(Duration::ZERO), network.keeps(ms(26)));
    assert_eq!(keeps(LinkSettings::labrpc(false, false, true)), (true, true));
    assert_eq!(keeps(UNRELIABLE), (false, false));
    assert_eq!(keeps(REORDERING), (false, false));
    let mut slow = LinkSettings::labrpc(false, false, true);
    slow.request.latency = Spread::millis(27);
    assert_eq!(keeps(slow), (false, true));
    let mut doubling = LinkSettings::labrpc(false, false, true);
    doubling.reply.duplicate = Ratio::new(1, 2);
    assert_eq!(keeps(doubling), (false, false));
}

/// The fates of `count` messages on one link of this network.
fn sent(
    network: LinkSettings,
    jitter: Spread,
    count: usize,
    action: fn() -> Act,
) -> Result<Vec<Fate>, Failure> {
    let mut world = booted(Setup { network, jitter, ..setup(2) });
    tell(&mut world, N1, (0..count).map(|_| action()).collect())?;
    Ok(fates(&world, N1, N2))
}

fn request() -> Act {
    send(N2, "request")
}

fn answer() -> Act {
    reply(N2, "reply")
}

/// How many were lost, and how often each delay came.
fn tally(fates: &[Fate]) -> (usize, BTreeMap<Duration, usize>) {
    let (mut lost, mut delays) = (0, BTreeMap::new());
    for &fate in fates {
        match fate {
            Fate::Deliver(after) => *delays.entry(after).or_default() += 1,
            Fate::Drop(Cause::Lost) => lost += 1,
            _ => panic!("labrpc never does this: {fate:?}"),
        }
    }
    (lost, delays)
}

#[test]
fn a_reliable_network_jitters_and_does_nothing_else() -> Result<(), Failure> {
    let network = LinkSettings::labrpc(false, false, true);
    for action in [request, answer] {
        let still = sent(network, Spread::ZERO, 1000, action)?;
        assert_eq!(still, vec![Fate::Deliver(Duration::ZERO); 1000]);
        let (lost, delays) = tally(&sent(network, Setup::<Toy>::JITTER, 20_000, action)?);
        let (least, most) = (*delays.keys().next().unwrap(), *delays.keys().last().unwrap());
        assert_eq!(lost, 0);
        assert!(least >= us(50), "{least}");
        assert!(least < us(52), "{least}");
        assert!(most <= us(1000), "{most}");
        assert!(most > us(998), "{most}");
        let low: usize = delays.range(..us(525)).map(|(_, count)| count).sum();
        assert!((9_600..10_400).contains(&low), "{low} of 20000 in the lower half");
    }
    Ok(())
}

#[test]
fn unreliable_requests_take_0_to_26_whole_milliseconds_and_one_in_ten_is_lost()
-> Result<(), Failure> {
    let (lost, delays) = tally(&sent(UNRELIABLE, Spread::ZERO, 30_000, request)?);
    assert!((2_800..3_200).contains(&lost), "{lost} of 30000 lost");
    assert_eq!(delays.keys().copied().collect::<Vec<_>>(), (0..27).map(ms).collect::<Vec<_>>());
    assert!(delays.values().all(|count| (850..1_150).contains(count)), "{delays:?}");
    Ok(())
}

#[test]
fn unreliable_replies_are_not_delayed_and_one_in_ten_is_lost() -> Result<(), Failure> {
    let (lost, delays) = tally(&sent(UNRELIABLE, Spread::ZERO, 30_000, answer)?);
    assert!((2_800..3_200).contains(&lost), "{lost} of 30000 lost");
    assert_eq!(delays, BTreeMap::from([(Duration::ZERO, 30_000 - lost)]));
    Ok(())
}

#[test]
fn jitter_is_added_to_what_the_network_does_and_changes_none_of_it() -> Result<(), Failure> {
    for (network, action) in [(UNRELIABLE, request as fn() -> Act), (REORDERING, answer)] {
        let still = sent(network, Spread::ZERO, 5000, action)?;
        let jittered = sent(network, Setup::<Toy>::JITTER, 5000, action)?;
        for (still, jittered) in still.into_iter().zip(jittered) {
            match (still, jittered) {
                (Fate::Deliver(still), Fate::Deliver(jittered)) => {
                    assert!((us(50)..=us(1000)).contains(&(jittered - still)));
                }
                (still, jittered) => assert_eq!(still, jittered),
            }
        }
    }
    Ok(())
}

#[test]
fn long_reordering_makes_two_replies_in_three_late_by_200_to_2199_milliseconds()
-> Result<(), Failure> {
    let (lost, mut delays) = tally(&sent(REORDERING, Spread::ZERO, 30_000, answer)?);
    assert_eq!(lost, 0);
    let prompt = delays.remove(&Duration::ZERO).expect("a third comes at once");
    assert!((9_600..10_400).contains(&prompt), "{prompt} of 30000 come at once");
    assert!(delays.keys().all(|&after| after == ms(after.as_millis())));
    assert_eq!(delays.keys().next(), Some(&ms(200)));
    let longest = delays.keys().last().expect("some are late").as_millis();
    assert!((2_100..2_200).contains(&longest), "the last is {longest} ms late");
    // 200 + rand(1 + rand(2000)): the mean is 200 + 2000 / 4, the median 200 + 374.
    let sum: u64 = delays.iter().map(|(after, &count)| after.as_millis() * count as u64).sum();
    let mean = sum / (30_000 - prompt) as u64;
    assert!((680..720).contains(&mean), "{mean} ms late on average");
    let early: usize = delays.range(..ms(574)).map(|(_, count)| count).sum();
    assert!((9_600..10_400).contains(&early), "{early} of 20000 late by under 574 ms");
    Ok(())
}

#[test]
fn long_reordering_does_nothing_to_requests() -> Result<(), Failure> {
    let (lost, delays) = tally(&sent(REORDERING, Spread::ZERO, 1000, request)?);
    assert_eq!((lost, delays), (0, BTreeMap::from([(Duration::ZERO, 1000)])));
    Ok(())
}

#[test]
fn both_together_lose_one_reply_in_ten_and_delay_two_thirds_of_the_rest() -> Result<(), Failure> {
    let both = LinkSettings::labrpc(true, true, true);
    let (lost, delays) = tally(&sent(both, Spread::ZERO, 30_000, answer)?);
    assert!((2_800..3_200).contains(&lost), "{lost} of 30000 lost");
    let prompt = delays[&Duration::ZERO];
    assert!((8_600..9_400).contains(&prompt), "{prompt} of 27000 come at once");
    Ok(())
}

/// How long each of `count` calls, all made at this instant, takes to fail.
fn failures(world: &mut World<Toy, ()>, count: u64) -> Result<Vec<Duration>, Failure> {
    let start = world.now();
    tell(world, N1, (0..count).map(|number| call(N2, number)).collect())?;
    world.sleep(Duration::from_secs(10))?;
    let failed = |record: &raftsim_sim::RecordOf<Toy>| match record.what {
        What::CallFailed { call, .. } => Some((call, record.time - start)),
        _ => None,
    };
    let by_call: BTreeMap<_, _> = world.trace().records().iter().filter_map(failed).collect();
    assert_eq!(by_call.len() as u64, count);
    Ok(by_call.into_values().collect())
}

#[test]
fn calls_over_a_blocked_link_fail_within_6999_milliseconds_or_99() -> Result<(), Failure> {
    for (long, bound) in [(true, 7000), (false, 100)] {
        let network = LinkSettings::labrpc(false, false, long);
        let mut world = booted(Setup { network, ..setup(2) });
        world.isolate(N2)?;
        let spans: BTreeSet<Duration> = failures(&mut world, 30_000)?.into_iter().collect();
        assert!(spans.iter().all(|&span| span == ms(span.as_millis()) && span < ms(bound)));
        // Of 7000 values 30,000 draws miss about one in 70.
        assert!(spans.len() as u64 > bound - bound / 40, "{} values", spans.len());
        assert_eq!(spans.first(), Some(&Duration::ZERO));
        assert!(*spans.last().unwrap() >= ms(bound - bound / 100));
    }
    Ok(())
}

#[test]
fn calls_to_a_dead_server_fail_as_those_over_a_blocked_link() -> Result<(), Failure> {
    let mut blocked = booted(setup(2));
    blocked.block(N1, N2)?;
    let mut dead = booted(setup(2));
    dead.crash(N2)?;
    assert_eq!(failures(&mut blocked, 500)?, failures(&mut dead, 500)?);
    Ok(())
}

#[test]
fn a_call_whose_request_is_lost_fails_after_the_requests_short_delay() -> Result<(), Failure> {
    let mut losing = UNRELIABLE;
    losing.request.loss = Ratio::new(1, 1);
    let mut keeping = UNRELIABLE;
    keeping.request.loss = Ratio::ZERO;
    let kept = sent(keeping, Spread::ZERO, 1000, request)?;
    let mut world = booted(Setup { network: losing, ..setup(2) });
    let failed = failures(&mut world, 1000)?;
    assert_eq!(failed.into_iter().map(Fate::Deliver).collect::<Vec<_>>(), kept);
    Ok(())
}

#[test]
fn a_call_whose_reply_is_lost_fails_at_once() -> Result<(), Failure> {
    let mut network = LinkSettings::labrpc(false, false, true);
    network.reply.loss = Ratio::new(1, 1);
    let mut setup = Setup { network, jitter: Spread::fixed(us(300)), ..setup(2) };
    setup.configs[1] = answering();
    let mut world = booted(setup);
    tell(&mut world, N1, vec![call(N2, 4)])?;
    world.sleep(ms(10))?;
    let expected = [
        "0.001000s n1 -> n2 call +0.000300s",
        "0.001300s n2 <- n1 call",
        "0.001300s n2 x> n1 answer Lost",
        "0.001600s n1 call 4 to n2 fails",
    ];
    assert_eq!(story(&world), expected);
    Ok(())
}

#[test]
fn settings_apply_to_messages_sent_from_now_on() -> Result<(), Failure> {
    let mut slow = LinkSettings::labrpc(false, false, true);
    slow.request.latency = Spread::fixed(ms(5));
    let mut world = booted(setup(2));
    world.set_link(N1, N2, slow)?;
    tell(&mut world, N1, vec![send(N2, "slow")])?;
    world.set_network(LinkSettings::labrpc(false, false, false))?;
    tell(&mut world, N1, vec![send(N2, "fast")])?;
    tell(&mut world, N2, vec![send(N1, "back")])?;
    world.sleep(ms(10))?;
    assert_eq!(arrivals(&world), [(at(1), "fast"), (at(1), "back"), (at(6), "slow")]);
    assert_eq!(world.cluster().link_settings(N1, N2), LinkSettings::labrpc(false, false, false));
    Ok(())
}

fn arrivals(world: &World<Toy, ()>) -> Vec<(Time, &'static str)> {
    let arrival = |record: &raftsim_sim::RecordOf<Toy>| match &record.what {
        What::Received { message, .. } => Some((record.time, message.text)),
        _ => None,
    };
    world.trace().records().iter().filter_map(arrival).collect()
}

#[test]
fn a_duplicate_arrives_twice_the_second_a_latency_later() -> Result<(), Failure> {
    let mut network = LinkSettings::labrpc(false, false, true);
    let leg = Leg { latency: Spread::fixed(ms(3)), duplicate: Ratio::new(1, 1), ..Leg::RELIABLE };
    (network.request, network.reply) = (leg, leg);
    let mut world = booted(Setup { network, jitter: Spread::fixed(us(100)), ..setup(2) });
    tell(&mut world, N1, vec![request(), answer()])?;
    world.sleep(ms(20))?;
    let twice = Fate::Duplicate(ms(3) + us(100), ms(6) + us(100));
    assert_eq!(fates(&world, N1, N2), [twice, twice]);
    let (first, second) = (at(4) + us(100), at(7) + us(100));
    let expected = [(first, "request"), (first, "reply"), (second, "request"), (second, "reply")];
    assert_eq!(arrivals(&world), expected);
    Ok(())
}

#[test]
fn duplicates_come_as_often_as_the_settings_say() -> Result<(), Failure> {
    let mut network = LinkSettings::labrpc(false, false, true);
    network.request.duplicate = Ratio::new(1, 4);
    let fates = sent(network, Spread::ZERO, 10_000, request)?;
    let twice = fates.iter().filter(|fate| matches!(fate, Fate::Duplicate(..))).count();
    assert!((2_300..2_700).contains(&twice), "{twice} of 10000 doubled");
    Ok(())
}
