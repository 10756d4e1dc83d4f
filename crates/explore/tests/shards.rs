//! Shards divide the seeds of a sweep.

use raftsim_explore::{Shard, Sweep, Tally};

use crate::support::{JOBS, broken, failing, passes, ran, seeds, swept};

#[test]
fn shards_run_every_seed_once_and_their_sizes_differ_by_at_most_one() {
    for (from, count) in [(0, 100), (7, 64), (1, 5), (u64::MAX - 192, 193)] {
        for of in [1, 2, 3, 5, 7] {
            for jobs in JOBS {
                let shards = (1..=of).map(|part| Shard { part, of });
                let shards: Vec<Vec<u64>> = shards
                    .map(|shard| ran(Sweep { shard, jobs, ..seeds(from, count) }))
                    .map(|runs| runs.into_keys().collect())
                    .collect();
                let mut all = shards.concat();
                all.sort_unstable();
                assert_eq!(all, (from..=from + (count - 1)).collect::<Vec<_>>());
                let sizes = || shards.iter().map(Vec::len);
                assert!(sizes().max() <= sizes().min().map(|least| least + 1), "{shards:?}");
            }
        }
    }
}

#[test]
fn a_shard_is_every_n_th_seed() {
    let shard = Shard { part: 2, of: 3 };
    let runs: Vec<u64> = ran(Sweep { shard, ..seeds(10, 10) }).into_keys().collect();
    assert_eq!(runs, [11, 14, 17]);
}

#[test]
fn a_shard_beyond_the_seeds_is_empty() {
    for (part, of) in [(4, 4), (2, 3), (2, u64::MAX), (u64::MAX, u64::MAX)] {
        let options = Sweep { shard: Shard { part, of }, ..seeds(5, 1) };
        assert_eq!(swept(&failing(&[5]), options), Ok(Tally::default()), "{options:?}");
    }
    let first = Sweep { shard: Shard { part: 1, of: u64::MAX }, ..seeds(5, 3) };
    assert_eq!(ran(first).into_keys().collect::<Vec<_>>(), [5]);
}

#[test]
fn shards_that_keep_going_add_up_to_the_whole() {
    let runner = failing(&[3, 64, 65, 190, 191, 199]);
    let count = |shard| {
        let options = Sweep { shard, keep_going: true, jobs: 2, ..seeds(0, 200) };
        let tally = swept(&runner, options).unwrap();
        [tally.seeds, tally.failed, tally.events]
            .map(u128::from)
            .into_iter()
            .chain([tally.virtual_time.as_nanos()])
            .collect::<Vec<_>>()
    };
    let mut sum = vec![0; 4];
    for part in 1..=3 {
        let shard = count(Shard { part, of: 3 });
        sum.iter_mut().zip(shard).for_each(|(sum, part)| *sum += part);
    }
    assert_eq!(sum, count(Shard::WHOLE));
    let events: u64 = (0..200).map(|seed| passes(seed).events).sum();
    assert_eq!(sum[..3], [200, 6, events.into()]);
}

#[test]
fn a_shard_ends_at_its_own_lowest_failing_seed() {
    let runner = failing(&[3, 64, 65, 190]);
    let first = |part| {
        let options = Sweep { shard: Shard { part, of: 3 }, jobs: 4, ..seeds(0, 200) };
        let tally = swept(&runner, options).unwrap();
        (tally.seeds, tally.first_failure)
    };
    let at = |seed| Some((seed, broken("agreement", seed)));
    assert_eq!([first(1), first(2), first(3)], [(2, at(3)), (22, at(64)), (22, at(65))]);
}
