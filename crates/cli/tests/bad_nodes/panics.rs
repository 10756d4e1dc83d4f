//! Nodes that panic.

use raftsim::{Boot, Time};

use crate::trick::{Act, Trick};

pub(crate) struct InStep;

impl Trick for InStep {
    fn timeout(boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        panic!("{} is tired", boot.id)
    }
}

/// Its message would color a terminal red.
pub(crate) struct InColor;

impl Trick for InColor {
    fn timeout(boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        panic!("\x1b[31mred\x1b[0m\u{202e}\n{} is tired", boot.id)
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
