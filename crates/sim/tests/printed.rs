//! What a node's program prints: it is in the trace of a recorded run, and nowhere else.

use raftsim_node::Event;
use raftsim_sim::{Failure, Record, Recording, RowTopic, Setup, World};

use crate::toy::{Act, N1, N2, Put, Script, Toy, booted, ms, send, setup, story, tell};

/// n1 prints this at every event; a message makes it write as well.
fn printing(text: &'static str, recording: Recording) -> World<Toy, ()> {
    let mut setup = Setup { recording, ..setup(2) };
    setup.configs[0] = Script::reacting(move |_, event, _| match event {
        Event::Receive { .. } => vec![
            Act::Output(text.into()),
            Act::Persist(Put::Number(1)),
            Act::Output(text.to_owned().into()),
            Act::Persist(Put::Number(2)),
        ],
        _ => vec![Act::Output(text.into())],
    });
    booted(setup)
}

fn poke(world: &mut World<Toy, ()>) -> Result<(), Failure> {
    tell(world, N2, vec![send(N1, "poke")])?;
    world.sleep(ms(1))
}

/// The texts of the rows of the topic `log`.
fn printed(text: &'static str) -> Result<Vec<String>, Failure> {
    let mut world = printing(text, Recording::On);
    poke(&mut world)?;
    let rows = world.trace().records().iter().map(Record::row);
    let mut texts: Vec<String> =
        rows.filter(|row| row.topic == RowTopic::Log).map(|row| row.text).collect();
    let again = texts.split_off(texts.len() / 2);
    assert_eq!(texts, again, "it prints twice");
    Ok(texts)
}

#[test]
fn each_line_that_a_node_prints_is_a_row_of_its_own_where_it_was_printed() -> Result<(), Failure> {
    let mut world = printing("one\ntwo\n", Recording::On);
    poke(&mut world)?;
    let expected = [
        "n2 -> n1 poke +0.000000s",
        "n1 <- n2 poke",
        "n1 prints \"one\"",
        "n1 prints \"two\"",
        "n1 writes 1",
        "n1 prints \"one\"",
        "n1 prints \"two\"",
        "n1 writes 2",
    ];
    assert_eq!(story(&world), expected.map(|deed| format!("0.001000s {deed}")));
    Ok(())
}

#[test]
fn line_ends_and_blank_lines_are_no_part_of_a_row_and_the_text_is_harmless() -> Result<(), Failure>
{
    assert_eq!(printed("one")?, ["one"]);
    assert_eq!(printed("\n\n  one  \r\n \t\r\ntwo\n\n")?, ["  one", "two"]);
    assert_eq!(printed("\u{1b}[31mred\rover\n")?, ["\\u{1b}[31mred\\rover"]);
    assert_eq!(printed("")?, [""; 0]);
    Ok(())
}

#[test]
fn what_is_printed_changes_no_digest_and_is_recorded_only_if_the_run_is() -> Result<(), Failure> {
    let run = |text, recording| {
        let mut world = printing(text, recording);
        poke(&mut world)?;
        Ok::<_, Failure>((world.trace().digest(), world.trace().records().len()))
    };
    let (digest, records) = run("one\ntwo", Recording::On)?;
    assert_eq!(run("other", Recording::On)?, (digest, records - 2));
    assert_eq!(run("one\ntwo", Recording::Off)?, (digest, 0));
    Ok(())
}

#[test]
fn what_is_printed_is_no_effect_that_an_armed_crash_counts() -> Result<(), Failure> {
    let mut world = printing("so", Recording::On);
    world.crash_after(N1, 1)?;
    poke(&mut world)?;
    let printed = "n1 prints \"so\"";
    let expected = ["n1 <- n2 poke", printed, "n1 writes 1", printed, "n1 crashes"];
    let expected = expected.map(|deed| format!("0.001000s {deed}"));
    assert_eq!(story(&world)[2..], expected);
    // Nor does a list of nothing else spring it.
    let mut world = printing("so", Recording::On);
    world.crash_after(N1, 0)?;
    world.propose(N1, raftsim_node::Command::from("x"))?;
    assert!(world.cluster().is_up(N1));
    Ok(())
}
