//! Whether a history of concurrent operations is linearizable: whether each of them can have taken
//! effect at one moment between its call and its return.
//!
//! ```
//! use raftsim_linearizability::models::register::{Input, Output, Register};
//! use raftsim_linearizability::{Budget, Clients, Recorder, Verdict, check};
//!
//! let mut recorder = Recorder::default();
//! // Client 1 writes 5, and gets no answer. Later client 2 reads 5, and after that nothing.
//! recorder.call(1, Input::Write(5));
//! for value in [Some(5), None] {
//!     let read = recorder.call(2, Input::Read);
//!     recorder.returned(read, Output::Value(value))?;
//! }
//! let history = recorder.finish(Clients::OneAtATime)?;
//! let report = check(&Register, &history, Budget::default());
//! assert!(matches!(report.verdict, Verdict::Illegal(_)));
//! assert_eq!(
//!     report.to_string(),
//!     "not linearizable: 3 operations, of which 1 never returned, on 1 object; 4 steps\n\
//!      2 operations on the register contradict each other:\n  \
//!      client 2, from 2 to 3: read returned 5\n  \
//!      client 2, from 4 to 5: read returned nothing\n\
//!      No order allows what client 2's operation from 4 to 5 returned: by then the \
//!      register holds 5."
//! );
//! # Ok::<(), raftsim_linearizability::HistoryError>(())
//! ```
//!
//! What an object promises is a [`Model`]: its state, and which outputs a state allows. Three are
//! ready-made, in [`models`]; the documentation of the trait says what one of your own needs.
//!
//! There are three checks:
//!
//! | check | needs | costs |
//! |---|---|---|
//! | [`check`](check()) | a model | in the worst case exponential in the number of operations that are open at once; it ends when its [`Budget`] does |
//! | [`check_versions`] | keys whose values have versions, as in lab 4 of 6.5840 | nearly linear |
//! | [`log::check_log`], [`log::LogOracle`] | the order in which the operations were committed | linear; it is stricter than linearizability |
//!
//! [`parse`] reads histories in two formats, and judges them.
//!
//! **The search** is that of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with
//! Lowe's cache of configurations ("Testing for Linearizability", 2017). Each object is searched
//! alone, which Herlihy and Wing's locality allows ("Linearizability", 1990; "P-compositionality"
//! in Horn and Kroening, 2015), and the searches take turns, so that a wrong object is found beside
//! a hard one.
//!
//! **The verdict is repeatable.** Costs are counted in steps, and no clock, thread or hash of the
//! machine has a part in it. If the steps do not suffice, the verdict is [`Verdict::Unknown`], and
//! that is no pass.
//!
//! **The verdict is proved.** If it is that the history is linearizable, an order proves it, and
//! [`verify`] checks that in one step for each operation. If it is that it is not, a few operations
//! that contradict each other say why: see [`Contradiction`].
//!
//! This crate knows no Raft and no simulator. It is `no_std` and has no dependencies.

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
