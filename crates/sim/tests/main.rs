//! The simulated world against its documentation, with servers that do what a test asks for.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test names only the variants that it reads")]

mod branch;
mod calls;
mod caps;
mod chaos;
mod clients;
mod clocks;
mod crash;
mod delays;
mod digest;
mod disks;
mod failures;
mod faults;
mod foreign;
mod given;
mod labrpc;
mod lives;
mod logging;
mod meters;
mod mistakes;
mod order;
mod panics;
mod pauses;
mod plain;
mod printed;
mod proposals;
mod replay;
mod rooms;
mod streams;
mod swizzles;
mod timers;
mod toy;
