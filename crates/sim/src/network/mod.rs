//! The network: what its links do to messages, and what becomes of each.

pub(crate) mod fate;
pub(crate) mod link;
pub(crate) mod message;
pub(crate) mod rpc;
