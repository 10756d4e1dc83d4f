//! What is proposed: to whom, how often, and each time something else.

use raftsim_sim::RowTopic;

use super::{THREE, Text, command, lines};

/// The proposals of a run on which everything held: time, server, command.
fn proposed(text: &Text<'_>) -> Vec<String> {
    let run = text.run();
    assert_eq!((&run.verdict, &run.unused), (&Ok(()), &vec![]));
    let proposals = |row: &raftsim_sim::Row| row.text.starts_with("propose");
    assert!(
        super::rows(&run)
            .iter()
            .filter(|row| proposals(row))
            .all(|row| row.topic == RowTopic::Client)
    );
    lines(&run, proposals)
}

#[test]
fn commands_are_proposed_at_a_rate_each_another() {
    let text = Text { steps: &["1.000s propose n2 x3 every 0.250s"], ..THREE };
    let expected = [
        format!("1.000000s n2 propose 1 {}", command(1)),
        format!("1.250000s n2 propose 2 {}", command(2)),
        format!("1.500000s n2 propose 3 {}", command(3)),
    ];
    assert_eq!(proposed(&text), expected);
}

#[test]
fn commands_are_proposed_in_a_burst_to_everyone_in_turn() {
    let steps = &["1.000s propose all x2", "1.000s propose n3"];
    let expected = [
        format!("1.000000s n1 propose 1 {}", command(1)),
        format!("1.000000s n2 propose 2 {}", command(2)),
        format!("1.000000s n3 propose 3 {}", command(3)),
        format!("1.000000s n1 propose 4 {}", command(4)),
        format!("1.000000s n2 propose 5 {}", command(5)),
        format!("1.000000s n3 propose 6 {}", command(6)),
        format!("1.000000s n3 propose 7 {}", command(7)),
    ];
    assert_eq!(proposed(&Text { steps, ..THREE }), expected);
}

#[test]
fn the_leader_is_asked_anew_each_time() {
    let steps = &["1.000s propose leader x2 every 1.500s", "1.100s crash leader"];
    let lines = proposed(&Text { steps, ..THREE });
    let asked: Vec<&str> = lines.iter().map(|line| &line[..12]).collect();
    let [("1.000000s", first), ("2.500000s", second)] =
        <[_; 2]>::try_from(asked).expect("two are").map(|line| line.split_at(9))
    else {
        panic!("{lines:?}");
    };
    assert_ne!(first, second);
}

#[test]
fn those_that_overlap_take_turns_and_the_last_that_has_time_is_proposed() {
    let steps = &["2.000s propose n1 x3 every 0.500s", "2.250s propose n2 x9 every 0.500s"];
    let expected = [
        format!("2.000000s n1 propose 1 {}", command(1)),
        format!("2.250000s n2 propose 2 {}", command(2)),
        format!("2.500000s n1 propose 3 {}", command(3)),
        format!("2.750000s n2 propose 4 {}", command(4)),
        format!("3.000000s n1 propose 5 {}", command(5)),
    ];
    assert_eq!(proposed(&Text { steps, ..THREE }), expected);
}

#[test]
fn services_make_a_snapshot_every_so_many_entries() {
    let steps = &["1.000s propose leader x7 every 0.020s"];
    let compacted = |snapshots| {
        let run = Text { snapshots, steps, ..THREE }.run();
        assert_eq!(run.verdict, Ok(()));
        let mut texts: Vec<String> = super::rows(&run)
            .into_iter()
            .filter(|row| row.text.starts_with("compact"))
            .map(|row| format!("{} {}", row.node.expect("a server's"), row.text))
            .collect();
        texts.sort();
        texts
    };
    let expected = ["n1", "n2", "n3"].map(|node| {
        [(2, 32), (5, 68)]
            .map(|(through, bytes)| format!("{node} compact through {through}, {bytes} bytes"))
    });
    assert_eq!(compacted("snapshots = 3"), expected.concat());
    assert_eq!(compacted("snapshots = 1").len(), 21);
    assert_eq!(compacted(""), [] as [&str; 0]);
}
