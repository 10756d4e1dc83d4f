//! What servers hand to their services, in made-up lives: entries in order and once, and snapshots
//! that some service took.

use raftsim_node::{Bytes, Index};
use raftsim_oracles::{Order, Snapshots};

use crate::support::{Said, broken, ms, n, said};

#[derive(Clone, Copy)]
enum Deed {
    Boot(Index),
    Apply(Index),
    Restore(Index),
}

use Deed::{Apply, Boot, Restore};

/// n2 does all this; only the last step may fail. Returns its verdict, and how much was judged.
fn judge(deeds: &[Deed]) -> (Said, u64) {
    let mut oracle = Order::new(3);
    let mut last = Ok(());
    for (deed, time) in deeds.iter().zip(1..) {
        assert_eq!(last, Ok(()), "only the last step may fail");
        match *deed {
            Boot(snapshot) => oracle.booted(n(2), snapshot),
            Apply(index) => last = said(oracle.applied(ms(time), n(2), index)),
            Restore(index) => last = said(oracle.restored(ms(time), n(2), index)),
        }
    }
    (last, oracle.judged())
}

fn out_of_order(time: u64, stands: Index, deed: &str) -> Said {
    let first = format!("in this life n2's service has applied everything through {stands}");
    broken("applied in order and once", ms(time), &first, deed)
}

#[test]
fn entries_are_applied_one_by_one_from_the_first() {
    assert_eq!(judge(&[Boot(0), Apply(1), Apply(2), Apply(3)]), (Ok(()), 3));
    assert_eq!(judge(&[Boot(0), Apply(2)]), (out_of_order(2, 0, "it applies 2"), 1));
}

#[test]
fn a_duplicate_is_found_out() {
    let expected = out_of_order(4, 2, "it applies 2");
    assert_eq!(judge(&[Boot(0), Apply(1), Apply(2), Apply(2)]), (expected, 3));
    assert_eq!(judge(&[Boot(0), Apply(0)]), (out_of_order(2, 0, "it applies 0"), 1));
}

#[test]
fn a_gap_is_found_out() {
    assert_eq!(judge(&[Boot(0), Apply(1), Apply(3)]), (out_of_order(3, 1, "it applies 3"), 2));
}

#[test]
fn a_new_life_begins_again_where_its_snapshot_ends() {
    assert_eq!(judge(&[Boot(0), Apply(1), Apply(2), Boot(0), Apply(1), Apply(2)]), (Ok(()), 4));
    assert_eq!(judge(&[Boot(0), Apply(1), Apply(2), Boot(1), Apply(2)]), (Ok(()), 3));
    let expected = out_of_order(5, 1, "it applies 3");
    assert_eq!(judge(&[Boot(0), Apply(1), Apply(2), Boot(1), Apply(3)]), (expected, 3));
    let expected = out_of_order(5, 1, "it applies 1");
    assert_eq!(judge(&[Boot(0), Apply(1), Apply(2), Boot(1), Apply(1)]), (expected, 3));
}

#[test]
fn a_snapshot_jumps_ahead() {
    assert_eq!(judge(&[Boot(0), Apply(1), Restore(7), Apply(8)]), (Ok(()), 3));
    let expected = out_of_order(4, 7, "it applies 9");
    assert_eq!(judge(&[Boot(0), Apply(1), Restore(7), Apply(9)]), (expected, 3));
    let expected = out_of_order(4, 7, "it applies 2");
    assert_eq!(judge(&[Boot(0), Apply(1), Restore(7), Apply(2)]), (expected, 3));
}

#[test]
fn a_snapshot_never_goes_back_below_what_the_service_holds() {
    // A server may restore the snapshot of its own disk once more.
    assert_eq!(judge(&[Boot(4), Restore(4), Apply(5)]), (Ok(()), 2));
    let expected = out_of_order(4, 2, "it restores a snapshot through 1");
    assert_eq!(judge(&[Boot(0), Apply(1), Apply(2), Restore(1)]), (expected, 3));
    let expected = out_of_order(2, 4, "it restores a snapshot through 3");
    assert_eq!(judge(&[Boot(4), Restore(3)]), (expected, 1));
}

#[test]
fn each_server_applies_on_its_own() {
    let mut oracle = Order::new(3);
    for node in [1, 2, 3] {
        assert_eq!(oracle.applied(ms(1), n(node), 1), Ok(()));
    }
}

/// Services took the snapshots "x" and "y" through entry 4 and "z" through entry 7; n3 restores the
/// snapshot `bytes` through `index`.
fn restore(index: Index, bytes: &str) -> Said {
    let mut oracle = Snapshots::default();
    for (index, bytes) in [(4, "x"), (4, "y"), (7, "z")] {
        oracle.taken(index, &Bytes::from(bytes));
    }
    let verdict = oracle.restored(ms(8), n(3), index, &Bytes::from(bytes));
    assert_eq!(oracle.judged(), 1);
    said(verdict)
}

fn foreign(first: &str) -> Said {
    let second = "n3's service begins from such a snapshot";
    broken("a snapshot is one that was taken", ms(8), first, second)
}

#[test]
fn what_some_service_made_at_that_index_may_be_restored() {
    for (index, bytes) in [(4, "x"), (4, "y"), (7, "z")] {
        assert_eq!(restore(index, bytes), Ok(()));
    }
}

#[test]
fn a_snapshot_of_other_bytes_may_not_be_restored() {
    assert_eq!(restore(4, "z"), foreign("no service made these 1 bytes through 4"));
    assert_eq!(restore(7, "zz"), foreign("no service made these 2 bytes through 7"));
}

#[test]
fn a_snapshot_that_no_service_made_may_not_be_restored() {
    assert_eq!(restore(5, "x"), foreign("no service made a snapshot through 5"));
}
