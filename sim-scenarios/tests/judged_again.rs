//! Recorded runs, judged again by their records alone: the trace says everything that oracles read.

use raftsim_node::Node;
use raftsim_oracles::{Oracles, judge};
use raftsim_raft::Raft;
use raftsim_sim::{
    Delays, Failure, LinkSettings, Property, RecordOf, Recording, Setup, What, property,
};
use raftsim_specimens::Control;
use raftsim_specimens::mutant::Config;
use sim_scenarios::{Lab, SCENARIOS, ScenarioInfo, scenario};

use crate::support::config_for;

/// A run, as it was judged while it ran, and again.
struct Judged<N: Node> {
    verdict: Result<(), Failure>,
    oracles: Oracles,
    again: (Oracles, Result<(), Failure>),
    records: Vec<RecordOf<N>>,
}

fn setup<N: Node>(info: &ScenarioInfo, seed: u64, config: &N::Config) -> Setup<N> {
    let mut setup = Setup::new(info.name, seed, info.servers);
    setup.configs.fill(config.clone());
    setup.network = LinkSettings::labrpc(info.unreliable, false, true);
    setup.recording = Recording::On;
    // Every record is judged again; a mutant's run may have millions.
    setup.caps.records = usize::MAX;
    setup
}

fn judged<N: Node>(name: &str, seed: u64, config: &N::Config) -> Judged<N> {
    judged_far(name, seed, config, None)
}

/// The same where messages take these delays.
fn judged_far<N: Node>(
    name: &str,
    seed: u64,
    config: &N::Config,
    delays: Option<Delays>,
) -> Judged<N> {
    raftsim_sim::prepare_process();
    let scenario = scenario::<N>(name).expect("a scenario of the registry");
    let mut setup = setup(scenario.info(), seed, config);
    setup.delays.clone_from(&delays);
    let (configs, network) = (setup.configs.clone(), setup.network);
    let lab = if scenario.info().snapshots { Lab::with_snapshots(setup) } else { Lab::new(setup) };
    let mut lab = lab.expect("its servers are set up well");
    let mut verdict = scenario.play(&mut lab);
    if verdict.is_ok() {
        verdict = lab.recovery_phase(scenario.info().part);
    }
    let verdict = verdict.and_then(|()| lab.world().finish());
    let end = lab.world().now();
    let oracles = lab.world().watch().oracles().cloned().expect("every oracle looks on");
    let records = lab.world().take_records();
    let again = judge::<N>(configs, network, delays, &records, end);
    Judged { verdict, oracles, again, records }
}

fn assert_same<N: Node>(run: &Judged<N>, what: &str) {
    let (oracles, again) = &run.again;
    assert_eq!(oracles.judged(), run.oracles.judged(), "{what}");
    match again {
        Err(failure) => assert_eq!(Err(failure), run.verdict.as_ref(), "{what}"),
        Ok(()) => assert!(!is_an_oracles(&run.verdict), "{what}: {:?}", run.verdict),
    }
}

/// Whether a verdict is that of an oracle, and not of the lab, a service or the recovery phase.
fn is_an_oracles(verdict: &Result<(), Failure>) -> bool {
    const ORACLES: [Property; 13] = [
        property::ELECTION_SAFETY,
        property::ONE_VOTE_PER_TERM,
        property::PROMISES_ARE_DURABLE,
        property::TERMS_NEVER_GO_BACK,
        property::LEADER_HAS_MAJORITY,
        property::LEADER_LIVENESS,
        property::LOG_MATCHING,
        property::LEADER_APPEND_ONLY,
        property::LEADER_COMPLETENESS,
        property::STATE_MACHINE_SAFETY,
        property::COMMIT_NEVER_GOES_BACK,
        property::COMMITTED_ON_MAJORITY,
        property::SNAPSHOT_WAS_TAKEN,
    ];
    verdict.as_ref().is_err_and(|failure| ORACLES.contains(&failure.property()))
}

#[test]
fn every_scenario_on_our_raft_is_judged_alike_from_its_records() {
    for info in SCENARIOS {
        let run = judged::<Raft>(info.name, 7, &config_for(info.name));
        assert_eq!(run.verdict, Ok(()), "{}", info.name);
        assert_same(&run, info.name);
    }
}

#[test]
fn a_run_with_delays_is_judged_alike_from_its_records() {
    // The oracle of leader liveness judges only while messages are prompt.
    let judges = |far: &str| {
        let delays =
            Delays::read(&format!("- {far} {far}\n{far} - {far}\n{far} {far} -")).expect("delays");
        let run = judged_far::<Raft>(
            "snapshot_basic_3d",
            7,
            &config_for("snapshot_basic_3d"),
            Some(delays),
        );
        assert_same(&run, far);
        let mut judged = run.again.0.judged().iter();
        judged.find(|(property, _)| *property == property::LEADER_LIVENESS).map(|(_, times)| times)
    };
    assert!(judges("49ms") > Some(0));
    assert_eq!(judges("51ms"), Some(0));
}

#[test]
fn runs_that_an_oracle_fails_are_failed_alike_from_their_records() {
    let scenarios = ["figure_8_unreliable_3c", "persist2_3c", "snapshot_install_crash_3d"];
    let mut properties = std::collections::BTreeSet::new();
    for mutation in raftsim_specimens::mutant::MUTATIONS.iter().map(|info| info.mutation) {
        let config = Config::of(mutation);
        for name in scenarios {
            let run = judged::<Control>(name, 3, &config);
            assert_same(&run, &format!("{name} with {mutation}"));
            if let (true, Err(failure)) = (is_an_oracles(&run.verdict), &run.verdict) {
                properties.insert(failure.property());
            }
        }
    }
    assert!(properties.len() >= 6, "oracles failed some of these runs: {properties:?}");
}

type LeftOut = fn(&RecordOf<Raft>) -> bool;

#[test]
fn what_is_left_out_of_the_records_is_missed() {
    let run = judged::<Raft>("figure_8_3c", 7, &raftsim_raft::Config::default());
    let info = SCENARIOS.iter().find(|info| info.name == "figure_8_3c").expect("it is there");
    let setup = setup::<Raft>(info, 7, &raftsim_raft::Config::default());
    let mut missed = vec![];
    let kinds: [(&str, LeftOut); 5] = [
        ("settled", |record| matches!(record.what, What::Settled)),
        ("became", |record| matches!(record.what, What::Became(_))),
        ("persisted", |record| matches!(record.what, What::Persisted { .. })),
        ("crashed", |record| matches!(record.what, What::Crashed)),
        ("sent", |record| matches!(record.what, What::Sent { .. })),
    ];
    for (name, is_left_out) in kinds {
        let mut records = run.records.clone();
        records.retain(|record| !is_left_out(record));
        let end = records.last().expect("some are left").time;
        let (oracles, verdict) =
            judge::<Raft>(setup.configs.clone(), setup.network, None, &records, end);
        if verdict.is_err() || oracles.judged() != run.oracles.judged() {
            missed.push(name);
        }
    }
    assert_eq!(missed, ["settled", "became", "persisted", "crashed", "sent"]);
}
