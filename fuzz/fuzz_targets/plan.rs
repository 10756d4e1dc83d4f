//! The parser of plan files: arbitrary text is a plan or an error, never a panic, and a plan prints
//! as text that is read as an equal plan.

#![no_main]

use libfuzzer_sys::fuzz_target;
use raftsim_plan::Plan;

fuzz_target!(|text: &str| {
    let Ok(plan) = text.parse::<Plan>() else { return };
    let printed = plan.to_string();
    match printed.parse::<Plan>() {
        Ok(again) => assert_eq!(again, plan, "as printed:\n{printed}"),
        Err(error) => panic!("{error}, as printed:\n{printed}"),
    }
});
