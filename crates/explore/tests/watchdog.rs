//! Runs that take too long are reported.

use std::sync::{Condvar, Mutex};

use raftsim_explore::{Sweep, SweepListener, sweep};
use raftsim_sim::Recording;

use crate::support::{Made, passes, seeds};

/// The seeds that were reported as slow.
#[derive(Default)]
struct Named {
    seeds: Mutex<Vec<u64>>,
    wake: Condvar,
}

impl SweepListener for Named {
    fn slow(&self, seed: u64) {
        self.seeds.lock().unwrap().push(seed);
        self.wake.notify_all();
    }
}

/// Takes the watchdog's ten real seconds: the run ends once it was reported.
#[test]
fn a_run_that_takes_too_long_is_reported_and_no_other_is() {
    let named = Named::default();
    let runner = Made(|seed, _: Recording| {
        if seed == 70 {
            let seeds = named.seeds.lock().unwrap();
            drop(named.wake.wait_while(seeds, |seeds| seeds.is_empty()).unwrap());
        }
        passes(seed)
    });
    let tally = sweep(&runner, &Sweep { jobs: 2, ..seeds(0, 200) }, &named).unwrap();
    assert_eq!((tally.seeds, tally.failed), (200, 0));
    assert_eq!(*named.seeds.lock().unwrap(), [70]);
}
