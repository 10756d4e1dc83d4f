//! A recorded run as columns: one line for each record, one column for each server.
//!
//! ```text
//!      time    n1   n2   n3
//! 0.412345s    F0  [C1]  F0   candidate in term 1
//! ```
//!
//! Each line shows the role and term of every server at that moment: `F` follower, `P`
//! pre-candidate, `C` candidate, `L` leader, `--` down. The server that the line is about is in
//! brackets.
//!
//! [`servers_at_the_end`] and [`last_lines`] show how a run ended, and [`Repeats`] folds what it does
//! again and again.
//!
//! [`page`] draws a run as one HTML file, [`Mermaid`] a part of one as a sequence diagram, and
//! [`record_json`] prints it for other programs.
//!
//! This crate reads rows of text ([`raftsim_sim::Row`]), and moments ([`raftsim_sim::Moment`]). It
//! knows neither the node's types nor how runs come about.

mod columns;
mod filter;
mod fit;
mod last;
mod mermaid;
pub mod page;
mod parting;
mod records;
mod repeats;
mod servers;

pub use columns::Columns;
pub use filter::Filter;
pub use fit::cut;
pub use last::last_lines;
pub use mermaid::Mermaid;
pub use parting::Parting;
pub use records::record_json;
pub use repeats::Repeats;
pub use servers::{role_text, servers_at_the_end, servers_table};
