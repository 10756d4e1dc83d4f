//! Scenarios and invariants of a user's own, and plans that are kept: they are run, judged, shrunk
//! and reported as what is built in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use raftsim_explore::{Player as _, Quiet, Runner as _, shrink};
use raftsim_node::{Duration, Event, Node, NodeId, Term, Time};
use raftsim_plan::{Conditions, Expect, Plan, Target};
use raftsim_raft::{Config, Raft};
use raftsim_sim::{
    Client, Cluster, Fact, Failure, Kind, LinkSettings, Property, Record, Recording, Seen, Stream,
    Wake, Watch, What, World,
};
use raftsim_testkit::{Tweak, Tweaked};
use sim_scenarios::kept::{Outcome, plans_in};
use sim_scenarios::testing::{fuzz_node, in_child, play_kept, sweep_own};
use sim_scenarios::{Checks, Judges, Lab, NodePlayer, NodeRunner, Part, Scenario, Suite, site};

use crate::red::{is_red, report_of};
use crate::support::{on_raft, panic_of, shown};

/// An invariant that our Raft breaks as soon as it elects a second leader.
const FIRST_TERM: Property = Property::new("the first term lasts");

/// What a user registers: all scenarios hold on our Raft.
fn suite() -> Suite<Raft> {
    Suite::new()
        .scenario(Scenario::new(
            "cut_off_and_back",
            Part::A,
            "a follower returns",
            cut_off_and_back,
        ))
        .scenario(Scenario::new("five_agree", Part::B, "five agree", five_agree).servers(5))
}

/// The same with an invariant that holds.
fn watched() -> Suite<Raft> {
    suite().invariant(Property::new("few terms"), || Terms(1_000))
}

/// The same with an invariant that does not hold.
fn strict() -> Suite<Raft> {
    suite().invariant(FIRST_TERM, || Terms(1)).scenario(asserts())
}

fn asserts() -> Scenario<Raft> {
    Scenario::new("asserts", Part::A, "a leader is elected only once", |lab| {
        let leader = lab.check_one_leader()?;
        lab.disconnect(leader)?;
        let others = lab.others(leader);
        let (_, term) = lab.elected(&others, 1)?;
        assert_eq!(term, 1, "a second term");
        Ok(())
    })
}

fn cut_off_and_back(lab: &mut Lab<Raft>) -> Result<(), Failure> {
    let leader = lab.check_one_leader()?;
    let follower = lab.next(leader, 1);
    lab.disconnect(follower)?;
    lab.sleep(Duration::from_secs(1))?;
    lab.connect(follower)?;
    lab.check_one_leader().map(drop)
}

fn five_agree(lab: &mut Lab<Raft>) -> Result<(), Failure> {
    lab.one_more(5).map(drop)
}

/// No server is in a term above this one.
struct Terms(Term);

impl Watch<Raft> for Terms {
    fn observe(
        &mut self,
        cluster: &Cluster<Raft>,
        record: &Record<Seen<'_, Raft>>,
    ) -> Result<(), Failure> {
        let (What::Settled, Some(node)) = (&record.what, record.node) else { return Ok(()) };
        match cluster.status(node).map(|status| status.term) {
            Some(term) if term > self.0 => Err(above(self.0, node, term, cluster.now())),
            Some(_) | None => Ok(()),
        }
    }
}

fn above(most: Term, node: NodeId, term: Term, now: Time) -> Failure {
    let second = Fact::new(format!("{node} is in term {term}")).by(node);
    // The suite says which property it is.
    let property = Property::new("some name");
    Failure::violation(property, now, [Fact::new(format!("no term is above {most}")), second])
}

mod made {
    use super::{Raft, suite, watched};

    sim_scenarios::labs!(Raft, with suite, [cut_off_and_back, five_agree]);
    sim_scenarios::fuzz!(Raft, 3A, with watched);
    sim_scenarios::regressions!(Raft, "regressions", with watched);
}

fn player(suite: Suite<Raft>) -> NodePlayer<Raft> {
    raftsim_sim::prepare_process();
    NodePlayer::new(Config::default()).with_suite(suite)
}

fn runner(name: &str, suite: Suite<Raft>) -> NodeRunner<Raft> {
    raftsim_sim::prepare_process();
    player(suite).runner(name).expect("it is there")
}

/// The plan that is a seed of a scenario.
fn plan_of(name: &str, seed: u64) -> Plan {
    let target =
        Target::Scenario { name: name.to_owned(), calm: true, conditions: Conditions::default() };
    let expect = Expect::Guards("every property".to_owned());
    let (digest, closed, fates) = (None, false, BTreeMap::default());
    Plan { expect, node: "raft".to_owned(), seed, digest, closed, target, fates }
}

/// A plan with a second election.
const SECOND_TERM: &str = r#"guards = "Election Safety"
node = "raft"
seed = 1
servers = 3
network = "reliable"
demands = "leader"
length = "3.000s"
ending = "none"
steps = ["1.500s isolate leader"]
"#;

#[test]
fn an_own_scenario_passes_by_seed_and_as_a_plan() {
    for name in ["cut_off_and_back", "five_agree"] {
        let run = runner(name, suite()).run(3, Recording::Off);
        assert_eq!(run.verdict, Ok(()), "{name}");
        let played = player(suite()).play(&plan_of(name, 3), Recording::Off);
        assert_eq!((played.verdict, played.digest), (Ok(()), run.digest), "{name}");
    }
    assert_eq!(runner("five_agree", suite()).run(3, Recording::Off).servers(), 5);
}

#[test]
fn a_panic_of_an_own_scenario_is_a_failure_that_has_its_name() {
    let suite = suite().scenario(asserts());
    let failure = runner("asserts", suite).run(0, Recording::Off).verdict.unwrap_err();
    assert_eq!((failure.property().name(), failure.kind()), ("asserts", Kind::Violation));
    let text = failure.to_string();
    let said = "the scenario's own code comes to its end; but it panicked: assertion `left == right` \
                failed: a second term; left: 2; right: 1 at sim-scenarios/tests/own.rs:";
    assert!(text.contains(said), "{text}");
}

#[test]
fn an_own_scenario_that_fails_shrinks() {
    let player = player(suite().scenario(asserts()));
    let shrunk = shrink(&player, &plan_of("asserts", 0), 2_000, &Quiet).expect("it fails");
    assert_eq!(shrunk.plan.expect, Expect::Breaks("asserts".to_owned()));
    assert_eq!(shrunk.run.verdict.unwrap_err().property().name(), "asserts");
    assert!(shrunk.plan.closed, "nothing is left to chance");
}

#[test]
fn an_invariant_judges_built_in_scenarios_own_ones_and_plans() {
    let broken = |run: raftsim_explore::Run| run.verdict.map_err(|failure| failure.to_string());
    let built_in = broken(runner("reelection_3a", strict()).run(0, Recording::Off)).unwrap_err();
    let expected = "the first term lasts (broken): no term is above 1; but n";
    assert!(built_in.contains(expected), "{built_in}");
    let own = broken(runner("asserts", strict()).run(0, Recording::Off)).unwrap_err();
    assert!(own.contains(expected), "{own}");
    let plan: Plan = SECOND_TERM.parse().unwrap();
    let played = broken(player(strict()).play(&plan, Recording::Off)).unwrap_err();
    assert!(played.contains(expected), "{played}");
    assert_eq!(broken(player(suite()).play(&plan, Recording::Off)), Ok(()));
}

#[test]
fn a_plan_that_breaks_an_invariant_shrinks_to_what_breaks_it() {
    let plan: Plan = SECOND_TERM.parse().unwrap();
    let shrunk = shrink(&player(strict()), &plan, 2_000, &Quiet).expect("it fails");
    assert_eq!(shrunk.plan.expect, Expect::Breaks(FIRST_TERM.name().to_owned()));
    let again: Plan = shrunk.plan.to_string().parse().unwrap();
    assert_eq!(again, shrunk.plan);
    let run = player(strict()).play(&again, Recording::Off);
    assert_eq!(Outcome::of(&again.expect, &run), Outcome::StillBreaks);
}

#[test]
fn an_invariant_that_holds_changes_no_run_and_the_lab_s_checks_have_none() {
    let bare = on_raft("reelection_3a").run(5, Recording::Off);
    for recording in [Recording::Off, Recording::On] {
        let run = runner("reelection_3a", watched()).run(5, recording);
        assert_eq!((run.verdict, run.digest), (Ok(()), bare.digest));
        assert_eq!(run.judged, bare.judged);
    }
    let lab = runner("reelection_3a", strict()).with_checks(Checks::Lab);
    assert_eq!(lab.run(5, Recording::Off).verdict, Ok(()));
}

/// What an invariant of these says of the first seed of a scenario.
fn said<W: Watch<Raft>>(watch: fn() -> W) -> String {
    let suite = Suite::new().invariant(Property::new("mine"), watch);
    let run = runner("initial_election_3a", suite).run(0, Recording::Off);
    run.verdict.expect_err("it is broken").to_string()
}

#[test]
fn an_invariant_that_panics_is_broken() {
    struct Panics;
    impl Watch<Raft> for Panics {
        fn observe(
            &mut self,
            _: &Cluster<Raft>,
            record: &Record<Seen<'_, Raft>>,
        ) -> Result<(), Failure> {
            assert!(record.time < Time::from_nanos(1_000_000_000), "it is late");
            Ok(())
        }
    }
    let text = said(|| Panics);
    let judged = "mine (broken): the invariant is judged; but it panicked: it is late at sim-scen";
    assert!(text.contains(judged), "{text}");
}

/// Where an invariant panics, besides `observe`.
enum Nervous {
    Alarm,
    Ring,
    Drop,
}

impl Watch<Raft> for Nervous {
    fn alarm(&self) -> Time {
        match self {
            Self::Alarm => panic!("no alarm"),
            Self::Ring => Time::from_nanos(1_000_000_000),
            Self::Drop => Time::MAX,
        }
    }

    fn ring(&mut self, _: &Cluster<Raft>) -> Result<(), Failure> {
        panic!("no ring")
    }
}

impl Drop for Nervous {
    fn drop(&mut self) {
        assert!(!matches!(self, Self::Drop), "no end");
    }
}

#[test]
fn whatever_code_of_an_invariant_panics_the_invariant_is_broken() {
    let place = " at sim-scenarios/tests/own.rs:";
    for (text, expected) in [
        (
            said(|| Nervous::Alarm),
            "mine (broken): the invariant has an alarm; but it panicked: no alarm",
        ),
        (
            said(|| Nervous::Ring),
            "mine (broken): the invariant is judged; but it panicked: no ring",
        ),
        (
            said(|| -> Nervous { panic!("no watch") }),
            "0.000000s mine (broken): the invariant is made for a run; but it panicked: no watch",
        ),
    ] {
        assert!(text.contains(&format!("{expected}{place}")), "{text}");
    }
    // When it is dropped, the run has its verdict.
    let suite = Suite::new().invariant(Property::new("mine"), || Nervous::Drop);
    assert_eq!(runner("initial_election_3a", suite).run(0, Recording::Off).verdict, Ok(()));
}

/// A scenario that calls a verb wrongly.
fn wrong(body: fn(&mut Lab<Raft>) -> Result<(), Failure>) -> Scenario<Raft> {
    Scenario::new("wrong", Part::A, "it calls a verb wrongly", body)
}

#[test]
fn a_verb_that_a_scenario_calls_wrongly_is_the_scenario_s_failure_at_its_own_place() {
    type Body = fn(&mut Lab<Raft>) -> Result<(), Failure>;
    const N9: NodeId = NodeId::new(9);
    let absent = "there is no server n9: the cluster has 3 servers";
    let calls: [(Body, &str); 16] = [
        (|lab| lab.disconnect(N9), absent),
        (|lab| lab.connect(N9), absent),
        (|lab| lab.crash(N9), absent),
        (|lab| lab.start_server(N9), absent),
        (|lab| lab.restart(N9), absent),
        (|lab| lab.join(NodeId::new(1), N9), absent),
        (|lab| lab.start_any(N9).map(drop), absent),
        (|lab| lab.elected(&[N9], 0).map(drop), absent),
        (|lab| lab.agree(&[N9]), absent),
        (|lab| lab.mend_server(N9), absent),
        (
            |lab| {
                lab.rpc_count(N9);
                Ok(())
            },
            absent,
        ),
        (
            |lab| {
                lab.applied().applied_through(N9);
                Ok(())
            },
            absent,
        ),
        (
            |lab| {
                lab.applied().is_applied_by(&[N9], 1);
                Ok(())
            },
            absent,
        ),
        (|lab| lab.world().partition(&[&[N9]]), absent),
        (
            |lab| {
                lab.the_other(N9, N9);
                Ok(())
            },
            "`the_other` takes two of three servers, not n9 and n9 of 3",
        ),
        (
            |lab| {
                lab.choose_millis(5, 5);
                Ok(())
            },
            "no number of milliseconds is at least 5 and less than 5",
        ),
    ];
    for (body, mistake) in calls {
        let run = runner("wrong", Suite::new().scenario(wrong(body))).run(0, Recording::Off);
        let text = run.verdict.expect_err(mistake).to_string();
        let expected = format!(
            "wrong (broken): the scenario's own code comes to its end; but it \
             panicked: {mistake} at sim-scenarios/tests/own.rs:"
        );
        assert!(text.contains(&expected), "{text}");
    }
}

#[test]
fn an_invariant_that_asks_for_a_server_that_is_not_there_is_broken_at_its_own_place() {
    struct Asks;
    impl Watch<Raft> for Asks {
        fn observe(
            &mut self,
            cluster: &Cluster<Raft>,
            _: &Record<Seen<'_, Raft>>,
        ) -> Result<(), Failure> {
            cluster.status(NodeId::new(9));
            Ok(())
        }
    }
    let text = said(|| Asks);
    let mistake = "mine (broken): the invariant is judged; but it panicked: there is no server n9: the \
                   cluster has 3 servers at sim-scenarios/tests/own.rs:";
    assert!(text.contains(mistake), "{text}");
}

/// A server that panics at its first timeout.
#[derive(Clone, Default)]
struct Faints;

impl Tweak<Raft> for Faints {
    fn hears(&mut self, _: &Raft, event: &Event<<Raft as Node>::Message>) -> bool {
        assert!(!matches!(event, Event::Timeout), "it faints");
        true
    }
}

type Fainting = Tweaked<Raft, Faints>;

#[test]
fn a_panic_of_a_server_s_code_is_the_server_s_also_below_a_user_s_own() {
    struct Looks;
    impl Watch<Fainting> for Looks {}
    let waits = Scenario::new("waits", Part::A, "it waits", |lab: &mut Lab<Fainting>| {
        lab.sleep(Duration::from_secs(5))
    });
    let suite = Suite::new().scenario(waits).invariant(Property::new("mine"), || Looks);
    raftsim_sim::prepare_process();
    let player = NodePlayer::new(Default::default()).with_suite(suite);
    let run = player.runner("waits").expect("it is there").run(0, Recording::Off);
    let failure = run.verdict.expect_err("it faints");
    assert_eq!((failure.property().name(), failure.kind()), ("no panic", Kind::Contract));
    assert_eq!(failure.accused().len(), 1, "{failure}");
}

#[test]
fn a_client_that_panics_after_the_scenario_s_code_is_still_the_scenario_s() {
    struct Late;
    impl Client<World<Raft, Judges<Raft>>> for Late {
        fn wake(
            &mut self,
            world: &mut World<Raft, Judges<Raft>>,
            _: &mut Stream,
        ) -> Result<Wake, Failure> {
            assert_eq!(world.now(), Time::ZERO, "it is late");
            Ok(Wake::At(Time::from_nanos(500_000_000)))
        }
    }
    let leaves = Scenario::new("leaves", Part::A, "it leaves a client", |lab: &mut Lab<Raft>| {
        lab.world().spawn(Late).map(drop)
    });
    let run = runner("leaves", Suite::new().scenario(leaves)).run(0, Recording::Off);
    let text = run.verdict.expect_err("it is late").to_string();
    let start =
        "0.500000s leaves (broken): the scenario's own code comes to its end; but it panicked: ";
    assert!(text.starts_with(start) && text.contains("it is late"), "{text}");
}

#[test]
fn what_a_scenario_does_to_the_settings_of_links_has_no_effect_on_a_network_of_the_user_s() {
    let changes = |lab: &mut Lab<Raft>| {
        let [n1, n2] = [1, 2].map(NodeId::new);
        let before = lab.cluster().link_settings(n1, n2);
        let other = LinkSettings::labrpc(true, true, true);
        lab.set_network(true, true)?;
        lab.world().set_network(other)?;
        lab.world().set_link(n1, n2, other)?;
        assert_eq!(lab.cluster().link_settings(n1, n2), before, "the settings change");
        lab.disconnect(n1)?;
        assert!(lab.cluster().is_blocked(n1, n2), "links can be cut");
        Ok(())
    };
    let scenario = Scenario::new("changes", Part::A, "it changes the network", changes);
    let suite = || Suite::new().scenario(scenario.on_any_network());
    let network = Some(LinkSettings::labrpc(false, false, true));
    let fixed = runner("changes", suite()).under(Conditions { network, ..Conditions::default() });
    assert_eq!(fixed.run(0, Recording::Off).verdict, Ok(()));
    let own = runner("changes", suite()).run(0, Recording::Off).verdict.expect_err("they change");
    assert!(own.to_string().contains("the settings change"), "{own}");
}

/// An invariant with an alarm.
struct Rings {
    alarm: Time,
    next: Time,
    rung: Option<Time>,
}

impl Watch<Raft> for Rings {
    fn observe(
        &mut self,
        cluster: &Cluster<Raft>,
        _: &Record<Seen<'_, Raft>>,
    ) -> Result<(), Failure> {
        match self.rung {
            Some(rung) => {
                let facts = [Fact::new("no alarm rings"), Fact::new(format!("one did at {rung}"))];
                Err(Failure::violation(FIRST_TERM, cluster.now(), facts))
            }
            None => Ok(()),
        }
    }

    fn alarm(&self) -> Time {
        self.alarm
    }

    fn ring(&mut self, cluster: &Cluster<Raft>) -> Result<(), Failure> {
        (self.alarm, self.rung) = (self.next, Some(cluster.now()));
        Ok(())
    }
}

#[test]
fn the_alarm_of_an_invariant_rings_at_its_time() {
    let alarm = Time::from_nanos(1_234_567_000);
    let text =
        said(|| Rings { alarm: Time::from_nanos(1_234_567_000), next: Time::MAX, rung: None });
    let rung = format!("mine (broken): no alarm rings; but one did at {alarm}");
    assert!(text.contains(&rung), "{text}");
}

/// An invariant that looks ten times a second, and fails at this time.
struct Looks {
    next: Time,
    fails: Time,
}

impl Watch<Raft> for Looks {
    fn alarm(&self) -> Time {
        self.next
    }

    fn ring(&mut self, cluster: &Cluster<Raft>) -> Result<(), Failure> {
        let now = cluster.now();
        self.next = now + Duration::from_millis(100);
        if now < self.fails {
            return Ok(());
        }
        Err(Failure::violation(FIRST_TERM, now, ["a rule", "what is seen"].map(Fact::new)))
    }
}

/// The suite with that invariant. Its alarms are at times at which nothing else happens.
fn looking(fails: Time) -> Suite<Raft> {
    let next = Time::from_nanos(100_000_001);
    suite().invariant(Property::new("mine"), move || Looks { next, fails })
}

#[test]
fn the_alarms_of_an_invariant_leave_the_digest_as_those_of_the_oracles_do() {
    let bare = on_raft("reelection_3a").run(5, Recording::Off);
    for recording in [Recording::Off, Recording::On] {
        let run = runner("reelection_3a", looking(Time::MAX)).run(5, recording);
        assert_eq!((run.verdict, run.digest, run.events), (Ok(()), bare.digest, bare.events));
    }
    // A run that an alarm ends is the same run again, by seed and as a plan.
    let fails = || looking(Time::from_nanos(2_000_000_000));
    let first = runner("reelection_3a", fails()).run(5, Recording::Off);
    let failure = first.verdict.expect_err("it fails");
    assert_eq!(
        (failure.property().name(), failure.time()),
        ("mine", Time::from_nanos(2_000_000_001))
    );
    assert_ne!(first.digest, bare.digest, "it is shorter");
    let plan = plan_of("reelection_3a", 5);
    for recording in [Recording::Off, Recording::On] {
        for run in [
            runner("reelection_3a", fails()).run(5, recording),
            player(fails()).play(&plan, recording),
        ] {
            let again = (run.verdict, run.digest, run.events, run.virtual_time);
            let was = (Err(failure.clone()), first.digest, first.events, first.virtual_time);
            assert_eq!(again, was);
        }
    }
}

#[test]
fn an_alarm_that_is_not_moved_on_is_a_failure() {
    let due = || Time::from_nanos(1_000_000_000);
    let text = said(|| Rings {
        alarm: Time::from_nanos(1_000_000_000),
        next: Time::from_nanos(1_000_000_000),
        rung: None,
    });
    let broken = "mine (broken): `ring` sets a later alarm; but it is still due";
    assert_eq!(text, format!("{} {broken}", due()));
}

#[test]
fn names_that_are_taken_or_are_none_are_refused() {
    let of = |name| Scenario::<Raft>::new(name, Part::A, "it does nothing", |_| Ok(()));
    let scenario = |name| panic_of(|| suite().scenario(of(name)));
    let taken = |name: &str, what: &str| format!("`{name}` is {what}: give yours another name");
    let there = "a scenario of the suite already";
    assert_eq!(scenario("reelection_3a"), taken("reelection_3a", "a built-in scenario"));
    assert_eq!(scenario("one"), taken("one", "a built-in property"));
    assert_eq!(scenario("five_agree"), taken("five_agree", there));
    let both =
        panic_of(|| suite().invariant(Property::new("both"), || Terms(1)).scenario(of("both")));
    assert_eq!(both, taken("both", "an invariant of the suite already"));
    for name in ["", "Five", "five agree", "5_agree", "five-agree"] {
        let why = "should have the name of a test: small letters, digits and `_`";
        assert_eq!(scenario(name), format!("a scenario is named `{name}`, but {why}"));
    }
    let invariant = |name| panic_of(|| strict().invariant(Property::new(name), || Terms(1)));
    for property in ["Election Safety", "one"] {
        assert_eq!(invariant(property), taken(property, "a built-in property"));
    }
    for test in ["backup_3b", "TestBackup3B", "TestBackup2B", "For2023TestFollowerFailure3B"] {
        assert_eq!(invariant(test), taken(test, "a built-in scenario"));
    }
    let name = FIRST_TERM.name();
    assert_eq!(invariant(name), taken(name, "an invariant of the suite already"));
    assert_eq!(invariant("five_agree"), taken("five_agree", there));
    let no_line = "but should have one line of text as name";
    assert_eq!(invariant(""), format!("an invariant is named \"\", {no_line}"));
    assert_eq!(invariant("a\nb"), format!("an invariant is named \"a\\nb\", {no_line}"));
}

#[test]
fn a_scenario_is_described_in_one_line_and_has_servers() {
    let of = |about| Scenario::<Raft>::new("five", Part::A, about, |_| Ok(()));
    let long = "x".repeat(101);
    for about in ["", " ", "a\nb", "a\tb", &*long.clone().leak()] {
        let line = "but should be by one line of up to 100 characters";
        let expected = format!("the scenario `five` is described by {about:?}, {line}");
        assert_eq!(panic_of(|| suite().scenario(of(about))), expected);
    }
    drop(suite().scenario(of(&long.leak()[1..])));
    let none = panic_of(|| of("it has none").servers(0));
    assert_eq!(none, "the scenario `five` has 0 servers, but should have 1 to 255");
    for least in [0, 4] {
        let from = panic_of(|| suite().scenario(of("it has three").any_from(least)));
        let own = "the scenario `five` has 3 servers, and so runs with any number from 1 to 3 on";
        assert_eq!(from, format!("{own}, not from {least}"));
    }
}

#[test]
fn a_scenario_of_255_servers_runs() {
    let crowd = Scenario::new("crowd", Part::A, "a leader of 255", |lab: &mut Lab<Raft>| {
        lab.check_one_leader().map(drop)
    });
    let run = runner("crowd", watched().scenario(crowd.servers(255))).run(1, Recording::Off);
    assert_eq!((run.verdict.clone(), run.servers()), (Ok(()), 255));
    let played =
        player(watched().scenario(crowd.servers(255))).play(&plan_of("crowd", 1), Recording::Off);
    assert_eq!((played.verdict, played.digest), (Ok(()), run.digest));
}

#[test]
fn the_list_of_tests_is_that_of_the_suite() {
    let site = || site!("none");
    let of = |name, tests: &[&str]| panic_of(|| sweep_own::<Raft>(site(), suite(), name, tests));
    let unlisted =
        "the suite has the scenario `five_agree`, but `labs!` does not list it: add its name";
    assert_eq!(of("cut_off_and_back", &["cut_off_and_back"]), unlisted);
    let unknown = "`labs!` lists `five`, but no scenario of the suite is named so; it has: \
                   cut_off_and_back, five_agree";
    assert_eq!(of("five", &["five"]), unknown);
}

#[test]
fn a_red_test_of_an_own_scenario_says_what_one_of_a_built_in_scenario_says() {
    const NAME: &str = "a_red_test_of_an_own_scenario_says_what_one_of_a_built_in_scenario_says";
    if is_red() {
        return in_child(
            site!("a_red_test_of_an_own_scenario_says_what_one_of_a_built_in_scenario_says"),
            |site| {
                let suite = suite().scenario(asserts());
                let names = ["cut_off_and_back", "five_agree", "asserts"];
                sweep_own::<Raft>(site, suite, "asserts", &names);
            },
        );
    }
    let report = report_of(&format!("own::{NAME}"), &[]);
    for line in [
        "asserts fails at seed 0, with 3 servers\n",
        " asserts (broken): the scenario's own code comes to its end; but it panicked: ",
        "\nthe servers then:\n  server  role",
        "\nthe last faults, roles and checks:\n",
        "isolate",
    ] {
        assert!(report.contains(line), "no {line:?} in {report}");
    }
    let line = format!(
        "replay it: RAFTSIM_SEED=0 cargo test -p sim-scenarios --test main own::{NAME} -- "
    );
    assert!(report.contains(&line), "{report}");
}

#[test]
fn a_plan_of_fuzz_that_breaks_an_invariant_is_shrunk_and_kept() {
    const NAME: &str = "a_plan_of_fuzz_that_breaks_an_invariant_is_shrunk_and_kept";
    let folder = Folder::of("own-fuzz");
    if is_red() {
        return in_child(
            site!("a_plan_of_fuzz_that_breaks_an_invariant_is_shrunk_and_kept"),
            |site| {
                let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/own-fuzz");
                fuzz_node::<Raft>(site, Part::A, folder, strict());
            },
        );
    }
    let report = report_of(&format!("own::{NAME}"), &[]);
    assert!(report.contains("a plan fails: "), "{report}");
    assert!(
        report.contains(" the first term lasts (broken): no term is above 1; but n"),
        "{report}"
    );
    let kept = folder.read(&format!("raft-main-own-{NAME}.toml"));
    assert!(kept.starts_with("breaks = \"the first term lasts\"\n"), "{kept}");
    drop(fs::remove_dir_all(&folder.0));
}

/// A folder of a test's own. The process that is red has it, too.
struct Folder(PathBuf);

impl Folder {
    fn of(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).expect("a folder can be made");
        Self(folder)
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).expect("it can be written");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).expect(file)
    }
}

const KEPT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/own-kept");

#[test]
fn kept_plans_are_listed_and_red_ones_reported_as_those_of_fuzz() {
    const NAME: &str = "kept_plans_are_listed_and_red_ones_reported_as_those_of_fuzz";
    if is_red() {
        return in_child(
            site!("kept_plans_are_listed_and_red_ones_reported_as_those_of_fuzz"),
            |site| {
                play_kept::<Raft>(site, KEPT, strict());
            },
        );
    }
    let folder = Folder::of("own-kept");
    let breaks = |name: &str| {
        SECOND_TERM.replace("guards = \"Election Safety\"", &format!("breaks = \"{name}\""))
    };
    folder.write("fails.toml", SECOND_TERM);
    folder.write("holds.toml", &SECOND_TERM.replace("1.500s isolate leader", "1.500s heal"));
    folder.write("other.toml", &breaks("Election Safety"));
    folder.write("passes.toml", &breaks("one").replace("1.500s isolate leader", "1.500s heal"));
    folder.write("still.toml", &breaks(FIRST_TERM.name()));
    folder.write("unreadable.toml", "guards = 1\n");
    folder
        .write("unknown.toml", "guards = \"a\"\nnode = \"raft\"\nseed = 1\nscenario = \"none\"\n");
    folder.write("no plan.txt", "");
    let report = report_of(&format!("own::{NAME}"), &[]);
    let line = |file: &str, says: &str| {
        let start = format!("{}/{file}: {says}", shown(KEPT));
        assert!(report.lines().any(|line| line.starts_with(&start)), "no {start:?} in {report}");
    };
    line("fails.toml", "FAIL: 1.");
    line("holds.toml", "holds");
    line("other.toml", "FAIL: it is kept because it breaks `Election Safety`; now 1.");
    line(
        "passes.toml",
        "passes, and no longer breaks `one`: it can become a plan that `guards` it",
    );
    line("still.toml", "still breaks `the first term lasts`");
    line("unreadable.toml", "line 1: ");
    line("unknown.toml", "line 4: no scenario is named `none`");
    assert!(report.contains("4 of 7 plans: a plan fails: 1."), "{report}");
    assert!(report.contains("own-kept/fails.toml to guard `Election Safety`:\n"), "{report}");
    assert!(report.contains("\nthe servers then:\n"), "{report}");
    let file = format!("{}/fails.toml", shown(KEPT));
    let again =
        format!("replay it: RAFTSIM_PLAN={file} cargo test -p sim-scenarios --test main own");
    assert!(report.contains(&again), "{report}");
    let one = report_of(&format!("own::{NAME}"), &[("RAFTSIM_PLAN", &file)]);
    assert!(one.contains("        time    n1"), "{one}");
    assert!(one.contains("the plan fails: ") && !one.contains("holds.toml"), "{one}");
    fs::remove_dir_all(&folder.0).expect("this test made it");
}

const SIZED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/own-sized");

#[test]
fn a_kept_plan_is_played_on_its_servers_and_its_network_or_refused() {
    const NAME: &str = "a_kept_plan_is_played_on_its_servers_and_its_network_or_refused";
    if is_red() {
        return in_child(
            site!("a_kept_plan_is_played_on_its_servers_and_its_network_or_refused"),
            |site| {
                play_kept::<Raft>(site, SIZED, strict());
            },
        );
    }
    let kept = Folder::of("own-sized");
    let plan = |scenario: &str, conditions: &str, fate: &str| {
        format!(
            "breaks = \"{FIRST_TERM}\"\nnode = \"raft\"\nseed = 1\nscenario = \"{scenario}\"\n\
             {conditions}\nfates = [\n  \"{fate}\",\n]\n"
        )
    };
    let (five, slow) = ("servers = 5", "network = \"latency 0.004s..0.009s\"");
    let both = format!("{five}\n{slow}");
    kept.write("both.toml", &plan("reelection_3a", &both, "n1>n5#99999 lost"));
    kept.write("claim.toml", &plan("asks_before_standing_3b", "", "n1>n2#0 lost"));
    kept.write("far.toml", &plan("reelection_3a", &both, "n1>n6#0 lost"));
    kept.write("few.toml", &plan("reelection_3a", "servers = 2", "n1>n2#0 lost"));
    kept.write("fixed.toml", &plan("five_agree", "servers = 4", "n1>n2#0 lost"));
    kept.write("network.toml", &plan("stale_heartbeats_3a", slow, "n1>n2#0 lost"));
    let report = report_of(&format!("own::{NAME}"), &[]);
    let folder = shown(SIZED);
    for (file, says) in [
        ("both.toml", "still breaks `the first term lasts` (no effect: 1 line of the plan)"),
        ("claim.toml", "line 4: raft does not make the claim that asks_before_standing_3b checks"),
        ("far.toml", "line 8: expected a server up to n5, not `n6`"),
        ("few.toml", "line 5: reelection_3a needs 3 servers or more, not 2"),
        (
            "fixed.toml",
            "line 5: five_agree always has 5 servers: it was registered without `any_from`",
        ),
        (
            "network.toml",
            "line 5: stale_heartbeats_3a always has its own network: it depends on when messages \
             arrive",
        ),
    ] {
        let line = format!("{folder}/{file}: {says}");
        assert!(report.lines().any(|it| it == line), "no {line:?} in {report}");
    }
    let alone = |name: &str| {
        let path = format!("{SIZED}/{name}");
        (report_of(&format!("own::{NAME}"), &[("RAFTSIM_PLAN", &path)]), path)
    };
    let (played, _) = alone("both.toml");
    let heading =
        played.lines().find(|line| line.trim_start().starts_with("time ")).expect(&played);
    assert!(heading.ends_with(" n5"), "{heading}");
    let run = player(strict()).runner("reelection_3a").expect("it is built in");
    let network = "latency 0.004s..0.009s".parse().ok();
    let conditions = Conditions { servers: Some(5), network, ..Conditions::default() };
    let failure = run.under(conditions).run(1, Recording::Off).verdict.unwrap_err();
    assert!(played.contains(&format!("the plan fails: {} ", failure.time())), "{played} {failure}");
    let (refused, path) = alone("far.toml");
    let why = format!("RAFTSIM_PLAN={path}: line 8: expected a server up to n5, not `n6`");
    assert!(refused.contains(&why), "{refused}");
    fs::remove_dir_all(&kept.0).expect("this test made it");
}

#[test]
fn a_folder_without_plans_is_an_error_that_says_what_to_do() {
    let folder = Folder::of("own-empty");
    let name = folder.0.display().to_string();
    let hint = "`shrink` and `fuzz` write plans with `-o FILE`";
    let empty = format!(
        "there is no plan in `{name}`, no file that ends in `.toml`: keep one there; {hint}"
    );
    assert_eq!(plans_in(&folder.0), Err(empty.clone()));
    assert_eq!(panic_of(|| play_kept::<Raft>(site!("none"), &name, suite())), empty);
    fs::remove_dir_all(&folder.0).expect("this test made it");
    let missing = format!("there is no folder `{name}`: make it, and keep a plan there; {hint}");
    assert_eq!(plans_in(&folder.0), Err(missing));
}
