//! Equal runs have equal digests, and nothing that happens escapes them.

use raftsim_node::{
    Bytes, CallId, Command, Duration, Event, Index, NodeId, ProposalId, Role, Status, Time, Touched,
};
use raftsim_sim::{
    Cause, CrashPoint, Failure, Fate, Fault, Late, Leg, LinkSettings, Links, Rate, Ratio, Record,
    RecordOf, Recording, Setup, Spread, Trace, What, World,
};

use crate::toy::{Act, Mind, Msg, N1, N2, N3, Put, Script, Toy, at, message, ms, reply, send, us};

type ToyWhat = What<Msg, Put, Bytes>;

/// Writes, sends and notes why, every few milliseconds.
fn chatter(mind: &mut Mind, event: &Event<Msg>, now: Time) -> Vec<Act> {
    let mut actions = vec![];
    if mind.boot.notes {
        actions.push(Act::note("because"));
    }
    match event {
        Event::Timeout => {
            mind.deadline = Some(now + ms(3 + mind.boot.seed % 5));
            mind.status = Status::new(mind.steps / 4, Role::Candidate);
            actions.push(Act::Persist(Put::Number(mind.steps)));
            actions.extend(mind.boot.peers().map(|peer| send(peer, "hello")));
        }
        Event::Receive { from, message } if !message.reply => {
            actions.push(reply(*from, "hello yourself"));
        }
        Event::Propose { id, .. } => actions.push(Act::Reject { id: *id, leader: None }),
        _ => {}
    }
    actions
}

fn chattering(seed: u64, recording: Recording) -> Setup<Toy> {
    let mut setup = Setup::new("chatter", seed, 3);
    let script = Script::reacting(chatter).timing(ms(2));
    setup.configs = vec![script; 3];
    setup.network = LinkSettings::labrpc(true, true, true);
    setup.recording = recording;
    setup
}

fn run(setup: Setup<Toy>) -> Result<World<Toy, ()>, Failure> {
    let mut world = World::new(setup, ())?;
    world.sleep(ms(50))?;
    world.isolate(N2)?;
    world.mark("look", Some(N1), 3)?;
    world.propose(N3, Command::default())?;
    world.sleep(ms(50))?;
    world.restart(N3)?;
    world.rejoin(N2)?;
    world.sleep(ms(400))?;
    Ok(world)
}

fn digest_of(records: &[RecordOf<Toy>]) -> u64 {
    Trace::<Toy>::digest_of(records)
}

#[test]
fn the_same_setup_is_the_same_run_record_by_record() -> Result<(), Failure> {
    let first = run(chattering(5, Recording::On))?;
    let second = run(chattering(5, Recording::On))?;
    assert!(first.trace().records().len() > 1000);
    assert_eq!(first.trace().records(), second.trace().records());
    assert_eq!(first.trace().digest(), second.trace().digest());
    Ok(())
}

#[test]
fn another_seed_is_another_run() -> Result<(), Failure> {
    let digests =
        [5, 6].map(|seed| run(chattering(seed, Recording::Off)).map(|w| w.trace().digest()));
    let [first, second] = digests;
    assert_ne!(first?, second?);
    Ok(())
}

#[test]
fn recording_and_the_notes_it_asks_for_change_no_digest() -> Result<(), Failure> {
    let on = run(chattering(5, Recording::On))?;
    let off = run(chattering(5, Recording::Off))?;
    let notes = on.trace().records().iter().filter(|r| matches!(r.what, What::Noted(_))).count();
    assert!(notes > 100);
    assert_eq!((off.trace().records().len(), off.trace().is_recording()), (0, false));
    assert_eq!(on.trace().digest(), off.trace().digest());
    assert_eq!(on.meters(), off.meters());
    Ok(())
}

#[test]
fn a_runs_digest_is_that_of_its_records() -> Result<(), Failure> {
    let world = run(chattering(5, Recording::On))?;
    assert_eq!(digest_of(world.trace().records()), world.trace().digest());
    Ok(())
}

#[test]
fn what_a_node_notes_or_prints_is_not_in_the_digest() {
    let texts = [What::Noted("why".into()), What::Printed("so".into())].map(record);
    let said = [&[record(What::Crashed)], &texts[..]].concat();
    let unsaid = [record(What::Crashed)];
    assert_eq!(digest_of(&said), digest_of(&unsaid));
}

fn record(what: ToyWhat) -> RecordOf<Toy> {
    Record { time: at(5), node: Some(N1), life: 2, what }
}

/// Which kind of record it is: a new kind does not compile until it is counted here.
fn kind(what: &ToyWhat) -> usize {
    match what {
        What::Booted(_) => 0,
        What::Crashed => 1,
        What::Timeout => 2,
        What::Received { .. } => 3,
        What::Missed { .. } => 4,
        What::CallFailed { .. } => 5,
        What::Proposed { .. } => 6,
        What::Compacted { .. } => 7,
        What::Became(_) => 8,
        What::Persisted { .. } => 9,
        What::Sent { .. } => 10,
        What::Accepted { .. } => 11,
        What::Rejected { .. } => 12,
        What::Applied { .. } => 13,
        What::Restored { .. } => 14,
        What::Noted(_) => 15,
        What::Fault(_) => 16,
        What::Marked { .. } => 17,
        What::Settled => 18,
        What::Suspended => 19,
        What::Resumed => 20,
        What::Printed(_) => 21,
    }
}

const KINDS: usize = 22;

/// Every kind of record, and for each the variants in which one field differs.
fn every_what() -> Vec<ToyWhat> {
    let mut all = vec![What::Crashed, What::Timeout, What::Settled, What::Suspended, What::Resumed];
    all.extend(statuses().into_iter().flat_map(|s| [What::Booted(s), What::Became(s)]));
    all.extend(messages());
    all.extend(client_side());
    all.extend(service_side());
    all.extend(
        touches().into_iter().map(|touched| What::Persisted { write: Put::Number(1), touched }),
    );
    all.push(What::Persisted { write: Put::Number(2), touched: Touched::NONE });
    all.extend(faults().into_iter().map(|fault| What::Fault(Box::new(fault))));
    all
}

fn statuses() -> Vec<Status> {
    let roles = [Role::Follower, Role::PreCandidate, Role::Candidate, Role::Leader];
    let mut all: Vec<Status> = roles.into_iter().map(|role| Status::new(3, role)).collect();
    let base = Status::new(3, Role::Follower);
    all.push(Status::new(4, Role::Follower));
    all.extend([N1, N2].map(|leader| base.with_leader(Some(leader))));
    all.extend([0, 1].map(|index| base.with_commit(index)));
    all
}

fn messages() -> Vec<ToyWhat> {
    let causes = [Cause::Blocked, Cause::Down, Cause::Lost, Cause::Unasked];
    let mut fates = vec![
        Fate::Deliver(Duration::ZERO),
        Fate::Deliver(us(1)),
        Fate::Duplicate(Duration::ZERO, Duration::ZERO),
        Fate::Duplicate(us(1), Duration::ZERO),
        Fate::Duplicate(Duration::ZERO, us(1)),
    ];
    fates.extend(causes.map(Fate::Drop));
    let sent =
        |to, seq, fate, text| What::Sent { to, seq, fate, is_given: false, message: message(text) };
    let mut all: Vec<ToyWhat> = fates.into_iter().map(|fate| sent(N2, 0, fate, "a")).collect();
    let fate = Fate::Deliver(Duration::ZERO);
    all.extend([sent(N3, 0, fate, "a"), sent(N2, 1, fate, "a"), sent(N2, 0, fate, "b")]);
    for (from, n, text) in [(N2, 0, "a"), (N3, 0, "a"), (N2, 1, "a"), (N2, 0, "b")] {
        all.push(What::Received { from, seq: n, message: message(text) });
    }
    let mut other = vec![message("a"), message("a"), message("a")];
    (other[0].reply, other[1].call, other[2].bytes) = (true, Some(0), 11);
    all.extend(other.into_iter().map(|message| What::Received { from: N2, seq: 0, message }));
    all.extend([(N2, 0), (N3, 0), (N2, 1)].map(|(from, n)| What::Missed { from, seq: n }));
    let calls = [(N2, 0), (N3, 0), (N2, 1)];
    all.extend(calls.map(|(to, call)| What::CallFailed { to, call: CallId(call) }));
    all
}

fn client_side() -> Vec<ToyWhat> {
    let id = ProposalId;
    let mut all = vec![];
    for (number, command) in [(0, "a"), (1, "a"), (0, "b"), (0, "")] {
        all.push(What::Proposed { id: id(number), command: command.into() });
    }
    for (number, index, term) in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)] {
        all.push(What::Accepted { id: id(number), index, term });
    }
    for (number, leader) in [(0, None), (1, None), (0, Some(N1)), (0, Some(N2))] {
        all.push(What::Rejected { id: id(number), leader });
    }
    let marks: [(_, Option<NodeId>, _); 5] =
        [("a", None, 0), ("b", None, 0), ("a", Some(N1), 0), ("a", Some(N2), 0), ("a", None, 1)];
    all.extend(marks.map(|(verb, node, number)| What::Marked { verb, node, number }));
    all
}

fn service_side() -> Vec<ToyWhat> {
    let mut all = vec![];
    let applied: [(Index, Option<u64>, Option<&str>); 7] = [
        (1, Some(1), None),
        (2, Some(1), None),
        (1, Some(2), None),
        (1, Some(1), Some("")),
        (1, Some(1), Some("a")),
        (1, None, None),
        (1, None, Some("a")),
    ];
    for (index, term, command) in applied {
        all.push(What::Applied { index, term, command: command.map(Bytes::from) });
    }
    for (index, term, data) in
        [(1, Some(1), "a"), (2, Some(1), "a"), (1, Some(2), "a"), (1, Some(1), "b"), (1, None, "a")]
    {
        all.push(What::Restored { index, term, snapshot: data.into() });
    }
    for (through, data) in [(1, "a"), (2, "a"), (1, "b")] {
        all.push(What::Compacted { through, snapshot: data.into() });
    }
    all
}

fn touches() -> Vec<Touched> {
    let none = Touched::NONE;
    vec![
        none,
        Touched { vote: true, ..none },
        Touched { log_from: Some(0), ..none },
        Touched { log_from: Some(1), ..none },
        Touched { snapshot: true, ..none },
    ]
}

/// Every kind of fault, and for each the variants in which one part differs.
fn faults() -> Vec<Fault> {
    let link = |from, to| Links { from, to };
    let mut all = vec![Fault::Heal];
    for groups in [vec![vec![N1]], vec![vec![N2]], vec![vec![N1, N2]], vec![vec![N1], vec![N2]]] {
        all.push(Fault::Partition(groups));
    }
    let servers: [fn(NodeId) -> Fault; 8] = [
        Fault::Isolate,
        Fault::Join,
        Fault::Disarm,
        Fault::Restart,
        Fault::Pause,
        Fault::Resume,
        Fault::Expire,
        Fault::Campaign,
    ];
    all.extend(servers.into_iter().flat_map(|fault| [N1, N2].map(fault)));
    for ends in [link(N1, N2), link(N1, N3), link(N3, N2)] {
        all.extend([Fault::Block(ends), Fault::Unblock(ends), Fault::Link(ends, settings())]);
    }
    let (here, there) = (link(N1, N2), link(N2, N1));
    for (cut, mend, every) in [
        ([here, there], [here, there], us(1)),
        ([there, here], [here, there], us(1)),
        ([here, there], [there, here], us(1)),
        ([here, there], [here, there], us(2)),
    ] {
        all.push(Fault::Swizzle { cut: cut.to_vec(), mend: mend.to_vec(), every });
    }
    all.extend(networks().into_iter().map(Fault::Network));
    for (who, number) in [(N1, 1), (N2, 1), (N1, 2)] {
        all.push(Fault::Crash { who, after: Some(CrashPoint::Actions(number - 1)) });
        all.push(Fault::Crash { who, after: Some(CrashPoint::Gap(number)) });
        let span = us(number.into());
        all.extend([Fault::Disk { who, latency: span }, Fault::Jump { who, ahead: span }]);
        all.push(Fault::Clock { who, rate: Rate::new(number, 3) });
    }
    all.push(Fault::Crash { who: N1, after: None });
    all.push(Fault::Clock { who: N1, rate: Rate::new(1, 4) });
    all
}

fn settings() -> LinkSettings {
    let spread = |first| Spread { base: us(first), step: us(first + 1), count: 5 };
    let late = Late { chance: Ratio::new(1, 3), base_ms: 7, spread_ms: 8 };
    let leg = |first| Leg {
        latency: spread(first),
        loss: Ratio::new(1, 4),
        late,
        duplicate: Ratio::new(1, 5),
        drops_every: 0,
    };
    LinkSettings {
        request: leg(10),
        reply: leg(20),
        call_failure: spread(30),
        snapshots: spread(40),
    }
}

/// Changes one number of a leg.
type Change = Box<dyn Fn(&mut Leg)>;

/// Settings, and the variants in which one number differs.
fn networks() -> Vec<LinkSettings> {
    let spreads: [fn(&mut Spread); 3] =
        [|it| it.base = us(99), |it| it.step = us(99), |it| it.count = 99];
    let ratios: [fn(&mut Ratio); 2] = [|it| it.numerator = 2, |it| it.denominator = 99];
    let mut legs: Vec<Change> = vec![];
    for change in spreads {
        legs.push(Box::new(move |leg| change(&mut leg.latency)));
    }
    for change in ratios {
        legs.push(Box::new(move |leg| change(&mut leg.loss)));
        legs.push(Box::new(move |leg| change(&mut leg.late.chance)));
        legs.push(Box::new(move |leg| change(&mut leg.duplicate)));
    }
    legs.push(Box::new(|leg| leg.late.base_ms = 99));
    legs.push(Box::new(|leg| leg.late.spread_ms = 99));
    legs.push(Box::new(|leg| leg.drops_every = 99));
    let mut all = vec![settings()];
    let mut add = |change: &dyn Fn(&mut LinkSettings)| {
        let mut changed = settings();
        change(&mut changed);
        all.push(changed);
    };
    for change in &legs {
        add(&|it| change(&mut it.request));
        add(&|it| change(&mut it.reply));
    }
    for change in spreads {
        add(&|it| change(&mut it.call_failure));
        add(&|it| change(&mut it.snapshots));
    }
    add(&|it| std::mem::swap(&mut it.request, &mut it.reply));
    all
}

#[test]
fn no_kind_of_record_is_left_out_of_these_tests() {
    let mut seen = [false; KINDS];
    for what in every_what() {
        seen[kind(&what)] = true;
    }
    for what in [What::Noted, What::Printed] {
        seen[kind(&what("its text is in no digest".into()))] = true;
    }
    assert_eq!(seen, [true; KINDS]);
}

#[test]
fn each_field_of_each_record_moves_the_digest() {
    let records: Vec<_> = every_what().into_iter().map(record).collect();
    let digests: Vec<u64> = records.iter().map(|it| digest_of(std::slice::from_ref(it))).collect();
    for (i, first) in records.iter().enumerate() {
        for (j, second) in records.iter().enumerate().take(i) {
            assert_ne!(first, second, "the same record was made twice");
            assert_ne!(digests[i], digests[j], "{first:?} and {second:?}");
        }
    }
}

#[test]
fn time_server_and_life_of_each_record_move_the_digest() {
    for what in every_what() {
        let base = record(what);
        let mut changed: Vec<_> = std::iter::repeat_n(base.clone(), 4).collect();
        changed[0].time = at(5) + Duration::from_nanos(1);
        changed[1].node = Some(N3);
        changed[2].node = None;
        changed[3].life = 3;
        let digest = digest_of(std::slice::from_ref(&base));
        for other in changed {
            assert_ne!(digest_of(std::slice::from_ref(&other)), digest, "{other:?}");
        }
    }
}

#[test]
fn that_a_fate_was_given_moves_no_digest() {
    let sent = |is_given| {
        let (fate, message) = (Fate::Deliver(us(1)), message("a"));
        record(What::Sent { to: N2, seq: 0, fate, is_given, message })
    };
    assert_eq!(digest_of(&[sent(true)]), digest_of(&[sent(false)]));
}

#[test]
fn the_order_of_records_moves_the_digest() {
    let (first, second) = (record(What::Timeout), record(What::Crashed));
    let ordered = digest_of(&[first.clone(), second.clone()]);
    assert_ne!(ordered, digest_of(&[second, first]));
}
