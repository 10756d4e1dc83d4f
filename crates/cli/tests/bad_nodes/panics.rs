//! Nodes that panic.

use raftsim::{Boot, Time};

use crate::trick::{Act, Trick};

pub(crate) struct InStep;

impl Trick for InStep {
    fn timeout(boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        panic!("{} is tired", boot.id)
    }
}

pub(crate) struct AtBoot;

impl Trick for AtBoot {
    fn boot() {
        panic!("no disk in drive A")
    }

    fn timeout(_boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        vec![]
    }
}
