//! What the tests of several crates share. Only tests depend on this crate.
//!
//! [`Tweaked`] is any node with some of its parts replaced, as a [`Tweak`] says. [`Blind`],
//! [`Termless`] and [`Unseen`] are tweaks that hide from the oracles what a node need not show.
//! [`Late`] is a node that answers proposals late, and [`Puppet`] a server that does nothing.
//!
//! The crate refuses to know of simulators and oracles, and of any particular Raft.

mod hidden;
mod late;
mod toys;
mod tweaked;

pub use hidden::{Blind, Termless, Unseen};
pub use late::Late;
pub use toys::{NoDisk, Ping, Puppet};
pub use tweaked::{Tweak, Tweaked, TweakedDisk, TweakedMessage};
