//! The settings of links, as text: settings that are printed are read back the same, and a wrong
//! text is reported.

use proptest::prelude::*;
use raftsim_node::Duration;
use raftsim_plan::Timed;
use raftsim_sim::{Late, Leg, LinkSettings, Ratio, Spread};

use crate::plan_text::{problem, reads_back};
use crate::plans;

proptest! {
    #![proptest_config(plans::config(2_000))]

    #[test]
    fn a_network_is_read_as_it_is_printed(network in plans::network(), own in plans::leg()) {
        reads_back(&network)?;
        reads_back(&LinkSettings::uniform(own))?;
    }

    #[test]
    fn parts_in_any_order_never_panic(
        parts in proptest::collection::vec(proptest::sample::select(PARTS), 1..6),
    ) {
        if let Ok(network) = parts.join(" ").parse::<LinkSettings>() {
            reads_back(&network)?;
        }
    }
}

const PARTS: &[&str] = &[
    "reliable",
    "unreliable",
    "reordering",
    "requests",
    "replies",
    "requests clear replies",
    "clear",
    "loss 1/10",
    "loss 0/3",
    "twice 1/20",
    "late 600/900",
    "late 0/1 from 0.100s below 0.500s",
    "late 1/3 from 0.200s below 2.000s",
    "from 0.100s below 0.000s",
    "latency 0.000s..0.026s",
    "latency 0.000s..0.000s",
    "latency 0.000s..0.003s by 0.000000001s",
    "latency 0.000s..4.200s by 0.000000001s",
    "by 0.001s",
    "by 0.000000001s",
    "failing 0.000s..6.999s by 0.001s",
    "failing 0.000s..0.099s",
];

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const LOSSY: Leg = Leg { loss: Ratio::new(1, 10), ..Leg::RELIABLE };

#[test]
fn each_part_of_a_network_is_read() {
    let reliable = LinkSettings::RELIABLE;
    let labrpc = LinkSettings::labrpc;
    let own = |leg| LinkSettings::uniform(leg);
    for (text, network) in [
        ("reliable", reliable),
        ("unreliable", labrpc(true, false, true)),
        ("reordering", labrpc(false, true, true)),
        ("unreliable reordering", labrpc(true, true, true)),
        ("reliable failing 0.000s..0.099s by 0.001s", labrpc(false, false, false)),
        ("unreliable reordering failing 0.000s..0.099s by 0.001s", labrpc(true, true, false)),
        ("loss 1/10", own(LOSSY)),
        ("twice 1/20", own(Leg { duplicate: Ratio::new(1, 20), ..Leg::RELIABLE })),
        ("late 1/3", own(Leg { late: Late::labrpc(Ratio::new(1, 3)), ..Leg::RELIABLE })),
        (
            "late 1/3 from 0.100s below 0.500s",
            own(Leg {
                late: Late { chance: Ratio::new(1, 3), base_ms: 100, spread_ms: 500 },
                ..Leg::RELIABLE
            }),
        ),
        ("latency 0.005s..0.005s", own(Leg { latency: Spread::fixed(ms(5)), ..Leg::RELIABLE })),
        (
            "latency 0.001s..0.030s",
            own(Leg { latency: Spread::between(ms(1), ms(30)), ..Leg::RELIABLE }),
        ),
        (
            "latency 0.001s..0.031s by 0.010s",
            own(Leg { latency: Spread { base: ms(1), step: ms(10), count: 4 }, ..Leg::RELIABLE }),
        ),
        ("requests loss 1/10 replies clear", LinkSettings { request: LOSSY, ..reliable }),
        ("requests clear replies loss 1/10", LinkSettings { reply: LOSSY, ..reliable }),
        (
            "loss 1/10 failing 0.500s..0.500s",
            LinkSettings { call_failure: Spread::fixed(ms(500)), ..own(LOSSY) },
        ),
        ("drops every 3", own(Leg { drops_every: 3, ..Leg::RELIABLE })),
        ("loss 1/10 drops every 2", own(Leg { drops_every: 2, ..LOSSY })),
        (
            "unreliable snapshots 0.500s..2.000s",
            LinkSettings {
                snapshots: Spread::between(ms(500), ms(2000)),
                ..labrpc(true, false, true)
            },
        ),
        (
            "reliable failing 0.001s..0.002s",
            LinkSettings { call_failure: Spread::between(ms(1), ms(2)), ..reliable },
        ),
    ] {
        assert_eq!(text.parse().as_ref(), Ok(&network), "{text}");
        assert_eq!(network.to_string(), text);
    }
}

/// Settings are compared by value: two texts with the same settings print the same.
#[test]
fn a_loose_text_prints_in_its_canonical_form() {
    for (loose, canonical) in [
        ("clear", "reliable"),
        ("latency 0s..0s", "reliable"),
        ("requests clear replies clear", "reliable"),
        ("loss 0/7 late 0/3 from 1s below 2s", "reliable"),
        ("clear failing 0s..6.999s by 1ms", "reliable"),
        ("reliable failing 0s..99ms by 1ms", "reliable failing 0.000s..0.099s by 0.001s"),
        ("late 1/3 from 200ms below 2s", "late 1/3"),
        ("requests late 1/3 replies late 1/3", "late 1/3"),
        ("latency 1ms..2ms by 1ns", "latency 0.001s..0.002s"),
        ("requests loss 1/10 latency 0s..26ms by 1ms replies loss 1/10", "unreliable"),
        ("requests clear replies late 600/900", "reordering"),
        (
            "requests loss 1/10 latency 0s..26ms by 1ms replies loss 1/10 late 600/900",
            "unreliable reordering",
        ),
        // The same share, but computed from other random words.
        ("requests clear replies late 2/3", "requests clear replies late 2/3"),
    ] {
        let printed = loose.parse().map(|network: LinkSettings| network.to_string());
        assert_eq!(printed.as_deref(), Ok(canonical));
    }
}

#[test]
fn a_wrong_network_is_reported() {
    let step = |found| {
        let what = "a step that goes from the least latency to the most, in less than 2^32 steps";
        format!("expected {what}, not `{found}`")
    };
    for (step, expected) in [
        (
            "network relaible",
            "expected `reliable`, `unreliable`, `reordering`, `requests`, `clear`, `loss`, \
             `twice`, `late`, `latency` or `drops`, not `relaible`",
        ),
        (
            "network reordering unreliable",
            "expected `failing`, `snapshots` or the end, not `unreliable`",
        ),
        (
            "network late 1/3 loss 1/3",
            "expected `from`, `latency`, `drops`, `failing`, `snapshots` or the end, not `loss`",
        ),
        ("network loss 0.1", "expected a ratio such as 1/10, not `0.1`"),
        ("network loss 3/2", "expected a ratio of at most 1, not `3/2`"),
        ("network loss 0/0", "expected a denominator above 0, not `0/0`"),
        ("network latency 1ms", "expected a latency such as 0.001s..0.030s, not `1ms`"),
        ("network latency 2ms..1ms", "expected the least latency before the most, not `2ms..1ms`"),
        (
            "network latency 0s..4.3s",
            "expected latencies at most 4.294967294s apart, not `0.000s..4.300s`",
        ),
        (
            "network latency 0s..1s of",
            "expected `by`, `drops`, `failing`, `snapshots` or the end, not `of`",
        ),
        ("network drops every 1", "expected a number of messages, at least 2, not `1`"),
        ("network drops 3", "expected `every`, not `3`"),
        ("network latency 0s..1s by", "expected a span such as 0.300s after `by`"),
        ("network latency 0s..1s by 0.3s", &step("0.300s")),
        ("network latency 0s..1s by 0s", &step("0.000s")),
        ("network latency 0s..5s by 1ns", &step("0.000000001s")),
        ("network late 1/3 from 0.1s", "expected `below` after `0.1s`"),
    ] {
        assert_eq!(problem::<Timed>(&format!("1.250s {step}")), expected);
    }
}

#[test]
fn wrong_lateness_and_wrong_legs_of_a_network_are_reported() {
    for (step, expected) in [
        (
            "network late 1/3 below 1s",
            "expected `from`, `latency`, `drops`, `failing`, `snapshots` or the end, not `below`",
        ),
        ("network late 1/3 from 0.1ms below 1s", "expected whole milliseconds, not `0.0001s`"),
        ("network late 1/3 from 1ms below 1.5ms", "expected whole milliseconds, not `0.0015s`"),
        (
            "network requests loss 1/3",
            "expected `twice`, `late`, `latency`, `drops` or `replies` after `1/3`",
        ),
        (
            "network requests reliable replies clear",
            "expected `clear`, `loss`, `twice`, `late`, `latency` or `drops`, not `reliable`",
        ),
        (
            "network requests clear replies unreliable",
            "expected `clear`, `loss`, `twice`, `late`, `latency` or `drops`, not `unreliable`",
        ),
        (
            "network replies clear requests clear",
            "expected `reliable`, `unreliable`, `reordering`, `requests`, `clear`, `loss`, \
             `twice`, `late`, `latency` or `drops`, not `replies`",
        ),
        ("network reliable failing", "expected a latency such as 0.001s..0.030s after `failing`"),
        ("network reliable failing 7s", "expected a latency such as 0.001s..0.030s, not `7s`"),
        ("network reliable for 1s", "expected `failing`, `snapshots` or the end, not `for`"),
        (
            "link n1>n2",
            "expected `reliable`, `unreliable`, `reordering`, `requests`, `clear`, `loss`, \
             `twice`, `late`, `latency` or `drops` after `n1>n2`",
        ),
    ] {
        assert_eq!(problem::<Timed>(&format!("1.250s {step}")), expected);
    }
    assert_eq!(
        problem::<LinkSettings>("clear sky"),
        "expected `failing`, `snapshots` or the end, not `sky`"
    );
    assert_eq!(
        problem::<LinkSettings>(""),
        "expected `reliable`, `unreliable`, `reordering`, `requests`, `clear`, `loss`, `twice`, \
         `late`, `latency` or `drops`"
    );
}
