//! A user's own command, over nodes that misbehave: the tests in `tests/bad.rs` run it.

mod floods;
mod panics;
mod trick;
mod unsteady;

use std::process::ExitCode;

use raftsim::{main_with, nodes};

use crate::floods::{EachMessageTwice, LongList, NeverRests, StuckDeadline, ToItself, ToNobody};
use crate::panics::{AtBoot, InStep, OfSeven};
use crate::trick::Tricky;
use crate::unsteady::Unsteady;

fn main() -> ExitCode {
    main_with(nodes![
        "panics-in-step" => Tricky<InStep>,
        "panics-at-boot" => Tricky<AtBoot>,
        "panics-of-seven" => OfSeven,
        "sends-to-itself" => Tricky<ToItself>,
        "sends-to-nobody" => Tricky<ToNobody>,
        "each-message-twice" => Tricky<EachMessageTwice>,
        "never-rests" => Tricky<NeverRests>,
        "long-list" => Tricky<LongList>,
        "stuck-deadline" => Tricky<StuckDeadline>,
        "unsteady" => Unsteady,
    ])
}
