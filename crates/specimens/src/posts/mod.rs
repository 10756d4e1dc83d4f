//! Two students' leader elections, each ported from its blog post, and what the two ports share.

mod calls;
pub(crate) mod persister;
mod timing;
pub(crate) mod unclaimed;
pub mod y2020;
pub mod y2025;
