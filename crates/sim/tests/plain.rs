//! A recorded run without the node's types shows what the records show, whatever the node's code
//! does.

use raftsim_node::{Status, Time, Topic, Touched};
use raftsim_sim::text::foreign::quote;
use raftsim_sim::{
    Failure, Fate, Fault, Link, Moment, Plain, PlainDisk, PlainMessage, PlainRecord, Record,
    RecordOf, What, World,
};

use crate::toy::{Msg, N1, N2, N3, Put, Toy, Trap, booted, ms, send, setup, tell};

/// What a run shows without the node's types.
fn moments(world: &World<Toy, ()>) -> Vec<Moment> {
    let trace = world.trace();
    shown(trace.records(), trace.timers())
}

fn shown(records: &[RecordOf<Toy>], timers: &[raftsim_sim::TimerSet]) -> Vec<Moment> {
    let mut moments = vec![];
    Plain::<Toy>::new(3).visit(records, timers, &mut |moment| moments.push(moment));
    moments
}

fn records(moments: Vec<Moment>) -> Vec<PlainRecord> {
    let records = moments.into_iter().filter_map(|moment| match moment {
        Moment::Record(record) => Some(record),
        Moment::Timer(_) | Moment::Blocked { .. } => None,
    });
    records.collect()
}

/// A record of n1's.
fn record(what: What<Msg, Put, raftsim_node::Bytes>) -> RecordOf<Toy> {
    Record { time: Time::ZERO, node: Some(N1), life: 1, what }
}

fn msg(text: &'static str, trap: Option<Trap>) -> Msg {
    Msg { text, reply: true, call: Some(7), bytes: 10, trap }
}

fn sent(message: Msg) -> RecordOf<Toy> {
    let fate = Fate::Deliver(ms(1));
    record(What::Sent { to: N2, seq: 3, fate, is_given: false, message })
}

fn written(write: Put) -> RecordOf<Toy> {
    record(What::Persisted { write, touched: Touched::ALL })
}

/// The only record of a run with this one.
fn only(before: RecordOf<Toy>) -> PlainRecord {
    records(shown(&[before], &[])).pop().expect("one")
}

#[test]
fn the_line_of_each_record_stays_the_same() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    tell(&mut world, N1, vec![send(N2, "one"), send(N3, "two")])?;
    world.isolate(N3)?;
    world.sleep(ms(1))?;
    world.crash(N2)?;
    let before: Vec<_> = world.trace().records().iter().map(Record::row).collect();
    let after: Vec<_> = records(moments(&world)).iter().map(Record::row).collect();
    assert_eq!(after, before);
    assert!(before.len() > 10);
    Ok(())
}

#[test]
fn a_message_keeps_what_it_says_of_itself() {
    let What::Sent { message, .. } = only(sent(msg("label one", None))).what else { panic!() };
    let expected = PlainMessage {
        text: r#""label one" true Some(7) 10"#.to_owned(),
        label: "label one".to_owned(),
        topic: Topic::Vote,
        is_reply: true,
        size: 10,
        term: Some(0),
        call: Some(raftsim_node::CallId(7)),
    };
    assert_eq!(message, expected);
}

#[test]
fn a_message_without_a_label_has_the_first_word_of_its_text() {
    let long = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    let cut = quote(long);
    for (text, label) in
        [("two words", "two"), ("...dots", "dots"), ("an_id(3)", "an_id"), (long, cut.as_str())]
    {
        let What::Sent { message, .. } = only(sent(msg(text, None))).what else { panic!() };
        assert_eq!(message.label, label);
    }
}

#[test]
fn a_panic_of_a_message_hides_only_what_it_should_have_said() {
    for (trap, text, label, topic) in [
        (Trap::Debug, "(its Debug panicked: trapped in Debug", "?", Topic::Vote),
        (Trap::Label, r#""hm" true"#, "hm", Topic::Vote),
        (Trap::Topic, r#""hm" true"#, "hm", Topic::Other),
        (Trap::IsReply, r#""hm" true"#, "hm", Topic::Other),
        (Trap::Term, r#""hm" true"#, "hm", Topic::Other),
    ] {
        raftsim_sim::prepare_process();
        let What::Sent { message, .. } = only(sent(msg("hm", Some(trap)))).what else { panic!() };
        assert!(message.text.starts_with(text), "{trap:?}: {}", message.text);
        assert_eq!((message.label.as_str(), message.topic), (label, topic), "{trap:?}");
    }
}

#[test]
fn a_write_shows_what_the_disks_view_shows_after_it() {
    let writes = [Put::Number(4), Put::Number(9)].map(written);
    let disks = records(shown(&writes, &[])).into_iter().map(|record| match record.what {
        What::Persisted { write, .. } => write.disk.expect("a toy's disk has a view"),
        other => panic!("{other:?}"),
    });
    // A toy's view promises entries, and then shows none.
    let disk = |term| PlainDisk { term, voted_for: None, first: 1, from: 1, terms: vec![] };
    assert_eq!(disks.collect::<Vec<_>>(), [disk(4), disk(9)]);
}

#[test]
fn a_disk_whose_code_panics_is_shown_no_more() {
    for trap in [Trap::Write, Trap::View, Trap::WriteClone, Trap::WriteDebug, Trap::DiskDrop] {
        raftsim_sim::prepare_process();
        let writes = [Put::Number(4), Put::Trap(trap), Put::Number(5)].map(written);
        let disks = records(shown(&writes, &[])).into_iter().map(|record| match record.what {
            What::Persisted { write, .. } => write.disk.is_some(),
            other => panic!("{other:?}"),
        });
        let goes_on = matches!(trap, Trap::WriteDebug | Trap::DiskDrop);
        assert_eq!(disks.collect::<Vec<_>>(), [true, goes_on, goes_on], "{trap:?}");
    }
}

#[test]
fn a_fault_of_links_is_followed_by_all_that_are_blocked() -> Result<(), Failure> {
    let mut world = booted(setup(3));
    world.isolate(N3)?;
    world.block(N1, N2)?;
    world.rejoin(N3)?;
    let blocked = moments(&world).into_iter().filter_map(|moment| match moment {
        Moment::Blocked { links, .. } => Some(links),
        Moment::Record(_) | Moment::Timer(_) => None,
    });
    let link = |from, to| Link { from, to };
    let third = [link(N1, N3), link(N2, N3), link(N3, N1), link(N3, N2)];
    let both = [link(N1, N2), link(N1, N3), link(N2, N3), link(N3, N1), link(N3, N2)];
    assert_eq!(blocked.collect::<Vec<_>>(), [third.to_vec(), both.to_vec(), vec![link(N1, N2)]]);
    Ok(())
}

#[test]
fn timers_stand_after_the_record_that_set_them() -> Result<(), Failure> {
    let mut setup = setup(1);
    setup.configs[0] = crate::toy::Script::default().timing(ms(100));
    let mut world = booted(setup);
    world.inject(&Fault::Crash { who: N1, after: None })?;
    let names = moments(&world).into_iter().map(|moment| match moment {
        Moment::Record(Record { what: What::Booted(Status { .. }), .. }) => "boot".to_owned(),
        Moment::Record(record) => record.row().text,
        Moment::Timer(set) => set.due.map_or("no timer", |_| "timer").to_owned(),
        Moment::Blocked { .. } => "links".to_owned(),
    });
    let expected = ["boot", "timer", "crash n1", "down", "no timer"];
    assert_eq!(names.collect::<Vec<_>>(), expected);
    Ok(())
}
