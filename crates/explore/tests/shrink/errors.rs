//! A plan that cannot be shrunk is refused, with the reason.

use std::sync::Mutex;

use raftsim_explore::ShrinkError;
use raftsim_plan::Plan;
use raftsim_sim::{Failure, Property};

use super::toy::{Fates, Toy, at, blocks, doing, failing, lost, n, scenario, two_leaders};

fn error(verdict: impl Fn(&Plan, &Fates) -> Result<(), Failure> + Sync) -> ShrinkError {
    Toy::new(lost(3), verdict).shrunk(&doing(blocks(3))).unwrap_err()
}

#[test]
fn a_plan_that_passes_is_refused() {
    let error = error(|_, _| Ok(()));
    assert_eq!(error, ShrinkError::Passes);
    assert_eq!(error.to_string(), "the plan does not fail: there is nothing to shrink");
}

#[test]
fn a_plan_whose_runs_differ_is_refused() {
    let calls = Mutex::new(0);
    let error = error(|_, _| {
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        if *calls == 2 { Ok(()) } else { Err(two_leaders()) }
    });
    assert_eq!(error, ShrinkError::Unsteady { one: Err(two_leaders()), other: Ok(()) });
    let text = "the node is not deterministic: a run failed: 9.999000s election safety (broken): \
                n1 leads; but n2 leads, and played again it passed";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_plan_whose_failure_is_nondeterminism_is_refused() {
    let property = Property::new("the node is not deterministic");
    let unsteady = || Failure::contract(property, at(1), two_leaders().facts().clone());
    let error = error(|_, _| Err(unsteady()));
    assert_eq!(error, ShrinkError::Unsteady { one: Err(unsteady()), other: Err(unsteady()) });
    let text = error.to_string();
    let start = "the node is not deterministic: two runs of the plan differ, though each failed: ";
    assert!(text.starts_with(start), "{text}");
}

#[test]
fn a_plan_whose_recording_differs_is_refused() {
    let calls = Mutex::new(0);
    let toy = Toy::new(vec![], |_, _| {
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        if *calls == 3 { Ok(()) } else { Err(two_leaders()) }
    });
    let error = toy.shrunk(&scenario()).unwrap_err();
    assert_eq!(error, ShrinkError::Unsteady { one: Err(two_leaders()), other: Ok(()) });
}

#[test]
fn a_plan_that_fails_differently_once_it_is_closed_is_refused() {
    let passed = error(|plan, _| if plan.closed { Ok(()) } else { Err(two_leaders()) });
    assert_eq!(passed, ShrinkError::Closing { open: Err(two_leaders()), closed: Ok(()) });
    let other = || failing("log matching", n(1), n(2));
    let differs = error(|plan, _| Err(if plan.closed { other() } else { two_leaders() }));
    assert_eq!(differs, ShrinkError::Closing { open: Err(two_leaders()), closed: Err(other()) });
    let text = "the run failed: 9.999000s election safety (broken): n1 leads; but n2 leads; but in \
                a closed world, with the fate of every message listed, it passed";
    assert_eq!(passed.to_string(), text);
}
