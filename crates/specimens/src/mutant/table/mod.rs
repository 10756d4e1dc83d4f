//! The table of the mutations, for the documentation, the command and the tests. Each file has the
//! rows of one subject, as a macro that adds them to a list and hands the list to the next macro.
//!
//! A source is a program that had the mistake, or a text that reports it. `derived` means that only
//! the rule itself suggests it, `own invention` that nobody is known to have made it.

#[macro_use]
mod elections;
#[macro_use]
mod follower;
#[macro_use]
mod leader;
#[macro_use]
mod disks;
#[macro_use]
mod snapshots;
#[macro_use]
mod pre_vote;

use super::mutation::MutationInfo;
use super::row::{
    ACCEPTED, ACKED, ADOPTED, AGREES, APPEND_ONLY, ASKS, COMMIT, COMPLETE, DURABLE, ENTRY_TERMS,
    FLOOD, HELD, IDLE, LEADER, LOGS, MACHINE, MATCHING, NAMED, ONE_LEADER, ONE_VOTE, ORDER, PANIC,
    PROPOSED, REACHES, SNAPSHOT, SOON, SPEED, STANDS, STATES, STAYS, TERMS, fuzz, scenario,
};

/// Makes the enum and the table from one list, so that they cannot differ.
macro_rules! mutations {
    ({ $($mutation:ident $name:literal
       $wrong:literal
       [$falls:expr, $found:expr, $source:literal, $fault:literal])+ }) => {
        /// One known way to get Raft wrong: a switch of [`super::Control`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $(#[doc = $wrong] $mutation,)+
        }

        /// Every mutation, in the order of [`Mutation`]. What finds each:
        ///
        #[doc = include_str!("../../../BUGS.md")]
        pub const MUTATIONS: &[MutationInfo] = &[$(MutationInfo {
            mutation: Mutation::$mutation,
            name: $name,
            wrong: $wrong,
            falls: $falls,
            found: $found,
            source: $source,
            fault: $fault,
        },)+];
    };
}

elections! { follower leader disks snapshots pre_vote mutations {} }
