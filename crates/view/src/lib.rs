//! What a run looks like: one line a record, one column a server.
//!
//! ```text
//!      time    n1   n2   n3
//! 0.412345s    F0  [C1]  F0   candidate in term 1
//! ```
//!
//! Each line shows every server's role and term at that moment, the one that it is about in
//! brackets: `F` follower, `P` pre-candidate, `C` candidate, `L` leader, `--` down.
//!
//! This crate reads rows of text. It does not know the node's types, nor how runs come about.

mod columns;
mod filter;

pub use columns::Columns;
pub use filter::Filter;
