//! A recorded run without the node's types, as the pages show it.

use raftsim_explore::{Run, Runner, Story};
use raftsim_node::{Node, Time};
use raftsim_raft::Raft;
use raftsim_sim::{Moment, Record, Recording, What};
use raftsim_specimens::Control;
use raftsim_specimens::mutant::{Config, Mutation};

use crate::support::{config_for, n, runner};

fn recorded<N: Node>(name: &str, seed: u64, config: N::Config) -> Run {
    runner::<N>(name, config).run(seed, Recording::On)
}

fn moments(story: &dyn Story) -> Vec<Moment> {
    let mut moments = vec![];
    story.moments(&mut |moment| moments.push(moment));
    moments
}

#[test]
fn the_moments_of_a_run_have_the_texts_of_its_rows() {
    for name in ["unreliable_agree_3c", "snapshot_install_crash_3d", "duplicate_votes_3a"] {
        let run = recorded::<Raft>(name, 1, config_for(name));
        let story = run.story.expect("it was recorded");
        let rows = moments(&*story).into_iter().filter_map(|moment| match moment {
            Moment::Record(Record { what: What::Settled, .. })
            | Moment::Timer(_)
            | Moment::Blocked { .. } => None,
            Moment::Record(record) => Some(record.row()),
        });
        assert_eq!(rows.collect::<Vec<_>>(), story.named_rows(), "{name}");
    }
}

#[test]
fn the_disks_of_a_run_are_those_that_its_writes_leave() {
    let run = recorded::<Raft>("snapshot_install_crash_3d", 1, config_for("backup_3b"));
    let story = run.story.expect("it was recorded");
    // Each server's log, by what its writes show to have changed.
    let mut logs = vec![(1, vec![]); 3];
    let mut writes = 0;
    for moment in moments(&*story) {
        let Moment::Record(Record {
            node: Some(node), what: What::Persisted { write, .. }, ..
        }) = moment
        else {
            continue;
        };
        let disk = write.disk.expect("a disk of ours offers a view");
        let (first, terms) = &mut logs[node.slot()];
        let dropped = usize::try_from(disk.first - *first).expect("a short log");
        terms.drain(..dropped.min(terms.len()));
        *first = disk.first;
        terms.truncate(usize::try_from(disk.from - disk.first).expect("a short log"));
        assert_eq!(disk.first + terms.len() as u64, disk.from, "no entry is left out");
        terms.extend(disk.terms);
        assert!(terms.is_sorted(), "terms never decrease along a log: {terms:?}");
        writes += 1;
    }
    assert!(writes > 100);
    // The recovery phase ends in agreement.
    let ends: Vec<u64> = logs.iter().map(|(first, terms)| first + terms.len() as u64).collect();
    assert_eq!(ends, [ends[0]; 3]);
    assert!(logs.iter().any(|(first, _)| *first > 1), "some log was compacted");
}

#[test]
fn what_the_oracles_know_as_committed_comes_with_the_run() {
    let config = Config::of(Mutation::CommitsEarlierTerms);
    let run = recorded::<Control>("figure_8_directed_3c", 0, config);
    assert!(run.verdict.is_err());
    let story = run.story.expect("it was recorded");
    let known: Vec<_> = story.committed().iter().map(|it| (it.term, it.by)).collect();
    assert_eq!(known, [(Some(1), n(1)), (Some(1), n(2))]);
    let since: Vec<Time> = story.committed().iter().map(|it| it.since).collect();
    assert!(since.is_sorted());
}

#[test]
fn the_events_of_a_run_are_those_that_have_records() {
    let run = recorded::<Raft>("unreliable_agree_3c", 1, config_for("backup_3b"));
    assert_eq!(run.story.expect("it was recorded").events(), run.events);
}
