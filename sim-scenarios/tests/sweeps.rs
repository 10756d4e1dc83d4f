//! What sweeps of all scenarios on our Raft come to.

use raftsim_check::{CommitIndex, Judged, LogOracles};
use raftsim_explore::Sweep;
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
    // Our Raft has no log yet, nor has any scenario a command, and it tells commit index 0 at every
    // boot: the oracles of the log come last.
    let logs = LogOracles::new(1).judged().len();
    let properties = sum.iter().count();
    for (place, (property, times)) in sum.iter().enumerate() {
        let has_work = place < properties - logs || property == CommitIndex::PROPERTY;
        assert_eq!(times > 0, has_work, "{property} was judged {times} times");
    }
}
