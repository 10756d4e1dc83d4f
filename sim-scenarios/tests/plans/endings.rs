//! What follows a plan's steps: all faults stop, and whoever is left must live.

use raftsim_node::{Node, Time};
use raftsim_raft::{Config, Raft};
use raftsim_sim::{Fact, Failure, Property, Row, RowTopic};
use raftsim_specimens::mutant::{self, Control, Mutation};
use raftsim_specimens::{Post2020, Post2025};

use super::{THREE, Text, lines};
use crate::mistakes::{Mistake, Mistaken};
use crate::support::{ms, n};

/// Faults of every kind, after a first second without any.
const TROUBLED: Text<'_> = Text {
    servers: 5,
    steps: &[
        "1.000s network loss 1/1 latency 0.500s..0.600s",
        "1.000s link n2>n3 unreliable",
        "1.000s block n2>n4",
        "1.000s isolate n1",
        "1.000s pause n2",
        "1.000s disk n2 0.040s",
        "1.000s clock n2 3/2",
        "1.000s crash n2 after 1",
        "1.000s crash n3",
        "1.000s pause n4",
        "1.000s disk n4 0.040s",
        "1.000s crash n5",
    ],
    length: "2.000s",
    ..THREE
};

/// What is done to the world from the end of the steps on, until all faults have stopped.
fn done_in_the_end(text: &Text<'_>) -> Vec<String> {
    let run = text.run();
    assert_eq!((&run.verdict, &run.unused), (&Ok(()), &vec![]));
    let is_done = |row: &Row| {
        row.topic == RowTopic::Fault
            || row.topic == RowTopic::Scenario
            || row.text.starts_with("boot")
    };
    lines(&run, |row| row.time >= ms(2000) && is_done(row))
}

const RELIABLE: &str = "2.000000s world network reliable";

#[test]
fn in_calm_all_faults_stop_and_the_majority_agrees() {
    let all = Text { ending: "calm n1 n2 n3 n4 n5, others cut", ..TROUBLED };
    let done = done_in_the_end(&all);
    let (agreed, stopped) = done.split_last().expect("it ends with a mark");
    let expected = [
        "2.000000s world calm: 5",
        RELIABLE,
        "2.000000s world heal",
        "2.000000s n2 disarm n2",
        "2.000000s n2 disk n2 0.000s",
        "2.000000s n2 clock n2 1/1",
        "2.000000s n2 resume n2",
        "2.000000s n3 restart n3",
        "2.000000s n3 boot: follower in term 1, commit 0",
        "2.000000s n4 disk n4 0.000s",
        "2.000000s n4 resume n4",
        "2.000000s n5 restart n5",
        "2.000000s n5 boot: follower in term 1, commit 0",
    ];
    assert_eq!(stopped, expected);
    assert!(agreed.ends_with("s world one: 1"), "{agreed}");
}

#[test]
fn servers_outside_the_majority_are_cut_off_as_they_are() {
    let three = Text { ending: "calm n1 n2 n3, others cut", ..TROUBLED };
    let expected = [
        "2.000000s world calm: 3",
        RELIABLE,
        "2.000000s world heal",
        "2.000000s n4 isolate n4",
        "2.000000s n5 isolate n5",
        "2.000000s n2 disarm n2",
        "2.000000s n2 disk n2 0.000s",
        "2.000000s n2 clock n2 1/1",
        "2.000000s n2 resume n2",
        "2.000000s n3 restart n3",
        "2.000000s n3 boot: follower in term 1, commit 0",
    ];
    assert_eq!(done_in_the_end(&three)[..11], expected);
}

#[test]
fn servers_outside_the_majority_are_down() {
    let three = Text { ending: "calm n1 n3 n5, others dead", ..TROUBLED };
    let expected = [
        "2.000000s world calm: 3",
        RELIABLE,
        "2.000000s world heal",
        "2.000000s n2 crash n2",
        "2.000000s n2 isolate n2",
        "2.000000s n4 crash n4",
        "2.000000s n4 isolate n4",
        "2.000000s n3 restart n3",
        "2.000000s n3 boot: follower in term 1, commit 0",
        "2.000000s n5 restart n5",
        "2.000000s n5 boot: follower in term 1, commit 0",
    ];
    assert_eq!(done_in_the_end(&three)[..11], expected);
}

#[test]
fn in_quiet_all_faults_stop_and_nothing_is_proposed_for_seven_seconds() {
    let text = Text { ending: "quiet n1 n2 n3, others dead", ..TROUBLED };
    let done = done_in_the_end(&text);
    assert_eq!(done[0], "2.000000s world calm: 3");
    assert_eq!(done.last(), Some(&"9.000000s world quiet: 3".to_owned()));
    let proposed = |row: &Row| row.topic == RowTopic::Client;
    assert_eq!(lines(&text.run(), proposed), [] as [&str; 0]);
}

#[test]
fn without_an_ending_the_faults_stay_and_the_run_ends() {
    assert_eq!(done_in_the_end(&TROUBLED), [] as [&str; 0]);
    assert_eq!(TROUBLED.run().virtual_time, ms(2000));
}

/// How a plan of six proposals ends on a node.
fn fails<N: Node>(config: N::Config, ending: &str) -> Result<(), (&'static str, Time)> {
    let steps = &["1.000s propose leader x6 every 0.010s"];
    let text = Text { steps, length: "2.000s", ending, ..THREE };
    let verdict = text.run_on::<N>(config).verdict;
    verdict.map_err(|failure| (failure.property().name(), failure.time()))
}

/// How it ends on our Raft with this mistake.
fn mistaken(mistake: Mistake, ending: &str) -> Result<(), (&'static str, Time)> {
    fails::<Mistaken>((Config::default(), mistake), ending)
}

/// The property that it breaks on the mutant that elects no leader.
fn leaderless(ending: &str) -> Option<&'static str> {
    let config = mutant::Config::of(Mutation::EqualLogLoses);
    fails::<Control>(config, ending).err().map(|(property, _)| property)
}

#[test]
fn calm_shows_who_makes_no_progress() {
    let ending = "calm n1 n2 n3, others cut";
    let calm = |mistake| mistaken(mistake, ending);
    assert_eq!(calm(Mistake::Nothing), Ok(()));
    assert_eq!(calm(Mistake::GivesUp), Err(("agreement once the faults stop", ms(62_000))));
    assert_eq!(leaderless(ending), Some("a leader within five seconds"));
}

#[test]
fn quiet_shows_who_does_not_apply_what_it_knows_to_be_committed() {
    let ending = "quiet n1 n2 n3, others cut";
    let quiet = |mistake| mistaken(mistake, ending);
    let behind = "applied states are equal where commits are, once the faults stop";
    assert_eq!(quiet(Mistake::Nothing), Ok(()));
    assert_eq!(quiet(Mistake::LagsLast), Err((behind, ms(9_000))));
    // All are behind alike: behind what their leader knows.
    let reached = "all servers reach the leader's commit index once the faults stop";
    assert_eq!(quiet(Mistake::GivesUp), Err((reached, ms(12_000))));
    assert_eq!(mistaken(Mistake::LagsLast, "none"), Ok(()));
    // A server that is cut off need not reach it.
    assert_eq!(mistaken(Mistake::LagsLast, "quiet n1 n2, others cut"), Ok(()));
    assert_eq!(leaderless(ending), Some("a leader within five seconds"));
}

#[test]
fn once_servers_agree_logs_are_short_if_there_are_snapshots() {
    let steps =
        &["1.000s propose leader x1000 every 0.001s", "2.000s propose leader x1000 every 0.001s"];
    let run = |mutation: Option<Mutation>, snapshots, ending| {
        let text = Text { snapshots, ending, steps, ..THREE };
        let config = mutation.map_or_else(mutant::Config::default, mutant::Config::of);
        text.run_on::<Control>(config).verdict
    };
    for ending in ["calm n1 n2 n3, others cut", "load n1 n2 n3, others cut"] {
        let failure = run(Some(Mutation::NeverCompacts), "snapshots = 10", ending).unwrap_err();
        assert_eq!(failure.property().name(), "log size");
        let [first, second] = failure.facts().each_ref().map(Fact::text);
        assert_eq!(first, "a snapshot at least every 10 entries keeps a log below 16000 bytes");
        assert!(second.starts_with("n1's disk needs 3"), "{second}");
        assert_eq!(run(None, "snapshots = 10", ending), Ok(()));
        // Without snapshots, or with few, nothing is asked.
        for snapshots in ["", "snapshots = 400", "snapshots = [\"n1 every 10 from 400\"]"] {
            assert_eq!(run(Some(Mutation::NeverCompacts), snapshots, ending), Ok(()), "{ending}");
        }
    }
    // In quiet nobody need be able to commit what a log has.
    let quiet = "quiet n1 n2 n3, others cut";
    assert_eq!(run(Some(Mutation::NeverCompacts), "snapshots = 10", quiet), Ok(()));
}

#[test]
fn quiet_tells_both_servers_and_what_they_applied() {
    let steps = &["1.000s propose leader x6 every 0.010s"];
    let text = Text { steps, length: "2.000s", ending: "quiet n1 n2 n3, others cut", ..THREE };
    let behind = "applied states are equal where commits are, once the faults stop";
    let facts =
        ["n1 has committed 6 and applied through 6", "n3 has committed 6 and applied through 3"];
    let [first, second] = facts.map(Fact::new);
    let facts = [first.by(n(1)).entry(6), second.by(n(3)).entry(3)];
    let expected = Failure::violation(Property::new(behind), ms(9_000), facts);
    assert_eq!(
        text.run_on::<Mistaken>((Config::default(), Mistake::LagsLast)).verdict,
        Err(expected)
    );
}

#[test]
fn quiet_shows_who_does_not_reach_the_leaders_commit_index() {
    let steps = &["1.000s propose leader x6 every 0.010s"];
    let ending = "quiet n1 n2 n3, others cut";
    let text = Text { steps, length: "2.000s", ending, ..THREE };
    let verdict = text.run_on::<Mistaken>((Config::default(), Mistake::StaysBehind)).verdict;
    let failure = verdict.expect_err("n1 stays behind");
    let property = "all servers reach the leader's commit index once the faults stop";
    assert_eq!((failure.property().name(), failure.time()), (property, ms(12_000)));
    let facts = failure.facts().each_ref().map(Fact::text);
    let second = "n1 has reached 3, 10.000000s after the faults stopped";
    assert_eq!(facts, ["n3, which leads in term 1, has committed 6", second]);
    // A server that is cut off need not reach it.
    assert_eq!(mistaken(Mistake::StaysBehind, "quiet n2 n3, others cut"), Ok(()));
}

#[test]
fn quiet_shows_who_sends_many_messages_while_nothing_happens() {
    let steps = &["1.000s propose leader x6 every 0.010s"];
    let ending = "quiet n1 n2 n3, others cut";
    let text = Text { steps, length: "2.000s", ending, ..THREE };
    let verdict = text.run_on::<Mistaken>((Config::default(), Mistake::Chatters)).verdict;
    let failure = verdict.expect_err("each heartbeat is sent four times");
    assert_eq!(failure.property().name(), "few messages while nothing happens");
    let facts = failure.facts().each_ref().map(Fact::text);
    let rule = "a link carries at most 60 messages in 2.000000s in which nothing happens";
    // It answers each of 80 heartbeats four times.
    assert_eq!(facts, [rule, "n1 sent 320 messages to n3"]);
}

#[test]
fn with_load_a_right_raft_is_fast_although_every_third_message_of_a_link_is_lost() {
    for lossy in ["n1", "n2", "n3"] {
        let ending = format!("load n1 n2 n3, others cut, lossy {lossy}");
        assert_eq!(mistaken(Mistake::Nothing, &ending), Ok(()));
    }
    let text = Text { ending: "load n1 n2 n3 n5, others dead, lossy n3", ..TROUBLED };
    let done = done_in_the_end(&text);
    let is_of_load = |line: &&String| line.contains(" load") || line.contains(" link ");
    let marks: Vec<&str> =
        done.iter().filter(is_of_load).filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(marks.len(), 3, "{done:?}");
    let lossy = done.iter().filter(|line| line.ends_with(" drops every 3")).count();
    assert_eq!(lossy, 2, "{done:?}");
}

#[test]
fn load_shows_who_waits_who_forgets_what_was_lost_and_whose_leader_does_not_stay() {
    let ends = |mutation, ending: &str| {
        let broken = fails::<Control>(mutant::Config::of(mutation), ending);
        broken.err().map(|(property, _)| property)
    };
    let ending = |lossy| format!("load n1 n2 n3, others cut, lossy {lossy}");
    for lossy in ["n1", "n2", "n3"] {
        assert_eq!(ends(None, &ending(lossy)), None);
        assert_eq!(ends(Some(Mutation::CommitsAtHeartbeat), &ending(lossy)), Some("speed"));
    }
    let of = |mutation| ["n1", "n2", "n3"].map(|lossy| ends(Some(mutation), &ending(lossy)));
    let late = Some("commands are applied soon under load");
    assert!(of(Mutation::LostProbeForgotten).contains(&late));
    assert!(of(Mutation::NeverProbesQuiet).contains(&Some("a leader stays")));
}

#[test]
fn of_a_node_that_elects_leaders_and_does_no_more_a_leader_is_demanded() {
    let demand = |demands| Text {
        demands,
        steps: &["1.000s isolate leader for 1.000s"],
        length: "3.000s",
        ending: "calm n1 n2 n3, others cut",
        ..THREE
    };
    assert_eq!(demand("leader").run_on::<Post2020>(()).verdict, Ok(()));
    assert_eq!(demand("leader").run_on::<Raft>(Config::default()).verdict, Ok(()));
    let asked = demand("agreement").run_on::<Post2020>(()).verdict;
    assert_eq!(
        asked.expect_err("it takes no command").property().name(),
        "agreement once the faults stop"
    );
    // It never leads when it is alone: the oracle says so before the lab's last poll.
    let alone = Text { servers: 1, ending: "calm n1, others cut", ..demand("leader") };
    let missed = alone.run_on::<Post2025>(()).verdict.expect_err("nobody votes for it");
    assert_eq!(missed.property().name(), "a leader within five seconds");
}
