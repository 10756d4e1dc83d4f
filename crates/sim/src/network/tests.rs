//! Tests of a network alone, without a world and without servers.

use std::collections::BTreeMap;

use raftsim_node::{Duration, NodeId};

use super::delays::Delays;
use super::fate::{Cause, Fate, MessageName};
use super::rpc::{DEAD_FOR, LOST_FOR};
use super::settings::{Leg, LinkSettings, Spread};
use super::{Addressee, Course, Network, NetworkSetup};
use crate::fault::{CrashPoint, Fault, Links};
use crate::random::Streams;
use crate::server::clock::Rate;

const N1: NodeId = NodeId::new(1);
const N2: NodeId = NodeId::new(2);
const N3: NodeId = NodeId::new(3);
const JITTER: Spread = Spread::JITTER;
const LOSSY: LinkSettings = LinkSettings::labrpc(true, true, true);

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// n1's message of this number to n2.
const fn name(seq: u64) -> MessageName {
    MessageName { from: N1, to: N2, seq }
}

/// A network of three servers whose links have these `settings`.
fn setup(settings: LinkSettings) -> NetworkSetup {
    NetworkSetup {
        size: 3,
        settings,
        is_fixed: false,
        delays: None,
        jitter: JITTER,
        closed: false,
        fates: BTreeMap::new(),
        failures: BTreeMap::new(),
        streams: Streams::new(7, "links"),
    }
}

/// Hands over a request that is no call.
fn send(network: &mut Network, from: NodeId, to: NodeId) -> Course {
    let handed = network.hand_over(from, to);
    network.decide(handed, false, || false, false, Addressee::Present)
}

/// What the network decides about the next `count` requests from n1 to n2.
fn courses(network: &mut Network, count: usize) -> Vec<Course> {
    (0..count).map(|_| send(network, N1, N2)).collect()
}

/// The links that are open.
fn open(network: &Network) -> String {
    let ids = || [N1, N2, N3].into_iter();
    let links = ids().flat_map(|from| ids().map(move |to| (from, to)));
    let open = links.filter(|&(from, to)| from != to && !network.is_blocked(from, to));
    open.map(|(from, to)| format!("{}{}", from.number(), to.number())).collect::<Vec<_>>().join(" ")
}

const ALL: &str = "12 13 21 23 31 32";

#[test]
fn a_blocked_link_counts_what_it_drops_and_the_way_back_is_open() {
    let mut network = Network::new(setup(LinkSettings::RELIABLE));
    assert!(network.apply(&Fault::Block(Links { from: N1, to: N2 })));
    for seq in 0..3 {
        let handed = network.hand_over(N1, N2);
        assert_eq!((handed.name, handed.is_blocked), (name(seq), true));
        let Course { fate, is_given, .. } =
            network.decide(handed, false, || false, false, Addressee::Present);
        assert_eq!((fate, is_given), (Fate::Drop(Cause::Blocked), false));
    }
    assert!(!network.hand_over(N2, N1).is_blocked);
    assert!(matches!(send(&mut network, N2, N1).fate, Fate::Deliver(_)));
    assert_eq!((network.handed(N1, N2), network.handed(N2, N1)), (3, 2));
}

#[test]
fn a_message_without_an_addressee_is_dropped_for_the_right_cause() {
    let mut network = Network::new(setup(LinkSettings::RELIABLE));
    let mut causes = vec![];
    for _ in 0..2 {
        for addressee in [Addressee::Present, Addressee::Down, Addressee::Unasked] {
            let handed = network.hand_over(N1, N2);
            let fate = network.decide(handed, true, || false, false, addressee).fate;
            causes.push(if let Fate::Drop(cause) = fate { Some(cause) } else { None });
        }
        network.apply(&Fault::Block(Links { from: N1, to: N2 }));
    }
    let [down, unasked, blocked] = [Cause::Down, Cause::Unasked, Cause::Blocked].map(Some);
    assert_eq!(causes, [None, down, unasked, blocked, blocked, unasked]);
}

#[test]
fn a_call_takes_its_jitter_even_if_its_message_is_dropped() {
    let jitters = |blocked: bool| {
        let mut network = Network::new(setup(LinkSettings::RELIABLE));
        if blocked {
            network.apply(&Fault::Isolate(N2));
        }
        let decide = |_| {
            let handed = network.hand_over(N1, N2);
            network.decide(handed, false, || false, true, Addressee::Present).jitter
        };
        (0..20).map(decide).collect::<Vec<_>>()
    };
    assert_eq!(jitters(true), jitters(false));
    assert!(jitters(true).iter().all(|&jitter| jitter >= JITTER.base && jitter <= JITTER.most()));
}

#[test]
fn the_same_streams_give_the_same_fates_whatever_happens_to_other_messages() {
    let plain = courses(&mut Network::new(setup(LOSSY)), 200);
    assert!(plain.iter().any(|course| course.fate == Fate::Drop(Cause::Lost)));
    assert_eq!(courses(&mut Network::new(setup(LOSSY)), 200), plain);

    // Other links carry messages too, and this link drops every third of its own.
    let mut busy = Network::new(setup(LOSSY));
    for (seq, &expected) in plain.iter().enumerate() {
        send(&mut busy, N2, N1);
        send(&mut busy, N3, N2);
        if seq % 3 == 0 {
            busy.apply(&Fault::Partition(vec![vec![N1]]));
            send(&mut busy, N1, N2);
            busy.apply(&Fault::Heal);
        } else {
            assert_eq!(send(&mut busy, N1, N2), expected, "message {seq}");
        }
    }

    let other = NetworkSetup { streams: Streams::new(8, "links"), ..setup(LOSSY) };
    assert_ne!(courses(&mut Network::new(other), 200), plain);
}

#[test]
fn a_closed_network_draws_nothing() {
    let mut network = Network::new(NetworkSetup { closed: true, ..setup(LOSSY) });
    let least = Course { fate: Fate::Deliver(JITTER.base), is_given: false, jitter: JITTER.base };
    assert_eq!(courses(&mut network, 50), vec![least; 50]);
    let other = LinkSettings::labrpc(true, false, false);
    assert!(network.apply(&Fault::Network(other)));
    assert_eq!(network.settings(N1, N2), other);
    assert_eq!(courses(&mut network, 50), vec![least; 50]);
    for cause in [Cause::Blocked, Cause::Down, Cause::Lost] {
        assert_eq!(network.request_failure(name(0), cause, JITTER.base), JITTER.base);
    }
}

#[test]
fn a_given_fate_is_used_once_and_only_one_that_disturbs_is_noted() {
    let prompt = Fate::Deliver(Fate::PROMPT);
    let twice = Fate::Duplicate(ms(1), ms(2));
    let fates = [(name(0), prompt), (name(1), twice), (name(9), prompt)].into();
    let mut network = Network::new(NetworkSetup { fates, ..setup(LinkSettings::RELIABLE) });
    let drawn = courses(&mut Network::new(setup(LinkSettings::RELIABLE)), 2);
    let given = |seq: usize, fate| Course { fate, is_given: true, ..drawn[seq] };

    assert_eq!(network.unused(), [name(0), name(1), name(9)]);
    assert_eq!(send(&mut network, N1, N2), given(0, prompt));
    assert!(!network.was_disturbed());
    let handed = network.hand_over(N1, N2);
    let mut decide = || network.decide(handed, false, || false, false, Addressee::Present);
    assert_eq!([decide(), decide()], [given(1, twice), drawn[1]]);
    assert!(network.was_disturbed());
    assert_eq!(network.unused(), [name(9)]);
}

#[test]
fn a_given_fate_neither_opens_a_link_nor_starts_a_server() {
    let fates = [(name(0), Fate::Deliver(ms(1))), (name(1), Fate::Deliver(ms(1)))].into();
    let mut network = Network::new(NetworkSetup { fates, ..setup(LinkSettings::RELIABLE) });
    network.apply(&Fault::Isolate(N1));
    assert_eq!(send(&mut network, N1, N2).fate, Fate::Drop(Cause::Blocked));
    network.apply(&Fault::Join(N1));
    let handed = network.hand_over(N1, N2);
    let down = network.decide(handed, false, || false, false, Addressee::Down);
    assert_eq!(down.fate, Fate::Drop(Cause::Down));
    assert_eq!(network.unused(), [name(0), name(1)]);
}

#[test]
fn once_faults_have_stopped_given_fates_that_disturb_are_not_used() {
    let prompt = Fate::Deliver(ms(3));
    let late = Fate::Deliver(Fate::PROMPT + Duration::from_nanos(1));
    let lost = Fate::Drop(Cause::Lost);
    let fates = [(name(0), lost), (name(1), prompt), (name(2), late)].into();
    let mut network = Network::new(NetworkSetup { fates, ..setup(LinkSettings::RELIABLE) });
    assert!(!network.faults_stopped());
    network.stop_faults();
    assert!(network.faults_stopped());

    let mut expected = courses(&mut Network::new(setup(LinkSettings::RELIABLE)), 3);
    (expected[1].fate, expected[1].is_given) = (prompt, true);
    assert_eq!(courses(&mut network, 3), expected);
    assert_eq!(network.unused(), [name(0), name(2)]);
    assert!(!network.was_disturbed());
}

#[test]
fn a_given_failure_is_used_once_and_is_at_most_as_long_as_the_longest_drawn() {
    let hour = Duration::from_secs(3600);
    let failures = [(name(0), ms(3)), (name(1), hour), (name(2), hour), (name(3), hour)].into();
    let mut network = Network::new(NetworkSetup { failures, ..setup(LinkSettings::RELIABLE) });
    let jitter = JITTER.base;
    assert_eq!(network.request_failure(name(0), Cause::Down, jitter), ms(3));
    assert_eq!(network.request_failure(name(1), Cause::Blocked, jitter), DEAD_FOR);
    assert_eq!(network.request_failure(name(2), Cause::Lost, jitter), LOST_FOR);
    assert_eq!(network.unused(), [name(3)]);
    assert_eq!(network.reply_failure(name(3), jitter), LOST_FOR);
    assert_eq!(network.reply_failure(name(3), jitter), jitter);

    let drawn =
        Network::new(setup(LinkSettings::RELIABLE)).request_failure(name(0), Cause::Down, jitter);
    assert_eq!(network.request_failure(name(0), Cause::Down, jitter), drawn);
    assert!(drawn >= jitter && drawn <= LinkSettings::RELIABLE.call_failure.most() + jitter);
}

#[test]
fn a_drawn_failure_depends_on_its_message_alone() {
    let failure = |network: &mut Network, seq| {
        network.request_failure(name(seq), Cause::Blocked, Duration::ZERO)
    };
    let mut network = Network::new(setup(LinkSettings::RELIABLE));
    let forwards: Vec<Duration> = (0..50).map(|seq| failure(&mut network, seq)).collect();
    let mut network = Network::new(setup(LinkSettings::RELIABLE));
    let mut backwards: Vec<Duration> =
        (0..50).rev().map(|seq| failure(&mut network, seq)).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    assert!(forwards.iter().any(|&other| other != forwards[0]));
}

#[test]
fn each_fault_of_the_network_changes_its_links_once() {
    let link = Links { from: N1, to: N2 };
    let other = LinkSettings::labrpc(true, false, false);
    let faults = [
        (Fault::Block(link), "13 21 23 31 32"),
        (Fault::Isolate(N3), "21"),
        (Fault::Unblock(link), "12 21"),
        (Fault::Join(N3), ALL),
        (Fault::Isolate(N1), "23 32"),
        (Fault::Isolate(N2), ""),
        (Fault::Join(N1), "13 31"),
        (Fault::Heal, ALL),
        (Fault::Partition(vec![vec![N1, N3]]), "13 31"),
        (Fault::Partition(vec![vec![N1], vec![N2, N3]]), "23 32"),
        // Servers that no group names are alone.
        (Fault::Partition(vec![vec![N1]]), ""),
        (Fault::Link(link, other), ""),
        (Fault::Network(other), ""),
        (Fault::Heal, ALL),
    ];
    let mut network = Network::new(setup(LinkSettings::RELIABLE));
    assert_eq!(open(&network), ALL);
    for (fault, links) in faults {
        assert!(network.apply(&fault), "{fault} changes something");
        assert_eq!(open(&network), links, "{fault}");
        assert!(!network.apply(&fault), "{fault} changes nothing the second time");
        assert_eq!(open(&network), links, "{fault}");
    }
}

#[test]
fn isolated_servers_are_marked_until_they_join_or_all_is_healed() {
    let mut network = Network::new(setup(LinkSettings::RELIABLE));
    let marks = |network: &Network| [N1, N2, N3].map(|node| network.is_connected(node));
    // All links of n1 are cut already: only the mark changes.
    network.apply(&Fault::Partition(vec![vec![N2, N3]]));
    assert_eq!(marks(&network), [true; 3]);
    assert!(network.apply(&Fault::Isolate(N1)));
    assert_eq!(marks(&network), [false, true, true]);
    network.apply(&Fault::Unblock(Links { from: N1, to: N2 }));
    assert_eq!(marks(&network), [false, true, true]);
    assert!(network.apply(&Fault::Join(N1)));
    assert_eq!((marks(&network), open(&network).as_str()), ([true; 3], ALL));
    network.apply(&Fault::Isolate(N2));
    assert!(network.apply(&Fault::Heal));
    assert_eq!(marks(&network), [true; 3]);
}

#[test]
fn settings_are_those_of_one_link_or_of_all() {
    let other = LinkSettings::labrpc(true, false, false);
    let mut network = Network::new(setup(LinkSettings::RELIABLE));
    network.apply(&Fault::Link(Links { from: N1, to: N2 }, other));
    assert_eq!(network.settings(N1, N2), other);
    assert_eq!(network.settings(N2, N1), LinkSettings::RELIABLE);
    network.apply(&Fault::Network(LOSSY));
    assert_eq!([network.settings(N1, N2), network.settings(N2, N1)], [LOSSY; 2]);
}

#[test]
fn fixed_settings_stay_until_all_faults_stop() {
    let fixed = NetworkSetup { is_fixed: true, ..setup(LOSSY) };
    let mut network = Network::new(fixed);
    let link = Links { from: N1, to: N2 };
    for fault in [Fault::Network(LinkSettings::RELIABLE), Fault::Link(link, LinkSettings::RELIABLE)]
    {
        assert!(!network.apply(&fault), "{fault} changes nothing");
        assert_eq!(network.settings(N1, N2), LOSSY);
    }
    assert!(network.apply(&Fault::Isolate(N1)), "links may be cut");
    network.stop_faults();
    assert!(network.apply(&Fault::Network(LinkSettings::RELIABLE)));
    assert_eq!(network.settings(N1, N2), LinkSettings::RELIABLE);
}

#[test]
fn delays_stay_whatever_is_done_to_the_settings() {
    let delays = Delays::read("- 45ms 1ms\n50ms - 2ms\n3ms 4ms -").unwrap();
    let far = |from, to| if (from, to) == (N1, N2) { ms(45) } else { ms(50) };
    let over = |settings| [(N1, N2), (N2, N1)].map(|(from, to)| delays.over(settings, from, to));
    let mut network = Network::new(NetworkSetup {
        delays: Some(delays.clone()),
        ..setup(LinkSettings::RELIABLE)
    });
    let settings = |network: &Network| [network.settings(N1, N2), network.settings(N2, N1)];
    assert_eq!(settings(&network), over(LinkSettings::RELIABLE));
    for (from, to) in [(N1, N2), (N2, N1)] {
        let Fate::Deliver(after) = send(&mut network, from, to).fate else { panic!("it is lost") };
        assert!((far(from, to) + JITTER.base..=far(from, to) + JITTER.most()).contains(&after));
    }
    assert!(!network.apply(&Fault::Network(LinkSettings::RELIABLE)), "they are reliable already");
    assert!(network.apply(&Fault::Network(LOSSY)));
    assert_eq!(settings(&network), over(LOSSY));
    assert!(network.apply(&Fault::Link(Links { from: N1, to: N2 }, LinkSettings::RELIABLE)));
    assert_eq!(settings(&network), [over(LinkSettings::RELIABLE)[0], over(LOSSY)[1]]);
    network.stop_faults();
    assert!(network.apply(&Fault::Network(LinkSettings::RELIABLE)));
    assert_eq!(settings(&network), over(LinkSettings::RELIABLE));
}

#[test]
fn a_closed_network_has_no_delays() {
    let delays = Delays::read("- 45ms 1ms\n50ms - 2ms\n3ms 4ms -").ok();
    let setup = NetworkSetup { closed: true, delays, ..setup(LOSSY) };
    assert_eq!(send(&mut Network::new(setup), N1, N2).fate, Fate::Deliver(JITTER.base));
}

#[test]
fn no_other_fault_changes_the_network() {
    let link = Links { from: N1, to: N2 };
    for fault in [
        Fault::Swizzle { cut: vec![link], mend: vec![link], every: ms(1) },
        Fault::Crash { who: N1, after: None },
        Fault::Crash { who: N1, after: Some(CrashPoint::Actions(1)) },
        Fault::Disarm(N1),
        Fault::Restart(N1),
        Fault::Pause(N1),
        Fault::Resume(N1),
        Fault::Disk { who: N1, latency: ms(1) },
        Fault::Clock { who: N1, rate: Rate::new(3, 2) },
        Fault::Jump { who: N1, ahead: ms(1) },
        Fault::Expire(N1),
        Fault::Campaign(N1),
    ] {
        let mut network = Network::new(setup(LinkSettings::RELIABLE));
        assert!(!network.apply(&fault), "{fault}");
        assert_eq!(open(&network), ALL, "{fault}");
    }
}

#[test]
fn a_link_that_drops_messages_in_turn_never_drops_two_in_a_row_nor_keeps_a_rhythm() {
    for closed in [false, true] {
        let leg = Leg { drops_every: 3, ..Leg::RELIABLE };
        let settings = LinkSettings::uniform(leg);
        assert!(!settings.keeps(ms(10_000)), "it loses messages");
        let mut network = Network::new(NetworkSetup { closed, ..setup(settings) });
        let courses = courses(&mut network, 25).into_iter().zip(0..);
        let lost = courses.filter(|(it, _)| it.fate == Fate::Drop(Cause::Lost));
        let lost: Vec<u32> = lost.map(|(_, seq)| seq).collect();
        assert_eq!(lost, [0, 3, 7, 12, 15, 19, 24], "closed: {closed}");
    }
}

#[test]
fn only_requests_with_snapshots_take_longer_on_a_link_that_delays_snapshots() {
    let longer = Spread::between(ms(500), ms(900));
    let settings = LinkSettings { snapshots: longer, ..LinkSettings::RELIABLE };
    assert!(!settings.keeps(ms(10)) && settings.keeps(ms(900)) && settings.longest() == ms(900));
    let mut network = Network::new(setup(settings));
    let mut take = |is_reply, has_snapshot| {
        let handed = network.hand_over(N1, N2);
        match network.decide(handed, is_reply, || has_snapshot, false, Addressee::Present) {
            Course { fate: Fate::Deliver(after), jitter, .. } => after - jitter,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!([take(false, false), take(true, true)], [Duration::ZERO; 2]);
    let taken = [(); 9].map(|()| take(false, true));
    assert!(taken.iter().all(|taken| (ms(500)..=ms(900)).contains(taken)), "{taken:?}");
}
