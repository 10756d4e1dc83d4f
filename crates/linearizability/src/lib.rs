//! stub
#![no_std]
#![deny(clippy::float_arithmetic)]

extern crate alloc;

mod bits;
mod cache;
mod check;
mod history;
pub mod log;
mod model;
pub mod models;
mod order;
pub mod parse;
mod report;
mod search;
mod text;
mod versions;
mod window;

pub use check::check;
pub use history::{ClientId, Clients, History, HistoryError, Moment, Operation, Recorder};
pub use model::Model;
pub use order::{OrderError, verify};
pub use report::{Budget, Contradiction, Line, Object, Report, Verdict};
pub use versions::check_versions;
