//! A user's own command, over nodes that misbehave: the tests in `tests/bad.rs` run it.

mod ends;
mod floods;
mod memory;
mod near;
mod panics;
mod trick;

use std::process::ExitCode;

use raftsim::{main_with, nodes};

use crate::ends::{
    Exits, ExitsElsewhere, Hangs, LateAndExits, LateAndSlow, Overflows, SlowElsewhere,
};
use crate::floods::{EachMessageTwice, LongList, NeverRests, StuckDeadline, ToItself, ToNobody};
use crate::memory::{ShowsColors, ShowsNothing, ShowsTooMuch, ShowsUnable};
use crate::near::{
    Hoards, Near, OfSeven, PerProcess, Prints, PrintsAlone, Restless, Slow, SlowUnclaimed, Unsteady,
};
use crate::panics::{AtBoot, Eternal, InColor, InStep, Unique, With};
use crate::trick::Tricky;

fn main() -> ExitCode {
    main_with(nodes![
        "panics-in-step" => Tricky<InStep>,
        "panics-in-color" => Tricky<InColor>,
        "panics-when-copied" => With<Unique>,
        "panics-when-dropped" => With<Eternal>,
        "panics-at-boot" => Tricky<AtBoot>,
        "panics-of-seven" => Near<OfSeven>,
        "sends-to-itself" => Tricky<ToItself>,
        "sends-to-nobody" => Tricky<ToNobody>,
        "each-message-twice" => Tricky<EachMessageTwice>,
        "never-rests" => Tricky<NeverRests>,
        "long-list" => Tricky<LongList>,
        "stuck-deadline" => Tricky<StuckDeadline>,
        "per-process" => Near<PerProcess>,
        "unsteady" => Near<Unsteady>,
        "hoards" => Near<Hoards>,
        "exits" => Near<Exits>,
        "hangs" => Near<Hangs>,
        "overflows" => Near<Overflows>,
        "exits elsewhere" => Near<ExitsElsewhere>,
        "slow elsewhere" => Near<SlowElsewhere>,
        "late and exits" => Near<LateAndExits>,
        "late and slow" => Near<LateAndSlow>,
        "prints" => Near<Prints>,
        "prints-alone" => Near<PrintsAlone>,
        "restless" => Near<Restless>,
        "slow" => Near<Slow>,
        "shows-colors" => Near<ShowsColors>,
        "shows-nothing" => Near<ShowsNothing>,
        "shows-too-much" => Near<ShowsTooMuch>,
        "shows-unable" => Near<ShowsUnable>,
        "slow-unclaimed" => Near<SlowUnclaimed>,
    ])
}
