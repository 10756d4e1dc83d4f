//! A replay that follows a recorded run record by record shows oracles what the run's own cluster
//! showed.

use proptest::prelude::*;
use raftsim_node::{Node, NodeId};
use raftsim_sim::{
    Cluster, Failure, LinkSettings, Record, RecordOf, Recording, Replay, Seen, Setup, Watch, What,
    World,
};

use crate::chaos;
use crate::toy::{Act, N1, Put, Toy, booted, ms, setup, tell};

/// What a cluster shows of each server and each link, one line each.
fn shown(cluster: &Cluster<Toy>) -> Vec<String> {
    let server = |node: NodeId| {
        let life = (cluster.is_up(node), cluster.life(node), cluster.status(node));
        let disk = (cluster.durable(node), cluster.disk(node), cluster.booted_from(node));
        let ails = (cluster.is_paused(node), cluster.disk_latency(node), cluster.clock_rate(node));
        let marks = (cluster.is_connected(node), cluster.requests(node), cluster.claims(node));
        format!("{node} {life:?} {disk:?} {ails:?} {marks:?}")
    };
    let link = |from: NodeId, to: NodeId| {
        let is_blocked = cluster.is_blocked(from, to);
        let (settings, handed) = (cluster.link_settings(from, to), cluster.handed(from, to));
        format!("{from}>{to} {is_blocked} {handed} {settings}")
    };
    let world = format!("{} {}", cluster.now(), cluster.was_disturbed());
    let pairs = cluster.ids().flat_map(|from| cluster.ids().map(move |to| (from, to)));
    let links = pairs.map(|(from, to)| link(from, to));
    [world].into_iter().chain(cluster.ids().map(server)).chain(links).collect()
}

/// Which servers do not run their code, and which have a list that waits. A replay cannot show that
/// within a list that is resumed: it is compared between events.
fn at_rest(cluster: &Cluster<Toy>) -> Vec<(bool, bool)> {
    cluster.ids().map(|node| (cluster.is_suspended(node), cluster.is_busy(node))).collect()
}

/// Whether a record is made between two events of servers.
fn is_between<M, W, B, F, T>(what: &What<M, W, B, F, T>) -> bool {
    matches!(what, What::Fault(_) | What::Marked { .. })
}

/// What the cluster showed at each record: [`shown`], and [`at_rest`] between events.
#[derive(Default)]
struct Seer(Vec<Sight>);

type Sight = (Vec<String>, Vec<(bool, bool)>);

impl Watch<Toy> for Seer {
    fn observe(
        &mut self,
        cluster: &Cluster<Toy>,
        record: &Record<Seen<'_, Toy>>,
    ) -> Result<(), Failure> {
        let rest = if is_between(&record.what) { at_rest(cluster) } else { vec![] };
        self.0.push((shown(cluster), rest));
        Ok(())
    }
}

/// What a replay shows at each of a run's records.
fn replayed(
    configs: Vec<<Toy as Node>::Config>,
    network: LinkSettings,
    records: &[RecordOf<Toy>],
) -> Seer {
    let mut replay = Replay::<Toy>::new(configs, network, None);
    let mut seer = Seer::default();
    for record in records {
        replay.follow(record);
        seer.observe(replay.cluster(), &record.as_seen()).expect("it only looks");
    }
    seer
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn at_each_record_a_replay_shows_what_the_run_showed(
        seed in any::<u64>(),
        servers in 1..=4_u8,
        verbs in chaos::verbs(),
    ) {
        let setup = Setup { recording: Recording::On, ..chaos::setup(seed, servers) };
        let (configs, network) = (setup.configs.clone(), setup.network);
        let mut world = World::new(setup, Seer::default()).expect("a toy's disk can be made");
        chaos::play(&mut world, &verbs).expect("chatter breaks no contract");
        world.mark("end", None, 0).expect("no watch reads it");
        let records = world.trace().records();
        let replayed = replayed(configs, network, records);
        for (place, record) in records.iter().enumerate() {
            prop_assert_eq!(&replayed.0[place], &world.watch().0[place], "{:?}", record);
        }
    }
}

#[test]
fn a_replay_lets_time_pass_and_runs_no_node() -> Result<(), Failure> {
    let setup = setup(2);
    let (configs, network) = (setup.configs.clone(), setup.network);
    let counts: Vec<_> = configs.iter().map(|script| script.counts.clone()).collect();
    let mut world = booted(setup);
    tell(&mut world, N1, vec![Act::Persist(Put::Number(4))])?;
    let before: Vec<_> = counts.iter().map(|it| it.read()).collect();
    let mut replay = Replay::<Toy>::new(configs, network, None);
    world.trace().records().iter().for_each(|record| replay.follow(record));
    assert_eq!(replay.cluster().now(), world.now());
    assert_eq!(replay.cluster().disk(N1).numbers, [4]);
    let later = world.now() + ms(7);
    replay.wait_until(later);
    assert_eq!(replay.cluster().now(), later);
    drop(replay);
    assert_eq!(counts.iter().map(|it| it.read()).collect::<Vec<_>>(), before);
    Ok(())
}
