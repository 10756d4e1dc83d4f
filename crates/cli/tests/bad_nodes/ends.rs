//! Nodes that end the process in some runs.

use std::process;
use std::thread;
use std::time::Duration;

use raftsim::{Boot, Claims};
use raftsim_raft::Config;

use crate::near::{Quirk, Restless};

/// Whether a server that boots with these settings ends the process: one in a hundred does.
fn is_due(boot: &Boot) -> bool {
    boot.seed.is_multiple_of(100)
}

/// It exits as if all were well.
pub(crate) struct Exits;

impl Quirk for Exits {
    fn boot(&self, boot: &Boot) -> Boot {
        if is_due(boot) {
            process::exit(0);
        }
        boot.clone()
    }
}

/// Whether the runs are those of the other process that `--twice=process` starts.
#[expect(clippy::disallowed_methods, reason = "what a bad node must not do")]
fn is_elsewhere() -> bool {
    std::env::var_os("RAFTSIM_PRINT_DIGESTS").is_some()
}

/// It ends the other process of `--twice=process`.
pub(crate) struct ExitsElsewhere;

impl Quirk for ExitsElsewhere {
    fn boot(&self, boot: &Boot) -> Boot {
        if is_elsewhere() && is_due(boot) {
            process::exit(3);
        }
        boot.clone()
    }
}

/// In the other process of `--twice=process` it takes its time.
pub(crate) struct SlowElsewhere;

impl Quirk for SlowElsewhere {
    #[expect(clippy::disallowed_methods, reason = "what a bad node must not do")]
    fn boot(&self, boot: &Boot) -> Boot {
        if is_elsewhere() {
            thread::sleep(Duration::from_millis(50));
        }
        boot.clone()
    }
}

/// It is as restless as [`Restless`], so that it misses limits where messages are lost; and it ends
/// the process in some runs.
pub(crate) struct LateAndExits;

impl Quirk for LateAndExits {
    fn config(&self, config: &Config) -> Config {
        Restless.config(config)
    }

    fn claims(&self, claims: Claims) -> Claims {
        Restless.claims(claims)
    }

    fn boot(&self, boot: &Boot) -> Boot {
        if is_due(boot) {
            process::exit(0);
        }
        boot.clone()
    }
}

/// It misses limits as [`LateAndExits`], and takes its time.
pub(crate) struct LateAndSlow;

impl Quirk for LateAndSlow {
    fn config(&self, config: &Config) -> Config {
        Restless.config(config)
    }

    fn claims(&self, claims: Claims) -> Claims {
        Restless.claims(claims)
    }

    #[expect(clippy::disallowed_methods, reason = "what a bad node must not do")]
    fn boot(&self, boot: &Boot) -> Boot {
        thread::sleep(Duration::from_millis(100));
        boot.clone()
    }
}

/// It never comes back.
pub(crate) struct Hangs;

impl Quirk for Hangs {
    fn boot(&self, _: &Boot) -> Boot {
        loop {
            thread::park();
        }
    }
}

/// It calls itself until the stack overflows.
pub(crate) struct Overflows;

impl Quirk for Overflows {
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
