//! The command, as a user sees it.

#![expect(clippy::unwrap_used, reason = "what helps a test is a test too")]

mod bad;
mod bad_input;
mod bad_plans;
mod branching;
mod bugs;
mod conditions;
mod digests;
mod failing;
mod foreign;
mod fuzzing;
#[cfg(feature = "go")]
mod go;
mod help;
mod interrupted;
mod isolated;
mod judgement;
mod list;
mod looking;
mod measured;
mod moment;
mod nodes;
mod own;
mod pages;
#[cfg(unix)]
mod paging;
mod pipe;
mod plans;
mod planted;
mod readme;
mod replay;
mod reports;
mod run;
mod shell;
mod shrinking;
#[cfg(all(unix, feature = "step"))]
mod step;
mod streams;
mod stretched;
mod supply;
mod support;
mod transcripts;
mod variants;
mod why;
