//! The jitter makes seeds differ: over 10,000 of them, how the first leader comes about.

use std::collections::{BTreeMap, BTreeSet};

use raftsim_node::{Duration, NodeId, Role, Status, Term};
use raftsim_raft::Raft;
use raftsim_sim::{RecordOf, Recording, Setup, What};
use sim_scenarios::Lab;

const SEEDS: u64 = 10_000;

/// A record without its time: who, what kind, whom it names.
type Step = (Option<NodeId>, &'static str, Option<NodeId>);

fn step(record: &RecordOf<Raft>) -> Step {
    let (kind, peer) = match record.what {
        What::Booted(_) => ("boot", None),
        What::Timeout => ("timeout", None),
        What::Received { from, .. } => ("receive", Some(from)),
        What::Missed { from, .. } => ("miss", Some(from)),
        What::Became(_) => ("become", None),
        What::Persisted { .. } => ("persist", None),
        What::Sent { to, .. } => ("send", Some(to)),
        What::Settled => ("settle", None),
        ref other => panic!("an election without faults does not show {other:?}"),
    };
    (record.node, kind, peer)
}

/// The servers' records of the beginning of a run of `initial_election_3a`, notes apart.
fn recorded(seed: u64) -> Vec<RecordOf<Raft>> {
    let mut setup = Setup::new("initial_election_3a", seed, 3);
    setup.recording = Recording::On;
    let mut lab = Lab::<Raft>::new(setup).expect("our Raft is born well");
    // The scenario's first two lines: by then somebody leads, and all know it.
    lab.check_one_leader().expect("our Raft elects a leader");
    lab.sleep(Duration::from_millis(50)).expect("our Raft breaks nothing");
    let mut records = lab.world().take_records();
    records.retain(|record| record.node.is_some() && !matches!(record.what, What::Noted(_)));
    records
}

/// The records up to that by which so many servers have learnt who leads; the leader is the first.
fn until_known_to(servers: usize, records: &[RecordOf<Raft>]) -> &[RecordOf<Raft>] {
    let knows = |record: &&RecordOf<Raft>| {
        matches!(record.what, What::Became(Status { leader: Some(_), .. }))
    };
    let mut learnt = records.iter().enumerate().filter(|(_, record)| knows(record));
    let (last, _) = learnt.nth(servers - 1).expect("all learn of the leader");
    &records[..=last]
}

/// Whether two servers stood in one term.
fn is_contested(records: &[RecordOf<Raft>]) -> bool {
    let mut candidates: BTreeMap<Term, BTreeSet<NodeId>> = BTreeMap::new();
    for record in records {
        if let What::Became(Status { role: Role::Candidate, term, .. }) = record.what {
            candidates.entry(term).or_default().extend(record.node);
        }
    }
    candidates.values().any(|nodes| nodes.len() > 1)
}

/// Without a rival, six orders of boots, three candidates, and six orders in which the two others
/// and their answers may come before the second vote makes a leader.
const UNCONTESTED: usize = 6 * 3 * 6;

#[test]
fn ten_thousand_seeds_show_every_order_of_a_first_election_and_some_rivals() {
    let mut orders: [BTreeSet<Vec<Step>>; 3] = Default::default();
    let mut contested = 0;
    let [uncontested, won, known] = &mut orders;
    for seed in 0..SEEDS {
        let records = recorded(seed);
        let election = until_known_to(1, &records);
        let order: Vec<Step> = election.iter().map(step).collect();
        if is_contested(election) {
            contested += 1;
        } else {
            uncontested.insert(order.clone());
        }
        won.insert(order);
        known.insert(until_known_to(3, &records).iter().map(step).collect());
    }
    let [uncontested, won, known] = orders.map(|orders| orders.len());
    println!("{won} orders until somebody leads, {known} until all know; {contested} contested");
    assert_eq!(uncontested, UNCONTESTED);
    assert!(contested >= 1, "no first election was contested");
    assert!(won > UNCONTESTED, "rivals change nothing in the order of events");
    assert!(known >= 200, "only {known} orders until all know who leads");
}
