//! What sweeps of all scenarios on our Raft come to.

use raftsim_explore::Sweep;
use raftsim_oracles::Judged;
use sim_scenarios::SCENARIOS;

use crate::support::{many, on_raft, seeds, tally};

#[test]
fn over_all_scenarios_every_oracle_has_something_to_judge() {
    let mut sum = Judged::default();
    for info in SCENARIOS {
        let tally = tally(&on_raft(info.name), &Sweep { jobs: 2, ..seeds(many(info, 200, 100)) });
        assert_eq!(tally.first_failure, None, "{}", info.name);
        sum.add(tally.judged);
    }
    let idle: Vec<_> = sum.iter().filter(|&(_, times)| times == 0).collect();
    assert_eq!(idle, []);
}
