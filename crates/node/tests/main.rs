//! The contract's own types: how they print, compare and add up, and what changes a digest.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use raftsim_node::{Boot, Bytes, Claims, Digest, Duration, NodeId, Time};

mod wraps;

fn digest_of(feed: impl Fn(&mut Digest)) -> u64 {
    let mut digest = Digest::new();
    feed(&mut digest);
    digest.value()
}

#[test]
fn times_print_as_seconds_with_six_decimals() {
    let time = Time::ZERO + Duration::from_millis(1_234) + Duration::from_micros(567);
    assert_eq!(time.to_string(), "1.234567s");
    assert_eq!(format!("{:?}", time - Time::ZERO), "1.234567s");
    assert_eq!(Duration::from_nanos(999).to_string(), "0.000000s");
}

#[test]
fn time_since_a_later_moment_is_zero() {
    let (early, late) = (Time::from_nanos(5), Time::from_nanos(9));
    assert_eq!(late.since(early), Duration::from_nanos(4));
    assert_eq!(early.since(late), Duration::ZERO);
    assert_eq!(late.saturating_add(Duration::from_nanos(u64::MAX)), Time::MAX);
}

#[test]
fn nodes_print_with_their_number_and_count_slots_from_zero() {
    let node = NodeId::new(3);
    assert_eq!((node.to_string().as_str(), node.number(), node.slot()), ("n3", 3, 2));
    assert_eq!(size_of::<Option<NodeId>>(), 1);
}

#[test]
fn boot_knows_its_peers_and_its_majority() {
    for (servers, majority) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4)] {
        let voters: Arc<[NodeId]> = (1..=servers).map(NodeId::new).collect();
        let boot = Boot::new(NodeId::new(1), Arc::clone(&voters), 7);
        assert_eq!(boot.majority(), majority, "{servers} servers");
        assert_eq!(boot.peers().collect::<Vec<_>>(), voters[1..]);
        assert!(!boot.notes);
        assert!(boot.with_notes(true).notes);
    }
}

#[test]
fn a_cluster_promises_what_all_of_its_servers_promise() {
    let second = Duration::from_secs(1);
    let one = Claims::default().stepping_down_within(second).keeping_its_leader();
    let two = Claims::default().stepping_down_within(second * 2).with_own_entries();
    let both = Claims::default().stepping_down_within(second * 2).with_own_entries();
    assert_eq!(one.shared_with(two), both);
    assert_eq!(two.shared_with(one), both);
    let slow = Claims::default().electing_within(second * 9);
    assert_eq!(one.shared_with(slow), slow);
}

#[test]
fn bytes_print_as_a_short_string() {
    assert_eq!(format!("{:?}", Bytes::from("x=1\n")), "\"x=1\\n\"");
    assert_eq!(
        format!("{:?}", Bytes::from(vec![b'a'; 40])),
        format!("\"{}…40 bytes\"", "a".repeat(32))
    );
}

#[test]
fn bytes_compare_like_the_slices_that_they_were_made_of() {
    let made: Vec<Vec<u8>> = (0..20).flat_map(|len| [vec![0; len], vec![7; len]]).collect();
    for one in &made {
        let bytes = Bytes::from(one.clone());
        assert_eq!(*bytes, **one);
        assert_eq!(bytes.clone(), bytes);
        for other in &made {
            assert_eq!(bytes == Bytes::from(&other[..]), one == other, "{one:?}, {other:?}");
            assert_eq!(bytes.cmp(&Bytes::from(&other[..])), one.cmp(other), "{one:?}, {other:?}");
        }
    }
    assert_eq!(Bytes::default(), Bytes::from(""));
}

#[test]
fn digest_sees_every_bit_of_a_word() {
    let mut seen = BTreeSet::from([digest_of(|digest| digest.word(0))]);
    for bit in 0..64 {
        assert!(seen.insert(digest_of(|digest| digest.word(1 << bit))), "bit {bit} left no mark");
    }
}

#[test]
fn digest_sees_order_and_number_of_words() {
    let feeds: [&[u64]; 8] = [&[], &[0], &[0, 0], &[1], &[1, 0], &[0, 1], &[1, 2], &[2, 1]];
    let seen: BTreeSet<u64> = feeds
        .iter()
        .map(|words| digest_of(|digest| words.iter().for_each(|&word| digest.word(word))))
        .collect();
    assert_eq!(seen.len(), feeds.len());
}

#[test]
fn digest_changes_with_later_words_after_any_word() {
    // A word equal to the state makes the product 0. What follows must still change the digest.
    let state = Digest::new().value();
    let after = |word| {
        digest_of(|digest| {
            digest.word(state);
            digest.word(word);
        })
    };
    assert_ne!(after(1), after(2));
}

#[test]
fn digest_keeps_neighbouring_strings_apart() {
    let pair = |first: &'static str, second: &'static str| {
        digest_of(|digest| {
            digest.bytes(first.as_bytes());
            digest.bytes(second.as_bytes());
        })
    };
    assert_ne!(pair("ab", "c"), pair("a", "bc"));
    assert_ne!(pair("a\0", ""), pair("a", ""));
}

#[test]
fn digest_of_debug_text_depends_on_the_text_alone() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "read through Debug")]
    struct Pair(u8, u8);
    assert_eq!(
        digest_of(|digest| digest.debug(&Pair(1, 2))),
        digest_of(|digest| digest.debug(&Pair(1, 2)))
    );
    assert_ne!(
        digest_of(|digest| digest.debug(&Pair(1, 2))),
        digest_of(|digest| digest.debug(&Pair(2, 1)))
    );
    assert_ne!(digest_of(|digest| digest.debug(&11)), digest_of(|digest| digest.debug(&1)));
}

/// Its `Debug` fails, as none should.
struct Unprintable;

impl fmt::Debug for Unprintable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

#[test]
fn a_debug_that_fails_is_named_when_it_feeds_a_digest() {
    let fed = std::panic::catch_unwind(|| Digest::new().debug(&Unprintable));
    let message = fed.expect_err("it panics").downcast::<String>().expect("with a text");
    assert!(message.starts_with("a `Debug` returned an error, though every write"), "{message}");
}
