//! The guide's page: its lines are those that raftsim writes and reads. And what no scenario brings
//! about.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use raftsim_node::{
    Action, Boot, Bytes, CallId, Claims, Digest, Disk as _, Duration, Event, Message as _, NodeId,
    ProposalId, Role, Snapshot, Status, Time, Topic,
};

use crate::action::Read;
use crate::disk::{Cells, Change};
use crate::json::{Number, Word};
use crate::message::Packet;
#[cfg(unix)]
use crate::process::Process;
use crate::protocol::{Answer, BootAnswer, Lab, read, write_boot, write_event};
#[cfg(unix)]
use crate::trouble::Trouble;

/// The lines of the page's blocks of JSON.
fn blocks() -> Vec<Vec<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/guide/any_language.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| block.lines().map(str::to_owned).collect()).collect()
}

fn node(number: u8) -> NodeId {
    NodeId::new(number)
}

fn millis(millis: u64) -> Time {
    Time::ZERO + Duration::from_millis(millis)
}

/// A message without anything about it.
fn packet(body: &str) -> Packet {
    let size = body.len();
    let topic = Topic::Other;
    Packet { body: body.into(), size, is_reply: false, call: None, term: None, topic, label: None }
}

fn change(values: &[(&str, Option<&str>)], snapshot: Option<Snapshot>) -> Change {
    let values = values.iter().map(|&(name, value)| (name.into(), value.map(Arc::from)));
    Change { values: values.collect(), snapshot }
}

fn snapshot(index: u64, term: u64, data: &[u8]) -> Snapshot {
    Snapshot { index, term: Some(term), data: data.into() }
}

#[test]
fn the_pages_events_are_those_that_are_written() {
    let voters: Arc<[NodeId]> = [1, 2, 3].map(node).into();
    let mut line = vec![];
    let mut written = vec![];
    let boot = Boot::new(node(1), voters.clone(), 6_755_399_441_055 << 11 | 5);
    write_boot(&boot, &Cells::default(), Time::ZERO, &mut line);
    written.push(String::from_utf8(line.clone()).unwrap());
    let vote = packet(r#"{"type":"vote","term":1,"granted":true}"#);
    let reply = Packet { is_reply: true, call: Some(7), ..packet(r#""any JSON""#) };
    let events = [
        (312_000, Event::Timeout),
        (312_500, Event::Receive { from: node(2), message: vote }),
        (313_000, Event::Receive { from: node(3), message: reply }),
        (320_000, Event::CallFailed { to: node(3), call: CallId(8) }),
        (400_000, Event::Propose { id: ProposalId(0), command: "x=1".into() }),
        (500_000, Event::Compact { through: 10, snapshot: Bytes::from(&b"\0\xff\"\\"[..]) }),
        (600_000, Event::Campaign),
    ];
    for (place, (micros, event)) in events.iter().enumerate() {
        let now = Time::ZERO + Duration::from_micros(*micros);
        let name = write_event(place as u64 + 1, now, event, &mut line).unwrap();
        let text = String::from_utf8(line.clone()).unwrap();
        assert!(text.contains(&format!("\"event\":\"{name}\"")), "{text}");
        written.push(text);
    }
    let mut disk = Cells::default();
    let values = [("term", Some("4")), ("log", Some("[1,\"x\"]"))];
    disk.write(change(&values, Some(snapshot(10, 3, b"abc"))));
    let boot = Boot::new(node(1), voters, 1 << 11).with_notes(true);
    write_boot(&boot, &disk, millis(900), &mut line);
    written.push(String::from_utf8(line).unwrap());
    let expected: Vec<String> = blocks()[0].iter().map(|line| line.clone() + "\n").collect();
    assert_eq!(written, expected);
}

#[test]
fn the_pages_answers_can_be_read() {
    let lines = &blocks()[1];
    let boot: BootAnswer = read(0, lines[0].as_bytes()).unwrap();
    assert_eq!((boot.deadline, boot.status), (Some(Number(312_000_000)), Status::default()));
    assert_eq!((boot.again, boot.implements.is_none(), boot.out), (false, true, None));
    assert_eq!(boot.claims.0.claims(), Claims::default());
    let boot: BootAnswer = read(0, lines[1].as_bytes()).unwrap();
    assert_eq!((boot.deadline, boot.again), (None, true));
    assert_eq!(boot.implements.map(|Word(lab)| lab), Some(Lab::B));
    assert_eq!(boot.out.as_deref(), Some("hello\n"));
    let claims = Claims::default().with_own_entries().electing_within(Duration::from_secs(10));
    assert_eq!(boot.claims.0.claims(), claims);
    let leader = Status::new(1, Role::Leader);
    let request = packet(r#"{"type":"request_vote","term":1}"#);
    let request = Packet { term: Some(1), topic: Topic::Vote, ..request };
    let reply = Packet { is_reply: true, call: Some(7), ..packet("[1]") };
    let (accepted, rejected) = (ProposalId(0), ProposalId(1));
    let expected = [
        (
            1,
            640,
            Status::new(1, Role::Candidate),
            None,
            vec![
                Action::Persist(change(&[("term", Some("1")), ("vote", Some("1"))], None)),
                Action::Send { to: node(2), message: request },
            ],
        ),
        (2, 0, leader.with_leader(Some(node(1))).with_commit(0), None, vec![]),
        (3, 0, leader, None, vec![Action::Send { to: node(3), message: reply }]),
        (
            5,
            0,
            leader,
            None,
            vec![
                Action::Accept { id: accepted, index: 1, term: 1 },
                Action::Reject { id: rejected, leader: Some(node(2)) },
            ],
        ),
        (
            6,
            0,
            leader,
            None,
            vec![
                Action::Apply { index: 11, term: Some(1), command: Some("x=1".into()) },
                Action::Apply { index: 12, term: None, command: None },
            ],
        ),
        (
            7,
            0,
            leader,
            Some("a line\n"),
            vec![
                Action::Persist(change(&[("vote", None)], Some(snapshot(10, 1, b"\xff")))),
                Action::Restore { index: 10, term: Some(1), snapshot: Bytes::from(&b"\xff"[..]) },
                Action::Note("why".into()),
            ],
        ),
    ];
    assert_eq!(lines.len(), 2 + expected.len());
    for (line, (turn, deadline, status, out, actions)) in lines[2..].iter().zip(expected) {
        let answer: Answer = read(turn, line.as_bytes()).unwrap();
        let given = answer.deadline.map(|Number(deadline)| deadline / 1_000_000);
        assert_eq!(given, Some(if deadline == 0 { 412 } else { deadline }), "{line}");
        assert_eq!((answer.status, answer.out.as_deref()), (status, out), "{line}");
        let read: Vec<_> = answer.actions.into_iter().map(|Read(action)| action).collect();
        assert_eq!(read, actions, "{line}");
    }
}

#[test]
fn every_action_is_on_the_page() {
    let text = blocks().concat().concat();
    for name in ["persist", "send", "accept", "reject", "apply", "restore", "note"] {
        assert!(text.contains(&format!("\"do\":\"{name}\"")), "{name}");
    }
}

#[test]
fn a_disk_knows_its_size_and_forgets_what_is_removed() {
    let mut disk = Cells::default();
    disk.write(change(&[("a", Some("\"\\u00ff\"")), ("bc", Some("12"))], None));
    assert_eq!(disk.state_bytes(), 1 + 3 + 2 + 2);
    disk.write(change(&[("bc", None), ("d", None), ("a", Some("1"))], None));
    assert_eq!((disk.state_bytes(), disk.values.len()), (2, 1));
}

/// What becomes of a process that gets a line of a megabyte.
#[cfg(unix)]
fn exchange(command: &str, patience: std::time::Duration) -> Result<Vec<u8>, Trouble> {
    let words = ["sh", "-c", command].map(str::to_owned);
    let mut process = Process::start(&words, patience).unwrap();
    let (mut line, mut answer) = (vec![b'x'; 1 << 20], vec![]);
    line.push(b'\n');
    process.exchange(&line, &mut answer).map(|()| answer)
}

#[cfg(unix)]
#[test]
fn a_long_line_fits_both_ways_at_once() {
    let (long, short) = (std::time::Duration::from_secs(60), std::time::Duration::from_millis(200));
    assert_eq!(exchange("cat", long).map(|answer| answer.len()), Ok((1 << 20) + 1));
    // A process that does not read the line holds nobody up.
    assert_eq!(exchange("sleep 1", short), Err(Trouble::Hangs(short)));
    // Nor does one that has more to complain about than can be read.
    assert_eq!(exchange("yes >&2", short), Err(Trouble::Hangs(short)));
    assert_eq!(exchange("echo early; sleep 1", long), Err(Trouble::TooEarly));
    assert_eq!(exchange("exec 0<&-; sleep 1", long), Err(Trouble::ClosedInput));
}

#[test]
fn a_message_may_have_a_label_which_is_not_in_its_digest() {
    let digest_of = |packet: &Packet| {
        let mut digest = Digest::new();
        packet.digest(&mut digest);
        digest.value()
    };
    let read = |text| {
        let Read(action) = serde_json::from_str(text).expect("an action");
        let Action::Send { message, .. } = action else { panic!("{action:?}") };
        message
    };
    let labeled = read(r#"{"do":"send","to":2,"message":7,"label":"vote?"}"#);
    let plain = read(r#"{"do":"send","to":2,"message":7}"#);
    assert_eq!([labeled.label().as_deref(), plain.label().as_deref()], [Some("vote?"), None]);
    assert_eq!(digest_of(&labeled), digest_of(&plain));
}
