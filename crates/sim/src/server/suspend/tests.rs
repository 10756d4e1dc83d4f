//! A suspension alone: no world, no server that runs.

use raftsim_node::{Action, Boot, Disk, Duration, Event, Message, NodeId, Status, Touched};

use super::*;
use crate::fault::CrashPoint;
use crate::network::message::Head;

/// A node that is never run.
struct Still;

#[derive(Clone, Debug, PartialEq)]
struct Word;

impl Message for Word {
    fn is_reply(&self) -> bool {
        false
    }

    fn size(&self) -> usize {
        0
    }
}

#[derive(Clone, Default)]
struct Blank;

impl Disk for Blank {
    type Write = u8;

    fn write(&mut self, _: u8) -> Touched {
        Touched::NONE
    }

    fn state_bytes(&self) -> usize {
        0
    }
}

impl Node for Still {
    type Config = ();
    type Message = Word;
    type Disk = Blank;

    fn boot((): &(), _: &Boot, _: &Blank, _: Time) -> Self {
        Self
    }

    fn step(&mut self, _: Event<Word>, _: Time) -> Vec<ActionOf<Self>> {
        vec![]
    }

    fn deadline(&self) -> Option<Time> {
        None
    }

    fn status(&self) -> Status {
        Status::default()
    }
}

const fn at(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

/// n2's message of this number to n1.
fn message(seq: u64) -> Arrival<Word> {
    let (from, to) = (NodeId::new(2), NodeId::new(1));
    let (is_reply, is_call) = (false, false);
    let head =
        Head { digest: 0, seq, size: 0, sender_life: 1, life: 1, from, to, is_reply, is_call };
    Arrival::Message(Letter { message: Word, head })
}

fn failed(call: u64) -> Arrival<Word> {
    Arrival::CallFailed { life: 1, call: CallId(call) }
}

fn described(arrival: Arrival<Word>) -> String {
    match arrival {
        Arrival::Message(letter) => format!("message {}", letter.head.seq),
        Arrival::CallFailed { call, .. } => format!("call {}", call.0),
    }
}

fn next(suspension: &mut Suspension<Still>, now: Time) -> String {
    match suspension.next(now) {
        Next::Suspended => "suspended".to_owned(),
        Next::Compact(through, _) => format!("compact {through}"),
        Next::Timeout => "timeout".to_owned(),
        Next::Handle(arrival) => described(arrival),
        Next::Run(due) => format!("run, {due}"),
    }
}

/// A suspension whose timer is due at 5 ms, by the server's clock and the world's.
fn begun() -> Suspension<Still> {
    Suspension::new(Some(at(5)), at(5))
}

/// How long a write takes.
const LATENCY: Duration = Duration::from_millis(2);

/// A list whose first action is a write that takes from 1 ms to 3 ms.
fn writing() -> ActionList<Still> {
    let mut actions = vec![Action::Persist(1), Action::note("written")];
    let mut list = ActionList::begin(&mut actions, None, None, &mut Some(CrashPoint::Actions(1)));
    list.advance(at(1), LATENCY, &mut vec![]);
    assert_eq!(list.written_at, Some(at(3)));
    list
}

/// Whether it is paused, has a list, and that list writes.
fn state(suspension: &Suspension<Still>) -> (bool, bool, bool) {
    let list = suspension.list();
    let state =
        (suspension.is_paused(), list.is_some(), list.is_some_and(|it| it.written_at.is_some()));
    assert_eq!(suspension.is_shut(), state.0 || state.1);
    state
}

#[test]
fn a_pause_shuts_it_until_it_is_resumed_and_drains() {
    let mut suspension = begun();
    suspension.set_paused(true);
    suspension.wait(at(1), message(0));
    assert_eq!(state(&suspension), (true, false, false));
    assert_eq!(next(&mut suspension, at(2)), "suspended");
    suspension.set_paused(false);
    assert_eq!(state(&suspension), (false, false, false));
    assert_eq!(next(&mut suspension, at(2)), "message 0");
    assert_eq!(next(&mut suspension, at(2)), "run, 0.005000s");
}

#[test]
fn a_write_shuts_it_until_it_is_complete_and_its_list_done() {
    let mut suspension = begun();
    suspension.keep(writing());
    assert_eq!(state(&suspension), (false, true, true));
    assert_eq!(next(&mut suspension, at(2)), "suspended");
    assert_eq!(suspension.complete_write(at(2)), None);
    assert_eq!(suspension.complete_write(at(3)), Some(Action::Persist(1)));
    assert_eq!(state(&suspension), (false, true, false));
    assert_eq!(next(&mut suspension, at(2)), "suspended");
    let mut list = suspension.take_list().expect("it waited");
    assert_eq!(state(&suspension), (false, false, false));
    let mut rest = vec![];
    list.advance(at(3), LATENCY, &mut rest);
    assert_eq!((rest, list.written_at), (vec![Action::note("written")], None));
    assert_eq!(next(&mut suspension, at(2)), "run, 0.005000s");
}

#[test]
fn a_pause_lets_a_write_complete_and_keeps_the_list() {
    let mut suspension = begun();
    suspension.keep(writing());
    suspension.set_paused(true);
    assert_eq!(state(&suspension), (true, true, true));
    assert_eq!(suspension.complete_write(at(3)), Some(Action::Persist(1)));
    assert_eq!(state(&suspension), (true, true, false));
    assert_eq!(next(&mut suspension, at(2)), "suspended");
    suspension.set_paused(false);
    assert_eq!(state(&suspension), (false, true, false));
    suspension.take_list();
    assert_eq!(next(&mut suspension, at(2)), "run, 0.005000s");
}

#[test]
fn a_pause_that_ends_within_a_write_leaves_it_writing() {
    let mut suspension = begun();
    suspension.keep(writing());
    suspension.set_paused(true);
    suspension.set_paused(false);
    assert_eq!(state(&suspension), (false, true, true));
    assert_eq!(next(&mut suspension, at(2)), "suspended");
}

#[test]
fn what_waits_is_handled_in_order_of_arrival_and_may_suspend_it_again() {
    let mut suspension = Suspension::new(None, Time::MAX);
    suspension.set_paused(true);
    for (time, arrival) in [(1, message(0)), (1, failed(7)), (2, message(1))] {
        suspension.wait(at(time), arrival);
    }
    assert_eq!(suspension.waiting(), 3);
    suspension.set_paused(false);
    assert_eq!(next(&mut suspension, at(9)), "message 0");
    suspension.keep(writing());
    assert_eq!(next(&mut suspension, at(9)), "suspended");
    suspension.wait(at(9), failed(8));
    suspension.take_list();
    suspension.add_compactions([(3, Bytes::from("a")), (4, Bytes::from("b"))].into_iter());
    for expected in ["compact 3", "compact 4", "call 7", "message 1", "call 8"] {
        assert_eq!(next(&mut suspension, at(9)), expected);
    }
    assert_eq!(next(&mut suspension, at(9)), format!("run, {}", Time::MAX));
}

/// What a draining server does at 9 ms after these `arrivals`, in milliseconds. Once its timer has
/// fired, it is due at 20 ms.
fn drained(arrivals: &[u64]) -> Vec<String> {
    let mut suspension = begun();
    for &millis in arrivals {
        suspension.wait(at(millis), message(millis));
    }
    let mut done = vec![];
    loop {
        done.push(next(&mut suspension, at(9)));
        match done.last().expect("pushed above").as_str() {
            "timeout" => suspension.set_timer(Some(at(20)), at(20)),
            last if last.starts_with("run") => return done,
            _ => {}
        }
    }
}

#[test]
fn a_timer_that_was_due_fires_after_what_arrived_up_to_its_time() {
    let run = "run, 0.020000s";
    assert_eq!(drained(&[]), ["timeout", run]);
    assert_eq!(drained(&[6]), ["timeout", "message 6", run]);
    assert_eq!(drained(&[3, 5, 6]), ["message 3", "message 5", "timeout", "message 6", run]);
}

#[test]
fn a_timer_keeps_its_time_unless_its_deadline_or_its_clock_changes() {
    let due = |change: &dyn Fn(&mut Suspension<Still>)| {
        let mut suspension = begun();
        change(&mut suspension);
        next(&mut suspension, at(4))
    };
    assert_eq!(due(&|it| it.set_timer(Some(at(5)), at(8))), "run, 0.005000s");
    assert_eq!(due(&|it| it.set_timer(Some(at(7)), at(8))), "run, 0.008000s");
    let twice = |it: &mut Suspension<Still>| {
        it.set_timer(Some(at(7)), at(8));
        it.set_timer(Some(at(7)), at(9));
    };
    assert_eq!(due(&twice), "run, 0.008000s");
    assert_eq!(due(&|it| it.set_timer(None, Time::MAX)), format!("run, {}", Time::MAX));
    assert_eq!(due(&|it| it.retime(at(4), at(6))), "run, 0.006000s");
    // The timer is due already.
    assert_eq!(due(&|it| it.retime(at(5), at(6))), "run, 0.005000s");
}

#[test]
fn a_crash_armed_in_the_list_can_be_taken_back_and_the_end_of_a_life_returns_what_waits() {
    let mut suspension = begun();
    suspension.disarm();
    suspension.keep(writing());
    let armed = |suspension: &Suspension<Still>| suspension.list().unwrap().crash_after;
    assert_eq!(armed(&suspension), Some(0), "after the write");
    suspension.disarm();
    assert_eq!(armed(&suspension), None);
    suspension.wait(at(1), failed(7));
    suspension.wait(at(2), message(0));
    assert_eq!(
        suspension.into_values().1.map(described).collect::<Vec<_>>(),
        ["call 7", "message 0"]
    );
}

#[test]
fn a_write_in_progress_is_complete_no_later_than_one_that_begins_now() {
    let mut suspension = begun();
    suspension.keep(writing());
    let hasten = |suspension: &mut Suspension<Still>, millis| {
        suspension.hasten_write(at(2), Duration::from_millis(millis))
    };
    // A later completion, and the same one, change nothing.
    assert_eq!(hasten(&mut suspension, 9), None);
    assert_eq!(hasten(&mut suspension, 1), None);
    assert_eq!(hasten(&mut suspension, 0), Some(at(2)));
    assert_eq!(suspension.complete_write(at(2)), Some(Action::Persist(1)));
    assert_eq!(suspension.complete_write(at(3)), None);
    assert_eq!(hasten(&mut suspension, 0), None);
    assert_eq!(begun().hasten_write(at(2), Duration::ZERO), None);
}
