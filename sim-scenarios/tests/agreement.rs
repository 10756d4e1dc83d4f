//! The lab's verbs for the log, on servers that agree by decree.

use raftsim_node::{Command, Duration, NodeId, Time};
use raftsim_sim::{
    Cause, Fact, Failure, Fate, Kind, LinkSettings, MessageName, Property, Rate, Recording, Setup,
    What, property,
};
use sim_scenarios::{Lab, Part, Waited};

use crate::dictator::{Dictator, Manner};
use crate::support::{ms, n};

/// A lab of servers with these manners, all up, at 2 ms.
fn lab(manners: &[Manner]) -> Lab<Dictator> {
    lab_losing(0, manners)
}

/// The same; the first `lost` messages from n1 to n2 are lost, by name.
fn lab_losing(lost: u64, manners: &[Manner]) -> Lab<Dictator> {
    raftsim_sim::prepare_process();
    let mut setup = Setup::new("dictators", 0, 1);
    setup.configs = manners.to_vec();
    setup.recording = Recording::On;
    for n in 0..lost {
        let name = MessageName { from: self::n(1), to: self::n(2), seq: n };
        setup.fates.insert(name, Fate::Drop(Cause::Lost));
    }
    let mut lab = Lab::new(setup).expect("dictators are born well");
    lab.sleep(Duration::from_millis(2)).expect("and do nothing unasked");
    lab
}

const fn accepting(from: Time) -> Manner {
    Manner { accepts_from: from, applies: true, term: 1, bytes: 0, shows: None }
}

const DEAF: Manner = Manner { applies: false, ..accepting(Time::MAX) };

fn command(text: &str) -> Command {
    Command::from(text)
}

/// Who was asked to replicate something, and when.
fn asked(lab: &mut Lab<Dictator>) -> Vec<(Time, NodeId)> {
    let records = lab.world().trace().records().iter();
    let proposed = records.filter(|record| matches!(record.what, What::Proposed { .. }));
    proposed.map(|record| (record.time, record.node.expect("a server is asked"))).collect()
}

/// A limit missed at `time` on a reliable network.
fn missed<R>(limit: &'static str, time: Time, facts: [Fact; 2]) -> Result<R, Failure> {
    let kind = Kind::LabLimit { by_chance: false };
    Err(Failure::new(kind, Property::new(limit), time, facts))
}

#[test]
fn one_asks_the_servers_in_turn_and_pauses_50_ms_when_none_accepts() {
    let mut lab = lab(&[accepting(ms(52)), Manner::default(), Manner::default()]);
    assert_eq!(lab.one(command("a"), 3, false), Ok(1));
    let expected = [(2, 2), (2, 3), (2, 1), (52, 2), (52, 3), (52, 1)];
    assert_eq!(asked(&mut lab), expected.map(|(at, node)| (ms(at), n(node))));
    // The others hear of it within a millisecond; it looks every 20.
    assert_eq!(lab.cluster().now(), ms(72));
}

#[test]
fn one_asks_only_servers_that_are_connected_and_up() {
    let mut lab = lab(&[accepting(ms(0)); 3]);
    lab.disconnect(n(2)).unwrap();
    lab.crash(n(3)).unwrap();
    assert_eq!(lab.one(command("a"), 1, false), Ok(1));
    assert_eq!(asked(&mut lab), [(ms(2), n(1))]);
    assert_eq!(lab.cluster().now(), ms(2), "it looks at once");
}

#[test]
fn one_fails_after_two_seconds_unless_it_may_retry() {
    let mut lab = lab(&[accepting(ms(0)), DEAF, DEAF]);
    let rule = Fact::new("\"a\" is applied by 2 servers").at(ms(2));
    let facts = [rule, Fact::new("not within 2.000000s of index 1").entry(1)];
    assert_eq!(lab.one(command("a"), 2, false), missed("one", ms(2002), facts));
}

#[test]
fn one_that_retries_proposes_for_ten_seconds_from_server_to_server() {
    let mut lab = lab(&[accepting(ms(0)), accepting(ms(0)), DEAF]);
    let rule = Fact::new("\"a\" is applied by 3 servers").at(ms(2));
    let facts = [rule, Fact::new("not within 10.000000s")];
    assert_eq!(lab.one(command("a"), 3, true), missed("one", ms(10_002), facts));
    // n2 accepts, then n1 (n3 does not), then n2 again: every two seconds.
    let expected = [(2, 2), (2002, 3), (2002, 1), (4002, 2), (6002, 3), (6002, 1), (8002, 2)];
    assert_eq!(asked(&mut lab), expected.map(|(at, node)| (ms(at), n(node))));
}

/// What is added to a limit that was missed on a reliable network too.
const NO_HELP: &str = ", nor on a reliable network from then on";

/// Whether a limit that `one` misses may be chance, and whether a second try was made in vain.
fn chance(lab: &mut Lab<Dictator>, servers: usize) -> (bool, bool) {
    let failure = lab.one(command("a"), servers, true).expect_err("too few servers apply it");
    let in_vain = failure.facts()[1].text().ends_with(NO_HELP);
    (failure.kind() == Kind::LabLimit { by_chance: true }, in_vain)
}

#[test]
fn on_a_lossy_network_a_limit_that_one_misses_may_be_chance_if_a_reliable_one_helps() {
    let lossy = |manners: &[Manner]| {
        let mut lab = lab(manners);
        lab.set_network(true, false).unwrap();
        lab
    };
    // Of one server there is no link that loses anything.
    assert_eq!(chance(&mut lossy(&[DEAF]), 1), (false, false));
    assert_eq!(chance(&mut lossy(&[DEAF, DEAF]), 1), (false, true));
    let mut late = lossy(&[accepting(ms(12_000)), Manner::default()]);
    assert_eq!(chance(&mut late, 2), (true, false));
    let reliable = LinkSettings::labrpc(false, false, true);
    assert_eq!(late.cluster().link_settings(n(1), n(2)), reliable, "it was tried again");
    assert_eq!(late.cluster().now(), ms(12_022));
}

#[test]
fn wait_polls_thirty_times_in_half_a_minute() {
    let mut lab = lab(&[accepting(ms(0)), DEAF]);
    assert_eq!(lab.start(n(1), command("a")), Ok(Some((1, 1))));
    assert_eq!(lab.wait(1, 1, None), Ok(Waited::Applied(Some(command("a")))));
    assert_eq!(lab.cluster().now(), ms(2));
    let facts = ["entry 1 is applied by 2 servers", "after 30 polls it is applied by 1"];
    let facts = facts.map(|text| Fact::new(text).entry(1));
    // 10, 20, … 640 ms, then 1280 ms each.
    assert_eq!(lab.wait(1, 2, None), missed("wait", ms(2 + 1270 + 23 * 1280), facts));
}

#[test]
fn wait_ends_when_some_server_is_in_a_later_term() {
    let mut lab = lab(&[DEAF, Manner { term: 4, ..DEAF }]);
    lab.disconnect(n(2)).unwrap();
    assert_eq!(lab.wait(1, 1, Some(3)), Ok(Waited::TermMoved));
    assert_eq!(lab.cluster().now(), ms(12));
    assert!(lab.wait(1, 1, Some(4)).is_err());
}

#[test]
fn no_agreement_means_that_no_server_applied_the_entry() {
    let mut lab = lab(&[accepting(ms(0)), Manner::default()]);
    assert_eq!(lab.check_no_agreement(1), Ok(()));
    lab.one(command("a"), 2, false).unwrap();
    assert_eq!((lab.n_committed(1), lab.n_committed(2)), (2, 0));
    let facts = ["no majority can have committed entry 1", "2 servers applied it"];
    let facts = facts.map(|text| Fact::new(text).entry(1));
    let now = lab.cluster().now();
    assert_eq!(lab.check_no_agreement(1), missed("check_no_agreement", now, facts));
}

#[test]
fn meters_count_what_is_sent_and_what_arrives() {
    let mut lab = lab(&[accepting(ms(0)), Manner::default(), Manner::default()]);
    lab.one(command("a"), 3, false).unwrap();
    lab.disconnect(n(3)).unwrap();
    lab.one(command("b"), 2, false).unwrap();
    assert_eq!((lab.rpc_total(), lab.bytes_total()), (4, 400));
    assert_eq!([1, 2, 3].map(|node| lab.rpc_count(n(node))), [0, 2, 1]);
    lab.restart(n(2)).unwrap();
    assert_eq!(lab.rpc_count(n(2)), 0, "counted by life");
}

#[test]
fn the_log_size_is_that_of_the_largest_disk_even_if_its_server_is_down() {
    let mut lab = lab(&[
        Manner { bytes: 70, ..accepting(ms(0)) },
        Manner { bytes: 90, ..accepting(ms(0)) },
        Manner::default(),
    ]);
    assert_eq!(lab.log_size(), Ok(0));
    lab.start(n(1), command("a")).unwrap();
    assert_eq!(lab.log_size(), Ok(70));
    lab.sleep(Duration::from_millis(1)).unwrap();
    lab.start(n(2), command("b")).unwrap();
    lab.crash(n(2)).unwrap();
    assert_eq!(lab.log_size(), Ok(90));
}

#[test]
fn a_disk_that_panics_breaks_the_contract() {
    let mut lab = lab(&[Manner { bytes: usize::MAX, ..accepting(ms(0)) }]);
    lab.start(n(1), command("a")).unwrap();
    let failure = lab.log_size().unwrap_err();
    assert_eq!((failure.kind(), failure.property()), (Kind::Contract, property::NO_PANIC));
    let place = failure.panic_at().expect("a panic has a place");
    let said = format!("it panicked: too large to say at {place}");
    assert_eq!(failure.facts().each_ref().map(Fact::text), ["n1's disk can be read", &said]);
    assert_eq!(failure.accused(), [n(1)]);
}

#[test]
fn a_restart_joins_a_server_with_those_that_are_connected() {
    // In term 0 nobody leads.
    let mut lab = lab(&[Manner { term: 0, ..Manner::default() }; 3]);
    lab.disconnect(n(3)).unwrap();
    lab.crash(n(1)).unwrap();
    assert!(!lab.cluster().is_up(n(1)));
    lab.restart(n(1)).unwrap();
    assert!(lab.cluster().is_up(n(1)));
    assert!(!lab.cluster().is_blocked(n(1), n(2)), "not joined with n2");
    assert!(lab.cluster().is_blocked(n(1), n(3)), "a restart heals no partition");
    lab.restart_all().unwrap();
    assert_eq!([1, 2, 3].map(|node| lab.cluster().life(n(node))), [3, 2, 2]);
    assert!(!lab.cluster().is_blocked(n(1), n(3)), "all are connected");
}

#[test]
fn the_recovery_phase_ends_all_faults() {
    let mut lab = lab(&[accepting(ms(0)), Manner::default(), Manner::default()]);
    lab.set_network(true, true).unwrap();
    lab.disconnect(n(2)).unwrap();
    lab.crash(n(3)).unwrap();
    assert_eq!(lab.recovery_phase(Part::B), Ok(()));
    assert!(lab.cluster().is_up(n(3)));
    assert!(lab.cluster().is_connected(n(2)), "n2 is connected");
    let reliable = LinkSettings::labrpc(false, false, true);
    assert_eq!(lab.cluster().link_settings(n(1), n(2)), reliable);
    assert_eq!(lab.n_committed(1), 3);
}

#[test]
fn a_limit_missed_after_a_fate_by_name_was_used_is_tried_again() {
    let manners = [accepting(ms(0)), DEAF, DEAF];
    assert_eq!(chance(&mut lab_losing(0, &manners), 2), (false, false));
    assert_eq!(chance(&mut lab_losing(1, &manners), 2), (false, true));
}

#[test]
fn the_recovery_phase_restores_servers_clocks_disks_and_links() {
    let mut lab = lab_losing(1000, &[accepting(ms(0)), Manner::default(), Manner::default()]);
    lab.world().pause(n(1)).unwrap();
    lab.world().set_disk(n(2), Duration::from_secs(9)).unwrap();
    lab.world().set_clock_rate(n(3), Rate::new(1, 2)).unwrap();
    lab.world().crash_after(n(3), 1_000).unwrap();
    assert_eq!(lab.recovery_phase(Part::B), Ok(()));
    let cluster = lab.cluster();
    assert!(!cluster.is_armed(n(3)), "n3 will not crash");
    assert!(!cluster.is_paused(n(1)), "n1 runs");
    assert_eq!(cluster.disk_latency(n(2)), Duration::ZERO);
    assert_eq!(cluster.clock_rate(n(3)), Rate::TRUE);
    assert!(!cluster.was_disturbed(), "given fates are void");
    assert_eq!(lab.n_committed(1), 3);
}

/// The failure of the recovery phase after part 3B with these servers.
fn recovery_failure(manners: &[Manner]) -> Failure {
    lab(manners).recovery_phase(Part::B).expect_err("it fails")
}

#[test]
fn after_the_faults_all_must_agree_on_one_command() {
    let failure = recovery_failure(&[accepting(ms(0)), Manner::default(), DEAF]);
    assert_eq!(failure.kind(), Kind::Violation);
    assert_eq!(failure.property().name(), "agreement once the faults stop");
    assert_eq!(failure.facts()[1].text(), "not within 60.000000s");
    assert_eq!(failure.accused(), [], "no single server");
}

#[test]
fn part_3a_demands_only_a_leader() {
    let mut lab = lab(&[DEAF; 3]);
    assert_eq!(lab.recovery_phase(Part::A), Ok(()));
    assert_eq!(asked(&mut lab), []);
}

#[test]
fn after_the_faults_the_logs_that_can_be_seen_agree() {
    let shows = |shows| Manner { shows, ..accepting(ms(0)) };
    assert_eq!(lab(&[shows(Some(1)), shows(None), shows(Some(1))]).recovery_phase(Part::B), Ok(()));
    let failure = recovery_failure(&[shows(Some(1)), shows(None), shows(Some(2))]);
    let logs_agree = Property::new("all logs agree once the faults stop");
    let facts = [
        Fact::new("n1's log has 1@1").by(n(1)).entry(1),
        Fact::new("n3's log has 1@2").by(n(3)).entry(1),
    ];
    assert_eq!(failure, Failure::violation(logs_agree, failure.time(), facts));
}
