//! Nodes that end the process in some runs.

use std::process;
use std::thread;

use raftsim::Boot;
use raftsim_raft::Raft;
use raftsim_testkit::Tweak;

/// Whether a server that boots with these settings ends the process: one in a hundred does.
fn is_due(boot: &Boot) -> bool {
    boot.seed.is_multiple_of(100)
}

/// It exits as if all were well.
#[derive(Clone, Default)]
pub(crate) struct Exits;

impl Tweak<Raft> for Exits {
    fn boot(&self, boot: &Boot) -> Boot {
        if is_due(boot) {
            process::exit(0);
        }
        boot.clone()
    }
}

/// It never comes back.
#[derive(Clone, Default)]
pub(crate) struct Hangs;

impl Tweak<Raft> for Hangs {
    fn boot(&self, _: &Boot) -> Boot {
        loop {
            thread::park();
        }
    }
}

/// It calls itself until the stack overflows.
#[derive(Clone, Default)]
pub(crate) struct Overflows;

impl Tweak<Raft> for Overflows {
    fn boot(&self, boot: &Boot) -> Boot {
        if is_due(boot) {
            println!("{}", deep(u64::MAX));
        }
        boot.clone()
    }
}

/// The sum of all numbers up to `number`, by a call for each.
fn deep(number: u64) -> u64 {
    match number {
        0 => 0,
        _ => std::hint::black_box(deep(number - 1)).wrapping_add(number),
    }
}
