//! The leader elections of two students, each ported from a blog post, and the parts that both
//! ports share.

mod calls;
pub(crate) mod persister;
mod timing;
pub(crate) mod unclaimed;
pub mod y2020;
pub mod y2025;
