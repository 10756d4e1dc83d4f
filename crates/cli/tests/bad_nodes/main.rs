//! A user's own command, over nodes that misbehave: the tests in `tests/bad.rs` run it.

mod ends;
mod floods;
mod memory;
mod near;
mod own;
mod panics;
mod trick;

use std::process::ExitCode;

use raftsim::{Duration, NodeEntry, NodeId, main_with};
use raftsim_raft::{Config, Raft};
use raftsim_testkit::Tweaked;

use crate::ends::{
    Exits, ExitsElsewhere, Hangs, LateAndExits, LateAndSlow, Overflows, SlowElsewhere,
};
use crate::floods::{EachMessageTwice, LongList, NeverRests, StuckDeadline, ToItself, ToNobody};
use crate::memory::{Colors, Nothing, Shows, TooLarge, TooMuch};
use crate::near::{
    Hoards, OfSeven, PerProcess, Prints, PrintsAlone, Restless, Slow, SlowUnclaimed, Unsteady, near,
};
use crate::panics::{AtBoot, InColor, InStep, Settings, With};
use crate::trick::tricky;

fn main() -> ExitCode {
    main_with(vec![
        tricky("panics-in-step", &InStep),
        tricky("panics-in-color", &InColor),
        NodeEntry::with_config::<With>("panics-when-copied", Settings::Unique),
        NodeEntry::with_config::<With>("panics-when-dropped", Settings::Eternal),
        tricky("panics-at-boot", &AtBoot),
        near("panics-of-seven", &OfSeven),
        tricky("sends-to-itself", &ToItself),
        tricky("sends-to-nobody", &ToNobody),
        tricky("each-message-twice", &EachMessageTwice),
        tricky("never-rests", &NeverRests),
        tricky("long-list", &LongList),
        tricky("stuck-deadline", &StuckDeadline),
        near("per-process", &PerProcess),
        near("unsteady", &Unsteady),
        NodeEntry::new::<Tweaked<Raft, Hoards>>("hoards"),
        near("exits", &Exits),
        near("hangs", &Hangs),
        near("overflows", &Overflows),
        near("exits elsewhere", &ExitsElsewhere),
        near("slow elsewhere", &SlowElsewhere),
        near("late and exits", &LateAndExits),
        near("late and slow", &LateAndSlow),
        near("prints", &Prints),
        near("prints-alone", &PrintsAlone),
        near("restless", &Restless),
        near("slow", &Slow),
        near("shows-colors", &Shows(Colors)),
        near("shows-nothing", &Shows(Nothing)),
        near("shows-too-much", &Shows(TooMuch)),
        near("shows-unable", &Shows(TooLarge)),
        near("slow-unclaimed", &SlowUnclaimed),
        NodeEntry::with_configs::<Raft>("n2-first", hurries_n2),
        own::own(),
        own::strict(),
    ])
}

/// Settings with which n2 times out long before any other server.
fn hurries_n2(server: NodeId) -> Config {
    let least = Duration::from_millis(if server.number() == 2 { 100 } else { 700 });
    Config { election_timeout: least..least + Duration::from_millis(50), ..Config::default() }
}
