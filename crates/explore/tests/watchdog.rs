//! Runs that take too long are reported, whoever makes them.

use std::sync::{Arc, Condvar, Mutex};

use raftsim_explore::{Quiet, SlowRun, Sweep, SweepListener, sweep, watch_runs};
use raftsim_node::Time;
use raftsim_sim::Recording;

use crate::support::{Made, passes, seeds};

/// The listener of a sweep that has a name.
struct Named;

impl SweepListener for Named {
    fn what(&self) -> String {
        "the slow scenario".to_owned()
    }
}

/// Takes the watchdog's ten real seconds: the run ends once it was reported.
#[test]
fn a_run_that_takes_too_long_is_reported_and_no_other_is() {
    let reported = Arc::new((Mutex::new(vec![]), Condvar::new()));
    let reports = reported.clone();
    watch_runs(move |run| {
        reports.0.lock().unwrap().push(run.clone());
        reports.1.notify_all();
    });
    let (runs, wake) = &*reported;
    let is_reported = |seed| move |runs: &mut Vec<SlowRun>| runs.iter().all(|it| it.seed != seed);
    let runner = Made(|seed, _: Recording| {
        if seed == 70 {
            drop(wake.wait_while(runs.lock().unwrap(), is_reported(70)).unwrap());
        }
        passes(seed)
    });
    let tally = sweep(&runner, &Sweep { jobs: 2, ..seeds(0, 200) }, &Named).unwrap();
    assert_eq!((tally.seeds, tally.failed), (200, 0));
    let what = "the slow scenario".to_owned();
    let slow = SlowRun { what, seed: 70, seconds: 10, virtual_time: Time::ZERO };
    let mine = runs.lock().unwrap().iter().find(|it| it.seed == 70).cloned();
    assert_eq!(mine, Some(slow));
    // A thread that makes no run is not watched: nothing else was reported meanwhile.
    sweep(&runner, &seeds(0, 10), &Quiet).unwrap();
    assert!(runs.lock().unwrap().iter().all(|it| it.what == "the slow scenario"));
}
