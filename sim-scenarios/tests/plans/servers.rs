//! Steps that are about servers: lives, processes, disks, clocks; and whom `leader` means.

use raftsim_explore::Player as _;
use raftsim_sim::{Recording, Row, RowTopic};
use raftsim_specimens::Control;
use raftsim_specimens::mutant::Config;
use sim_scenarios::NodePlayer;

use super::{THREE, Text, faults, line, lines, rows};
use crate::support::{ms, n};

#[test]
fn a_hundred_and_one_servers_agree_after_what_befell_them() {
    let members: Vec<String> = (1..=50).chain([101]).map(|number| format!("n{number}")).collect();
    // A seed that elects a leader within a second, so that each step has an effect.
    let text = Text {
        seed: 2,
        servers: 101,
        network: "unreliable",
        closed: false,
        length: "6.000s",
        ending: &format!("calm {}, others dead", members.join(" ")),
        steps: &[
            "1.000s propose leader x20 every 0.050s",
            "2.000s isolate leader for 0.500s",
            "2.500s partition n1 n10 n100 | n2 n3 n101",
            "3.000s heal",
            "3.500s crash all for 0.400s",
            "4.500s propose all",
        ],
        ..THREE
    };
    let run = text.run();
    assert_eq!((&run.verdict, run.unused.len()), (&Ok(()), 0));
    let boots = lines(&run, |row| row.text.starts_with("boot"));
    assert_eq!(boots.len(), 2 * 101);
    let control = NodePlayer::<Control>::new(Config::default());
    assert_eq!(control.play(&text.plan(), Recording::Off).verdict, Ok(()));
}

/// Boots, crashes, and whatever else is done to the world.
fn lives(steps: &[&str]) -> Vec<String> {
    let run = Text { steps, ..THREE }.run();
    assert_eq!((&run.verdict, &run.unused), (&Ok(()), &vec![]));
    lines(&run, is_of_lives)
}

fn is_of_lives(row: &Row) -> bool {
    row.time >= ms(100) && (row.topic == RowTopic::Fault || row.text.starts_with("boot"))
}

#[test]
fn who_crashes_for_a_while_starts_again() {
    let expected = [
        "1.000000s n3 crash n3",
        "1.400000s n3 restart n3",
        "1.400000s n3 boot: follower in term 1, commit 0",
    ];
    assert_eq!(lives(&["1.000s crash n3 for 0.400s"]), expected);
    assert_eq!(lives(&["1.000s crash n3"]), expected[..1]);
}

#[test]
fn only_what_is_down_is_started_and_only_what_is_up_crashes() {
    let steps = [
        "1.000s restart n3",
        "1.100s crash n3",
        "1.200s crash n3 for 0.300s",
        "1.300s restart all",
        "2.000s resume n3",
        "2.100s pause n3 for 0.100s",
    ];
    let run = Text { steps: &steps, ..THREE }.run();
    let expected = [
        "1.100000s n3 crash n3",
        "1.300000s n3 restart n3",
        "1.300000s n3 boot: follower in term 1, commit 0",
        "2.100000s n3 pause n3",
        "2.200000s n3 resume n3",
    ];
    assert_eq!(lines(&run, is_of_lives), expected);
    let expected = [
        "1.000s restart n3: it changes nothing",
        "1.200s crash n3 for 0.300s: n3 is down then",
        "2.000s resume n3: it changes nothing",
    ];
    assert_eq!((&run.verdict, &run.unused[..]), (&Ok(()), &expected.map(str::to_owned)[..]));
}

#[test]
fn a_server_that_never_started_can_crash_and_start() {
    let steps = &["0.000s crash n3", "1.000s restart n3"];
    let expected = ["0.000000s n3 crash n3", "1.000000s n3 restart n3"];
    assert_eq!(faults(steps), expected);
    assert_eq!(
        lives(steps),
        ["1.000000s n3 restart n3", "1.000000s n3 boot: follower in term 0, commit 0"]
    );
}

#[test]
fn a_crash_after_actions_comes_within_the_next_list() {
    let steps = &["1.000s propose leader", "1.000s crash leader after 1 for 0.400s"];
    let run = Text { steps, ..THREE }.run();
    let armed = rows(&run)
        .into_iter()
        .find(|row| row.topic == RowTopic::Fault && row.text.contains(" after "));
    let armed = armed.expect("somebody leads");
    let of_it = |row: &Row| {
        // What still comes finds nobody.
        let is_heard = row.topic != RowTopic::Message;
        let is_restart = row.text.starts_with("restart");
        is_heard && !is_restart && row.node == armed.node && row.time >= armed.time && row.life == 1
    };
    let lines: Vec<String> = rows(&run).iter().filter(|row| of_it(row)).map(line).collect();
    let place = lines.iter().position(|line| *line == super::line(&armed)).expect("it is there");
    let leader = armed.node.expect("a server's").to_string();
    // The first answer comes: it is committed, and that is all that still is done.
    let command = super::command(1);
    assert_eq!(lines[place], format!("1.000000s {leader} crash {leader} after 1"));
    assert_eq!(lines.last(), Some(&format!("1.000100s {leader} down")), "{lines:#?}");
    let applied = format!("1.000100s {leader} apply 1@1 {command}");
    assert!(lines.contains(&applied), "{lines:#?}");
    let boot = format!("1.400000s {leader} boot");
    assert!(super::lines(&run, |row| row.life == 2)[0].starts_with(&boot));
}

#[test]
fn a_crash_that_comes_late_ends_within_its_time() {
    // Nothing reaches who is paused.
    let steps = ["1.000s pause n1", "1.100s crash n1 after 0 for 0.200s", "1.500s resume n1"];
    let expected = [
        "1.000000s n1 pause n1",
        "1.100000s n1 crash n1 after 0",
        "1.500000s n1 resume n1",
        "1.700000s n1 restart n1",
        "1.700000s n1 boot: follower in term 1, commit 0",
    ];
    assert_eq!(lives(&steps), expected);
}

#[test]
fn a_process_is_stopped_and_goes_on() {
    let steps = ["1.000s pause n2 for 0.300s", "1.100s pause n1", "1.200s resume n1"];
    let expected = [
        "1.000000s n2 pause n2",
        "1.100000s n1 pause n1",
        "1.200000s n1 resume n1",
        "1.300000s n2 resume n2",
    ];
    assert_eq!(faults(&steps), expected);
    let run = Text { steps: &steps, ..THREE }.run();
    let meanwhile =
        |row: &Row| row.node == Some(n(2)) && ms(1000) < row.time && row.time < ms(1300);
    assert_eq!(lines(&run, meanwhile), [] as [&str; 0]);
}

#[test]
fn disks_and_clocks_are_changed() {
    let steps = [
        "1.000s disk all 0.020s",
        "1.100s disk n1 0.000s",
        "1.200s clock n2 3/2",
        "1.300s clock n2 1/1",
        "1.400s jump n3 0.001s",
    ];
    let expected = [
        "1.000000s n1 disk n1 0.020s",
        "1.000000s n2 disk n2 0.020s",
        "1.000000s n3 disk n3 0.020s",
        "1.100000s n1 disk n1 0.000s",
        "1.200000s n2 clock n2 3/2",
        "1.300000s n2 clock n2 1/1",
        "1.400000s n3 jump n3 0.001s",
    ];
    assert_eq!(faults(&steps), expected);
}

#[test]
fn a_write_takes_as_long_as_the_disk_does() {
    let steps = &["1.000s disk all 0.020s", "1.100s propose leader"];
    let run = Text { steps, ..THREE }.run();
    let writes = lines(&run, |row| row.topic == RowTopic::Disk && row.time > ms(1000));
    let times: Vec<&str> = writes.iter().map(|line| &line[..9]).collect();
    // The leader's, then its followers', one message later.
    assert_eq!(times, ["1.120000s", "1.140050s", "1.140050s"]);
}

#[test]
fn who_expires_has_its_timeout_at_once() {
    let run = Text { steps: &["0.010s expire n2"], ..THREE }.run();
    let of_n2 = |row: &Row| {
        row.node == Some(n(2)) && (row.topic == RowTopic::Timer || row.topic == RowTopic::Fault)
    };
    let lines = lines(&run, of_n2);
    assert_eq!(lines[0], "0.010000s n2 expire n2");
    assert_eq!(lines[1], "0.010000s n2 timeout");
}

/// Who came to lead, and when.
fn led(text: &Text<'_>) -> Vec<(String, String)> {
    let rows = rows(&text.run());
    let leads = rows.iter().filter(|row| row.text.starts_with("leader in term"));
    let named = leads.filter_map(|row| Some((row.node?.to_string(), row.text.clone())));
    let mut named: Vec<_> = named.map(|(node, text)| (node, text[..16].to_owned())).collect();
    named.dedup();
    named
}

#[test]
fn leader_is_whoever_leads_when_the_step_is_done_and_stays_the_one_that_is_undone() {
    let steps = &["1.000s isolate leader for 1.500s", "2.000s isolate leader for 0.700s"];
    let text = Text { length: "4.000s", steps, ..THREE };
    let led = led(&text);
    let (first, second) = (&led[0].0, &led[1].0);
    assert_ne!(first, second, "{led:?}");
    let expected = [
        format!("1.000000s {first} isolate {first}"),
        format!("2.000000s {second} isolate {second}"),
        format!("2.500000s {first} join {first}"),
        format!("2.700000s {second} join {second}"),
    ];
    assert_eq!(text.faults(), expected);
}

#[test]
fn of_two_that_lead_the_one_of_the_later_term_is_meant() {
    // The first leads on until it misses a majority, here while it is paused: it cannot tell.
    let steps = &["1.000s pause leader for 1.500s", "2.000s isolate leader"];
    let text = Text { steps, ..THREE };
    let second = &led(&text)[1].0;
    assert_eq!(text.faults()[1], format!("2.000000s {second} isolate {second}"));
}

#[test]
fn where_nobody_leads_nothing_is_done_and_that_is_told() {
    let steps = &[
        "0.010s isolate leader for 1.000s",
        "0.010s crash leader after 3",
        "0.010s propose leader x3 every 0.001s",
        "0.010s propose leader x2",
        "0.010s propose leader x1000 every 0.001s",
        "0.010s expire leader",
    ];
    let run = Text { steps, ..THREE }.run();
    assert_eq!(lines(&run, |row| row.topic == RowTopic::Fault), [] as [&str; 0]);
    // The fifth found a leader in time.
    let expected = [
        "0.010s isolate leader for 1.000s: no server leads then",
        "0.010s crash leader after 3: no server leads then",
        "0.010s propose leader x3 every 0.001s: no server leads then",
        "0.010s propose leader x2: no server leads then",
        "0.010s expire leader: no server leads then",
    ];
    assert_eq!(run.unused, expected);
    let proposes_to_the_end = &["0.010s propose leader x1000 every 0.001s"];
    let run = Text { length: "0.020s", steps: proposes_to_the_end, ..THREE }.run();
    assert_eq!(run.unused, ["0.010s propose leader x1000 every 0.001s: no server leads then"]);
}

#[test]
fn a_server_that_is_ordered_to_campaign_stands_for_election_at_once() {
    // n1, n2 or n3 leads by then; each of them is ordered once, and a leader ignores it.
    let steps = &["1.000s campaign n1", "1.300s campaign n2", "1.600s campaign n3"];
    let on = [Text { steps, ..THREE }.run(), {
        let config = raftsim_specimens::mutant::Config::default();
        Text { steps, ..THREE }.run_on::<raftsim_specimens::Control>(config)
    }];
    for run in on {
        assert_eq!(run.verdict, Ok(()));
        let stands = |row: &Row| row.text.starts_with("candidate in term");
        let stood = rows(&run).into_iter().filter(stands);
        let ordered: Vec<_> = stood.filter(|row| row.time >= ms(1000)).collect();
        assert!(ordered.len() >= 2, "{ordered:#?}");
        for row in ordered {
            assert!([1000, 1300, 1600].map(ms).contains(&row.time), "{row:?}");
        }
    }
}
