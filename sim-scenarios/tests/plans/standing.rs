//! Plans in which faults stand at the end: who must make progress, and who fails to.

use raftsim_explore::Run;
use raftsim_node::{Claims, Event, Role, Status, Time};
use raftsim_plan::Override;
use raftsim_raft::{Config, Message, Raft};
use raftsim_sim::{Fact, Failure, Fate, Property, Row, RowTopic};
use raftsim_testkit::{Tweak, Tweaked};

use super::{THREE, Text, command, lines};
use crate::support::ms;

/// Our Raft, with the claim that it copes. By itself it does not in all conditions, but it does in
/// those of these tests.
#[derive(Clone, Copy, Debug, Default)]
struct Copes;

impl Tweak<Raft> for Copes {
    fn claims(&self, claims: Claims) -> Claims {
        claims.coping_with_standing_faults()
    }
}

/// A Raft whose leaders do not step down, and whose followers ignore requests for votes while they
/// know a leader: it claims that it copes, and does not.
#[derive(Clone, Copy, Debug, Default)]
struct Faithful;

impl Tweak<Raft> for Faithful {
    fn config(&self, config: &Config) -> Config {
        Config { check_quorum: false, ..config.clone() }
    }

    fn claims(&self, claims: Claims) -> Claims {
        claims.coping_with_standing_faults()
    }

    fn hears(&mut self, node: &Raft, event: &Event<Message>) -> bool {
        let Status { role, leader, .. } = raftsim_node::Node::status(node);
        let asks = matches!(event, Event::Receive { message: Message::RequestVote(_), .. });
        !(asks && role == Role::Follower && leader.is_some())
    }
}

/// n1 leads, and is then joined with n2 alone. n2, n3 and n4 reach each other, and n5 nobody.
const BRIDGE: Text<'_> = Text {
    servers: 5,
    length: "6.000s",
    ending: "stands n2 n3 n4",
    steps: &[
        "0.010s expire n1",
        "1.000s isolate n5",
        "1.000s block n1>n3",
        "1.000s block n3>n1",
        "1.000s block n1>n4",
        "1.000s block n4>n1",
    ],
    ..THREE
};

/// Slow links, slow disks, clocks that are off; and n5 can send, but not hear.
const SLOW: Text<'_> = Text {
    servers: 5,
    network: "latency 0.040s..0.060s",
    closed: false,
    length: "3.000s",
    ending: "stands n1 n2 n3 n4",
    steps: &[
        "1.000s disk all 0.015s",
        "1.000s clock n1 9/10",
        "1.000s clock n2 11/10",
        "1.000s block all>n5",
        "2.000s pause n5",
    ],
    ..THREE
};

fn on<T: Tweak<Raft>>(text: &Text<'_>) -> Run {
    text.run_on::<Tweaked<Raft, T>>((Config::default(), T::default()))
}

/// The marks of the ending, and what is done to the world from the end of the steps on.
fn last(run: &Run, length: Time) -> Vec<String> {
    let is_shown = |row: &Row| row.topic == RowTopic::Fault || row.topic == RowTopic::Scenario;
    lines(run, |row| row.time >= length && is_shown(row))
}

#[test]
fn members_that_claim_to_cope_agree_while_nothing_is_lifted() {
    let run = on::<Copes>(&SLOW);
    assert_eq!((&run.verdict, &run.unused), (&Ok(()), &vec![]));
    let [stands, agreed] = &last(&run, ms(3000))[..] else { panic!("two marks") };
    assert_eq!(stands, "3.000000s world stands: 4");
    assert!(agreed.ends_with("world agreement while the faults stand: 1"), "{agreed}");
}

#[test]
fn a_majority_that_gets_stuck_while_faults_stand_fails() {
    let failure = on::<Faithful>(&BRIDGE).verdict.expect_err("n2 hears n1 forever");
    let rule = Fact::new(format!("{} is applied by n2 n3 n4", failure_command(&failure)));
    let facts = [rule.at(ms(6000)), Fact::new("not within 60.000000s")];
    let property = Property::new("agreement while the faults stand");
    assert_eq!(failure, Failure::violation(property, ms(66_000), facts));
    let leaders = Text { demands: "leader", ..BRIDGE };
    let failure = on::<Faithful>(&leaders).verdict.expect_err("n2 hears n1 forever");
    let rule = Fact::new("one of n2 n3 n4 leads").at(ms(6000));
    let facts = [rule, Fact::new("not within 60.000000s")];
    assert_eq!(failure, Failure::violation(property, ms(66_000), facts));
}

/// The command that a failure's first fact names.
fn failure_command(failure: &Failure) -> String {
    let [rule, _] = failure.facts();
    rule.text().split(" is applied").next().expect("a command").to_owned()
}

#[test]
fn nothing_is_demanded_of_a_node_that_does_not_claim_to_cope() {
    let run = BRIDGE.run();
    assert_eq!(run.verdict, Ok(()));
    assert_eq!(last(&run, ms(6000)), ["6.000000s world stands, but nothing can be demanded: 3"]);
    assert_eq!(run.virtual_time, ms(6000));
}

#[test]
fn nothing_is_demanded_where_no_raft_could_make_progress() {
    // A member is cut off from another, down, paused, too slow, too fast; a link loses messages; a
    // server that is no member could lead.
    let hopeless = [
        "1.500s block n2>n3",
        "1.500s crash n3",
        "1.500s pause n4",
        "1.500s disk n2 0.500s",
        "1.500s clock n3 3/1",
        "1.500s link n3>n4 loss 1/10",
        "1.500s link n3>n4 latency 0.200s..0.300s",
        "1.500s heal",
    ];
    for step in hopeless {
        let steps = [BRIDGE.steps, &[step]].concat();
        let run = on::<Faithful>(&Text { steps: &steps, ..BRIDGE });
        assert_eq!(run.verdict, Ok(()), "{step}");
        assert_eq!(
            last(&run, ms(6000)),
            ["6.000000s world stands, but nothing can be demanded: 3"],
            "{step}"
        );
    }
}

#[test]
fn in_calm_a_network_that_stands_is_the_plans_own() {
    let steps = &["1.000s network loss 1/1", "1.000s isolate n1"];
    let text = Text {
        network: "latency 0.010s..0.045s",
        closed: false,
        steps,
        ending: "calm n1 n2 n3, others cut, network stands",
        ..THREE
    };
    let run = text.run();
    assert_eq!(run.verdict, Ok(()));
    let done = last(&run, ms(3000));
    let expected = [
        "3.000000s world calm: 3",
        "3.000000s world network latency 0.010s..0.045s",
        "3.000000s world heal",
    ];
    assert_eq!(done[..3], expected);
    assert!(done[3].ends_with("world one: 1"), "{done:?}");
}

/// Delays of three servers, all the same.
fn delays(of: &str) -> String {
    format!("delays = [\"- {of} {of}\", \"{of} - {of}\", \"{of} {of} -\"]")
}

#[test]
fn delays_stay_under_every_step_and_in_calm() {
    let text = Text {
        snapshots: &delays("0.040s..0.041s"),
        closed: false,
        steps: &[
            "1.000s network unreliable",
            "1.500s link n1>n2 loss 1/5",
            "2.000s network reliable",
        ],
        ending: "calm n1 n2 n3, others cut",
        ..THREE
    };
    let run = text.run();
    assert_eq!((&run.verdict, &run.unused), (&Ok(()), &vec![]));
    assert!(run.virtual_time > ms(3000), "the members agree after the steps");
    let fates = run.story.as_ref().expect("it was recorded").fates();
    let after = fates.values().filter_map(|fate| match fate {
        Override::Fate(Fate::Deliver(after)) => Some(Time::ZERO + *after),
        _ => None,
    });
    let after: Vec<Time> = after.collect();
    // Its delay, the latency of labrpc's requests, and the jitter.
    assert!(after.iter().all(|&it| (ms(40)..=ms(41 + 26 + 1)).contains(&it)), "{after:?}");
    assert!(after.iter().any(|&it| it > ms(45)), "the steps have an effect");
}

#[test]
fn in_calm_long_delays_are_a_standing_fault() {
    let text =
        |snapshots| Text { snapshots, closed: false, ending: "calm n1 n2 n3, others cut", ..THREE };
    let (far, farther) = (delays("60ms"), delays("101ms"));
    // Nothing is demanded of a node that does not claim to cope.
    let run = text(&far).run();
    assert_eq!((run.verdict, run.virtual_time), (Ok(()), ms(3000)));
    let run = on::<Copes>(&text(&far));
    assert_eq!(run.verdict, Ok(()));
    assert!(run.virtual_time > ms(3000));
    let run = on::<Copes>(&text(&farther));
    assert_eq!((run.verdict, run.virtual_time), (Ok(()), ms(3000)));
}

#[test]
fn on_a_standing_network_that_loses_messages_nothing_is_demanded() {
    let ending = "calm n1 n2 n3, others cut, network stands";
    let text = Text { network: "loss 9/10", closed: false, ending, ..THREE };
    let run = on::<Copes>(&text);
    assert_eq!(run.verdict, Ok(()));
    assert_eq!(run.virtual_time, ms(3000));
}

#[test]
fn commands_that_the_steps_propose_are_others_than_the_one_that_is_demanded() {
    let steps = [SLOW.steps, &["2.500s propose leader"]].concat();
    let run = on::<Copes>(&Text { steps: &steps, ..SLOW });
    assert_eq!(run.verdict, Ok(()));
    let first = command(1);
    let proposed = lines(&run, |row| row.topic == RowTopic::Client && row.time > ms(3000));
    assert!(proposed.iter().all(|line| !line.contains(&first)), "{proposed:?}");
}
