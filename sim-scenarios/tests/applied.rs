//! The lab's applier: what it takes, what it refuses, and what the tester's copies then hold.

use std::cell::RefCell;
use std::rc::Rc;

use raftsim_node::{Bytes, Command, Index, Snapshot, Time};
use raftsim_plan::Snapshots;
use raftsim_sim::{Fact, Failure, Property, Service};
use sim_scenarios::Applied;

use crate::support::n;

type Shared = Rc<RefCell<Applied>>;

fn shared(snapshots: bool) -> Shared {
    Rc::new(RefCell::new(Applied::new(
        3,
        if snapshots { Snapshots::Every(10) } else { Snapshots::Never },
    )))
}

/// A life of a server's service.
fn life(applied: &Shared, node: u8) -> Box<dyn Service> {
    Applied::services(applied)(n(node))
}

fn command(text: &str) -> Command {
    Command::from(text)
}

/// Applies commands from `first` on.
fn apply(life: &mut dyn Service, first: Index, commands: &[&str]) -> Result<(), Failure> {
    for (index, text) in (first..).zip(commands) {
        life.apply(index, Some(1), Some(&command(text)))?;
    }
    Ok(())
}

/// Applies `1`, `2`, … through an index; the snapshots made on the way.
fn count_through(life: &mut dyn Service, first: Index, last: Index) -> Vec<Bytes> {
    let made = (first..=last).filter_map(|index| {
        let command = command(&index.to_string());
        life.apply(index, Some(1), Some(&command)).expect("they are in order")
    });
    made.collect()
}

fn broken(property: Property, facts: [Fact; 2]) -> Result<(), Failure> {
    Err(Failure::violation(property, Time::ZERO, facts))
}

/// A fact about a server and an entry.
fn fact(text: &str, node: u8, index: Index) -> Fact {
    Fact::new(text).by(n(node)).entry(index)
}

const IN_ORDER: Property = Property::new("applied in order and once");
const SAFETY: Property = Property::new("State Machine Safety");
const TAKEN: Property = Property::new("a snapshot is one that was taken");

#[test]
fn applied_entries_are_counted_by_index() -> Result<(), Failure> {
    let applied = shared(false);
    let mut lives = [1, 2, 3].map(|node| life(&applied, node));
    apply(&mut *lives[1], 1, &["a", "b", "c"])?;
    apply(&mut *lives[0], 1, &["a", "b"])?;
    apply(&mut *lives[2], 1, &["a"])?;
    let applied = applied.borrow();
    assert_eq!([1, 2, 3, 4].map(|index| applied.count(index)), [3, 2, 1, 0]);
    assert_eq!(applied.command(2), Some(&command("b")));
    assert_eq!((applied.command(0), applied.command(4)), (None, None));
    Ok(())
}

#[test]
fn entries_are_applied_in_order_and_once() {
    let begun = |index: Index| -> Result<(), Failure> {
        let applied = shared(false);
        let mut life = life(&applied, 2);
        apply(&mut *life, 1, &["a", "b"])?;
        life.apply(index, Some(1), Some(&command("b"))).map(drop)
    };
    let rule = || fact("n2 has applied all through 2: its next entry is 3", 2, 3);
    assert_eq!(begun(3), Ok(()));
    assert_eq!(begun(2), broken(IN_ORDER, [rule(), fact("it applies 2", 2, 2)]));
    assert_eq!(begun(4), broken(IN_ORDER, [rule(), fact("it applies 4", 2, 4)]));
    assert_eq!(begun(0), broken(IN_ORDER, [rule(), fact("it applies 0", 2, 0)]));
}

#[test]
fn all_servers_apply_the_same_at_an_index() -> Result<(), Failure> {
    let applied = shared(false);
    apply(&mut *life(&applied, 3), 1, &["a", "b"])?;
    let mut other = life(&applied, 1);
    apply(&mut *other, 1, &["a"])?;
    let first = || fact("n3 applied \"b\" at 2", 3, 2);
    let facts = [first(), fact("n1 applies \"x\" there", 1, 2)];
    assert_eq!(apply(&mut *other, 2, &["x"]), broken(SAFETY, facts));
    let facts = [first(), fact("n1 applies an entry of its own there", 1, 2)];
    assert_eq!(other.apply(2, Some(1), None).map(drop), broken(SAFETY, facts));
    Ok(())
}

#[test]
fn a_copy_survives_a_restart_and_the_new_life_must_begin_at_the_beginning() -> Result<(), Failure> {
    let applied = shared(false);
    apply(&mut *life(&applied, 1), 1, &["a", "b"])?;
    let mut again = life(&applied, 1);
    assert_eq!(applied.borrow().count(2), 1);
    let rule = fact("n1 has applied all through 0: its next entry is 1", 1, 1);
    let facts = [rule, fact("it applies 3", 1, 3)];
    assert_eq!(apply(&mut *again, 3, &["c"]), broken(IN_ORDER, facts));
    let facts = [fact("n1 applied \"a\" at 1", 1, 1), fact("n1 applies \"x\" there", 1, 1)];
    assert_eq!(apply(&mut *again, 1, &["x"]), broken(SAFETY, facts));
    apply(&mut *again, 1, &["a", "b", "c"])?;
    assert_eq!(applied.borrow().count(3), 1);
    Ok(())
}

#[test]
fn entries_of_the_rafts_own_are_counted_apart() -> Result<(), Failure> {
    let applied = shared(false);
    let mut life = life(&applied, 1);
    life.apply(1, Some(1), None)?;
    apply(&mut *life, 2, &["a", "b"])?;
    life.apply(4, Some(2), None)?;
    apply(&mut *life, 5, &["c"])?;
    let applied = applied.borrow();
    assert_eq!(
        [0, 1, 2, 3, 4, 5, 9].map(|index| applied.own_through(index)),
        [0, 1, 1, 1, 2, 2, 2]
    );
    assert_eq!([1, 2, 3, 4, 5].map(|nth| applied.index_of_command(nth)), [2, 3, 5, 6, 7]);
    assert_eq!((applied.command(4), applied.count(4)), (None, 1));
    Ok(())
}

#[test]
fn without_snapshots_none_is_made() {
    assert_eq!(count_through(&mut *life(&shared(false), 1), 1, 40), []);
}

/// The snapshot of `1`, `2`, … as the service writes it down.
fn snapshot_of(through: Index) -> Vec<u8> {
    let mut bytes = through.to_le_bytes().to_vec();
    for index in 1..=through {
        let text = index.to_string();
        bytes.extend(u32::try_from(text.len()).expect("a few digits").to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

#[test]
fn after_9_19_29_a_snapshot_contains_the_index_and_every_command() {
    let made = count_through(&mut *life(&shared(true), 1), 1, 30);
    assert_eq!(made, [9, 19, 29].map(|through| Bytes::from(snapshot_of(through))));
}

/// A server that holds a snapshot through 19 and nothing else; n1 made it, and went on to 25.
fn restored(snapshot: &Snapshot) -> (Shared, Result<Box<dyn Service>, Failure>) {
    let applied = shared(true);
    count_through(&mut *life(&applied, 1), 1, 25);
    let mut life = life(&applied, 2);
    let restored = life.restore(snapshot).map(|()| life);
    (applied, restored)
}

fn snapshot(index: Index, data: Vec<u8>) -> Snapshot {
    Snapshot { index, term: Some(1), data: data.into() }
}

#[test]
fn a_restored_server_counts_through_the_snapshot_and_goes_on_after_it() -> Result<(), Failure> {
    let (applied, life) = restored(&snapshot(19, snapshot_of(19)));
    let mut life = life?;
    assert_eq!([19, 20].map(|index| applied.borrow().count(index)), [2, 1]);
    let rule = fact("n2 has applied all through 19: its next entry is 20", 2, 20);
    let facts = [rule, fact("it applies 21", 2, 21)];
    assert_eq!(apply(&mut *life, 21, &["21"]), broken(IN_ORDER, facts));
    assert_eq!(count_through(&mut *life, 20, 29), [Bytes::from(snapshot_of(29))]);
    Ok(())
}

#[test]
fn a_snapshot_preserves_own_entries() -> Result<(), Failure> {
    let applied = shared(true);
    let mut one = life(&applied, 1);
    one.apply(1, Some(1), None)?;
    let made = count_through(&mut *one, 2, 9);
    assert_eq!(made[0][8..16], [255, 255, 255, 255, 1, 0, 0, 0]);
    let mut other = life(&applied, 2);
    other.restore(&snapshot(9, made[0].to_vec()))?;
    assert_eq!(applied.borrow().count(9), 2);
    Ok(())
}

#[test]
fn a_snapshot_must_be_one_that_a_service_made() {
    let failed = |index, data: Vec<u8>| {
        let (_, restored) = restored(&snapshot(index, data));
        restored.map(drop)
    };
    let refused = |index: Index, seen| {
        let given = format!("n2 restores a snapshot through {index}");
        broken(TAKEN, [fact(&given, 2, index), fact(seen, 2, index)])
    };
    let mut cut = snapshot_of(19);
    cut.pop();
    assert_eq!(
        failed(19, cut),
        refused(19, "its 112 bytes are not a snapshot that a service makes")
    );
    assert_eq!(
        failed(19, vec![]),
        refused(19, "its 0 bytes are not a snapshot that a service makes")
    );
    let other = "its bytes contain 19 entries through 19";
    assert_eq!(failed(20, snapshot_of(19)), refused(20, other));
    let mut short = snapshot_of(18);
    short[..8].copy_from_slice(&19_u64.to_le_bytes());
    assert_eq!(failed(19, short), refused(19, "its bytes contain 18 entries through 19"));
    let beyond = "no service made one: entry 26 was never applied";
    assert_eq!(failed(29, snapshot_of(29)), refused(29, beyond));
    let mut changed = snapshot_of(19);
    changed[12] = b'x';
    let facts = [fact("n1 applied \"1\" at 1", 1, 1), fact("n2 applies \"x\" there", 2, 1)];
    assert_eq!(failed(19, changed), broken(SAFETY, facts));
}

#[test]
fn a_life_never_goes_back_to_an_older_snapshot() -> Result<(), Failure> {
    let (_, life) = restored(&snapshot(19, snapshot_of(19)));
    let mut life = life?;
    let back = fact("it goes back to a snapshot through 9", 2, 9);
    let facts = [fact("n2 has applied all through 19", 2, 19), back];
    assert_eq!(life.restore(&snapshot(9, snapshot_of(9))), broken(IN_ORDER, facts));
    // The same again changes nothing.
    life.restore(&snapshot(19, snapshot_of(19)))
}

#[test]
fn a_new_life_counts_from_the_snapshot_that_it_boots_with() -> Result<(), Failure> {
    let applied = shared(true);
    count_through(&mut *life(&applied, 1), 1, 25);
    let mut again = life(&applied, 1);
    again.restore(&snapshot(19, snapshot_of(19)))?;
    assert_eq!([19, 20].map(|index| applied.borrow().count(index)), [1, 0]);
    Ok(())
}
