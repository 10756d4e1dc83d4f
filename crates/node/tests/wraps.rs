//! What is ready-made for Rafts that exist already: ticks, writes in progress, a plain disk.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::sync::Arc;

use raftsim_node::{
    Boot, Command, Disk, Duration, NodeId, PlainDisk, PlainEntry, PlainWrite, Random, Snapshot,
    Ticks, Time, Touched, View, Writes,
};

const TICK: Duration = Duration::from_millis(20);

fn boot(seed: u64) -> Boot {
    let voters: Arc<[NodeId]> = [1, 2, 3].map(NodeId::new).into();
    Boot::new(voters[0], voters, seed)
}

fn at(millis: u64) -> Time {
    Time::ZERO + Duration::from_millis(millis)
}

#[test]
fn random_numbers_depend_on_the_seed_alone_and_stay_in_their_range() {
    let numbers = |seed| {
        let mut random = Random::new(seed);
        (0..100).map(|_| random.below(10)).collect::<Vec<_>>()
    };
    assert_eq!(numbers(7), numbers(7));
    assert_ne!(numbers(7), numbers(8));
    assert_eq!(numbers(7).into_iter().collect::<BTreeSet<_>>(), (0..10).collect());
}

#[test]
fn the_first_tick_comes_within_one_tick_and_differs_from_life_to_life() {
    let now = at(1_000);
    let firsts: BTreeSet<Time> =
        (0..50).map(|seed| Ticks::new(TICK, &boot(seed), now).at(1)).collect();
    assert_eq!(firsts.len(), 50);
    assert!(firsts.iter().all(|&first| now < first && first <= now + TICK));
    assert_eq!(Ticks::new(TICK, &boot(7), now), Ticks::new(TICK, &boot(7), now));
}

#[test]
fn each_tick_is_due_once_however_rarely_the_node_looks() {
    let mut ticks = Ticks::new(TICK, &boot(1), Time::ZERO);
    let (first, fifth) = (ticks.at(1), ticks.at(5));
    assert_eq!(fifth - first, TICK * 4);
    assert_eq!(ticks.due(Time::from_nanos(first.as_nanos() - 1)), 0);
    assert_eq!(ticks.due(first), 1);
    assert_eq!(ticks.due(first), 0);
    assert_eq!(ticks.due(fifth), 4);
    assert_eq!(ticks.at(0), fifth + TICK);
}

#[test]
fn after_a_jump_all_ticks_are_due_or_as_many_as_the_node_catches_up_with() {
    let mut ticks = Ticks::new(TICK, &boot(1), Time::ZERO);
    let mut few = ticks.clone().catching_up(30);
    let later = ticks.at(100);
    assert_eq!((ticks.due(later), few.due(later)), (100, 30));
    assert_eq!((few.due(later), few.at(1)), (0, ticks.at(1)));
}

#[test]
fn writes_are_complete_in_their_order_and_within_their_time() {
    let take = Duration::from_millis(1)..Duration::from_millis(20);
    let mut writes = Writes::new(take.clone(), &boot(3));
    assert_eq!(writes.deadline(), None);
    for number in 0..50 {
        writes.begin(number, at(number));
    }
    let mut complete = vec![];
    while let Some(deadline) = writes.deadline() {
        assert_eq!(writes.complete(Time::from_nanos(deadline.as_nanos() - 1)), None);
        while let Some(number) = writes.complete(deadline) {
            assert!(deadline.since(at(number)) >= take.start);
            assert!(deadline.since(at(number)) < take.end);
            complete.push(number);
        }
    }
    assert_eq!(complete, (0..50).collect::<Vec<_>>());
}

/// Entries of these terms. The command of each is its term.
fn entries(terms: &[u64]) -> Vec<PlainEntry> {
    let command = |term: u64| Some(Command::from(term.to_string().as_str()));
    terms.iter().map(|&term| (term, command(term))).collect()
}

fn disk(terms: &[u64]) -> PlainDisk {
    let mut disk = PlainDisk::default();
    disk.write(PlainWrite { log: Some((1, entries(terms))), ..PlainWrite::default() });
    disk
}

fn compaction(index: u64, term: u64) -> PlainWrite {
    let snapshot = Some(Snapshot::new(index, term, "state".into()));
    PlainWrite { snapshot, ..PlainWrite::default() }
}

#[test]
fn a_plain_disk_replaces_entries_from_the_first_written_on() {
    let mut disk = disk(&[1, 1, 2, 2]);
    let vote = Some((3, Some(NodeId::new(2))));
    let touched = disk.write(PlainWrite { vote, log: Some((3, entries(&[3]))), snapshot: None });
    assert_eq!(touched, Touched { vote: true, log_from: Some(3), snapshot: false });
    assert_eq!(disk.entries(1), entries(&[1, 1, 3]));
    assert_eq!((disk.term(), disk.voted_for()), (3, Some(NodeId::new(2))));
    assert_eq!(disk.entry(3), Some((3, Some(&"3".into()))));
    assert_eq!((disk.term_at(0), disk.term_at(3), disk.term_at(4)), (Some(0), Some(3), None));
    assert_eq!(disk.state_bytes(), 9 + 3 * 9);
}

#[test]
fn a_snapshot_keeps_the_entries_that_follow_it_and_no_others() {
    let mut kept = disk(&[1, 1, 2, 2]);
    let touched = kept.write(compaction(3, 2));
    assert_eq!(touched, Touched { snapshot: true, ..Touched::NONE });
    assert_eq!((kept.first_index(), kept.entries(0)), (4, &entries(&[2])[..]));
    assert_eq!((kept.term_at(3), kept.term_at(2)), (Some(2), None));

    for (index, term) in [(3, 7), (9, 2)] {
        let mut gone = disk(&[1, 1, 2, 2]);
        let touched = gone.write(compaction(index, term));
        let log_from = Some(index + 1);
        assert_eq!(touched, Touched { snapshot: true, log_from, vote: false });
        assert_eq!((gone.last_index(), gone.entries(0)), (index, &[][..]));
    }
}

#[test]
fn a_plain_disk_refuses_a_gap() {
    for first in [6, 1] {
        let gap = catch_unwind(|| {
            let mut disk = disk(&[1, 1, 2, 2]);
            disk.write(compaction(2, 1));
            disk.write(PlainWrite { log: Some((first, entries(&[3]))), ..PlainWrite::default() });
        });
        let panic = gap.expect_err("the write leaves a gap");
        let text = panic.downcast_ref::<String>().expect("it is a text");
        assert!(text.starts_with(&format!("entry {first} is written")), "{text}");
    }
}
